//! What a melody is made of.

use std::collections::{BTreeMap, HashSet};

use crate::music::abc::{Bar, Change, Duration, Event, Key, Performance, Tune};

/// An interval of more semitones than a major third is a leap.
const LARGEST_STEP: i32 = 4;
/// Intervals beyond an octave are counted as an octave.
const OCTAVE: i32 = 12;

/// Figures of one melody, as it is played.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Melody {
    /// Notes as written: chords and ties count once.
    pub notes: usize,
    /// Share of the notes that belong to the key.
    pub in_key: f64,
    /// Semitones from the lowest to the highest note.
    pub range: i32,
    /// Share of the intervals that are larger than a major third.
    pub leaps: f64,
    /// Share of the written bars that are different.
    pub distinct_bars: f64,
    /// What notes there are.
    pub histograms: Histograms,
}

/// How often each thing occurs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Histograms {
    /// Semitones above the tonic (above C without one), 0 to 11.
    pub pitch_classes: BTreeMap<i32, usize>,
    /// Semitones from note to note, -12 to 12.
    pub intervals: BTreeMap<i32, usize>,
    /// Lengths, in whole notes.
    pub durations: BTreeMap<Duration, usize>,
}

impl Melody {
    pub(super) fn of(tune: &Tune, performance: &Performance) -> Self {
        let mut histograms = Histograms::default();
        let mut keys = performance.changes.iter().filter_map(|(time, change)| match change {
            Change::Key(key) => Some((*time, key)),
            _ => None,
        });
        let mut next_key = keys.next();
        let mut key = Key::none();
        let (mut in_key, mut leaps, mut pitches) = (0, 0, Vec::new());
        for note in performance.notes.iter().filter(|note| !note.grace) {
            while let Some((_, new)) = next_key.filter(|(time, _)| *time <= note.onset) {
                key = new.clone();
                next_key = keys.next();
            }
            let pitch = note.pitch.midi();
            in_key += usize::from(belongs(pitch, &key));
            let class = (pitch - key.tonic_class().unwrap_or(0)).rem_euclid(12);
            *histograms.pitch_classes.entry(class).or_default() += 1;
            *histograms.durations.entry(note.duration).or_default() += 1;
            if let Some(before) = pitches.last() {
                let interval: i32 = pitch - before;
                leaps += usize::from(interval.abs() > LARGEST_STEP);
                *histograms.intervals.entry(interval.clamp(-OCTAVE, OCTAVE)).or_default() += 1;
            }
            pitches.push(pitch);
        }
        let range =
            pitches.iter().max().zip(pitches.iter().min()).map_or(0, |(high, low)| high - low);
        Self {
            notes: tune.notes(),
            in_key: share(in_key, pitches.len()),
            range,
            leaps: share(leaps, pitches.len().saturating_sub(1)),
            distinct_bars: distinct_bars(tune),
            histograms,
        }
    }
}

/// `part / whole`, and 0 of nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Whether a pitch is one of the scale's.
fn belongs(pitch: i32, key: &Key) -> bool {
    let naturals = [0, 2, 4, 5, 7, 9, 11];
    let scale = naturals.iter().zip(key.signature).map(|(note, alter)| note + i32::from(alter));
    scale.into_iter().any(|class| (pitch - class).rem_euclid(12) == 0)
}

/// What is played in a stretch of bars as written: of each note, chord or rest its pitches (none for
/// a rest) and its duration. How a pitch is spelled, ties and grace notes make no difference.
pub(super) fn content(bars: &[Bar]) -> Vec<(Vec<i32>, Duration)> {
    let pitches = |event: &Event| event.pitches.iter().map(|p| p.midi()).collect();
    let events = bars.iter().flat_map(|bar| &bar.events);
    events.map(|event| (pitches(event), event.duration)).collect()
}

fn distinct_bars(tune: &Tune) -> f64 {
    let different: HashSet<_> = tune.bars.chunks(1).map(content).collect();
    share(different.len(), tune.bars.len())
}
