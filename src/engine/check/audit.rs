//! The gradient audit: is every derivative right, and would a wrong one be noticed?
//!
//! Four judges, each independent of what it judges:
//!
//! | judged | judge | what they share |
//! |---|---|---|
//! | f64 engine, backward | [`central_difference`]s of its own loss | the forward pass |
//! | f32 engine, with products of f32 and of bf16 | f64 engine | the layer code, but neither matrix product nor exp, ln, tanh |
//! | f64 engine, forward and backward | [`naive`] | `libm` |
//! | central differences | every [`naive::Bug`] must be caught by them | - |
//!
//! The error of a tensor is ||ours - reference|| / ||reference|| over the whole tensor.

use crate::engine::check::naive::{self, Bug, NaiveBatch, Outcome};
use crate::engine::layers::dropout::Dropout;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::loss::Score;
use crate::engine::layers::tape::State;
use crate::engine::model::{Model, States, Tape};
use crate::engine::real::{Precision, Real};
use crate::engine::weights::{Shape, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3, ArrayD, Axis};
use ndarray_rand::rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// How far a number is moved to each side for a central difference.
pub const STEP: f64 = 1e-5;
/// How far inputs of gates stay from the corners of hard_sigmoid; one [`STEP`] of a weight moves
/// them by a few steps at most.
const CORNER_MARGIN: f64 = 1e-3;
/// Largest error of the f64 engine against central differences, whose own error is about 1e-8
/// here: rounding of the loss divided by the step, and the step squared.
pub const CENTRAL_CEILING: f64 = 1e-6;

/// Tensors by name: `loss`, `accuracy`, final states `lstm.K.h` and `lstm.K.c`, and with `grad.`
/// before its name the gradient by each weight, `lstm.K.h0` and `lstm.K.c0`.
pub type Tensors = BTreeMap<String, ArrayD<f64>>;

/// A model, a window of symbols and places and the state it starts from: all that gradients depend on.
#[derive(Clone, Debug)]
pub struct Case {
    /// The model's weights.
    pub weights: Weights<f64>,
    /// Its recurrent activation.
    pub activation: Activation,
    /// Symbols, places, states and masks.
    pub batch: NaiveBatch,
}

impl Case {
    /// A random case: masks on every layer, no state zero, and `steps` by `batch` symbols and places of
    /// which some repeat and some never come. No input of a gate lies so near a corner of hard_sigmoid
    /// that a central difference could straddle it: such cases are drawn again.
    ///
    /// # Panics
    /// If `steps` or `batch` is 0, or the shape has no LSTM layer.
    pub fn random(shape: &Shape, steps: usize, batch: usize, s: Activation, seed: u64) -> Self {
        const KEEP: f64 = 0.75;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        loop {
            let mut within = |limit: f64| limit * (2.0 * rng.random::<f64>() - 1.0);
            let mut weights = Weights::zeros(shape);
            weights.embedding.mapv_inplace(|_: f64| within(1.0));
            for (k, layer) in weights.lstm.iter_mut().enumerate() {
                // wide enough for gates that are shut or open for good
                let limit = (8.0 / (shape.input_of(k) + shape.lstm[k]) as f64).sqrt();
                layer.w_x.mapv_inplace(|_| within(limit));
                layer.w_h.mapv_inplace(|_| within(limit));
                layer.bias.mapv_inplace(|_| within(2.0));
            }
            weights.dense.kernel.mapv_inplace(|_| within(2.0));
            weights.dense.bias.mapv_inplace(|_| within(1.0));

            let mut below = |size: usize| (0.5 * (within(1.0) + 1.0) * size as f64) as usize;
            let mut symbols = || below(shape.vocab);
            let x = Array2::from_shape_simple_fn((batch, steps), &mut symbols);
            let y = Array2::from_shape_simple_fn((batch, steps), &mut symbols);
            let dim = (batch, steps, shape.inputs.len());
            let places = Array3::from_shape_fn(dim, |(_, _, k)| below(shape.inputs[k]));
            let mut states = || -> Vec<Array2<f64>> {
                let sizes = shape.lstm.iter().map(|&hidden| (batch, hidden));
                sizes.map(|size| Array2::from_shape_simple_fn(size, || within(1.0))).collect()
            };
            let (h0, c0) = (states(), states());
            let mask = |&hidden: &usize| {
                let mut factor = || f64::from(0.5 * (within(1.0) + 1.0) < KEEP) / KEEP;
                Some(Array3::from_shape_simple_fn((steps, batch, hidden), &mut factor))
            };
            let masks = shape.lstm.iter().map(mask).collect();
            let batch = NaiveBatch { x, places, y, h0, c0, masks };
            let case = Self { weights, activation: s, batch };
            if case.nearest_corner() > CORNER_MARGIN {
                return case;
            }
        }
    }

