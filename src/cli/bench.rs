//! `hornpipe bench`: what this machine can do, and where the time of a training step goes.
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

use super::out::{Out, counted, duration, grouped};
use super::values::EMBEDDED_EPOCHS as EPOCHS;
use crate::engine::init::initial_weights;
use crate::engine::model::Model;
use crate::engine::real::Precision;
use crate::engine::stopwatch::NAMES;
use crate::engine::weights::Shape;
use crate::error::Result;
use crate::learn::config::Settings;
use crate::learn::listener::Listener;
use crate::learn::material::Material;
use crate::learn::text::{Streams, Vocabulary};
use crate::learn::train::Trainer;
use crate::music::corpus::EMBEDDED;
use crate::music::places;
use hornpipe_kernels::{Isa, peak_loop};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

/// Measure this machine in ten seconds: speed, where the time goes, how long training takes
///
/// Trains the default model on the default text for a few seconds, in f32 and with products in bf16,
/// and throws it away. Per cent are of the peak of f32, which is measured too: fused multiply-adds
/// that touch no memory, on all threads.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe bench
  hornpipe bench --threads 1
  HORNPIPE_ISA=avx2 hornpipe bench")]
pub(super) struct Args {
    /// Print JSON lines: one for each phase of a step, the last one for all
    #[arg(long)]
    json: bool,
}

const BATCH: usize = 16;
const STEPS: usize = 64;
/// How long to train in each precision; with the two measurements of the peak it makes ten seconds.
const SECONDS: f64 = 4.0;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let out = &out.aside_of(self.json);
        let (mut trainer, distinct) = default_trainer()?;
        out.say_lines(format!(
            "{}, {} kernels; LSTM 256, 128 on {BATCH} streams of {STEPS} characters\n",
            counted(rayon::current_num_threads(), "thread"),
            Isa::current()
        ))?;
        let measured = Measured::of(&mut trainer, distinct)?;
        if self.json {
            return measured.lines().iter().try_for_each(|line| out.data_line(line.to_string()));
        }
        measured.table().lines().try_for_each(|line| out.result(line))
    }
}

/// A default run that is about to begin, and how many distinct symbols its windows have.
fn default_trainer() -> Result<(Trainer, usize)> {
    let tonic = "G".parse().ok();
    let material = Material::new(EMBEDDED, 0.1, Some(1), tonic)?;
    let vocabulary = Vocabulary::of_all(material.characters());
    let inputs = places::inputs(vocabulary.len());
    let sizes = inputs.iter().map(|(_, size)| *size).collect();
    let lstm = vec![256, 128];
    let shape = Shape { vocab: vocabulary.len(), embedding: 512, inputs: sizes, lstm };
    let symbols = vocabulary.encode(&material.training).expect("its own symbols");
    let listener = Listener::new(vocabulary.symbols(), &inputs).expect("its own inputs");
    let listener = listener.on_tonic(tonic);
    let streams = Streams::new(symbols, BATCH, STEPS)?.heard_by(listener);
    let distinct = mean_distinct(&streams);
    let settings = Settings::new().dropout(0.65).average(Some(0.999));
    Ok((Trainer::new(settings, initial_weights(&shape, 1), streams, None), distinct))
}

/// What was measured.
struct Measured {
    /// The whole step comes last.
    phases: Vec<Phase>,
    /// Operations a second that touch no memory, in f32.
    peak: f64,
    /// Steps of all epochs.
    steps: f64,
}

impl Measured {
    /// Trains for some seconds in f32, then as long in bf16.
    fn of(trainer: &mut Trainer, distinct: usize) -> Result<Self> {
        let before = peak();
        let (laps, seconds) = timed(trainer)?;
        let weights = trainer.model.weights().clone();
        trainer.model = Model::in_precision(weights, trainer.settings.activation, Precision::Bf16);
        let (bf16_laps, bf16_seconds) = timed(trainer)?;
        // the clock rate changes with what else the machine does: before and after
        let peak = before.max(peak());
        let needed = operations(&trainer.model.weights().shape(), BATCH * STEPS, distinct);
        let phase = |k| Phase {
            name: NAMES[k],
            seconds: laps[k],
            bf16_seconds: bf16_laps[k],
            share: laps[k] / seconds,
            operations: needed[k],
        };
        let mut phases: Vec<Phase> = (0..NAMES.len()).map(phase).collect();
        let (name, operations) = ("one training step", needed.iter().sum());
        phases.push(Phase { name, seconds, bf16_seconds, share: 1.0, operations });
        Ok(Self { phases, peak, steps: (EPOCHS * trainer.windows()) as f64 })
    }

    /// The whole step.
    fn step(&self) -> &Phase {
        self.phases.last().expect("the whole step")
    }

