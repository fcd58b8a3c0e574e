//! How many tunes of a set have each virtue.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use super::notes::share;
use super::original::Known;
use super::verdict::{Verdict, judge};
use crate::music::abc::AsTune;

/// Tunes that are judged at once: a verdict takes more memory than its tune.
const AT_ONCE: usize = 1000;

/// Tunes of a set, all and those with each virtue. Sets may be judged in parts: counts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// All tunes.
    pub tunes: usize,
    /// Those that read without complaint; what follows counts only those.
    pub reads: usize,
    /// Those in which every bar adds up.
    pub bars: usize,
    /// Those that end on the tonic.
    pub tonic: usize,
    /// Those whose parts are of 8 or 16 bars.
    pub parts: usize,
    /// Those that are good: reads, bars, tonic and parts are right.
    pub good: usize,
    /// Those that are no near-copy of a corpus tune.
    pub new: usize,
    /// Those that are both.
    pub good_and_new: usize,
}

impl Counts {
    /// Counts some verdicts.
    pub fn of<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Self {
        let mut counts = Self::default();
        verdicts.into_iter().for_each(|verdict| counts += verdict);
        counts
    }

    /// Judges tunes against a corpus and counts them, in memory that does not grow with them.
    pub fn judged<T: AsTune>(tunes: &[T], known: &Known) -> Self {
        let mut counts = Self::default();
        for part in tunes.chunks(AT_ONCE) {
            counts += Self::of(&judge(part, known, || {}));
        }
        counts
    }

    /// Counts some verdicts for each [`Verdict::rhythm`] among them.
    pub fn by_rhythm<'a>(
        verdicts: impl IntoIterator<Item = &'a Verdict>,
    ) -> BTreeMap<&'static str, Self> {
        let mut counts: BTreeMap<&str, Self> = BTreeMap::new();
        for verdict in verdicts {
            *counts.entry(verdict.rhythm).or_default() += verdict;
        }
        counts
    }

    /// As shares of the tunes, which are themselves part of a set of `all` tunes.
    pub fn shares(self, all: usize) -> Shares {
        let of_tunes = |count| share(count, self.tunes);
        Shares {
            tunes: self.tunes,
            share: share(self.tunes, all),
            reads: of_tunes(self.reads),
            bars: of_tunes(self.bars),
            tonic: of_tunes(self.tonic),
            parts: of_tunes(self.parts),
            good: of_tunes(self.good),
            new: of_tunes(self.new),
            good_and_new: of_tunes(self.good_and_new),
        }
    }
}

/// [`Counts`] as shares of its tunes, from 0 to 1; 0 of no tune.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Shares {
    /// How many tunes.
    pub tunes: usize,
    /// Which share of a larger set they are.
    pub share: f64,
    /// Share that reads without complaint; what follows counts only those.
    pub reads: f64,
    /// Share in which every bar adds up.
    pub bars: f64,
    /// Share that ends on the tonic.
    pub tonic: f64,
    /// Share whose parts are of 8 or 16 bars.
    pub parts: f64,
    /// Share that is good.
    pub good: f64,
    /// Share that is new.
    pub new: f64,
    /// Share that is both.
    pub good_and_new: f64,
}

impl AddAssign<&Verdict> for Counts {
    fn add_assign(&mut self, verdict: &Verdict) {
        let (good, new) = (verdict.is_good(), verdict.is_new());
        self.tunes += 1;
        self.reads += usize::from(verdict.reads);
        self.bars += usize::from(verdict.bars);
        self.tonic += usize::from(verdict.tonic);
        self.parts += usize::from(verdict.parts);
        self.good += usize::from(good);
        self.new += usize::from(new);
        self.good_and_new += usize::from(good && new);
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.tunes += other.tunes;
        self.reads += other.reads;
        self.bars += other.bars;
        self.tonic += other.tonic;
        self.parts += other.parts;
        self.good += other.good;
        self.new += other.new;
        self.good_and_new += other.good_and_new;
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;
    use crate::music::abc;
    use crate::music::corpus::EMBEDDED;
    use crate::music::judge::{Known, judge};

    #[test]
    fn each_virtue_is_counted_by_its_name_and_parts_add_up() {
        let tune = |bars: &str| format!("X:1\nM:2/4\nL:1/8\nK:C\n|:{bars}:|\n\n");
        let good = "c'4|B,4|".repeat(3) + "g3B,|";
        let tunes = [
            tune(&(good.clone() + "C4")),
            tune(&(good.clone() + "D4")),
            tune("c'B,gB,|B,c'2C|C4"),
            tune("c'B,gB,|B,c'2C|C3"),
            tune(&(good.clone() + "C3")),
            tune("c'B,gB,|B,c'2C|C4 ^"),
        ];
        let tunes: Vec<&str> = tunes.iter().map(String::as_str).collect();
        let known = Known::new(&abc::tunes(EMBEDDED));
        let verdicts = judge(&tunes, &known, || {});
        let counts = Counts::of(&verdicts);
        assert_eq!(Counts::judged(&tunes, &known), counts);
        let Counts { tunes, reads, bars, tonic, parts, good, new, good_and_new } = counts;
        assert_eq!(
            [tunes, reads, bars, tonic, parts, good, new, good_and_new],
            [6, 5, 3, 4, 3, 1, 5, 1]
        );
        let mut sum = Counts::of(&verdicts[..2]);
        sum += Counts::of(&verdicts[2..]);
        assert_eq!(sum, counts);
    }
}
