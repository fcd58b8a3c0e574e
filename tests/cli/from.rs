//! A few tunes are learned on top of what a model knows.

use super::resume::{assert_same, start, wait_for};
use super::{folder, hornpipe, json, ok, read, write};
use std::fs::remove_dir_all;
use std::io::BufReader;
use std::path::Path;

const TINY: &str = "--lstm 12,8 --embedding 6 --batch 4 --steps 16 --epochs 1 --quiet --out";

/// A model of the tunes in t.abc, and reels with four symbols that it lacks in u.abc.
fn learned(here: &Path) {
    ok(here, &format!("train t.abc {TINY} base"));
    let reels = read(here, "t.abc").replace("R:jig", "R:reel").replace("T:Tune", "T:Quiné");
    let end = reels.find("X:16\n").expect("thirty tunes");
    write(here, "u.abc", &reels.as_bytes()[..end]);
}

#[test]
fn a_text_with_new_symbols_is_learned_on_top_of_what_init_refuses() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    ok(here, "export base -o base.safetensors");
    let (code, _, err) = hornpipe(here, "train u.abc --init base --out refused");
    assert!(code == 1 && err.contains("which base does not know"), "{err}");
    let alone = json(here, "info base --json");
    let mut first = None;
    for model in ["base", "base/checkpoints/best.hornpipe", "base.safetensors"] {
        let said = ok(here, &format!("train u.abc --from {model} --epochs 2 --out run"));
        for says in [
            format!("new to {model}: 4 symbols ('Q', 'l', 'r', 'é') and 1 rhythm (reel)").as_str(),
            "batch 1 instead of 16: the text is short",
            "as it is, the model has loss",
            "best on held-out text: loss",
        ] {
            assert!(said.contains(says), "{model}: no {says:?} in\n{said}");
        }
        let run = json(here, "info run --json");
        let (config, of) = (&run["config"], &alone["config"]);
        assert_eq!(config["from"]["weights_sha256"], alone["weights_sha256"]);
        assert_eq!(config["shape"]["vocab"], of["shape"]["vocab"].as_u64().expect("V") + 4);
        assert_eq!(config["shape"]["lstm"], of["shape"]["lstm"]);
        for (key, value) in [("batch", 1.0), ("learning_rate", 3e-4), ("dropout", 0.65)] {
            assert_eq!(config[key], value, "{key}");
        }
        let shown = ok(here, "info run");
        assert!(shown.contains(&format!("on top of       {model}")), "{shown}");
        // whatever it was read from
        let weights = run["weights_sha256"].clone();
        assert_eq!(*first.get_or_insert(weights.clone()), weights, "{model}");
        remove_dir_all(here.join("run")).expect("a run");
    }
    // what it knows already is no news, and flags win
    let said = ok(here, "train t.abc --from base --batch 8 --steps 16 --epochs 0 --out same");
    assert!(said.contains("base knows every symbol") && !said.contains("instead of"), "{said}");
    assert_eq!(json(here, "info same --json")["weights_sha256"], alone["weights_sha256"]);
}

#[test]
fn such_a_run_goes_on_as_if_never_stopped_without_the_model() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    // four streams, but not of the held-out tunes, which are too short for such
    let line = "train u.abc --from base --batch 4 --steps 16 --log-batches --epochs 9";
    ok(here, &format!("{line} --quiet --out whole"));
    let mut child = start(here, &format!("{line} --checkpoint-every 1ms --json --out parts"));
    wait_for(&mut BufReader::new(child.stdout.take().expect("piped")), "checkpoint");
    child.kill().expect("SIGKILL");
    assert!(!child.wait().expect("it ends").success(), "it was too quick");
    remove_dir_all(here.join("base")).expect("a run");
    ok(here, "train --resume parts --quiet");
    assert_same(here, "whole", "parts");
    let config = read(here, "parts/config.json");
    let sha256 = json(here, "info parts --json")["config"]["from"]["weights_sha256"].clone();
    let sha256 = sha256.as_str().expect("a hash");
    write(here, "parts/config.json", config.replace(sha256, &"0".repeat(64)).as_bytes());
    let (code, _, err) = hornpipe(here, "train --resume parts --epochs 10");
    assert!(code == 1 && err.contains("--from 000") && err.contains(sha256), "{err}");
}

#[test]
fn a_model_keeps_its_ways_and_prose_is_noted() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    ok(here, &format!("train t.abc --preset notebook --precision bf16 {TINY} hard"));
    for (flags, activation, precision) in [
        ("--from hard", "hard_sigmoid", "bf16"),
        ("--from hard --precision f32", "hard_sigmoid", "f32"),
        ("--init hard --validation 0", "hard_sigmoid", "bf16"),
        ("--init hard --preset notebook", "hard_sigmoid", "f32"),
        ("--init hard --activation sigmoid --precision bf16 --preset notebook", "sigmoid", "bf16"),
    ] {
        let text = if flags.starts_with("--from") { "u.abc" } else { "t.abc" };
        ok(here, &format!("train {text} {flags} --epochs 0 --out on-hard --quiet"));
        let config = &json(here, "info on-hard --json")["config"];
        assert_eq!(config["activation"], activation, "{flags}");
        assert_eq!(config["precision"], precision, "{flags}");
        assert!(config["inputs"].is_null() && config["average"].is_null(), "{flags}: {config}");
        remove_dir_all(here.join("on-hard")).expect("a run");
    }
    write(here, "prose.txt", "One day, as it was snowing.\n".repeat(40).as_bytes());
    for (model, noted) in [("base", true), ("hard", false)] {
        let line = format!("train prose.txt --validation 0 --from {model} --epochs 0 --out prose");
        let (code, _, err) = hornpipe(here, &line);
        assert_eq!(code, 0, "{err}");
        assert_eq!(err.contains("0 % of the text are tunes that read; of the rest places"), noted);
        remove_dir_all(here.join("prose")).expect("a run");
    }
}

#[test]
fn what_does_not_go_together_is_refused_in_one_sentence() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    write(here, "short.abc", b"X:1\nK:C\nabc|]\n");
    for (flags, code, sentence) in [
        ("--from nowhere", 1, "cannot read nowhere"),
        ("--from t.abc", 1, "t.abc: not a whole safetensors file"),
        ("--from base --init base", 2, "cannot be used with"),
        ("--from base --lstm 12,8", 2, "cannot be used with"),
        ("--from base --embedding 6", 2, "cannot be used with"),
        ("--from base --inputs places", 2, "cannot be used with"),
        ("--from base --tonic G", 2, "cannot be used with"),
        ("--from base --activation sigmoid", 2, "cannot be used with"),
        ("--from base --preset notebook", 2, "cannot be used with"),
        ("--resume base --from base", 2, "cannot be used with"),
    ] {
        let (is, _, err) = hornpipe(here, &format!("train u.abc {flags} --out no"));
        assert!(is == code && err.contains(sentence), "{flags}: {is} {err}");
    }
    let (is, _, err) = hornpipe(here, "train short.abc --validation 0 --from base --out no");
    assert!(is == 2 && err.contains("need at least 65"), "{is} {err}");
    assert!(!here.join("no").exists());
}
