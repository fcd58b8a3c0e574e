//! From times in whole notes to seconds.

use crate::music::abc::{Change, Duration, Meter, Performance, Tempo, Tune};
use crate::music::corpus::rhythm_name;

/// The most seconds that a tune lasts as it is played, and tunes in a row; see also
/// [`MOST_NOTES`](crate::music::abc::MOST_NOTES).
pub const LONGEST_PERFORMANCE: f64 = 3600.0;

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

/// When what is written sounds.
#[derive(Clone, Debug)]
pub struct Clock {
    /// From when in whole notes, when that is in seconds, and the seconds of a whole note from
    /// then.
    tempos: Vec<(Duration, f64, f64)>,
}

impl Clock {
    /// The tempos that a MIDI file of the tune would have, to the microsecond of a quarter note.
    pub fn new(tune: &Tune, performance: &Performance) -> Self {
        let first = tune.tempo.unwrap_or_else(|| default_tempo(tune));
        let changes = performance.changes.iter().filter_map(|(time, change)| match change {
            Change::Tempo(tempo) => Some((*time, tempo.microseconds_per_quarter())),
            _ => None,
        });
        let first = (Duration::ZERO, first.microseconds_per_quarter());
        Self::of(std::iter::once(first).chain(changes))
    }

    /// From when there are how many microseconds to a quarter note, in the order of time.
    pub(super) fn of(tempos: impl Iterator<Item = (Duration, u32)>) -> Self {
        let mut clock = Self { tempos: Vec::new() };
        for (from, quarter) in tempos {
            clock.tempos.push((from, clock.seconds(from), 4e-6 * f64::from(quarter)));
        }
        clock
    }

    /// When a time comes, in seconds from the start.
    pub fn seconds(&self, time: Duration) -> f64 {
        let now = self.tempos.partition_point(|(from, ..)| *from <= time).saturating_sub(1);
        let (from, seconds, whole) = self.tempos.get(now).copied().unwrap_or_default();
        seconds + whole * (number(time) - number(from))
    }
}

fn number(time: Duration) -> f64 {
    *time.numer() as f64 / *time.denom() as f64
}
