//! Any tune is its score, and no text is too strange for one.

use super::reading::read;
use super::{check, try_write, write};
use hornpipe::music::abc;
use proptest::prelude::*;

/// A bar of one or several notes and rests; ties and chords included.
fn bar() -> impl Strategy<Value = String> {
    let note = prop::sample::select(vec![
        "C", "^D2", "E-", "E-", "E", "z", "z3/2", "[CE]2", "[C-E-]", "[CE]", "_B/", "A>B", "F<<G",
        "(3ABc", "(5cdcde", "(2AB", "c2/3", "d5", "[K:Eb]e", "[M:3/4]f", "\"Am\"g", "e7/4",
        "(4:3:2ab", "Z", "z8", "Z2",
    ]);
    prop::collection::vec(note, 1..5).prop_map(|notes| notes.concat())
}

/// A part in one of the ways in which people write its repeats.
fn part() -> impl Strategy<Value = String> {
    (prop::collection::vec(bar(), 4), 0..9usize).prop_map(|(bars, form)| {
        let [a, b, c, d] = &bars[..] else { unreachable!() };
        match form {
            0 => format!("{a}|{b}||{c}|{d}||"),
            1 => format!("|:{a}|{b}|{c}:|"),
            2 => format!("{a}|{b}:|{c}||"),
            3 => format!("|::{a}|{b}::|"),
            4 => format!("|:{a}|1{b}:|2{c}||"),
            5 => format!("|:{a}|1,3{b}:|2{c}:|4{d}||"),
            6 => format!("|:{a}|{b}[1{c}:|[2{d}||"),
            7 => format!("|:{a}|1{b}:||:{c}|{d}:|"),
            _ => format!("||{a}|{b}|1{c}:|2{d}||"),
        }
    })
}

const MARKS: &[&str] = &["", "", "", "!D.C.!", "!fine!", "!segno!", "!D.S.!", "!coda!", "!dacoda!"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tune_is_its_score(parts in prop::collection::vec(part(), 1..4)) {
        let text = format!("X:1\nM:4/4\nL:1/8\nK:D\n{}\n", parts.concat());
        let tune = abc::read(&text);
        if tune.notes() > 0 {
            check(&tune, &write(&tune));
        }
    }

    #[test]
    fn any_jump_is_its_score(
        bars in prop::collection::vec((0..MARKS.len(), bar(), 0..MARKS.len()), 2..8)
    ) {
        let bar = |(before, bar, after): &(usize, String, usize)| {
            format!("{}{bar}{}|", MARKS[*before], MARKS[*after])
        };
        let music: String = bars.iter().map(bar).collect();
        let tune = abc::read(&format!("X:1\nM:4/4\nL:1/8\nK:D\n{music}]\n"));
        if tune.notes() > 0 {
            check(&tune, &write(&tune));
        }
    }

    #[test]
    fn no_music_is_too_strange_for_xml(
        music in r#"[A-Ga-g^_=,'0-9/|:\[\]()<>{}+!"z&~\-KMLPQy% \n\\]{0,120}"#
    ) {
        let tune = abc::read(&format!("X:1\nP:AB2\nM:6/8\nK:D\n{music}\n"));
        if let Ok(file) = try_write(&tune) {
            read(&file.bytes);
        }
    }
}
