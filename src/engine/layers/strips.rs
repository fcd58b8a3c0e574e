//! A matrix laid out for sums of some of its rows.

use crate::engine::real::Real;
use hornpipe_kernels::{Isa, Strip, sum_strips};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// (rows, W): the strips of the first columns, row after row, then those of the next.
pub(super) struct Strips<R> {
    rows: usize,
    strips: Vec<Strip<R>>,
}

/// Columns of a strip.
const COLUMNS: usize = 64;

impl<R: Real> Strips<R> {
    /// Room for (rows, width), of unspecified contents.
    pub(super) fn new(rows: usize, width: usize) -> Self {
        let zero = Strip([R::zero(); COLUMNS]);
        Self { rows, strips: vec![zero; rows * width.div_ceil(COLUMNS)] }
    }

    /// Writes `rows` (n, W) from row `first` on.
    pub(super) fn fill(&mut self, first: usize, rows: ArrayView2<R>) {
        let columns = rows.axis_chunks_iter(Axis(1), COLUMNS).into_par_iter();
        columns.zip(self.strips.par_chunks_mut(self.rows)).for_each(|(rows, strips)| {
            for (row, strip) in rows.rows().into_iter().zip(&mut strips[first..]) {
                let row = row.to_slice().expect("part of a row is contiguous");
                strip.0[..row.len()].copy_from_slice(row);
            }
        });
    }

    /// Overwrites each row r of sums (n, W) with the sum of the rows that `list(r)` names. Threads
    /// share columns: no sum changes its order.
    pub(super) fn sum<'a>(
        &self,
        mut sums: ArrayViewMut2<R>,
        list: impl Fn(usize) -> &'a [u32] + Sync,
    ) {
        let columns = sums.axis_chunks_iter_mut(Axis(1), COLUMNS).into_par_iter();
        columns.zip(self.strips.par_chunks(self.rows)).for_each(|(mut sums, strips)| {
            for (r, sum) in sums.rows_mut().into_iter().enumerate() {
                let sum = sum.into_slice().expect("part of a row is contiguous");
                sum_strips(Isa::current(), sum, strips, list(r));
            }
        });
    }
}
