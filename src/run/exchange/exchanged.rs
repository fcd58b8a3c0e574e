//! A model as it travels between programs.

use crate::engine::real::{Precision, Real};
use crate::engine::weights::Weights;
use crate::hash::weights_sha256;
use crate::learn::config::Inputs;
use crate::learn::text::Vocabulary;
use hornpipe_kernels::Activation;

/// A model as it travels between programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchanged<R: Real> {
    /// The weights.
    pub weights: Weights<R>,
    /// Their SHA-256, that of [`weights_sha256`].
    pub sha256: String,
    /// Recurrent activation, if the metadata says.
    pub activation: Option<Activation>,
    /// What products in f32 round both sides to.
    pub precision: Precision,
    /// Probability of dropping in training, if the metadata says.
    pub dropout: Option<f64>,
    /// The symbols, if the file names them.
    pub vocabulary: Option<Vocabulary>,
    /// What is read beside each character: the names are for others to know.
    pub inputs: Inputs,
    /// The tonic that the tunes it learned were moved to, if they were.
    pub tonic: Option<String>,
    /// A summary of the tunes it learned, as JSON, if it has one.
    pub book: Option<String>,
}

impl<R: Real> Exchanged<R> {
    /// Weights of which nothing else is known; the other fields may be set.
    pub fn new(weights: Weights<R>) -> Self {
        let sha256 = weights_sha256(&weights);
        Self {
            weights,
            sha256,
            activation: None,
            precision: Precision::F32,
            dropout: None,
            vocabulary: None,
            inputs: Inputs::new(),
            tonic: None,
            book: None,
        }
    }

    /// The same model with its weights in another precision, which are given.
    pub fn with_weights<T: Real>(&self, weights: Weights<T>) -> Exchanged<T> {
        Exchanged {
            weights,
            sha256: self.sha256.clone(),
            activation: self.activation,
            precision: self.precision,
            dropout: self.dropout,
            vocabulary: self.vocabulary.clone(),
            inputs: self.inputs.clone(),
            tonic: self.tonic.clone(),
            book: self.book.clone(),
        }
    }

    /// The recurrent activation: sigmoid where the metadata does not say.
    pub fn activation(&self) -> Activation {
        self.activation.unwrap_or(Activation::Sigmoid)
    }
}
