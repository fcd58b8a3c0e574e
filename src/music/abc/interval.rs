//! From one key to another: how far each note moves.

use super::clef::words;
use super::key::{accidentals, tonic_and_mode};
use super::pitch::accidental;
use super::{Key, Pitch};

/// Letters and semitones by which notes move, up where they are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    letters: i32,
    semitones: i32,
}

impl Interval {
    /// From the tonic of one key to the nearest place of another's; `None` where a key has none.
    ///
    /// At a tritone both ways are as near. Then it is the one inside the octave from C to B (F goes
    /// up to B, B down to F), so that the way back is always the way there, turned round.
    pub(crate) fn between(from: &Key, to: &Key) -> Option<Self> {
        let pitch = |(letter, alter), octave| Pitch { letter, alter, octave };
        let (from, to) = (pitch(from.tonic?, 4), to.tonic?);
        let way = |octave| {
            let to = pitch(to, octave);
            let (letters, semitones) = (to.place() - from.place(), to.midi() - from.midi());
            Self { letters, semitones }
        };
        [4, 3, 5].into_iter().map(way).min_by_key(|way| way.semitones.abs()) // the first of equals
    }

    /// Whether nothing moves, not even to another spelling.
    pub(crate) fn is_nothing(self) -> bool {
        self == Self { letters: 0, semitones: 0 }
    }

    /// The pitch moved; `None` where it would need more than a double sharp or flat.
    pub(crate) fn pitch(self, pitch: Pitch) -> Option<Pitch> {
        pitch.transposed(self.letters, self.semitones)
    }

    /// The same sound; where the letter that is due needs three signs, on one beside it.
    pub(crate) fn sound(self, pitch: Pitch) -> Option<Pitch> {
        [0, 1, -1].iter().find_map(|more| pitch.transposed(self.letters + more, self.semitones))
    }

    /// The key moved, its own accidentals too; `None` where it has no tonic, or there is no such
    /// signature.
    pub(crate) fn key(self, key: &Key) -> Option<Key> {
        let pitch = |letter, alter| self.pitch(Pitch { letter, alter, octave: 4 });
        let (letter, alter) = key.tonic?;
        let tonic = pitch(letter, alter)?;
        let mut signature = [0; 7];
        for (letter, alter) in (0..7).zip(key.signature) {
            let moved = pitch(letter, alter)?;
            signature[usize::from(moved.letter)] = moved.alter;
        }
        Some(Key { tonic: Some((tonic.letter, tonic.alter)), mode: key.mode, signature })
    }

    /// The text of a `K:` field that says `key`, moved, and the key that it says then; clefs and
    /// all else stay as they stand. `None` as for [`Self::key`].
    pub(crate) fn field(self, text: &str, key: &Key) -> Option<(String, Key)> {
        let start = text.len() - text.trim_start().len();
        let (_, rest) = tonic_and_mode(&text[start..])?;
        let moved = self.key(key)?;
        let plain = Key::of(moved.tonic?, moved.mode)?;
        let mut written = text[..start].to_owned() + &plain.name()?;
        for (letter, alter) in (0..7).zip(moved.signature) {
            if alter != plain.signature[usize::from(letter)] {
                let name = Pitch { letter, alter, octave: 5 }.abc();
                written += &format!(" {}{name}", accidental(alter));
            }
        }
        if words(rest).any(|word| accidentals(word).is_some()) {
            let others = words(rest).filter(|word| accidentals(word).is_none());
            others.for_each(|word| written += &format!(" {word}"));
        } else {
            written += rest;
        }
        Some((written, moved))
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;
    use crate::music::abc::Key;

    fn between(from: &str, to: &str) -> Interval {
        Interval::between(&Key::parse(from).unwrap(), &Key::parse(to).unwrap()).unwrap()
    }

    #[test]
    fn tonics_are_reached_the_shorter_way_and_left_by_the_same() {
        for (from, to, letters, semitones) in [
            ("G", "D", -3, -5),
            ("G", "A", 1, 2),
            ("D", "A", -3, -5),
            ("E", "A", 3, 5),
            ("A", "G", -1, -2),
            ("C", "B", -1, -1),
            ("F", "B", 3, 6),
            ("Db", "G", 3, 6),
            ("Bb", "E", -4, -6),
            ("G", "Gb", 0, -1),
            ("F#", "G", 1, 1),
            ("Bb", "D", 2, 4),
            ("D", "Cb", -1, -3),
            ("C", "C", 0, 0),
        ] {
            assert_eq!(between(from, to), Interval { letters, semitones }, "{from} to {to}");
            let back = Interval { letters: -letters, semitones: -semitones };
            assert_eq!(between(to, from), back, "{to} to {from}");
            assert_eq!(back.is_nothing(), from == to);
        }
        let none = Key::none();
        assert_eq!(Interval::between(&none, &Key::parse("G").unwrap()), None);
    }

    #[test]
    fn a_field_moves_its_key_and_accidentals_and_keeps_the_rest() {
        for (text, from, to, moved) in [
            ("D", "D", "G", Some("G")),
            (" Em ", "Em", "Gm", Some(" Gm ")),
            ("D Mixolydian clef=bass", "D", "Bb", Some("Bbmix clef=bass")),
            ("D =c octave=1", "D", "G", Some("G =f octave=1")),
            ("C exp ^f", "C", "D", Some("D ^g")),
            ("D exp ^g", "D", "C", Some("C _e ^f _b")),
            ("Dm^c (slow)", "D", "A", Some("Am ^g (slow)")),
            ("C#", "C", "G", None),
            ("none", "C", "F", None),
            ("HP", "C", "F", None),
        ] {
            let key = Key::parse(text.trim_end_matches(" (slow)")).unwrap();
            let written = between(from, to).field(text, &key);
            assert_eq!(written.as_ref().map(|(text, _)| text.as_str()), moved, "{text}");
            if let Some((text, key)) = written {
                assert_eq!(Key::parse(text.trim_end_matches(" (slow)")), Ok(key), "{text}");
            }
        }
    }
}
