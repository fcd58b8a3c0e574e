//! The longest run of notes that a tune shares with a corpus.
//!
//! A tune is a sequence of steps (see `corpus::duplicates`): the interval and the ratio of lengths
//! from note to note, so that a transposed copy, or one in longer notes, is a copy. All steps of
//! the corpus stand in one suffix automaton: a state for each set of runs that end at the same
//! places, at most two a step. Reading a tune through it finds, at each note, the longest run
//! ending there that the corpus has, in time linear in the tune.
//!
//! A corpus tune is compared with the others: a state knows two different tunes that have its run,
//! and one of two is always another.

use std::collections::HashMap;

use super::notes::share;
use crate::music::abc::{AsTune, Duration, Tune};
use crate::music::corpus::steps;

/// The longest run of notes that a tune shares with one of the corpus.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Copied {
    /// Notes of the run; 0 where not even two are shared.
    pub notes: usize,
    /// Notes of the tune as compared.
    pub of: usize,
    /// The place in the corpus of a tune that has the run.
    pub from: Option<usize>,
}

impl Copied {
    /// The run as a share of the tune.
    pub fn share(&self) -> f64 {
        share(self.notes, self.of)
    }

    /// Over half of the tune.
    pub fn is_near_copy(&self) -> bool {
        2 * self.notes > self.of
    }
}

/// One state of the automaton.
#[derive(Clone, Default)]
struct State {
    /// Length of its longest run.
    length: u32,
    /// The state of the longest run's longest ending that occurs elsewhere too.
    link: u32,
    next: HashMap<u32, u32>,
    /// Two tunes that have the run.
    tunes: [Option<u32>; 2],
}

impl State {
    fn remember(&mut self, tune: u32) {
        match self.tunes {
            [None, _] => self.tunes[0] = Some(tune),
            [Some(first), None] if first != tune => self.tunes[1] = Some(tune),
            _ => {}
        }
    }

    /// A tune that has the run, other than one.
    fn tune_but(&self, leave_out: Option<u32>) -> Option<u32> {
        self.tunes.into_iter().flatten().find(|tune| Some(*tune) != leave_out)
    }
}

/// The runs of notes that a corpus has.
pub struct Known {
    numbers: HashMap<(i32, Duration), u32>,
    states: Vec<State>,
}

const ROOT: u32 = 0;

impl Known {
    /// No corpus.
    pub(in crate::music) fn nothing() -> Self {
        Self::new::<&str>(&[])
    }

    /// Learns the tunes of a corpus, by their places.
    pub fn new<T: AsTune>(tunes: &[T]) -> Self {
        let mut known = Self { numbers: HashMap::new(), states: vec![State::default()] };
        for (place, tune) in tunes.iter().enumerate() {
            let mut last = ROOT;
            for step in steps(&tune.read()) {
                let fresh = known.numbers.len() as u32;
                let symbol = *known.numbers.entry(step).or_insert(fresh);
                last = known.extend(last, symbol);
                known.states[last as usize].remember(place as u32);
            }
        }
        known.spread();
        known
    }

    /// The state after one more symbol of a tune (Blumer et al. 1985).
    fn extend(&mut self, last: u32, symbol: u32) -> u32 {
        if let Some(&to) = self.states[last as usize].next.get(&symbol) {
            return self.split(last, to, symbol);
        }
        let new = self.states.len() as u32;
        let length = self.states[last as usize].length + 1;
        self.states.push(State { length, ..State::default() });
        let mut from = last;
        loop {
            if let Some(&to) = self.states[from as usize].next.get(&symbol) {
                self.states[new as usize].link = self.split(from, to, symbol);
                return new;
            }
            self.states[from as usize].next.insert(symbol, new);
            if from == ROOT {
                return new;
            }
            from = self.states[from as usize].link;
        }
    }

    /// The state whose longest run is `from`'s with the symbol: `to`, or a part split off it.
    fn split(&mut self, from: u32, to: u32, symbol: u32) -> u32 {
        let length = self.states[from as usize].length + 1;
        if self.states[to as usize].length == length {
            return to;
        }
        let part = self.states.len() as u32;
        self.states.push(State { length, tunes: [None; 2], ..self.states[to as usize].clone() });
        self.states[to as usize].link = part;
        let mut from = from;
        while self.states[from as usize].next.get(&symbol) == Some(&to) {
            self.states[from as usize].next.insert(symbol, part);
            if from == ROOT {
                break;
            }
            from = self.states[from as usize].link;
        }
        part
    }

    /// Who has a run has its endings too.
    fn spread(&mut self) {
        let mut order: Vec<u32> = (1..self.states.len() as u32).collect();
        order.sort_by_key(|state| std::cmp::Reverse(self.states[*state as usize].length));
        for state in order {
            let State { link, tunes, .. } = self.states[state as usize];
            for tune in tunes.into_iter().flatten() {
                self.states[link as usize].remember(tune);
            }
        }
    }

    /// The longest run that a tune shares; `leave_out` is its own place in the corpus.
    pub fn longest_run(&self, tune: &Tune, leave_out: Option<usize>) -> Copied {
        let leave_out = leave_out.map(|place| place as u32);
        let steps = steps(tune);
        let of = if steps.is_empty() { 0 } else { steps.len() + 1 };
        let mut best = Copied { of, ..Copied::default() };
        let (mut state, mut length) = (ROOT, 0);
        for step in &steps {
            let symbol = self.numbers.get(step);
            let mut to = None;
            while let Some(symbol) = symbol {
                to = self.states[state as usize].next.get(symbol).copied();
                if to.is_some() || state == ROOT {
                    break;
                }
                state = self.states[state as usize].link;
                length = self.states[state as usize].length;
            }
            (state, length) = to.map_or((ROOT, 0), |to| (to, length + 1));
            while state != ROOT && self.states[state as usize].tune_but(leave_out).is_none() {
                state = self.states[state as usize].link;
                length = self.states[state as usize].length;
            }
            if length as usize + 1 > best.notes && length > 0 {
                let from = self.states[state as usize].tune_but(leave_out);
                best.notes = length as usize + 1;
                best.from = from.map(|place| place as usize);
            }
        }
        best
    }
}
