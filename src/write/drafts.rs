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
    /// Until it is known whether there is hope.
    Wait,
    GiveUp,
    /// Of all tunes.
    Stop,
}

/// Keeps the count while tunes are written, on all threads.
///
/// The first tunes decide whether there is hope: each has its share of the first drafts, and waits when
/// they are used up, so that it is the same however many tunes are asked for and on however many threads.
pub(super) struct Ledger {
    pub(super) drafts: Drafts,
    /// Those of the first tunes among them, while there is no hope yet.
    of_first: Drafts,
    first: usize,
    /// First tunes whose share is used up.
    hopeless: usize,
    has_hope: bool,
    /// Drafts of a tune.
    most: usize,
}

impl Ledger {
    /// For `count` tunes, of which at least `side_by_side` are written at once; if `is_sure`, every
    /// draft of a tune is the same.
    pub(super) fn new(count: usize, side_by_side: usize, is_sure: bool) -> Self {
        Self {
            drafts: Drafts::default(),
            of_first: Drafts::default(),
            first: count.min(side_by_side),
            hopeless: 0,
            has_hope: false,
            most: if is_sure { 1 } else { LATER },
        }
    }

    /// Whether one of the first tunes was kept: those that wait may go on.
    pub(super) fn has_hope(&self) -> bool {
        self.has_hope
    }

    /// A draft of a tune keeps all wishes.
    pub(super) fn kept(&mut self, tune: usize) {
        self.drafts.drafts += 1;
        self.drafts.kept += 1;
        self.has_hope |= tune < self.first;
    }

    /// Draft `nth` of a tune, from 1, breaks a wish.
    pub(super) fn dropped(&mut self, tune: usize, nth: usize, broken: Broken) -> Next {
        let decides = tune < self.first && !self.has_hope;
        for drafts in [&mut self.drafts].into_iter().chain(decides.then_some(&mut self.of_first)) {
            drafts.drafts += 1;
            *drafts.broken.entry(broken).or_default() += 1;
        }
        let share = FIRST.div_ceil(self.first.max(1)).min(self.most);
        if decides && nth == share {
            self.hopeless += 1;
            if self.hopeless == self.first {
                self.drafts = Drafts { refused: true, ..std::mem::take(&mut self.of_first) };
                return Next::Stop;
            }
            if nth < self.most {
                return Next::Wait;
            }
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
    fn without_one_of_the_first_tunes_in_their_drafts_all_is_given_up() {
        let mut ledger = Ledger::new(1000, 3, false);
        for nth in 1..=667 {
            for tune in 0..4 {
                let next = match (tune, nth) {
                    (2, 667) => Next::Stop,
                    (0 | 1, 667) => Next::Wait,
                    _ => Next::Draft,
                };
                assert_eq!(ledger.dropped(tune, nth, Broken::Bars), next, "{nth}, {tune}");
                if next == Next::Stop {
                    break;
                }
            }
            // one that decides nothing
            if nth == 100 {
                ledger.kept(5);
            }
        }
        let Drafts { drafts, kept, refused, .. } = ledger.drafts;
        assert_eq!((drafts, kept, refused), (2001, 0, true), "those of the first three");
    }

    #[test]
    fn with_one_of_them_the_others_have_more_drafts() {
        let mut ledger = Ledger::new(2, 32, false);
        for nth in 1..=1000 {
            let next = ledger.dropped(1, nth, Broken::Tonic);
            assert_eq!(next, if nth == 1000 { Next::Wait } else { Next::Draft });
        }
        assert!(!ledger.has_hope());
        ledger.kept(0);
        assert!(ledger.has_hope());
        for nth in 1001..=5000 {
            let next = ledger.dropped(1, nth, Broken::Tonic);
            assert_eq!(next, if nth == 5000 { Next::GiveUp } else { Next::Draft });
        }
        assert_eq!((&ledger.drafts.given_up[..], ledger.drafts.refused), (&[1][..], false));
        let (share, error) = ledger.drafts.share().expect("drafts");
        assert!((share - 1.0 / 5001.0).abs() < 1e-9 && error > 0.0);
    }

    #[test]
    fn where_all_drafts_are_the_same_one_is_enough() {
        let mut ledger = Ledger::new(2, 32, true);
        assert_eq!(ledger.dropped(1, 1, Broken::Tonic), Next::GiveUp);
        ledger.kept(0);
        let mut ledger = Ledger::new(2, 32, true);
        assert_eq!(ledger.dropped(1, 1, Broken::Tonic), Next::GiveUp);
        assert_eq!(ledger.dropped(0, 1, Broken::Tonic), Next::Stop);
        assert!(ledger.drafts.refused);
    }
}
