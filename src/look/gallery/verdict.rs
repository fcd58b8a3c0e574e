//! What the figures of a mistake mean, and how it is said.

use super::errors::{Errors, off};
use super::labels::in_code;
use super::{Exhibit, Gallery};
use crate::engine::check::audit::CENTRAL_CEILING;

/// A broken model that makes less of the way down than this share of the right one's is seen to.
const LEARNS: f64 = 0.75;
/// Nats by which the right run has to fall before a curve tells anything.
const EARLY: f64 = 0.5;

/// What the curve on held-out tunes tells of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Learned {
    /// It ends below all right runs.
    Better,
    /// It ends among right runs.
    AsWell,
    /// It ends above them, and falls as they do.
    Worse,
    /// It makes much less of the way down than a right one.
    Little,
    /// Not even the right run has fallen far.
    TooEarly,
}

/// The figures of one mistake.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Shown<'a> {
    /// Loss on held-out tunes in the end, in nats a character: of the right run.
    pub right: f64,
    /// Likewise of the broken one.
    pub broken: f64,
    /// The lowest and the highest end of all right runs.
    pub chance: (f64, f64),
    /// Share of the right run's way down that the broken one makes.
    pub share: f64,
    /// What the curve tells.
    pub learned: Learned,
    /// Tensors whose gradient is off, of how many.
    pub off: (usize, usize),
    /// The largest error of a gradient, and whose.
    pub worst: (&'a str, f64),
    /// The largest error without the mistake.
    pub without: f64,
}

impl Gallery {
    /// The figures of one of the broken.
    pub fn shown<'a>(&self, broken: &'a Exhibit) -> Shown<'a> {
        let (first, right) = self.right.run.ends();
        let (_, last) = broken.run.ends();
        let ends = self.others.iter().map(|run| run.ends().1);
        let chance = ends.fold((right, right), |(low, high), end| (low.min(end), high.max(end)));
        // what the page does not show is no difference
        let shown = |loss: f64| (1e3 * loss).round();
        let share = (first - last) / (first - right);
        let learned = match shown(last) {
            _ if first - right < EARLY => Learned::TooEarly,
            _ if last.is_nan() || share < LEARNS => Learned::Little,
            last if last < shown(chance.0) => Learned::Better,
            last if last <= shown(chance.1) => Learned::AsWell,
            _ => Learned::Worse,
        };
        let count = broken.errors.iter().filter(|(_, error)| off(*error)).count();
        Shown {
            right,
            broken: last,
            chance,
            share,
            learned,
            off: (count, broken.errors.len()),
            worst: worst(&broken.errors),
            without: worst(&self.right.errors).1,
        }
    }

    /// Right gradients are right, and each mistake is off in some.
    pub fn is_sound(&self) -> bool {
        let any_off = |errors: &Errors| errors.iter().any(|(_, error)| off(*error));
        !any_off(&self.right.errors) && self.broken.iter().all(|broken| any_off(&broken.errors))
    }
}

fn worst(errors: &Errors) -> (&str, f64) {
    let worst = errors.iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    worst.map_or(("", 0.0), |(name, error)| (name.as_str(), *error))
}

impl Shown<'_> {
    /// By how much the broken run ends higher.
    pub fn difference(&self) -> f64 {
        self.broken - self.right
    }

    /// What the curve tells, in two words.
    pub(super) fn briefly(&self) -> &'static str {
        match self.learned {
            Learned::Better => "better than right",
            Learned::AsWell => "nothing",
            Learned::Worse => "only beside a right one",
            Learned::Little => "that something is wrong",
            Learned::TooEarly => "nothing yet",
        }
    }

    /// What the curve tells, in a sentence or two.
    pub(super) fn of_the_curve(&self) -> String {
        let Self { right, broken, chance: (low, high), share, .. } = self;
        let apart = self.difference().abs();
        match self.learned {
            Learned::Better => format!(
                "praises the mistake: the broken run ends at {broken:.3} nats on held-out tunes, below \
                 every right one ({low:.3} to {high:.3}). Be that chance or not, whoever judges by it \
                 keeps the mistake."
            ),
            Learned::AsWell => format!(
                "says nothing: the broken run ends at {broken:.3} nats on held-out tunes, among right \
                 ones ({low:.3} to {high:.3}), which differ by their first weights and masks alone."
            ),
            Learned::Worse => format!(
                "falls as a right one does and ends at {broken:.3} nats on held-out tunes, {apart:.3} \
                 above the right {right:.3}. That shows only beside a right run, and nobody with the \
                 mistake has one."
            ),
            Learned::Little if share.is_nan() => {
                "shows this one: it ends in no number at all. But it does not say where to look."
                    .to_owned()
            }
            Learned::Little => format!(
                "shows this one: the broken run makes {:.0} % of the way down that the right one makes \
                 and ends at {broken:.3} nats on held-out tunes, {apart:.3} above it. But it does not \
                 say where to look.",
                100.0 * share
            ),
            Learned::TooEarly => format!(
                "says nothing yet: after so few updates the right run itself is still at {right:.3} nats \
                 on held-out tunes."
            ),
        }
    }

    /// What the gradients tell.
    pub(super) fn of_the_gradients(&self) -> String {
        let ((off, all), (name, worst)) = (self.off, self.worst);
        let [allowed, without] = [CENTRAL_CEILING, self.without].map(power);
        if off == 0 {
            let worst = power(worst);
            return format!(
                "do not show it in this case: the largest error is {worst}, and {allowed} is allowed."
            );
        }
        let are = if off == 1 { "is" } else { "are" };
        let name = in_code(name);
        let worst = match worst {
            times if times >= 1.95 => format!("{times:.0} times its size"),
            share => format!("{:.0} % of its size", 100.0 * share),
        };
        format!(
            "tell at once: {off} of {all} tensors {are} off, most of all {name} by {worst}, where \
             {allowed} of it is allowed. Without the mistake the largest error is {without}."
        )
    }
}

/// An error, with a minus at which no line is broken.
pub(super) fn power(error: f64) -> String {
    format!("{error:.0e}").replace('-', "\u{2212}")
}
