//! The canonical form of one tune, and what does not fit it.

use super::{TIDY, UNTIDY};
use hornpipe::music::abc;
use hornpipe::music::corpus::{Reason, canonical, rhythm_name};
use hornpipe::music::judge::{Known, Verdict};

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
        // A slide goes in fours of three, the older hornpipe in three minims.
        ("M:12/8\nL:1/8", "slide", "A2B cBA d3 e2f|g6 a2b a3", "M:12/8 A2B cBA d3 e2f|g6 a2b a3"),
        ("M:3/2\nL:1/8", "hornpipe", "ABcd e4 f2ga|b8 a4", "M:3/2 ABcd e4 f2ga|b8 a4"),
        ("M:3/2\nL:1/4", "hornpipe", "A3B c2|d/e/fg2a2", "M:3/2 A6B2 c4|def2 g4 a4"),
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
fn an_upbeat_before_a_repeat_is_played_once() {
    for (music, expected) in [
        // the last bar of the repeat is full, or leaves room for the upbeat: it stays outside
        ("d2|:c4|d4|e4|f4:|", "d2|:c4|d4|e4|f4:|"),
        ("d2|:c4|d4|e4|f2:|", "d2|:c4|d4|e4|f2:|"),
        ("d2||:c4|d4|e4|1f2:|2f4|]", "d2|:c4|d4|e4|1 f2:|2 f4|]"),
        // between two repeats, and after a part that leaves room for it
        ("|:c4|d4|e4|f4:|d/e/f|:c4|d4|e4|f4:|", "|:c4|d4|e4|f4:|\nd/e/f|:c4|d4|e4|f4:|"),
        ("c4|d4|e4|f2||d2|:c4|d4|e4|f2:|", "c4|d4|e4|f2||\nd2|:c4|d4|e4|f2:|"),
        ("d2|:c4|d4|e4|f4:|c4|d4|e4|f2|]", "d2|:c4|d4|e4|f4:|\nc4|d4|e4|f2|]"),
        // what is not repeated begins with it
        ("d2||c4|d4|e4|f4|]", "d2|c4|d4|e4|f4|]"),
        ("|:c4|d4|e4|f4:|d2||c4|d4|e4|f2|]", "|:c4|d4|e4|f4:|\nd2|c4|d4|e4|f2|]"),
    ] {
        let source = abc::read(&format!("X:1\nT:T\nM:2/4\nL:1/8\nK:C\n{music}\n"));
        let written = canonical(&source, None).unwrap_or_else(|r| panic!("{music}: {r:?}")).text;
        assert_eq!(written.split_once("K:C\n").unwrap().1, format!("{expected}\n"), "{music}");
        let again = abc::read(&written);
        let notes = |tune: &abc::Tune| abc::perform(tune).unwrap().notes;
        assert_eq!(notes(&again), notes(&source), "{music}");
        assert_eq!(canonical(&again, None).unwrap().text, written);
        // judged with parts of eight bars, all of it twice
        let twice = format!("{written}{expected}");
        let long = twice.replace("c4|d4", "c4|d4|d4|d4|d4|d4");
        let verdict = Verdict::of(&long, &Known::new::<&str>(&[]), None);
        assert!(verdict.bars && verdict.parts, "{long}");
    }
    // a part has one upbeat; the bar that is wrong is named
    for (music, wrong) in
        [("d2|:c|c4|d4|e4|f3:|", 1), ("d2||c2||c4|d4|e4|f2|]", 1), ("d2|:c4|d4|e4|f3:|", 5)]
    {
        let source = abc::read(&format!("X:1\nT:T\nM:2/4\nL:1/8\nK:C\n{music}\n"));
        assert_eq!(canonical(&source, None).unwrap_err(), Reason::WrongBar(wrong), "{music}");
    }
}

