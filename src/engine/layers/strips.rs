//! Sums of the rows of a matrix that lists name, 64 columns at a time.

use crate::engine::real::Real;
use hornpipe_kernels::{Isa, Strip, sum_strips};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// Columns of a strip.
const STRIP: usize = 64;

const PART: &str = "part of a row is contiguous";

/// Overwrites row r of `sums[k]` (n, W) with the sum of the rows of a matrix that `list(k, r)` names.
/// The matrix has the rows of `parts` (.., W), each part's from the number on that it comes with.
///
/// Threads share columns, so no sum changes its order, and each lays out the next 64 of them in its
/// part of `room`, which the second cache holds, for all sums; `room` grows to threads x rows.
pub(super) fn sum_lists<'a, R: Real>(
    room: &mut Vec<Strip<R>>,
    parts: [(usize, ArrayView2<R>); 2],
    sums: [ArrayViewMut2<R>; 2],
    list: impl Fn(usize, usize) -> &'a [u32] + Sync,
) {
    let (threads, width) = (rayon::current_num_threads(), sums[0].ncols());
    let [end, other] = parts.each_ref().map(|(first, rows)| first + rows.nrows());
    let rows = end.max(other);
    if room.len() < threads * rows {
        *room = vec![Strip([R::zero(); STRIP]); threads * rows];
    }
    let share = width.div_ceil(STRIP).div_ceil(threads) * STRIP;
    let ([(first, one), (second, two)], [mut sums, mut others]) = (parts, sums);
    let columns = (one.axis_chunks_iter(Axis(1), share), two.axis_chunks_iter(Axis(1), share));
    let sums =
        (sums.axis_chunks_iter_mut(Axis(1), share), others.axis_chunks_iter_mut(Axis(1), share));
    let shares = room.par_chunks_mut(rows).zip(columns).zip(sums);
    shares.for_each(|((strips, (one, two)), (mut sums, mut others))| {
        let columns =
            one.axis_chunks_iter(Axis(1), STRIP).zip(two.axis_chunks_iter(Axis(1), STRIP));
        let sums = sums.axis_chunks_iter_mut(Axis(1), STRIP);
        let sums = sums.zip(others.axis_chunks_iter_mut(Axis(1), STRIP));
        for ((one, two), (sums, others)) in columns.zip(sums) {
            lay_out(one, &mut strips[first..]);
            lay_out(two, &mut strips[second..]);
            add_up(sums, strips, |r| list(0, r));
            add_up(others, strips, |r| list(1, r));
        }
    });
}

fn lay_out<R: Real>(columns: ArrayView2<R>, strips: &mut [Strip<R>]) {
    for (row, strip) in columns.rows().into_iter().zip(strips) {
        let row = row.to_slice().expect(PART);
        if let Some(whole) = row.first_chunk() {
            strip.0 = *whole; // no call, unlike a copy of unknown length
        } else {
            strip.0[..row.len()].copy_from_slice(row);
        }
    }
}

fn add_up<'a, R: Real>(
    mut sums: ArrayViewMut2<R>,
    strips: &[Strip<R>],
    list: impl Fn(usize) -> &'a [u32],
) {
    for (r, sum) in sums.rows_mut().into_iter().enumerate() {
        sum_strips(Isa::current(), sum.into_slice().expect(PART), strips, list(r));
    }
}
