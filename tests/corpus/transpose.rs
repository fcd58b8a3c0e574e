//! The same tunes in more keys: the copies are the tunes, and are written as one would write them.

use super::{TIDY, build_all};
use hornpipe::learn::split::split;
use hornpipe::music::abc::{self, Key, Tune};
use hornpipe::music::corpus::{EMBEDDED, in_more_keys};
use hornpipe::music::judge::Known;
use std::collections::{BTreeMap, BTreeSet};

/// Each copy of the embedded corpus with its original, in the order of the text.
fn copies(more: &str) -> Vec<(&str, &str)> {
    let title = |tune: &str| tune.lines().nth(1).map(str::to_owned);
    let originals = abc::tunes(EMBEDDED);
    // copies keep the order of the tunes: every title comes after the one before, or a new round
    // begins
    let mut at = 0;
    let copy = |copy| {
        while title(originals[at % originals.len()]) != title(copy) {
            at += 1;
        }
        at += 1;
        assert!(at <= 2 * originals.len(), "a third round");
        (copy, originals[(at - 1) % originals.len()])
    };
    abc::tunes(&more[EMBEDDED.len()..]).into_iter().map(copy).collect()
}

/// MIDI number, place on the staff, semitones off the key, duration and tie of each note.
fn notes(tune: &Tune) -> Vec<(i32, i32, i8, abc::Duration, bool)> {
    let events = tune.events().filter_map(|event| Some((event, event.top()?)));
    events
        .map(|(event, pitch)| {
            let place = 7 * i32::from(pitch.octave) + i32::from(pitch.letter);
            let off = pitch.alter - tune.key.signature[usize::from(pitch.letter)];
            (pitch.midi(), place, off, event.duration, event.tie)
        })
        .collect()
}

#[test]
fn every_copy_is_its_tune_in_another_key() {
    let more = in_more_keys(EMBEDDED);
    assert!(more.starts_with(EMBEDDED) && more == in_more_keys(EMBEDDED));
    let copies = copies(&more);
    assert_eq!(abc::tunes(&more).len(), 636 + copies.len());
    let symbols = |text: &str| text.chars().collect::<BTreeSet<_>>();
    assert_eq!(symbols(&more), symbols(EMBEDDED), "a model of one text can read the other");
    let known = Known::new(&abc::tunes(EMBEDDED));
    let mut keys: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (text, of) in &copies {
        // reads, fits the form, bars add up
        assert_eq!(build_all(text).text(), text.trim_end().to_owned() + "\n");
        let (copy, original) = (abc::read(text), abc::read(of));
        assert_eq!(copy.header('R'), original.header('R'));
        assert_eq!((copy.meter, copy.key.mode), (original.meter, original.key.mode));
        let key = copy.key.name().unwrap();
        assert!(copy.key != original.key && keys.entry(of).or_default().insert(key), "{text}");
        let shared = known.longest_run(&copy, None);
        assert_eq!(shared.notes, shared.of, "{text}");
        let (copy, original) = (notes(&copy), notes(&original));
        let (semitones, letters) = (copy[0].0 - original[0].0, copy[0].1 - original[0].1);
        assert!((-6..=5).contains(&semitones), "{text}");
        let moved = original.into_iter().map(|(midi, place, off, duration, tie)| {
            (midi + semitones, place + letters, off, duration, tie)
        });
        assert!(copy.into_iter().eq(moved), "{text}");
    }
    let keys: BTreeSet<String> = keys.into_values().flatten().collect();
    let favourites = ["A", "Am", "Amix", "D", "Ddor", "Dmix", "Edor", "Em", "G", "Gm", "Gmix"];
    assert!(keys.iter().eq(favourites.iter()), "{keys:?}");
    // two of each, but for two tunes in dorian and one in lydian
    assert_eq!(copies.len(), 2 * (636 - 3) + 2);
}

#[test]
fn there_and_back_is_the_same_text() {
    let more = in_more_keys(EMBEDDED);
    for (copy, original) in copies(&more) {
        let key = abc::read(original).key.name().unwrap();
        let beside = format!("{}\n\nX:1\nK:{key}\nG|\n", copy.trim_end());
        let back = in_more_keys(&beside);
        assert_eq!(back[beside.len()..].trim(), original.trim());
    }
}

/// The music of the first copy of a tune in `from`, where there is another in `to`.
fn moved(from: &str, to: &str, music: &str) -> String {
    let head = "T:T\nM:6/8\nL:1/8\n";
    let text = format!("X:1\n{head}K:{from}\n{music}\n\nX:1\n{head}K:{to}\nG|\n");
    let more = in_more_keys(&text);
    let copy = more[text.len()..].trim().strip_prefix(&format!("X:1\n{head}K:{to}\n"));
    copy.unwrap_or_else(|| panic!("{from} to {to}: {more}")).to_owned()
}

