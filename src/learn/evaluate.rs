//! How well a model foretells a text.

use crate::engine::inference::Inference;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::loss::Score;
use crate::engine::model::Model;
use crate::learn::listener::Listener;
use crate::learn::text::{Streams, UnknownCharacter, Vocabulary, Window};
use ndarray::{Array2, Array3, Axis};

/// Mean score of a model over all windows of a text, the state carried from zero, dropout off.
pub fn evaluate(model: &Model<f32>, streams: &Streams) -> Score {
    let (steps, batch) = streams.window();
    let (mut states, mut inference) = (model.zero_states(batch), model.inference(steps, batch));
    mean_score(streams, |w| inference.evaluate(w.input(), w.y.view(), &mut states))
}

/// The mean of what `evaluate` says of each window.
pub(crate) fn mean_score(streams: &Streams, mut evaluate: impl FnMut(&Window) -> Score) -> Score {
    let mut room = streams.room();
    let mut sum = Score::default();
    for window in 0..streams.windows() {
        streams.fill(window, &mut room);
        let score = evaluate(&room);
        sum.loss += score.loss;
        sum.accuracy += score.accuracy;
    }
    let windows = streams.windows() as f64;
    Score { loss: sum.loss / windows, accuracy: sum.accuracy / windows }
}

/// Tunes read side by side, and characters of each at a time.
const ROWS: usize = 16;
const STEPS: usize = 64;

/// What a model makes of one of several texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TextScore {
    /// Sum of the losses of its characters but for the first, in nats.
    pub loss: f64,
    /// How many of them were the most likely symbol.
    pub hits: usize,
    /// How many were foretold: all but the first.
    pub characters: usize,
}

/// Scores each of `texts` by itself, read from a zero state.
///
/// # Errors
/// A text has a character that the model does not know.
///
/// # Panics
/// If the vocabulary is not the model's, or what the listener says is not what it hears.
pub fn evaluate_each(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    listener: &Listener,
    texts: &[&str],
) -> Result<Vec<TextScore>, UnknownCharacter> {
    let vocab = model.weights().embedding.nrows();
    assert_eq!(vocabulary.len(), vocab, "symbols of the vocabulary and of the model");
    let mut scores = vec![TextScore::default(); texts.len()];
    // texts of like length together, so that few rows wait for others
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&at| texts[at].len());
    let mut inference = model.inference(STEPS, ROWS);
    for some in order.chunks(ROWS) {
        let symbols: Result<Vec<Vec<u32>>, _> =
            some.iter().map(|&at| vocabulary.encode(texts[at])).collect();
        let together = score_side_by_side(model, &mut inference, listener, &symbols?);
        some.iter().zip(together).for_each(|(&at, score)| scores[at] = score);
    }
    Ok(scores)
}

/// Scores of up to [`ROWS`] texts.
fn score_side_by_side(
    model: &Model<f32>,
    inference: &mut Inference<f32>,
    listener: &Listener,
    symbols: &[Vec<u32>],
) -> Vec<TextScore> {
    let mut scores = vec![TextScore::default(); symbols.len()];
    let mut states = model.zero_states(ROWS);
    let mut listeners = vec![listener.clone(); ROWS];
    let mut places = Array3::zeros((STEPS, ROWS, listener.len()));
    let longest = symbols.iter().map(Vec::len).max().unwrap_or(0);
    for start in (0..longest.saturating_sub(1)).step_by(STEPS) {
        // a row whose text is over reads symbol 0, and what it says is not counted
        let at = |t: usize, row: usize| symbols.get(row)?.get(start + t).copied();
        let x = Array2::from_shape_fn((STEPS, ROWS), |(t, row)| at(t, row).unwrap_or(0));
        let y = Array2::from_shape_fn((STEPS, ROWS), |(t, row)| at(t + 1, row).unwrap_or(0));
        for ((t, row), &symbol) in x.indexed_iter() {
            listeners[row].hear(symbol);
            let mut now = places.index_axis_mut(Axis(0), t);
            let mut now = now.row_mut(row);
            listeners[row].say(now.as_slice_mut().expect("the numbers of a symbol"));
        }
        let input = Input { symbols: x.view(), places: places.view() };
        inference.evaluate(input, y.view(), &mut states);
        let said = inference.loss();
        for (sample, (&loss, &hit)) in said.losses.iter().zip(&said.hits).enumerate() {
            let (t, row) = (sample / ROWS, sample % ROWS);
            if at(t + 1, row).is_some() {
                let score = &mut scores[row];
                score.loss += f64::from(loss);
                score.hits += usize::from(hit);
                score.characters += 1;
            }
        }
    }
    scores
}
