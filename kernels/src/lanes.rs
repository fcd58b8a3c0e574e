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
pub(crate) fn load<S: Scalar>(x: &[S], start: usize) -> [S; LANES] {
    let rest = &x[start..];
    if let Some(block) = rest.first_chunk() {
        return *block;
    }
    let mut block = [S::ZERO; LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Overwrites elements `start..` of `x`, as far as it goes.
#[inline(always)]
pub(crate) fn store<S: Scalar>(x: &mut [S], start: usize, block: &[S; LANES]) {
    let rest = &mut x[start..];
    if let Some(whole) = rest.first_chunk_mut() {
        *whole = *block;
    } else {
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

/// Sum over x of `term(x)`: lane l takes elements l, l + 16, ... in order; then lanes l and l + 8,
/// l + 4, l + 2, l + 1 are added.
#[inline(always)]
pub(crate) fn sum<S: Scalar, T: Scalar>(x: &[S], term: impl Fn(S) -> T) -> T {
    let (blocks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [T::ZERO; LANES];
    for block in blocks {
        for l in 0..LANES {
            lanes[l] += term(block[l]);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += term(x);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for l in 0..width {
            let upper = lanes[l + width];
            lanes[l] += upper;
        }
    }
    lanes[0]
}
