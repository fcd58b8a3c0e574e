//! Which bars come again.
//!
//! Of the tunes in which every part has 8 bars as written: an upbeat is no bar, the halves of a
//! split bar are one, and of endings the first counts. The bars of all parts in a row are
//! `b[0], b[1], ..`, so that part `p` (from 0) has `b[8p]` to `b[8p + 7]`; two are the same if they
//! have the same notes, chords and rests with the same durations. Ties, grace notes, chord symbols
//! and how a pitch is spelled make no difference. In the order of [`Again`]:
//!
//! ```text
//! bar_k_before               b[n] = b[n - k], for every n >= k: across parts too
//! last_bar_of_part_before    b[8p + 7] = b[8p - 1], for every p >= 1
//! part_2_opens_as_part_1     b[8] = b[0]
//! bar_5_is_bar_1             b[8p + 4] = b[8p], for every p
//! ```
//!
//! Shares of a set are of all such pairs of bars in it, not means of the tunes' shares.

use std::iter::Sum;
use std::ops::AddAssign;

use serde::{Serialize, Serializer};

use super::form::Counted;
use super::notes::{content, share};
use crate::music::abc::Tune;

/// Bars of a part.
const BARS: usize = 8;

/// How often a pair of bars is the same. It is serialized as its share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// Pairs that are the same.
    pub same: usize,
    /// Pairs that were compared.
    pub of: usize,
}

impl Times {
    /// `same / of`, from 0 to 1; `None` where there was nothing to compare.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| share(self.same, self.of))
    }
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.share().serialize(serializer)
    }
}

impl FromIterator<bool> for Times {
    fn from_iter<I: IntoIterator<Item = bool>>(pairs: I) -> Self {
        let mut times = Self::default();
        for same in pairs {
            times.same += usize::from(same);
            times.of += 1;
        }
        times
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Self) {
        self.same += other.same;
        self.of += other.of;
    }
}

/// How often bars come again in tunes of 8-bar parts; the head of the file says what is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Again {
    /// Tunes that read and have 8 bars in every part; the others count for nothing.
    pub tunes: usize,
    /// A bar is the bar 2 before.
    pub bar_2_before: Times,
    /// A bar is the bar 4 before.
    pub bar_4_before: Times,
    /// A bar is the bar 8 before, which is the same bar of the part before.
    pub bar_8_before: Times,
    /// The last bar of a part is that of the part before.
    pub last_bar_of_part_before: Times,
    /// The second part begins with the same bar as the first.
    pub part_2_opens_as_part_1: Times,
    /// Bar 5 of a part is its bar 1.
    pub bar_5_is_bar_1: Times,
}

impl Again {
    /// Of one tune and its parts, of which there are none where it does not read.
    pub(super) fn of(tune: &Tune, parts: &[Counted]) -> Self {
        if parts.is_empty() || parts.iter().any(|part| part.bars.len() != BARS) {
            return Self::default();
        }
        let bars = parts.iter().flat_map(|part| &part.bars);
        let bars: Vec<_> = bars.map(|written| content(&tune.bars[written.clone()])).collect();
        let compare = |places: &mut dyn Iterator<Item = usize>, before: usize| {
            places.map(|at| bars[at] == bars[at - before]).collect()
        };
        let each = |first| (first..bars.len()).step_by(BARS);
        let back = |k: usize| compare(&mut (k..bars.len()), k);
        Self {
            tunes: 1,
            bar_2_before: back(2),
            bar_4_before: back(4),
            bar_8_before: back(8),
            last_bar_of_part_before: compare(&mut each(2 * BARS - 1), BARS),
            part_2_opens_as_part_1: compare(&mut each(BARS).take(1), BARS),
            bar_5_is_bar_1: compare(&mut each(4), 4),
        }
    }
}

impl AddAssign for Again {
    fn add_assign(&mut self, other: Self) {
        self.tunes += other.tunes;
        self.bar_2_before += other.bar_2_before;
        self.bar_4_before += other.bar_4_before;
        self.bar_8_before += other.bar_8_before;
        self.last_bar_of_part_before += other.last_bar_of_part_before;
        self.part_2_opens_as_part_1 += other.part_2_opens_as_part_1;
        self.bar_5_is_bar_1 += other.bar_5_is_bar_1;
    }
}

impl Sum for Again {
    fn sum<I: Iterator<Item = Self>>(tunes: I) -> Self {
        let mut sum = Self::default();
        tunes.for_each(|tune| sum += tune);
        sum
    }
}
