//! Where the time of a training step goes: a stopwatch that the model presses after each phase.

use std::time::Instant;

/// A phase of a training step, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "`NAMES` says what each is")]
#[rustfmt::skip]
pub enum Phase {
    Table, Recurrence, Inputs, Dense,
    DenseBackward, RecurrenceBackward, WeightGradients, TableBackward, Update,
}

/// What each phase is, for people.
pub const NAMES: [&str; 9] = [
    "input table of the first layer",
    "recurrence, forward",
    "dropout, input products",
    "dense layer and loss",
    "dense layer, backward",
    "recurrence, backward",
    "weight gradients, dropout backward",
    "input table, backward",
    "Adam, packing the weights",
];

/// Adds up the time between presses by phase. At rest (the default) it does nothing.
#[derive(Clone, Debug, Default)]
pub struct Stopwatch {
    running: Option<(Instant, [f64; NAMES.len()])>,
}

impl Stopwatch {
    /// Starts, or starts again from zero.
    pub fn start(&mut self) {
        self.running = Some((Instant::now(), [0.0; NAMES.len()]));
    }

    /// The time since the last press was spent in `phase`.
    pub fn lap(&mut self, phase: Phase) {
        if let Some((last, laps)) = &mut self.running {
            let now = Instant::now();
            laps[phase as usize] += (now - *last).as_secs_f64();
            *last = now;
        }
    }

    /// Seconds of each phase since the start.
    pub fn laps(&self) -> [f64; NAMES.len()] {
        self.running.map_or([0.0; NAMES.len()], |(_, laps)| laps)
    }
}
