//! When a note needs its accidental.

use crate::music::abc::{Pitch, accidental};

/// Which accidentals a reader of this bar has in mind.
///
/// Some readers let an accidental hold in its own octave, some in all. We write one wherever either
/// of them would be wrong without it.
#[derive(Clone, Debug)]
pub(super) struct Accidentals {
    signature: [i8; 7],
    anywhere: [Option<i8>; 7],
    /// Letter, octave and alteration, in the order of writing.
    here: Vec<(u8, i8, i8)>,
}

impl Accidentals {
    /// None is written yet: a key or a bar begins.
    pub(super) fn new(signature: [i8; 7]) -> Self {
        Self { signature, anywhere: [None; 7], here: Vec::new() }
    }

    /// Forgets what was written: a bar line.
    pub(super) fn clear(&mut self) {
        self.anywhere = [None; 7];
        self.here.clear();
    }

    /// The accidental to write before a note, or nothing where it needs none.
    pub(super) fn write(&mut self, pitch: Pitch) -> &'static str {
        if !self.needs(pitch) {
            return "";
        }
        self.written(pitch);
        accidental(pitch.alter)
    }

    /// Whether a note needs an accidental.
    pub(super) fn needs(&self, pitch: Pitch) -> bool {
        let slot = usize::from(pitch.letter);
        let by_letter = self.anywhere[slot].unwrap_or(self.signature[slot]);
        let same = |(letter, octave, _): &&(u8, i8, i8)| {
            (*letter, *octave) == (pitch.letter, pitch.octave)
        };
        let by_octave = self.here.iter().rev().find(same).map_or(self.signature[slot], |e| e.2);
        by_letter != pitch.alter || by_octave != pitch.alter
    }

    /// Notes an accidental.
    pub(super) fn written(&mut self, pitch: Pitch) {
        self.anywhere[usize::from(pitch.letter)] = Some(pitch.alter);
        self.here.push((pitch.letter, pitch.octave, pitch.alter));
    }
}
