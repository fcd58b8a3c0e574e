//! The output layer, the same for every time step: logits = x·kernel + bias.
//!
//! ```text
//! forward    1  logits = x·kernel + bias
//! backward   1  dx = dlogits·kernelᵀ;  dkernel = Σ xᵀ·dlogits;  dbias = Σ dlogits
//! ```
//! Chapter 5 of [`crate::guide`] has one sample of it.

use crate::engine::layers::{add_rows, samples, samples_mut};
use crate::engine::real::{Output, Precision, Real, parallel_product};
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
    /// Of its products: set it before weights are loaded.
    pub(crate) precision: Precision,
    /// (H, V)
    dim: (usize, usize),
}

impl<R: Real> Dense<R> {
    /// A layer from width H to V symbols whose weights are still to be loaded.
    pub fn new(hidden: usize, vocab: usize) -> Self {
        Self {
            kernel: R::Packed::default(),
            kernel_t: R::Packed::default(),
            bias: Array1::zeros(vocab),
            precision: Precision::F32,
            dim: (hidden, vocab),
        }
    }

    /// Lays out `weights` anew; once an update.
    ///
    /// # Panics
    /// If they are not those of a layer from H to V.
    pub fn load(&mut self, weights: &DenseWeights<R>) {
        assert_eq!(weights.kernel.dim(), self.dim, "the dense kernel is (H, V)");
        assert_eq!(weights.bias.len(), self.dim.1, "the dense bias is (V)");
        R::pack(&mut self.kernel, self.precision, weights.kernel.view());
        R::pack(&mut self.kernel_t, self.precision, weights.kernel.t());
        self.bias.assign(&weights.bias);
    }

    /// x (T, B, H) to logits (T, B, V), overwritten.
    ///
    /// # Panics
    /// If a shape is another.
    pub fn forward(&self, x: &Array3<R>, logits: &mut Array3<R>) {
        self.assert_fits(x, logits);
        // forward 1: logits = x·kernel + bias
        let logits = samples_mut(logits);
        parallel_product(samples(x), &self.kernel, logits, Output::Bias(&self.bias));
    }

    /// dlogits (T, B, V) to dx (T, B, H) and the gradients `d`, all overwritten.
    /// `packed` is room for dlogits as a right-hand side.
    ///
    /// # Panics
    /// If a shape is another.
    pub fn backward(
        &self,
        x: &Array3<R>,
        dlogits: &Array3<R>,
        packed: &mut R::Packed,
        d: &mut DenseWeights<R>,
        dx: &mut Array3<R>,
    ) {
        self.assert_fits(x, dlogits);
        assert_eq!(dx.dim(), x.dim(), "dx is (T, B, H), as x");
        assert_eq!((d.kernel.dim(), d.bias.len()), (self.dim, self.dim.1), "dkernel is (H, V)");
        // backward 1, of logits = x·kernel + bias
        let dlogits = samples(dlogits);
        parallel_product(dlogits, &self.kernel_t, samples_mut(dx), Output::Overwrite);
        R::pack(packed, self.precision, dlogits);
        parallel_product(samples(x).t(), packed, d.kernel.view_mut(), Output::Overwrite);
        d.bias.fill(R::zero());
        add_rows(dlogits, d.bias.view_mut());
    }

    fn assert_fits(&self, x: &Array3<R>, logits: &Array3<R>) {
        let ((steps, batch, hidden), vocab) = (x.dim(), self.dim.1);
        assert_eq!(hidden, self.dim.0, "x is (T, B, H) of the dense layer");
        assert_eq!(logits.dim(), (steps, batch, vocab), "logits are (T, B, V) for x (T, B, H)");
    }
}
