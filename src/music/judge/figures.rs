//! A set of tunes in numbers.

use serde::Serialize;

use super::counts::{Counts, Shares};
use super::notes::share;
use super::verdict::Verdict;
use crate::music::abc::AsTune;
use crate::music::corpus::near_duplicate_groups;

/// Figures of a set; shares are from 0 to 1.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// How many tunes.
    pub tunes: usize,
    /// Share that reads without complaint; what follows counts only those.
    pub reads: f64,
    /// Share in which every bar adds up.
    pub bars: f64,
    /// Share that ends on the tonic.
    pub tonic: f64,
    /// Share whose parts are 8 or 16 bars.
    pub parts: f64,
    /// Share whose repeats pair up.
    pub repeats: f64,
    /// Share that is good: reads, bars, tonic and parts are right.
    pub good: f64,
    /// Share that reads and is no near-copy of a corpus tune.
    pub new: f64,
    /// Share that is good and new.
    pub good_and_new: f64,
    /// Share that has more than half of its notes in one run with a corpus tune.
    pub near_copies: f64,
    /// Share that is a near-duplicate of an earlier tune of the set.
    pub duplicates: f64,
    /// Mean over the tunes that read: share of the notes that belong to the key.
    pub in_key: f64,
    /// Mean: semitones from lowest to highest note.
    pub range: f64,
    /// Mean: share of intervals larger than a major third.
    pub leaps: f64,
    /// Mean: share of the bars that are different.
    pub distinct_bars: f64,
    /// Mean: notes as written.
    pub notes: f64,
    /// Mean: notes of the longest run shared with a corpus tune.
    pub longest_run: f64,
    /// Mean: that run as a share of the tune.
    pub longest_share: f64,
}

impl Figures {
    /// The figures of judged tunes, which are given in the same order.
    pub fn of(verdicts: &[Verdict], set: &[impl AsTune]) -> Self {
        let counts = Counts::of(verdicts);
        let Shares { tunes, reads, bars, tonic, parts, good, new, good_and_new, .. } =
            counts.shares(counts.tunes);
        let part = |test: fn(&Verdict) -> bool| {
            share(verdicts.iter().filter(|verdict| test(verdict)).count(), tunes)
        };
        let reading: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.reads).collect();
        let mean = |figure: fn(&Verdict) -> f64| {
            let sum = reading.iter().fold(0.0, |sum, verdict| sum + figure(verdict)); // never -0
            sum / reading.len().max(1) as f64
        };
        let groups = near_duplicate_groups(set).into_iter().max().map_or(0, |last| last + 1);
        Self {
            tunes,
            reads,
            bars,
            tonic,
            parts,
            repeats: part(|v| v.repeats),
            good,
            new,
            good_and_new,
            near_copies: part(|v| v.copied.is_near_copy()),
            duplicates: share(tunes - groups, tunes),
            in_key: mean(|v| v.melody.in_key),
            range: mean(|v| f64::from(v.melody.range)),
            leaps: mean(|v| v.melody.leaps),
            distinct_bars: mean(|v| v.melody.distinct_bars),
            notes: mean(|v| v.melody.notes as f64),
            longest_run: mean(|v| v.copied.notes as f64),
            longest_share: mean(|v| v.copied.share()),
        }
    }
}
