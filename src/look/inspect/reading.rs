//! One pass of a model over a text, with all that it left on the way.

use crate::engine::layers::dropout::Dropout;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::loss::LossTape;
use crate::engine::model::{Model, Tape};
use crate::learn::listener::Listener;
use ndarray::{Array2, Array3, ArrayView1, ArrayViewMut2, Axis, Slice};
use std::ops::Range;

/// Characters that are read at a time.
const STEPS: usize = 64;
/// Alternatives that are kept of each character.
const LIKELIEST: usize = 5;

/// What is kept of a cell at each step, in this order: the gates, then the cell itself.
pub const GATES: [&str; 5] = ["i", "f", "g", "o", "c"];
/// Where among them the cell stands.
pub(super) const C: usize = 4;

/// A symbol that might have come.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Alternative {
    /// The symbol.
    pub symbol: u32,
    /// Its probability.
    pub probability: f64,
}

/// What a model expected where a character stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Expected {
    /// What the character cost, in nats: `-ln p`.
    pub loss: f32,
    /// It is the most likely symbol.
    pub hit: bool,
    /// The likeliest symbols, at most five, the likeliest first.
    pub likeliest: Vec<Alternative>,
}

/// What a model made of a text of T characters.
#[non_exhaustive]
pub struct Reading {
    /// (T): what was expected at each character, before it was read; none for the first where nothing
    /// leads to it.
    pub expected: Vec<Option<Expected>>,
    /// (T, 5, H) a layer: i, f, g, o and c of each unit after each character was read.
    pub layers: Vec<Array3<f32>>,
}

impl Reading {
    /// Reads `lead` from a zero state, then `text`; both in the model's symbols.
    ///
    /// # Panics
    /// If a symbol is none of the model's, or what the listener says is not what it hears.
    pub fn of(model: &Model<f32>, listener: &Listener, lead: &[u32], text: &[u32]) -> Self {
        let shape = model.weights().shape();
        let whole = [lead, text].concat();
        let (mut states, mut tape) = (model.zero_states(1), Tape::new(&shape, STEPS, 1));
        let mut losses = LossTape::new(STEPS);
        let mut listener = listener.clone();
        let places = places(&mut listener, &whole);
        let room = |&hidden: &usize| Array3::zeros((text.len(), GATES.len(), hidden));
        let mut layers: Vec<Array3<f32>> = shape.lstm.iter().map(room).collect();
        let mut expected = Vec::with_capacity(text.len());
        if lead.is_empty() && !text.is_empty() {
            expected.push(None);
        }
        for start in (0..whole.len()).step_by(STEPS) {
            // behind the end symbol 0 is read, and what that says is not kept
            let at = |t: usize| whole.get(start + t).copied();
            let x = Array2::from_shape_fn((STEPS, 1), |(t, _)| at(t).unwrap_or(0));
            let y = Array2::from_shape_fn((STEPS, 1), |(t, _)| at(t + 1).unwrap_or(0));
            let now = window(&places, start);
            let input = Input { symbols: x.view(), places: now.view() };
            model.forward(input, &mut states, Dropout::Off, &mut tape);
            let mut logits = tape.logits().to_owned();
            let said = logits.clone();
            losses.forward_backward(&mut logits, y.view());
            for t in 0..STEPS.min(whole.len() - start) {
                if let Some(at) = (start + t).checked_sub(lead.len()) {
                    for (k, layer) in layers.iter_mut().enumerate() {
                        keep(&tape, k, t, layer.index_axis_mut(Axis(0), at));
                    }
                }
                let next = start + t + 1;
                if (lead.len().max(1)..whole.len()).contains(&next) {
                    expected.push(Some(Expected {
                        loss: losses.losses[t],
                        hit: losses.hits[t],
                        likeliest: likeliest(said.index_axis(Axis(0), t).row(0)),
                    }));
                }
            }
        }
        Self { expected, layers }
    }

    /// Characters, T.
    pub fn len(&self) -> usize {
        self.expected.len()
    }

    /// True of a text without characters.
    pub fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    /// How many characters were foretold: all, or all but the first.
    pub fn foretold(&self) -> usize {
        self.expected.iter().flatten().count()
    }

    /// What these characters cost, in nats.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn sum(&self, characters: Range<usize>) -> f64 {
        let losses = self.expected[characters].iter().flatten();
        losses.fold(0.0, |sum, expected| sum + f64::from(expected.loss))
    }

    /// (T): one of [`GATES`] of a unit, by its place there, after each character.
    ///
    /// # Panics
    /// If there is no such layer, unit or gate.
    pub fn trace(
        &self,
        layer: usize,
        unit: usize,
        gate: usize,
    ) -> impl Iterator<Item = f32> + Clone {
        let steps = self.layers[layer].outer_iter();
        steps.map(move |step| step[[gate, unit]])
    }

    /// Units of all layers.
    pub fn cells(&self) -> usize {
        self.layers.iter().map(|layer| layer.dim().2).sum()
    }
}

/// i, f, g, o and c of layer `k` at step `t` of a window, into (5, H).
fn keep(tape: &Tape<f32>, k: usize, t: usize, mut into: ArrayViewMut2<f32>) {
    let layer = tape.layer(k);
    let hidden = into.ncols();
    let (gates, c) = (layer.gates.index_axis(Axis(0), t), layer.c.index_axis(Axis(0), t + 1));
    for (gate, mut row) in into.outer_iter_mut().enumerate() {
        row.assign(&match gate {
            C => c.row(0),
            gate => {
                let units = Slice::from(gate * hidden..(gate + 1) * hidden);
                gates.row(0).slice_axis_move(Axis(0), units)
            }
        });
    }
}

/// The likeliest symbols by their logits (V).
fn likeliest(logits: ArrayView1<f32>) -> Vec<Alternative> {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, &x| most.max(x));
    let odds = |x: f32| libm::exp(f64::from(x) - f64::from(most));
    let sum = logits.iter().fold(0.0, |sum, &x| sum + odds(x));
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let alternative =
        |at: usize| Alternative { symbol: at as u32, probability: odds(logits[at]) / sum };
    order.into_iter().take(LIKELIEST).map(alternative).collect()
}

/// (T, K): what stands beside each symbol of a text.
pub(super) fn places(listener: &mut Listener, text: &[u32]) -> Array2<u32> {
    let mut places = Array2::zeros((text.len(), listener.len()));
    for (mut now, &symbol) in places.outer_iter_mut().zip(text) {
        listener.hear(symbol);
        listener.say(now.as_slice_mut().expect("the numbers of a symbol are contiguous"));
    }
    places
}

/// (steps, 1, K): the places of a window; 0 behind the end.
fn window(places: &Array2<u32>, start: usize) -> Array3<u32> {
    let (length, inputs) = places.dim();
    Array3::from_shape_fn((STEPS, 1, inputs), |(t, _, k)| match start + t {
        at if at < length => places[[at, k]],
        _ => 0,
    })
}
