//! Where the time of a training step goes: a stopwatch that the model presses after each phase,
//! and the arithmetic that each phase cannot do without.
//!
//! Necessary operations, a multiply-add counted as two, for N = T·B samples and a table of the U
//! distinct symbols of a window:
//!
//! ```text
//! table                2·U·E·4H                   H of the first layer
//! recurrence           Σ 2·N·H·4H                 over the layers
//! inputs               Σ 2·N·D·4H                 over the layers above the first
//! dense                2·N·H·V
//! dense backward       4·N·H·V                    dx and dkernel
//! recurrence backward  Σ 2·N·H·4H                 dh_prev
//! weight gradients     Σ 2·N·H·4H + Σ 4·N·D·4H    dw_h; above the first layer dw_x and dx
//! table backward       4·U·E·4H                   dw_x and the rows of the embedding
//! ```

use crate::engine::weights::Shape;
use hornpipe_kernels::{Isa, peak_loop};
use std::hint::black_box;
use std::time::Instant;

/// A phase of a training step, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the table above and `NAMES` say what each is")]
pub enum Phase {
    Table,
    Recurrence,
    Inputs,
    Dense,
    DenseBackward,
    RecurrenceBackward,
    WeightGradients,
    TableBackward,
    Update,
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

/// Necessary operations of each phase for `samples` = T·B and U = `distinct`, by the table above.
///
/// # Panics
/// If the shape has no LSTM layer.
pub fn operations(shape: &Shape, samples: usize, distinct: usize) -> [f64; NAMES.len()] {
    let (n, u) = (samples as f64, distinct as f64);
    let (mut recurrence, mut inputs) = (0.0, 0.0);
    for (k, &hidden) in shape.lstm.iter().enumerate() {
        recurrence += 8.0 * n * (hidden * hidden) as f64;
        inputs += if k > 0 { 8.0 * n * (shape.input_of(k) * hidden) as f64 } else { 0.0 };
    }
    let table = 8.0 * u * (shape.embedding * shape.lstm[0]) as f64;
    let dense = 2.0 * n * (shape.top() * shape.vocab) as f64;
    let weights = recurrence + 2.0 * inputs;
    [table, recurrence, inputs, dense, 2.0 * dense, recurrence, weights, 2.0 * table, 0.0]
}

/// Operations a second of fused multiply-adds that touch no memory, on all threads of the pool at
/// once: the best of a few tries.
///
/// # Panics
/// As [`Isa::current`].
pub fn peak() -> f64 {
    let isa = Isa::current();
    let rounds = if isa.has_fma() { 500_000 } else { 2_000 };
    let once = || {
        let begun = Instant::now();
        let counts = rayon::broadcast(|_| black_box(peak_loop(isa, rounds, black_box(0.5))).0);
        counts.iter().fold(0.0, |sum, &count| sum + count as f64) / begun.elapsed().as_secs_f64()
    };
    (0..8).map(|_| once()).fold(0.0, f64::max)
}
