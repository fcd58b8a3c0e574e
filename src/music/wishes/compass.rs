//! The notes that an instrument has, or that somebody wants.

use std::fmt;
use std::str::FromStr;

use crate::music::abc::{self, Key, Pitch, Tune};

/// Letters that a compass has at least; no tune of the embedded book has fewer than eight.
const FEWEST: i32 = 5;

/// From the lowest note to the highest, as written.
///
/// ```
/// use hornpipe::music::wishes::{Compass, Instrument};
///
/// assert_eq!("D-b".parse(), Ok(Compass::of(Instrument::Whistle)));
/// assert!("b-D".parse::<Compass>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compass {
    lowest: Pitch,
    highest: Pitch,
    /// MIDI numbers of the notes that exist, if not all between the two do.
    only: Option<&'static [i32]>,
}

/// Why a text is no compass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompassError {
    /// Not two notes with a hyphen between them.
    #[error("'{0}' is no range; write its lowest and highest note as ABC does: D-b, G,-d'")]
    NotNotes(String),
    /// The first note is the higher one.
    #[error("{0} is upside down; the lower note comes first")]
    UpsideDown(String),
    /// So few notes that no tune stays within them.
    #[error("{text} has {notes} notes, and tunes use at least {FEWEST}; give a wider range")]
    Narrow {
        /// As given.
        text: String,
        /// Letters from the lowest to the highest note.
        notes: i32,
    },
}

/// Instruments whose compass is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instrument {
    /// Tin whistle in D: two octaves without its shrill last notes.
    Whistle,
    /// Wooden flute in D.
    Flute,
    /// Fiddle in the first position.
    Fiddle,
    /// Great Highland bagpipe: nine notes as they are written.
    Pipes,
    /// Uilleann pipes: two octaves of the chanter in D.
    Uilleann,
}

impl Instrument {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Whistle, Self::Flute, Self::Fiddle, Self::Pipes, Self::Uilleann];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whistle => "whistle",
            Self::Flute => "flute",
            Self::Fiddle => "fiddle",
            Self::Pipes => "pipes",
            Self::Uilleann => "uilleann",
        }
    }
}

/// The chanter's G A B c# d e f# g a.
const PIPES: [i32; 9] = [67, 69, 71, 73, 74, 76, 78, 79, 81];

impl Compass {
    /// What an instrument plays.
    pub fn of(instrument: Instrument) -> Self {
        let natural = |letter, octave| Pitch { letter, alter: 0, octave };
        let (d, g, a, b) = (1, 4, 5, 6);
        let (lowest, highest, only) = match instrument {
            Instrument::Whistle => (natural(d, 4), natural(b, 5), None),
            Instrument::Flute | Instrument::Uilleann => (natural(d, 4), natural(d, 6), None),
            Instrument::Fiddle => (natural(g, 3), natural(b, 5), None),
            Instrument::Pipes => (natural(g, 4), natural(a, 5), Some(&PIPES[..])),
        };
        Self { lowest, highest, only }
    }

    /// Whether it has a note.
    pub fn has(&self, pitch: Pitch) -> bool {
        self.has_midi(pitch.midi())
    }

    fn has_midi(&self, midi: i32) -> bool {
        let between = (self.lowest.midi()..=self.highest.midi()).contains(&midi);
        between && self.only.is_none_or(|notes| notes.contains(&midi))
    }

    /// Whether it has a note of this class, in semitones above C.
    fn has_class(&self, class: i32) -> bool {
        (self.lowest.midi()..=self.highest.midi())
            .any(|midi| midi.rem_euclid(12) == class && self.has_midi(midi))
    }

    /// Whether a tune in this key may end on its tonic.
    pub(super) fn has_tonic(&self, key: &Key) -> bool {
        key.tonic_class().is_none_or(|class| self.has_class(class))
    }

    /// Whether tunes in this key have their notes on it: an instrument of few notes must have every
    /// note of the scale in some octave.
    pub(super) fn plays(&self, key: &Key) -> bool {
        let all = (0..).zip(key.signature);
        let mut classes = all.map(|(letter, alter)| Pitch { letter, alter, octave: 4 }.midi() % 12);
        self.only.is_none() || classes.all(|class| self.has_class(class))
    }
}

impl fmt::Display for Compass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |pitch: Pitch| {
            let sign = if pitch.alter == 0 { "" } else { abc::accidental(pitch.alter) };
            format!("{sign}{}", pitch.abc())
        };
        write!(f, "{}-{}", name(self.lowest), name(self.highest))
    }
}

impl FromStr for Compass {
    type Err = CompassError;

    fn from_str(text: &str) -> Result<Self, CompassError> {
        let short = || text.trim().chars().take(20).collect::<String>();
        let notes = text.trim().split_once('-');
        let notes = notes.and_then(|(lowest, highest)| Some((note(lowest)?, note(highest)?)));
        let (lowest, highest) = notes.ok_or_else(|| CompassError::NotNotes(short()))?;
        if lowest.midi() > highest.midi() {
            return Err(CompassError::UpsideDown(short()));
        }
        let notes = highest.place() - lowest.place() + 1;
        if notes < FEWEST {
            return Err(CompassError::Narrow { text: short(), notes });
        }
        Ok(Self { lowest, highest, only: None })
    }
}

/// The note that a text is, as the reader reads it.
fn note(text: &str) -> Option<Pitch> {
    if text.contains('\n') {
        return None;
    }
    let Tune { bars, problems, unit, .. } = abc::read(&format!("X:1\nL:1/8\nK:C\n{text}\n"));
    match bars.first().map(|bar| bar.events.as_slice()) {
        Some([event]) if bars.len() == 1 && problems.is_empty() && event.duration == unit => {
            match event.pitches[..] {
                [pitch] => Some(pitch),
                _ => None,
            }
        }
        _ => None,
    }
}