    /// For people.
    fn table(&self) -> String {
        let mut table = format!(
            "{:36}{:>8}{:>8}{:>11}{:>8}{:>9}\n",
            "phase", "ms", "share", "GFLOP/s", "peak", "bf16 ms"
        );
        self.phases.iter().for_each(|phase| table += &(phase.row(self.peak) + "\n"));
        let Phase { seconds, bf16_seconds, operations, .. } = *self.step();
        let in_all = |seconds| {
            format!(
                "{} characters/s; {EPOCHS} epochs of the embedded corpus: about {}",
                grouped(speed(seconds) as usize),
                duration(self.steps * seconds)
            )
        };
        table += &format!(
            "\npeak {:.0} GFLOP/s; {:.2} GFLOP a step\nf32: {}\nbf16: {}\na step in bf16 takes \
             {:.2} of the time, at {:.0} GFLOP/s",
            self.peak / 1e9,
            operations / 1e9,
            in_all(seconds),
            in_all(bf16_seconds),
            bf16_seconds / seconds,
            operations / bf16_seconds / 1e9,
        );
        table
    }

    /// For programs.
    fn lines(&self) -> Vec<Value> {
        let mut lines: Vec<Value> = self.phases.iter().map(|phase| phase.line(self.peak)).collect();
        let Phase { seconds, bf16_seconds, operations, .. } = *self.step();
        lines.push(json!({
            "threads": rayon::current_num_threads(),
            "kernels": Isa::current().name(),
            "batch": BATCH,
            "steps": STEPS,
            "step_seconds": seconds,
            "step_operations": operations,
            "characters_per_second": speed(seconds),
            "peak_operations_per_second": self.peak,
            "embedded_corpus_seconds": self.steps * seconds,
            "bf16_step_seconds": bf16_seconds,
            "bf16_characters_per_second": speed(bf16_seconds),
            "bf16_operations_per_second": operations / bf16_seconds,
        }));
        lines
    }
}

/// Characters a second, if a step takes these seconds.
fn speed(seconds: f64) -> f64 {
    (BATCH * STEPS) as f64 / seconds
}

/// Seconds of the phases of a step and of the whole step, on average over some seconds of training.
fn timed(trainer: &mut Trainer) -> Result<([f64; NAMES.len()], f64)> {
    trainer.progress.window %= trainer.windows();
    trainer.step()?;
    trainer.stopwatch().start();
    let begun = Instant::now();
    let mut steps = 0;
    while begun.elapsed().as_secs_f64() < SECONDS {
        trainer.progress.window %= trainer.windows();
        trainer.step()?;
        steps += 1;
    }
    let each = |seconds| seconds / f64::from(steps);
    Ok((trainer.stopwatch().laps().map(each), each(begun.elapsed().as_secs_f64())))
}

/// What a part of a step takes: seconds, as a share of the step, and necessary operations.
struct Phase {
    name: &'static str,
    seconds: f64,
    bf16_seconds: f64,
    share: f64,
    operations: f64,
}

impl Phase {
    /// As a row of the table; `peak` in operations a second.
    fn row(&self, peak: f64) -> String {
        let Self { name, seconds, bf16_seconds, share, operations } = self;
        let rate = operations / seconds;
        let figures = if *operations > 0.0 {
            format!("{:>11.0}{:>6.0} %", rate / 1e9, 100.0 * rate / peak)
        } else {
            " ".repeat(19)
        };
        let [ms, bf16_ms] = [seconds, bf16_seconds].map(|seconds| 1e3 * seconds);
        format!("{name:36}{ms:8.2}{:6.1} %{figures}{bf16_ms:9.2}", 100.0 * share)
    }

    /// As a line for programs.
    fn line(&self, peak: f64) -> Value {
        let Self { name, seconds, bf16_seconds, share, operations } = self;
        let rate = operations / seconds;
        json!({ "phase": name, "seconds": seconds, "share": share, "operations": operations,
                "share_of_peak": rate / peak, "bf16_seconds": bf16_seconds })
    }
}

/// Distinct symbols of a window, on average.
fn mean_distinct(streams: &Streams) -> usize {
    let mut room = streams.room();
    let mut count = 0;
    for window in 0..streams.windows() {
        streams.fill(window, &mut room);
        count += room.x.iter().collect::<std::collections::BTreeSet<_>>().len();
    }
    count / streams.windows()
}

/// Necessary operations of each phase for `samples` = T·B and U = `distinct`, by the table above.
fn operations(shape: &Shape, samples: usize, distinct: usize) -> [f64; NAMES.len()] {
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
fn peak() -> f64 {
    let isa = Isa::current();
    let rounds = if isa.has_fma() { 500_000 } else { 2_000 };
    let once = || {
        let begun = Instant::now();
        let counts = rayon::broadcast(|_| black_box(peak_loop(isa, rounds, black_box(0.5))).0);
        counts.iter().fold(0.0, |sum, &count| sum + count as f64) / begun.elapsed().as_secs_f64()
    };
    (0..8).map(|_| once()).fold(0.0, f64::max)
}
