//! How much each input beside the characters mattered: what the text costs without it.
//!
//! The numbers of one input are shuffled among the characters of the text, so that each says something
//! true of another place. What the loss rises by is what the model got from that input alone, which
//! no other tells it.

use super::reading::places;
use crate::engine::inference::Inference;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::tape::State;
use crate::engine::model::{Model, States};
use crate::learn::listener::Listener;
use ndarray::{Array2, Array3, Axis, Slice};
use ndarray_rand::rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// How often each input is shuffled, anew each time.
pub const SHUFFLES: usize = 5;
/// Texts read side by side, and characters of each at a time.
const ROWS: usize = 16;
const STEPS: usize = 64;

/// How much an input mattered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mattered {
    /// The input.
    pub name: String,
    /// What a character costs more where it is shuffled, in nats: the mean of all shuffles.
    pub mean: f64,
    /// Their standard deviation.
    pub spread: f64,
}

/// How much each input mattered for a text behind `lead`, the most first.
pub(super) fn mattered(
    model: &Model<f32>,
    listener: &Listener,
    lead: &[u32],
    text: &[u32],
) -> Vec<Mattered> {
    let whole = [lead, text].concat();
    // the last symbol of what leads to the text foretells its first
    let start = lead.len().saturating_sub(1);
    if listener.is_empty() || whole.len() < start + 2 {
        return Vec::new();
    }
    let as_it_is = places(&mut listener.clone(), &whole);
    let states = heard(model, &whole[..start], &as_it_is);
    // row 0 is the text as it is
    let shuffled = |row: usize| {
        let mut places = as_it_is.clone();
        if let Some(nth) = row.checked_sub(1) {
            let mut numbers: Vec<&mut u32> =
                places.column_mut(nth / SHUFFLES).into_iter().skip(lead.len()).collect();
            let mut order: Vec<u32> = numbers.iter().map(|number| **number).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(nth as u64));
            numbers.iter_mut().zip(order).for_each(|(to, from)| **to = from);
        }
        places
    };
    let rows: Vec<usize> = (0..=listener.len() * SHUFFLES).collect();
    let together = |some: &[usize]| {
        let places: Vec<Array2<u32>> = some.iter().map(|&row| shuffled(row)).collect();
        losses(model, &states, (&whole, start), &places)
    };
    let losses: Vec<f64> = rows.chunks(ROWS).flat_map(together).collect();
    let foretold = (whole.len() - 1 - start) as f64;
    let each = listener.names().iter().zip(losses[1..].chunks(SHUFFLES));
    let mattered = each.map(|(name, of)| {
        let more = of.iter().map(|loss| (loss - losses[0]) / foretold);
        let mean = more.clone().fold(0.0, |sum, x| sum + x) / SHUFFLES as f64;
        let squares = more.fold(0.0, |sum, x| sum + (x - mean) * (x - mean));
        let spread = (squares / (SHUFFLES - 1) as f64).sqrt();
        Mattered { name: name.clone(), mean, spread }
    });
    let mut mattered: Vec<Mattered> = mattered.collect();
    mattered.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    mattered
}

/// The state of a model that has heard this, from a zero state.
fn heard(model: &Model<f32>, lead: &[u32], places: &Array2<u32>) -> States<f32> {
    let mut states = model.zero_states(1);
    if !lead.is_empty() {
        let symbols = Array2::from_shape_fn((lead.len(), 1), |(t, _)| lead[t]);
        let before = places.slice_axis(Axis(0), Slice::from(..lead.len()));
        let places = before.insert_axis(Axis(1));
        let input = Input { symbols: symbols.view(), places };
        Inference::new(model, lead.len(), 1).forward(input, &mut states);
    }
    states
}

/// What a text costs from a place in it on and from these states, in nats, with each of up to
/// [`ROWS`] (T, K) places.
fn losses(
    model: &Model<f32>,
    states: &States<f32>,
    (text, from): (&[u32], usize),
    places: &[Array2<u32>],
) -> Vec<f64> {
    let rows = places.len();
    let alike = |x: &Array2<f32>| x.broadcast((rows, x.ncols())).expect("one row").to_owned();
    let state = |state: &State<f32>| State { h: alike(&state.h), c: alike(&state.c) };
    let mut states: States<f32> = states.iter().map(state).collect();
    let mut inference = Inference::new(model, STEPS, rows);
    let mut losses = vec![0.0; rows];
    for start in (from..text.len() - 1).step_by(STEPS) {
        // behind the end symbol 0 is read, and what that says is not counted
        let at = |t: usize| text.get(start + t).copied();
        let x = Array2::from_shape_fn((STEPS, rows), |(t, _)| at(t).unwrap_or(0));
        let y = Array2::from_shape_fn((STEPS, rows), |(t, _)| at(t + 1).unwrap_or(0));
        let now = Array3::from_shape_fn((STEPS, rows, places[0].ncols()), |(t, row, k)| {
            places[row].get([start + t, k]).copied().unwrap_or(0)
        });
        let input = Input { symbols: x.view(), places: now.view() };
        inference.evaluate(input, y.view(), &mut states);
        for (sample, &loss) in inference.loss().losses.iter().enumerate() {
            if at(sample / rows + 1).is_some() {
                losses[sample % rows] += f64::from(loss);
            }
        }
    }
    losses
}
