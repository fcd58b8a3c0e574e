//! Sums of rows that lists name: a product with a matrix of zeros and ones, without the zeros.
//!
//! A matrix is read in strips: the same few columns of all its rows one after the other, so that
//! the nearest caches hold them while one list after the other picks its rows.

use crate::isa::per_isa;
use crate::{MatMut, Scalar};

/// Some columns of a row, on cache lines of their own. With 64 a sum stays in registers and its
/// row's number costs little; with fewer or twice as many, or without strips, it takes longer.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Strip<S>(pub [S; 64]);

per_isa! {
    /// `sums[r] = strips[i] + strips[j] + ...`, from left to right, over the list
    /// `index[starts[r]..starts[r + 1]]` of row numbers i, j, ... for each r; 0 where it is empty.
    /// `sums` (R, up to 64) is overwritten without being read.
    ///
    /// # Panics
    /// If `sums` is wider, `starts` has not R + 1 elements or names what is no part of `index`, or
    /// a list names a row that is not there.
    pub fn sum_strips[S: Scalar](
        isa, sums: MatMut<S>, strips: &[Strip<S>], starts: &[u32], index: &[u32],
    ) => add(sums, strips, starts, index)
}

#[inline(always)]
fn add<S: Scalar>(sums: MatMut<S>, strips: &[Strip<S>], starts: &[u32], index: &[u32]) {
    assert_eq!(starts.len(), sums.rows + 1, "where each list begins, and the last one ends");
    assert!(sums.cols <= 64, "{} columns of a strip of 64", sums.cols);
    for (out, list) in sums.data.chunks_mut(sums.row_stride.max(1)).zip(starts.windows(2)) {
        let list = &index[list[0] as usize..list[1] as usize];
        let mut sum = list.first().map_or([S::ZERO; 64], |&i| strips[i as usize].0);
        for &i in list.get(1..).unwrap_or_default() {
            let strip = &strips[i as usize].0;
            for l in 0..64 {
                sum[l] += strip[l];
            }
        }
        let out = &mut out[..sums.cols];
        if let Some(whole) = out.first_chunk_mut() {
            *whole = sum;
        } else {
            out.copy_from_slice(&sum[..out.len()]);
        }
    }
}
