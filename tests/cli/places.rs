//! A book of tunes is learned with places on one tonic, and asked for what it has; prose is not.

use super::{batch, folder, hornpipe, json, ok, read, write};
use hornpipe::music::abc;
use hornpipe::music::corpus::EMBEDDED;
use std::path::Path;

const TINY: &str = "--lstm 5 --embedding 4 --batch 4 --steps 16 --epochs 1 --quiet";

/// Forty jigs of the book in book.abc, and a run of a model that learned them.
fn learned(here: &Path) {
    let end = abc::tune_spans(EMBEDDED)[40].start;
    write(here, "book.abc", &EMBEDDED.as_bytes()[..end]);
    ok(here, &format!("train book.abc {TINY} --out run"));
}

#[test]
fn a_book_is_learned_with_places_and_prose_is_not() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    write(here, "both.abc", (read(here, "book.abc") + "\n" + &read(here, "t.abc")).as_bytes());
    write(here, "prose.txt", "One day, as it was snowing.\n".repeat(40).as_bytes());
    write(
        here,
        "mixed.abc",
        (read(here, "book.abc") + &read(here, "prose.txt").repeat(2)).as_bytes(),
    );
    let tiny = TINY.replace(" --quiet", "");
    for (files, says, inputs, tonic, order) in [
        (
            "book.abc",
            "100 % of the text are tunes that read, so the model hears places",
            true,
            "G",
            "shuffled",
        ),
        // in no form that moves
        ("t.abc", "learned in the keys they are written in (hornpipe corpus", true, "", "shuffled"),
        (
            "prose.txt --validation 0",
            "0 % of the text are tunes that read, so the model hears characters alone",
            false,
            "",
            "",
        ),
        (
            "mixed.abc",
            "so the model hears characters alone (--inputs places: otherwise)",
            false,
            "",
            "",
        ),
        ("book.abc --preset notebook", "\nlayer", false, "", ""),
        ("book.abc --inputs characters", "on G, shuffled", false, "G", "shuffled"),
        ("book.abc --tonic as-written", "40 tunes, shuffled", true, "", "shuffled"),
    ] {
        let (code, said, err) = hornpipe(here, &format!("train {files} {tiny} --out of"));
        assert!(code == 0 && err.is_empty() && said.contains(says), "{files}: {said}{err}");
        let config = &json(here, "info of --json")["config"];
        assert_eq!(
            config["inputs"].as_array().map_or(0, Vec::len),
            if inputs { 19 } else { 0 },
            "{files}"
        );
        assert_eq!(config["tonic"].as_str().unwrap_or_default(), tonic, "{files}");
        assert_eq!(config["order"].as_str().unwrap_or_default(), order, "{files}");
        assert_eq!(config["average"].is_number(), inputs, "{files}");
        std::fs::remove_dir_all(here.join("of")).expect("a run");
    }
    // asked for against the text: one sentence each
    for (files, sentence) in [
        (
            "prose.txt --validation 0 --inputs places",
            "0 % of the text are tunes that read; of the rest places say nothing",
        ),
        (
            "both.abc --tonic D",
            "30 tunes stay in the key as written, not in the form that moves to a tonic or without a key",
        ),
    ] {
        let (code, _, err) = hornpipe(here, &format!("train {files} {TINY} --out of"));
        assert!(code == 0 && err.starts_with("note: ") && err.contains(sentence), "{files}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        std::fs::remove_dir_all(here.join("of")).expect("a run");
    }
}

