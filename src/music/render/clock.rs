//! From times in whole notes to seconds.

use super::default_tempo;
use crate::music::abc::{Change, Duration, Performance, Tempo, Tune};

/// The tempos of a tune as it is played.
#[derive(Clone, Debug)]
pub struct Clock {
    /// From when in whole notes, when that is in seconds, and the seconds of a whole note from
    /// then.
    tempos: Vec<(Duration, f64, f64)>,
}

impl Clock {
    /// The tempos that a MIDI file of the tune would have, to the microsecond of a quarter note.
    pub fn new(tune: &Tune, performance: &Performance) -> Self {
        let whole = |tempo: Tempo| 4e-6 * f64::from(tempo.microseconds_per_quarter());
        let first = tune.tempo.unwrap_or_else(|| default_tempo(tune));
        let mut clock = Self { tempos: vec![(Duration::ZERO, 0.0, whole(first))] };
        for (time, change) in &performance.changes {
            if let Change::Tempo(tempo) = change {
                clock.tempos.push((*time, clock.seconds(*time), whole(*tempo)));
            }
        }
        clock
    }

    /// When a time comes, in seconds from the start.
    pub fn seconds(&self, time: Duration) -> f64 {
        let now = self.tempos.partition_point(|(from, ..)| *from <= time).max(1) - 1;
        let (from, seconds, whole) = self.tempos[now];
        seconds + whole * (number(time) - number(from))
    }
}

fn number(time: Duration) -> f64 {
    *time.numer() as f64 / *time.denom() as f64
}
