//! Da capo, dal segno, fine and coda: which jump the signs of a tune ask for.
//!
//! One jump is followed, once: back to the beginning or to the segno, and from there without
//! repeats and with the last ending of each part to the fine or to the coda. What does not pair up
//! so is passed over and said.

use super::signs::{Placed, Sign, Until, signs};
use super::tune::{Problem, Tune};

/// Signs that we follow; nobody finds the way through more.
const MAX_SIGNS: usize = 64;

/// A place between two notes: the index of a bar and how many of its notes and rests are before.
pub(crate) type Place = (usize, usize);

/// A jump back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    /// How many bars, with their repeats, are played before it.
    pub(crate) after: usize,
    /// Where it goes back to.
    pub(crate) from: Place,
    /// That is a segno.
    pub(crate) to_segno: bool,
    /// Where playing stops then, never before the first note of a bar.
    pub(crate) until: Place,
    /// The bars from `after` on are a coda, which is played last.
    pub(crate) coda: bool,
}

/// The jump that the signs of a tune ask for, if any, and what of them is passed over.
pub(super) fn jump(tune: &Tune) -> (Option<Jump>, Vec<Problem>) {
    let signs: Vec<Placed> = signs(tune).take(MAX_SIGNS + 1).collect();
    if let Some(sign) = signs.get(MAX_SIGNS) {
        let message = "too many signs such as D.C. and fine; they are passed over";
        return (None, vec![notice(sign, message.to_owned())]);
    }
    let mut notices = Vec::new();
    let mut found: Option<Jump> = None;
    let mut backs = 0;
    for sign in &signs {
        if sign.sign == Sign::Unclear {
            notices.push(passed_over(sign, "what is said of D.C., D.S. or a coda is not clear"));
        }
        let Sign::Back { to_segno, until } = sign.sign else { continue };
        backs += 1;
        match (follow(tune, &signs, sign, to_segno, until), &found) {
            (Ok(jump), None) => found = Some(jump),
            // said twice, as a sign and in words
            (Ok(jump), Some(followed)) if jump.after == followed.after => {}
            (Ok(_), Some(_)) => notices.push(passed_over(sign, "a second jump back")),
            (Err(reason), _) => notices.push(passed_over(sign, reason)),
        }
    }
    // where a jump is passed over, what belongs to it needs no word of its own
    if found.is_some() || backs == 0 {
        notices.extend(signs.iter().filter_map(|sign| left_alone(tune, sign, found.as_ref())));
    }
    notices.sort_by_key(|notice| notice.at);
    (found, notices)
}

/// The jump of a D.C. or D.S., or why there is none.
fn follow(
    tune: &Tune,
    signs: &[Placed],
    sign: &Placed,
    to_segno: bool,
    until: Until,
) -> Result<Jump, &'static str> {
    let last = section_end(tune, sign).unwrap_or(sign.bar);
    let after = last + 1;
    let end = (last, tune.bars[last].events.len());
    let mut from = (0, 0);
    if to_segno {
        // one in the last bar says what to look for: "D.S." with the sign itself
        let segnos = signs.iter().filter(|other| other.sign == Sign::Segno).map(start);
        let segno = segnos.rev().find(|segno| *segno < (last, 0));
        from = segno.ok_or("a D.S. without a segno before it")?;
    }
    let within = |place: &Place| *place > from && *place <= end;
    // the coda stands right after the jump; what stands there does not lead to it
    let coda = after < tune.bars.len()
        && signs.iter().any(|other| other.sign == Sign::Coda && start(other).0 == after);
    let leads =
        |other: &&Placed| matches!(other.sign, Sign::Coda | Sign::ToCoda) && start(other).0 < after;
    let to_coda = signs.iter().filter(leads).filter_map(|other| leave(tune, other)).find(within);
    if let Some(until) = to_coda.filter(|_| coda && until != Until::Fine) {
        return Ok(Jump { after, from, until, to_segno, coda });
    }
    if until == Until::Coda {
        return Err("'al coda' without a coda after it and a sign that leads there");
    }
    if after < tune.bars.len() {
        return Err("D.C. or D.S. before the end of the tune");
    }
    // without a fine nothing is asked for but to play round and round, as dancers need it
    let fines = signs.iter().filter(|other| other.sign == Sign::Fine);
    let until = fines.map(|fine| stop(tune, fine)).find(within);
    let until = until.ok_or("D.C. or D.S. without a fine or coda that says where to stop")?;
    Ok(Jump { after, from, until, to_segno, coda: false })
}

/// A notice if a sign has nothing to do with the jump that is followed.
fn left_alone(tune: &Tune, sign: &Placed, jump: Option<&Jump>) -> Option<Problem> {
    let (used, what) = match sign.sign {
        Sign::Segno => {
            (jump.is_some_and(|jump| jump.to_segno), "a segno that no D.S. goes back to")
        }
        Sign::Coda | Sign::ToCoda => {
            (jump.is_some_and(|jump| jump.coda), "a coda that no D.C. or D.S. leads to")
        }
        Sign::Fine => {
            let place = stop(tune, sign);
            let last = tune.bars.len() - 1;
            let at_end = place == (last, tune.bars[last].events.len());
            let used = jump.is_some_and(|jump| jump.until == place);
            (used || at_end, "a fine that no D.C. or D.S. comes to")
        }
        Sign::Back { .. } | Sign::Unclear => return None,
    };
    (!used).then(|| passed_over(sign, what))
}

/// Where the music at a sign begins.
pub(super) fn start(sign: &Placed) -> Place {
    sign.event.map_or((sign.bar + 1, 0), |event| (sign.bar, event))
}

/// Where the music before a fine ends: with the note that it stands at.
pub(super) fn stop(tune: &Tune, sign: &Placed) -> Place {
    let bar = section_end(tune, sign).unwrap_or(sign.bar);
    let event = sign.event.filter(|_| bar == sign.bar);
    (bar, event.map_or(tune.bars[bar].events.len(), |event| event + 1))
}

/// Where the music before a jump to the coda ends: with its bar, but a coda's sign at the first
/// note of a bar stands at the bar line before it. `None` at the very beginning.
pub(super) fn leave(tune: &Tune, sign: &Placed) -> Option<Place> {
    let before = sign.sign == Sign::Coda && sign.event == Some(0);
    let bar = if before { sign.bar.checked_sub(1)? } else { sign.bar };
    Some((bar, tune.bars[bar].events.len()))
}

/// The bar before, where a sign at a first note belongs to the double bar or the repeat sign there:
/// nothing ends with the first note of a part, unless that is all of it.
pub(super) fn section_end(tune: &Tune, sign: &Placed) -> Option<usize> {
    let before = sign.bar.checked_sub(1).filter(|_| sign.event == Some(0))?;
    let divides = |bar: usize| tune.bars[bar].right.divides();
    let last = sign.bar + 1 == tune.bars.len();
    (divides(before) && !divides(sign.bar) && !last).then_some(before)
}

fn passed_over(sign: &Placed, what: &str) -> Problem {
    notice(sign, format!("{what}; it is passed over"))
}

fn notice(sign: &Placed, message: String) -> Problem {
    Problem { at: sign.at, message }
}
