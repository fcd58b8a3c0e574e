//! A text in another key: the tune is the same, and so is every sign that does not sound.

use super::{TIDY, build_all};
use hornpipe::music::abc::{self, Key, Mode, Pitch, Tune};
use hornpipe::music::corpus::{EMBEDDED, Mover, Tonic, in_tonic};
use proptest::prelude::*;

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn tonic(text: &str) -> Tonic {
    text.parse().unwrap()
}

/// A text moved at once.
fn moved(from: &Key, to: &Key, text: &str) -> String {
    let mut mover = Mover::new(from, to).unwrap();
    mover.push(text) + &mover.finish()
}

#[test]
fn the_book_on_any_tonic_and_back_is_the_same_to_the_byte() {
    for name in ["G", "D", "Bb", "F#", "B"] {
        let there = in_tonic(EMBEDDED, tonic(name));
        assert_eq!((there.as_written, there.moved + there.there), (0, 636), "{name}");
        assert!(there.first_as_written.is_none());
        // canonical still: it reads, its bars add up, it is spelled as we would
        assert!(build_all(&there.text).text() == there.text, "{name}");
        let tunes = abc::tunes(EMBEDDED);
        for (tune, there) in tunes.into_iter().zip(abc::tunes(&there.text)) {
            let (own, new) = (abc::read(tune).key, abc::read(there).key);
            assert_eq!((new.mode, Some(&new)), (own.mode, tonic(name).key(own.mode).as_ref()));
            assert_eq!(moved(&new, &own, there), tune);
        }
    }
    let there = in_tonic(EMBEDDED, tonic("G"));
    assert_eq!((there.moved, there.there), (379, 257)); // 246 in G, 9 in Gm, 2 in Gmix
    assert_eq!(in_tonic(&there.text, tonic("G")).text, there.text);
}

#[test]
fn what_is_not_in_the_form_stays_as_written() {
    let other = "X:1\nT:Graces\nM:6/8\nL:1/8\nK:D\n{e}dDD cDD|BDD ADD|dDD cBA|D6|]\n";
    let numbered = TIDY.replace("X:1", "X:2");
    // no key of this mode on the tonic; a note without a name there
    let dorian = TIDY.replace("K:D", "K:Ddor");
    let sharp = TIDY.replace("c=cD", "c^cD");
    let text = format!("%abc\n\n{TIDY}\n\nprose\n\nX:1\nK:D\nA|\n{other}\n{TIDY}\n{numbered}");
    let there = in_tonic(&text, tonic("G"));
    let in_g = moved(&key("D"), &key("G"), TIDY);
    // prose behind a tune is part of its text
    assert_eq!(there.text, text.replace(&format!("{TIDY}\nX:2"), &format!("{in_g}\nX:2")));
    assert_eq!((there.moved, there.there, there.as_written), (1, 0, 4));
    assert_eq!(there.first_as_written.as_deref(), Some("The Rolling Wave"));
    for (text, tonic_name) in [(dorian, "Cb"), (sharp, "Cb")] {
        let there = in_tonic(&text, tonic(tonic_name));
        assert_eq!((&there.text, there.as_written), (&text, 1), "{tonic_name}");
    }
    for text in ["", "no tune", "X:", "X:1\nT:"] {
        assert_eq!(in_tonic(text, tonic("G")).text, text);
    }
}

#[test]
fn tonics_are_letters_with_a_sign_or_without() {
    for (text, name) in [("G", "G"), ("bb", "Bb"), ("F#", "F#"), ("Cb", "Cb")] {
        assert_eq!(tonic(text).to_string(), name);
        let json = serde_json::to_string(&tonic(text)).unwrap();
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<Tonic>(&json).unwrap(), tonic(text));
    }
    for text in ["", "H", "Gm", "G#", "E#", "Fb", "G ", "none", "é", "G##"] {
        let error = text.parse::<Tonic>().unwrap_err().to_string();
        assert!(error.contains("is not a tonic; choose from: A, Ab,"), "{error}");
    }
    let name = |tonic: Tonic, mode| tonic.key(mode).and_then(|key| key.name());
    assert_eq!(name(tonic("G"), Mode::Mixolydian).as_deref(), Some("Gmix"));
    assert_eq!(name(tonic("Bb"), Mode::Minor).as_deref(), Some("Bbm"));
    assert_eq!(name(tonic("Db"), Mode::Minor), None);
    assert!(Mover::new(&Key::none(), &key("G")).is_none());
}

