//! Adam as Keras 2.2 has it: eps is added to the uncorrected sqrt(v).
//!
//! ```text
//! g = scale*g    m = beta1*m + (1 - beta1)*g    v = beta2*v + (1 - beta2)*g^2
//! p -= rate_t*m / (sqrt(v) + eps),   rate_t = rate * sqrt(1 - beta2^t) / (1 - beta1^t)
//! ```

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
    /// One step over parameters `p`, in place, with gradient `g` and the moments `m` and `v`,
    /// which are updated too. All of the same length.
    pub fn adam_step[S: Scalar](
        isa, step: AdamStep<S>, p: &mut [S], g: &[S], m: &mut [S], v: &mut [S],
    ) => update(step, p, g, m, v)
}

#[inline(always)]
fn update<S: Scalar>(step: AdamStep<S>, p: &mut [S], g: &[S], m: &mut [S], v: &mut [S]) {
    let n = p.len();
    assert!(g.len() == n && m.len() == n && v.len() == n, "p, g, m and v of one length");
    let AdamStep { rate_t, beta1, beta2, eps, scale } = step;
    let (rest1, rest2) = (S::ONE - beta1, S::ONE - beta2);
    for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
        let g = scale * g;
        *m = beta1.mul_add(*m, rest1 * g);
        *v = beta2.mul_add(*v, rest2 * (g * g));
        *p -= rate_t * *m / (v.sqrt() + eps);
    }
}
