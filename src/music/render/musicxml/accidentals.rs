//! Which accidentals a page must show.

use crate::music::abc::{Key, Pitch};

/// The alteration that a reader of the page takes for granted at each place of the staff. Grace
/// notes count like others: so nobody can misread what stands there.
pub(super) struct Accidentals {
    key: [i8; 7],
    /// By octave and letter, where the measure has shown one.
    shown: [[Option<i8>; 7]; 9],
}

impl Accidentals {
    pub(super) fn new(key: &Key) -> Self {
        Self { key: key.signature, shown: Default::default() }
    }

    /// A bar line: the signature alone holds.
    pub(super) fn clear(&mut self) {
        self.shown = Default::default();
    }

    /// The sign that must be shown at a note, if any; what is shown holds from here on.
    pub(super) fn show(&mut self, pitch: Pitch) -> Option<&'static str> {
        let letter = usize::from(pitch.letter);
        let place = &mut self.shown[usize::try_from(pitch.octave).unwrap_or(0).min(8)][letter];
        if place.unwrap_or(self.key[letter]) == pitch.alter {
            return None;
        }
        *place = Some(pitch.alter);
        Some(match pitch.alter {
            i8::MIN..=-2 => "flat-flat",
            -1 => "flat",
            0 => "natural",
            1 => "sharp",
            2..=i8::MAX => "double-sharp",
        })
    }
}