#[test]
fn a_model_is_asked_for_what_its_book_has() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    ok(here, "export run -o m.safetensors");
    let has = "the model's book has no";
    let primed = "X:1\nT:A\nR:jig\nM:6/8\nL:1/8\nK:D\n";
    write(here, "b", &batch(&[0, 1, 2, 3, 4, 5]));
    for model in ["run", "m.safetensors"] {
        for (flags, sentence) in [
            ("--rhythm reel", &*format!("--rhythm: {has} tune that is reel; choose from: jig")),
            (
                "--rhythm jig --meter 4/4",
                &format!("--meter: {has} jig tune that is 4/4; choose from: 6/8"),
            ),
            (
                "--mode phrygian",
                &format!("--mode: {has} tune that is phrygian; choose from: major, "),
            ),
            ("--key Fphr", &format!("--key: {has} tune that is phrygian")),
            ("--key HP", "--key HP: the model's tunes have a tonic and a mode"),
            ("--mode jolly", "not a mode; choose from: major, minor, dorian"),
            ("--mode minor --key Em", "cannot be used with"),
        ] {
            let (code, out, err) = hornpipe(here, &format!("generate {model} {flags}"));
            assert!(code == 2 && out.is_empty() && err.contains(sentence), "{flags}: {err}");
        }
        let line = format!("generate {model} --no-good --max-length 60 --quiet -n 3");
        let mut command = assert_cmd::Command::cargo_bin("hornpipe").expect("the binary");
        let primed = ["--prime", primed];
        let done = command.current_dir(here).args(line.split(' ')).args(primed).output();
        let done = done.expect("it runs");
        // heard in G, read in D
        let text = String::from_utf8(done.stdout).expect("UTF-8");
        assert_eq!(text.matches("\nK:D\n").count(), 3, "{text}");
        let mut command = assert_cmd::Command::cargo_bin("hornpipe").expect("the binary");
        let line = format!("generate {model} --key G");
        let done = command.current_dir(here).args(line.split(' ')).args(primed).output();
        let done = done.expect("it runs");
        let err = String::from_utf8(done.stderr).expect("UTF-8");
        assert!(
            done.status.code() == Some(2) && err.contains("--prime is in D, but --key asks for G")
        );
        // the same tunes again, however the model is named
        assert_eq!(
            ok(here, &line.replace("--key G", "--no-good --max-length 90 --quiet"))
                .lines()
                .skip(2)
                .collect::<Vec<_>>(),
            ok(here, "generate run --no-good --max-length 90 --quiet")
                .lines()
                .skip(2)
                .collect::<Vec<_>>()
        );
        let said = ok(here, &format!("evaluate {model} book.abc --batch 2"));
        assert!(said.starts_with("the model reads tunes on G: "), "{said}");
        assert!(said.contains(" moved there, ") && said.contains(" 0 stay as written\n"), "{said}");
        let (code, _, err) = hornpipe(here, &format!("gradients --model {model} --batch b -o g"));
        assert!(code == 1 && err.contains("b: it has no tensor places"), "{err}");
    }
}

#[test]
fn inputs_and_tonic_are_the_models() {
    let folder = folder();
    let here = folder.path();
    learned(here);
    for (line, sentence) in [
        ("train --resume run --inputs characters", "--inputs characters (the run has places)"),
        ("train --resume run --tonic D", "--tonic D (the run has G)"),
        ("train --resume run --tonic as-written", "--tonic as-written (the run has G)"),
        (
            "train book.abc --init run --inputs characters",
            "has --inputs places; leave --inputs out",
        ),
        ("train book.abc --init run --tonic D", "has --tonic G; leave --tonic out"),
        (
            "train t.abc --tonic D",
            "--tonic: no tune is in the form that moves to a tonic; hornpipe corpus",
        ),
        ("train book.abc --tonic H", "'H' is not a tonic; choose from: A, Ab, "),
        ("train book.abc --inputs bars", "possible values: characters, places"),
    ] {
        let (code, _, err) = hornpipe(here, line);
        assert!(code == 2 && err.contains(sentence), "{line}: {err}");
    }
    ok(here, "train book.abc --init run --batch 4 --steps 16 --epochs 1 --quiet --out more");
    let config = |run: &str| json(here, &format!("info {run} --json"))["config"].clone();
    for key in ["inputs", "tonic", "order", "average"] {
        assert_eq!(config("more")[key], config("run")[key]);
    }
    ok(here, "train --resume run --inputs places --tonic G --epochs 2 --quiet");
    // a model that heard characters goes on so
    ok(here, &format!("train book.abc {TINY} --inputs characters --tonic as-written --out plain"));
    ok(here, "train book.abc --init plain --batch 4 --steps 16 --epochs 1 --quiet --out more2");
    assert_eq!(config("more2")["inputs"], serde_json::Value::Null);
    assert_eq!(config("more2")["tonic"], serde_json::Value::Null);
}
