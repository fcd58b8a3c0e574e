//! What repeat signs and endings mean: the parts of a tune.
//!
//! A part begins at the start of the tune, at `|:`, or after a double bar line or the end of a
//! repeat, and that is also where `:|` goes back to (standard 2.1, 4.8). Inside `|: ... :|` a
//! double bar line is only decoration.
//!
//! A last ending that is longer than the first and stops at `:|` has run on into the next part,
//! and that sign goes back to the latest end of a repeat: to where the ending begins.

use std::ops::Range;

use super::{Bar, Tune};

/// Passes that we follow.
const MAX_PASSES: u32 = 8;

/// A stretch of bars that is played `passes` times, each time with another ending if there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Indices of the bars that every pass plays.
    pub body: Range<usize>,
    /// The numbers of the passes that take an ending, and the indices of its bars.
    pub endings: Vec<(Vec<u32>, Range<usize>)>,
    /// How often the part is played, at least once.
    pub passes: u32,
    /// How often the last ending is played again after that: it runs on to a `:|` of its own.
    pub again: u32,
    /// It begins with `|:`.
    pub opened: bool,
    /// It ends with `:|`, or its first ending does.
    pub closed: bool,
}

/// The parts of a tune in written order. Every bar is in exactly one part.
pub fn parts(tune: &Tune) -> Vec<Part> {
    parts_of(tune, 0..tune.bars.len())
}

/// The parts of a stretch of bars, as if the tune ended where it does.
pub(super) fn parts_of(tune: &Tune, stretch: Range<usize>) -> Vec<Part> {
    let bars = &tune.bars[..stretch.end];
    let mut parts = Vec::new();
    let mut start = stretch.start;
    while start < bars.len() {
        let before = if start == 0 { tune.left } else { bars[start - 1].right };
        let part = part_from(bars, start, before.repeat_start > 0);
        start = part.endings.last().map_or(part.body.end, |(_, bars)| bars.end);
        parts.push(part);
    }
    parts
}

/// The bars with their repeats and endings, as indices into [`Tune::bars`].
pub fn played(tune: &Tune) -> Vec<usize> {
    parts(tune).iter().flat_map(rounds).flatten().collect()
}

/// The stretches of bars of a part in the order of playing.
pub(super) fn rounds(part: &Part) -> Vec<Range<usize>> {
    let mut rounds = Vec::new();
    for pass in 1..=part.passes {
        rounds.push(part.body.clone());
        let endings = part.endings.iter().filter(|(passes, _)| passes.contains(&pass));
        rounds.extend(endings.map(|(_, bars)| bars.clone()));
    }
    let last = part.endings.last().map(|(_, bars)| bars.clone());
    rounds.extend(last.into_iter().cycle().take(part.again as usize));
    rounds
}

/// The part that begins with bar `start`.
fn part_from(bars: &[Bar], start: usize, opened: bool) -> Part {
    // Does this |: find its :| before another |: or the end?
    let closes = opened
        && (start..bars.len())
            .find_map(|at| {
                let (line, next) = (bars[at].right, bars.get(at + 1));
                if line.repeat_end > 0 || next.is_some_and(|bar| bar.ending.is_some()) {
                    Some(true)
                } else {
                    (line.repeat_start > 0).then_some(false)
                }
            })
            .unwrap_or(false);
    let stops = |at: usize| {
        let line = bars[at].right;
        let by_line = line.repeat_end > 0 || line.repeat_start > 0 || (line.double && !closes);
        by_line || bars.get(at + 1).is_none_or(|bar| bar.ending.is_some())
    };
    // A part that begins with an ending has no body.
    let begins_with_ending = bars[start].ending.is_some();
    let body_end = if begins_with_ending {
        start
    } else {
        (start..bars.len()).find(|at| stops(*at)).map_or(bars.len(), |at| at + 1)
    };
    let endings = endings_from(bars, body_end, begins_with_ending || !ends_here(bars, body_end));
    let last_line = |end: usize| bars[end - 1].right.repeat_end;
    let (passes, closed) = match endings.first() {
        Some((_, first)) => {
            let numbers = endings.iter().flat_map(|(passes, _)| passes);
            let closed = last_line(first.end) > 0;
            // an ending that goes back and has no fellow is left out in one more pass
            let more = u32::from(closed && endings.len() == 1);
            (numbers.copied().max().unwrap_or(1) + more, closed)
        }
        None => (1 + last_line(body_end), last_line(body_end) > 0),
    };
    let passes = passes.min(MAX_PASSES);
    let again = match endings.as_slice() {
        [(_, first), .., (numbers, last)]
            if closed && last.len() > first.len() && numbers.contains(&passes) =>
        {
            last_line(last.end).min(MAX_PASSES - passes)
        }
        _ => 0,
    };
    Part { body: start..body_end, endings, passes, again, opened, closed }
}

/// Whether the body that ends before bar `end` is the whole part, whatever comes next.
fn ends_here(bars: &[Bar], end: usize) -> bool {
    end > 0 && bars[end - 1].right.repeat_end > 0
}

/// The endings that follow one another from bar `start`.
fn endings_from(bars: &[Bar], start: usize, wanted: bool) -> Vec<(Vec<u32>, Range<usize>)> {
    let mut endings = Vec::new();
    let mut from = start;
    while let Some(numbers) = bars.get(from).and_then(|bar| bar.ending.as_ref()).filter(|_| wanted)
    {
        let stops = |at: &usize| {
            let next_is_ending = bars.get(at + 1).is_none_or(|bar| bar.ending.is_some());
            bars[*at].right.divides() || next_is_ending
        };
        let end = (from..bars.len()).find(stops).map_or(bars.len(), |at| at + 1);
        endings.push((numbers.clone(), from..end));
        from = end;
        // A new first ending belongs to a new part.
        if bars.get(from).and_then(|bar| bar.ending.as_ref()).is_some_and(|n| n.contains(&1)) {
            break;
        }
    }
    endings
}
