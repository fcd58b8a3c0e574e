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
/// Trains the default model on the default text for a few seconds and throws it away. Per cent are
/// of the peak, which is measured too: fused multiply-adds that touch no memory, on all threads.
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
/// How long to train; with the two measurements of the peak it makes ten seconds.
const SECONDS: f64 = 8.0;

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
    /// Operations a second that touch no memory.
    peak: f64,
    /// Seconds of all epochs.
    whole: f64,
}

impl Measured {
    /// Trains for some seconds.
    fn of(trainer: &mut Trainer, distinct: usize) -> Result<Self> {
        let before = peak();
        trainer.step()?;
        trainer.stopwatch().start();
        let begun = Instant::now();
        let mut steps = 0;
        while begun.elapsed().as_secs_f64() < SECONDS {
            trainer.progress.window %= trainer.windows();
            trainer.step()?;
            steps += 1;
        }
        let seconds = begun.elapsed().as_secs_f64() / f64::from(steps);
        let laps = trainer.stopwatch().laps().map(|lap| lap / f64::from(steps));
        // the clock rate changes with what else the machine does: before and after
        let peak = before.max(peak());
        let needed = operations(&trainer.model.weights().shape(), BATCH * STEPS, distinct);
        let phase = |((name, lap), operations): ((&&'static str, f64), f64)| Phase {
            name,
            seconds: lap,
            share: lap / seconds,
            operations,
        };
        let mut phases: Vec<Phase> = NAMES.iter().zip(laps).zip(needed).map(phase).collect();
        let operations = phases.iter().fold(0.0, |sum, phase| sum + phase.operations);
        phases.push(Phase { name: "one training step", seconds, share: 1.0, operations });
        let whole = EPOCHS as f64 * trainer.windows() as f64 * seconds;
        Ok(Self { phases, peak, whole })
    }

    /// The whole step.
    fn step(&self) -> &Phase {
        self.phases.last().expect("the whole step")
    }

    /// Characters a second.
    fn speed(&self) -> f64 {
        (BATCH * STEPS) as f64 / self.step().seconds
    }

    /// For people.
    fn table(&self) -> String {
        let mut table =
            format!("{:36}{:>8}{:>8}{:>11}{:>8}\n", "phase", "ms", "share", "GFLOP/s", "peak");
        self.phases.iter().for_each(|phase| table += &(phase.row(self.peak) + "\n"));
        table += &format!(
            "\npeak {:.0} GFLOP/s; {:.2} GFLOP a step; {} characters/s; {EPOCHS} epochs of the \
             embedded corpus: about {}",
            self.peak / 1e9,
            self.step().operations / 1e9,
            grouped(self.speed() as usize),
            duration(self.whole)
        );
        table
    }

    /// For programs.
    fn lines(&self) -> Vec<Value> {
        let mut lines: Vec<Value> = self.phases.iter().map(|phase| phase.line(self.peak)).collect();
        lines.push(json!({
            "threads": rayon::current_num_threads(),
            "kernels": Isa::current().name(),
            "batch": BATCH,
            "steps": STEPS,
            "step_seconds": self.step().seconds,
            "step_operations": self.step().operations,
            "characters_per_second": self.speed(),
            "peak_operations_per_second": self.peak,
            "embedded_corpus_seconds": self.whole,
        }));
        lines
    }
}

/// What a part of a step takes: seconds, as a share of the step, and necessary operations.
struct Phase {
    name: &'static str,
    seconds: f64,
    share: f64,
    operations: f64,
}

impl Phase {
    /// As a row of the table; `peak` in operations a second.
    fn row(&self, peak: f64) -> String {
        let Self { name, seconds, share, operations } = self;
        let rate = operations / seconds;
        let figures = if *operations > 0.0 {
            format!("{:>11.0}{:>6.0} %", rate / 1e9, 100.0 * rate / peak)
        } else {
            String::new()
        };
        format!("{name:36}{:8.2}{:6.1} %{figures}", 1e3 * seconds, 100.0 * share)
    }

    /// As a line for programs.
    fn line(&self, peak: f64) -> Value {
        let Self { name, seconds, share, operations } = self;
        let rate = operations / seconds;
        json!({ "phase": name, "seconds": seconds, "share": share, "operations": operations,
                "share_of_peak": rate / peak })
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
