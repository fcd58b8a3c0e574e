//! Sixteen elements at a time, the same for every instruction set.
//!
//! Kernels load blocks of a row into local arrays, loop over the sixteen lanes and store: local
//! arrays can not alias, so the loop vectorises however many slices a kernel has; and sums keep
//! sixteen partial sums added in one fixed tree, so their bits do not depend on the vector width.

use crate::Scalar;

/// One AVX-512 register of f32, two of AVX2, four of NEON.
pub(crate) const LANES: usize = 16;

/// Elements `start..` of `x`, zero beyond its end.
#[inline(always)]
pub(crate) fn load<S: Copy + Default>(x: &[S], start: usize) -> [S; LANES] {
    let rest = &x[start..];
    if let Some(block) = rest.first_chunk() {
        return *block;
    }
    let mut block = [S::default(); LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Overwrites elements `start..` of `x`, as far as it goes.
#[inline(always)]
pub(crate) fn store<S: Copy>(x: &mut [S], start: usize, block: &[S; LANES]) {
    let rest = &mut x[start..];
    if let Some(whole) = rest.first_chunk_mut() {
        *whole = *block;
    } else {
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

/// Sum over x of `term(x)`, in the shape of [`fold`].
#[inline(always)]
pub(crate) fn sum<S: Scalar, T: Scalar>(x: &[S], term: impl Fn(S) -> T) -> T {
    fold(x, T::ZERO, |sum, x| sum + term(x), |a, b| a + b)
}

/// Lane l starts from `start` and takes elements l, l + 16, ... in order by `step`; then lanes l
/// and l + 8, l + 4, l + 2, l + 1 are merged.
#[inline(always)]
pub(crate) fn fold<S: Scalar, T: Scalar>(
    x: &[S],
    start: T,
    step: impl Fn(T, S) -> T,
    merge: impl Fn(T, T) -> T,
) -> T {
    let (blocks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [start; LANES];
    for block in blocks {
        for l in 0..LANES {
            lanes[l] = step(lanes[l], block[l]);
        }
    }
    // All lanes take the padded rest, those beyond it in vain: this vectorises.
    let block = load(rest, 0);
    for l in 0..LANES {
        let next = step(lanes[l], block[l]);
        lanes[l] = if l < rest.len() { next } else { lanes[l] };
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for l in 0..width {
            lanes[l] = merge(lanes[l], lanes[l + width]);
        }
    }
    lanes[0]
}
