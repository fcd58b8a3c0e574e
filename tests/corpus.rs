//! What the ABC reader, the canonical form and `hornpipe corpus` promise.

use std::collections::BTreeSet;
use std::path::PathBuf;

use assert_cmd::Command;
use hornpipe::abc::{self, Duration, Tune};
use hornpipe::corpus::{
    Book, EMBEDDED, Options, Reason, Source, build, canonical, load, near_duplicate_groups,
    rhythm_name, statistics,
};
use proptest::prelude::*;

/// Reads music in L:1/8 under the given metre and key.
fn read(meter: &str, key: &str, music: &str) -> Tune {
    abc::read(&format!("X:1\nT:Test\nM:{meter}\nL:1/8\nK:{key}\n{music}\n"))
}

/// MIDI numbers of the top notes in written order; rests are 0.
fn pitches(tune: &Tune) -> Vec<i32> {
    tune.events().map(|event| event.top().map_or(0, abc::Pitch::midi)).collect()
}

/// Lengths in written order as (numerator, denominator) in quavers.
fn quavers(tune: &Tune) -> Vec<(i64, i64)> {
    let quavers = |event: &abc::Event| event.duration * Duration::from_integer(8);
    tune.events().map(|event| (*quavers(event).numer(), *quavers(event).denom())).collect()
}

#[test]
fn a_file_is_cut_at_its_x_lines() {
    let text = "a header\nX:1\nK:C\nCDE\n\n\nX: 2\nK:C\n X:no\nE";
    assert_eq!(abc::tunes(text), ["X:1\nK:C\nCDE\n\n\n", "X: 2\nK:C\n X:no\nE"]);
    assert_eq!(abc::tune_spans(text)[0], 9..23);
    assert!(abc::tunes("no tune\n").is_empty());
}

