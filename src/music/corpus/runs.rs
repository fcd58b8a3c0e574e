//! Which tunes share a run of steps that is over half of one of them.
//!
//! A tune of n steps wants k = n/2 + 1 successive ones in another tune. For each k all runs of the tunes
//! that want it go into a table, each under its hash and with the first tune that has it, and those of all
//! longer tunes are looked up there. Shorter ones need no look: they want less, and have asked for that.
//! Steps are compared where hashes agree, so that what is found does not depend on them.
//!
//! Most tunes are passed over by a sieve: where one holds a run of k steps, it holds the k - d + 1 of them
//! that begin at a multiple of d. With d = 2k/3 those are a third of its steps at four places or so.

use rayon::prelude::*;
use std::sync::Mutex;

/// The steps of all tunes in one row, equal steps as equal numbers.
pub(super) struct Melodies {
    pub(super) steps: Vec<u32>,
    /// Where each tune begins in `steps`; one more at the end.
    pub(super) starts: Vec<u32>,
}

impl Melodies {
    fn of(&self, tune: u32) -> &[u32] {
        let [start, end] = [0, 1].map(|more| self.starts[tune as usize + more] as usize);
        &self.steps[start..end]
    }

    /// How many steps of a tune another one must share.
    fn wanted(&self, tune: u32) -> usize {
        self.of(tune).len() / 2 + 1
    }
}

/// Runs that are in a table at a time, or about so many.
const TOGETHER: usize = 1 << 20;

/// Calls `join` with pairs of tunes of which one has what the other wants: with so many that all such
/// pairs follow from them.
pub(super) fn join_sharing(melodies: &Melodies, join: impl FnMut(usize, usize) + Send) {
    join_in_parts(melodies, TOGETHER, join);
}

fn join_in_parts(melodies: &Melodies, together: usize, join: impl FnMut(usize, usize) + Send) {
    let count = u32::try_from(melodies.starts.len() - 1).expect("fewer than 2^32 tunes");
    let mut tunes: Vec<u32> = (0..count).filter(|&tune| !melodies.of(tune).is_empty()).collect();
    tunes.sort_by_key(|&tune| melodies.wanted(tune));
    let (mut searches, mut left) = (Vec::new(), &tunes[..]);
    for alike in tunes.chunk_by(|&a, &b| melodies.wanted(a) == melodies.wanted(b)) {
        let (alike, longer) = left.split_at(alike.len());
        searches.push(Search { melodies, wanted: melodies.wanted(alike[0]), alike, longer });
        left = longer;
    }
    let join = Mutex::new(join);
    searches.par_iter().with_max_len(1).for_each(|search| {
        let (sieve, parts) = (Sieve::new(search), search.runs().div_ceil(together) as u64);
        (0..parts).into_par_iter().for_each(|part| {
            let pairs = search.pairs(&sieve, (part, parts));
            let mut join = join.lock().expect("joining does not panic");
            pairs.iter().for_each(|&(a, b)| join(a as usize, b as usize));
        });
    });
}

/// The search for runs of some tunes in these and in all that are longer.
struct Search<'a> {
    melodies: &'a Melodies,
    /// Steps of a run.
    wanted: usize,
    /// The tunes that want so many, and those that want more.
    alike: &'a [u32],
    longer: &'a [u32],
}

/// Where a run begins, and some bits of its hash.
#[derive(Clone, Copy)]
struct Run {
    tune: u32,
    start: u16,
    tag: u16,
}

/// In the place of a run where there is none.
const NONE: Run = Run { tune: u32::MAX, start: 0, tag: 0 };

