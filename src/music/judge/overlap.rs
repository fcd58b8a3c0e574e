//! How alike two sets of tunes are, after Yang and Lerch, "On the evaluation of generative models
//! in music" (2020).
//!
//! A tune is its histogram of pitch classes, intervals or durations, as shares of its notes. Two
//! distributions of Euclidean distances between histograms are compared: from each corpus tune to
//! each other (intra-set), and from each tune of the set to each of the corpus (inter-set). Both
//! become densities by a Gaussian kernel whose bandwidth is Scott's, σ n^(-1/5) for n distances.
//! The overlap is the area below both: 1 where the set's tunes are as far from the corpus as its
//! own tunes are from each other, less where they keep closer or stray.
//!
//! Simpler than the paper:
//! - Three of its features, those that a melody has.
//! - Both densities are taken on one grid; a grid for each, as in the authors' own program,
//!   compares different places.
//! - Distances are counted in the cells of the grid first, and the cells are smoothed: exact to half
//!   a cell (0.002), in memory that does not grow with the number of pairs.
//! - The overlap alone, without the Kullback-Leibler divergence, which is endless where one density
//!   is zero.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::notes::Histograms;
use super::verdict::Verdict;
use crate::music::abc::Duration;

/// Overlaps of the distributions of distances, from 0 to 1; 0 where there are none.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Overlap {
    /// Of pitch classes above the tonic.
    pub pitch_class: f64,
    /// Of intervals.
    pub interval: f64,
    /// Of durations.
    pub duration: f64,
}

/// Bins of a histogram; unused ones are 0.
const BINS: usize = 32;
type Shares = [f32; BINS];

/// Cells of the grid and its ends; distances lie between 0 and the square root of 2, and their
/// densities a little beyond.
const CELLS: usize = 512;
const FROM: f64 = -0.25;
const TO: f64 = 1.75;
const CELL: f64 = (TO - FROM) / CELLS as f64;

impl Overlap {
    /// Compares a set with a corpus; what does not read is left out.
    pub fn of<'a>(
        set: impl IntoIterator<Item = &'a Verdict>,
        corpus: impl IntoIterator<Item = &'a Verdict>,
    ) -> Self {
        let (set, corpus) = (histograms(set), histograms(corpus));
        let durations = common_durations(set.iter().chain(&corpus).copied());
        let other = durations.len();
        let duration = |length: &Duration| durations.get(length).copied().unwrap_or(other);
        let compare = |shares: &dyn Fn(&Histograms) -> Shares| {
            let shares = |some: &[&Histograms]| some.iter().map(|one| shares(one)).collect();
            let (set, corpus): (Vec<Shares>, Vec<Shares>) = (shares(&set), shares(&corpus));
            let intra = distances(&corpus, |at| &corpus[at + 1..]);
            let inter = distances(&set, |_| &corpus);
            area(&density(&intra), &density(&inter))
        };
        Self {
            pitch_class: compare(&|tune| shares(&tune.pitch_classes, |class| *class as usize)),
            interval: compare(&|tune| shares(&tune.intervals, |steps| (*steps + 12) as usize)),
            duration: compare(&|tune| shares(&tune.durations, duration)),
        }
    }
}

fn histograms<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<&'a Histograms> {
    let reading = verdicts.into_iter().filter(|verdict| verdict.reads);
    reading.map(|verdict| &verdict.melody.histograms).collect()
}

/// A bin for each of the most frequent durations; one is left for all the others.
fn common_durations<'a>(tunes: impl Iterator<Item = &'a Histograms>) -> BTreeMap<Duration, usize> {
    let mut counts: BTreeMap<Duration, usize> = BTreeMap::new();
    for (length, count) in tunes.flat_map(|tune| &tune.durations) {
        *counts.entry(*length).or_default() += count;
    }
    let mut lengths: Vec<(Duration, usize)> = counts.into_iter().collect();
    lengths.sort_by_key(|(length, count)| (std::cmp::Reverse(*count), *length));
    lengths.into_iter().take(BINS - 1).zip(0..).map(|((length, _), bin)| (length, bin)).collect()
}

fn shares<K>(counts: &BTreeMap<K, usize>, bin: impl Fn(&K) -> usize) -> Shares {
    let all = counts.values().sum::<usize>().max(1) as f32;
    let mut shares = [0.0; BINS];
    for (key, count) in counts {
        shares[bin(key)] += *count as f32 / all;
    }
    shares
}

/// How many distances fall into each cell, from each tune to those that `others` gives for its
/// place.
fn distances<'a>(tunes: &[Shares], others: impl Fn(usize) -> &'a [Shares] + Sync) -> Vec<u64> {
    const TOGETHER: usize = 64;
    let count = |(chunk, tunes): (usize, &[Shares])| {
        let mut cells = vec![0u64; CELLS];
        for (at, tune) in tunes.iter().enumerate() {
            for other in others(chunk * TOGETHER + at) {
                let cell = (f64::from(distance(tune, other)) - FROM) / CELL;
                cells[cell as usize] += 1;
            }
        }
        cells
    };
    let parts: Vec<Vec<u64>> = tunes.par_chunks(TOGETHER).enumerate().map(count).collect();
    let mut sum = vec![0; CELLS];
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
    }
    sum
}

