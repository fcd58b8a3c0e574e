//! Which checkpoint of a run is meant: one rule for every command but `--resume`.

use super::{batch, folder, hornpipe, json, ok, train, write};
use serde_json::Value;
use std::fs::{copy, create_dir_all, rename};
use std::path::Path;

/// SHA-256 of the weights of MODEL, which may have flags behind it.
fn weights(here: &Path, model: &str) -> Value {
    json(here, &format!("info {model} --json"))["weights_sha256"].clone()
}

#[test]
fn every_command_takes_the_best_unless_another_is_asked_for() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    let checkpoint = |name: &str| format!("run/checkpoints/{name}.hornpipe");
    // a best that cannot be taken for the last
    copy(here.join(checkpoint("epoch-0000")), here.join(checkpoint("best"))).expect("copied");
    let [start, end] = ["epoch-0000", "epoch-0002"].map(|name| weights(here, &checkpoint(name)));
    assert_ne!(start, end);
    write(here, "b", &batch(&[0, 1, 2, 3, 4, 5]));
    ok(here, "gradients --model run/checkpoints/epoch-0000.hornpipe --batch b -o start.g");
    for (flags, wanted, epoch) in
        [("", &start, 0), ("--last", &end, 2), ("--epoch 2", &end, 2), ("--epoch 0", &start, 0)]
    {
        assert_eq!(weights(here, &format!("run {flags}")), *wanted, "info {flags}");
        ok(here, &format!("export run {flags} -o m.safetensors"));
        assert_eq!(weights(here, "m.safetensors"), *wanted, "export {flags}");
        let (_, tune, said) =
            hornpipe(here, &format!("generate run {flags} --no-good --max-length 30"));
        assert!(tune.contains(&format!("epoch {epoch}\n")), "{tune}");
        assert!(said.contains(&format!("after epoch {epoch} of 2")), "what was taken: {said}");
        let (_, _, said) = hornpipe(here, &format!("evaluate run t.abc {flags}"));
        assert!(said.contains(&format!("after epoch {epoch} of 2")), "what was taken: {said}");
        ok(here, &format!("gradients --model run {flags} --batch b -o g"));
        let alike = std::fs::read(here.join("g")).expect("g")
            == std::fs::read(here.join("start.g")).expect("start.g");
        assert_eq!(alike, epoch == 0, "gradients {flags}");
    }
    ok(here, "train t.abc --epochs 0 --batch 4 --steps 16 --quiet --init run --out next");
    assert_eq!(weights(here, "next --epoch 0"), start);
    for (line, said) in [
        ("info run --epoch 7", "no checkpoint after epoch 7; it has those after 0, 2"),
        ("info m.safetensors --last", "m.safetensors is no run, so --last says nothing"),
        ("generate run/checkpoints/best.hornpipe --epoch 2", "is no run, so --epoch says nothing"),
        ("export run --last --epoch 2 -o x", "cannot be used with"),
    ] {
        let (code, _, err) = hornpipe(here, line);
        assert!(code == 2 && err.contains(said), "{line}: {code} {err}");
    }
}

#[test]
fn a_run_that_has_finished_no_epoch_is_never_the_newest() {
    let folder = folder();
    let here = folder.path();
    create_dir_all(here.join("runs")).expect("a folder");
    ok(here, "train t.abc --lstm 4 --embedding 4 --epochs 0 --quiet --out runs/001");
    let (code, _, err) = hornpipe(here, "generate");
    assert!(code == 0 && err.contains("(runs/001 has begun), so this is the model that"), "{err}");
    train(here, "run");
    rename(here.join("run"), here.join("runs/000")).expect("moved");
    ok(here, "train t.abc --lstm 4 --embedding 4 --epochs 0 --quiet --out runs/002");
    let (_, _, said) = hornpipe(here, "generate --no-good --max-length 30");
    assert!(said.contains("runs/000: took best.hornpipe"), "{said}");
    ok(here, "generate runs/002 --no-good --max-length 30");
}
