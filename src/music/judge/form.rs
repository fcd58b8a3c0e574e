//! Bars, parts and repeats.

use crate::music::abc::{Duration, Meter, Part, Performance, Tune, checked_add, parts};

/// A bar's length and the length of a full one there; `None` in free metre.
type Filling = (Duration, Option<Duration>);

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
                pass_adds_up(&bars, &[upbeats[at], next, before])
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
fn passes(part: &Part) -> Vec<Vec<usize>> {
    let body = part.body.clone();
    if part.endings.is_empty() {
        return vec![body.collect()];
    }
    let endings = part.endings.iter();
    endings.map(|(_, ending)| body.clone().chain(ending.clone()).collect()).collect()
}

/// The bars of a pass; a bar that an ending cuts in two is one again.
fn joined(tune: &Tune, pass: &[usize], meters: &[Option<Meter>]) -> Vec<Filling> {
    let mut bars: Vec<Filling> = Vec::with_capacity(pass.len());
    let mut cut = false;
    for &at in pass {
        let bar = &tune.bars[at];
        match bars.last_mut().filter(|_| cut) {
            Some(last) => last.0 = checked_add(last.0, bar.duration).unwrap_or_default(),
            None => bars.push((bar.duration, meters[at].map(Meter::bar))),
        }
        cut = bar.right.missing;
    }
    bars
}

fn is_full((length, full): Filling) -> bool {
    full.is_none_or(|full| length == full)
}

fn pass_adds_up(bars: &[Filling], rooms: &[Duration]) -> bool {
    let last = bars.len().saturating_sub(1);
    let mut open: Option<Duration> = None; // half of a split bar
    for (at, &(length, full)) in bars.iter().enumerate() {
        let fills =
            |part: Duration| full.is_none_or(|full| checked_add(part, length) == Some(full));
        let is_short = full.is_some_and(|full| length < full);
        let right = match open.take() {
            Some(half) => fills(half),
            None if is_full((length, full)) => true,
            None if at == last => rooms.iter().any(|room| fills(*room)),
            None if at == 0 => is_short,
            None => {
                open = Some(length);
                is_short
            }
        };
        if !right {
            return false;
        }
    }
    open.is_none()
}

/// How long the upbeat of a part is; zero where it begins with a full bar.
fn upbeat(tune: &Tune, part: &Part, meters: &[Option<Meter>]) -> Duration {
    let first = passes(part).into_iter().flatten().next();
    let bar = first.map(|at| (tune.bars[at].duration, meters[at].map(Meter::bar)));
    match bar {
        Some((length, Some(full))) if length < full => length,
        _ => Duration::ZERO,
    }
}

/// `A |: ...`: an upbeat outside of what is repeated is no part.
fn is_upbeat_alone(tune: &Tune, part: &Part, meters: &[Option<Meter>]) -> bool {
    let alone = part.body.len() == 1 && part.endings.is_empty() && !part.closed;
    alone && upbeat(tune, part, meters) > Duration::ZERO && part.body.end < tune.bars.len()
}

/// Whether every part has 8 or 16 bars as written or as played, and the tune at least 16 played.
pub(super) fn parts_are_right(tune: &Tune, performance: &Performance) -> bool {
    let meters = meters(tune, performance);
    let mut all = 0;
    for part in parts(tune) {
        let first = passes(&part).into_iter().next().unwrap_or_default();
        let written = count(&joined(tune, &first, &meters));
        let played = written * part.passes as usize;
        let right = [written, played].iter().any(|bars| [8, 16].contains(bars));
        if !right && !is_upbeat_alone(tune, &part, &meters) {
            return false;
        }
        all += played;
    }
    all >= 16
}

/// The number of bars as players count them: an upbeat is none, the halves of a split bar are one.
fn count(bars: &[Filling]) -> usize {
    let is_short = |(length, full): Filling| full.is_some_and(|full| length < full);
    let upbeat = bars.first().copied().is_some_and(is_short);
    let bars = &bars[usize::from(upbeat)..];
    let mut halves = 0;
    let mut at = 1;
    while at < bars.len() {
        let (before, now) = (bars[at - 1], bars[at]);
        let split = is_short(before) && now.1 == checked_add(before.0, now.0);
        halves += usize::from(split);
        at += 1 + usize::from(split); // the second half is not the first of another bar
    }
    bars.len() - halves
}

/// Whether every `|:` finds its `:|`, and every first ending too.
pub(super) fn repeats_balance(tune: &Tune) -> bool {
    parts(tune).iter().all(|part| part.closed || !(part.opened || part.endings.len() > 1))
}
