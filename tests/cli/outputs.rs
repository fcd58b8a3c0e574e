//! What no command writes over: what it reads, what a run writes itself, and files of another kind.

use super::{batch, folder, hornpipe, ok, read, train, write};
use crate::soundfont::soundfont;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const TUNE: &str = "\
X:1
T:One
R:jig
M:6/8
L:1/8
K:G
|:GAB cde|gfe dcB|ABc def|gdB G3|GAB cde|gfe dcB|ABc def|g3 G3:|
|:gab c'ba|gfe dcB|ABc def|gdB G3|gab c'ba|gfe dcB|ABc def|g3 G3:|

";

/// Refused with these words, --force or not. Every command runs in the same folder.
const REFUSED: &[(&str, &str)] = &[
    // the same file, by its name, a link, another way there, a hard link or a folder
    ("corpus u.abc -o u.abc", "u.abc is one of the files to read; name another"),
    ("corpus u.abc -o soft.abc", "soft.abc leads to u.abc, one of the files to read; name another"),
    ("corpus u.abc -o hard.abc", "hard.abc leads to u.abc, one of the files to read"),
    ("corpus u.abc -o run/../u.abc", "run/../u.abc leads to u.abc, one of"),
    ("corpus soft.abc -o u.abc", "u.abc leads to soft.abc, one of"),
    ("corpus tunes -o tunes/a.abc", "tunes/a.abc leads to tunes/a-link.abc, one of the files to"),
    ("corpus tunes -o tunes/a-link.abc", "tunes/a-link.abc is one of the files to read"),
    ("corpus u.abc -o c.abc --credits u.abc", "u.abc is one of the files to read"),
    ("corpus u.abc -o c.abc --credits c.abc", "c.abc is to be written twice; name two files"),
    ("corpus u.abc -o c.abc --credits run/../c.abc", "run/../c.abc is to be written twice"),
    ("corpus u.abc -o one.abc --credits one-link.abc", "one-link.abc is to be written twice"),
    ("corpus u.abc -o one.abc --credits one-hard.abc", "one-hard.abc is to be written twice"),
    ("page u.abc -o u.abc", "u.abc is one of the files to read"),
    ("page u.abc -o soft.abc", "soft.abc leads to u.abc"),
    ("page v.abc --against u.abc -o u.abc", "u.abc is one of the files to read"),
    ("page v.abc --against u.abc -o hard.abc", "hard.abc leads to u.abc"),
    ("page v.abc --against tunes -o tunes/a.abc", "tunes/a.abc leads to tunes/a-link.abc"),
    ("generate m.safetensors -o m.safetensors", "m.safetensors is one of the files to read"),
    ("generate m.safetensors -o m-link", "m-link leads to m.safetensors"),
    ("generate run -o best-link", "best-link leads to run/checkpoints/best.hornpipe"),
    ("generate run/checkpoints/best.hornpipe -o best-hard", "best-hard leads to run/checkpoints/"),
    // for the verdict at its end it reads what the model learned from
    ("generate run -o t.abc", "t.abc is one of the files to read"),
    ("generate run -o t-link.abc", "t-link.abc leads to t.abc"),
    ("generate of-tunes -o tunes/a.abc", "tunes/a.abc leads to tunes/a-link.abc"),
    ("export m.safetensors -o m.safetensors", "m.safetensors is one of the files to read"),
    ("export run/checkpoints/epoch-0002.hornpipe -o last-link", "last-link leads to run/check"),
    ("gradients --model m.safetensors --batch b -o m.safetensors", "m.safetensors is one of"),
    ("gradients --model m.safetensors --batch b -o b", "b is one of the files to read"),
    ("gradients --model m.safetensors --batch b -o b-link", "b-link leads to b"),
    ("render sound/001-one.mid -o sound", "sound/001-one.mid is one of the files to read"),
    ("render u.abc -o sound/linked", "sound/linked/001-one.mid leads to u.abc"),
    (
        "render u.abc -o sound/font --wav --soundfont sound/font/001-one.wav",
        "sound/font/001-one.wav is one of the files to read",
    ),
    ("train t.abc --out links", "links/log.csv leads to t.abc, one of the files to read"),
    ("train t.abc --init m.safetensors --out links", "links/log.csv leads to t.abc"),
    ("train u.abc --init m.safetensors --out init-links", "init-links/checkpoints/epoch-0000"),
    ("train in-run/samples/epoch-0001.abc --out in-run", "in-run/samples/epoch-0001.abc is one"),
    // what a run writes itself
    ("export run -o run/config.json", "run/config.json is one of the files that a run writes"),
    ("export run -o run/checkpoints/best.hornpipe", "run/checkpoints/best.hornpipe is one"),
    ("export run -o run/checkpoints/epoch-0000.hornpipe", "is one of the files that a run writes"),
    ("export run -o run/checkpoints/new", "run/checkpoints/new is one of the files that a run"),
    ("export run -o run/checkpoints", "run/checkpoints is one of the files that a run"),
    ("export run -o run/char_to_index.json", "run/char_to_index.json is one of"),
    ("export run -o config-link", "config-link is one of the files that a run "),
    ("export run -o run-link/curves.svg", "run-link/curves.svg is one of"),
    ("gradients --model run --batch b -o run/lock", "run/lock is one of"),
    ("generate run -o run/samples/epoch-0002.abc", "run/samples/epoch-0002.abc is one of"),
    ("generate run -o run/samples/deep/new.abc", "run/samples/deep/new.abc is one of"),
    ("generate m.safetensors -o run/log.csv", "run/log.csv is one of"),
    ("corpus u.abc -o c.abc --credits run/log.csv", "run/log.csv is one of"),
    ("corpus u.abc -o c.abc --credits run/batches.csv", "run/batches.csv is one of"),
    ("corpus u.abc -o run/config.json", "run/config.json is one of"),
    ("page u.abc -o run/curves.svg", "run/curves.svg is one of"),
    ("page u.abc -o log-elsewhere/log.csv", "log-elsewhere/log.csv is one of"),
    ("render u.abc -o run/samples", "run/samples is one of the files that a run"),
    ("render u.abc -o run/samples/sound", "run/samples/sound is one of"),
    ("render u.abc -o run/checkpoints", "run/checkpoints is one of"),
    // a run without a checkpoint, and one without config.json
    ("corpus u.abc -o bare/config.json", "bare/config.json is one of"),
    ("corpus u.abc -o old/config.json", "old/config.json is one of"),
];

