//! The order of playing: the header's `P:`, repeats and endings, and a jump back.
//!
//! Where `P:` names stretches of the music and the header's `P:AABA` or `P:A(BC)2` says in which
//! order they are played, each is played with its own repeats; what stands before the first name
//! is played once, first. Then no D.C. or D.S. is followed.

use std::cmp::Ordering;
use std::ops::Range;

use super::jumps::{Jump, jump};
use super::parts::{Part, parts, parts_of, played, rounds};
use super::signs::{Sign, signs};
use super::tune::{Problem, Tune};

/// Stretches that we follow in a header's `P:`; numbers and brackets multiply fast.
const MAX_STRETCHES: usize = 64;

/// The order of playing a tune. It may be far longer than the tune, so it is made step by step.
#[derive(Clone, Debug)]
pub(super) struct Order {
    legs: Vec<Leg>,
    /// Where it is a guess, or not what the signs ask for.
    pub(super) notices: Vec<Problem>,
}

/// A stretch of bars that is played.
#[derive(Clone, Debug)]
enum Leg {
    /// With its repeats and endings.
    Repeated(Range<usize>),
    /// After a jump back: once.
    Once(Jump),
}

/// A bar that is played, or what is played of it.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Its index in [`Tune::bars`].
    pub(super) bar: usize,
    /// The indices of the events that are played; there is at least one.
    pub(super) events: Range<usize>,
}

impl Order {
    pub(super) fn of(tune: &Tune) -> Self {
        let mut notices = runs_on(tune);
        let stretches = stretches(tune);
        let legs = if stretches.is_empty() {
            let (jump, passed_over) = jump(tune);
            notices.extend(passed_over);
            with_jump(tune, jump)
        } else {
            notices.extend(p_against_jump(tune));
            stretches.into_iter().map(Leg::Repeated).collect()
        };
        notices.sort_by_key(|notice| notice.at);
        Self { legs, notices }
    }

    /// The bars in the order of playing; `tune` is the one that it is the order of.
    pub(super) fn turns<'a>(&'a self, tune: &'a Tune) -> impl Iterator<Item = Turn> + 'a {
        self.legs.iter().flat_map(move |leg| {
            let (stretch, jump) = match leg {
                Leg::Repeated(stretch) => (stretch.clone(), None),
                Leg::Once(jump) => (0..jump.after, Some(jump)),
            };
            let ranges = parts_of(tune, stretch).into_iter().flat_map(move |part| match jump {
                None => rounds(&part),
                Some(jump) => once(part, jump),
            });
            let turn = move |bar| Turn { bar, events: events(tune, bar, jump) };
            ranges.flatten().map(turn).filter(|turn| !turn.events.is_empty())
        })
    }
}

/// Whether there is more to the order of playing than repeat signs: a sign that sends players
/// elsewhere, whether or not it is followed, or an order of parts.
pub(crate) fn has_other_order(tune: &Tune) -> bool {
    let elsewhere = |sign| matches!(sign, Sign::Back { .. } | Sign::ToCoda | Sign::Unclear);
    signs(tune).any(|it| elsewhere(it.sign))
        || !Order::of(tune).turns(tune).map(|turn| turn.bar).eq(played(tune))
}

fn with_jump(tune: &Tune, jump: Option<Jump>) -> Vec<Leg> {
    let all = tune.bars.len();
    let Some(jump) = jump else { return vec![Leg::Repeated(0..all)] };
    let coda = jump.coda.then_some(Leg::Repeated(jump.after..all));
    [Leg::Repeated(0..jump.after), Leg::Once(jump)].into_iter().chain(coda).collect()
}

/// The bars of a part that are played once after a jump back: its body and the ending in which it
/// stops, if there is such a one, else the last.
fn once(part: Part, jump: &Jump) -> Vec<Range<usize>> {
    let stops = part.endings.iter().find(|(_, bars)| bars.contains(&jump.until.0));
    let ending = stops.or(part.endings.last()).map(|(_, bars)| bars.clone());
    std::iter::once(part.body.clone()).chain(ending).collect()
}

