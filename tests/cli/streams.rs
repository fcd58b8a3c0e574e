//! `-`, which is standard input and standard output, patterns, JSON lines, and prose.

use super::{folder, hornpipe, json, ok, read, train, write};
use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

/// Runs hornpipe with bytes as its standard input: exit code, stdout, stderr.
fn piped(here: &Path, line: &str, input: &[u8]) -> (i32, Vec<u8>, String) {
    let mut command = Command::cargo_bin("hornpipe").expect("the binary");
    command.current_dir(here).args(line.split_whitespace()).write_stdin(input);
    let done = command.output().expect("it runs");
    let err = String::from_utf8(done.stderr).expect("UTF-8");
    (done.status.code().unwrap_or(-1), done.stdout, err)
}

#[test]
fn a_hyphen_is_standard_input_and_standard_output() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    ok(here, "export run -o m.safetensors");
    write(here, "b", &super::batch(&[0, 1, 2, 3, 4, 5]));
    for (files, pipe, input) in [
        ("corpus t.abc -o FILE", "corpus - -o -", "t.abc"),
        ("page t.abc -o FILE", "page - -o -", "t.abc"),
        ("render t1.abc -o sound", "render - -o -", "t1.abc"),
        ("export m.safetensors -o FILE", "export - -o -", "m.safetensors"),
        (
            "gradients --model m.safetensors --batch b -o FILE",
            "gradients --model - --batch b -o -",
            "m.safetensors",
        ),
        (
            "gradients --model m.safetensors --batch b -o FILE",
            "gradients --model m.safetensors --batch - -o -",
            "b",
        ),
        (
            "generate run -n 2 --no-good --quiet -o FILE",
            "generate - -n 2 --no-good --quiet -o -",
            "m.safetensors",
        ),
    ] {
        write(
            here,
            "t1.abc",
            super::tunes().split_inclusive("\n\n").next().expect("one").as_bytes(),
        );
        let file = if files.starts_with("render") { "sound/001-tune-1.mid" } else { "FILE" };
        std::fs::remove_file(here.join(file)).ok();
        ok(here, files);
        let input = std::fs::read(here.join(input)).expect("a file");
        let (code, out, err) = piped(here, pipe, &input);
        assert_eq!(code, 0, "{pipe}: {err}");
        let written = std::fs::read(here.join(file)).expect("a file");
        assert!(unnamed(&out) == unnamed(&written), "{pipe} gives other bytes than {files}");
    }
    for line in ["judge - --json", "evaluate run - --json", "info - --json"] {
        let file = if line.starts_with("info") { "m.safetensors" } else { "t.abc" };
        let input = std::fs::read(here.join(file)).expect("a file");
        let (code, out, err) = piped(here, line, &input);
        assert_eq!(code, 0, "{line}: {err}");
        let last = |out: &str| out.lines().last().map(str::to_owned);
        let named = ok(here, &line.replace(" - ", &format!(" {file} ")));
        assert_eq!(last(&String::from_utf8_lossy(&out)), last(&named), "{line}");
    }
    assert!(!here.join("-").exists(), "a file that is named -");
}

/// Without the comments that say which checkpoint made a tune.
fn unnamed(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"% ")).collect()
}

#[test]
fn a_stream_is_used_once() {
    let folder = folder();
    let here = folder.path();
    for (line, why) in [
        ("judge - --against -", "standard input (-) can be read once"),
        ("judge - -", "standard input (-) can be read once; name it once"),
        ("corpus - -o - --json", "--json and a file are both for standard output"),
        ("generate -o - --json", "--json and a file are both for standard output"),
        ("corpus - -o - --credits -", "two files are both for standard output"),
        ("train - --out -", "--out: a run is a folder, not a stream"),
        ("info - --last", "- is no run, so --last says nothing"),
    ] {
        let (code, out, err) = piped(here, line, super::tunes().as_bytes());
        assert!(code == 2 && err.contains(why) && out.is_empty(), "{line}: {code} {err}");
    }
}

#[test]
fn a_run_keeps_a_text_that_can_not_be_read_again() {
    let folder = folder();
    let here = folder.path();
    let line = "--lstm 6 --embedding 4 --batch 4 --steps 16 --quiet";
    ok(here, &format!("train t.abc {line} --epochs 2 --out named"));
    // byte-order mark and carriage returns are the file's, not the text's
    let text = format!("\u{feff}{}", super::tunes().replace('\n', "\r\n"));
    let (code, _, err) =
        piped(here, &format!("train - {line} --epochs 1 --out first"), text.as_bytes());
    assert_eq!(code, 0, "{err}");
    assert_eq!(read(here, "first/text.txt"), super::tunes());
    std::fs::rename(here.join("first"), here.join("moved")).expect("moved");
    ok(here, "train --resume moved --epochs 2 --quiet");
    // where it was lost, whoever brings it back need not again
    std::fs::remove_file(here.join("moved/text.txt")).expect("a file");
    let (code, _, err) = hornpipe(here, "train --resume moved");
    assert!(code == 1 && err.contains("say where"), "{err}");
    assert_eq!(piped(here, "train --resume moved - --quiet", text.as_bytes()).0, 0);
    ok(here, "train --resume moved --quiet");
    assert_eq!(read(here, "moved/log.csv"), read(here, "named/log.csv"));
}