/// Done, and done again.
const ALLOWED: &[&str] = &[
    "generate run --no-good -o run/tunes.abc",
    "generate run --no-good -o run/sound.csv.abc",
    "render u.abc -o run/sound",
    "render u.abc -o run",
    "export run -o run/last.safetensors",
    "corpus u.abc -o new.abc --credits new.csv",
    "corpus u.abc -o no-run/config.abc --credits no-run/log.csv",
    "corpus u.abc -o /dev/null --credits /dev/null",
    "generate run --no-good -o /dev/null",
    "page u.abc -o page.html",
    "page u.abc -o page-link.html",
    "gradients --model run --batch b -o g",
    "render u.abc -o fresh/sound --wav --midi",
    "corpus u.abc -o /dev/stderr",
    "train u.abc --lstm 3 --embedding 2 --batch 1 --steps 3 --epochs 0 --validation 0 --out was-here",
];

/// Writes what the tables name.
fn build(here: &Path) {
    for (name, text) in [
        ("u.abc", TUNE.to_owned()),
        ("v.abc", TUNE.replace("GAB", "BAG")),
        ("tunes/a.abc", TUNE.repeat(20)),
        ("sound/001-one.mid", TUNE.to_owned()),
        ("in-run/samples/epoch-0001.abc", TUNE.repeat(20)),
        ("bare/config.json", "{}".to_owned()),
        ("old/checkpoints/epoch-0000.hornpipe", "hornpipe".to_owned()),
        ("no-run/log.csv", "a,b\n1,2\n".to_owned()),
        ("was-here/notes.svg", "<svg/>".to_owned()),
        ("one.abc", TUNE.to_owned()),
    ] {
        write(here, name, text.as_bytes());
    }
    write(here, "sound/font/001-one.wav", &soundfont());
    write(here, "b", &batch(&[0, 1, 2, 3, 4, 5]));
    train(here, "run");
    let tiny = "--lstm 3 --embedding 2 --batch 2 --steps 3 --epochs 1 --validation 0 --quiet";
    ok(here, &format!("train tunes {tiny} --out of-tunes"));
    ok(here, "export run -o m.safetensors");
    for folder in ["bare/checkpoints", "links", "init-links/checkpoints", "sound/linked"] {
        fs::create_dir_all(here.join(folder)).expect("a folder");
    }
    fs::create_dir_all(here.join("log-elsewhere/checkpoints")).expect("a folder");
    write(here, "log-elsewhere/config.json", b"{}");
    for (to, link) in [
        ("u.abc", "soft.abc"),
        ("a.abc", "tunes/a-link.abc"),
        ("one.abc", "one-link.abc"),
        ("m.safetensors", "m-link"),
        ("run/checkpoints/best.hornpipe", "best-link"),
        ("run/checkpoints/epoch-0002.hornpipe", "last-link"),
        ("t.abc", "t-link.abc"),
        ("b", "b-link"),
        ("../../u.abc", "sound/linked/001-one.mid"),
        ("../t.abc", "links/log.csv"),
        ("../../m.safetensors", "init-links/checkpoints/epoch-0000.hornpipe"),
        ("run/config.json", "config-link"),
        ("run", "run-link"),
        ("../one.abc", "log-elsewhere/log.csv"),
        ("page.html", "page-link.html"),
    ] {
        symlink(to, here.join(link)).expect("a link");
    }
    let hard = |to: &str, link: &str| fs::hard_link(here.join(to), here.join(link));
    hard("u.abc", "hard.abc").expect("a link");
    hard("one.abc", "one-hard.abc").expect("a link");
    hard("run/checkpoints/best.hornpipe", "best-hard").expect("a link");
}

