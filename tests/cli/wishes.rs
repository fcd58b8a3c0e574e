//! Wishes are kept in every tune that comes out, or nothing does and a sentence says why.

use super::resume::{end, signal, start};
use super::{hornpipe, ok, read, train, write};
use hornpipe::music::abc::{self, Mode, Tune};
use hornpipe::music::judge::{Known, Verdict};
use hornpipe::music::wishes::Compass;
use safetensors::SafeTensors;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use tempfile::TempDir;

/// Keys, bars in them, and two last bars; one of these goes down or up beyond the others.
const BARS: [(&str, [&str; 6], [&str; 2]); 3] = [
    ("G", ["GA Bc", "cA FA", "d2 BG", "Bd gB", "G2 Bd", "AB cA"], ["G4", "B,2 G2"]),
    ("D", ["FG Ad", "dB AF", "A2 FD", "fd AF", "EF GE", "D2 FA"], ["D4", "a2 D2"]),
    ("Em", ["EF GB", "BA GF", "e2 BG", "GB eB", "FG AF", "E2 GB"], ["E4", "E4"]),
];

const WORDS: [&str; 6] = ["Rover", "Kitty", "Market", "Hill", "Mill", "Green"];

/// 24 tunes: three polkas, then a march; every fifth has three parts, the others have two.
fn book() -> String {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345) & 0x7fff_ffff;
        (state >> 16) as usize % 6
    };
    let mut text = String::new();
    for n in 0..24 {
        let (key, bars, ends) = BARS[n % 3];
        let (kind, half) =
            if n % 4 == 3 { ("march\nM:4/4", true) } else { ("polka\nM:2/4", false) };
        let (one, two) = (WORDS[next()], WORDS[next()]);
        text += &format!("X:{}\nT:The {one} {two}\nR:{kind}\nL:1/8\nK:{key}\n", n + 1);
        for _ in 0..if n % 5 == 4 { 3 } else { 2 } {
            for bar in 1..=8 {
                text += if bar == 1 { "|:" } else { "" };
                text += &if half { format!("{} ", bars[next()]) } else { String::new() };
                text += if bar == 8 { ends[next() % 2] } else { bars[next()] };
                text += ["|", "|\n", ":|\n"][usize::from(bar % 4 == 0) + usize::from(bar == 8)];
            }
        }
        text += "\n";
    }
    text
}

/// A folder with book.abc, and run, whose model writes good tunes.
fn learned() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "book.abc", book().as_bytes());
    let shape = "--lstm 32 --embedding 12 --batch 4 --steps 32 --dropout 0 --validation 0";
    let line = format!("train book.abc {shape} --epochs 40 --learning-rate 0.02 --quiet --out run");
    ok(folder.path(), &line);
    folder
}

/// A copy of run's model that does not say what its book has, in plain.safetensors.
fn forget_book(here: &Path) {
    ok(here, "export run -o m.safetensors");
    let bytes = std::fs::read(here.join("m.safetensors")).expect("a model");
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
    let mut about = header.metadata().clone().expect("metadata");
    about.remove("book").expect("a book");
    let file = SafeTensors::deserialize(&bytes).expect("tensors");
    let plain = safetensors::serialize(file.tensors(), Some(about)).expect("a file");
    write(here, "plain.safetensors", &plain);
}

fn is_good(text: &str) -> bool {
    Verdict::of(text, &Known::new::<&str>(&[]), None).is_good()
}

/// Bars of each part, which here all stand between |: and :|.
fn form(text: &str) -> Vec<usize> {
    let lines = text.lines().filter(|line| line.contains('|'));
    let music: String =
        lines.flat_map(|line| line.strip_prefix("|:").unwrap_or(line).chars()).collect();
    let parts = music.split_terminator(":|");
    parts.map(|part| part.split('|').filter(|bar| !bar.trim().is_empty()).count()).collect()
}

/// MIDI numbers of the notes in bars 2 and 3.
fn kept(text: &str) -> Vec<i32> {
    let tune = abc::read(text);
    let notes = tune.bars[1..3].iter().flat_map(|bar| &bar.events).flat_map(|note| &note.pitches);
    notes.map(|pitch| pitch.midi()).collect()
}

