//! From bars to measures: what is counted, where players turn back, how bar lines look.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Duration;
use crate::music::abc::{Bar, Change, Form, Meter, Part, Tune, checked_add, checked_div};

/// The most measures of a score; `Z99` alone are 99.
const MOST_MEASURES: usize = 100_000;

/// What stands between two bar lines of the score: a bar, or a stretch of it where a jump begins or
/// ends inside.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    /// The index of its bar.
    pub(super) bar: usize,
    /// The indices of its events in the bar.
    pub(super) events: Range<usize>,
    /// Which of how many measures this is that one rest fills, from 0.
    pub(super) rest: Option<(u32, u32)>,
    /// Its number; none where it is an upbeat or the other half of a measure.
    pub(super) number: Option<u32>,
    /// The metre at its beginning.
    pub(super) meter: Option<Meter>,
    /// What stands at its beginning.
    pub(super) left: Side,
    /// What stands at its end.
    pub(super) right: Side,
}

impl Measure {
    /// Whether it is the last of those that one rest fills, or none of such.
    pub(super) fn is_last_of_rest(&self) -> bool {
        self.rest.is_none_or(|(at, all)| at + 1 == all)
    }
}

/// The signs at one end of a measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    /// The numbers of the ending that begins or ends there.
    pub(super) ending: Option<Vec<u32>>,
    /// The ending's bracket is left open at its end: no sign turns players back there.
    pub(super) open: bool,
    /// How often the part is played that ends here, if it is played again; at its beginning 1.
    pub(super) repeat: Option<u32>,
    /// How the bar line looks, if not as others do.
    pub(super) style: Option<&'static str>,
}

/// The signs at the beginnings and the ends of bars.
type Signs = BTreeMap<usize, [Side; 2]>;

/// The measures of a tune; `None` where there are more than anybody reads.
pub(super) fn measures(tune: &Tune, form: &Form) -> Option<Vec<Measure>> {
    let mut signs = signs(tune, form);
    let cuts: Vec<_> = form.jump.iter().flat_map(|jump| [jump.from, jump.until]).collect();
    let mut measures = Vec::new();
    let mut meter = tune.meter;
    for (at, bar) in tune.bars.iter().enumerate() {
        let [left, right] = signs.remove(&at).unwrap_or_default();
        change(&mut meter, bar, |place| place == 0);
        let first = measures.len();
        let blank = |events| Measure {
            bar: at,
            events,
            rest: None,
            number: None,
            meter,
            left: Side::default(),
            right: Side::default(),
        };
        let rests = bars_of_rest(bar, meter);
        if measures.len() + rests as usize > MOST_MEASURES {
            return None;
        }
        if rests > 0 {
            let rest = |number| Measure { rest: Some((number, rests)), ..blank(0..1) };
            measures.extend((0..rests).map(rest));
        } else {
            measures.extend(stretches(at, bar, &cuts).map(blank));
        }
        measures[first].left = left;
        if let Some(last) = measures.last_mut() {
            last.right = right;
        }
        for inner in measures[first..].iter_mut().rev().skip(1).filter(|_| rests == 0) {
            inner.right.style = Some("none");
        }
        change(&mut meter, bar, |place| place > 0);
    }
    count(&mut measures, tune);
    Some(measures)
}

/// The metre after those of a bar's changes whose place is meant: one amid a bar holds from the
/// next.
fn change(meter: &mut Option<Meter>, bar: &Bar, meant: impl Fn(usize) -> bool) {
    for (_, change) in bar.changes.iter().filter(|(place, _)| meant(*place)) {
        if let Change::Meter(new) = change {
            *meter = *new;
        }
    }
}

/// How many measures a bar is that holds one rest and nothing else; 0 where it is not such a bar.
fn bars_of_rest(bar: &Bar, meter: Option<Meter>) -> u32 {
    let [event] = &bar.events[..] else { return 0 };
    let is_plain = event.pitches.is_empty() && event.tuplet.is_none();
    let full = meter.filter(|_| is_plain).and_then(|meter| checked_div(bar.duration, meter.bar()));
    let count = full.filter(Duration::is_integer).map(|count| count.to_integer());
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

/// The stretches of a bar between the places inside it where a jump begins or ends.
fn stretches<'a>(
    at: usize,
    bar: &'a Bar,
    cuts: &'a [(usize, usize)],
) -> impl Iterator<Item = Range<usize>> + 'a {
    let all = bar.events.len();
    let mut inside: Vec<usize> = cuts.iter().filter(|cut| cut.0 == at).map(|cut| cut.1).collect();
    inside.retain(|place| (1..all).contains(place) && !is_in_tuplet(bar, *place));
    inside.extend([0, all]);
    inside.sort_unstable();
    inside.dedup();
    (1..inside.len()).map(move |end| inside[end - 1]..inside[end])
}

/// Whether a place between two events of a bar is inside a tuplet, where no bar line can be.
fn is_in_tuplet(bar: &Bar, place: usize) -> bool {
    let next = bar.events.get(place).and_then(|event| event.tuplet);
    next.is_some_and(|tuplet| tuplet.index > 0)
}

/// Whether a jump begins or ends inside a tuplet: it is written at the bar line then.
pub(super) fn jumps_in_tuplet(tune: &Tune, form: &Form) -> bool {
    let places = form.jump.iter().flat_map(|jump| [jump.from, jump.until]);
    places.into_iter().any(|(bar, event)| is_in_tuplet(&tune.bars[bar], event))
}

