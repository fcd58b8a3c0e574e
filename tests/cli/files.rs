//! Files as they are found: any encoding, bad ones among good ones, what a file says for all its
//! tunes, and how much is said of each.

use super::{folder, hornpipe, ok, read, write};
use std::path::Path;

const TUNE: &str = "X:1\nT:Réel\nM:2/4\nL:1/8\nK:G\nGABc|dedc|BAGB|A2G2|\n\n";

/// The lines of standard error.
fn said(folder: &Path, line: &str) -> (i32, Vec<String>) {
    let (code, _, err) = hornpipe(folder, line);
    (code, err.lines().map(str::to_owned).collect())
}

#[test]
fn every_command_reads_what_is_not_utf_8_and_says_so() {
    let folder = folder();
    let here = folder.path();
    let latin: Vec<u8> = TUNE.chars().map(|c| c as u8).collect();
    let wide = "\u{feff}".encode_utf16().chain(TUNE.encode_utf16()).flat_map(u16::to_be_bytes);
    write(here, "plain.abc", TUNE.as_bytes());
    write(
        here,
        "cr.abc",
        &latin.iter().map(|&b| if b == b'\n' { b'\r' } else { b }).collect::<Vec<_>>(),
    );
    write(here, "latin.abc", &latin);
    write(here, "wide.abc", &wide.collect::<Vec<_>>());
    for n in 0..7 {
        write(here, &format!("many/{n}.abc"), &latin);
    }
    let tiny = "--lstm 3 --embedding 2 --batch 2 --steps 3 --epochs 1 --validation 0 --quiet";
    let taken = [
        ("latin.abc", "note: latin.abc: read as Latin-1 (windows-1252)"),
        ("cr.abc", "note: cr.abc: read as Latin-1 (windows-1252)"),
        ("wide.abc", "note: wide.abc: read as UTF-16BE"),
    ];
    ok(here, &format!("train plain.abc {tiny} --out plain"));
    for (at, (name, note)) in taken.into_iter().enumerate() {
        for command in [
            format!("judge {name}"),
            format!("judge plain.abc --against {name}"),
            format!("render {name} -o sound{at}"),
            format!("page {name} -o page{at}.html"),
            format!("corpus {name} -o corpus{at}.abc"),
            format!("train {name} {tiny} --out run{at}"),
            format!("train --resume run{at} --epochs 2 --quiet"),
            format!("evaluate plain {name} --batch 1 --steps 4"),
        ] {
            let (code, lines) = said(here, &command);
            assert!(code == 0 && lines.iter().any(|line| line == note), "{command}: {lines:?}");
        }
        assert!(read(here, &format!("page{at}.html")).contains("Réel"));
        assert_eq!(
            read(here, &format!("run{at}/log.csv")).lines().nth(1),
            read(here, "plain/log.csv").lines().nth(1)
        );
    }
    let (code, lines) = said(here, "judge many --quiet");
    assert_eq!((code, lines.len()), (0, 6), "{lines:?}");
    assert!(lines[5].starts_with("note: 2 more files are not UTF-8"), "{lines:?}");
    assert_eq!(said(here, "judge plain.abc"), (0, Vec::new()));
}

#[test]
fn what_is_bad_in_a_folder_is_skipped_and_what_is_bad_by_name_is_refused() {
    let folder = folder();
    let here = folder.path();
    write(here, "set/a.abc", TUNE.as_bytes());
    write(here, "set/b.abc", b"\x7fELF\0\0");
    write(here, "set/c/empty.abc", b"\n");
    write(here, "set/d.abc", TUNE.as_bytes());
    write(here, "bad/b.abc", b"\0\0");
    let commands =
        ["judge SET", "judge t.abc --against SET", "render SET -o out", "page SET -o p.html"];
    for command in commands {
        let command = |set: &str| command.replace("SET", set);
        let (code, lines) = said(here, &command("set"));
        let end = [
            "note: skipped: set/b.abc: this is not text",
            "note: skipped: set/c/empty.abc: ",
            "note: 2 files were skipped",
        ];
        let begins = |(line, end): (&String, &str)| line.starts_with(end);
        assert!(code == 0 && lines.iter().zip(end).all(begins) && lines.len() == 3, "{lines:?}");
        std::fs::remove_dir_all(here.join("out")).ok();
        std::fs::remove_file(here.join("p.html")).ok();
        for (set, problem) in [
            ("set --strict", "set/b.abc: this is not text"),
            ("set set/c/empty.abc", "set/c/empty.abc: this file is empty"),
            ("bad", "bad/b.abc: this is not text"),
            // before the first is read
            ("set/b.abc no.abc", "cannot read no.abc"),
            ("set no.abc", "cannot read no.abc"),
        ] {
            let (code, lines) = said(here, &command(set));
            assert!(code == 1 && lines.len() == 1, "{set}: {lines:?}");
            assert!(lines[0].starts_with("error: ") && lines[0].contains(problem), "{lines:?}");
            assert!(!here.join("out").exists() && !here.join("p.html").exists());
        }
    }
    for command in ["train set --out x", "corpus set -o x"] {
        let (code, lines) = said(here, command);
        assert!(code == 1 && lines[0].starts_with("error: set/b.abc: this is not"), "{lines:?}");
        assert!(!here.join("x").exists(), "{command}");
    }
    for command in ["train", "corpus -o x", "evaluate"] {
        assert_eq!(
            said(here, &format!("{command} set --strict")).0,
            2,
            "{command} is always strict"
        );
    }
}