#[test]
fn pitches_follow_key_and_accidentals() {
    for (key, music, expected) in [
        ("C", "C, C c c'", vec![48, 60, 72, 84]),
        ("D", "FfcC", vec![66, 78, 73, 61]),
        // An accidental holds to the bar line, in every octave.
        ("C", "^FFf|F", vec![66, 66, 78, 65]),
        ("G", "=FF|F", vec![65, 65, 66]),
        ("C", "^^C__D_E", vec![62, 60, 63]),
        // ... but not past an ending inside the bar, nor from a grace note.
        ("C", "^FF|1 F:|2 F", vec![66, 66, 65, 65]),
        ("C", "{^f}gf", vec![79, 77]),
        // A tie carries it over the bar line, a slur does not.
        ("C", "^f-|f", vec![78, 78]),
        ("C", "^f-|ef", vec![78, 76, 77]),
        // A key change clears it.
        ("C", "^F[K:F]F=B[K:G]FB", vec![66, 65, 71, 66, 71]),
        ("Ador", "FfBb", vec![66, 78, 71, 83]),
        ("D =c", "cfC", vec![72, 78, 60]),
        // Old chords and new ones: the top note.
        ("C", "[CEG]+EC+c", vec![67, 64, 72]),
        ("C", "~A.B!trill!c+fermata+d\"Am\"eTf", vec![69, 71, 72, 74, 76, 77]),
        ("C", "A:|", vec![69]),
    ] {
        let tune = read("4/4", key, music);
        assert_eq!(pitches(&tune), expected, "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
}

#[test]
fn lengths_are_exact() {
    for (meter, music, expected) in [
        ("4/4", "A2A/A//A3/2A/4", vec![(2, 1), (1, 2), (1, 4), (3, 2), (1, 4)]),
        ("4/4", "A>BA<B", vec![(3, 2), (1, 2), (1, 2), (3, 2)]),
        ("4/4", "A>>B2A<<<B", vec![(7, 4), (1, 2), (1, 8), (15, 8)]),
        ("4/4", "A{g}>B", vec![(3, 2), (1, 2)]),
        ("4/4", "(3ABc d", vec![(2, 3), (2, 3), (2, 3), (1, 1)]),
        ("6/8", "(2AB(4ABcd", vec![(3, 2), (3, 2), (3, 4), (3, 4), (3, 4), (3, 4)]),
        // Five in the time of two, or of a beat in compound metres; and all three numbers given.
        ("4/4", "(5ABcde", vec![(2, 5); 5]),
        ("6/8", "(5ABcde", vec![(3, 5); 5]),
        ("4/4", "(3:2:2AB c", vec![(2, 3), (2, 3), (1, 1)]),
        ("4/4", "(3::2A2B c", vec![(4, 3), (2, 3), (1, 1)]),
        ("4/4", "(3(A>BA)B", vec![(1, 1), (1, 3), (2, 3), (1, 1)]),
        ("4/4", "[A2c2]2z3", vec![(4, 1), (3, 1)]),
        ("3/4", "Z|[L:1/4]A[L:1/16]A", vec![(6, 1), (2, 1), (1, 2)]),
    ] {
        let tune = read(meter, "C", music);
        assert_eq!(quavers(&tune), expected, "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
}

#[test]
fn the_unit_depends_on_the_metre_where_no_field_gives_it() {
    for (header, length) in
        [("M:6/8\n", (1, 8)), ("M:2/4\n", (1, 16)), ("", (1, 8)), ("M:2/4\nL:1/4\n", (1, 4))]
    {
        let tune = abc::read(&format!("X:1\n{header}K:C\nA"));
        let duration = tune.bars[0].duration;
        assert_eq!((*duration.numer(), *duration.denom()), length, "{header}");
    }
}

#[test]
fn fields_in_the_body_override_the_header_and_later_ones_are_changes() {
    let tune = abc::read("X:1\nM:4/4\nL:1/8\nK:C\nM:6/8\nK:G\nFFF FFF|\nM:9/8\nw:no music\nF3|]\n");
    assert_eq!(tune.meter.unwrap().to_string(), "6/8");
    assert_eq!(tune.key.name().unwrap(), "G");
    assert_eq!(tune.bars[0].changes, []);
    assert_eq!(tune.bars[1].changes.len(), 1);
    assert_eq!(tune.notes(), 7);
}

#[test]
fn a_tie_joins_equal_pitches_only() {
    for (music, ties, notes) in [
        ("A-A", [true, false], 1),
        ("A-|A", [true, false], 1),
        ("A-B", [false, false], 2),
        ("(A-A)", [true, false], 1),
        ("A-\\\nA", [true, false], 1),
        ("[CA-][EA]", [true, false], 1),
        ("A-z", [false, false], 1),
    ] {
        let tune = read("4/4", "C", music);
        let found: Vec<bool> = tune.events().map(|event| event.tie).collect();
        assert_eq!(found, ties, "{music}");
        assert_eq!(tune.notes(), notes, "{music}");
    }
}

#[test]
fn repeats_and_endings_give_the_order_of_playing() {
    // Each bar is named by its only note.
    for (music, expected) in [
        ("C|D|E|]", "CDE"),
        ("|:C|D:|E|]", "CDCDE"),
        ("C|D:|E|]", "CDCDE"),
        ("C|D::E|F:|", "CDCDEFEF"),
        ("C|D:|\n|:E|F:|", "CDCDEFEF"),
        ("C|D:|\n||E|F:|", "CDCDEFEF"),
        ("C|D||E|F:|", "CDEFEF"),
        ("|:C||D:|", "CDCD"),
        ("|:C|1 D:|2 E|F|]", "CDCEF"),
        ("|:C[1 D:|[2 E||F|]", "CDCEF"),
        ("|:C|[1,3 D:|[2 E:|F|]", "CDCECDF"),
        ("|:C|1 D:|2 E:|\n|:F|1 G:|2 A|]", "CDCEFGFA"),
        ("|::C::|", "CCC"),
        // A bar line at the end of a line and at the start of the next is one.
        ("C|D|\n|E|F:|", "CDEFCDEF"),
        ("|:C", "C"),
    ] {
        let tune = read("1/8", "C", music);
        let letters = "CDEFGAB".chars().zip([60, 62, 64, 65, 67, 69, 71]);
        let name = |bar: usize| {
            let midi = tune.bars[bar].events[0].top().unwrap().midi();
            letters.clone().find(|(_, pitch)| *pitch == midi).unwrap().0
        };
        let played: String = abc::played(&tune).into_iter().map(name).collect();
        assert_eq!(played, expected, "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
}

#[test]
fn problems_have_a_place_and_do_not_stop_reading() {
    for (music, line, column) in [
        ("A#B", 6, 2),
        ("AB|\nA99999999999999/3B", 7, 1),
        ("AA0B", 6, 2),
        ("A>|B", 6, 3),
        ("(3AB|c", 6, 5),
        ("AB]", 6, 3),
        ("[ABc", 6, 2),
        ("A \"open", 6, 3),
        ("A[K:Q]B", 6, 2),
        ("A & B", 6, 3),
        ("V:1\nA\nV:2\nB", 8, 1),
        ("AB : c", 6, 4),
        ("{abA", 6, 2),
    ] {
        let tune = read("4/4", "C", music);
        let problem = tune.problems.first().unwrap_or_else(|| panic!("{music} is no problem"));
        assert_eq!((problem.at.line, problem.at.column > 0), (line, true), "{music}");
        if !music.starts_with(['[', '{']) {
            assert_eq!(problem.at.column, column, "{music}: {problem}");
            assert!(tune.notes() >= 1, "{music}");
        }
    }
    assert_eq!(abc::read("X:1\nT:no key\n").problems.len(), 1);
}

#[test]
fn music_ends_at_a_blank_line_and_comments_are_no_music() {
    let tune = abc::read("X:1\n\nK:C % comment\r\nCD%EF\r\n% GA\r\nE\r\n\r\nFGA\r\n");
    assert_eq!(pitches(&tune), [60, 62, 64]);
    assert_eq!(tune.header('K'), Some("C"));
    assert_eq!(tune.problems, []);
}

/// A jig of two parts in an untidy spelling.
const UNTIDY: &str = r#"X: 702
T: ROLLING WAVE, THE. 2nd setting
Z:Transcribed by A.Nobody, a@b.c
R:double jig
M:6/8
L:1/16
K:DMaj
A2|{e}d2D2D2 ~c2D2D2|{c}B2D2D2 A2D2D2|[Fd]2D2D2 c3BA2|A2G2F2 E2F2A2|\
d2D2D2 (c2D2D2)|B2D2D2 A2D2D2|(3B2c2d2 c2 B2 A2 G2|G2E2C2 E4:|
||Bc|"D"d2D2D2 ^c2=c2D2|B4D2 A2-A2A2|d2D2D2 c2B2A2|A2G2F2 [1E4:|[2 E6||
"#;

/// The same in ours.
const TIDY: &str = "X:1
T:The Rolling Wave
R:jig
M:6/8
L:1/8
K:D
|:A|dDD cDD|BDD ADD|dDD c>BA|AGF EFA|
dDD cDD|BDD ADD|(3Bcdc BAG|GEC E2:|
|:B/c/|dDD c=cD|B2D A-AA|dDD cBA|1 AGF E2:|2 AGF E3|]
";

/// What `build` makes of one text without any option.
fn build_all(text: &str) -> hornpipe::corpus::Corpus {
    let source = Source { path: PathBuf::from("test.abc"), text: text.to_owned() };
    build(&[source], &Options::default())
}

#[test]
fn the_canonical_form_is_one_spelling() {
    let written = canonical(&abc::read(UNTIDY), Some("jig")).unwrap();
    assert_eq!(written.text, TIDY);
    assert_eq!(canonical(&abc::read(TIDY), Some("jig")).unwrap().text, TIDY);
}

#[test]
fn music_is_written_in_its_beat_groups() {
    for (header, rhythm, music, expected) in [
        // 2/4 in semiquavers and C| become 4/4 in quavers.
        ("M:2/4\nL:1/16", "hornpipe", "ABcd e2f2|(3ABc (3def a4", "M:4/4 ABcd e2f2|(3ABc(3def a4"),
        ("M:C|\nL:1/8", "reel", "AB cd e2f2|A3B c>d e<f", "M:4/4 ABcd e2f2|A3B c>de<f"),
        ("M:2/4\nL:1/8", "polka", "A2AB|A>B cd", "M:2/4 A2 AB|A>B cd"),
        ("M:3/4\nL:1/8", "waltz", "ABcdef|A3Bcd", "M:3/4 AB cd ef|A3B cd"),
        (
            "M:9/8\nL:1/8",
            "jig",
            "ABc d2e f3|A3B3c/d/e/f/a/b/",
            "M:9/8 ABc d2e f3|A3 B3 c/d/e/f/a/b/",
        ),
        // 3:1 is broken rhythm, but not across a beat.
        (
            "M:C\nL:1/8",
            "reel",
            "A2B/A3/2 B/4A3/4B3|A5/2B3/2c/d7/2",
            "M:4/4 A2B<A B/<A/B3|A5/2B3/2 c/d7/2",
        ),
        // An accidental is written wherever some reader would miss it.
        ("M:4/4\nL:1/8", "reel", "^F2^f2 =F2f2|^A4 A4", "M:4/4 ^F2^f2 =F2=f2|^A4 A4"),
        ("M:4/4\nL:1/8", "reel", "A4 ^A4-|A8", "M:4/4 A4 ^A4-|^A8"),
    ] {
        let tune = abc::read(&format!("X:1\nT:Test\n{header}\nK:C\n{music}|{music}|]"));
        let rhythm = rhythm_name(rhythm, tune.meter);
        let written = canonical(&tune, rhythm).unwrap_or_else(|r| panic!("{music}: {r:?}"));
        let (meter, line) = expected.split_once(' ').unwrap();
        assert!(written.text.contains(&format!("\n{meter}\nL:1/8\n")), "{}", written.text);
        assert!(written.text.ends_with(&format!("\n{line}|{line}|]\n")), "{}", written.text);
    }
}

#[test]
fn long_endings_stand_on_lines_of_their_own() {
    let four = "c4|d4|e4|f4";
    let text = format!("X:1\nT:T\nM:2/4\nL:1/8\nK:C\n{four}|1 {four}:|2 {four}||\n");
    let written = canonical(&abc::read(&text), None).unwrap().text;
    assert!(written.ends_with(&format!("|:{four}|\n[1 {four}:|\n[2 {four}|]\n")), "{written}");
}

#[test]
fn what_does_not_fit_the_form_is_dropped_for_its_reason() {
    let four = "c4|c4|c4|c4|";
    for (body, reason) in [
        (format!("{four}c4|c3|c4|"), Reason::WrongBar(6)),
        (format!("{four}c5|"), Reason::WrongBar(5)),
        // The last bar may leave out the upbeat, no other length.
        (format!("|:c|{four}c2:|"), Reason::WrongBar(6)),
        (format!("{four}c3:|"), Reason::WrongBar(5)),
        (format!("c|:{four}c3:|"), Reason::UpbeatOutside),
        (format!("|:{four}|]"), Reason::Repeats),
        (format!("|::{four}c4::|"), Reason::Repeats),
        (format!("{four}|1 c4:|2 c4|c4|]"), Reason::Repeats),
        (format!("{four}[K:G]c4|"), Reason::KeyChange),
        (format!("{four}[M:3/4]c6|"), Reason::MeterChange),
        (format!("{four}c4\"D.C.\"|"), Reason::DaCapo),
        (format!("{four}!D.S.!c4|"), Reason::DaCapo),
        (format!("{four}(3ABc c/3c5/3|"), Reason::OddLength),
        (format!("{four}(2ABc|"), Reason::OddLength),
        ("c4|c4|c4|".to_owned(), Reason::TooShort),
    ] {
        let tune = abc::read(&format!("X:1\nT:T\nM:2/4\nL:1/8\nK:C\n{body}\n"));
        assert_eq!(canonical(&tune, Some("polka")).unwrap_err(), reason, "{body}");
    }
    for (header, rhythm, reason) in [
        ("M:6/8\nK:D =c", None, Reason::UnusualKey),
        ("M:5/4\nK:D", None, Reason::UnusualMeter),
        ("K:D", None, Reason::UnusualMeter),
        ("M:12/8\nK:D", None, Reason::UnusualMeter),
        ("M:3/4\nK:D", Some("hornpipe"), Reason::MeterAgainstRhythm),
    ] {
        let tune = abc::read(&format!("X:1\nT:T\n{header}\n{four}\n"));
        assert_eq!(canonical(&tune, rhythm).unwrap_err(), reason, "{header}");
    }
    let unreadable = canonical(&abc::read("X:1\nM:2/4\nK:C\nA#B|\n"), None).unwrap_err();
    assert_eq!(unreadable.detail(), "line 4, column 2: '#' means nothing here");
}

#[test]
fn the_same_notes_are_kept_once_and_numbers_mean_nothing_without_a_book() {
    let transposed = TIDY.replace("K:D", "K:C").replace("X:1", "X:2");
    let lower: String = transposed
        .lines()
        .map(|line| if line.contains('|') { down_a_tone(line) } else { line.to_owned() + "\n" })
        .collect();
    let unnamed = TIDY.replace("R:jig\n", "").replace("X:1", "X:1600").replace("GEC", "GFC");
    let corpus = build_all(&format!("{TIDY}\n{lower}\n{unnamed}"));
    assert_eq!(corpus.kept.len(), 2);
    assert_eq!(corpus.dropped[0].reason, Reason::SameNotes("The Rolling Wave".to_owned()));
    assert_eq!((corpus.kept[0].rhythm, corpus.kept[1].rhythm), (Some("jig"), None));

    let options = Options { book: Some(Book::Oneills), ..Options::default() };
    let text = format!("{unnamed}\n{}", UNTIDY.replace("R:double jig\n", ""));
    let corpus = build(&[Source { path: "o.abc".into(), text }], &options);
    assert_eq!(corpus.kept[0].rhythm, Some("jig"));
    assert_eq!(corpus.kept[0].transcriber, "A. Nobody");
    assert_eq!(corpus.dropped[0].reason, Reason::MeterAgainstRhythm);
}

/// A line of music in D written a tone lower, for a header in C; accidentals are sharps there.
fn down_a_tone(line: &str) -> String {
    let down = |c: char| match c {
        'C' => 'B',
        'D'..='G' | 'B' | 'd'..='g' => (c as u8 - 1) as char,
        'A' => 'G',
        'c' => 'B',
        other => other,
    };
    let flat = line.replace("=c", "_B\u{0}").replace('C', "B,\u{0}");
    let mut out = String::new();
    let mut chars = flat.chars().peekable();
    while let Some(c) = chars.next() {
        let done = chars.peek() == Some(&'\u{0}') || (c == 'B' && chars.peek() == Some(&','));
        out.push(if done { c } else { down(c) });
    }
    out.replace('\u{0}', "") + "\n"
}

#[test]
fn the_embedded_corpus_is_canonical_and_every_bar_is_right() {
    let corpus = build_all(EMBEDDED);
    let reasons: Vec<_> = corpus.dropped.iter().map(|d| (&d.title, &d.reason)).collect();
    // Building checks every bar; writing what was written changes nothing.
    assert_eq!(reasons, []);
    assert!(corpus.text() == EMBEDDED, "normalising the embedded corpus changed it");

    let figures = statistics(EMBEDDED);
    assert_eq!(figures.tunes, corpus.kept.len());
    assert!((600..700).contains(&figures.tunes), "{figures}");
    assert!((140_000..160_000).contains(&figures.bytes), "{figures}");
    assert!((68_000..75_000).contains(&figures.notes), "{figures}");
    assert!(figures.symbols < 80 && EMBEDDED.is_ascii(), "{figures}");
    let rhythms: Vec<&str> = figures.rhythms.keys().map(String::as_str).collect();
    assert_eq!(rhythms, ["hornpipe", "jig", "slip jig"]);
    let credits = std::fs::read_to_string("data/credits.csv").unwrap();
    assert_eq!(credits.lines().count(), figures.tunes + 1);
    // Bars inside a part are full, by a count that shares nothing with `build`.
    for text in abc::tunes(EMBEDDED) {
        let tune = abc::read(text);
        let full = tune.meter.unwrap().bar();
        for part in abc::parts(&tune) {
            let inside = part.body.clone().skip(1).take(part.body.len().saturating_sub(2));
            assert!(inside.into_iter().all(|bar| tune.bars[bar].duration == full), "{text}");
        }
    }
}

#[test]
fn near_duplicates_are_found_whatever_their_key_unit_and_barring() {
    let melody = "dDDcDDBDDADDdDDcBAAGFEFAdDDcDDBDDADDBcdcBAGECED";
    let other = "GABcdefgfedcBAGABAGFEDEFGABGABcABcdBcdefgagfed";
    let tune =
        |key: &str, body: &str| format!("X:1\nT:{body:.5}\nM:C|\nL:1/8\nK:{key}\n{body}|]\n");
    let long: String = melody.chars().flat_map(|c| [c, '2']).collect();
    let (head, tail) = (&melody[..30], &other[..14]);
    let less = &melody[..22];
    let tunes = [
        tune("D", melody),
        tune("D", other),
        // The same shape one step lower in C: transposed by a tone.
        tune("C", &down_a_tone(melody)),
        tune("D", &long),
        // Over half of it, then something else.
        tune("D", &format!("{head}{tail}")),
        // Under half of it.
        tune("D", &format!("{less}{}", &other[..40])),
        // Too short to compare; equal text is equal all the same.
        tune("D", "ABc"),
        tune("G", "ABc"),
        tune("D", "ABc"),
        "no tune at all".to_owned(),
    ];
    let views: Vec<&str> = tunes.iter().map(String::as_str).collect();
    assert_eq!(near_duplicate_groups(&views), [0, 1, 0, 0, 0, 1, 2, 3, 2, 4]);
    assert!(near_duplicate_groups(&[]).is_empty());
}

#[test]
fn near_duplicates_agree_with_comparing_all_pairs() {
    // Tunes, and hybrids that take their first lines from one tune and the others from the next.
    let plain = |tune: &&str| !abc::read(tune).events().any(|e| e.tie || e.top().is_none());
    let whole: Vec<&str> = abc::tunes(EMBEDDED).into_iter().filter(plain).take(40).collect();
    let mut tunes: Vec<String> = whole.iter().map(|tune| (*tune).to_owned()).collect();
    for (at, pair) in whole.windows(2).enumerate() {
        let (a, b) = (pair[0].split_inclusive('\n'), pair[1].split_inclusive('\n'));
        let from_a = 7 + at % 3;
        tunes.push(a.take(from_a).chain(b.skip(from_a)).collect());
    }
    let tunes: Vec<&str> = tunes.iter().map(String::as_str).collect();
    let groups = near_duplicate_groups(&tunes);
    let melodies: Vec<Vec<(i32, Duration)>> = tunes
        .iter()
        .map(|tune| melody(&abc::read(tune)))
        .map(|m| m.windows(2).map(|w| (w[1].0 - w[0].0, w[1].1 / w[0].1)).collect())
        .collect();
    let mut expected: Vec<usize> = (0..tunes.len()).collect();
    for a in 0..tunes.len() {
        for b in 0..a {
            let shorter = melodies[a].len().min(melodies[b].len());
            if longest_shared_run(&melodies[a], &melodies[b]) > shorter / 2 {
                let (from, to) = (expected[a], expected[b]);
                expected.iter_mut().filter(|group| **group == from).for_each(|g| *g = to);
            }
        }
    }
    let same = |groups: &[usize], a: usize, b: usize| groups[a] == groups[b];
    for a in 0..tunes.len() {
        for b in 0..a {
            assert_eq!(same(&groups, a, b), same(&expected, a, b), "{}{}", tunes[a], tunes[b]);
        }
    }
    let count = groups.iter().collect::<BTreeSet<_>>().len();
    assert!((20..60).contains(&count), "{count} groups: too easy a case");
}

/// Pitch and length of each note, for tunes without rests and ties.
fn melody(tune: &Tune) -> Vec<(i32, Duration)> {
    assert!(tune.events().all(|event| !event.tie && event.top().is_some()));
    tune.events().map(|e| (e.top().unwrap().midi(), e.duration)).collect()
}

fn longest_shared_run<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut best = 0;
    let mut before = vec![0; b.len() + 1];
    for x in a {
        let mut now = vec![0; b.len() + 1];
        for (at, y) in b.iter().enumerate() {
            now[at + 1] = if x == y { before[at] + 1 } else { 0 };
            best = best.max(now[at + 1]);
        }
        before = now;
    }
    best
}

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
    write("latin.abc", b"X:1\nT:S\xe9an\n");
    write("prose.abc", b"No tunes here.\n");
    write("tune.abc", TIDY.as_bytes());
    write("short.abc", b"X:1\nM:6/8\nK:D\nABc|\n");
    std::fs::create_dir(folder.path().join("bare")).unwrap();
    for (args, code, sentence) in [
        ("empty.abc -o out", 1, "empty.abc: this file is empty"),
        ("missing.abc -o out", 1, "cannot read missing.abc"),
        ("latin.abc -o out", 1, "latin.abc: not UTF-8 at byte 7"),
        ("bare -o out", 1, "bare: this folder has no *.abc or *.txt file"),
        ("prose.abc -o out", 1, "prose.abc: no tune here"),
        ("short.abc -o out", 1, "no tune is left of 1: 1 dropped because: too short"),
        ("tune.abc --rhythm reel -o out", 1, "no tune is left of 1: 1 dropped because: another"),
        ("tune.abc --rhythm jigg -o out", 2, "'jigg' is not a rhythm; choose from: air,"),
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

    let quiet = hornpipe_corpus(folder.path(), "in.abc -o out.abc --quiet --rhythm jig");
    assert_eq!(quiet.success().get_output().stdout, b"");
}

/// Reads a text every way there is; only panics and endless loops can make this fail.
fn survive(text: &str) {
    let lines = text.lines().count();
    for tune in abc::tunes(text).into_iter().chain([text]) {
        let read = abc::read(tune);
        assert!(abc::played(&read).len() <= 8 * read.bars.len());
        let covered: usize = abc::parts(&read)
            .iter()
            .map(|p| p.body.len() + p.endings.iter().map(|(_, bars)| bars.len()).sum::<usize>())
            .sum();
        assert_eq!(covered, read.bars.len(), "every bar is in one part");
        assert!(read.problems.iter().all(|p| p.at.line <= lines.max(1) && p.at.column >= 1));
        match canonical(&read, None) {
            Ok(written) => {
                let again = canonical(&abc::read(&written.text), None).unwrap();
                assert_eq!(again.text, written.text);
            }
            Err(reason) => assert_ne!(reason, Reason::ReadBack, "{tune}"),
        }
    }
    near_duplicate_groups(&[text, text]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_strange(text in "(?s).{0,200}") {
        survive(&text);
    }

    #[test]
    fn no_music_is_too_strange(
        music in r#"[A-Ga-g^_=,'0-9/|:\[\]()<>{}+!"z&~\-KML% \n\\]{0,120}"#
    ) {
        survive(&format!("X:1\nM:6/8\nK:D\n{music}\n"));
    }

    #[test]
    fn no_damage_to_a_tune_is_too_strange(
        which in 0..600usize,
        edits in prop::collection::vec((0..400usize, 0..4usize, "[|:\\[\\]0-9(A-Ga-g/<>\n-]{0,3}"), 1..6),
    ) {
        let tunes = abc::tunes(EMBEDDED);
        let mut chars: Vec<char> = tunes[which % tunes.len()].chars().collect();
        for (at, cut, insert) in edits {
            let at = at.min(chars.len());
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, insert.chars());
        }
        survive(&chars.into_iter().collect::<String>());
    }
}