#[test]
fn accidentals_are_those_that_a_player_expects() {
    for (from, to, music, expected) in [
        // the raised seventh of a minor key
        ("Am", "Em", "E2A ^GAB|A3 A3|A6|A6|]", "B,2E ^DEF|E3 E3|E6|E6|]"),
        ("Am", "Gm", "E2A ^GAB|A3 A3|A6|A6|]", "D2G ^FGA|G3 G3|G6|G6|]"),
        ("Gm", "Am", "D2G ^FGA|B3 G3|=e6|G6|]", "E2A ^GAB|c3 A3|^f6|A6|]"),
        // flats and naturals where the other key has sharps
        ("F", "D", "FGA Bc=B|_e2e d3|F6|F6|]", "DEF GA^G|=c2c B3|D6|D6|]"),
        ("D", "F", "DEF GA^G|=c2c B3|D6|D6|]", "FGA Bc=B|_e2e d3|F6|F6|]"),
        // one accidental holds to the bar line, in its octave; elsewhere it is written again
        ("G", "D", "^c2c =c3|cc^c c3|c^c^C C3|^c6|]", "^G2G =G3|GG^G G3|G^G^G, G,3|^G6|]"),
        ("G", "A", "^c2c- c3-|^c=cc c3|GAG G3|G6|]", "^d2d- d3-|^d=dd d3|ABA A3|A6|]"),
        // double sharps come and go
        ("A", "C", "A^^ga =g3|ABA A3|A6|A6|]", "c^bc' _b3|cdc c3|c6|c6|]"),
        ("A", "G", "A^^ga =g3|ABA A3|A6|A6|]", "G^^fg =f3|GAG G3|G6|G6|]"),
        // a tritone stays between C and B
        ("F", "B", "FGA B3|FGF F3|F6|F6|]", "Bcd e3|BcB B3|B6|B6|]"),
        ("B", "F", "Bcd e3|BcB B3|B6|B6|]", "FGA B3|FGF F3|F6|F6|]"),
        // a change to the key that it is in
        ("D", "G", "DEF GA^G|[K:D]D3 A3|D6|D6|]", "GAB cd^c|G3 d3|G6|G6|]"),
        // upbeat, endings, tuplets, broken rhythm, rests
        (
            "D",
            "G",
            "|:A|d>ef (3edcz|D6|D6|1 D3 D2:|2 D6|]",
            "|:d|g>ab (3agfz|G6|G6|1 G3 G2:|2 G6|]",
        ),
    ] {
        assert_eq!(moved(from, to, music), expected, "{from} to {to}");
    }
}

#[test]
fn what_can_not_be_copied_stays_as_it_is() {
    for tune in [
        "X:1\nK:none\n",
        "X:1\nT:No K\nM:6/8\n",
        // another mode; a key that changes; a bar too long; fewer notes than make a melody
        &TIDY.replace("K:D", "K:Ddor"),
        &TIDY.replace("K:D", "K:D =c"),
        &TIDY.replace("|B2D", "|[K:A]B2D"),
        &TIDY.replace("BDD ADD", "BDD ADDD"),
        "X:1\nT:T\nM:6/8\nL:1/8\nK:D\nD3 E3|F3 G3|A3 B3|c3 d3|]\n",
        // the same tonic in another spelling
        &TIDY.replace("K:D", "K:Db"),
        // a third sharp on a note
        &TIDY.replace("c=cD", "c^cD").replace("K:D", "K:Cb"),
    ] {
        let text = format!("{tune}X:2\nK:C#\nG|\n");
        assert_eq!(in_more_keys(&text), text);
    }
    assert_eq!(in_more_keys("no tune"), "no tune");
}

#[test]
fn copies_go_to_the_favourite_keys_of_a_mode() {
    let header = |key: &str| format!("X:1\nK:{key}\nG|\n");
    // D 1 and 3 more, A 2, G 2, E 1, C 1: D, A, G; and a minor key that counts for itself,
    // and one that is more than a tonic and a mode and counts for nothing
    let keys = ["G", "A", "D", "E", "A", "G", "C", "D", "D", "Em"];
    let rest = keys.map(header).concat() + &header("E =c").repeat(6);
    for (key, expected) in [("D", vec!["A", "G"]), ("B", vec!["D", "A"]), ("Am", vec!["Em"])] {
        let text = TIDY.replace("K:D\n", &format!("K:{key}\n")) + &rest;
        let more = in_more_keys(&text);
        let found = abc::tunes(&more[text.len()..]).into_iter().map(|tune| abc::read(tune).key);
        assert_eq!(found.filter_map(|key| key.name()).collect::<Vec<_>>(), expected, "{key}");
    }
    // the copies of the first round all stand before those of the second
    let text =
        format!("{TIDY}\n{}{}", TIDY.replace("cdd", "dcd"), ["G", "G", "A"].map(header).concat());
    let more = in_more_keys(&text);
    let keys: Vec<Key> = abc::tunes(&more[text.len()..]).iter().map(|t| abc::read(t).key).collect();
    let names: Vec<String> = keys.iter().filter_map(Key::name).collect();
    assert_eq!(names, ["G", "G", "A", "A"]);
    // a text may end without a line break
    let cut = text.trim_end();
    assert_eq!(in_more_keys(cut)[cut.len()..], more[cut.len()..]);
}

#[test]
fn a_tune_is_held_out_in_all_its_keys() {
    let more = in_more_keys(EMBEDDED);
    let parts = split(&more, 0.1).unwrap();
    let (learned, held_out) = (abc::tunes(&parts.training), abc::tunes(&parts.validation));
    assert_eq!(learned.len() + held_out.len(), abc::tunes(&more).len());
    let share = parts.validation.len() as f64 / more.len() as f64;
    assert!((0.08..0.12).contains(&share), "{share}");
    let known = Known::new(&learned);
    for tune in &held_out {
        assert!(!known.longest_run(&abc::read(tune), None).is_near_copy(), "learned too: {tune}");
    }
}
