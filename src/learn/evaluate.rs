//! How well a model foretells a text.

use crate::engine::inference::Inference;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::loss::Score;
use crate::engine::model::Model;
use crate::learn::listener::Listener;
use crate::learn::text::{Streams, Window};
use ndarray::{Array2, Array3, Axis};

/// Mean score of a model over all windows of a text, the state carried from zero, dropout off.
pub fn evaluate(model: &Model<f32>, streams: &Streams) -> Score {
    let (steps, batch) = streams.window();
    let (mut states, mut inference) =
        (model.zero_states(batch), Inference::new(model, steps, batch));
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

/// Texts read side by side, and characters of each at a time.
const ROWS: usize = 16;
const STEPS: usize = 64;

/// A text, and what the model hears before it from a zero state; both in its symbols.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    /// What is heard and not counted; it may be empty.
    pub lead: Vec<u32>,
    /// The text.
    pub text: Vec<u32>,
}

impl Passage {
    fn symbol(&self, at: usize) -> Option<u32> {
        self.lead.get(at).or_else(|| self.text.get(at.checked_sub(self.lead.len())?)).copied()
    }
}

/// What a model makes of a character that it foretells.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Foretold {
    /// In nats.
    pub loss: f32,
    /// It is the most likely symbol.
    pub hit: bool,
}

/// Foretells each of `passages` by itself: each character of its text, but for the first where
/// nothing leads to it.
///
/// # Panics
/// If a symbol is none of the model's, or what the listener says is not what it hears.
pub fn evaluate_each(
    model: &Model<f32>,
    listener: &Listener,
    passages: &[Passage],
) -> Vec<Vec<Foretold>> {
    let mut foretold = vec![Vec::new(); passages.len()];
    // those of like length together, so that few rows wait for others
    let mut order: Vec<usize> = (0..passages.len()).collect();
    order.sort_by_key(|&at| passages[at].lead.len() + passages[at].text.len());
    let mut inference = Inference::new(model, STEPS, ROWS);
    for some in order.chunks(ROWS) {
        let rows: Vec<&Passage> = some.iter().map(|&at| &passages[at]).collect();
        let together = side_by_side(model, &mut inference, listener, &rows);
        some.iter().zip(together).for_each(|(&at, of)| foretold[at] = of);
    }
    foretold
}

/// The same of up to [`ROWS`] passages.
fn side_by_side(
    model: &Model<f32>,
    inference: &mut Inference<&Model<f32>, f32>,
    listener: &Listener,
    passages: &[&Passage],
) -> Vec<Vec<Foretold>> {
    let mut foretold = vec![Vec::new(); passages.len()];
    let mut states = model.zero_states(ROWS);
    let mut listeners = vec![listener.clone(); ROWS];
    let mut places = Array3::zeros((STEPS, ROWS, listener.len()));
    let lengths = passages.iter().map(|passage| passage.lead.len() + passage.text.len());
    let longest = lengths.max().unwrap_or(0);
    for start in (0..longest.saturating_sub(1)).step_by(STEPS) {
        // a row whose text is over reads symbol 0, and what it says is not counted
        let at = |t: usize, row: usize| passages.get(row)?.symbol(start + t);
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
            if at(t + 1, row).is_some() && start + t + 1 >= passages[row].lead.len() {
                foretold[row].push(Foretold { loss, hit });
            }
        }
    }
    foretold
}