#[test]
fn only_what_sends_the_player_elsewhere_is_a_da_capo() {
    let read = |headers: &str, music: &str| {
        let text = format!("X:1\nT:T\n{headers}M:2/4\nL:1/8\nK:C\n{music}\n");
        canonical(&abc::read(&text), None).map(|written| written.text)
    };
    let music = "|:c4|d4|e4|f4:|";
    let plain = read("", music).unwrap();
    for remark in [
        "N:The book uses a dal segno\n",
        "N:D.S.\nZ:D.C. under the last bar line\n",
        "N:da capo\n",
        "P:D.C. al Fine\n",
        "P:ABA\n", // of no part that is named
    ] {
        assert_eq!(read(remark, music).as_ref(), Ok(&plain), "{remark}");
    }
    for sign in ["\"Segno\"", "!segno!", "!coda!", "\"^Fine\"", "!fine!", "S", "\"Dsus4\""] {
        assert_eq!(read("", &format!("{sign}{music}")).as_ref(), Ok(&plain), "{sign}");
    }
    for sign in [
        "\"D.C.\"",
        "\"_D.C\"",
        "\"^D.S. al Coda\"",
        "\"   DC\"",
        "!D.S.!",
        "!dacapo!",
        "\"Da Capo\"",
        "!dacoda!",
    ] {
        let music = format!("|:c4|d4|e4|{sign}f4:|");
        assert_eq!(read("", &music), Err(Reason::DaCapo), "{sign}");
    }
    let named = format!("P:A\n{music}\nP:B\n{music}");
    assert_eq!(read("P:ABA\n", &named), Err(Reason::DaCapo));
    assert!(read("P:AB\n", &named).is_ok() && read("", &named).is_ok());
}

#[test]
fn reserved_signs_and_blanks_of_no_width_say_nothing() {
    let music = "|:c4|d4|e4|f4:|";
    let strange = "|:c4 @*|d4;#|e\u{200b}4?|\u{a0}f4\u{feff}:|\u{2060}$";
    let [plain, strange] = [music, &strange.replace("e\u{200b}4", "\u{200b}e4")]
        .map(|music| abc::read(&format!("X:1\nM:2/4\nL:1/8\nK:C\n{music}\n")));
    assert_eq!(strange.problems, []);
    assert_eq!(canonical(&strange, None), canonical(&plain, None));
}

#[test]
fn a_tuplet_over_a_bar_line_is_a_length_we_cannot_write() {
    let tuplet = |p, index| Some(abc::Tuplet { p, q: 2, r: p, index });
    for (places, fits) in [
        ([tuplet(3, 0), tuplet(3, 1), tuplet(3, 2)], true),
        ([tuplet(3, 1), tuplet(3, 2), tuplet(3, 0)], false),
        ([tuplet(3, 0), tuplet(3, 1), None], false),
        ([tuplet(3, 0), None, tuplet(3, 2)], false),
        ([tuplet(3, 0), tuplet(5, 1), tuplet(3, 2)], false),
        ([None, tuplet(3, 0), tuplet(3, 1)], false),
    ] {
        let mut tune = abc::read("X:1\nM:2/4\nL:1/8\nK:C\nc4|(3d2d2d2|e4|f4|]\n");
        for (event, place) in tune.bars[1].events.iter_mut().zip(places) {
            event.tuplet = place;
        }
        let written = canonical(&tune, None);
        assert_eq!(written.is_ok(), fits, "{places:?}: {written:?}");
        assert!(fits || written == Err(Reason::OddLength));
    }
}

#[test]
fn a_tune_that_was_not_read_to_its_end_can_not_be_read() {
    let mut tune = abc::read(TIDY);
    tune.notices.push(problem());
    assert!(canonical(&tune, None).is_ok(), "a notice costs nothing");
    tune.too_long = Some(problem());
    assert_eq!(canonical(&tune, None).unwrap_err(), Reason::Unreadable(problem().to_string()));
}

/// A problem to give to a tune that has none.
fn problem() -> abc::Problem {
    abc::read("X:1\n").problems.remove(0)
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
        ("M:6/4\nK:D", None, Reason::UnusualMeter),
        ("M:12/8\nK:D", Some("reel"), Reason::MeterAgainstRhythm),
        ("M:3/2\nK:D", Some("jig"), Reason::MeterAgainstRhythm),
        ("M:C\nK:D", Some("slide"), Reason::MeterAgainstRhythm),
        ("M:3/4\nK:D", Some("hornpipe"), Reason::MeterAgainstRhythm),
    ] {
        let tune = abc::read(&format!("X:1\nT:T\n{header}\n{four}\n"));
        assert_eq!(canonical(&tune, rhythm).unwrap_err(), reason, "{header}");
    }
    let unreadable = canonical(&abc::read("X:1\nM:2/4\nK:C\nA£B|\n"), None).unwrap_err();
    assert_eq!(unreadable.detail(), "line 4, column 2: '£' means nothing here");
}
