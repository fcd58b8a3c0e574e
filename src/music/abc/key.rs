//! Keys: `K:G`, `K:Edor`, `K:D =c`.
//!
//! A key signature is a place on the circle of fifths: the tonic's place (F -1, C 0, G 1, ...,
//! a sharp adds 7) plus what the mode adds (dorian -2, ...). Place `n > 0` has the first `n` sharps
//! of F C G D A E B, place `n < 0` the first `-n` flats of B E A D G C F.

use super::Pitch;
use super::value::{FieldError, shortened};

/// The seven modes; ionian is major, aeolian is minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say all")]
pub enum Mode {
    Major,
    Minor,
    Dorian,
    Phrygian,
    Lydian,
    Mixolydian,
    Locrian,
}

/// First three letters of a mode's name, the mode, what it adds on the circle of fifths, and how
/// we write it after the tonic.
const MODES: [(&str, Mode, i32, &str); 9] = [
    ("maj", Mode::Major, 0, ""),
    ("min", Mode::Minor, -3, "m"),
    ("dor", Mode::Dorian, -2, "dor"),
    ("phr", Mode::Phrygian, -4, "phr"),
    ("lyd", Mode::Lydian, 1, "lyd"),
    ("mix", Mode::Mixolydian, -1, "mix"),
    ("loc", Mode::Locrian, -5, "loc"),
    ("ion", Mode::Major, 0, ""),
    ("aeo", Mode::Minor, -3, "m"),
];

/// Places of C D E F G A B on the circle of fifths.
const FIFTHS: [i32; 7] = [0, 2, 4, -1, 1, 3, 5];
/// The letters in the order in which sharps are added; flats come in the reverse order.
const SHARPS: [usize; 7] = [3, 0, 4, 1, 5, 2, 6];

/// A key and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Letter (0 to 6 for C to B) and alteration of the tonic; `None` for `K:none` and for the
    /// bagpipe keys.
    pub tonic: Option<(u8, i8)>,
    /// The mode; major where there is no tonic.
    pub mode: Mode,
    /// Alteration of each letter C D E F G A B.
    pub signature: [i8; 7],
}

impl Key {
    /// No sharps, no flats, no tonic.
    pub fn none() -> Self {
        Self { tonic: None, mode: Mode::Major, signature: [0; 7] }
    }

    /// The key of a field's text, such as `G`, `A minor`, `Dmix`, `D exp ^f =c`, `HP`.
    ///
    /// Clefs and other `name=value` settings are ignored.
    ///
    /// # Errors
    /// [`FieldError::Key`] for anything else.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let unknown = || FieldError::Key(shortened(text));
        if text.is_empty() || text.starts_with("none") {
            return Ok(Self::none());
        }
        // the pipes sound F and C sharp in either spelling; only Hp draws the signs
        if text.starts_with("HP") || text.starts_with("Hp") {
            return Ok(Self { signature: [1, 0, 0, 1, 0, 0, 0], ..Self::none() });
        }
        let mut chars = text.chars();
        let letter = chars.next().filter(char::is_ascii_uppercase);
        let letter = letter.and_then(Pitch::letter_index).ok_or_else(unknown)?;
        let mut rest = chars.as_str();
        let mut alter = 0;
        if let Some(after) = rest.strip_prefix('#') {
            (alter, rest) = (1, after);
        } else if let Some(after) = rest.strip_prefix('b') {
            (alter, rest) = (-1, after);
        }
        Self::with_mode(letter, alter, rest).ok_or_else(unknown)
    }

    /// The key of a tonic and the text after it: a mode, then accidentals; `None` if it is neither.
    fn with_mode(letter: u8, alter: i8, rest: &str) -> Option<Self> {
        let mut words = rest.split_whitespace().peekable();
        let mut mode = MODES[0];
        let mut explicit = false;
        // The mode may be glued to the tonic ("Edor") or be a word of its own ("E dorian").
        if let Some(word) = words.peek() {
            let name: String = word.chars().take(3).collect::<String>().to_ascii_lowercase();
            if let Some(known) = MODES.iter().find(|known| known.0 == name) {
                mode = *known;
                words.next();
            } else if name == "m" {
                mode = MODES[1];
                words.next();
            } else if name == "exp" {
                explicit = true;
                words.next();
            }
        }
        let mut signature = [0; 7];
        if !explicit {
            let place = FIFTHS[usize::from(letter)] + 7 * i32::from(alter) + mode.2;
            signature = circle_of_fifths(place)?;
        }
        for word in words {
            if word.contains('=') && word.chars().next().is_some_and(|c| c.is_ascii_alphabetic()) {
                continue; // clef=bass, transpose=-12, ...
            }
            match word {
                "treble" | "bass" | "alto" | "tenor" | "perc" => continue,
                _ => set_accidental(&mut signature, word)?,
            }
        }
        Some(Self { tonic: Some((letter, alter)), mode: mode.1, signature })
    }

    /// The tonic in semitones above C, if there is one.
    pub fn tonic_class(&self) -> Option<i32> {
        let (letter, alter) = self.tonic?;
        Some(Pitch { letter, alter, octave: 4 }.midi() % 12)
    }

    /// The one way we write this key (`G`, `Am`, `Dmix`, `F#m`); `None` where tonic and mode do
    /// not say the whole signature.
    pub fn name(&self) -> Option<String> {
        let (letter, alter) = self.tonic?;
        let mode = MODES.iter().find(|known| known.1 == self.mode)?;
        let place = FIFTHS[usize::from(letter % 7)] + 7 * i32::from(alter) + mode.2;
        if circle_of_fifths(place)? != self.signature {
            return None;
        }
        let sign = match alter {
            0 => "",
            1 => "#",
            _ => "b",
        };
        Some(format!("{}{sign}{}", b"CDEFGAB"[usize::from(letter % 7)] as char, mode.3))
    }
}

