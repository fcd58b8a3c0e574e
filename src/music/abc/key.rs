//! Keys: `K:G`, `K:Edor`, `K:D =c`.
//!
//! A key signature is a place on the circle of fifths: the tonic's place (F -1, C 0, G 1, ...,
//! a sharp adds 7) plus what the mode adds (dorian -2, ...). Place `n > 0` has the first `n` sharps
//! of F C G D A E B, place `n < 0` the first `-n` flats of B E A D G C F.

use super::Pitch;
use super::clef::{Settings, words};
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

impl Mode {
    /// All of them.
    #[rustfmt::skip]
    pub const ALL: [Self; 7] = [
        Self::Major, Self::Minor, Self::Dorian, Self::Phrygian, Self::Lydian, Self::Mixolydian,
        Self::Locrian,
    ];

    /// Its whole name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Dorian => "dorian",
            Self::Phrygian => "phrygian",
            Self::Lydian => "lydian",
            Self::Mixolydian => "mixolydian",
            Self::Locrian => "locrian",
        }
    }
}

/// First three letters of a mode's name, the mode, what it adds on the circle of fifths, and how
/// we write it after the tonic.
const MODES: [(&str, Mode, i32, &str); 12] = [
    ("maj", Mode::Major, 0, ""),
    ("min", Mode::Minor, -3, "m"),
    ("dor", Mode::Dorian, -2, "dor"),
    ("phr", Mode::Phrygian, -4, "phr"),
    ("lyd", Mode::Lydian, 1, "lyd"),
    ("mix", Mode::Mixolydian, -1, "mix"),
    ("loc", Mode::Locrian, -5, "loc"),
    ("ion", Mode::Major, 0, ""),
    ("aeo", Mode::Minor, -3, "m"),
    ("m", Mode::Minor, -3, "m"),
    ("mi", Mode::Minor, -3, "m"),
    ("ma", Mode::Major, 0, ""),
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

    /// The key of a tonic (as in [`Key::tonic`]) and a mode; `None` where that takes more than seven
    /// sharps or flats.
    pub fn of(tonic: (u8, i8), mode: Mode) -> Option<Self> {
        let of_mode = MODES.iter().find(|known| known.1 == mode)?.2;
        let place = FIFTHS[usize::from(tonic.0 % 7)] + 7 * i32::from(tonic.1) + of_mode;
        Some(Self { tonic: Some(tonic), mode, signature: circle_of_fifths(place)? })
    }

    /// The key of a field's text, such as `G`, `A minor`, `Dmix`, `Dm^c`, `D exp ^f =c`, `HP`.
    ///
    /// Clefs and other settings (`octave=-1`) are passed over.
    ///
    /// # Errors
    /// [`FieldError::Key`] for anything else.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let unknown = || FieldError::Key(shortened(text.trim()));
        let field = KeyField::parse(text)?;
        let key = field.key.unwrap_or_else(Self::none);
        if field.unknown.is_empty() { Ok(key) } else { Err(unknown()) }
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
        if Self::of((letter, alter), self.mode)?.signature != self.signature {
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

/// What a `K:` field says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeyField {
    /// `None` where it says nothing of a key: `K:clef=bass`.
    pub(super) key: Option<Key>,
    pub(super) settings: Settings,
    /// The words that say nothing that we know, as they stand.
    pub(super) unknown: String,
}

impl KeyField {
    /// Reads a tonic with its mode, then accidentals, clefs and settings in any order.
    pub(super) fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let (key, rest) = tonic_and_mode(text).ok_or_else(|| FieldError::Key(shortened(text)))?;
        let mut field = Self { key, settings: Settings::default(), unknown: String::new() };
        for word in words(rest) {
            if let Some(signs) = accidentals(word) {
                let key = field.key.get_or_insert_with(Key::none);
                signs.iter().for_each(|(letter, alter)| key.signature[*letter] = *alter);
            } else if !field.settings.take(word) {
                let blank = if field.unknown.is_empty() { "" } else { " " };
                field.unknown += &format!("{blank}{word}");
            }
        }
        Ok(field)
    }
}

