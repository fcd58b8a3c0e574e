//! Softmax and categorical cross-entropy, fused: neither the probabilities nor their logarithms
//! are stored, and the gradient is written over the logits, by the kernel `softmax_loss_gradient`.
//!
//! ```text
//! forward    1  p = softmax(logits);  loss = mean over T·B of -ln p[target]
//! backward   1  dlogits = (p - onehot(target)) / (T·B)
//! ```
//! Chapter 5 of [`crate::guide`] computes it by hand.

use crate::engine::layers::known;
use crate::engine::real::{Real, rows_per_worker};
use hornpipe_kernels::{Isa, softmax_loss_gradient};
use ndarray::{Array3, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Loss and hit of each sample, in time-major order.
pub struct LossTape<R> {
    /// (T·B): `-ln p[target]`, in nats.
    pub losses: Vec<R>,
    /// (T·B): whether the most likely symbol (the first of equals) was the target.
    pub hits: Vec<bool>,
}

/// Means over the samples of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Score {
    /// Cross-entropy in nats.
    pub loss: f64,
    /// Share of samples whose most likely symbol was the target.
    pub accuracy: f64,
}

impl<R: Real> LossTape<R> {
    /// Room for `samples` = T·B characters.
    pub fn new(samples: usize) -> Self {
        Self { losses: vec![R::zero(); samples], hits: vec![false; samples] }
    }

    /// Scores `logits` (T, B, V) against targets y (T, B); `logits` becomes dlogits.
    /// Sums run in f64 in the order of the samples.
    ///
    /// # Panics
    /// If a shape is another, T·B is 0 or not what the tape has room for, or a target is V or more.
    pub fn forward_backward(&mut self, logits: &mut Array3<R>, y: ArrayView2<u32>) -> Score {
        let (steps, batch, vocab) = logits.dim();
        assert_eq!(y.dim(), (steps, batch), "y is (T, B) of the tape");
        let room = (self.losses.len(), self.hits.len());
        assert_eq!(room, (y.len(), y.len()), "losses and hits are (T·B)");
        assert!(!y.is_empty(), "a mean needs at least one sample");
        y.iter().for_each(|&symbol| _ = known(symbol, vocab));
        let y = y.as_standard_layout(); // as it is, in training
        let scale = R::from_f64(1.0 / self.losses.len() as f64);
        let rows = rows_per_worker(self.losses.len());
        let whole = "the arrays of a tape are contiguous";
        let workers = (
            logits.as_slice_mut().expect(whole).par_chunks_mut(rows * vocab),
            y.as_slice().expect(whole).par_chunks(rows),
            self.losses.par_chunks_mut(rows),
            self.hits.par_chunks_mut(rows),
        );
        workers.into_par_iter().for_each(|(logits, targets, losses, hits)| {
            let isa = Isa::current();
            softmax_loss_gradient(isa, logits, vocab, targets, scale, losses, hits);
        });
        let count = self.losses.len() as f64;
        let loss = self.losses.iter().fold(0.0, |sum, loss| sum + loss.to_f64());
        let hits = self.hits.iter().filter(|&&hit| hit).count();
        Score { loss: loss / count, accuracy: hits as f64 / count }
    }
}
