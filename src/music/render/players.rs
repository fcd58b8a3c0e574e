//! Who plays which notes, and how hard.

use super::accompany::{Accompaniment, Hit, accompany};
use super::instrument::Instrument;
use crate::music::abc::{Duration, Note, Performance};

/// How hard a key is struck: the beginning of a bar, other notes, grace notes, accompaniment.
const STRONG: u8 = 100;
const PLAIN: u8 = 84;
const LIGHT: u8 = 64;
const BELOW: u8 = 48;

/// Which instruments play.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    pub(super) melody: Instrument,
    /// For chords and bass, if they are played.
    pub(super) below: Option<(Instrument, Instrument)>,
}

impl Band {
    /// An instrument alone.
    pub const fn new(melody: Instrument) -> Self {
        Self { melody, below: None }
    }

    /// The same with instruments for the chords of the chord symbols and for their bass.
    pub const fn with_chords(self, chords: Instrument, bass: Instrument) -> Self {
        Self { below: Some((chords, bass)), ..self }
    }
}

/// A note that is struck.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stroke {
    /// When, in whole notes from the start.
    pub onset: Duration,
    /// How long, in whole notes.
    pub duration: Duration,
    /// MIDI number, 0 to 127.
    pub note: u8,
    /// MIDI velocity, 1 to 127.
    pub strength: u8,
}

/// One of the band.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Player {
    /// `melody`, `chords` or `bass`.
    pub name: &'static str,
    /// What it plays on.
    pub instrument: Instrument,
    /// What it plays.
    pub strokes: Vec<Stroke>,
}

/// Gives everybody their notes; chords and bass play only where the tune has chord symbols.
pub fn players(performance: &Performance, band: Band) -> Vec<Player> {
    let strokes = melody(performance);
    let mut players = vec![Player { name: "melody", instrument: band.melody, strokes }];
    if let Some(below) = band.below {
        let Accompaniment { chords, bass } = accompany(performance);
        for (name, instrument, hits) in [("chords", below.0, chords), ("bass", below.1, bass)] {
            if !hits.is_empty() {
                players.push(Player { name, instrument, strokes: struck(&hits) });
            }
        }
    }
    players
}

fn melody(score: &Performance) -> Vec<Stroke> {
    let stroke = |note: &Note| {
        let strength = match score.bars.binary_search_by_key(&note.onset, |bar| bar.onset) {
            _ if note.grace => LIGHT,
            Ok(_) => STRONG,
            Err(_) => PLAIN,
        };
        let number = note.midi().clamp(0, 127) as u8;
        Stroke { onset: note.onset, duration: note.duration, note: number, strength }
    };
    score.notes.iter().map(stroke).collect()
}

fn struck(hits: &[Hit]) -> Vec<Stroke> {
    let strokes = |hit: &Hit| {
        let (onset, duration) = (hit.onset, hit.duration);
        let stroke = move |note| Stroke { onset, duration, note, strength: BELOW };
        hit.notes.clone().into_iter().map(stroke)
    };
    hits.iter().flat_map(strokes).collect()
}
