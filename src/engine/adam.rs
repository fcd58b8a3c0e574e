//! Adam (Kingma and Ba 2015) as Keras 2.2 has it, by the kernel `adam_step`: the bias corrections are
//! folded into its rate, and epsilon is added to the *uncorrected* root:
//! `p -= rate * sqrt(1 - BETA2^t)/(1 - BETA1^t) * m / (sqrt(v) + EPSILON)`.
//!
//! The paper's main form (and PyTorch, optax) adds epsilon to sqrt(v / (1 - BETA2^t)) instead, which
//! differs most at t = 1.

use crate::engine::real::Real;
use crate::engine::weights::{Shape, Weights};
use hornpipe_kernels::{AdamStep, Isa, adam_step, sum_of_squares};
use rayon::prelude::*;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-7;

/// Moments and step count of every parameter together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Adam<R> {
    /// Running mean of the gradients.
    pub m: Weights<R>,
    /// Running mean of their squares.
    pub v: Weights<R>,
    /// How often `step` ran, and the powers of both betas.
    pub clock: Clock,
}

/// Number of updates t with BETA1^t and BETA2^t, kept as running products: `powi` differs between
/// platforms.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Clock {
    /// Updates made.
    pub t: u64,
    /// BETA1^t
    pub beta1_power: f64,
    /// BETA2^t
    pub beta2_power: f64,
}

impl<R: Real> Adam<R> {
    /// Zero moments, no step made.
    ///
    /// # Panics
    /// If the shape has no LSTM layer.
    pub fn new(shape: &Shape) -> Self {
        let clock = Clock { t: 0, beta1_power: 1.0, beta2_power: 1.0 };
        Self { m: Weights::zeros(shape), v: Weights::zeros(shape), clock }
    }

    /// One step on all of `weights` along gradients `d`, each multiplied by `scale` first (1, or
    /// what [`clip_scale`] says).
    ///
    /// # Panics
    /// If gradients or moments are not of the shapes of the weights, or a tensor is not row-major.
    pub fn step(&mut self, weights: &mut Weights<R>, d: &Weights<R>, rate: f64, scale: f64) {
        weights.assert_like(d, "gradients");
        weights.assert_like(&self.m, "the moments m");
        weights.assert_like(&self.v, "the moments v");
        self.clock.t += 1;
        self.clock.beta1_power *= BETA1;
        self.clock.beta2_power *= BETA2;
        let correction = (1.0 - self.clock.beta2_power).sqrt() / (1.0 - self.clock.beta1_power);
        let step = AdamStep {
            rate_t: R::from_f64(rate * correction),
            beta1: R::from_f64(BETA1),
            beta2: R::from_f64(BETA2),
            eps: R::from_f64(EPSILON),
            scale: R::from_f64(scale),
        };
        let moments = self.m.tensors_mut().zip(self.v.tensors_mut());
        for ((p, d), (m, v)) in weights.tensors_mut().zip(d.tensors()).zip(moments) {
            let chunk = 1 << 14;
            (p.par_chunks_mut(chunk), d.par_chunks(chunk))
                .into_par_iter()
                .zip((m.par_chunks_mut(chunk), v.par_chunks_mut(chunk)))
                .for_each(|((p, d), (m, v))| adam_step(Isa::current(), step, p, d, m, v));
        }
    }
}

/// Length of the gradient as one vector over all parameters; its sum has one fixed shape.
///
/// # Panics
/// If a tensor is not row-major.
pub fn global_norm<R: Real>(d: &Weights<R>) -> f64 {
    d.tensors().fold(0.0, |sum, d| sum + sum_of_squares(Isa::current(), d)).sqrt()
}

/// What to multiply a gradient of length `norm` with so that it is no longer than `limit`.
pub fn clip_scale(norm: f64, limit: f64) -> f64 {
    if norm > limit { limit / norm } else { 1.0 }
}
