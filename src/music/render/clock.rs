//! From times in whole notes to seconds.

use crate::music::abc::{Change, Duration, Meter, Performance, Tempo, Tune};
use crate::music::corpus::rhythm_name;

/// How fast a tune goes that does not say so: by its rhythm as dancers like it, else by its metre.
pub(super) fn default_tempo(tune: &Tune) -> Tempo {
    let rhythm = tune.header('R').and_then(|text| rhythm_name(text, tune.meter));
    let compound = tune.meter.is_some_and(Meter::is_compound);
    let (upper, lower, per_minute) = match rhythm {
        Some("jig" | "slip jig") => (3, 8, 112),
        Some("slide") => (3, 8, 130),
        Some("reel") => (1, 2, 96),
        Some("hornpipe" | "set dance") => (1, 2, 76),
        Some("polka") => (1, 4, 126),
        Some("waltz") => (1, 4, 132),
        Some("mazurka") => (1, 4, 140),
        Some("march") => (1, 4, 108),
        Some("strathspey" | "schottische" | "barndance") => (1, 4, 144),
        Some("air") => (1, 4, 80),
        _ if compound => (3, 8, 104),
        _ => (1, 4, 120),
    };
    Tempo { beat: Duration::new(upper, lower), per_minute }
}

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
