//! The parameters of a model as named tensors.
//!
//! Weights, gradients and both of Adam's moments are the same struct, so that every pass over all
//! parameters (update, norm, checkpoint, exchange) is one loop over [`Weights::tensors`].
//!
//! | tensor | shape | name in files |
//! |---|---|---|
//! | embedding | (V, E) | `embedding.weight` |
//! | `lstm[k].w_x` | (D, 4H) | `lstm.K.kernel` |
//! | `lstm[k].w_h` | (H, 4H) | `lstm.K.recurrent_kernel` |
//! | `lstm[k].bias` | (4H) | `lstm.K.bias` |
//! | `dense.kernel` | (H, V) | `dense.kernel` |
//! | `dense.bias` | (V) | `dense.bias` |
//!
//! Gates stand in the order i, f, g, o along every axis of length 4H.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// Sizes of a model: what decides the shape of every tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Number of symbols, V.
    pub vocab: usize,
    /// Width of the embedding, E.
    pub embedding: usize,
    /// Width H of each LSTM layer, from the input upwards.
    pub lstm: Vec<usize>,
}

/// Parameters of one LSTM layer with input width D and width H.
#[derive(Clone, Debug, PartialEq)]
pub struct LstmWeights<R> {
    /// (D, 4H): multiplies the input.
    pub w_x: Array2<R>,
    /// (H, 4H): multiplies the output of the step before.
    pub w_h: Array2<R>,
    /// (4H).
    pub bias: Array1<R>,
}

/// Parameters of the dense layer from width H to V symbols.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseWeights<R> {
    /// (H, V).
    pub kernel: Array2<R>,
    /// (V).
    pub bias: Array1<R>,
}

/// All parameters of a model, or anything with one number per parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<R> {
    /// (V, E): row s is the embedding of symbol s.
    pub embedding: Array2<R>,
    /// One per LSTM layer, from the input upwards.
    pub lstm: Vec<LstmWeights<R>>,
    /// The output layer.
    pub dense: DenseWeights<R>,
}
