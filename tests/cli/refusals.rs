//! What the command line refuses, and that it leaves nothing behind.

use super::{batch, folder, hornpipe, of_tensors, ok, train, write};
use assert_cmd::Command;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::path::Path;

/// Arguments, exit code, part of the sentence. Every command runs in the same folder.
const REFUSED: &[(&str, i32, &str)] = &[
    ("", 2, "Usage"),
    ("dance", 2, "unrecognized"),
    ("train nothing.abc", 1, "cannot read nothing.abc"),
    ("train empty.abc", 1, "empty.abc: this file is empty"),
    ("train bytes.abc", 1, "bytes.abc: this is not text (byte 8)"),
    ("train folder", 1, "folder: this folder has no *.abc"),
    ("train letter.abc", 2, "--validation 0"),
    ("train letter.abc --validation 0", 2, "need at least 1040"),
    ("train t.abc --validation 0.99", 2, "another --validation"),
    ("train t.abc --batch 9000 --validation 0", 2, "smaller --batch or --steps"),
    ("train t.abc --lstm 0", 2, "whole number from 1"),
    ("train t.abc --lstm 1000000", 2, "GiB of memory"),
    ("train t.abc --dropout 1", 2, "[0, 1)"),
    ("train t.abc --learning-rate nan", 2, "not a number above 0"),
    ("train t.abc --learning-rate -1", 2, "not a number above 0"),
    ("train t.abc --clip 0", 2, "not a number above 0"),
    ("train t.abc --threads 0", 2, "1..=1024"),
    ("train t.abc --activation relu", 2, "possible values: sigmoid, hard_sigmoid"),
    ("train t.abc --precision fp8", 2, "possible values: f32, bf16"),
    ("train t.abc --shards 0", 2, "whole number from 1"),
    ("train t.abc --shards 3", 2, "does not divide a batch of 16"),
    ("train t.abc --out t.abc/run --batch 2", 1, "cannot create t.abc/run"),
    ("train t.abc --out run", 2, "already holds a run"),
    ("train other.abc --validation 0 --batch 1 --steps 2 --init run", 1, "'Ω', which run"),
    ("train t.abc --init run --lstm 9", 2, "leave --lstm out"),
    ("train t.abc --from silent", 1, "silent: it does not say which symbols"),
    ("info --last", 2, "hornpipe train"),
    ("generate --last", 2, "there is no run in ./runs yet"),
    ("info t.abc", 1, "t.abc: not a whole safetensors file"),
    ("info short.hornpipe", 1, "short.hornpipe: it is cut short or damaged"),
    ("info flipped.hornpipe", 1, "flipped.hornpipe: it is cut short or damaged"),
    ("info empty.abc", 1, "empty.abc: the file is empty"),
    ("info folder", 1, "folder: this folder holds no checkpoint"),
    ("info missing", 1, "missing: it has no tensor dense.bias"),
    ("info shape", 1, "shape: dense.bias has shape [3]"),
    ("info type", 1, "type: dense.bias has type I64"),
    ("info absurd", 1, "absurd: lstm.0.kernel has shape [6, 48]"),
    ("info nan", 1, "nan: dense.bias holds numbers"),
    ("generate silent", 1, "silent: it does not say which symbols"),
    ("generate run --key Ω", 2, "'--key <K>': not a key; write it as G, Em, F#m, Ador or Dmix"),
    ("generate run --meter 4", 2, "not a metre; write it as 6/8"),
    ("generate run --rhythm Ω", 2, "--rhythm: the model's book has no tune that is Ω"),
    ("generate run --prime Ω", 2, "--prime has the character 'Ω'"),
    ("generate run --temperature nan", 2, "not a number from 0"),
    ("generate run --top-k 0", 2, "whole number from 1"),
    ("generate run --top-p 0", 2, "not a number above 0"),
    ("generate run -n 0", 2, "whole number from 1"),
    ("generate run -o no/such.abc", 1, "cannot write no/such.abc"),
    ("evaluate run bar.abc --batch 16", 2, "need at least 1040"),
    ("evaluate run other.abc", 1, "other.abc has the character 'Ω' (line 3)"),
    ("evaluate run t.abc --vocabulary t.abc", 1, "t.abc: not a map"),
    ("gradients --model run --batch range -o g", 1, "range: x holds 99, but"),
    ("gradients --model run --batch b -o g --precision f16", 2, "values: f64, f32, bf16"),
    ("gradients --model run --batch none -o g", 1, "none: x has shape [0, 3]"),
    ("gradients --model run --batch t.abc -o g", 1, "t.abc: not a whole safetensors file"),
    ("export run", 2, "--output"),
    ("export run -o folder", 1, "cannot write folder"),
    ("corpus t.abc -o c.abc --rhythm waltzer", 2, "'waltzer' is not a rhythm"),
    ("corpus letter.abc -o c.abc", 1, "letter.abc: no tune here"),
];

