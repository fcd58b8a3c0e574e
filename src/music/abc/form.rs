//! The order of playing as signs on paper say it: repeat signs, endings and one jump back.
//!
//! Who writes a tune down in another notation needs to know what its signs mean here: where each
//! `:|` goes back to, which ending is whose, and which of several "Fine" counts.

use std::ops::Range;

use super::jumps::{Jump, jump, leave, section_end, start, stop};
use super::order::{named_stretches, stretches};
use super::parts::{Part, parts, parts_of};
use super::signs::{Placed, Sign, signs};
use super::tune::{Mark, Tune};

/// The parts of a tune, and what sends players elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// In written order; every bar is in exactly one.
    pub(crate) parts: Vec<Part>,
    /// The jump that is followed.
    pub(crate) jump: Option<Jump>,
    /// Whether that is all: a header's `P:` may ask for an order that no sign can say.
    pub(crate) is_whole: bool,
    /// The signs that the jump needs, or that it stands for.
    followed: Vec<Placed>,
}

impl Form {
    pub(crate) fn of(tune: &Tune) -> Self {
        let order = stretches(tune);
        if !order.is_empty() {
            let (parts, jump, is_whole) = of_stretches(tune, &order);
            // where that is all, signs such as D.C. would ask for something else
            let followed = if is_whole { signs(tune).collect() } else { Vec::new() };
            return Self { parts, jump, is_whole, followed };
        }
        let (jump, _) = jump(tune);
        let needs = |sign: &Placed| jump.as_ref().is_some_and(|it| is_followed(tune, it, sign));
        let followed = signs(tune).filter(needs).collect();
        Self { parts: parts(tune), jump, is_whole: true, followed }
    }

    /// Whether a mark speaks of the order of playing at all.
    pub(crate) fn is_sign(mark: &Mark) -> bool {
        Sign::of(mark).is_some()
    }

    /// Whether a mark says no more than jump and parts do: where a jump begins, goes to or ends;
    /// `event` as in [`Placed`].
    pub(crate) fn follows(&self, bar: usize, event: Option<usize>, mark: &Mark) -> bool {
        let same = |sign| move |it: &Placed| (it.bar, it.event, it.sign) == (bar, event, sign);
        Sign::of(mark).is_some_and(|sign| self.followed.iter().any(same(sign)))
    }
}

/// Whether a jump begins at a sign, goes to it or ends there.
fn is_followed(tune: &Tune, jump: &Jump, sign: &Placed) -> bool {
    match sign.sign {
        Sign::Segno => jump.to_segno && start(sign) == jump.from,
        Sign::Coda | Sign::ToCoda => {
            jump.coda && (start(sign).0 == jump.after || leave(tune, sign) == Some(jump.until))
        }
        Sign::Fine => !jump.coda && stop(tune, sign) == jump.until,
        Sign::Back { .. } => section_end(tune, sign).unwrap_or(sign.bar) + 1 == jump.after,
        Sign::Unclear => false,
    }
}

/// The parts of a tune whose stretches are played in an order of their own, a jump that makes it whole,
/// and whether it is whole. Signs can say that each stretch is played once or several times in a row, and
/// then the first ones once more.
fn of_stretches(tune: &Tune, order: &[Range<usize>]) -> (Vec<Part>, Option<Jump>, bool) {
    let written = named_stretches(tune);
    let mut rest = order;
    let mut can_say = true;
    let mut all = Vec::new();
    for stretch in &written {
        let times = rest.iter().take_while(|other| *other == stretch).count();
        rest = &rest[times..];
        let mut parts = parts_of(tune, stretch.clone());
        match in_a_row(stretch, &parts, times as u32) {
            Some(part) => parts = vec![part],
            None => can_say &= times == 1,
        }
        all.append(&mut parts);
    }
    let plain = |stretch: &Range<usize>| parts_of(tune, stretch.clone()).iter().all(is_plain);
    let again = written.starts_with(rest) && rest.iter().all(plain);
    let jump = rest.last().filter(|_| can_say && again).map(|last| Jump {
        after: tune.bars.len(),
        from: (0, 0),
        to_segno: false,
        until: (last.end - 1, tune.bars[last.end - 1].events.len()),
        coda: false,
    });
    let is_whole = can_say && (rest.is_empty() || jump.is_some());
    (all, jump, is_whole)
}

fn is_plain(part: &Part) -> bool {
    part.passes == 1 && part.endings.is_empty()
}

/// A stretch that is played several times in a row as one part, where one sign or its endings can say
/// that.
fn in_a_row(stretch: &Range<usize>, parts: &[Part], times: u32) -> Option<Part> {
    if times < 2 {
        return None;
    }
    if parts.iter().all(is_plain) {
        let (body, endings, closed) = (stretch.clone(), Vec::new(), true);
        return Some(Part { body, endings, passes: times, again: 0, opened: true, closed });
    }
    let [part] = parts else { return None };
    let own = part.passes;
    let takes_one = |pass| part.endings.iter().filter(|(of, _)| of.contains(&pass)).count() == 1;
    if part.again > 0 || (!part.endings.is_empty() && !(1..=own).all(takes_one)) {
        return None;
    }
    let mut part = Part { passes: own * times, ..part.clone() };
    for (numbers, _) in &mut part.endings {
        let first: Vec<u32> = numbers.iter().copied().filter(|number| *number <= own).collect();
        *numbers =
            (0..times).flat_map(|round| first.iter().map(move |n| n + round * own)).collect();
    }
    Some(part)
}
