//! Bars, parts and repeats.

use std::ops::Range;

use crate::music::abc::{Duration, Meter, Part, Performance, Tune, checked_add, parts};

/// A bar of a pass through a part.
#[derive(Clone, Copy)]
pub(super) struct Measure {
    /// Index of the bar as written with which it begins.
    at: usize,
    pub(super) length: Duration,
    /// The length of a full one there; `None` in free metre.
    pub(super) full: Option<Duration>,
}

impl Measure {
    fn is_full(self) -> bool {
        self.full.is_none_or(|full| self.length == full)
    }

    pub(super) fn is_short(self) -> bool {
        self.full.is_some_and(|full| self.length < full)
    }

    /// Whether it is full together with what has `part` of its length.
    pub(super) fn fills(self, part: Duration) -> bool {
        self.full.is_none_or(|full| checked_add(part, self.length) == Some(full))
    }
}

/// Whether every bar is full, or short where bars may be: an upbeat at the beginning of a part, the
/// last bar of a part by an upbeat (its own, the next part's, or the first part's), and a bar that
/// is split by a repeat sign, a double bar or an ending, whose halves make a full one.
pub(super) fn bars_add_up(tune: &Tune, performance: &Performance) -> bool {
    let meters = meters(tune, performance);
    let parts = parts(tune);
    let upbeats: Vec<Duration> = parts.iter().map(|part| upbeat(tune, part, &meters)).collect();
    let first = upbeats.first().copied().unwrap_or_default();
    parts.iter().enumerate().all(|(at, part)| {
        let next = upbeats.get(at + 1).copied().unwrap_or(first);
        let before = if at > 0 && is_upbeat_alone(tune, &parts[at - 1], &meters) {
            upbeats[at - 1]
        } else {
            Duration::ZERO
        };
        is_upbeat_alone(tune, part, &meters)
            || passes(part).iter().all(|pass| {
                let bars = joined(tune, pass, &meters);
                let rooms = [upbeats[at], next, before];
                pass_adds_up(&bars, |last| rooms.iter().any(|room| last.fills(*room)))
            })
    })
}

/// The metre in force at each bar as written; where a bar is never played, none.
fn meters(tune: &Tune, performance: &Performance) -> Vec<Option<Meter>> {
    let mut meters = vec![None; tune.bars.len()];
    for bar in &performance.bars {
        meters[bar.index] = bar.meter;
    }
    meters
}

/// The ways through a part, as indices of bars.
pub(super) fn passes(part: &Part) -> Vec<Vec<usize>> {
    let body = part.body.clone();
    if part.endings.is_empty() {
        return vec![body.collect()];
    }
    let endings = part.endings.iter();
    endings.map(|(_, ending)| body.clone().chain(ending.clone()).collect()).collect()
}

/// The bars of a pass; a bar that an ending cuts in two is one again.
pub(super) fn joined(tune: &Tune, pass: &[usize], meters: &[Option<Meter>]) -> Vec<Measure> {
    let mut bars: Vec<Measure> = Vec::with_capacity(pass.len());
    let mut cut = false;
    for &at in pass {
        let bar = &tune.bars[at];
        match bars.last_mut().filter(|_| cut) {
            Some(last) => {
                last.length = checked_add(last.length, bar.duration).unwrap_or_default();
            }
            None => {
                let full = meters[at].map(Meter::bar);
                bars.push(Measure { at, length: bar.duration, full });
            }
        }
        cut = bar.right.missing;
    }
    bars
}

/// Whether the bars of a pass are right; its last one may be short if `has_room`.
pub(super) fn pass_adds_up(bars: &[Measure], has_room: impl Fn(Measure) -> bool) -> bool {
    let Some((&last, before)) = bars.split_last() else { return true };
    match open_half(before) {
        Some(Some(half)) => last.fills(half),
        Some(None) => last.is_full() || has_room(last),
        None => false,
    }
}

