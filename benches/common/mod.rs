//! What the benchmarks share: a made-up text with the skew of the notebook's, and runs on it.
#![allow(dead_code, reason = "each benchmark is its own crate and uses a part of this one")]

use hornpipe::engine::weights::{Shape, Weights};
use hornpipe::learn::config::Settings;
use hornpipe::learn::progress::Progress;
use hornpipe::learn::text::Streams;
use hornpipe::learn::train::Trainer;
use hornpipe_kernels::mix;
use rayon::ThreadPool;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The notebook's number of symbols.
pub(crate) const VOCAB: usize = 87;
/// The notebook's LSTM layers, streams and window.
pub(crate) const LSTM: [usize; 2] = [256, 128];
pub(crate) const BATCH: usize = 16;
pub(crate) const STEPS: usize = 64;

/// Pairs of calls to compare, and how long may pass once there are some.
const PAIRS: usize = 150;
const LEAST_PAIRS: usize = 9;
const LONG_ENOUGH: Duration = Duration::from_secs(8);

/// Windows a run goes round in.
const WINDOWS: usize = 8;

/// The notebook's embedding below layers of these widths.
pub(crate) fn shape(lstm: &[usize]) -> Shape {
    Shape { vocab: VOCAB, embedding: 512, inputs: vec![], lstm: lstm.to_vec() }
}

/// Weights uniform in [-0.05, 0.05): large orthogonal matrices would take longer than the rest.
pub(crate) fn weights(shape: &Shape) -> Weights<f32> {
    let mut weights = Weights::zeros(shape);
    for (key, tensor) in (0..).zip(weights.tensors_mut()) {
        for (i, x) in (0..).zip(tensor) {
            *x = 0.1 * (uniform(key, i) as f32 - 0.5);
        }
    }
    weights
}

/// A number in [0, 1): a function of both arguments.
fn uniform(key: u64, i: u64) -> f64 {
    (mix(key, i) >> 11) as f64 / (1u64 << 53) as f64
}

/// `count` symbols, symbol s in proportion to 1/(s + 3)^2: a window of 1,024 then has 61 distinct
/// ones on average, and the notebook's text 60.
fn symbols(count: usize) -> Vec<u32> {
    let mut sum = 0.0;
    let sums: Vec<f64> = (0..VOCAB)
        .map(|s| {
            sum += 1.0 / ((s + 3) * (s + 3)) as f64;
            sum
        })
        .collect();
    let draw = |i| sums.partition_point(|&below| below < sum * uniform(7, i)).min(VOCAB - 1);
    (0..count as u64).map(|i| draw(i) as u32).collect()
}

/// A run with the notebook's settings but for the sizes given, and the text it is on.
pub(crate) struct Run {
    trainer: Trainer,
    streams: Streams,
}

impl Run {
    pub(crate) fn new(lstm: &[usize], batch: usize, steps: usize, settings: Settings) -> Self {
        let shape = shape(lstm);
        let weights = weights(&shape);
        let settings = settings.epochs(1);
        // one window more than the run visits: after the last the gradient's length is measured
        let length = batch * (steps * (WINDOWS + 1) + 1);
        let streams = Streams::new(symbols(length), batch, steps).expect("text enough");
        let trainer = Trainer::new(settings, weights, streams.clone(), None);
        Self { trainer, streams }
    }

    /// One update: forward, loss, backward through time, Adam; the state is carried along.
    pub(crate) fn step(&mut self) {
        if self.trainer.progress.window == WINDOWS {
            self.trainer.progress = Progress::default();
        }
        self.trainer.step().expect("a loss that is a number");
    }

    /// Characters an update learns from.
    pub(crate) fn samples(&self) -> usize {
        let (steps, batch) = self.trainer.window();
        steps * batch
    }

    /// Necessary floating-point operations of an update, on average over the windows: the products,
    /// a multiply-add being two. README.md has the terms of the notebook's model.
    pub(crate) fn flop(&self) -> f64 {
        let shape = self.trainer.model.weights().shape();
        // forward c = a·b, backward da = dc·bᵀ and db = aᵀ·dc
        let products = |rows: f64, k: usize, n: usize| 3.0 * 2.0 * rows * (k * n) as f64;
        let samples = self.samples() as f64;
        let mut sum = products(samples, shape.top(), shape.vocab);
        for (k, &hidden) in shape.lstm.iter().enumerate() {
            let rows = if k == 0 { self.distinct() } else { samples };
            sum += products(rows, shape.input_of(k), 4 * hidden);
            sum += products(samples, hidden, 4 * hidden);
        }
        sum
    }

    /// Distinct symbols of a window, on average.
    fn distinct(&self) -> f64 {
        let mut room = self.streams.room();
        let mut count = |window| {
            self.streams.fill(window, &mut room);
            room.x.iter().collect::<BTreeSet<_>>().len()
        };
        (0..WINDOWS).map(&mut count).sum::<usize>() as f64 / WINDOWS as f64
    }
}

/// Threads for `install`.
pub(crate) fn pool(threads: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// Seconds of a call.
pub(crate) fn seconds(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}

/// Prints what the second takes beside the first, each a call that gives seconds, in turns: the
/// medians, and the median, lowest and highest quartile of the ratios of neighbours.
pub(crate) fn compare(
    name: &str,
    [first, second]: [&str; 2],
    mut a: impl FnMut() -> f64,
    mut b: impl FnMut() -> f64,
) {
    let mut pairs = Vec::new();
    let begin = Instant::now();
    while pairs.len() < LEAST_PAIRS || (pairs.len() < PAIRS && begin.elapsed() < LONG_ENOUGH) {
        if pairs.len() % 2 == 0 {
            pairs.push((a(), b()));
        } else {
            let after = b();
            pairs.push((a(), after));
        }
    }
    let quartiles = |of: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = pairs.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        [1, 2, 3].map(|quarter| all[quarter * all.len() / 4])
    };
    let [low, ratio, high] = quartiles(|pair| pair.1 / pair.0);
    println!(
        "{name:40} {:8.3} ms {first}, {:8.3} {second}: {ratio:.3} ({low:.3} - {high:.3}) times as long",
        1e3 * quartiles(|pair| pair.0)[1],
        1e3 * quartiles(|pair| pair.1)[1],
    );
}