impl Search<'_> {
    /// How many runs are searched for.
    fn runs(&self) -> usize {
        let runs = |&tune: &u32| self.melodies.of(tune).len() + 1 - self.wanted;
        self.alike.iter().map(runs).sum()
    }

    /// Tunes that share a run: each with the first that has it. `part`: of so many parts of all runs,
    /// divided by their hashes, which.
    fn pairs(&self, sieve: &Sieve, part: (u64, u64)) -> Vec<(u32, u32)> {
        let runs: usize = self.alike.iter().map(|&tune| self.runs_of(tune, part).count()).sum();
        // at most half full: a place is always found, and soon
        let bits = (2 * runs).max(1).ilog2() + 1;
        let (mut table, mut pairs) = (vec![NONE; 1 << bits], Vec::new());
        // tunes that were joined with none before them: where it is one, all in the table are joined
        let mut first_ones = 0;
        let longer = self.longer.iter().filter(|tune| sieve.passes(self.melodies.of(**tune)));
        let longer = longer.map(|tune| (tune, false));
        for (&tune, enters) in self.alike.iter().map(|tune| (tune, true)).chain(longer) {
            let mut last = tune;
            for (run, hash) in self.runs_of(tune, part) {
                // of a tune that has been joined with this one nothing need be compared
                let found = |other: Run| (enters || other.tune != last) && self.same(run, other);
                let mut at = (hash >> (64 - bits)) as usize;
                while table[at].tune != NONE.tune && !found(table[at]) {
                    at = (at + 1) & (table.len() - 1);
                }
                let other = table[at].tune;
                if other == NONE.tune {
                    if enters {
                        table[at] = run;
                    }
                } else if other != last && other != tune {
                    pairs.push((tune, other));
                    last = other;
                    if first_ones == 1 && !enters {
                        break;
                    }
                }
            }
            first_ones += usize::from(enters && last == tune);
        }
        pairs
    }

    /// The runs of a tune in a part, and their hashes.
    fn runs_of(&self, tune: u32, (part, parts): (u64, u64)) -> impl Iterator<Item = (Run, u64)> {
        let hashes = (0..).zip(hashes(self.melodies.of(tune), self.wanted));
        let mine = move |hash: u64| (u64::from(hash as u32) * parts) >> 32 == part;
        hashes
            .filter(move |&(_, hash)| mine(hash))
            .map(move |(start, hash)| (Run { tune, start, tag: (hash >> 8) as u16 }, hash))
    }

    fn same(&self, a: Run, b: Run) -> bool {
        let steps = |run: Run| &self.melodies.of(run.tune)[run.start.into()..][..self.wanted];
        a.tag == b.tag && steps(a) == steps(b)
    }
}

/// Lets tunes pass that may have a run which is searched for, and few others.
struct Sieve {
    /// Steps from one place to the next that is looked at, and steps that are looked at there: d and
    /// k - d + 1.
    every: usize,
    length: usize,
    /// Two bits of a word for each `length` steps in a row of the tunes that want k.
    words: Vec<u64>,
}

impl Sieve {
    fn new(Search { melodies, wanted, alike, longer }: &Search) -> Self {
        // where none are longer there is nothing to sieve
        let alike = if longer.is_empty() { &[] } else { *alike };
        let every = 2 * wanted / 3;
        let length = wanted - every + 1;
        let hashes = |&tune| hashes(melodies.of(tune), length);
        let count: usize = alike.iter().map(|&tune| melodies.of(tune).len()).sum();
        let words = vec![0; (count / 4).next_power_of_two()];
        let mut sieve = Self { every, length, words };
        for hash in alike.iter().flat_map(hashes) {
            let (word, bits) = sieve.place(hash);
            sieve.words[word] |= bits;
        }
        sieve
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let bits = 1 << (hash & 63) | 1 << ((hash >> 6) & 63);
        ((hash >> 20) as usize & (self.words.len() - 1), bits)
    }

    fn passes(&self, steps: &[u32]) -> bool {
        steps.windows(self.length).step_by(self.every).any(|part| {
            let (word, bits) = self.place(stirred(sum(part)));
            self.words[word] & bits == bits
        })
    }
}

/// The base of a polynomial of steps, whose value modulo 2^64 tells runs apart.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

fn and(sum: u64, step: u32) -> u64 {
    sum.wrapping_mul(BASE).wrapping_add(step.into())
}

fn sum(run: &[u32]) -> u64 {
    run.iter().fold(0, |sum, &step| and(sum, step))
}