#[test]
fn patterns_that_the_shell_has_left_are_the_files_they_fit() {
    let folder = folder();
    let here = folder.path();
    write(here, "u.abc", super::tunes().as_bytes());
    write(here, ".hidden.abc", b"no tune");
    let figures = |line: &str| json(here, &format!("{line} --json"));
    assert_eq!(figures("judge *.abc"), figures("judge t.abc u.abc"));
    assert_eq!(
        figures("judge t.abc --against ?.abc"),
        figures("judge t.abc --against t.abc u.abc")
    );
    // a file of that very name wins
    write(here, "[tu].abc", super::tunes().as_bytes());
    assert_eq!(figures("judge [tu].abc"), figures("judge t.abc"));
    let (code, _, err) = hornpipe(here, "judge *.tune");
    assert!(code == 1 && err.contains("cannot read *.tune"), "{err}");
}

#[test]
fn with_json_standard_output_is_lines_of_json_alone() {
    let folder = folder();
    let here = folder.path();
    for (line, last) in [
        ("generate default -n 2 --rhythm jig", "share"),
        ("render t.abc -o sound", "written"),
        ("page t.abc -o page.html --verdict", "counts"),
        ("export default -o m.safetensors", "weights_sha256"),
        ("audit", "passed"),
    ] {
        let out = ok(here, &format!("{line} --json"));
        let lines: Result<Vec<Value>, _> = out.lines().map(serde_json::from_str).collect();
        let lines = lines.unwrap_or_else(|e| panic!("{line}: {e}\n{out}"));
        assert!(lines.last().is_some_and(|all| all.get(last).is_some()), "{line}: {out}");
    }
}

#[test]
fn tunes_of_one_output_have_numbers_of_their_own_and_are_the_same_otherwise() {
    let empty = tempfile::tempdir().expect("a folder");
    let here = empty.path();
    let all = ok(here, "generate -n 3 --quiet");
    let heads: Vec<&str> = all.lines().filter(|line| line.starts_with("X:")).collect();
    assert_eq!(heads, ["X:1", "X:2", "X:3"]);
    assert!(all.starts_with(&ok(here, "generate -n 1 --quiet")));
    // one text is one tune, whatever a model writes in its midst
    let line = "generate -n 1 --no-good --titles free --json --prime";
    let mut command = Command::cargo_bin("hornpipe").expect("the binary");
    command.current_dir(here).args(line.split(' ')).arg("X:9\nT:a\nM:6/8\nL:1/8\nK:G\nGAB\nX:8\n");
    let out = String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8");
    let last: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["counts"]["tunes"], 1, "{out}");
}

#[test]
fn prose_is_learned_and_written_as_prose() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let line = |n: usize| format!("It was the {n}th day, and X: said: no more than {}.\n", n * n);
    let prose: String = (0..200).map(line).collect();
    write(here, "prose.txt", prose.as_bytes());
    let out = ok(here, "train prose.txt --lstm 8 --embedding 6 --batch 4 --epochs 1 --out run");
    let held_out = read(here, "run/held-out.txt");
    assert!(prose.ends_with(&held_out) && held_out.starts_with("It was"));
    let share = held_out.len() as f64 / prose.len() as f64;
    assert!((share - 0.1).abs() < 0.01, "{share}");
    assert!(out.contains("different; the last ") && !out.contains("tunes held"), "{out}");

    let (code, out, err) = hornpipe(here, "generate run --length 100 -n 2");
    assert!(code == 0 && !err.contains("tune") && !out.contains("% hornpipe"), "{out}{err}");
    let lines = ok(here, "generate run --length 100 --json");
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    let text = first["text"].as_str().expect("a text");
    assert_eq!(text.trim_end_matches('\n').chars().count().max(98), 100, "{text:?}");
    for (line, why) in [
        (
            "generate run --rhythm jig",
            "--rhythm is a wish of a tune, and the model learned no tunes",
        ),
        ("generate default --length 9", "--length is for texts without an end"),
        ("generate run --length 9 --max-length 9", "cannot be used with"),
        ("generate run --length 0", "not a whole number from 1"),
        ("evaluate run prose.txt --per-tune", "--per-tune: prose.txt has no tune"),
    ] {
        let (code, _, err) = hornpipe(here, line);
        assert!(code == 2 && err.contains(why), "{line}: {err}");
    }
}