fn stays_within(tune: &Tune, range: &str) -> bool {
    let compass: Compass = range.parse().expect("a range");
    tune.events().flat_map(|event| &event.pitches).all(|pitch| compass.has(*pitch))
}

/// What a tune's R:, M: and K: say.
fn kind(text: &str) -> Vec<&str> {
    text.lines().filter(|line| ["R:", "M:", "K:"].iter().any(|f| line.starts_with(f))).collect()
}

/// What a tune that is read must be.
type Kept = fn(&str, &Tune) -> bool;

/// Flags, what a comment says of them, and what they ask.
const KEPT: &[(&str, &str, Kept)] = &[
    ("", "good", |text, _| is_good(text)),
    ("--rhythm march", "good, rhythm march", |_, tune| tune.header('R') == Some("march")),
    ("--meter C", "good, meter C", |text, _| text.contains("\nM:4/4\n")),
    ("--key Bm", "good, key Bm", |_, tune| tune.key.name().as_deref() == Some("Bm")),
    ("--mode minor", "good, mode minor", |_, tune| tune.key.mode == Mode::Minor),
    ("--form AABB", "good, form AABB", |text, _| form(text) == [8, 8]),
    ("--form AABBCC --no-good", "form AABBCC", |text, _| form(text) == [8, 8, 8]),
    ("--parts 8,8,8", "good, parts 8,8,8", |text, _| form(text) == [8, 8, 8]),
    ("--range D-g", "good, range D-g", |_, tune| stays_within(tune, "D-g")),
    ("--for whistle", "good, for whistle", |_, tune| stays_within(tune, "D-b")),
    ("--key D --begin |:A2", "good, key D, begin \"|:A2\"", |text, _| text.contains("\nK:D\n|:A2")),
    ("--like book.abc#1", "good, like book.abc#1", |text, _| {
        let book = book();
        let one = abc::tunes(&book)[0];
        let music = |text: &str| text[text.find("K:").expect("a key")..].trim().to_owned();
        kind(text) == kind(one) && music(text) != music(one)
    }),
    (
        "--like book.abc#1 --keep-bars 2-3 --key A",
        "good, key A, like book.abc#1, keep-bars 2-3",
        |text, _| {
            let a_tone_higher: Vec<i32> = kept(&book()).iter().map(|note| note + 2).collect();
            kept(text) == a_tone_higher
        },
    ),
    ("--prime X:7", "good, prime \"X:7\"", |text, _| text.starts_with("X:7")),
];

#[test]
fn every_tune_keeps_what_is_wished_and_says_so() {
    let folder = learned();
    let here = folder.path();
    let plain = ok(here, "generate run --no-good -n 40 --quiet");
    for (flags, says, keeps) in KEPT {
        let line = format!("generate run {flags} --quiet");
        let five = ok(here, &format!("{line} -n 5 --threads 1"));
        assert_eq!(five, ok(here, &format!("{line} -n 5 --threads 2")), "{flags}");
        let tunes = abc::tunes(&five);
        assert_eq!(tunes[0], ok(here, &format!("{line} -n 1")), "{flags}");
        assert_eq!(tunes.len(), 5, "{flags}\n{five}");
        for (tune, number) in tunes.iter().zip(1..) {
            assert!(keeps(tune, &abc::read(tune)), "{flags}\n{tune}");
            assert!(is_good(tune) || flags.contains("--no-good"), "{flags}\n{tune}");
            let comment = tune.lines().nth(2).expect("a comment");
            let (draft, says_wishes) = comment
                .strip_prefix(&format!("% seed 1, tune {number}, draft "))
                .and_then(|rest| rest.split_once(", temperature 0.8, "))
                .unwrap_or_else(|| panic!("{flags}: {comment}"));
            assert!(draft.parse::<usize>().is_ok_and(|draft| draft > 0), "{flags}: {comment}");
            assert_eq!(says_wishes, *says);
        }
        let unasked = abc::tunes(&plain);
        let by_chance = unasked.iter().filter(|tune| keeps(tune, &abc::read(tune))).count();
        assert!(by_chance < unasked.len(), "{flags}: kept without being asked for");
    }
}

