//! Whether a tune that is being written can still come right: bars, parts and repeats so far.
//!
//! It asks what the finished tune will be asked ([`form`](super::form) has the rules of both), and
//! says no only where no way of going on helps: what a sign yet to come may change is left open.

use std::ops::Range;

use super::form::{
    Counted, Measure, RIGHT_BARS, counted, counted_part, counted_parts, is_upbeat_alone, joined,
    open_half, pass_adds_up, passes, repeats_balance, upbeat,
};
use crate::music::abc::{self, Bar, Change, Duration, Meter, Part, Tune, checked_add};

/// What a part is asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartForm {
    /// Its full bars as written, an upbeat not among them; of endings the first counts.
    pub bars: usize,
    /// How often it is played, if that matters.
    pub times: Option<usize>,
}

impl PartForm {
    /// A part of so many bars, played any number of times.
    pub fn of(bars: usize) -> Self {
        Self { bars, times: None }
    }

    /// Played so often.
    pub fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }

    fn fits(self, bars: usize, times: usize) -> bool {
        self.bars == bars && self.times.is_none_or(|asked| asked == times)
    }
}

/// What is asked of the parts of a tune.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::music) enum Parts {
    /// Nothing.
    #[default]
    Any,
    /// What is right: see [`Verdict::parts`](super::Verdict::parts).
    Right,
    /// These, in this order; what is played once is not opened by `|:`.
    These(Vec<PartForm>),
}

/// What went wrong for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::music) enum Fault {
    Bars,
    Parts,
}

/// The bars of a tune so far, without their notes.
#[derive(Clone, Debug)]
pub(in crate::music) struct Outline {
    tune: Tune,
    /// The metre in force at the beginning of each bar.
    meters: Vec<Option<Meter>>,
    /// The metre now.
    meter: Option<Meter>,
}

impl Outline {
    /// The outline of a tune of which nothing is read.
    pub(in crate::music) fn new() -> Self {
        Self { tune: abc::read(""), meters: Vec::new(), meter: None }
    }

    /// Takes the bars that `tune` has more; call it when the first note behind them is read, for until
    /// then their signs may change.
    pub(in crate::music) fn follow(&mut self, tune: &Tune) {
        let known = self.tune.bars.len();
        if known == 0 {
            (self.tune.left, self.meter) = (tune.left, tune.meter);
        }
        for bar in &tune.bars[known..] {
            self.push(bar, bar.duration);
        }
    }

    fn push(&mut self, bar: &Bar, duration: Duration) {
        let (first, later) = bar.changes.split_at(bar.changes.partition_point(|(at, _)| *at == 0));
        first.iter().for_each(|(_, change)| self.change(change));
        self.meters.push(self.meter);
        later.iter().for_each(|(_, change)| self.change(change));
        let Bar { ending, part, right, at, .. } = bar;
        let (ending, part, right, at) = (ending.clone(), *part, *right, *at);
        self.tune.bars.push(Bar { ending, part, duration, right, at, ..Bar::default() });
    }

    fn change(&mut self, change: &Change) {
        if let Change::Meter(meter) = change {
            self.meter = *meter;
        }
    }

    /// Looks at the tune with a bar that has begun, and of which `duration` is sure. How much the
    /// bar may hold at most, if that matters; else what went wrong.
    pub(in crate::music) fn look(
        &mut self,
        begun: &Bar,
        duration: Duration,
        bars: bool,
        parts: &Parts,
    ) -> Result<Option<Duration>, Fault> {
        let meter = self.meter;
        self.push(begun, duration);
        let looked = self.look_at_all(duration, bars, parts);
        // it is not over: its signs come yet
        self.tune.bars.pop();
        self.meters.pop();
        self.meter = meter;
        looked
    }

    fn look_at_all(
        &self,
        duration: Duration,
        bars: bool,
        asked: &Parts,
    ) -> Result<Option<Duration>, Fault> {
        let all = abc::parts(&self.tune);
        let settled = all.iter().position(|part| !self.is_settled(part)).unwrap_or(all.len() - 1);
        let mut counted = 0;
        for (at, part) in all[..settled].iter().enumerate() {
            if bars && !self.adds_up(&all, at) {
                return Err(Fault::Bars);
            }
            if !is_upbeat_alone(&self.tune, part, &self.meters) {
                let whole = counted_part(&self.tune, part, &self.meters);
                let right = match asked {
                    Parts::Any => true,
                    Parts::Right => whole.is_right(),
                    Parts::These(these) => these
                        .get(counted)
                        .is_some_and(|asked| asked.fits(whole.bars.len(), whole.passes)),
                };
                if !right {
                    return Err(Fault::Parts);
                }
                counted += 1;
            }
        }
        // a double bar line in what may yet be repeated: nobody knows what is a part
        if settled + 1 < all.len() {
            return Ok(None);
        }
        self.look_at_last(&all[settled], counted, duration, bars, asked)
    }

