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

use std::cmp::Ordering;
use std::collections::HashMap;

use num_traits::Zero;
use rayon::prelude::*;

use crate::music::abc::{AsTune, Duration, Event, Tune, checked_add, checked_div};

/// A tune with fewer steps has no melody to compare and joins only identical text.
pub(super) const MIN_STEPS: usize = 8;
/// Steps beyond this are not compared, so that one endless "tune" can not stall the sorting.
const MAX_STEPS: usize = 2000;

/// The group of each tune: tunes have the same number exactly if they are near duplicates.
///
/// Numbers count up from 0 in order of first appearance. Tunes that are too short or can not be
/// read are alone, except that equal texts are always together.
///
/// # Panics
/// Where the tunes have 2^32 notes or more.
pub fn near_duplicate_groups<T: AsTune>(tunes: &[T]) -> Vec<usize> {
    let mut groups = UnionFind::new(tunes.len());
    let mut first_with_text = HashMap::new();
    for (index, tune) in tunes.iter().enumerate() {
        groups.join(index, *first_with_text.entry(tune.text().trim_end()).or_insert(index));
    }
    join_sharing(&Melodies::of(tunes), &mut groups);
    groups.numbers()
}

/// The steps of all tunes in one row, equal steps as equal numbers, [`END`] after each tune.
struct Melodies {
    steps: Vec<u32>,
    /// Where each tune begins in `steps`; one more at the end.
    starts: Vec<u32>,
}

/// Less than any step, so that of two runs that begin alike the shorter one comes first.
const END: u32 = 0;

/// How many tunes are read before their steps are numbered: notes take more room than numbers.
const READ_TOGETHER: usize = 1 << 12;

impl Melodies {
    /// The steps of each tune; none where there are too few.
    fn of(tunes: &[impl AsTune]) -> Self {
        let mut numbers: HashMap<(i32, Duration), u32> = HashMap::new();
        let mut number = |step| {
            let next = numbers.len() as u32 + 1;
            *numbers.entry(step).or_insert(next)
        };
        let (mut all, mut starts) = (Vec::new(), vec![0]);
        for some in tunes.chunks(READ_TOGETHER) {
            let melodies: Vec<_> = some.par_iter().map(|tune| steps(&tune.read())).collect();
            for melody in melodies {
                if melody.len() >= MIN_STEPS {
                    all.extend(melody.into_iter().map(&mut number));
                }
                all.push(END);
                starts.push(u32::try_from(all.len()).expect("texts are shorter than 4 GiB"));
            }
        }
        Self { steps: all, starts }
    }

    /// Runs from two places on as they stand in a dictionary; no two are equal.
    fn compare(&self, a: u32, b: u32) -> Ordering {
        let alike = self.shared(a, b);
        let step = |at: u32| self.steps[at as usize + alike];
        step(a).cmp(&step(b)).then(a.cmp(&b))
    }

    /// How many steps two runs share.
    fn shared(&self, a: u32, b: u32) -> usize {
        let both = self.steps[a as usize..].iter().zip(&self.steps[b as usize..]);
        both.take_while(|(a, b)| a == b && **a != END).count()
    }

    /// The tune of a place, and how many steps of it another tune must share.
    fn tune(&self, at: u32) -> (usize, usize) {
        let tune = self.starts.partition_point(|&start| start <= at) - 1;
        let steps = self.starts[tune + 1] - self.starts[tune] - 1;
        (tune, steps as usize / 2 + 1)
    }
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
fn join_sharing(melodies: &Melodies, groups: &mut UnionFind) {
    let places = 0..melodies.steps.len() as u32;
    let mut suffixes: Vec<u32> = places.filter(|&at| melodies.steps[at as usize] != END).collect();
    suffixes.par_sort_unstable_by(|&a, &b| melodies.compare(a, b));
    let forwards = suffixes.iter().copied();
    sweep(melodies, forwards.clone(), groups);
    sweep(melodies, forwards.rev(), groups);
}

/// Walks over suffixes in their order or against it.
fn sweep(melodies: &Melodies, suffixes: impl Iterator<Item = u32>, groups: &mut UnionFind) {
    let mut alive = usize::MAX;
    let mut last: Option<(u32, usize)> = None;
    for at in suffixes {
        let (tune, wanted) = melodies.tune(at);
        if let Some((before, tune_before)) = last {
            alive = carry(alive, melodies.shared(before, at), tune_before, tune, groups);
        }
        alive = alive.min(wanted);
        last = Some((at, tune));
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
pub(super) fn relative(melody: &[(i32, Duration)]) -> impl Iterator<Item = (i32, Duration)> {
    let first = melody.first().map_or(0, |note| note.0);
    melody.iter().map(move |(pitch, duration)| (pitch - first, *duration))
}