#[test]
fn the_first_draft_is_the_tune_that_comes_without_wishes() {
    let folder = learned();
    let here = folder.path();
    let [good, any] = ["", "--no-good"]
        .map(|flags| ok(here, &format!("generate run --temperature 1 -n 20 --quiet {flags}")));
    let music = |tune: &str| -> String {
        tune.lines().filter(|line| !line.starts_with('%')).collect::<Vec<_>>().join("\n")
    };
    let mut first = 0;
    for (good, any) in good.split_terminator("\n\n").zip(any.split_terminator("\n\n")) {
        assert!(!any.contains(", draft "), "{any}");
        let is_first = good.contains(", draft 1, ");
        assert_eq!(is_first, music(good) == music(any), "{good}\n{any}");
        first += usize::from(is_first);
    }
    assert!((1..20).contains(&first), "{first} are the first draft");
}

#[test]
fn titles_are_of_the_books_words_or_free() {
    let folder = learned();
    let others = |flags: &str| {
        let line = format!("generate run -n 40 --no-good --temperature 1.2 --quiet {flags}");
        let text = ok(folder.path(), &line);
        let titles = text.lines().filter_map(|line| line.strip_prefix("T:"));
        let words = titles.flat_map(str::split_whitespace);
        words.filter(|word| *word != "The" && !WORDS.contains(word)).count()
    };
    assert_eq!(["", "--titles words"].map(others), [0, 0]);
    assert!(others("--titles free") > 0);
}

#[test]
fn json_has_a_line_for_each_tune_and_one_for_all() {
    let folder = learned();
    let here = folder.path();
    let flags = "generate run --form AABB --key D --temperature 1.2 --seed 4 -n 4 --quiet";
    let plain = ok(here, flags);
    let lines = ok(here, &format!("{flags} --json -o x.abc"));
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (all, tunes) = lines.split_last().expect("lines");
    let mut text = String::new();
    for (tune, number) in tunes.iter().zip(1..) {
        text += tune["abc"].as_str().expect("a tune");
        assert_eq!((&tune["number"], &tune["seed"]), (&number.into(), &4.into()));
        for right in ["reads", "bars", "tonic", "parts", "good"] {
            assert_eq!(tune["verdict"][right], true, "{right}");
        }
        let wishes = serde_json::json!({ "good": true, "form": "AABB", "key": "D" });
        assert_eq!(tune["wishes"], wishes);
    }
    assert_eq!(text, plain);
    assert_eq!(text, read(here, "x.abc"));
    let drafts: u64 = tunes.iter().map(|tune| tune["draft"].as_u64().expect("a draft")).sum();
    assert!(drafts > 4, "none was dropped");
    let dropped = all["dropped"].as_object().expect("a map").values();
    assert_eq!(dropped.map(|count| count.as_u64().expect("a count")).sum::<u64>(), drafts - 4);
    assert_eq!((&all["tunes"], &all["drafts"]), (&4.into(), &drafts.into()));
    let share = 4.0 / drafts as f64;
    assert_eq!(all["share"], share);
    assert_eq!(all["share_error"], (share * (1.0 - share) / drafts as f64).sqrt());
    assert_eq!((&all["counts"]["good"], &all["given_up"]), (&4.into(), &serde_json::json!([])));
    assert!(all["words_drawn_anew"].is_u64(), "{all}");
}

