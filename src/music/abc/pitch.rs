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

    /// Its place on the staff: letters above the C of octave 0.
    pub(crate) fn place(self) -> i32 {
        7 * i32::from(self.octave) + i32::from(self.letter % 7)
    }

    /// The natural note at such a place.
    pub(super) fn natural_at(place: i32) -> Option<Self> {
        let octave = i8::try_from(place.div_euclid(7)).ok()?;
        Some(Self { letter: place.rem_euclid(7) as u8, alter: 0, octave })
    }

    /// The pitch so many letters and semitones higher, or lower where they are negative; `None`
    /// where that needs more than a double sharp or flat.
    pub(crate) fn transposed(self, letters: i32, semitones: i32) -> Option<Self> {
        let natural = Self::natural_at(self.place() + letters)?;
        let alter = self.midi() + semitones - natural.midi();
        let alter = i8::try_from(alter).ok().filter(|alter| (-2..=2).contains(alter))?;
        Some(Self { alter, ..natural })
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