/// Every file below `folder` with what it holds, a link with what it leads to.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a name").path()) {
        if let Ok(to) = fs::read_link(&path) {
            all.insert(path, to.into_os_string().into_encoded_bytes());
        } else if path.is_dir() {
            all.append(&mut contents(&path));
            all.insert(path, Vec::new());
        } else {
            let bytes = fs::read(&path).expect("a file");
            all.insert(path, bytes);
        }
    }
    all
}

#[test]
fn no_command_writes_over_what_it_reads_or_what_a_run_writes() {
    let folder = folder();
    let here = folder.path();
    build(here);
    let before = contents(here);
    for (line, words) in REFUSED {
        let takes_force = !line.starts_with("train");
        for force in ["", " --force"].iter().take(1 + usize::from(takes_force)) {
            let (code, out, err) = hornpipe(here, &format!("{line}{force}"));
            let all = format!("hornpipe {line}{force}\nexit {code}\nstdout {out}\nstderr {err}");
            assert!(contents(here) == before, "something was written\n{all}");
            assert!(code == 2 && err.contains(words), "wanted: {words}\n{all}");
            assert!(err.starts_with("error: ") && err.lines().count() == 1, "{all}");
        }
    }
}

#[test]
fn what_is_nobodys_is_written_and_written_again() {
    let folder = folder();
    let here = folder.path();
    build(here);
    for line in ALLOWED {
        ok(here, line);
        if !line.starts_with("train") {
            ok(here, line);
        }
    }
}

/// The first bytes of files of each kind; the last are of none that hornpipe writes.
const KINDS: [(&str, &[u8]); 15] = [
    ("ABC", b"X:1\nK:C\nCDE|\n"),
    ("ABC", b"\xef\xbb\xbf\r\n  \n% a comment\nX:1\n"),
    ("CSV", b"number,title\n1,\"A, B\"\n"),
    ("CSV", b"\xef\xbb\xbfa,b,c\n"),
    ("HTML", b"\n<!doctype HTML>\n<title>"),
    ("HTML", b"<html lang=en>"),
    ("safetensors", b"\x10\0\0\0\0\0\0\0{\"__metadata__\":"),
    ("MIDI", b"MThd\0\0\0\x06\0\x01"),
    ("WAV", b"RIFF\x24\0\0\0WAVEfmt "),
    ("MusicXML", b"<?xml version=\"1.0\"?>\n<score-partwise version=\"4.0\">"),
    ("other", b"<?xml version=\"1.0\"?>\n<svg><!-- score-partwise --></svg>"),
    ("other", b"#!/bin/sh\nrm x, y\n"),
    ("other", b"Dear Sir, I write\nto you of tunes\n"),
    ("other", b"RIFF\x24\0\0\0sfbkLIST"),
    ("other", b"{\"a\": 1, \"b\": 2}\n"),
];

/// Commands, what they write and where.
const WRITERS: [(&str, &str, &str); 9] = [
    ("corpus u.abc -o x", "ABC", "x"),
    ("corpus u.abc -o c.abc --credits x", "CSV", "x"),
    ("export run -o x", "safetensors", "x"),
    ("generate run --no-good --max-length 9 -o x", "ABC", "x"),
    ("gradients --model run --batch b -o x", "safetensors", "x"),
    ("page u.abc --against v.abc -o x", "HTML", "x"),
    ("render u.abc -o s", "MIDI", "s/001-one.mid"),
    ("render u.abc -o s --wav", "WAV", "s/001-one.wav"),
    ("render u.abc -o s --format musicxml", "MusicXML", "s/001-one.musicxml"),
];