    /// How near the input of any gate comes to a corner of hard_sigmoid, ±2.5.
    fn nearest_corner(&self) -> f64 {
        let mut engine = Engine::<f64>::new(self, Precision::F32);
        engine.forward();
        let mut nearest = f64::INFINITY;
        for t in 0..self.batch.x.ncols() {
            let mut x = self.batch.input(&self.weights, t);
            for (k, w) in self.weights.lstm.iter().enumerate() {
                let h = |t| engine.tape.lstm[k].h.index_axis(Axis(0), t);
                let a = x.dot(&w.w_x) + h(t).dot(&w.w_h) + &w.bias;
                nearest = a.fold(nearest, |nearest, a| nearest.min((a.abs() - 2.5).abs()));
                x = match &engine.masks[k] {
                    Some(mask) => &h(t + 1) * &mask.index_axis(Axis(0), t),
                    None => h(t + 1).to_owned(),
                };
            }
        }
        nearest
    }

    /// What the engine says in precision `R`, its products in this one if R is f32; in f64.
    ///
    /// # Panics
    /// If a shape or a symbol of the batch does not fit the weights; so do all that follow.
    pub fn engine<R: Real>(&self, precision: Precision) -> Outcome {
        let mut engine = Engine::<R>::new(self, precision);
        let (mut states, score) = engine.forward();
        let mut d = Weights::zeros(&self.weights.shape());
        // backward overwrites all of it, or this shows
        d.tensors_mut().for_each(|d| d.fill(R::from_f64(f64::NAN)));
        engine.model.backward(&mut engine.tape, &mut d);
        let wide = |x: &Array2<R>| x.mapv(R::to_f64);
        let layers = || engine.tape.lstm.iter();
        Outcome {
            loss: score.loss,
            accuracy: score.accuracy,
            gradients: d.convert(),
            dh0: layers().map(|layer| wide(&layer.d_state.h)).collect(),
            dc0: layers().map(|layer| wide(&layer.d_state.c)).collect(),
            h: states.iter().map(|state| wide(&state.h)).collect(),
            c: states.iter_mut().map(|state| wide(&state.c)).collect(),
        }
    }

    /// What the naive model says, making `bug` on its way back.
    ///
    /// # Panics
    /// As [`naive::gradients`].
    pub fn naive(&self, bug: Option<Bug>) -> Outcome {
        naive::gradients(&self.weights, self.activation, &self.batch, bug)
    }

    /// Gradients by every weight, h0 and c0 without any calculus: each number is moved up and down
    /// by [`STEP`], and `loss` computed for both.
    ///
    /// # Panics
    /// If weights or states are not row-major, or there are fewer states than layers.
    pub fn central_differences(&self, loss: impl Fn(&Self) -> f64) -> Tensors {
        let shape = self.weights.shape();
        let mut moved = self.clone();
        let mut all = Tensors::new();
        for (at, (name, dims)) in named_inputs(&shape, self.batch.x.nrows()).enumerate() {
            let mut d = ArrayD::zeros(dims);
            for (element, d) in d.iter_mut().enumerate() {
                let value = *moved.number(at, element);
                *d = central_difference(value, |value| {
                    *moved.number(at, element) = value;
                    loss(&moved)
                });
                *moved.number(at, element) = value;
            }
            all.insert(format!("grad.{name}"), d);
        }
        all
    }

    /// Number `element` of tensor `at` of [`named_inputs`].
    fn number(&mut self, at: usize, element: usize) -> &mut f64 {
        let states = self.batch.h0.iter_mut().zip(&mut self.batch.c0).flat_map(|(h, c)| [h, c]);
        let states = states.map(|x| x.as_slice_mut().expect("states are row-major"));
        let mut tensors = self.weights.tensors_mut().chain(states);
        &mut tensors.nth(at).expect("a tensor of the shape")[element]
    }

    /// Central differences of the loss of the f64 engine.
    ///
    /// # Panics
    /// As [`Self::engine`].
    pub fn engine_differences(&self) -> Tensors {
        self.central_differences(|case| Engine::<f64>::new(case, Precision::F32).forward().1.loss)
    }
}

/// The derivative of `loss` at `value`, from its values [`STEP`] above and below.
pub fn central_difference(value: f64, mut loss: impl FnMut(f64) -> f64) -> f64 {
    (loss(value + STEP) - loss(value - STEP)) / (2.0 * STEP)
}