/// A hash: in a sum few steps reach the lower bits.
fn stirred(sum: u64) -> u64 {
    (sum ^ (sum >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// The hash of each run of `length` steps, one after the other.
fn hashes(steps: &[u32], length: usize) -> impl Iterator<Item = u64> {
    let highest = BASE.wrapping_pow(length as u32);
    let (first, rest) = steps.split_at(length);
    let first = sum(first);
    let rolled = rest.iter().zip(steps).scan(first, move |sum, (&new, &old)| {
        *sum = and(*sum, new).wrapping_sub(highest.wrapping_mul(old.into()));
        Some(*sum)
    });
    std::iter::once(first).chain(rolled).map(stirred)
}

#[cfg(test)]
mod tests {
    use super::{Melodies, hashes, join_in_parts};
    use proptest::prelude::*;

    /// For each tune the first of its group.
    fn joined(tunes: &[Vec<u32>], together: usize, threads: usize) -> Vec<usize> {
        let ends = (0..=tunes.len()).map(|end| tunes[..end].concat().len() as u32);
        let melodies = Melodies { steps: tunes.concat(), starts: ends.collect() };
        let mut first: Vec<usize> = (0..tunes.len()).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| join_in_parts(&melodies, together, |a, b| join(&mut first, a, b)));
        first
    }

    fn join(first: &mut [usize], a: usize, b: usize) {
        let (a, b) = (first[a], first[b]);
        first.iter_mut().filter(|one| **one == a.max(b)).for_each(|one| *one = a.min(b));
    }

    /// The same by the definition: all pairs of tunes, all runs of the shorter one, all places.
    fn defined(tunes: &[Vec<u32>]) -> Vec<usize> {
        let mut first: Vec<usize> = (0..tunes.len()).collect();
        for (a, b) in (0..tunes.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let runs =
                |tune: usize| tunes[tune].windows(tunes[a].len().min(tunes[b].len()) / 2 + 1);
            if runs(a).any(|run| runs(b).any(|other| run == other)) {
                join(&mut first, a, b);
            }
        }
        first
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Tunes are made of a few phrases of three kinds of steps, so that they share much.
        #[test]
        fn the_tunes_that_are_joined_are_those_of_the_definition(
            phrases in prop::collection::vec(prop::collection::vec(0_u32..3, 1..12), 1..6),
            tunes in prop::collection::vec(prop::collection::vec(0_usize..6, 0..6), 0..16),
            together in 1_usize..9,
        ) {
            let phrase = |&at: &usize| phrases[at % phrases.len()].clone();
            let tune = |tune: &Vec<usize>| tune.iter().flat_map(phrase).collect();
            let mut tunes: Vec<Vec<u32>> = tunes.iter().map(tune).collect();
            tunes.iter_mut().filter(|tune| tune.len() < 8).for_each(Vec::clear);
            let defined = defined(&tunes);
            for threads in [1, 5] {
                prop_assert_eq!(&joined(&tunes, together, threads), &defined);
            }
        }
    }

    #[test]
    fn a_run_of_over_half_of_the_shorter_tune_joins_and_a_step_less_does_not() {
        for (n, more) in (8..40).flat_map(|n| [0, 1, 30].map(|more| (n, more))) {
            for start in 0..n - n / 2 {
                let one: Vec<u32> = (0..n as u32).collect();
                let mut other: Vec<u32> = (100..100 + (n + more) as u32).collect();
                other[more / 2 + 1..][..n / 2].copy_from_slice(&one[start..][..n / 2]);
                assert_eq!(joined(&[one.clone(), other.clone()], 99, 1), [0, 1], "{n} {more}");
                other[more / 2 + 1 + n / 2] = one[start + n / 2];
                assert_eq!(joined(&[other, one], 99, 1), [0, 0], "{n} {more} {start}");
            }
        }
    }

    #[test]
    fn runs_with_one_hash_are_told_apart() {
        let (a, b) = ([0, 0, 0, 2934, 0], [163, 788, 2850, 0, 2789]);
        assert!(hashes(&a, 5).eq(hashes(&b, 5)));
        let tune = |run: [u32; 5], other| [[other; 2].to_vec(), run.to_vec(), vec![other]].concat();
        let tunes = [tune(a, 5000), tune(b, 5001), tune(b, 5002), tune(a, 5003)];
        assert_eq!(joined(&tunes, 99, 1), [0, 1, 1, 0]);
    }
}