/// Flags that cannot be kept, and what is said of them.
const REFUSED: &[(&str, &str)] = &[
    ("--form AABB --parts 8,8,8", "--parts: 2 parts of the form, but lengths of 3"),
    ("--form ABA", "part A comes more than twice, or comes back"),
    ("--form AA1", "'AA1' is no form; write a letter for each part"),
    ("--rhythm march --meter 2/4", "no march tune that is 2/4; choose from: 4/4"),
    ("--range b-D", "b-D is upside down; the lower note comes first"),
    ("--range D-F", "D-F has 3 notes, and tunes use at least 5"),
    ("--range low", "'low' is no range; write its lowest and highest note"),
    ("--range D-b --for whistle", "cannot be used with"),
    ("--key C --for pipes", "--for: G-a does not have the tonic of C"),
    ("--meter 2/4 --begin GABcd|", "--begin: what is to begin the tune cannot begin it: its bar 1"),
    ("--begin Gä", "--begin has the character 'ä', which the model does not know"),
    ("--begin=", "--begin: no music in it"),
    ("--begin K:D", "--begin: a line of a header"),
    ("--begin G --prime X:1", "cannot be used with"),
    ("--keep-bars 1-4", "--like <FILE>"),
    ("--like book.abc#1 --keep-bars 9-4", "upside down; the lower bar comes first"),
    ("--like book.abc#1 --keep-bars 15-17", "--keep-bars: bars 15-17 of a tune of 16 bars"),
    ("--like none.abc", "--like: none.abc holds no tune"),
    ("--like book.abc", "--like: book.abc holds 24 tunes; say which, as in --like=book.abc#24"),
    ("--like book.abc#25", "--like: book.abc holds tunes 1 to 24"),
    ("--like book.abc#0", "--like: book.abc holds tunes 1 to 24"),
    ("--like jig.abc", "--like: the model's book has no tune that is 6/8; choose from: "),
    ("--max-length 43 --form AABB", "--max-length: no tune that is asked for has fewer than 44"),
    ("-n 0", "whole number from 1"),
    ("--good --no-good", "cannot be used with"),
    ("--good --prime The", "--prime begins no tune, which begins with X:"),
];

#[test]
fn what_no_tune_can_be_is_refused_in_a_sentence() {
    let folder = learned();
    let here = folder.path();
    write(here, "none.abc", b"GABc\n");
    write(here, "jig.abc", b"X:1\nM:6/8\nL:1/8\nK:G\nGAB c2d|\n");
    for (flags, sentence) in REFUSED {
        let (code, out, err) = hornpipe(here, &format!("generate run {flags} -o new.abc"));
        assert!(code == 2 && err.contains(sentence), "{flags}: {code} {err}");
        assert!(out.is_empty() && !here.join("new.abc").exists(), "{flags}: {out}");
        let of_clap = err.contains("try '--help'") || err.contains("\n\nUsage: ");
        assert!(err.starts_with("error: ") && (of_clap || err.lines().count() == 1), "{err}");
    }
    // half a value taken for a model
    let (code, _, err) = hornpipe(here, "generate jig --rhythm slip");
    assert!(
        code == 2 && err.contains("no model jig; a value with a blank stands in quotes"),
        "{err}"
    );
}

#[test]
fn where_no_draft_keeps_the_wishes_nothing_is_written() {
    let folder = learned();
    let here = folder.path();
    write(here, "kept.abc", b"X:1\nK:C\nCDE|\n");
    let wish = "generate run --form ABC --parts 5,5,5 --quiet";
    let none = |drafts| format!("error: none of {drafts} drafts kept all wishes (");
    let one = "error: the only draft does not keep all wishes (1 ".to_owned();
    for (flags, sentence) in [
        ("", none(2000)),
        ("--json --threads 1", none(2000)),
        ("-n 3", none(2001)),
        ("--top-k 1", one),
        ("--temperature 0 -n 3", none(3)),
    ] {
        for file in ["", "-o kept.abc", "-o new.abc"] {
            let (code, out, err) = hornpipe(here, &format!("{wish} {flags} {file}"));
            let nothing = if flags.contains("--json") {
                let all: Value = serde_json::from_str(&out).expect("a line for all");
                all["tunes"] == 0 && all["drafts"] == 2000
            } else {
                out.is_empty()
            };
            assert!(code == 1 && nothing && err.starts_with(&sentence), "{flags}: {err}");
            assert!(err.contains(" wrong parts") && err.lines().count() == 1, "{err}");
            assert!(
                err.contains("; nothing is written; wish for a --form and --parts that"),
                "{err}"
            );
        }
    }
    assert_eq!(read(here, "kept.abc"), "X:1\nK:C\nCDE|\n");
    assert!(!here.join("new.abc").exists());
}

