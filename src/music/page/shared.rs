//! Where the longest run of notes stands that two tunes share.

use crate::music::abc::{Duration, Position, Tune};
use crate::music::corpus::steps;
use num_traits::Zero;

/// The notes of the longest shared run as they are written, in one tune and in the other.
pub(super) fn shared(one: &Tune, other: &Tune) -> [Vec<Position>; 2] {
    let run = longest_run(&steps(one), &steps(other));
    let places = |tune: &Tune, end: usize| -> Vec<Position> {
        let notes = if run.length == 0 { 0..0 } else { end - run.length..end + 1 };
        struck(tune).get(notes).unwrap_or_default().concat()
    };
    [places(one, run.ends.0), places(other, run.ends.1)]
}

/// How many steps two tunes share, and behind which step of each that run ends.
#[derive(Default)]
struct Run {
    length: usize,
    ends: (usize, usize),
}

fn longest_run<T: PartialEq>(a: &[T], b: &[T]) -> Run {
    let mut best = Run::default();
    // how long the run is that ends before each step of b and the present one of a
    let mut runs = vec![0; b.len() + 1];
    for (at_a, step) in a.iter().enumerate() {
        for at_b in (0..b.len()).rev() {
            let length = if b[at_b] == *step { runs[at_b] + 1 } else { 0 };
            runs[at_b + 1] = length;
            if length > best.length {
                best = Run { length, ends: (at_a + 1, at_b + 1) };
            }
        }
    }
    best
}

/// Where each note is written that [`steps`] go between: once, or as often as it is tied on.
fn struck(tune: &Tune) -> Vec<Vec<Position>> {
    let mut notes: Vec<(Vec<Position>, Duration)> = Vec::new();
    let mut held = false;
    for event in tune.events() {
        match notes.last_mut() {
            Some((places, longest)) if event.top().is_none() || held => {
                places.extend(event.top().map(|_| event.at));
                *longest = event.duration.max(*longest);
            }
            None if event.top().is_none() => {}
            _ => notes.push((vec![event.at], event.duration)),
        }
        held = event.tie;
    }
    notes.retain(|(_, longest)| !longest.is_zero());
    notes.into_iter().map(|(places, _)| places).collect()
}

#[cfg(test)]
mod tests {
    use super::{longest_run, shared, struck};
    use crate::music::abc::{Position, read, tunes};
    use crate::music::corpus::{EMBEDDED, steps};
    use crate::music::judge::Known;

    #[test]
    fn a_run_is_found_in_any_key_with_its_ties_and_rests() {
        let one = read("X:1\nL:1/8\nK:C\nGGc-|c2 z2 d2 e4|CC\n");
        let other = read("X:1\nL:1/4\nK:D\n!trill!AF2d3z2e2f4 A|\n");
        let columns = |places: &[Position]| places.iter().map(|at| at.column).collect::<Vec<_>>();
        let [ours, theirs] = shared(&one, &other);
        assert_eq!((columns(&ours), columns(&theirs)), (vec![3, 6, 12, 15], vec![11, 15, 17]));
    }

    #[test]
    fn notes_are_those_that_steps_go_between() {
        for text in tunes(EMBEDDED) {
            let tune = read(text);
            assert_eq!(struck(&tune).len(), steps(&tune).len() + 1, "{text}");
        }
    }

    #[test]
    fn the_run_is_as_long_as_the_judge_says() {
        let corpus: Vec<&str> = tunes(EMBEDDED).into_iter().take(80).collect();
        let known = Known::new(&corpus);
        for (place, text) in corpus.iter().enumerate() {
            let tune = read(text);
            let copied = known.longest_run(&tune, Some(place));
            let from = copied.from.expect("tunes of one book share some notes");
            let other = read(corpus[from]);
            let run = longest_run(&steps(&tune), &steps(&other));
            assert_eq!(run.length + 1, copied.notes, "{text}");
        }
    }
}
