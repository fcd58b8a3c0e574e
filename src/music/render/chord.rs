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

/// What may follow the root, the notes it asks for, and what MusicXML calls it.
const QUALITIES: [(&str, &[u8], &str); 28] = [
    ("", &[0, 4, 7], "major"),
    ("maj", &[0, 4, 7], "major"),
    ("M", &[0, 4, 7], "major"),
    ("m", &[0, 3, 7], "minor"),
    ("min", &[0, 3, 7], "minor"),
    ("-", &[0, 3, 7], "minor"),
    ("7", &[0, 4, 7, 10], "dominant"),
    ("m7", &[0, 3, 7, 10], "minor-seventh"),
    ("min7", &[0, 3, 7, 10], "minor-seventh"),
    ("-7", &[0, 3, 7, 10], "minor-seventh"),
    ("maj7", &[0, 4, 7, 11], "major-seventh"),
    ("M7", &[0, 4, 7, 11], "major-seventh"),
    ("6", &[0, 4, 7, 9], "major-sixth"),
    ("m6", &[0, 3, 7, 9], "minor-sixth"),
    ("min6", &[0, 3, 7, 9], "minor-sixth"),
    ("9", &[0, 4, 7, 10, 2], "dominant-ninth"),
    ("m9", &[0, 3, 7, 10, 2], "minor-ninth"),
    ("5", &[0, 7], "power"),
    ("dim", &[0, 3, 6], "diminished"),
    ("o", &[0, 3, 6], "diminished"),
    ("dim7", &[0, 3, 6, 9], "diminished-seventh"),
    ("o7", &[0, 3, 6, 9], "diminished-seventh"),
    ("m7b5", &[0, 3, 6, 10], "half-diminished"),
    ("aug", &[0, 4, 8], "augmented"),
    ("+", &[0, 4, 8], "augmented"),
    ("sus", &[0, 5, 7], "suspended-fourth"),
    ("sus4", &[0, 5, 7], "suspended-fourth"),
    ("sus2", &[0, 2, 7], "suspended-second"),
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
        let symbol = Symbol::parse(text)?;
        let bass = symbol.bass.map(Root::class);
        Some(Self { root: symbol.root.class(), intervals: symbol.intervals, bass })
    }
}

/// A chord as it is spelled.
pub(super) struct Symbol {
    pub(super) root: Root,
    /// What follows the root: `m7`.
    pub(super) quality: &'static str,
    intervals: &'static [u8],
    /// What MusicXML calls it: `minor-seventh`.
    pub(super) kind: &'static str,
    /// The bass note, where it is not the root.
    pub(super) bass: Option<Root>,
}

impl Symbol {
    /// As [`Chord::parse`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !" ()".contains(*c)).collect();
        let (upper, lower) = text.split_once('/').unwrap_or((&text, ""));
        if !upper.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let (root, rest) = note(upper, "#")?;
        let &(quality, intervals, kind) = QUALITIES.iter().find(|known| known.0 == rest)?;
        let other = |(bass, rest): &(Root, &str)| rest.is_empty() && bass.class() != root.class();
        let bass = note(lower, "#+").filter(other).map(|(bass, _)| bass);
        Some(Self { root, quality, intervals, kind, bass })
    }
}

/// A note without its octave.
#[derive(Clone, Copy)]
pub(super) struct Root {
    pub(super) letter: char,
    /// -1, 0 or 1.
    pub(super) alter: i8,
}

impl Root {
    /// Semitones above C.
    fn class(self) -> u8 {
        let natural = match self.letter {
            'C' => 0,
            'D' => 2,
            'E' => 4,
            'F' => 5,
            'G' => 7,
            'A' => 9,
            _ => 11,
        };
        (natural + 12u8).saturating_add_signed(self.alter) % 12
    }
}

/// A letter with its accidental, and what follows.
fn note<'a>(text: &'a str, sharps: &str) -> Option<(Root, &'a str)> {
    let letter = text.chars().next()?.to_ascii_uppercase();
    if !('A'..='G').contains(&letter) {
        return None;
    }
    let rest = &text[1..];
    let (alter, rest) = match rest.chars().next() {
        Some(sign) if sharps.contains(sign) => (1, &rest[1..]),
        Some('b') => (-1, &rest[1..]),
        _ => (0, rest),
    };
    Some((Root { letter, alter }, rest))
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