#[test]
fn a_file_of_another_kind_is_replaced_by_force_alone() {
    let folder = folder();
    let here = folder.path();
    write(here, "u.abc", TUNE.as_bytes());
    write(here, "v.abc", TUNE.as_bytes());
    write(here, "b", &batch(&[0, 1, 2, 3, 4, 5]));
    train(here, "run");
    let checkpoint = fs::read(here.join("run/checkpoints/best.hornpipe")).expect("a checkpoint");
    let kinds = KINDS.iter().copied().chain([("checkpoint", checkpoint.as_slice()), ("", b"")]);
    let kinds: Vec<_> = kinds.collect();
    for (line, writes, to) in WRITERS {
        for (kind, bytes) in &kinds {
            let _ = fs::remove_file(here.join("c.abc"));
            write(here, to, bytes);
            let holds = || fs::read(here.join(to)).expect("a file");
            let (code, _, err) = hornpipe(here, line);
            let all = format!("{line} over {kind} {:?}: {err}", String::from_utf8_lossy(bytes));
            if *kind == writes || bytes.is_empty() {
                assert!(code == 0 && holds() != *bytes, "{all}");
                continue;
            }
            assert!(code == 2 && holds() == *bytes && !here.join("c.abc").exists(), "{all}");
            assert!(err.contains("name another file, or add --force"), "{all}");
            assert_eq!(err.lines().count(), 1, "{all}");
            ok(here, &format!("{line} --force"));
            assert!(holds() != *bytes, "{all}");
        }
    }
}

#[test]
fn a_folder_of_sound_is_written_whole_or_not_at_all() {
    let folder = folder();
    let here = folder.path();
    write(here, "two.abc", format!("{TUNE}{}", TUNE.replace("One", "Two")).as_bytes());
    write(here, "s/002-two.mid", b"my notes\n");
    let (code, _, err) = hornpipe(here, "render two.abc -o s");
    assert!(code == 2 && err.contains("s/002-two.mid "), "{err}");
    assert!(!here.join("s/001-one.mid").exists());
}

#[test]
fn what_a_stream_leads_to_is_added_to() {
    let folder = folder();
    let here = folder.path();
    write(here, "u.abc", TUNE.as_bytes());
    train(here, "run");
    ok(here, "export run -o m");
    let model = fs::read(here.join("m")).expect("a model");
    let bash = |line: &str| {
        let mut bash = Command::new("bash");
        bash.current_dir(here).env("HORNPIPE", assert_cmd::cargo::cargo_bin("hornpipe"));
        let done = bash.args(["-c", line]).output().expect("bash");
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{line}: {err}");
        fs::read(here.join("kept")).unwrap_or_default()
    };
    for (stream, descriptor) in
        [("/dev/stdout", 1), ("/dev/fd/1", 1), ("/dev/stderr", 2), ("/dev/fd/7", 7)]
    {
        for (open, before) in [(">>", "0,my\n"), (">", "")] {
            write(here, "kept", b"0,my\n");
            let kept =
                bash(&format!("$HORNPIPE export run -o {stream} --quiet {descriptor}{open}kept"));
            let expected = [before.as_bytes(), &model].concat();
            assert!(kept == expected, "{stream} {open}: {} bytes", kept.len());
        }
    }
    write(here, "kept", b"");
    let kept = bash("mkfifo pipe; cat pipe >kept & $HORNPIPE corpus u.abc -o pipe; wait");
    assert!(kept.starts_with(b"X:1\n"), "{} bytes", kept.len());
    let kept = bash("$HORNPIPE corpus u.abc --quiet -o >(cat >kept); sleep 0.3");
    assert!(kept.starts_with(b"X:1\n"), "{} bytes", kept.len());
}

#[test]
fn a_run_begins_beside_files_of_others_but_not_over_them() {
    let folder = folder();
    let here = folder.path();
    let begin = "train t.abc --lstm 4 --embedding 4 --batch 4 --steps 16 --epochs 0 --quiet --out";
    for name in ["log.csv", "curves.svg", "config.json", "samples/epoch-0010.abc"] {
        write(here, &format!("mine/{name}"), b"my own");
        let (code, _, err) = hornpipe(here, &format!("{begin} mine"));
        assert!(code == 2 && err.contains("mine"), "{name}: {code} {err}");
        assert_eq!(read(here, &format!("mine/{name}")), "my own");
        std::fs::remove_dir_all(here.join("mine")).expect("removed");
    }
    write(here, "mine/notes.csv", b"my own");
    write(here, "mine/samples/drum.wav", b"my own");
    ok(here, &format!("{begin} mine"));
    assert_eq!(read(here, "mine/notes.csv"), "my own");
    assert_eq!(read(here, "mine/samples/drum.wav"), "my own");
}