#[test]
fn a_tune_that_is_given_up_leaves_the_others() {
    let folder = learned();
    let here = folder.path();
    // one draft is all, and those of some kinds go too low
    let line = "generate run --top-k 1 -n 12 --range D-g --quiet";
    let (code, out, err) = hornpipe(here, &format!("{line} --json -o x.abc"));
    let all: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("JSON");
    let given_up = all["given_up"].as_array().expect("numbers");
    assert!(code == 1 && (1..12).contains(&given_up.len()), "{code} {all}");
    assert!(err.contains(" given up, for no draft kept the wishes"), "{err}");
    assert_eq!((&all["drafts"], &all["tunes"]), (&12.into(), &(12 - given_up.len()).into()));
    let text = read(here, "x.abc");
    for number in 1..=12 {
        let there = text.contains(&format!("% seed 1, tune {number}, draft 1, "));
        assert!(there != given_up.contains(&number.into()), "tune {number}\n{all}\n{text}");
    }
    assert_eq!(hornpipe(here, line).1, text);
    // what is likeliest is good where nothing more is asked
    for sure in ["--top-k 1", "--temperature 0"] {
        assert!(ok(here, &format!("generate run {sure} --quiet")).contains(", draft 1, "));
    }
}

#[test]
fn a_model_without_a_book_takes_lines_and_is_good_when_told() {
    let folder = learned();
    let here = folder.path();
    forget_book(here);
    let line = "generate plain.safetensors -n 5 --quiet";
    let forced = ok(here, &format!("{line} --rhythm hornpipe --meter 2/4 --key A"));
    for (field, forced_line) in [("R:", "R:hornpipe"), ("M:", "M:2/4"), ("K:", "K:A")] {
        let lines: Vec<_> = forced.lines().filter(|line| line.starts_with(field)).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| *line == forced_line), "{forced}");
    }
    assert!(forced.contains("% seed 1, tune 5, temperature 0.8, rhythm hornpipe, "), "{forced}");
    let good = ok(here, &format!("{line} --good"));
    assert_eq!(good.matches(", temperature 0.8, good\n").count(), 5, "{good}");
    assert!(
        good.contains("% seed 1, tune 5, draft ") && abc::tunes(&good).into_iter().all(is_good)
    );
    let (code, _, err) = hornpipe(here, &format!("{line} --mode minor"));
    assert!(code == 2 && err.contains("--mode: the model does not say what tunes"), "{err}");
}

/// Without wishes a tune comes as it is drawn, here one that never ends.
#[test]
#[cfg(unix)]
fn tunes_that_nothing_is_asked_of_are_shown_as_they_grow() {
    let folder = super::folder();
    train(folder.path(), "run");
    let line = "generate run --no-good --temperature 0 --max-length 1000000";
    let mut child = start(folder.path(), line);
    let mut out = child.stdout.take().expect("piped");
    out.read_exact(&mut [0; 100]).expect("its beginning");
    signal(&child, "INT");
    std::io::copy(&mut out, &mut std::io::sink()).expect("the rest");
    let (code, err) = end(child);
    assert!(code == Some(130) && err.contains("stopped after 0 of 1 tune"), "{code:?} {err}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_the_tunes_that_are_done() {
    let folder = learned();
    let here = folder.path();
    let mut child = start(here, "generate run -n 100000 --json -o x.abc");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    lines.next().expect("a tune").expect("UTF-8");
    signal(&child, "INT");
    let last = lines.map(|line| line.expect("UTF-8")).last().expect("the line for all");
    let all: Value = serde_json::from_str(&last).expect("JSON");
    let (code, err) = end(child);
    let done = all["tunes"].as_u64().expect("a number");
    assert!(code == Some(130) && (1..100_000).contains(&done), "{code:?} {all}");
    assert!(err.contains(&format!("stopped after {done} of 100,000 tunes")), "{err}");
    let text = read(here, "x.abc");
    assert_eq!(text.matches("\n\n").count() as u64, done);
    assert!(text.contains("% seed 1, tune 1, draft ") && text.ends_with("\n\n"));
}
