//! Which note values draw a length: `5/8` is a half note tied to a quaver.

use super::Duration;
use crate::music::abc::{Event, checked_div, checked_mul};

/// The note values, each half of the one before; the first lasts eight whole notes.
const KINDS: [&str; 14] = [
    "maxima", "long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th",
    "128th", "256th", "512th", "1024th",
];
/// The shortest of them is one of so many parts of a whole note.
const PARTS: i64 = 1024;
/// The dots that a note has at most: `a>>>b` gives three.
const MOST_DOTS: u32 = 3;
/// The most tied notes that draw one.
const MOST_VALUES: usize = 64;

/// A note as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// How long it sounds, in whole notes.
    pub(super) duration: Duration,
    /// Its value.
    pub(super) kind: &'static str,
    pub(super) dots: u32,
    /// So many of its kind last as long as that many plain ones, where it is in a tuplet.
    pub(super) ratio: Option<(i64, i64)>,
}

/// The values that draw a note, a chord or a rest, tied where there are several; longer ones first.
///
/// # Errors
/// Why there are none.
pub(super) fn values(event: &Event) -> Result<Vec<Value>, String> {
    let too_odd = || "a length that no note value draws; write it as MIDI".to_owned();
    let (actual, normal) = ratio(event).ok_or_else(too_odd)?;
    let factor = Duration::new(normal, actual);
    let written = checked_div(event.duration, factor)
        .and_then(|written| checked_mul(written, Duration::from_integer(PARTS)))
        .ok_or_else(too_odd)?;
    if !written.is_integer() {
        return Err(format!("a note shorter than 1/{PARTS}, which no value draws"));
    }
    let ratio = (actual != normal).then_some((actual, normal));
    let mut values = Vec::new();
    let mut rest = written.to_integer();
    while rest > 0 {
        if values.len() == MOST_VALUES {
            return Err("a note longer than anybody draws; cut it into bars".to_owned());
        }
        let (kind, dots, parts) = longest(rest);
        rest -= parts;
        let duration = checked_mul(Duration::new(parts, PARTS), factor).ok_or_else(too_odd)?;
        values.push(Value { duration, kind, dots, ratio });
    }
    Ok(values)
}

/// The one value that draws a length, and its dots.
pub(super) fn single(length: Duration) -> Option<(&'static str, u32)> {
    let parts = checked_mul(length, Duration::from_integer(PARTS))?;
    let parts = parts.is_integer().then(|| parts.to_integer()).filter(|parts| *parts > 0)?;
    let (kind, dots, all) = longest(parts);
    (all == parts).then_some((kind, dots))
}

/// The longest value within so many parts, more than none: its name, dots and parts.
fn longest(parts: i64) -> (&'static str, u32, i64) {
    let breadth = KINDS.len() as u32 - 1;
    let top = parts.ilog2().min(breadth);
    // each dot adds half of what was added before
    let dotted = (0..=MOST_DOTS.min(top)).map(|dots| (dots, (2 << top) - (1 << (top - dots))));
    let fits = dotted.rev().find(|(_, all)| *all <= parts);
    let (dots, parts) = fits.unwrap_or((0, 1 << top));
    (KINDS[(breadth - top) as usize], dots, parts)
}

/// How many notes of an event's kind last as long as how many plain ones: what its tuplet says, and
/// what a length such as `A2/3` says without one. `None` beyond reckoning.
fn ratio(event: &Event) -> Option<(i64, i64)> {
    let tuplet = event.tuplet.map_or((1, 1), |it| (i64::from(it.p), i64::from(it.q)));
    let written = checked_div(event.duration, Duration::new(tuplet.1, tuplet.0))?;
    let odd = odd_part(*written.denom());
    let plain = 1 << odd.ilog2(); // three in the time of two, five or seven in that of four
    Some((tuplet.0.checked_mul(odd)?, tuplet.1.checked_mul(plain)?))
}

/// A number, more than 0, without its factors of 2.
pub(super) fn odd_part(number: i64) -> i64 {
    number >> number.trailing_zeros()
}

/// Into how many parts a quarter note is divided, such that all these times, in whole notes, are
/// whole numbers of them; `None` where a time is more than 32 bits can say.
pub(super) fn divisions(times: impl Iterator<Item = Duration> + Clone) -> Option<i64> {
    let quarters = |time: Duration| checked_mul(time, Duration::from_integer(4));
    let mut divisions: i64 = 1;
    for time in times.clone() {
        // what it needs beyond what there is already
        let more = Duration::new(*quarters(time)?.denom(), divisions);
        divisions = divisions.checked_mul(*more.numer())?;
    }
    let fits = |time| {
        let parts = checked_mul(quarters(time)?, Duration::from_integer(divisions))?;
        i32::try_from(parts.to_integer()).ok()
    };
    i32::try_from(divisions).ok()?;
    times.clone().all(|time| fits(time).is_some()).then_some(divisions)
}