/// What is played of a bar: all of it, but after a jump back only what is on the way.
fn events(tune: &Tune, bar: usize, jump: Option<&Jump>) -> Range<usize> {
    let all = tune.bars[bar].events.len();
    let Some(Jump { from, until, .. }) = jump else { return 0..all };
    let end = match bar.cmp(&until.0) {
        Ordering::Less => all,
        Ordering::Equal => until.1,
        Ordering::Greater => 0,
    };
    match bar.cmp(&from.0) {
        Ordering::Less => 0..0,
        Ordering::Equal => from.1..end,
        Ordering::Greater => 0..end,
    }
}

/// A notice for each last ending that is repeated for want of another start.
fn runs_on(tune: &Tune) -> Vec<Problem> {
    let message = "this ending runs on to a ':|' without a '|:'; all of the ending is repeated";
    let again = parts(tune).into_iter().filter(|part| part.again > 0);
    let starts = again.filter_map(|part| part.endings.last().map(|(_, bars)| bars.start));
    let notice = |bar: usize| Problem { at: tune.bars[bar].at, message: message.to_owned() };
    starts.map(notice).collect()
}

/// A notice if there are both an order of parts and a jump back.
fn p_against_jump(tune: &Tune) -> Option<Problem> {
    let sign = signs(tune).find(|it| matches!(it.sign, Sign::Back { .. } | Sign::Unclear))?;
    let message = "the header's P: gives the order of playing; D.C., D.S., fine and coda are \
        passed over";
    Some(Problem { at: sign.at, message: message.to_owned() })
}

/// The stretches of bars in the order of the header's `P:`; none where it names no part of this
/// tune.
pub(super) fn stretches(tune: &Tune) -> Vec<Range<usize>> {
    let written = named_stretches(tune);
    // a name given twice means its first stretch
    let find = |name: char| written.iter().find(|s| tune.bars[s.start].part == Some(name));
    let order = names(tune.header('P').unwrap_or_default());
    let chosen: Vec<Range<usize>> = order.into_iter().filter_map(find).cloned().collect();
    let unnamed = |first: &&Range<usize>| tune.bars[first.start].part.is_none();
    let before = written.first().filter(unnamed).filter(|_| !chosen.is_empty());
    before.cloned().into_iter().chain(chosen).collect()
}

/// The same in written order: what stands before the first name, if anything, then each that has
/// a name.
pub(super) fn named_stretches(tune: &Tune) -> Vec<Range<usize>> {
    let begins = |at: &usize| *at == 0 || tune.bars[*at].part.is_some();
    let starts: Vec<usize> = (0..tune.bars.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([tune.bars.len()]);
    starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
}

/// The names in a `P:` field in the order of playing: `A(BC)2` is A B C B C.
///
/// Stops at what is neither name, number, bracket nor dot: such fields are often prose.
fn names(text: &str) -> Vec<char> {
    let mut open: Vec<usize> = Vec::new(); // where each bracket's content begins
    let mut names = Vec::new();
    let mut last = 0; // where the thing that a number repeats begins
    for word in text.split_whitespace() {
        if !word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "().".contains(c))
        {
            break;
        }
        for c in word.chars() {
            match c {
                '(' => open.push(names.len()),
                ')' => last = open.pop().unwrap_or(last),
                '1'..='9' => {
                    let thing: Vec<char> = names[last..].to_vec();
                    let room = MAX_STRETCHES.saturating_sub(names.len());
                    let times = c as usize - '1' as usize;
                    names.extend(thing.iter().cycle().take(thing.len() * times).take(room));
                }
                'A'..='Z' if names.len() < MAX_STRETCHES => {
                    last = names.len();
                    names.push(c);
                }
                _ => {}
            }
        }
    }
    names
}
