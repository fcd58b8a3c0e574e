//! `cargo bench --bench places`: what whole numbers beside the characters cost, as ratios of a model
//! that takes them to one that does not, of the notebook's sizes otherwise.
//!
//! Both take turns of one call each, so that what else the machine does slows both alike; printed are
//! the medians, and the median, lowest and highest quartile of the ratios of neighbours.

mod common;

use common::{BATCH, LSTM, STEPS, VOCAB, compare, pool, seconds, shape, weights};
use hornpipe::engine::Activation;
use hornpipe::engine::adam::Adam;
use hornpipe::engine::inference::Inference;
use hornpipe::engine::layers::dropout::Dropout;
use hornpipe::engine::layers::embedding::Input;
use hornpipe::engine::model::{Model, States, Tape};
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe_kernels::mix;
use ndarray::{Array2, Array3, Axis, Slice};

/// Sizes like those of a reader of tunes: 20 inputs, 646 values.
const INPUTS: [usize; 20] = [28, 6, 8, 5, 64, 64, 34, 7, 8, 7, 79, 79, 79, 79, 79, 4, 4, 4, 4, 4];
/// Of the first inputs: they stay as they are for a whole tune.
const CONSTANT: usize = 4;

/// A number below `size`, the low ones more often: three in five are in the lowest fifth.
fn skewed(key: u64, i: u64, size: usize) -> u32 {
    let unit = (mix(key, i) >> 11) as f64 / (1u64 << 53) as f64;
    (unit * unit * unit * size as f64) as u32
}

/// A model of this shape with a window (T, B) before it.
struct Run {
    model: Model<f32>,
    adam: Adam<f32>,
    tape: Tape<f32>,
    d: Weights<f32>,
    states: States<f32>,
    x: Array2<u32>,
    places: Array3<u32>,
    update: u64,
}

impl Run {
    fn new(inputs: &[usize], steps: usize, batch: usize) -> Self {
        let shape = Shape { inputs: inputs.to_vec(), ..shape(&LSTM) };
        let model = Model::new(weights(&shape), Activation::Sigmoid);
        let at = |(t, b)| (t * batch + b) as u64;
        let place = |(t, b, k): (usize, usize, usize)| {
            let i = if k < CONSTANT { b as u64 } else { at((t, b)) };
            skewed(k as u64, i, inputs[k])
        };
        Self {
            adam: Adam::new(&shape),
            tape: Tape::new(&shape, steps, batch),
            d: Weights::zeros(&shape),
            states: model.zero_states(batch),
            x: Array2::from_shape_fn((steps, batch), |i| skewed(99, at(i), VOCAB)),
            places: Array3::from_shape_fn((steps, batch, inputs.len()), place),
            update: 0,
            model,
        }
    }

    /// An update of training.
    fn step(&mut self) {
        let x = Input { symbols: self.x.view(), places: self.places.view() };
        let dropout = Dropout::Drawn { rate: 0.2, seed: 1, update: self.update, row: 0 };
        self.model.forward(x, &mut self.states, dropout, &mut self.tape);
        self.model.score(self.x.view(), &mut self.tape);
        self.model.backward(&mut self.tape, &mut self.d);
        self.model.update(|weights| self.adam.step(weights, &self.d, 1e-3, 1.0));
        self.update += 1;
    }
}

fn main() {
    for threads in [1, 2] {
        let pool = pool(threads);
        let [mut without, mut with] = [&[][..], &INPUTS].map(|k| Run::new(k, STEPS, BATCH));
        let name = format!("training step, {threads} threads");
        compare(
            &name,
            ["without", "with"],
            || seconds(|| pool.install(|| without.step())),
            || seconds(|| pool.install(|| with.step())),
        );
    }
    // as written: a thread's rows are its own
    let pool = pool(1);
    for batch in [1, 32] {
        let [without, with] = [&[][..], &INPUTS].map(|k| Run::new(k, 100, batch));
        let writing = |run: &Run| {
            let mut states = run.states.clone();
            let mut inference = Inference::new(&run.model, 1, batch);
            seconds(|| {
                for t in 0..run.x.nrows() {
                    let symbols = run.x.slice_axis(Axis(0), Slice::from(t..=t));
                    let places = run.places.slice_axis(Axis(0), Slice::from(t..=t));
                    inference.forward(Input { symbols, places }, &mut states);
                }
            })
        };
        let name = format!("100 characters of {batch} streams");
        pool.install(|| {
            compare(&name, ["without", "with"], || writing(&without), || writing(&with))
        });
    }
}