    /// Whether all of a part is known: the bar that has begun is beyond it, and no `:|` to come turns
    /// the double bar line that ended it into decoration.
    fn is_settled(&self, part: &Part) -> bool {
        let bars = &self.tune.bars;
        let end = part.endings.last().map_or(part.body.end, |(_, bars)| bars.end);
        let decided = |at: usize| {
            let line = bars[at].right;
            let ending = bars.get(at + 1).is_some_and(|bar| bar.ending.is_some());
            line.repeat_end > 0 || line.repeat_start > 0 || ending
        };
        let first = part.body.start;
        end < bars.len() && (!part.opened || part.closed || (first..bars.len() - 1).any(decided))
    }

    /// Whether the bars of a settled part add up, as far as that is known.
    fn adds_up(&self, all: &[Part], at: usize) -> bool {
        let (tune, meters) = (&self.tune, &self.meters);
        let part = &all[at];
        if is_upbeat_alone(tune, part, meters) {
            return true;
        }
        let begun = tune.bars.len() - 1;
        let next = &all[at + 1];
        let first_of_next = passes(next).into_iter().flatten().next();
        // how long an upbeat is that is being written nobody knows
        let known = first_of_next.is_some_and(|first| first < begun);
        let before = all[..at].last().filter(|part| is_upbeat_alone(tune, part, meters));
        let rooms = [
            upbeat(tune, part, meters),
            if known { upbeat(tune, next, meters) } else { Duration::ZERO },
            before.map_or(Duration::ZERO, |part| upbeat(tune, part, meters)),
        ];
        let has_room = |last: Measure| {
            let some = || rooms.iter().any(|room| last.fills(*room));
            if known { some() } else { last.is_short() }
        };
        passes(part).iter().all(|pass| pass_adds_up(&joined(tune, pass, meters), has_room))
    }

    /// Looks at the part of which a bar has begun.
    fn look_at_last(
        &self,
        part: &Part,
        nth: usize,
        duration: Duration,
        bars: bool,
        asked: &Parts,
    ) -> Result<Option<Duration>, Fault> {
        let ways = passes(part);
        let (last, before) = ways.split_last().ok_or(Fault::Parts)?;
        let written = joined(&self.tune, last, &self.meters);
        let (begun, complete) = written.split_last().ok_or(Fault::Parts)?;
        let half = open_half(complete);
        if bars {
            // behind a first ending comes a part that may have any upbeat
            let right = |pass: &Vec<usize>| {
                pass_adds_up(&joined(&self.tune, pass, &self.meters), Measure::is_short)
            };
            let fits = |half: Option<Duration>| {
                let sure = checked_add(half.unwrap_or_default(), begun.length);
                begun.full.is_none_or(|full| sure.is_some_and(|sure| sure <= full))
            };
            if !before.iter().all(right) || !half.is_some_and(fits) {
                return Err(Fault::Bars);
            }
        }
        let first = match before.first() {
            Some(first) => counted(joined(&self.tune, first, &self.meters)),
            None => counted(complete.to_vec()),
        };
        // the bar that has begun is the upbeat, the other half of a bar, or one more
        let more = before.is_empty()
            && !complete.is_empty()
            && first.last().is_none_or(|bar| !bar.is_short());
        let count = first.len() + usize::from(more);
        let is_first_ending_over = !before.is_empty();
        let right = match asked {
            Parts::Any => true,
            // as often as it has endings, and nobody knows how many come yet
            Parts::Right if is_first_ending_over => {
                RIGHT_BARS.iter().any(|bars| bars % count.max(1) == 0)
            }
            Parts::Right => count <= RIGHT_BARS[1],
            Parts::These(these) => these.get(nth).is_some_and(|asked| {
                let bars =
                    if is_first_ending_over { count == asked.bars } else { count <= asked.bars };
                bars && !(part.opened && asked.times == Some(1))
            }),
        };
        if !right {
            return Err(Fault::Parts);
        }
        let room = begun.full.filter(|_| bars);
        // what stands before it in its own bar
        let half = half.flatten().unwrap_or_default();
        let cut = abc::checked_sub(begun.length, duration).unwrap_or_default();
        Ok(room.and_then(|full| abc::checked_sub(abc::checked_sub(full, half)?, cut)))
    }
}

/// Whether the parts of a whole tune are what is asked; what is right, the verdict says.
pub(in crate::music) fn form_is(tune: &Tune, asked: &Parts) -> bool {
    let Parts::These(these) = asked else { return true };
    let performance = abc::perform(tune).unwrap_or_default();
    let parts = counted_parts(tune, &performance);
    let fits = |(part, asked): (&Counted, &PartForm)| asked.fits(part.bars.len(), part.passes);
    parts.len() == these.len() && parts.iter().zip(these).all(fits) && repeats_balance(tune)
}

/// The bars of a tune as it is played once, without repeats, each as indices of the bars as written:
/// an upbeat is none, and of endings the first is played.
pub(in crate::music) fn bars_played_once(tune: &Tune) -> Vec<Range<usize>> {
    let performance = abc::perform(tune).unwrap_or_default();
    counted_parts(tune, &performance).into_iter().flat_map(|part| part.bars).collect()
}
