//! Softmax and cross-entropy in one, per row of logits l (rows, V) with target t.
//!
//! ```text
//! forward     loss = ln(sum over j of exp(l_j - max)) - (l_t - max)
//! backward    dl_j = scale*(exp(l_j - max)/sum - [j = t])
//! ```

use crate::isa::per_isa;
use crate::{Scalar, lanes};

per_isa! {
    /// Overwrites `losses` (rows) with each row's loss, `hits` (rows) with whether the first of its
    /// largest logits is the target, and `logits` (rows, V) with their gradient times `scale`
    /// (1/(T*B) for a mean loss).
    ///
    /// # Panics
    /// If the lengths do not fit `targets` (rows) and V, or a target is V or more.
    pub fn softmax_loss_gradient[S: Scalar](
        isa, logits: &mut [S], vocab: usize, targets: &[u32], scale: S, losses: &mut [S],
        hits: &mut [bool],
    ) => {
        let count = targets.len();
        assert!(vocab > 0 && logits.len() == count * vocab, "logits (rows, vocab)");
        assert!(losses.len() == count && hits.len() == count, "losses and hits (rows)");
        assert!(targets.iter().all(|&t| (t as usize) < vocab), "a target beyond {vocab} symbols");
        let rows = logits.chunks_exact_mut(vocab).zip(targets);
        for ((row, &t), (loss, hit)) in rows.zip(losses.iter_mut().zip(hits)) {
            let max_sum;
            (*loss, *hit, max_sum) = row_forward(row, t as usize);
            row_backward(row, t as usize, max_sum, scale);
        }
    }
}

/// (loss, whether the first maximum is at `t`, (max, sum)).
#[inline(always)]
fn row_forward<S: Scalar>(row: &[S], t: usize) -> (S, bool, (S, S)) {
    let max = lanes::fold(row, S::NEG_INFINITY, |max, l| l.max(max), S::max);
    let sum = lanes::sum(row, |l| (l - max).exp());
    let loss = sum.ln() - (row[t] - max);
    // Without an early exit, so that it vectorises.
    let earlier = row[..t].iter().fold(false, |found, &l| found | (l == max));
    (loss, row[t] == max && !earlier, (max, sum))
}

/// backward, of loss = ln(sum over j of exp(l_j - max)) - (l_t - max)
#[inline(always)]
fn row_backward<S: Scalar>(row: &mut [S], t: usize, (max, sum): (S, S), scale: S) {
    let factor = scale / sum;
    row.iter_mut().for_each(|l| *l = (*l - max).exp() * factor);
    row[t] -= scale;
}