#[test]
fn what_a_file_says_first_holds_for_all_its_tunes() {
    let folder = folder();
    let here = folder.path();
    let head = "%abc-2.1\nZ:Transcribed by A. Nobody\nR:reel\nM:4/4\nL:1/16\nA book of tunes\n\n";
    let tune = |title: &str, last: &str| {
        let bars = "G2A2B2c2 d2e2f2g2|".repeat(7);
        format!("Prose\nX:1\nT:{title}\nK:G\n|:{bars}{last}:|\n\n")
    };
    let (one, two) = (tune("One", "G4G4 G8"), tune("Two", "g4g4 G8"));
    write(here, "book.abc", format!("{head}{one}{two}").as_bytes());
    ok(here, "corpus book.abc -o c.abc --credits who.csv --quiet");
    let who = read(here, "who.csv");
    assert!(who.contains("One,reel,A. Nobody,book.abc") && who.contains("Two,reel,A. N"), "{who}");
    assert_eq!(read(here, "c.abc").matches("M:4/4\nL:1/8\n").count(), 2);
    let out = ok(here, "judge book.abc --each");
    assert_eq!(out.lines().filter(|line| line.contains(" good ")).count(), 2, "{out}");
    ok(here, "page book.abc -o p.html");
    let page = read(here, "p.html");
    assert!(
        page.contains("\"abc\":\"X:1\\nM:4/4\\nL:1/16\\n%:One\\nK:G\\n"),
        "the engraver knows it"
    );
    assert!(page.contains("R:reel\nM:4/4\nL:1/16\nX:1\nT:One"), "it is shown");
}

#[test]
fn of_a_file_five_notices_are_said_and_how_many_more_there_are() {
    let folder = folder();
    let here = folder.path();
    let flawed = "X:1\nK:C\nCD ^ E|\n\n";
    let silent = "X:1\nK:C\n^|\n\n";
    write(here, "a.abc", (flawed.repeat(8) + &silent.repeat(7)).as_bytes());
    write(here, "b.abc", (flawed.repeat(6) + &silent.repeat(6)).as_bytes());
    write(here, "c.abc", (silent.to_owned() + flawed).as_bytes());
    for (command, code, fate) in [
        ("render a.abc b.abc c.abc -o out", 1, "left out"),
        ("page a.abc b.abc c.abc -o p.html", 0, "shown as text"),
    ] {
        let (got, lines) = said(here, command);
        assert_eq!(got, code, "{lines:?}");
        let of = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
        let played = "; the rest of the tune is played";
        for (part, number) in [
            (format!("note: a.abc, line 3, column 4: an accidental without a note{played}"), 1),
            (format!("a.abc, line 19, column 4: an accidental without a note{played}"), 1),
            ("a.abc, line 23, ".to_owned(), 0),
            ("note: a.abc: 3 more notices".to_owned(), 1),
            ("note: b.abc: 1 more notice".to_owned(), 1),
            (played.to_owned(), 11),
            ("a.abc, line 35, ".to_owned(), 1),
            (format!("; this tune is {fate}"), 11),
            (format!("note: a.abc: 2 more tunes are {fate}"), 1),
            (format!("note: b.abc: 1 more tune is {fate}"), 1),
            ("c.abc, line 3, ".to_owned(), 1),
            ("c.abc, line 7, column 4".to_owned(), 1),
        ] {
            assert_eq!(of(&part), number, "{part} in {lines:#?}");
        }
        assert_eq!(lines.len(), 26 + usize::from(code == 1), "{lines:#?}");
    }
}

#[test]
fn a_tune_over_a_bound_is_named_and_its_neighbours_are_done() {
    let folder = folder();
    let here = folder.path();
    let long = |music: &str| {
        format!("X:2\nT:Endless\nM:4/4\nL:1/8\nK:C\n{}\n\n", music.repeat(1_000_000 / music.len()))
    };
    let tunes = [TUNE, &long("CDEF GABc|"), TUNE, &long("C"), &long("C|\n"), &long("%%x\n"), TUNE];
    write(here, "t.abc", tunes.concat().as_bytes());
    write(here, "good.abc", TUNE.repeat(3).as_bytes());
    for (command, last) in [
        ("render t.abc -o out", "error: 4 of 7 tunes cannot be played"),
        ("page t.abc -o p.html", "error: 4 of 7 tunes are too long to be played"),
        ("judge t.abc --against good.abc", "error: 4 of 10 tunes are too long to be played"),
        ("judge good.abc --against t.abc", "error: 4 of 10 tunes are too long to be played"),
    ] {
        let (code, lines) = said(here, command);
        assert!(code == 1 && lines.last().is_some_and(|line| line == last), "{command}: {lines:?}");
        let named =
            |at: usize| lines.iter().any(|line| line.contains(&format!("t.abc, line {at}, ")));
        assert!(named(8) && lines.len() == 5, "{command}: {lines:?}");
        let by_title = lines.iter().filter(|line| line.contains("by its title alone")).count();
        assert_eq!(by_title, if command.starts_with("page") { 4 } else { 0 }, "{lines:?}");
    }
    assert_eq!(std::fs::read_dir(here.join("out")).expect("a folder").count(), 3);
    let page = read(here, "p.html");
    let titled = |title: &str| page.matches(&format!("data-title=\"{title}\"")).count();
    assert_eq!((titled("Endless"), titled("Réel")), (4, 3));
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    let out = ok(here, "corpus t.abc -o c.abc");
    assert!(out.contains("4  cannot be read") && out.contains("1 MB of text"), "{out}");
}