/// The key that a text begins with, if it says one, and what follows; `None` where it begins with
/// neither a key nor anything that may stand without one.
pub(super) fn tonic_and_mode(text: &str) -> Option<(Option<Key>, &str)> {
    if text.is_empty() {
        return Some((Some(Key::none()), ""));
    }
    let first = words(text).next().unwrap_or_default();
    if let Some((none, rest)) = text.split_at_checked(4)
        && none.eq_ignore_ascii_case("none")
    {
        return Some((Some(Key::none()), rest));
    }
    if accidentals(first).is_some() || Settings::default().take(first) {
        return Some((None, text));
    }
    // the pipes sound F and C sharp in either spelling; only Hp draws the signs
    if let Some(rest) = text.strip_prefix("HP").or_else(|| text.strip_prefix("Hp")) {
        return Some((Some(Key { signature: [1, 0, 0, 1, 0, 0, 0], ..Key::none() }), rest));
    }
    let mut chars = text.chars();
    let letter = Pitch::letter_index(chars.next()?)?;
    let (alter, rest) = sharp_or_flat(chars.as_str());
    // the mode may be glued to the tonic ("Edor") or be a word of its own ("E dorian")
    let glued = !rest.starts_with(char::is_whitespace);
    let spaced = rest.trim_start();
    let end = spaced.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(spaced.len());
    let (name, after) = spaced.split_at(end);
    let name: String = name.chars().take(3).collect::<String>().to_ascii_lowercase();
    let (mode, rest) = match MODES.iter().find(|known| known.0 == name) {
        Some(mode) => (Some(mode), after),
        None if name == "exp" => (None, after),
        None if glued && !name.is_empty() => return None,
        None => (Some(&MODES[0]), rest),
    };
    let place = mode.map(|mode| FIFTHS[usize::from(letter)] + 7 * i32::from(alter) + mode.2);
    let signature = place.map_or(Some([0; 7]), circle_of_fifths)?;
    let mode = mode.map_or(Mode::Major, |mode| mode.1);
    Some((Some(Key { tonic: Some((letter, alter)), mode, signature }), rest))
}

/// What a tonic's sign or word alters, and what follows: `#m`, `b`, ` flat major`.
fn sharp_or_flat(text: &str) -> (i8, &str) {
    const SIGNS: [(&str, i8); 6] =
        [("#", 1), ("\u{266f}", 1), ("sharp", 1), ("b", -1), ("\u{266d}", -1), ("flat", -1)];
    let word = text.trim_start_matches([' ', '-']);
    for (sign, alter) in SIGNS {
        let text = if sign.len() > 3 { word } else { text };
        if let Some((start, rest)) = text.split_at_checked(sign.len())
            && start.eq_ignore_ascii_case(sign)
        {
            return (alter, rest);
        }
    }
    (0, text)
}

/// The letters and alterations of accidentals in a row, such as `^f` or `_b_e`; `None` where the
/// word has anything else.
pub(super) fn accidentals(word: &str) -> Option<Vec<(usize, i8)>> {
    let mut found = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let signs = rest.find(|c| !"^_=".contains(c))?;
        let alter = match &rest[..signs] {
            "^" => 1,
            "_" => -1,
            "=" => 0,
            "^^" => 2,
            "__" => -2,
            _ => return None,
        };
        let letter = Pitch::letter_index(rest[signs..].chars().next()?)?;
        found.push((usize::from(letter), alter));
        rest = &rest[signs + 1..];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyField};

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
            ("em", [0, 0, 0, 1, 0, 0, 0], Some("Em")),
            ("B flat major", [0, 0, -1, 0, 0, 0, -1], Some("Bb")),
            ("F\u{266f}m", [1, 0, 0, 1, 1, 0, 0], Some("F#m")),
            ("E Flat", [0, 0, -1, 0, 0, -1, -1], Some("Eb")),
            ("None", [0; 7], None),
            ("Gmi", [0, 0, -1, 0, 0, 0, -1], Some("Gm")),
            ("E Ma", [1, 1, 0, 1, 1, 0, 0], Some("E")),
            ("Dm^c", [1, 0, 0, 0, 0, 0, -1], None),
            ("Amix^g", [1, 0, 0, 1, 1, 0, 0], None),
            ("G_b=f treble-8", [0, 0, 0, 0, 0, 0, -1], None),
            ("G bass3 octave=-1", [0, 0, 0, 1, 0, 0, 0], Some("G")),
            ("D exp ^g", [0, 0, 0, 0, 1, 0, 0], None),
            ("Hp", [1, 0, 0, 1, 0, 0, 0], None),
            ("HP", [1, 0, 0, 1, 0, 0, 0], None),
            ("none", [0; 7], None),
        ] {
            let key = Key::parse(text).unwrap();
            assert_eq!(key.signature, signature, "{text}");
            assert_eq!(key.name().as_deref(), name, "{text}");
        }
        for text in ["H", "exp", "gfoo", "Gfoo", "A#lyd", "G ^", "G ^é", "\u{301}"] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_field_keeps_its_key_whatever_stands_behind() {
        for (text, key, unknown) in [
            ("Ador (capo 2)", Some("Ador"), "(capo 2)"),
            ("G ^é", Some("G"), "^é"),
            ("Em/D", Some("Em"), "/D"),
            ("G name=\"a b\" fiddle", Some("G"), "fiddle"),
            ("clef=bass", None, ""),
            ("treble-8 slowly", None, "slowly"),
        ] {
            let field = KeyField::parse(text).unwrap();
            let name = field.key.as_ref().and_then(Key::name);
            assert_eq!((name.as_deref(), field.unknown.as_str()), (key, unknown), "{text}");
        }
    }
}
