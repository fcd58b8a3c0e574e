//! The output layer, the same for every time step: logits = x·kernel + bias.
//!
//! ```text
//! forward    1  logits = x·kernel + bias
//! backward   1  dx = dlogits·kernelᵀ;  dkernel = Σ xᵀ·dlogits;  dbias = Σ dlogits
//! ```

use crate::engine::layers::{add_rows, samples, samples_mut};
use crate::engine::real::{Output, Real, parallel_product};
use crate::engine::weights::DenseWeights;
use ndarray::{Array1, Array3};

/// The weights laid out for the products of both passes, and room for one of them.
pub struct Dense<R: Real> {
    /// (H, V)
    kernel: R::Packed,
    /// (V, H)
    kernel_t: R::Packed,
    /// (V)
    bias: Array1<R>,
}

impl<R: Real> Dense<R> {
    /// A layer from width H to V symbols whose weights are still to be loaded.
    pub fn new(hidden: usize, vocab: usize) -> Self {
        Self {
            kernel: R::packed(hidden, vocab),
            kernel_t: R::packed(vocab, hidden),
            bias: Array1::zeros(vocab),
        }
    }

    /// Lays out `weights` anew; once an update.
    pub fn load(&mut self, weights: &DenseWeights<R>) {
        R::pack(&mut self.kernel, weights.kernel.view());
        R::pack(&mut self.kernel_t, weights.kernel.t());
        self.bias.assign(&weights.bias);
    }

    /// x (T, B, H) to logits (T, B, V), overwritten.
    pub fn forward(&self, x: &Array3<R>, logits: &mut Array3<R>) {
        // forward 1: logits = x·kernel + bias
        let logits = samples_mut(logits);
        parallel_product(samples(x), &self.kernel, logits, Output::Bias(&self.bias));
    }

    /// dlogits (T, B, V) to dx (T, B, H) and the gradients `d`, all overwritten.
    /// `packed` is room for dlogits as a right-hand side.
    pub fn backward(
        &self,
        x: &Array3<R>,
        dlogits: &Array3<R>,
        packed: &mut R::Packed,
        d: &mut DenseWeights<R>,
        dx: &mut Array3<R>,
    ) {
        // forward 1: logits = x·kernel + bias
        let dlogits = samples(dlogits);
        parallel_product(dlogits, &self.kernel_t, samples_mut(dx), Output::Overwrite);
        R::pack(packed, dlogits);
        parallel_product(samples(x).t(), packed, d.kernel.view_mut(), Output::Overwrite);
        d.bias.fill(R::zero());
        add_rows(dlogits, d.bias.view_mut());
    }
}
