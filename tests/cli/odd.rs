//! Odd worlds: texts and sizes that nobody thinks of, each done right or refused by name.

use super::{hornpipe, json, ok, train, write};
use std::path::Path;

/// Arguments, exit code, part of what is said: on standard output if it is done, else as the error.
/// Every command runs in the same folder, one after the other; TINY stands for a tiny model.
const ODD: &[(&str, i32, &str)] = &[
    // texts as other systems write them
    ("train crlf.abc TINY --out crlf", 0, "crlf"),
    ("train lf.abc TINY --out lf", 0, "lf"),
    ("train cr.abc TINY --out cr", 0, "cr"),
    ("train bytes.abc TINY --out x", 1, "bytes.abc: this is not text (byte 8); name a file with"),
    // next to nothing
    ("train none.abc TINY --out x", 1, "none.abc: this file is empty; name a file with tunes"),
    ("train mark.abc TINY --out x", 1, "mark.abc: this file is empty; name a file with tunes"),
    ("train a.abc TINY --out x", 2, "has 1 character, but 2 streams in windows of 3 need"),
    ("train a.abc --out x", 2, "give more tunes, another --validation, or --validation 0"),
    ("evaluate lf a.abc", 1, "a.abc has the character 'a' (line 1), which the model does not"),
    ("corpus a.abc -o x", 1, "a.abc: no tune here"),
    // many files, bad ones among them
    ("train many TINY --out files", 0, "files"),
    ("corpus many -o x", 1, "no tune is left of 10000: 10000 dropped because: too short"),
    ("train mixed TINY --out mixed-run", 0, "mixed-run"),
    ("train spoilt TINY --out x", 1, "spoilt/bytes.abc: this is not text (byte 8)"),
    ("train nothing TINY --out x", 1, "nothing: this folder has no *.abc or *.txt file; name"),
    // few and many symbols
    ("train one.txt TINY --out one", 0, "one"),
    ("generate one --max-length 5", 0, "aaaaa\n\n"),
    ("evaluate one one.txt --batch 1 --steps 4", 0, "loss 0.000000 nats"),
    ("train many.txt TINY --out symbols", 0, "symbols"),
    ("info symbols", 0, "(.., 5000)"),
    ("generate symbols --max-length 5", 0, "\n"),
    ("generate symbols --prime Ω", 2, "use some of \"一"),
    ("generate symbols --prime Ω", 2, "\" and 4900 more"),
    ("generate lf --prime X:Ω", 2, "--prime has the character 'Ω', which the model does not know"),
    ("train lf.abc --init symbols --validation 0 --out x", 1, "which symbols does not know; take"),
    // sizes at their ends
    (
        "train lf.abc --batch 5000 --validation 0 --out x",
        2,
        "has 1301 characters, but 5000 streams",
    ),
    ("train lf.abc --batch 1300 --steps 1 --validation 0 --out x", 2, "smaller --batch or --steps"),
    ("train lf.abc SMALLEST --out smallest", 0, "smallest"),
    ("info smallest", 0, "epoch           1 of 1"),
    ("generate smallest --max-length 9 --quiet", 0, "X:"),
    ("evaluate smallest lf.abc --steps 1 --batch 1", 0, "over 1299 characters"),
    ("evaluate smallest lf.abc --steps 1 --batch 1300", 2, "need at least 2600"),
    ("train lf.abc UNTRAINED --out untrained", 0, "untrained"),
    ("info untrained", 0, "epoch           0 of 0"),
    ("generate untrained --max-length 9 --quiet", 0, "X:"),
    ("evaluate untrained lf.abc", 0, "accuracy"),
];

const SHORT: [(&str, &str); 3] = [
    ("TINY", "--lstm 3 --embedding 2 --batch 2 --steps 3 --epochs 1 --validation 0 --quiet"),
    ("SMALLEST", "--lstm 1 --embedding 1 --batch 1 --steps 1 --epochs 1 --validation 0 --quiet"),
    ("UNTRAINED", "--lstm 3 --embedding 2 --batch 2 --steps 3 --epochs 0 --validation 0 --quiet"),
];

const TUNE: &str = "X:1\nK:G\nABc|\n";

/// Writes what [`ODD`] names.
fn build(here: &Path) {
    let text = TUNE.repeat(100);
    let bytes = b"X:1\nK:C\n\0\x01\xff";
    write(here, "lf.abc", text.as_bytes());
    write(here, "crlf.abc", format!("\u{feff}{}", text.replace('\n', "\r\n")).as_bytes());
    write(here, "cr.abc", text.replace('\n', "\r").as_bytes());
    write(here, "bytes.abc", bytes);
    write(here, "none.abc", b"");
    write(here, "mark.abc", "\u{feff}".as_bytes());
    write(here, "a.abc", b"a");
    write(here, "one.txt", "a".repeat(48).as_bytes());
    let many = (0..20_000).filter_map(|n| char::from_u32(0x4e00 + n % 5000));
    write(here, "many.txt", many.collect::<String>().as_bytes());
    for n in 0..10_000 {
        write(here, &format!("many/{}/{n}.abc", n % 7), TUNE.as_bytes());
    }
    // what is no file of tunes is passed over, whatever it is called
    write(here, "mixed/folder.abc/t.abc", text.as_bytes());
    write(here, "mixed/._t.abc", bytes);
    write(here, "mixed/notes.md", bytes);
    write(here, "spoilt/good.abc", text.as_bytes());
    write(here, "spoilt/bytes.abc", bytes);
    std::fs::create_dir(here.join("nothing")).expect("a folder");
}

