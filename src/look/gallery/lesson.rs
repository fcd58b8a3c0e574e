//! The plain model learns, with a mistake in its gradient or without.
//!
//! All learn the same text in the same order with the same masks, from the same weights: nothing
//! differs but the lines of the bug. The gradient is the naive model's, the update the engine's.
//! Sizes are small, and numbers f64, so that a run takes seconds; steps are counted, never seconds, so
//! that the curves are a function of the seed.

use crate::engine::adam::Adam;
use crate::engine::check::naive::{Bug, NaiveBatch, Outcome, gradients};
use crate::engine::inference::Inference;
use crate::engine::init::initial_weights;
use crate::engine::layers::dropout::Dropout;
use crate::engine::model::Model;
use crate::engine::weights::Shape;
use crate::error::{Error, Result};
use crate::learn::evaluate::mean_score;
use crate::learn::listener::Listener;
use crate::learn::material::Material;
use crate::learn::text::{Streams, Vocabulary, Window};
use crate::music::corpus::{EMBEDDED, Tonic};
use crate::music::places;
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3};

/// Inputs beside the characters: few, so that a step is quick.
const INPUTS: [&str; 3] = ["field", "position", "left"];
const EMBEDDING: usize = 16;
const LSTM: [usize; 2] = [48, 32];
const BATCH: usize = 8;
const STEPS: usize = 32;
/// Share of the tunes held out, and how many windows of them are looked at.
const HELD_OUT: f64 = 0.1;
const LOOKED_AT: usize = 16;
const DROPOUT: f64 = 0.1;
const RATE: f64 = 1e-2;
const ACTIVATION: Activation = Activation::Sigmoid;
/// Points of a curve after the first, where there are as many updates.
const POINTS: usize = 30;

/// What is learned, and how.
#[derive(Clone, Debug)]
pub struct Lesson {
    shape: Shape,
    streams: Streams,
    held_out: Streams,
    /// Number of tunes learned from, and held out.
    tunes: (usize, usize),
    seed: u64,
    updates: usize,
}

/// One point of both curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Characters learned from so far.
    pub characters: usize,
    /// Mean loss in nats of those since the point before, with dropout; the first has none.
    pub training: Option<f64>,
    /// Loss in nats a character on held-out tunes.
    pub held_out: f64,
}

/// How one model learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The mistake that its gradient has.
    pub bug: Option<Bug>,
    /// Seed of its first weights and its masks.
    pub seed: u64,
    /// From before the first step to the end.
    pub points: Vec<Point>,
}

impl Run {
    /// Loss on held-out tunes before the first step, and in the end.
    pub fn ends(&self) -> (f64, f64) {
        let held_out = |point: Option<&Point>| point.map_or(f64::NAN, |point| point.held_out);
        (held_out(self.points.first()), held_out(self.points.last()))
    }
}

impl Lesson {
    /// So many updates on the embedded book, a tenth of whose tunes is held out, the others in an order
    /// that the seed decides.
    ///
    /// # Errors
    /// What [`Material::new`] and [`Streams::new`] report; none with the book as it is.
    pub fn new(seed: u64, updates: usize) -> Result<Self> {
        let tonic: Option<Tonic> = "G".parse().ok();
        let material = Material::new(EMBEDDED, HELD_OUT, Some(seed), tonic)?;
        let vocabulary = Vocabulary::of_all(material.characters());
        let mut inputs = places::inputs(vocabulary.len());
        inputs.retain(|(name, _)| INPUTS.contains(&name.as_str()));
        let listener = Listener::new(vocabulary.symbols(), &inputs);
        let listener = listener.map_err(|e| Error::Failed(e.to_string()))?.on_tonic(tonic);
        let encoded = |text: &str, most: usize| {
            let mut symbols = vocabulary.encode(text).map_err(|e| Error::Failed(e.to_string()))?;
            symbols.truncate(most);
            Ok::<_, Error>(Streams::new(symbols, BATCH, STEPS)?.heard_by(listener.clone()))
        };
        Ok(Self {
            streams: encoded(&material.training, usize::MAX)?,
            held_out: encoded(&material.held_out, (LOOKED_AT * STEPS + 1) * BATCH)?,
            shape: Shape {
                vocab: vocabulary.len(),
                embedding: EMBEDDING,
                inputs: inputs.iter().map(|(_, size)| *size).collect(),
                lstm: LSTM.to_vec(),
            },
            tunes: material.tunes,
            seed,
            updates,
        })
    }

    /// What decides the order of the tunes, the first weights and the masks.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Updates of each run.
    pub fn updates(&self) -> usize {
        self.updates
    }