/// Writes what [`REFUSED`] names.
fn spoil(here: &Path) {
    train(here, "run");
    ok(here, "export run -o model");
    write(here, "empty.abc", b"");
    write(here, "letter.abc", b"a");
    write(here, "bar.abc", b"X:1\nK:G\nABc|");
    write(here, "bytes.abc", b"X:1\nK:C\n\0\x01");
    write(here, "other.abc", "X:1\nK:G\nΩΩΩ".as_bytes());
    write(here, "folder/notes.md", b"no tunes");
    let mut bytes =
        std::fs::read(here.join("run/checkpoints/epoch-0002.hornpipe")).expect("a checkpoint");
    write(here, "short.hornpipe", &bytes[..bytes.len() / 2]);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    write(here, "flipped.hornpipe", &bytes);
    write(here, "range", &batch(&[0, 1, 2, 3, 4, 99]));
    let nothing = |name| (name, Dtype::I64, &[0, 3][..], Vec::new());
    write(here, "none", &of_tensors(&[nothing("x"), nothing("y")]));

    let model = std::fs::read(here.join("model")).expect("a model");
    let file = SafeTensors::deserialize(&model).expect("safetensors");
    let vocab = file.tensor("dense.bias").expect("a bias").shape()[0];
    let absurd = ("lstm.0.recurrent_kernel", Dtype::F32, vec![1_000_000, 1], vec![0; 4_000_000]);
    let bias = |dtype, size, bytes| ("dense.bias", dtype, vec![size], bytes);
    let nan: Vec<u8> = (0..vocab).flat_map(|_| f32::NAN.to_le_bytes()).collect();
    for (name, change) in [
        ("missing", None),
        ("shape", Some(bias(Dtype::F32, 3, vec![0; 12]))),
        ("type", Some(bias(Dtype::I64, vocab, vec![0; 8 * vocab]))),
        ("nan", Some(bias(Dtype::F32, vocab, nan))),
        ("silent", Some(bias(Dtype::F32, vocab, vec![0; 4 * vocab]))),
        ("absurd", Some(absurd)),
    ] {
        let changed = change.as_ref().map_or("dense.bias", |change| change.0);
        let mut views: Vec<(String, TensorView)> =
            file.tensors().into_iter().filter(|(name, _)| name != changed).collect();
        if let Some((name, dtype, dims, bytes)) = &change {
            let view = TensorView::new(*dtype, dims.clone(), bytes).expect("a whole tensor");
            views.push(((*name).to_owned(), view));
        }
        write(here, name, &safetensors::serialize(views, None).expect("a file"));
    }
}

/// Every file below `folder`, sorted.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut all: Vec<_> = entries
        .flat_map(|path| {
            let below = if path.is_dir() { files(&path) } else { Vec::new() };
            below.into_iter().chain([path])
        })
        .collect();
    all.sort();
    all
}

#[test]
fn bad_input_is_a_sentence_and_leaves_nothing_behind() {
    let folder = folder();
    let here = folder.path();
    spoil(here);
    let before = files(here);
    for (line, code, fragment) in REFUSED {
        let (got, out, err) = hornpipe(here, line);
        let all = format!("hornpipe {line}\nexit {got}\nstdout {out}\nstderr {err}");
        assert!(got == *code && err.contains(fragment), "wanted {code}, {fragment}\n{all}");
        assert!(!err.contains("panicked") && !err.contains(".tmp"), "{all}");
        if *code == 1 {
            assert!(err.starts_with("error: ") && err.lines().count() == 1, "{all}");
        }
        assert_eq!(files(here), before, "{all}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_who_leaves_is_no_failure_and_a_full_disk_is() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    let binary = assert_cmd::cargo::cargo_bin("hornpipe");
    let shell = |line: &str| {
        let mut bash = Command::new("bash");
        bash.current_dir(here).env("HORNPIPE", &binary).args(["-o", "pipefail", "-c", line]);
        let done = bash.output().expect("bash");
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    assert_eq!(
        shell("$HORNPIPE generate run --no-good -n 500 | head -1"),
        (Some(0), String::new())
    );
    let (code, err) = shell("$HORNPIPE generate run --no-good >/dev/full");
    assert!(code == Some(1) && err.contains("cannot write standard output"), "{err}");
    assert_eq!(shell("$HORNPIPE info nothing 2>/dev/full").0, Some(1));

    // what is printed is not the work: it goes on
    let small = "--lstm 6 --embedding 4 --batch 4 --steps 16 --epochs 1 --out unread";
    assert_eq!(shell(&format!("$HORNPIPE train {small} | true")).0, Some(0));
    assert!(here.join("unread/checkpoints/epoch-0001.hornpipe").exists());
    assert_eq!(shell("$HORNPIPE corpus t.abc -o unread.abc | true").0, Some(0));
    assert!(here.join("unread.abc").exists());
}