#[test]
fn odd_worlds_are_done_right_or_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    build(here);
    for (line, code, said) in ODD {
        let line = SHORT.iter().fold((*line).to_owned(), |line, (a, b)| line.replace(a, b));
        let (got, out, err) = hornpipe(here, &line);
        let all = format!("hornpipe {line}\nexit {got}\nstdout {out}\nstderr {err}");
        let stream = if *code == 0 { &out } else { &err };
        assert!(got == *code && stream.contains(said), "wanted {code}, {said}\n{all}");
        assert!(*code == 0 || err.starts_with("error: ") && err.lines().count() == 1, "{all}");
        let silent = err.lines().all(|line| line.contains(": took "));
        assert!(*code != 0 || silent, "{all}");
        assert!(!here.join("x").exists(), "{all}");
    }
    let hash = |run: &str| json(here, &format!("info {run} --json"))["weights_sha256"].clone();
    for other in ["crlf", "cr"] {
        assert_eq!(hash(other), hash("lf"), "BOM and CR are no part of a text");
    }
}

/// Permissions do not bind a superuser, whom tests may run as; a link that leads nowhere does.
#[test]
#[cfg(unix)]
fn a_file_that_cannot_be_read_is_named_and_its_good_neighbours_do_not_hide_it() {
    let folder = super::folder();
    let here = folder.path();
    std::fs::create_dir(here.join("tunes")).expect("a folder");
    std::fs::copy(here.join("t.abc"), here.join("tunes/good.abc")).expect("a copy");
    std::os::unix::fs::symlink("nowhere", here.join("tunes/x.abc")).expect("a link");
    for command in ["train tunes --out x", "corpus tunes -o x"] {
        let (code, _, err) = hornpipe(here, command);
        assert_eq!(code, 1, "{err}");
        assert!(err.starts_with("error: cannot read tunes/x.abc: "), "{err}");
        assert!(err.contains("; check the path"), "{err}");
    }
    // an editor's lock on an open file is such a link, and no tune
    std::fs::rename(here.join("tunes/x.abc"), here.join("tunes/.#good.abc")).expect("moved");
    ok(here, "corpus tunes -o c.abc");
    // a link to a file is that file; a pipe never ends
    std::os::unix::fs::symlink("good.abc", here.join("tunes/link.abc")).expect("a link");
    assert_eq!(json(here, "corpus tunes -o c.abc --json")["read"], 60);
    for model in ["/dev/zero", "tunes/pipe"] {
        if model == "tunes/pipe" {
            let made = std::process::Command::new("mkfifo").arg(here.join(model)).status();
            assert!(made.expect("mkfifo").success());
        }
        let (code, _, err) = hornpipe(here, &format!("info {model}"));
        assert!(code == 1 && err.contains("not a regular file; name a file"), "{err}");
    }
    ok(here, "corpus tunes -o c.abc");
}

#[test]
fn the_notebook_drops_a_fifth_whatever_the_first_weights_say() {
    let folder = super::folder();
    let here = folder.path();
    train(here, "run --dropout 0.5");
    let small = "--batch 4 --steps 16 --epochs 0 --quiet --init run";
    for (flags, dropout, activation) in [
        ("", 0.5, "sigmoid"),
        ("--preset notebook", 0.2, "hard_sigmoid"),
        ("--preset notebook --dropout 0.1 --activation sigmoid", 0.1, "sigmoid"),
    ] {
        let out = format!("out{}", flags.len());
        ok(here, &format!("train t.abc {small} {flags} --out {out}"));
        let config = json(here, &format!("info {out} --json"))["config"].clone();
        assert_eq!(config["dropout"], dropout, "{flags}");
        assert_eq!(config["activation"], activation, "{flags}");
    }
}

#[test]
fn a_model_of_ours_that_was_damaged_on_its_way_is_refused() {
    let folder = super::folder();
    let here = folder.path();
    train(here, "run");
    ok(here, "export run -o m.safetensors");
    let mut bytes = std::fs::read(here.join("m.safetensors")).expect("a model");
    let sha256 = json(here, "info run --json")["weights_sha256"].to_string();
    let header = String::from_utf8_lossy(&bytes[..4096]).into_owned();
    assert!(header.contains(&format!("\"weights_sha256\":{sha256}")), "{header}");
    // the lowest bit of a number: another number, and nothing else would show it
    let at = bytes.len() - 4;
    bytes[at] ^= 1;
    write(here, "m.safetensors", &bytes);
    for command in ["info m.safetensors", "train t.abc --init m.safetensors --out x"] {
        let (code, _, err) = hornpipe(here, command);
        assert!(code == 1 && err.contains("m.safetensors: its weights are not those"), "{err}");
    }
}