/// Numbers the measures. A short one is not counted if it is an upbeat, at the beginning of a part,
/// or goes on where the short one before it stopped.
fn count(measures: &mut [Measure], tune: &Tune) {
    let mut number = 0;
    let mut reached = None; // where the measure before stopped, if it was short
    let mut begins = true;
    for measure in measures {
        let bar = &tune.bars[measure.bar];
        let length = match measure.rest {
            Some(_) => measure.meter.map(Meter::bar).unwrap_or_default(),
            None => sum(bar, &measure.events).unwrap_or(bar.duration),
        };
        let full = measure.meter.map(Meter::bar).filter(|full| length < *full);
        let goes_on = full.and_then(|full| {
            let stop = checked_add(reached?, length)?;
            (stop <= full).then_some((stop, full))
        });
        let is_upbeat = full.is_some() && begins && bar.ending.is_none() && goes_on.is_none();
        if goes_on.is_none() && !is_upbeat {
            number += 1;
            measure.number = Some(number);
        }
        reached = match goes_on {
            Some((stop, full)) => Some(stop).filter(|stop| *stop < full),
            None => full.filter(|_| !is_upbeat).map(|_| length),
        };
        begins = measure.events.end == bar.events.len() && bar.right.divides();
    }
}

/// How long some events of a bar last together.
fn sum(bar: &Bar, events: &Range<usize>) -> Option<Duration> {
    let lengths = bar.events[events.clone()].iter().map(|event| event.duration);
    lengths.into_iter().try_fold(Duration::ZERO, checked_add)
}

/// What stands at the bar lines.
fn signs(tune: &Tune, form: &Form) -> Signs {
    let mut signs = Signs::new();
    for (at, bar) in tune.bars.iter().enumerate() {
        let is_last = at + 1 == tune.bars.len();
        let style = match bar.right {
            line if line.divides() && is_last => Some("light-heavy"),
            line if line.divides() => Some("light-light"),
            line if line.missing && !is_last => Some("none"),
            _ => None,
        };
        let right = Side { style, ..Side::default() };
        signs.insert(at, [Side::default(), right]);
    }
    for part in &form.parts {
        mark(&mut signs, tune, part);
    }
    // where a part begins that is repeated, its sign is all of the bar line
    for at in 1..tune.bars.len() {
        let begins = signs.get(&at).is_some_and(|[left, _]| left.repeat.is_some());
        if let Some([_, right]) = signs.get_mut(&(at - 1)).filter(|_| begins) {
            right.style = right.style.filter(|_| right.repeat.is_some());
        }
    }
    signs
}

/// Marks where a part is repeated and has endings.
fn mark(signs: &mut Signs, tune: &Tune, part: &Part) {
    let endings = &part.endings;
    // passes before the first ending, or all of them
    let first = endings.iter().flat_map(|(numbers, _)| numbers).min();
    let without = first.map_or(part.passes, |first| *first);
    let mut turns = without > 1 && !part.body.is_empty();
    if turns {
        turn_back(signs, part.body.end, without);
    }
    if without > 1 && endings.len() == 1 {
        // the last time round; a bracket would say another pass
        return open_part(signs, tune, part);
    }
    for (at, (numbers, bars)) in endings.iter().enumerate() {
        let back = numbers.iter().filter(|number| **number < part.passes);
        let (jumps, last) = (back.clone().count(), back.max());
        if let Some(last) = last {
            // programs count the passes, or how often they come by: where they always turn back it is
            // more than either, else how often they come by
            let always = jumps == numbers.len();
            turn_back(signs, bars.end, if always { *last } else { jumps as u32 } + 1);
            turns = true;
        }
        if at + 1 == endings.len() && part.again > 0 {
            // what goes on into a repeat of its own is no ending any more
            turn_back(signs, bars.end, part.again + 1);
            turn_here(signs, bars.start);
        } else {
            bracket(signs, bars, numbers, last.is_none());
        }
    }
    if turns {
        open_part(signs, tune, part);
    }
}

/// Marks where a part begins that is repeated; at the very beginning players turn back without a
/// sign.
fn open_part(signs: &mut Signs, tune: &Tune, part: &Part) {
    if part.body.start > 0 || tune.left.repeat_start > 0 {
        turn_here(signs, part.body.start);
    }
}

/// Marks where players turn back, until they have played the part so often.
fn turn_back(signs: &mut Signs, end: usize, passes: u32) {
    if let Some([_, right]) = end.checked_sub(1).and_then(|last| signs.get_mut(&last)) {
        (right.repeat, right.style) = (Some(passes), Some("light-heavy"));
    }
}

/// Marks where players turn back to.
fn turn_here(signs: &mut Signs, start: usize) {
    if let Some([left, _]) = signs.get_mut(&start) {
        (left.repeat, left.style) = (Some(1), Some("heavy-light"));
    }
}

/// Marks where an ending begins and stops.
fn bracket(signs: &mut Signs, bars: &Range<usize>, numbers: &[u32], open: bool) {
    let ending = Some(numbers.to_vec());
    if let Some([left, _]) = signs.get_mut(&bars.start) {
        left.ending.clone_from(&ending);
    }
    if let Some([_, right]) = bars.end.checked_sub(1).and_then(|last| signs.get_mut(&last)) {
        (right.ending, right.open) = (ending, open);
    }
}
