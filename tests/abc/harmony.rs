//! Chords chosen from a melody.

use hornpipe::music::abc::{self, Duration, perform};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::render::{Chord, choose_chords};

fn chords(text: &str) -> Vec<(Duration, String)> {
    choose_chords(&perform(&abc::read(text)).unwrap())
}

#[test]
fn a_melody_that_says_its_chords_gets_them() {
    for (key, music, expected) in [
        ("C", "CEGc|FAcf|GBdg|cGEC|]", "C F G C"),
        ("Em", "EGBe|dFAd|eBGB|E4|]", "Em D Em"),
        ("Dmix", "DFAd|cEGc|AFD2|]", "D C D"),
        ("Ador", "EAce|dBGB|ABcd|A4|]", "Am G Am"),
        // the bar before says it again, and a key that changes in between
        ("G", "GBdB|GBdg|[K:F]FAcf|F4|]", "G F"),
        ("F#", "FAcf|FAcA|F4|]", "F#"),
        // the beat weighs more, and grace notes nothing
        ("C", "BABA|c4|]", "G C"),
        ("C", "{BdB}A{BdB}A{BdB}A{BdB}A|c4|]", "F C"),
        ("none", "CEGc|", ""),
    ] {
        let text = format!("X:1\nM:2/4\nL:1/8\nK:{key}\n{music}\n");
        let names: Vec<String> = chords(&text).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names.join(" "), expected, "{key} {music}");
    }
    assert_eq!(chords("X:1\nM:none\nK:C\nCEGc|"), []);
    assert_eq!(chords("X:1\nM:4/4\nK:C\n"), []);
    // an upbeat has no bass note and so no chord of its own
    let jig = chords("X:1\nM:6/8\nL:1/8\nK:D\nA|ded fed|A3 d2|]");
    assert_eq!(jig[0], (Duration::new(1, 8), "D".to_owned()));
}

#[test]
fn the_corpus_is_accompanied_by_chords_that_its_notes_belong_to() {
    let (mut inside, mut all, mut home, mut ends) = (0, 0, 0, 0);
    for text in abc::tunes(EMBEDDED) {
        let tune = abc::read(text);
        let performance = perform(&tune).unwrap();
        let chosen = choose_chords(&performance);
        let parsed: Vec<(Duration, Chord)> =
            chosen.iter().map(|(at, name)| (*at, Chord::parse(name).unwrap())).collect();
        assert!(parsed.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
        for note in &performance.notes {
            let now = parsed.partition_point(|(at, _)| *at <= note.onset);
            let Some((_, chord)) = now.checked_sub(1).map(|now| &parsed[now]) else { continue };
            let above = (note.pitch.midi() - i32::from(chord.root)).rem_euclid(12) as u8;
            inside += usize::from(chord.intervals.contains(&above));
            all += 1;
        }
        let last = performance.notes.last().unwrap().pitch.midi().rem_euclid(12);
        if tune.key.tonic_class() == Some(last) {
            ends += 1;
            home += usize::from(i32::from(parsed.last().unwrap().1.root) == last);
        }
    }
    let share = inside as f64 / all as f64;
    println!("{share:.3} of {all} notes are in their chord; {home} of {ends} tunes end at home");
    assert!(share > 0.6, "{share} of the notes are in their chord");
    assert!(home as f64 > 0.97 * ends as f64, "{home} of {ends} tunes end at home");
}