    /// Characters that each run learns from.
    pub fn characters(&self) -> usize {
        characters(self.updates)
    }

    /// What is learned of which model, in a sentence.
    pub fn told(&self) -> String {
        let (Shape { vocab, embedding, lstm, .. }, (learned, held_out)) = (&self.shape, self.tunes);
        let (last, inputs) = (INPUTS.len() - 1, INPUTS);
        format!(
            "The plain model reads {vocab} symbols, embedding {embedding}, the places {} and {} beside \
             them, LSTM {} and {}, dropout {DROPOUT}, {BATCH} streams in windows of {STEPS} characters, \
             Adam at {RATE}; it learns {learned} tunes of the embedded book, and {held_out} are held \
             out, of which it is asked {} characters.",
            inputs[..last].join(", "),
            inputs[last],
            lstm[0],
            lstm[1],
            self.held_out.characters(),
        )
    }

    /// Trains from first weights of this seed; after each step `going` says whether to go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if it does not.
    pub fn run(
        &self,
        bug: Option<Bug>,
        seed: u64,
        going: &(impl Fn() -> bool + Sync),
    ) -> Result<Run> {
        let mut model = Model::new(initial_weights::<f64>(&self.shape, seed), ACTIVATION);
        let (mut adam, mut room) = (Adam::new(&self.shape), self.streams.room());
        let mut state = zeros(&self.shape);
        let mut points =
            vec![Point { characters: 0, training: None, held_out: self.score(&model) }];
        let many = POINTS.min(self.updates);
        for point in 1..=many {
            let steps = (point - 1) * self.updates / many..point * self.updates / many;
            let (mut sum, count) = (0.0, steps.len() as f64);
            for step in steps {
                let window = step % self.streams.windows();
                self.streams.fill(window, &mut room);
                if window == 0 {
                    state = zeros(&self.shape);
                }
                let batch = naive_batch(&room, state, masks(&self.shape, seed, step as u64));
                let Outcome { loss, gradients, h, c, .. } =
                    gradients(model.weights(), ACTIVATION, &batch, bug);
                model.update(|weights| adam.step(weights, &gradients, RATE, 1.0));
                (state, sum) = ((h, c), sum + loss);
                if !going() {
                    return Err(Error::Interrupted);
                }
            }
            let characters = characters(point * self.updates / many);
            let held_out = self.score(&model);
            points.push(Point { characters, training: Some(sum / count), held_out });
        }
        Ok(Run { bug, seed, points })
    }

    /// Loss on the held-out tunes, dropout off: of the engine, whose loss is the naive model's to the
    /// last digits, and quicker.
    fn score(&self, model: &Model<f64>) -> f64 {
        let mut states = model.zero_states(BATCH);
        let mut inference = Inference::new(model, STEPS, BATCH);
        let evaluate = |w: &Window| inference.evaluate(w.input(), w.y.view(), &mut states);
        mean_score(&self.held_out, evaluate).loss
    }
}

fn characters(updates: usize) -> usize {
    updates * BATCH * STEPS
}

/// h and c of each layer, (B, H).
type State = (Vec<Array2<f64>>, Vec<Array2<f64>>);

fn zeros(shape: &Shape) -> State {
    let zeros: Vec<_> = shape.lstm.iter().map(|&hidden| Array2::zeros((BATCH, hidden))).collect();
    (zeros.clone(), zeros)
}

/// The masks of one update, (T, B, H) of each layer.
fn masks(shape: &Shape, seed: u64, update: u64) -> Vec<Option<Array3<f64>>> {
    let mask = |(layer, &hidden): (usize, &usize)| {
        let ones = Array3::ones((STEPS, BATCH, hidden));
        let (mut mask, mut out) = (ones.clone(), ones.clone());
        let drawn = Dropout::Drawn { rate: DROPOUT, seed, update, row: 0 };
        drawn.forward(layer, ones.view(), &mut mask, &mut out);
        Some(mask)
    };
    shape.lstm.iter().enumerate().map(mask).collect()
}

/// A window of streams, which is (T, B), as the naive model takes it.
fn naive_batch(window: &Window, (h0, c0): State, masks: Vec<Option<Array3<f64>>>) -> NaiveBatch {
    let wide = |symbols: &Array2<u32>| symbols.t().mapv(|symbol| symbol as usize);
    let places = window.places.view().permuted_axes([1, 0, 2]).mapv(|place| place as usize);
    NaiveBatch { x: wide(&window.x), places, y: wide(&window.y), h0, c0, masks }
}