/// Looks at the bars of a pass, other bars behind them: an upbeat may be short, and halves of a split
/// bar make a full one. The length of a half that waits for the other, if there is one; `None` where
/// a bar is wrong.
pub(super) fn open_half(bars: &[Measure]) -> Option<Option<Duration>> {
    let mut open: Option<Duration> = None;
    for (at, &bar) in bars.iter().enumerate() {
        let right = match open.take() {
            Some(half) => bar.fills(half),
            None if bar.is_full() => true,
            None if at == 0 => bar.is_short(),
            None => {
                open = Some(bar.length);
                bar.is_short()
            }
        };
        if !right {
            return None;
        }
    }
    Some(open)
}

/// How long the upbeat of a part is; zero where it begins with a full bar.
pub(super) fn upbeat(tune: &Tune, part: &Part, meters: &[Option<Meter>]) -> Duration {
    let first = passes(part).into_iter().flatten().next();
    let bar = first.map(|at| (tune.bars[at].duration, meters[at].map(Meter::bar)));
    match bar {
        Some((length, Some(full))) if length < full => length,
        _ => Duration::ZERO,
    }
}

/// `A |: ...`: an upbeat outside of what is repeated is no part.
pub(super) fn is_upbeat_alone(tune: &Tune, part: &Part, meters: &[Option<Meter>]) -> bool {
    let alone = part.body.len() == 1 && part.endings.is_empty() && !part.closed;
    alone && upbeat(tune, part, meters) > Duration::ZERO && part.body.end < tune.bars.len()
}

/// A part as players count its bars: an upbeat is none, the halves of a split bar are one.
pub(super) struct Counted {
    /// Each bar of the first pass, as indices of the bars as written.
    pub(super) bars: Vec<Range<usize>>,
    /// How often the part is played.
    pub(super) passes: usize,
}

/// Bars that a part may have, as written or as played.
pub(super) const RIGHT_BARS: [usize; 2] = [8, 16];
/// Bars that a tune has at least, as it is played.
const LEAST_PLAYED: usize = 16;

impl Counted {
    /// Whether it has as many bars as a part has.
    pub(super) fn is_right(&self) -> bool {
        let written = self.bars.len();
        [written, written * self.passes].iter().any(|bars| RIGHT_BARS.contains(bars))
    }
}

/// The parts of a tune; an upbeat outside of what is repeated is none.
pub(super) fn counted_parts(tune: &Tune, performance: &Performance) -> Vec<Counted> {
    let meters = meters(tune, performance);
    let parts = parts(tune).into_iter().filter(|part| !is_upbeat_alone(tune, part, &meters));
    parts.map(|part| counted_part(tune, &part, &meters)).collect()
}

/// One of them.
pub(super) fn counted_part(tune: &Tune, part: &Part, meters: &[Option<Meter>]) -> Counted {
    let first = passes(part).into_iter().next().unwrap_or_default();
    let bars = counted(joined(tune, &first, meters));
    // the bars of a first pass follow one another: one ends where the next begins
    let begin = bars.iter().map(|bar| bar.at);
    let end = begin.clone().skip(1).chain(first.last().map(|last| last + 1));
    let bars = begin.zip(end).map(|(begin, end)| begin..end).collect();
    Counted { bars, passes: part.passes as usize }
}

/// The bars of a pass as players count them.
pub(super) fn counted(bars: Vec<Measure>) -> Vec<Measure> {
    let mut counted: Vec<Measure> = Vec::with_capacity(bars.len());
    let upbeat = bars.first().is_some_and(|bar| bar.is_short());
    for bar in bars.into_iter().skip(usize::from(upbeat)) {
        match (counted.last_mut(), bar.full) {
            // full now, so that the second half is not the first of another bar
            (Some(half), Some(full)) if half.is_short() && bar.fills(half.length) => {
                *half = Measure { at: half.at, length: full, full: bar.full };
            }
            _ => counted.push(bar),
        }
    }
    counted
}

/// Whether every part has 8 or 16 bars as written or as played, and the tune at least 16 played.
pub(super) fn parts_are_right(parts: &[Counted]) -> bool {
    let played = |part: &Counted| part.bars.len() * part.passes;
    parts.iter().all(Counted::is_right) && parts.iter().map(played).sum::<usize>() >= LEAST_PLAYED
}

/// Whether every `|:` finds its `:|`, and every first ending too.
pub(super) fn repeats_balance(tune: &Tune) -> bool {
    parts(tune).iter().all(|part| part.closed || !(part.opened || part.endings.len() > 1))
}
