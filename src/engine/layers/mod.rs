//! The layers, one file each, backward beside forward.
//!
//! A layer is its parameters laid out for products; what forward keeps for backward is a tape,
//! the recurrent state is a plain value, and both belong to the caller. Arrays are time-major:
//! (T, B, width). Wrong shapes are refused with a message; what forward must have left on a tape is
//! for the caller to see to ([`super::model`] does).
//!
//! Read [`lstm`] first, with [`tape`], what it hands on and its backward step 1; then [`embedding`],
//! which is its first step made cheap for symbols and whole numbers.

pub mod dense;
pub mod dropout;
pub mod embedding;
pub mod loss;
pub mod lstm;
mod strips;
pub mod tape;

use crate::engine::real::{Real, rows_per_worker};
use hornpipe_kernels::{Isa, add_row};
use ndarray::{Array3, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// `symbol`, which must be one of `vocab`.
pub(crate) fn known(symbol: u32, vocab: usize) -> usize {
    assert!((symbol as usize) < vocab, "symbol {symbol} of a vocabulary of {vocab}");
    symbol as usize
}

/// (T, B, W) read as (T·B, W): one row per sample, time-major.
pub(crate) fn samples<R: Real>(x: &Array3<R>) -> ArrayView2<'_, R> {
    let (steps, batch, width) = x.dim();
    x.view().into_shape_with_order((steps * batch, width)).expect("layer arrays are contiguous")
}

/// The same, mutable.
pub(crate) fn samples_mut<R: Real>(x: &mut Array3<R>) -> ArrayViewMut2<'_, R> {
    let (steps, batch, width) = x.dim();
    x.view_mut().into_shape_with_order((steps * batch, width)).expect("layer arrays are contiguous")
}

/// dbias += the sum of all rows of `d`, each column added up in row order.
pub(crate) fn add_rows<R: Real>(d: ArrayView2<R>, mut dbias: ArrayViewMut1<R>) {
    let columns = rows_per_worker(d.ncols());
    let workers =
        (dbias.axis_chunks_iter_mut(Axis(0), columns), d.axis_chunks_iter(Axis(1), columns));
    workers.into_par_iter().for_each(|(mut sum, d)| {
        let sum = sum.as_slice_mut().expect("a bias is contiguous");
        for row in d.rows() {
            add_row(Isa::current(), sum, row.to_slice().expect("rows are contiguous"));
        }
    });
}
