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
//!
//! How: sort all suffixes of all tunes; suffixes that begin alike are then neighbours, and between
//! two of them the shared run is the smallest of the neighbours' shared runs in between. So a tune
//! whose run of k steps occurs elsewhere is joined by walking from its suffix to both sides as long
//! as neighbours share k steps. Walking from all suffixes at once takes a single sweep in each
//! direction that keeps only the smallest such k still alive: N notes cost O(N log N) comparisons.

use std::collections::HashMap;

use num_traits::Zero;

use crate::abc::{self, Duration, Event, Tune, checked_add, checked_div};

/// A tune with fewer steps has no melody to compare and joins only identical text.
const MIN_STEPS: usize = 8;
/// Steps beyond this are not compared, so that one endless "tune" can not stall the sorting.
const MAX_STEPS: usize = 2000;

/// The group of each tune: tunes have the same number exactly if they are near duplicates.
///
/// Numbers count up from 0 in order of first appearance. Tunes that are too short or can not be
/// read are alone, except that equal texts are always together.
pub fn near_duplicate_groups(tunes: &[&str]) -> Vec<usize> {
    let mut groups = UnionFind::new(tunes.len());
    let mut first_with_text = HashMap::new();
    for (index, tune) in tunes.iter().enumerate() {
        groups.join(index, *first_with_text.entry(tune.trim_end()).or_insert(index));
    }
    let melodies = steps_of_all(tunes);
    join_sharing(&melodies, &mut groups);
    groups.numbers()
}

/// The steps of each tune, equal steps as equal numbers; empty where there are too few.
fn steps_of_all(tunes: &[&str]) -> Vec<Vec<u32>> {
    let mut numbers: HashMap<(i32, Duration), u32> = HashMap::new();
    let mut number = |step| {
        let next = numbers.len() as u32;
        *numbers.entry(step).or_insert(next)
    };
    tunes
        .iter()
        .map(|tune| {
            let steps: Vec<u32> = steps(&abc::read(tune)).into_iter().map(&mut number).collect();
            if steps.len() < MIN_STEPS { Vec::new() } else { steps }
        })
        .collect()
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

/// Joins the tunes that share a run of over half of one of them.
fn join_sharing(melodies: &[Vec<u32>], groups: &mut UnionFind) {
    let mut suffixes: Vec<(u32, u32)> = Vec::new();
    for (tune, melody) in melodies.iter().enumerate() {
        suffixes.extend((0..melody.len()).map(|from| (tune as u32, from as u32)));
    }
    let text = |&(tune, from): &(u32, u32)| &melodies[tune as usize][from as usize..];
    suffixes.sort_unstable_by(|a, b| text(a).cmp(text(b)).then(a.cmp(b)));
    let shared: Vec<usize> = suffixes
        .windows(2)
        .map(|pair| text(&pair[0]).iter().zip(text(&pair[1])).take_while(|(a, b)| a == b).count())
        .collect();
    let tune = |rank: usize| suffixes[rank].0 as usize;
    let wanted = |rank: usize| melodies[tune(rank)].len() / 2 + 1;

    let mut alive = usize::MAX;
    for (rank, &shared) in shared.iter().enumerate() {
        alive = carry(alive.min(wanted(rank)), shared, tune(rank), tune(rank + 1), groups);
    }
    alive = usize::MAX;
    for (rank, &shared) in shared.iter().enumerate().rev() {
        alive = carry(alive.min(wanted(rank + 1)), shared, tune(rank), tune(rank + 1), groups);
    }
}

/// Joins two neighbours if the smallest run alive fits into what they share; else no run does.
fn carry(alive: usize, shared: usize, a: usize, b: usize, groups: &mut UnionFind) -> usize {
    if alive > shared {
        return usize::MAX;
    }
    groups.join(a, b);
    alive
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
pub(super) fn near_exact_key(melody: &[(i32, Duration)]) -> Vec<(i32, Duration)> {
    let first = melody.first().map_or(0, |note| note.0);
    melody.iter().map(|(pitch, duration)| (pitch - first, *duration)).collect()
}
