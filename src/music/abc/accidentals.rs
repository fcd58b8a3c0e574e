//! Which accidentals hold in a bar.

use super::Key;

/// For which later notes of its bar an accidental holds: `I:propagate-accidentals` (standard 2.1,
/// 11.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Propagation {
    /// `not`
    Note,
    /// `octave`
    Octave,
    /// `pitch`: those of every octave.
    #[default]
    Letter,
}

impl Propagation {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "not" => Some(Self::Note),
            "octave" => Some(Self::Octave),
            "pitch" => Some(Self::Letter),
            _ => None,
        }
    }
}

/// Octaves 0 to 8, letters C to B.
type Table = [[Option<i8>; 7]; 9];

/// The accidentals written so far in a bar.
///
/// Those of grace notes hold for later grace notes alone; those of notes hold for both.
#[derive(Clone, Debug, Default)]
pub(super) struct Accidentals {
    pub(super) propagation: Propagation,
    notes: Table,
    graces: Table,
    /// They were forgotten since [`Self::take_fresh`] was asked last.
    fresh: bool,
}

impl Accidentals {
    /// Forgets them: a bar line.
    pub(super) fn clear(&mut self) {
        (self.notes, self.graces) = Default::default();
        self.fresh = true;
    }

    /// Whether none that was written before the last asking holds for the next note.
    pub(super) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh) || self.propagation == Propagation::Note
    }

    /// The alteration of a note without an accidental of its own; octave 0 to 8.
    pub(super) fn of(&self, letter: u8, octave: i8, grace: bool, key: &Key) -> i8 {
        let table = if grace { &self.graces } else { &self.notes };
        let written = table[octave as usize][usize::from(letter)];
        written.unwrap_or(key.signature[usize::from(letter)])
    }

    /// Notes an accidental.
    pub(super) fn write(&mut self, letter: u8, octave: i8, grace: bool, alter: i8) {
        let octaves = match self.propagation {
            Propagation::Note => return,
            Propagation::Octave => octave as usize..octave as usize + 1,
            Propagation::Letter => 0..9,
        };
        for octave in octaves {
            self.graces[octave][usize::from(letter)] = Some(alter);
            if !grace {
                self.notes[octave][usize::from(letter)] = Some(alter);
            }
        }
    }
}
