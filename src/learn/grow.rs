//! A model that is to learn on a text with symbols which it lacks: they get rows and columns of
//! their own.
//!
//! Nothing is known of a new symbol, so it begins as the mean of the V known ones: as its row of the
//! embedding, as its column of the dense layer with its bias, and, of each input whose values name
//! symbols, as its row of the first layer. All that the model knew stays as it was, to the last bit
//! of every logit; and of a known text it foretells nearly as much as before, for the logit of a new
//! symbol is the mean of the others, so that its share is at most one in V:
//!
//! ```text
//! exp(mean of logits) / Z <= (mean of exp(logits)) / Z = 1 / V        (Jensen), Z of the known ones
//! ```
//! With n new symbols the loss on text without them rises by ln(1 + n / V) at the most, and by far
//! less where the model is sure of what comes.

use crate::engine::weights::{DenseWeights, LstmWeights, Weights};
use crate::learn::text::Vocabulary;
use crate::music::places;
use ndarray::{Array2, ArrayView2, Axis, Slice, concatenate};
use std::collections::BTreeSet;

/// A model with room for the symbols of a text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Grown {
    /// The weights.
    pub weights: Weights<f32>,
    /// The symbols: those that were there keep their numbers, the new ones come behind them.
    pub vocabulary: Vocabulary,
    /// What it reads beside each character, by name and size.
    pub inputs: Vec<(String, usize)>,
    /// The characters that are new, sorted.
    pub new: Vec<char>,
}

/// The model with a symbol for each of `characters`.
///
/// # Panics
/// If vocabulary, inputs and weights do not fit each other, or the inputs are none of
/// [`places`].
pub fn grown(
    weights: Weights<f32>,
    vocabulary: &Vocabulary,
    inputs: &[(String, usize)],
    characters: impl Iterator<Item = char>,
) -> Grown {
    let lacks = |c: &char| vocabulary.symbol(*c).is_none();
    let new: BTreeSet<char> = characters.filter(lacks).collect();
    let new: Vec<char> = new.into_iter().collect();
    let (known, n) = (vocabulary.len(), new.len());
    assert_eq!(weights.embedding.nrows(), known, "symbols of vocabulary and weights");
    assert!(inputs.iter().map(|(_, size)| size).eq(&weights.inputs), "inputs and their weights");
    let sizes = places::inputs(known + n);
    let sized = |(name, _): &(String, usize)| {
        sizes.iter().find(|(other, _)| other == name).expect("an input of places").clone()
    };
    let inputs_now: Vec<(String, usize)> = inputs.iter().map(sized).collect();
    let Weights { embedding, lstm, dense, .. } = weights;
    let mut layers = lstm;
    layers[0] = LstmWeights {
        w_x: first_rows(layers[0].w_x.view(), embedding.ncols(), inputs, &inputs_now, known),
        ..layers[0].clone()
    };
    let columns = with_means(dense.kernel.t(), known, n).reversed_axes();
    let bias = with_means(dense.bias.view().insert_axis(Axis(1)), known, n);
    let weights = Weights {
        embedding: with_means(embedding.view(), known, n),
        inputs: inputs_now.iter().map(|(_, size)| *size).collect(),
        lstm: layers,
        dense: DenseWeights {
            kernel: columns.as_standard_layout().into_owned(),
            bias: bias.remove_axis(Axis(1)),
        },
    };
    let symbols = vocabulary.symbols().iter().chain(&new).copied().collect();
    let vocabulary = Vocabulary::from_symbols(symbols).expect("each character once");
    Grown { weights, vocabulary, inputs: inputs_now, new }
}

/// The kernel of the first layer: the rows of the embedding, then those of each input, of which the
/// last `known` are of symbols where there are more of them now.
fn first_rows(
    w_x: ArrayView2<f32>,
    embedding: usize,
    inputs: &[(String, usize)],
    now: &[(String, usize)],
    known: usize,
) -> Array2<f32> {
    let mut blocks = vec![w_x.slice_axis(Axis(0), Slice::from(..embedding)).to_owned()];
    let mut begin = embedding;
    for ((_, size), (_, now)) in inputs.iter().zip(now) {
        let rows = w_x.slice_axis(Axis(0), Slice::from(begin..begin + size));
        blocks.push(with_means(rows, known.min(*size), now - size));
        begin += size;
    }
    let blocks: Vec<ArrayView2<f32>> = blocks.iter().map(|block| block.view()).collect();
    concatenate(Axis(0), &blocks).expect("all are as wide")
}

/// The rows, and `n` times the mean of the last `known` of them behind.
fn with_means(rows: ArrayView2<f32>, known: usize, n: usize) -> Array2<f32> {
    let last = rows.slice_axis(Axis(0), Slice::from(rows.nrows() - known..));
    // one after the other, in f64: the same bits everywhere
    let sum = |column: ndarray::ArrayView1<f32>| column.iter().map(|&x| f64::from(x)).sum::<f64>();
    let mean = last.columns().into_iter().map(|column| (sum(column) / known as f64) as f32);
    let mean = mean.collect::<ndarray::Array1<f32>>();
    let means = mean.broadcast((n, rows.ncols())).expect("a row for each");
    concatenate(Axis(0), &[rows, means]).expect("all are as wide")
}
