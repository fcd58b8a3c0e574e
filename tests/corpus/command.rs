//! Files, folders and the command `hornpipe corpus`.

use super::{TIDY, UNTIDY};
use assert_cmd::Command;
use hornpipe::music::corpus::{in_more_keys, in_tonic, load};
use std::path::PathBuf;

#[test]
fn loading_takes_text_as_it_is_but_for_mark_and_carriage_returns() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(path("sub/deep")).unwrap();
    std::fs::write(path("b.ABC"), "\u{feff}X:1\r\nT:\u{e9}  \r\n\r\n").unwrap();
    std::fs::write(path("sub/deep/a.txt"), "X:2\n").unwrap();
    std::fs::write(path("note.md"), [0xff]).unwrap();
    std::fs::write(path("named.md"), "X:3").unwrap();
    let sources = load(&[path("named.md"), folder.path().to_owned(), path("b.ABC")]).unwrap();
    let found: Vec<(PathBuf, &str)> =
        sources.iter().map(|s| (s.path.clone(), s.text.as_str())).collect();
    let expected = [
        (path("named.md"), "X:3"),
        (path("b.ABC"), "X:1\nT:\u{e9}  \n\n"),
        (path("sub/deep/a.txt"), "X:2\n"),
    ];
    assert_eq!(found, expected);
}

/// The command line `hornpipe corpus ARGS`, run inside a folder.
fn hornpipe_corpus(folder: &std::path::Path, args: &str) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("hornpipe").unwrap();
    command.current_dir(folder).arg("corpus").args(args.split_whitespace()).assert()
}

#[test]
fn what_cannot_be_read_is_one_sentence_and_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("empty.abc", b"\xef\xbb\xbf \r\n");
    write("bytes.abc", b"X:1\0\xff\n");
    write("prose.abc", b"No tunes here.\n");
    write("tune.abc", TIDY.as_bytes());
    write("short.abc", b"X:1\nM:6/8\nK:D\nABc|\n");
    std::fs::create_dir(folder.path().join("bare")).unwrap();
    for (args, code, sentence) in [
        ("empty.abc -o out", 1, "empty.abc: this file is empty"),
        ("missing.abc -o out", 1, "cannot read missing.abc"),
        ("bytes.abc -o out", 1, "bytes.abc: this is not text (byte 3)"),
        ("bare -o out", 1, "bare: this folder has no *.abc or *.txt file"),
        ("prose.abc -o out", 1, "prose.abc: no tune here"),
        ("short.abc -o out", 1, "no tune is left of 1: 1 dropped because: too short"),
        ("tune.abc --rhythm reel -o out", 1, "no tune is left of 1: 1 dropped because: another"),
        ("tune.abc --rhythm jigg -o out", 2, "'jigg' is not a rhythm; choose from: air,"),
        ("tune.abc --tonic H -o out", 2, "'H' is not a tonic; choose from: A, Ab, B"),
        ("tune.abc --tonic G --transpose -o out", 2, "cannot be used with"),
        ("tune.abc -o none/out", 1, "cannot write none/out"),
        ("tune.abc -o tune.abc", 2, "tune.abc is one of the files to read"),
        ("tune.abc", 2, "--out"),
    ] {
        let output = hornpipe_corpus(folder.path(), args).code(code).get_output().clone();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(sentence), "{args}: {message}");
        assert!(!folder.path().join("out").exists(), "{args} wrote a file");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("tune.abc")).unwrap(), TIDY);
}

#[test]
fn the_command_writes_corpus_credits_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let text = UNTIDY.replace('\n', "\r\n") + "\r\nX:9\r\nT:Stub\r\nM:6/8\r\nK:D\r\nABc|\r\n";
    std::fs::write(folder.path().join("in.abc"), text).unwrap();
    let run = hornpipe_corpus(folder.path(), "in.abc -o out.abc --credits who.csv --json");
    let output = String::from_utf8(run.success().get_output().stdout.clone()).unwrap();
    assert_eq!(read("out.abc"), TIDY);
    let who = "number,title,rhythm,transcriber,source\n702,The Rolling Wave,jig,A. Nobody,in.abc\n";
    assert_eq!(read("who.csv"), who);
    assert!(output.contains("1  too short") && output.contains("X:9 Stub"), "{output}");
    let figures: serde_json::Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    assert_eq!((&figures["read"], &figures["tunes"]), (&2.into(), &1.into()));
    assert_eq!(figures["dropped"]["too short"], 1);
    assert_eq!(figures["bytes"], TIDY.len());

    assert_eq!(figures["copies"], 0);

    let other = TIDY.replace("K:D", "K:G").replace("GEC", "GFC").replace("=c", "c");
    std::fs::write(folder.path().join("two.abc"), format!("{TIDY}\n{other}")).unwrap();
    let run = hornpipe_corpus(folder.path(), "two.abc -o more.abc --transpose --json");
    let output = String::from_utf8(run.success().get_output().stdout.clone()).unwrap();
    assert!(output.contains("kept 2\nadded    2 copies in other keys"), "{output}");
    let figures: serde_json::Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    assert_eq!((&figures["tunes"], &figures["copies"]), (&4.into(), &2.into()));
    assert_eq!((&figures["keys"]["D"], &figures["keys"]["G"]), (&2.into(), &2.into()));
    assert_eq!(read("more.abc"), in_more_keys(&format!("{TIDY}\n{other}")));

    let run = hornpipe_corpus(folder.path(), "two.abc -o in-g.abc --tonic G --json");
    let output = String::from_utf8(run.success().get_output().stdout.clone()).unwrap();
    assert!(output.contains("kept 2\nmoved    1 tune to G, 1 were there\n"), "{output}");
    let figures: serde_json::Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    assert_eq!((&figures["moved"], &figures["keys"]["G"]), (&1.into(), &2.into()));
    let tonic = "G".parse().unwrap();
    assert_eq!(read("in-g.abc"), in_tonic(&format!("{TIDY}\n{other}"), tonic).text);

    let quiet = hornpipe_corpus(folder.path(), "in.abc -o out.abc --quiet --rhythm jig");
    assert_eq!(quiet.success().get_output().stdout, b"");
}