fn distance(a: &Shares, b: &Shares) -> f32 {
    // eight sums side by side, which the compiler can keep in one register
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().fold(0.0, |sum, part| sum + part).sqrt()
}

/// The share of each cell under a Gaussian kernel; all zero where there are no distances.
fn density(counts: &[u64]) -> Vec<f64> {
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let moment = |power: fn(f64) -> f64| {
        let place = |cell: usize| power((cell as f64 + 0.5) * CELL);
        counts.iter().enumerate().fold(0.0, |sum, (at, n)| sum + *n as f64 * place(at)) / all
    };
    let mean = moment(|place| place);
    let deviation = (moment(|place| place * place) - mean * mean).max(0.0).sqrt();
    // where all distances are equal, one cell
    let bandwidth = (deviation * libm::pow(all, -0.2)).max(CELL);
    let kernel: Vec<f64> = (0..CELLS)
        .map(|cells| cells as f64 * CELL / bandwidth)
        .map(|far| libm::exp(-0.5 * far * far))
        .collect();
    let mut density = vec![0.0; CELLS];
    for (from, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        for (to, share) in density.iter_mut().enumerate() {
            *share += *count as f64 * kernel[from.abs_diff(to)];
        }
    }
    let whole = density.iter().fold(0.0, |sum, share| sum + share);
    density.iter().map(|share| if whole > 0.0 { share / whole } else { 0.0 }).collect()
}

fn area(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).fold(0.0, |area, (a, b)| area + a.min(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::judge::{Again, Copied, Melody, NONE};

    #[test]
    fn a_rare_duration_is_not_a_common_one() {
        let verdict = |durations: Vec<(i64, usize)>| {
            let durations = durations.into_iter().map(|(n, count)| (Duration::new(n, 8), count));
            let histograms = Histograms { durations: durations.collect(), ..Default::default() };
            Verdict {
                title: String::new(),
                rhythm: NONE,
                reads: true,
                bars: true,
                tonic: true,
                parts: true,
                repeats: true,
                again: Again::default(),
                melody: Melody { histograms, ..Melody::default() },
                copied: Copied::default(),
                unplayable: None,
            }
        };
        let all_lengths = (2..=BINS as i64).map(|n| (n, 2)).collect();
        let corpus = [vec![(1, 9)], vec![(1, 9)], vec![(1, 9)], all_lengths].map(verdict);
        let [rare, common] = [99, 1].map(|n| Overlap::of(&[verdict(vec![(n, 1)])], &corpus));
        assert!(rare.duration < 0.5 && common.duration > 0.7, "{rare:?} {common:?}");
        // one tune has no other to be distant from
        assert_eq!(Overlap::of(&corpus[..1], &corpus[..1]).duration, 0.0);
    }

    #[test]
    fn a_density_is_what_the_formula_says() {
        // three distances, and the sum of their three kernels at every cell
        let places = [300, 310, 340];
        let mut counts = vec![0; CELLS];
        places.iter().for_each(|place| counts[*place] = 1);
        let mean = 950.0 / 3.0;
        let variance =
            places.iter().fold(0.0, |sum, at| sum + (*at as f64 - mean) * (*at as f64 - mean))
                / 3.0;
        let bandwidth = variance.sqrt() / libm::pow(3.0, 0.2);
        let kernel = |far: f64| {
            libm::exp(-0.5 * far * far) / (bandwidth * libm::sqrt(std::f64::consts::TAU))
        };
        for (cell, share) in density(&counts).into_iter().enumerate() {
            let sum = places
                .iter()
                .fold(0.0, |sum, at| sum + kernel((cell as f64 - *at as f64) / bandwidth));
            approx::assert_abs_diff_eq!(share, sum / 3.0, epsilon = 1e-9);
        }
        assert!(area(&density(&counts), &density(&counts)) > 1.0 - 1e-9);
        assert_eq!(area(&density(&[0; CELLS]), &density(&counts)), 0.0);
    }

    #[test]
    fn each_pair_is_counted_once_in_the_cell_of_its_distance() {
        let tune = |share: f32| {
            let mut shares = [0.0; BINS];
            (shares[3], shares[30]) = (share, 1.0 - share);
            shares
        };
        let tunes: Vec<Shares> = (0..150).map(|_| tune(0.25)).chain([tune(0.75)]).collect();
        let counts = distances(&tunes, |at| &tunes[at + 1..]);
        let cell = |distance: f64| ((distance - FROM) / CELL) as usize;
        assert_eq!(counts[cell(0.0)], 150 * 149 / 2);
        assert_eq!(counts[cell(0.5 * libm::sqrt(2.0))], 150);
        assert_eq!(counts.iter().sum::<u64>(), 151 * 150 / 2);
    }
}
