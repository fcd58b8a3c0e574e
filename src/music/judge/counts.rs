//! How many tunes of a set have each virtue.

use std::ops::AddAssign;

use super::verdict::Verdict;

/// Tunes of a set, all and those with each virtue. Sets may be judged in parts: counts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
        let verdicts = judge(&tunes, &Known::new(&abc::tunes(EMBEDDED)), || {});
        let counts = Counts::of(&verdicts);
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
