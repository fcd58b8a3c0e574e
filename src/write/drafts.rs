//! How many drafts the tunes took, and when to give up.

use crate::music::wishes::Broken;
use std::collections::BTreeMap;

/// Drafts after which nothing is hoped for if none has kept its wishes.
const FIRST: usize = 2000;
/// Drafts after which one tune is given up.
const LATER: usize = 5000;

/// What became of the drafts of some tunes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drafts {
    /// Drafts that were finished or dropped.
    pub drafts: usize,
    /// Those that kept all wishes: one a tune.
    pub kept: usize,
    /// Words of titles that were drawn anew, for the book does not have them.
    pub words: usize,
    /// What the others broke.
    pub broken: BTreeMap<Broken, usize>,
    /// Tunes that were given up, counted from 0, in order.
    pub given_up: Vec<usize>,
    /// Nothing was found, and no more was tried.
    pub refused: bool,
}

impl Drafts {
    /// The share of drafts that keep all wishes, and its standard error; `None` without any.
    pub fn share(&self) -> Option<(f64, f64)> {
        let all = self.drafts as f64;
        let share = self.kept as f64 / all;
        (self.drafts > 0).then(|| (share, (share * (1.0 - share) / all).sqrt()))
    }
}

/// What is to become of a tune whose draft broke a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Draft,
    GiveUp,
    /// Of all tunes.
    Stop,
}

/// Keeps the count while tunes are written, on all threads.
pub(super) struct Ledger {
    pub(super) drafts: Drafts,
    /// The tunes that decide whether there is hope: the first ones, so that it is the same for any
    /// number of threads.
    first: usize,
    hopeless: usize,
    /// Drafts of a tune.
    most: usize,
}

impl Ledger {
    /// For `count` tunes, of which at least `side_by_side` are written at once; if `is_sure`, every
    /// draft of a tune is the same.
    pub(super) fn new(count: usize, side_by_side: usize, is_sure: bool) -> Self {
        Self {
            drafts: Drafts::default(),
            first: count.min(side_by_side),
            hopeless: 0,
            most: if is_sure { 1 } else { LATER },
        }
    }

    /// Draft `nth` of a tune, from 1, keeps all wishes.
    pub(super) fn kept(&mut self) {
        self.drafts.drafts += 1;
        self.drafts.kept += 1;
    }

    /// Draft `nth` of a tune, from 1, breaks a wish.
    pub(super) fn dropped(&mut self, tune: usize, nth: usize, broken: Broken) -> Next {
        self.drafts.drafts += 1;
        *self.drafts.broken.entry(broken).or_default() += 1;
        // each of the first tunes has its share of the first drafts
        let share = FIRST.div_ceil(self.first.max(1)).min(self.most);
        self.hopeless += usize::from(tune < self.first && nth == share);
        if self.hopeless == self.first {
            self.drafts.refused = true;
            return Next::Stop;
        }
        if nth < self.most {
            return Next::Draft;
        }
        let at = self.drafts.given_up.partition_point(|other| *other < tune);
        self.drafts.given_up.insert(at, tune);
        Next::GiveUp
    }
}

#[cfg(test)]
mod tests {
    use super::{Drafts, Ledger, Next};
    use crate::music::wishes::Broken;

    #[test]
    fn without_one_tune_in_the_first_drafts_all_is_given_up() {
        let mut ledger = Ledger::new(3, 32, false);
        for nth in 1..=667 {
            for tune in 0..3 {
                let last = (nth, tune) == (667, 2);
                let next = ledger.dropped(tune, nth, Broken::Bars);
                assert_eq!(next, if last { Next::Stop } else { Next::Draft }, "{nth}, {tune}");
            }
        }
        let Drafts { drafts, refused, .. } = ledger.drafts;
        assert_eq!((drafts, refused), (2001, true));
    }

    #[test]
    fn with_one_tune_the_others_have_more_drafts() {
        let mut ledger = Ledger::new(2, 32, false);
        ledger.kept();
        for nth in 1..=5000 {
            let last = nth == 5000;
            let next = ledger.dropped(1, nth, Broken::Tonic);
            assert_eq!(next, if last { Next::GiveUp } else { Next::Draft });
        }
        assert_eq!((&ledger.drafts.given_up[..], ledger.drafts.refused), (&[1][..], false));
        let (share, error) = ledger.drafts.share().expect("drafts");
        assert!((share - 1.0 / 5001.0).abs() < 1e-9 && error > 0.0);
    }

    #[test]
    fn where_all_drafts_are_the_same_one_is_enough() {
        let mut ledger = Ledger::new(2, 32, true);
        assert_eq!(ledger.dropped(1, 1, Broken::Tonic), Next::GiveUp);
        ledger.kept();
        let mut ledger = Ledger::new(2, 32, true);
        assert_eq!(ledger.dropped(1, 1, Broken::Tonic), Next::GiveUp);
        assert_eq!(ledger.dropped(0, 1, Broken::Tonic), Next::Stop);
        assert!(ledger.drafts.refused);
    }
}
