//! Where chord symbols stand.

use std::collections::{BTreeMap, HashSet};

use super::Duration;
use crate::music::abc::{Performance, Tune, checked_add, checked_sub};

/// Which chord symbols a score has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symbols {
    /// Those of the tune.
    #[default]
    Written,
    /// Those of the performance, as [`choose_chords`](crate::music::render::choose_chords) gives them.
    Chosen,
    /// None.
    LeftOut,
}

/// Chosen chord symbols: by bar and event, each with how long after the event it comes.
pub(super) type Chosen<'a> = BTreeMap<(usize, usize), Vec<(Duration, &'a str)>>;

/// The chord symbols of a performance where each bar is played first.
pub(super) fn chosen<'a>(tune: &Tune, performance: &'a Performance) -> Chosen<'a> {
    let mut chosen = Chosen::new();
    let mut seen = HashSet::new();
    let mut chords = performance.chords.iter().peekable();
    for turn in &performance.bars {
        let first = seen.insert(turn.index);
        let mut onset = turn.onset;
        for event in turn.events.clone() {
            let duration = tune.bars[turn.index].events[event].duration;
            let end = checked_add(onset, duration).unwrap_or(onset);
            while let Some((time, name)) = chords.next_if(|(time, _)| *time < end) {
                let later = checked_sub(*time, onset).filter(|_| first);
                let symbols = later.map(|later| (later.max(Duration::ZERO), name.as_str()));
                chosen.entry((turn.index, event)).or_default().extend(symbols);
            }
            onset = end;
        }
    }
    chosen
}