/// The signature at a place on the circle of fifths; `None` beyond seven sharps or flats.
fn circle_of_fifths(place: i32) -> Option<[i8; 7]> {
    let mut signature = [0; 7];
    let count = usize::try_from(place.abs()).ok().filter(|count| *count <= 7)?;
    for step in 0..count {
        if place > 0 {
            signature[SHARPS[step]] = 1;
        } else {
            signature[SHARPS[6 - step]] = -1;
        }
    }
    Some(signature)
}

/// Applies an accidental of a key field, such as `^f` or `=c`.
fn set_accidental(signature: &mut [i8; 7], word: &str) -> Option<()> {
    let letter = word.chars().last().and_then(Pitch::letter_index)?;
    let alter = match &word[..word.len() - 1] {
        "^" => 1,
        "_" => -1,
        "=" => 0,
        "^^" => 2,
        "__" => -2,
        _ => return None,
    };
    signature[usize::from(letter)] = alter;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn key_signatures_follow_the_circle_of_fifths() {
        // Alterations of C D E F G A B.
        for (text, signature, name) in [
            ("C", [0, 0, 0, 0, 0, 0, 0], Some("C")),
            ("G", [0, 0, 0, 1, 0, 0, 0], Some("G")),
            ("Em", [0, 0, 0, 1, 0, 0, 0], Some("Em")),
            ("E minor", [0, 0, 0, 1, 0, 0, 0], Some("Em")),
            ("EAeolian", [0, 0, 0, 1, 0, 0, 0], Some("Em")),
            ("ADor", [0, 0, 0, 1, 0, 0, 0], Some("Ador")),
            ("D Mixolydian", [0, 0, 0, 1, 0, 0, 0], Some("Dmix")),
            ("F#m", [1, 0, 0, 1, 1, 0, 0], Some("F#m")),
            ("Bb", [0, 0, -1, 0, 0, 0, -1], Some("Bb")),
            ("Cm", [0, 0, -1, 0, 0, -1, -1], Some("Cm")),
            ("Glyd clef=treble", [1, 0, 0, 1, 0, 0, 0], Some("Glyd")),
            ("D =c", [0, 0, 0, 1, 0, 0, 0], None),
            ("D exp ^g", [0, 0, 0, 0, 1, 0, 0], None),
            ("Hp", [1, 0, 0, 1, 0, 0, 0], None),
            ("HP", [1, 0, 0, 1, 0, 0, 0], None),
            ("none", [0; 7], None),
        ] {
            let key = Key::parse(text).unwrap();
            assert_eq!(key.signature, signature, "{text}");
            assert_eq!(key.name().as_deref(), name, "{text}");
        }
        for text in ["H", "g", "Gfoo", "A#lyd", "G ^", "G ^é", "\u{301}"] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
    }
}
