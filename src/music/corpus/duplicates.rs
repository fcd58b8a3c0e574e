//! Which tunes are settings of one melody.
//!
//! A tune becomes a sequence of steps, one for each pair of neighbouring notes: the interval in
//! semitones and the ratio of the times from each note to the next. Neither changes when the tune
//! is transposed or written in longer notes (2/4 in semiquavers, 4/4 in quavers), and spelling,
//! bar lines and ornaments do not enter. Repeats are not played out.
//!
//! Tune t with n steps joins every tune that contains some run of `n/2 + 1` successive steps of t:
//! then their longest shared run is over half of the shorter tune. Groups are the transitive
//! closure.

use std::collections::HashMap;

use num_traits::Zero;
use rayon::prelude::*;

use super::runs::{Melodies, join_sharing};
use crate::music::abc::{AsTune, Duration, Event, Tune, checked_add, checked_div};

/// A tune with fewer steps has no melody to compare and joins only identical text.
pub(super) const MIN_STEPS: usize = 8;
/// Steps beyond this are not compared, so that one endless "tune" can not stall the search.
const MAX_STEPS: usize = 2000;

/// The group of each tune: tunes have the same number exactly if they are near duplicates.
///
/// Numbers count up from 0 in order of first appearance. Tunes that are too short or can not be
/// read are alone, except that equal texts are always together.
///
/// # Panics
/// Where there are 2^32 tunes or notes, or more.
pub fn near_duplicate_groups<T: AsTune>(tunes: &[T]) -> Vec<usize> {
    let mut groups = UnionFind::new(tunes.len());
    let mut first_with_text = HashMap::new();
    for (index, tune) in tunes.iter().enumerate() {
        groups.join(index, *first_with_text.entry(tune.text().trim_end()).or_insert(index));
    }
    join_sharing(&melodies(tunes), |a, b| groups.join(a, b));
    groups.numbers()
}

/// How many tunes are read before their steps are numbered: notes take more room than numbers.
const READ_TOGETHER: usize = 1 << 12;

/// The steps of each tune; none where there are too few.
fn melodies(tunes: &[impl AsTune]) -> Melodies {
    let mut numbers: HashMap<(i32, Duration), u32> = HashMap::new();
    let (mut all, mut starts) = (Vec::new(), vec![0]);
    for some in tunes.chunks(READ_TOGETHER) {
        // numbers, and steps that have none yet
        let known = |step| numbers.get(&step).copied().ok_or(step);
        let read = some.par_iter().map(|tune| steps(&tune.read()).into_iter().map(known).collect());
        let read: Vec<Vec<_>> = read.collect();
        for melody in read {
            if melody.len() >= MIN_STEPS {
                all.extend(melody.into_iter().map(|step| {
                    step.unwrap_or_else(|new| {
                        let next = numbers.len() as u32;
                        *numbers.entry(new).or_insert(next)
                    })
                }));
            }
            starts.push(u32::try_from(all.len()).expect("texts are shorter than 4 GiB"));
        }
    }
    Melodies { steps: all, starts }
}

/// Interval in semitones and ratio of lengths for each pair of neighbouring notes.
pub(crate) fn steps(tune: &Tune) -> Vec<(i32, Duration)> {
    let onsets = onsets(tune.events());
    let step = |pair: &[(i32, Duration)]| {
        let ratio = checked_div(pair[1].1, pair[0].1)?;
        Some((pair[1].0 - pair[0].0, ratio))
    };
    onsets.windows(2).map_while(step).take(MAX_STEPS).collect()
}

/// Pitch and time to the next note for each note struck: the top note of chords, ties and rests
/// counted to the note before.
pub(super) fn onsets<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<(i32, Duration)> {
    let mut onsets: Vec<(i32, Duration)> = Vec::new();
    let mut held = false;
    for event in events {
        match (event.top(), onsets.last_mut()) {
            (Some(pitch), last) if !held || last.is_none() => {
                onsets.push((pitch.midi(), event.duration));
            }
            (_, Some(last)) => match checked_add(last.1, event.duration) {
                Some(sum) => last.1 = sum,
                None => break,
            },
            (_, None) => {} // a rest before the first note
        }
        held = event.tie;
    }
    onsets.retain(|(_, duration)| !duration.is_zero());
    onsets
}

/// Sets that can be joined.
struct UnionFind {
    parent: Vec<usize>,
}

impl UnionFind {
    fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    fn root(&mut self, mut of: usize) -> usize {
        while self.parent[of] != of {
            self.parent[of] = self.parent[self.parent[of]];
            of = self.parent[of];
        }
        of
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The set of each element, numbered in order of first appearance.
    fn numbers(mut self) -> Vec<usize> {
        let mut of_root = HashMap::new();
        (0..self.parent.len())
            .map(|element| {
                let root = self.root(element);
                let next = of_root.len();
                *of_root.entry(root).or_insert(next)
            })
            .collect()
    }
}

/// What two tunes with the same notes have in common in whatever key: the intervals and lengths.
pub(super) fn relative(melody: &[(i32, Duration)]) -> impl Iterator<Item = (i32, Duration)> {
    let first = melody.first().map_or(0, |note| note.0);
    melody.iter().map(move |(pitch, duration)| (pitch - first, *duration))
}
