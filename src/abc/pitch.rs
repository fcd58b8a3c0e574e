//! Pitches as they are spelled.

/// A pitch with its spelling: F sharp and G flat differ here, their [`Pitch::midi`] does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pitch {
    /// 0 to 6 for C D E F G A B.
    pub letter: u8,
    /// Semitones above the natural note: -2 to 2.
    pub alter: i8,
    /// 4 for the octave from middle C (ABC's `C` to `B`), 5 for `c` to `b`.
    pub octave: i8,
}

/// Semitones of the naturals C D E F G A B above C.
const NATURAL: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];

impl Pitch {
    /// MIDI number: middle C is 60.
    pub fn midi(self) -> i32 {
        12 * (i32::from(self.octave) + 1)
            + NATURAL[usize::from(self.letter % 7)]
            + i32::from(self.alter)
    }

    /// The note in ABC without accidental and length: `C,`, `C`, `c`, `c'`.
    pub fn abc(self) -> String {
        let letter = b"CDEFGAB"[usize::from(self.letter % 7)] as char;
        let octave = i32::from(self.octave);
        if octave >= 5 {
            let marks = "'".repeat((octave - 5) as usize);
            format!("{}{marks}", letter.to_ascii_lowercase())
        } else {
            format!("{letter}{}", ",".repeat((4 - octave) as usize))
        }
    }

    /// The position 0 to 6 of a note letter of either case in C D E F G A B.
    pub(super) fn letter_index(letter: char) -> Option<u8> {
        "CDEFGAB".find(letter.to_ascii_uppercase()).map(|index| index as u8)
    }
}

/// The accidental that asks for `alter` semitones: `__ _ = ^ ^^`.
pub(crate) fn accidental(alter: i8) -> &'static str {
    match alter {
        i8::MIN..=-2 => "__",
        -1 => "_",
        0 => "=",
        1 => "^",
        2..=i8::MAX => "^^",
    }
}