#[test]
fn notes_and_keys_move_and_nothing_else_does() {
    for (from, to, text, expected) in [
        // accidentals where they are needed: to the bar line, in every octave
        ("Am", "Em", "^GAB G|G^g=g", "^DEF D|D^d=d"),
        // signs, words, graces, chords, endings stay where they are; a key inside moves as well
        (
            "F",
            "B",
            "FA=Bc \"Dm\"!trill![FAc]2 {^fg}f|[K:Dm]A^cd [M:3/4] (3AzB >G|1 A,,b']",
            "Bd^ef \"Dm\"!trill![Bdf]2 {^bc'}b|[K:G#m]d^^fg [M:3/4] (3dze >c|1 D,e'']",
        ),
        (
            "D",
            "G",
            "A2|\nK:Em % minor\nw:la-la\nP:B\n+GB+ ~A",
            "d2|\nK:Am % minor\nw:la-la\nP:B\n+ce+ ~d",
        ),
        // double sharps come and go
        ("A", "C", "A^^ga =g3", "c^bc' _b3"),
        // three sharps have no sign: another letter has the sound
        ("C", "C#", "C^^C ^^E-|E", "CD ^^F-|^^F"),
        // a tie lends its accidental, and must not lend a wrong one
        ("G", "D", "^c-|c [^c-e]|[ce]^c-|=c", "^G-|^G [G-B]|[^GB]G-|=G"),
        // where accidentals hold for one note, and for one octave
        ("G", "D", "[I:propagate-accidentals not]^cc^c", "[I:propagate-accidentals not]^GG^G"),
        ("G", "D", "[I:propagate-accidentals octave]^cC", "[I:propagate-accidentals octave]^G=G,"),
        // notes written in another octave than they sound
        ("G octave=-1", "D octave=-1", "^c C,c'", "^G ^G,,^g"),
        // keys without a tonic: the notes move all the same
        ("D", "G", "[K:none]DF^F|[K:HP]FC", "[K:none]G_B=B|[K:HP]BF"),
    ] {
        let (text, expected) = (format!("K:{from}\n{text}|"), format!("K:{to}\n{expected}|"));
        assert_eq!(moved(&key(from), &key(to), &text), expected);
    }
    // before the music, behind it, in a macro: nothing is a note
    let text = "X:1\nT:CAGE\n%ABC\nm:~g = fga\nK:D\n~g fga|\n\nABC\n";
    let mut mover = Mover::new(&key("D"), &key("G")).unwrap();
    assert_eq!(mover.push(text), text);
    assert!(!mover.is_exact());
}

/// Letters and semitones are as far from one another as those of the keys, and lengths are alike.
fn check_moved(text: &str, from: &Key, to: &Key) {
    let there = moved(from, to, text);
    let mut mover = Mover::new(from, to).unwrap();
    let by_chars: String = text.chars().map(|c| mover.push(c.encode_utf8(&mut [0; 4]))).collect();
    let is_exact = mover.is_exact();
    assert_eq!(by_chars + &mover.finish(), there, "by characters: {text}");
    // what is no note and no key is the same
    let others =
        |text: &str| -> String { text.replace(|c: char| "abcdefgABCDEFG#^_=,'".contains(c), "") };
    assert_eq!(others(&there), others(text), "{text}");
    let (read, moved_tune) = (abc::read(text), abc::read(&there));
    assert_eq!(moved_tune.problems, []);
    let place = |pitch: &Pitch| 7 * i32::from(pitch.octave) + i32::from(pitch.letter);
    let notes = |tune: &Tune| -> Vec<Vec<Pitch>> {
        let all = |event: &abc::Event| {
            [&event.pitches, &event.ties, &event.grace, &event.grace_after].map(Clone::clone)
        };
        tune.events().flat_map(all).collect()
    };
    let tonic =
        |key: &Key| Pitch { letter: key.tonic.unwrap().0, alter: key.tonic.unwrap().1, octave: 4 };
    let class = |semitones: i32| semitones.rem_euclid(12);
    let expected = class(tonic(to).midi() - tonic(from).midi());
    for (a, b) in notes(&read).iter().zip(notes(&moved_tune)) {
        assert_eq!(a.len(), b.len(), "{text}\n{there}");
        for (a, b) in a.iter().zip(&b) {
            let by = b.midi() - a.midi();
            assert!(class(by) == expected && by.abs() <= 6, "{text}\n{there}");
            let letters = (place(b) - place(a) - place(&tonic(to)) + place(&tonic(from))) % 7;
            assert!(letters == 0 || !is_exact, "{text}\n{there}");
        }
    }
    let rest = |tune: &Tune| -> Vec<_> {
        tune.events()
            .map(|e| (e.duration, e.tuplet, e.tie && is_exact, e.pitches.len(), e.marks.len()))
            .collect()
    };
    assert_eq!(rest(&read), rest(&moved_tune), "{text}\n{there}");
    if is_exact {
        // there and back: the same notes, each spelled as the form has it
        let once = moved(to, from, &there);
        assert_eq!(moved(from, to, &once), there, "{text}");
        assert_eq!(notes(&abc::read(&once)), notes(&read), "{text}\n{once}");
    }
}

const KEYS: &str = "[A-G]";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_music_moves_note_for_note(
        from in KEYS,
        to in KEYS,
        music in r#"((\^\^?|__?|=)?[A-Ga-g][,']?[2/]?-?|[A-Ga-g]{1,3}|=?[a-g]>_?[a-g]|\(3[a-g]\^[a-g]z|\[\^?[A-G]-?[a-g]-?\]|\{[_=]?[a-g]{1,2}\}|\[K:[A-G]\]|\|:|:?\|| |\|1 |\n\[2 |\n){0,60}"#
    ) {
        let text = format!("X:1\nM:6/8\nL:1/8\nK:{from}\n{music}\n");
        prop_assume!(abc::read(&text).problems.is_empty());
        check_moved(&text, &key(&from), &key(&to));
    }

    #[test]
    fn no_text_is_too_strange_to_move(
        from in KEYS,
        to in KEYS,
        text in r#"(?s)([A-Ga-g^_=,'0-9/|:\[\]()<>{}+!"z&~\-KMLPQmUIy% \n\\é]|X:1\n|\nK:[A-G]|K:|\[K:){0,60}"#
    ) {
        let mut mover = Mover::new(&key(&from), &key(&to)).unwrap();
        let by_chars: String = text.chars().map(|c| mover.push(c.encode_utf8(&mut [0; 4]))).collect();
        prop_assert_eq!(by_chars + &mover.finish(), moved(&key(&from), &key(&to), &text));
        in_tonic(&text, tonic(&to));
    }
}