/// Name and dimensions of all that a loss is differentiated by: the weights, then h0 and c0 of each
/// layer.
pub(crate) fn named_inputs(
    shape: &Shape,
    batch: usize,
) -> impl Iterator<Item = (String, Vec<usize>)> {
    let state = move |(k, &hidden): (usize, &usize)| {
        ["h0", "c0"].map(|name| (format!("lstm.{k}.{name}"), vec![batch, hidden]))
    };
    shape.tensors().into_iter().chain(shape.lstm.iter().enumerate().flat_map(state))
}

/// A case in precision `R`, ready to run.
struct Engine<R: Real> {
    model: Model<R>,
    tape: Tape<R>,
    /// (T, B)
    x: Array2<u32>,
    /// (T, B, K)
    places: Array3<u32>,
    /// (T, B)
    y: Array2<u32>,
    states: States<R>,
    masks: Vec<Option<Array3<R>>>,
}

impl<R: Real> Engine<R> {
    fn new(case: &Case, precision: Precision) -> Self {
        let Case { weights, activation, batch } = case;
        let time_major = |symbols: &Array2<usize>| {
            Array2::from_shape_fn(symbols.t().dim(), |(t, row)| symbols[[row, t]] as u32)
        };
        let (rows, steps, each) = batch.places.dim();
        let place = |(t, row, k)| batch.places[[row, t, k]] as u32;
        let narrow = |x: &Array2<f64>| x.mapv(R::from_f64);
        let states = batch.h0.iter().zip(&batch.c0);
        Self {
            model: Model::in_precision(weights.convert(), *activation, precision),
            tape: Tape::new(&weights.shape(), steps, rows),
            x: time_major(&batch.x),
            places: Array3::from_shape_fn((steps, rows, each), place),
            y: time_major(&batch.y),
            states: states.map(|(h, c)| State { h: narrow(h), c: narrow(c) }).collect(),
            masks: batch.masks.iter().map(|mask| Some(mask.as_ref()?.mapv(R::from_f64))).collect(),
        }
    }

    /// Final states and score; logits on the tape become their gradient.
    fn forward(&mut self) -> (States<R>, Score) {
        let mut states = self.states.clone();
        let masks = Dropout::Given(&self.masks);
        let x = Input { symbols: self.x.view(), places: self.places.view() };
        self.model.forward(x, &mut states, masks, &mut self.tape);
        let score = self.model.score(self.y.view(), &mut self.tape);
        (states, score)
    }
}

/// An outcome as named tensors.
///
/// # Panics
/// If its parts are not of one model.
pub fn named(outcome: &Outcome) -> Tensors {
    let scalar = |x: f64| ndarray::arr0(x).into_dyn();
    let mut all = Tensors::from([
        ("loss".to_owned(), scalar(outcome.loss)),
        ("accuracy".to_owned(), scalar(outcome.accuracy)),
    ]);
    let d = &outcome.gradients;
    for ((name, dims), d) in d.shape().tensors().into_iter().zip(d.tensors()) {
        let d = ArrayD::from_shape_vec(dims, d.to_vec()).expect("a tensor fills its shape");
        all.insert(format!("grad.{name}"), d);
    }
    for k in 0..d.lstm.len() {
        all.insert(format!("grad.lstm.{k}.h0"), outcome.dh0[k].clone().into_dyn());
        all.insert(format!("grad.lstm.{k}.c0"), outcome.dc0[k].clone().into_dyn());
        all.insert(format!("lstm.{k}.h"), outcome.h[k].clone().into_dyn());
        all.insert(format!("lstm.{k}.c"), outcome.c[k].clone().into_dyn());
    }
    all
}

/// ||ours - reference|| / ||reference|| over the whole tensor; where the reference is all zero,
/// ours must be too, or the error is infinite. Infinite, never NaN, if ours has a NaN.
///
/// # Panics
/// If the shapes differ.
pub fn relative_error(ours: &ArrayD<f64>, reference: &ArrayD<f64>) -> f64 {
    assert_eq!(ours.shape(), reference.shape(), "two versions of one tensor");
    let norm = |a: &ArrayD<f64>| a.iter().fold(0.0, |sum, x| sum + x * x).sqrt();
    match (norm(&(ours - reference)), norm(reference)) {
        (0.0, 0.0) => 0.0,
        (apart, size) if size > 0.0 && apart.is_finite() => apart / size,
        _ => f64::INFINITY,
    }
}

/// The largest relative error over the tensors of `reference`, and whose it is.
///
/// # Panics
/// If ours lacks one of them.
pub fn worst(ours: &Tensors, reference: &Tensors) -> (f64, String) {
    let errors = reference.iter().map(|(name, theirs)| (relative_error(&ours[name], theirs), name));
    let worst = errors.max_by(|(a, _), (b, _)| a.total_cmp(b));
    worst.map_or((0.0, String::new()), |(error, name)| (error, name.clone()))
}
