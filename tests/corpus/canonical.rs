//! The canonical form of one tune, and what does not fit it.

use super::{TIDY, UNTIDY};
use hornpipe::music::abc;
use hornpipe::music::corpus::{Reason, canonical, rhythm_name};

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
