//! Adam as Keras 2.2 has it: eps is added to the uncorrected sqrt(v).
//!
//! ```text
//! d = scale*d    m = beta1*m + (1 - beta1)*d    v = beta2*v + (1 - beta2)*d^2
//! p -= rate_t*m / (sqrt(v) + eps),   rate_t = rate * sqrt(1 - beta2^t) / (1 - beta1^t)
//! ```
//! The gradient is d, as g is the LSTM's candidate.

use crate::Scalar;
use crate::isa::per_isa;

/// The constants of one step, the same for every parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep<S> {
    /// rate * sqrt(1 - beta2^t) / (1 - beta1^t), t counted from 1
    pub rate_t: S,
    /// decay of the mean of gradients
    pub beta1: S,
    /// decay of the mean of squared gradients
    pub beta2: S,
    /// added to sqrt(v)
    pub eps: S,
    /// multiplied into the gradient first: min(1, clip / global norm), or 1
    pub scale: S,
}

per_isa! {
    /// One step over parameters `p`, in place, with their gradient `d` and the moments `m` and
    /// `v`, which are updated too. All of the same length.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn adam_step[S: Scalar](
        isa, step: AdamStep<S>, p: &mut [S], d: &[S], m: &mut [S], v: &mut [S],
    ) => {
        let n = p.len();
        assert!(d.len() == n && m.len() == n && v.len() == n, "p, d, m and v of one length");
        let AdamStep { rate_t, beta1, beta2, eps, scale } = step;
        let (rest1, rest2) = (S::ONE - beta1, S::ONE - beta2);
        for (((p, &d), m), v) in p.iter_mut().zip(d).zip(m).zip(v) {
            let d = scale * d;
            *m = beta1.mul_add(*m, rest1 * d);
            *v = beta2.mul_add(*v, rest2 * (d * d));
            *p -= rate_t * *m / (v.sqrt() + eps);
        }
    }
}
