//! A matrix laid out for sums of some of its rows.

use crate::engine::real::Real;
use hornpipe_kernels::{Isa, MatMut, Strip, sum_strips};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// A matrix (rows, width) in strips: strip p of all rows, then strip p + 1.
pub(super) struct Strips<R> {
    width: usize,
    rows: usize,
    strips: Vec<Strip<R>>,
}

/// Columns of a strip.
const STRIP: usize = 64;

impl<R: Real> Strips<R> {
    pub(super) fn new(rows: usize, width: usize) -> Self {
        let mut new = Self { width, rows, strips: Vec::new() };
        new.reshape(rows);
        new
    }

    /// Makes room for so many rows, of unspecified contents; allocates only when it grows.
    pub(super) fn reshape(&mut self, rows: usize) {
        self.rows = rows;
        let count = rows * self.width.div_ceil(STRIP);
        if count > self.strips.len() {
            self.strips = vec![Strip([R::zero(); STRIP]); count];
        }
    }

    /// Writes `rows` (n, width) from row `first` on.
    pub(super) fn fill(&mut self, first: usize, rows: ArrayView2<R>) {
        let columns = rows.axis_chunks_iter(Axis(1), STRIP).into_par_iter();
        self.strips.par_chunks_exact_mut(self.rows).zip(columns).for_each(|(strips, rows)| {
            for (strip, row) in strips[first..].iter_mut().zip(rows.rows()) {
                let row = row.to_slice().expect("part of a row is contiguous");
                strip.0[..row.len()].copy_from_slice(row);
            }
        });
    }

    /// Overwrites sums (n, width) by [`sum_strips`]; rows are shared out so that all threads add
    /// up about as many.
    pub(super) fn sum(&self, from: &[u32], index: &[u32], sums: ArrayViewMut2<R>) {
        self.sum_on(rayon::current_num_threads(), from, index, sums);
    }

    fn sum_on(&self, threads: usize, from: &[u32], index: &[u32], mut sums: ArrayViewMut2<R>) {
        if threads > 1 && sums.nrows() > 1 {
            let (first, last) = (from[0], from[sums.nrows()]);
            let half = first + ((last - first) as usize * (threads / 2) / threads) as u32;
            let row = from.partition_point(|&start| start < half).clamp(1, sums.nrows() - 1);
            let (one, other) = sums.split_at(Axis(0), row);
            rayon::join(
                || self.sum_on(threads / 2, &from[..=row], index, one),
                || self.sum_on(threads - threads / 2, &from[row..], index, other),
            );
            return;
        }
        let (rows, stride) = sums.dim();
        let sums = sums.as_slice_mut().expect("whole rows are contiguous");
        for (strips, first) in self.strips.chunks_exact(self.rows).zip((0..stride).step_by(STRIP)) {
            let shape = (rows, STRIP.min(stride - first));
            let sums = MatMut::new(sums.get_mut(first..).unwrap_or_default(), shape, stride);
            sum_strips(Isa::current(), sums, strips, from, index);
        }
    }
}
