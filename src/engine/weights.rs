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
//! Gates stand in the order i, f, g, o along every axis of length 4H. Of the first layer D is E + N:
//! rows for the embedding, then one for each value of each input beside it.

use crate::engine::real::Real;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// Sizes of a model: what decides the shape of every tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Number of symbols, V.
    pub vocab: usize,
    /// Width of the embedding, E.
    pub embedding: usize,
    /// How many values each whole number beside a character can have; N is their sum. Files have
    /// them beside their names, and not in the shape.
    #[serde(skip)]
    pub inputs: Vec<usize>,
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
    /// Sizes of what stands beside the embedding in the first layer's input; their sum is N.
    pub inputs: Vec<usize>,
    /// One per LSTM layer, from the input upwards.
    pub lstm: Vec<LstmWeights<R>>,
    /// The output layer.
    pub dense: DenseWeights<R>,
}

impl Shape {
    /// Width D of the input of LSTM layer `k`: E + N, or H of the layer below.
    ///
    /// # Panics
    /// If layer `k - 1` does not exist.
    pub fn input_of(&self, k: usize) -> usize {
        if k == 0 { self.embedding + self.places() } else { self.lstm[k - 1] }
    }

    /// Rows of the first layer's kernel behind those of the embedding, N: one a value of each input.
    pub fn places(&self) -> usize {
        self.inputs.iter().sum()
    }

    /// Width of the topmost LSTM layer.
    ///
    /// # Panics
    /// If there is none.
    pub fn top(&self) -> usize {
        *self.lstm.last().expect("a model has at least one LSTM layer")
    }

    /// Name and dimensions of every tensor in the order of the exchange format.
    ///
    /// # Panics
    /// If there is no LSTM layer.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut all = vec![("embedding.weight".to_owned(), vec![self.vocab, self.embedding])];
        for (k, &hidden) in self.lstm.iter().enumerate() {
            all.push((format!("lstm.{k}.kernel"), vec![self.input_of(k), 4 * hidden]));
            all.push((format!("lstm.{k}.recurrent_kernel"), vec![hidden, 4 * hidden]));
            all.push((format!("lstm.{k}.bias"), vec![4 * hidden]));
        }
        all.push(("dense.kernel".to_owned(), vec![self.top(), self.vocab]));
        all.push(("dense.bias".to_owned(), vec![self.vocab]));
        all
    }

    /// Number of parameters of a model of this shape.
    ///
    /// # Panics
    /// If there is no LSTM layer.
    pub fn parameters(&self) -> usize {
        self.tensors().iter().map(|(_, dims)| dims.iter().product::<usize>()).sum()
    }
}

/// Owned arrays are row-major unless someone transposed them, and nobody does.
const ROW_MAJOR: &str = "parameters are row-major";

impl<R: Real> Weights<R> {
    /// All zero.
    ///
    /// # Panics
    /// If the shape has no LSTM layer.
    pub fn zeros(shape: &Shape) -> Self {
        let layer = |(k, &hidden): (usize, &usize)| LstmWeights {
            w_x: Array2::zeros((shape.input_of(k), 4 * hidden)),
            w_h: Array2::zeros((hidden, 4 * hidden)),
            bias: Array1::zeros(4 * hidden),
        };
        Self {
            embedding: Array2::zeros((shape.vocab, shape.embedding)),
            inputs: shape.inputs.clone(),
            lstm: shape.lstm.iter().enumerate().map(layer).collect(),
            dense: DenseWeights {
                kernel: Array2::zeros((shape.top(), shape.vocab)),
                bias: Array1::zeros(shape.vocab),
            },
        }
    }

    /// Sizes of the model these parameters belong to.
    pub fn shape(&self) -> Shape {
        Shape {
            vocab: self.embedding.nrows(),
            embedding: self.embedding.ncols(),
            inputs: self.inputs.clone(),
            lstm: self.lstm.iter().map(|layer| layer.w_h.nrows()).collect(),
        }
    }

    /// Every tensor as a row-major slice, in the order of [`Shape::tensors`]. No allocation.
    ///
    /// # Panics
    /// If somebody put a tensor there that is not row-major.
    pub fn tensors(&self) -> impl Iterator<Item = &[R]> {
        let layers = self
            .lstm
            .iter()
            .flat_map(|layer| [layer.w_x.as_slice(), layer.w_h.as_slice(), layer.bias.as_slice()]);
        std::iter::once(self.embedding.as_slice())
            .chain(layers)
            .chain([self.dense.kernel.as_slice(), self.dense.bias.as_slice()])
            .map(|tensor| tensor.expect(ROW_MAJOR))
    }

    /// The same, mutable.
    ///
    /// # Panics
    /// If somebody put a tensor there that is not row-major.
    pub fn tensors_mut(&mut self) -> impl Iterator<Item = &mut [R]> {
        let layers = self.lstm.iter_mut().flat_map(|layer| {
            [layer.w_x.as_slice_mut(), layer.w_h.as_slice_mut(), layer.bias.as_slice_mut()]
        });
        std::iter::once(self.embedding.as_slice_mut())
            .chain(layers)
            .chain([self.dense.kernel.as_slice_mut(), self.dense.bias.as_slice_mut()])
            .map(|tensor| tensor.expect(ROW_MAJOR))
    }

    /// Dimensions of every tensor, in the order of [`Shape::tensors`]. No allocation.
    fn dims(&self) -> impl Iterator<Item = &[usize]> {
        let lstm = self.lstm.iter();
        let layers = lstm.flat_map(|w| [w.w_x.shape(), w.w_h.shape(), w.bias.shape()]);
        let dense = [self.dense.kernel.shape(), self.dense.bias.shape()];
        [self.embedding.shape()].into_iter().chain(layers).chain(dense)
    }

    /// Refuses `others` (gradients, moments) that are not one number a parameter. No allocation.
    pub(crate) fn assert_like(&self, others: &Self, name: &str) {
        let alike = self.dims().eq(others.dims());
        assert!(alike, "{name} are of {:?}, not of {:?}", others.shape(), self.shape());
    }

    /// The same numbers in another precision.
    ///
    /// # Panics
    /// As [`Self::tensors`], or if there is no LSTM layer.
    pub fn convert<T: Real>(&self) -> Weights<T> {
        let mut out = Weights::zeros(&self.shape());
        for (to, from) in out.tensors_mut().zip(self.tensors()) {
            for (to, &from) in to.iter_mut().zip(from) {
                *to = T::from_f64(from.to_f64());
            }
        }
        out
    }
}
