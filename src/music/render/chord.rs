//! Chord symbols: `Am`, `D7/F#`, `(E7)`.

/// A chord and the note below it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chord {
    /// The root, in semitones above C.
    pub root: u8,
    /// Its notes in semitones above the root, the root's 0 first.
    pub intervals: &'static [u8],
    /// The bass note in semitones above C, where it is not the root.
    pub bass: Option<u8>,
}

/// What may follow the root, and the notes it asks for.
const QUALITIES: [(&str, &[u8]); 28] = [
    ("", &[0, 4, 7]),
    ("maj", &[0, 4, 7]),
    ("M", &[0, 4, 7]),
    ("m", &[0, 3, 7]),
    ("min", &[0, 3, 7]),
    ("-", &[0, 3, 7]),
    ("7", &[0, 4, 7, 10]),
    ("m7", &[0, 3, 7, 10]),
    ("min7", &[0, 3, 7, 10]),
    ("-7", &[0, 3, 7, 10]),
    ("maj7", &[0, 4, 7, 11]),
    ("M7", &[0, 4, 7, 11]),
    ("6", &[0, 4, 7, 9]),
    ("m6", &[0, 3, 7, 9]),
    ("min6", &[0, 3, 7, 9]),
    ("9", &[0, 4, 7, 10, 2]),
    ("m9", &[0, 3, 7, 10, 2]),
    ("5", &[0, 7]),
    ("dim", &[0, 3, 6]),
    ("o", &[0, 3, 6]),
    ("dim7", &[0, 3, 6, 9]),
    ("o7", &[0, 3, 6, 9]),
    ("m7b5", &[0, 3, 6, 10]),
    ("aug", &[0, 4, 8]),
    ("+", &[0, 4, 8]),
    ("sus", &[0, 5, 7]),
    ("sus4", &[0, 5, 7]),
    ("sus2", &[0, 2, 7]),
];

impl Chord {
    /// The chord so many semitones higher, at most eleven.
    pub(super) fn transposed(&self, semitones: u8) -> Self {
        let raised = |note: u8| (note + semitones) % 12;
        Self { root: raised(self.root), bass: self.bass.map(raised), ..*self }
    }

    /// The chord of a symbol, brackets and blanks ignored; `None` where the text is no chord.
    ///
    /// A bass note may be small, and `+` makes it sharp as `#` does: `A7/c+`. A bass that can not
    /// be read is left out.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !" ()".contains(*c)).collect();
        let (upper, lower) = text.split_once('/').unwrap_or((&text, ""));
        if !upper.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let (root, quality) = note(upper, "#")?;
        let (_, intervals) = QUALITIES.iter().find(|(name, _)| *name == quality)?;
        let bass = note(lower, "#+").filter(|(bass, rest)| rest.is_empty() && *bass != root);
        Some(Self { root, intervals, bass: bass.map(|(bass, _)| bass) })
    }
}

/// A letter with its accidental, in semitones above C, and what follows.
fn note<'a>(text: &'a str, sharps: &str) -> Option<(u8, &'a str)> {
    let letter = "CDEFGAB".find(text.chars().next()?.to_ascii_uppercase())?;
    let natural = [0, 2, 4, 5, 7, 9, 11][letter];
    let rest = &text[1..];
    match rest.chars().next() {
        Some(sign) if sharps.contains(sign) => Some(((natural + 1) % 12, &rest[1..])),
        Some('b') => Some(((natural + 11) % 12, &rest[1..])),
        _ => Some((natural, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::Chord;

    #[test]
    fn chord_symbols_are_read_and_words_are_not() {
        for (text, root, intervals, bass) in [
            ("A", 9, &[0, 4, 7][..], None),
            ("Am", 9, &[0, 3, 7], None),
            ("(Bb7)", 10, &[0, 4, 7, 10], None),
            ("F#m7", 6, &[0, 3, 7, 10], None),
            ("Cb", 11, &[0, 4, 7], None),
            ("B#", 0, &[0, 4, 7], None),
            ("D/F#", 2, &[0, 4, 7], Some(6)),
            ("A7/c+", 9, &[0, 4, 7, 10], Some(1)),
            ("G/g", 7, &[0, 4, 7], None),
            ("E7/b9", 4, &[0, 4, 7, 10], None),
            ("Edim", 4, &[0, 3, 6], None),
        ] {
            let chord = Chord::parse(text).unwrap();
            assert_eq!(
                (chord.root, chord.intervals, chord.bass),
                (root, intervals, bass),
                "{text}"
            );
        }
        for text in ["", "Fine", "D.C.", "a", "N.C.", "H", "é", "A\u{301}", "/G", "DC al fine"] {
            assert_eq!(Chord::parse(text), None, "{text}");
        }
    }
}
