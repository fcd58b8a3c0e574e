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
    /// The signs that the jump needs.
    followed: Vec<Placed>,
}

impl Form {
    pub(crate) fn of(tune: &Tune) -> Self {
        let order = stretches(tune);
        if !order.is_empty() {
            let (parts, is_whole) = of_stretches(tune, &order);
            return Self { parts, jump: None, is_whole, followed: Vec::new() };
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

    /// Whether a mark says where the jump begins, goes to or ends; `event` as in [`Placed`].
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

/// The parts of a tune whose stretches are played in an order of their own, and whether repeat
/// signs can say that order: they can where each is played once or several times in a row.
fn of_stretches(tune: &Tune, order: &[Range<usize>]) -> (Vec<Part>, bool) {
    let mut rest = order;
    let mut is_whole = true;
    let mut all = Vec::new();
    for stretch in named_stretches(tune) {
        let times = rest.iter().take_while(|other| **other == stretch).count();
        rest = &rest[times..];
        let mut parts = parts_of(tune, stretch.clone());
        let plain = |part: &Part| part.passes == 1 && part.endings.is_empty();
        if times > 1 && parts.iter().all(plain) {
            let passes = times as u32;
            let (body, closed) = (stretch, true);
            parts = vec![Part { body, endings: vec![], passes, again: 0, opened: true, closed }];
        } else {
            is_whole &= times == 1;
        }
        all.append(&mut parts);
    }
    (all, is_whole && rest.is_empty())
}
