//! The embedding, folded into the first LSTM layer.
//!
//! A window of T·B characters holds few distinct symbols (60 of 87 on average), so the product
//! `embedding[x]·w_x + bias` is computed once for each distinct symbol and its rows are handed
//! out: exact algebra, about a seventeenth of the work. Backward first sums da by symbol.
//!
//! ```text
//! forward    1  rows = embedding[symbols]              symbols: the distinct ones, ascending
//!            2  table = rows·w_x + bias
//!            3  a[t, b] = table[row_of[t, b]]
//! backward   3  dtable[r] = Σ da[t, b] over row_of[t, b] = r
//!            2  drows = dtable·w_xᵀ;  dw_x = rowsᵀ·dtable
//!            1  dembedding[symbols] = drows, 0 elsewhere
//! ```
//! (dbias is summed by [`super::lstm`], as in every layer.)
//!
//! Memory: up to V·(E + 8H) numbers and V + T·B indices.

use crate::layers::{lstm::Lstm, samples, samples_mut};
use crate::real::{Output, Real, parallel_product, rows_per_worker};
use crate::weights::Weights;
use hornpipe_kernels::{Isa, add_row};
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, Axis, Slice};
use rayon::prelude::*;

/// What forward keeps for backward, and the room both work in.
pub struct EmbeddingTape<R: Real> {
    /// Distinct symbols, ascending.
    symbols: Vec<u32>,
    /// (V): row of each symbol in `rows` and `table`.
    row_of_symbol: Vec<u32>,
    /// (T·B): row of each sample.
    row_of: Vec<u32>,
    /// (V, E), of which the first `symbols.len()` rows are used; drows in backward.
    rows: Array2<R>,
    /// (V, 4H), likewise; dtable in backward.
    table: Array2<R>,
    /// dtable as a right-hand side.
    packed: R::Packed,
}

const ABSENT: u32 = u32::MAX;

impl<R: Real> EmbeddingTape<R> {
    /// Room for `samples` = T·B characters over `vocab` symbols.
    pub fn new(samples: usize, vocab: usize, embedding: usize, hidden: usize) -> Self {
        Self {
            symbols: Vec::with_capacity(vocab),
            row_of_symbol: vec![ABSENT; vocab],
            row_of: vec![0; samples],
            rows: Array2::zeros((vocab, embedding)),
            table: Array2::zeros((vocab, 4 * hidden)),
            packed: R::packed(vocab, 4 * hidden),
        }
    }

    /// Forward 1 and 2 for the distinct symbols of `x`.
    pub fn tabulate(
        &mut self,
        x: impl Iterator<Item = u32>,
        embedding: &Array2<R>,
        lstm: &Lstm<R>,
    ) {
        self.row_of_symbol.fill(ABSENT);
        x.for_each(|symbol| self.row_of_symbol[symbol as usize] = 0);
        self.symbols.clear();
        for (symbol, row) in self.row_of_symbol.iter_mut().enumerate() {
            if *row != ABSENT {
                *row = self.symbols.len() as u32;
                self.symbols.push(symbol as u32);
            }
        }
        // forward 1: rows = embedding[symbols]
        let used = self.symbols.len();
        gather(embedding, &self.symbols, self.rows.slice_axis_mut(Axis(0), Slice::from(..used)));
        // forward 2: table = rows·w_x + bias
        let mut table = self.table.slice_axis_mut(Axis(0), Slice::from(..used));
        table.assign(&lstm.bias);
        let rows = self.rows.slice_axis(Axis(0), Slice::from(..used));
        parallel_product(rows, &lstm.w_x, table, Output::Accumulate);
    }

    /// Forward 3: a (T, B, 4H) for symbols x (T, B), each of which has been tabulated.
    pub fn forward(&mut self, x: ArrayView2<u32>, a: &mut Array3<R>) {
        for (row, &symbol) in self.row_of.iter_mut().zip(x) {
            *row = self.row_of_symbol[symbol as usize];
        }
        // forward 3: a[t, b] = table[row_of[t, b]]
        let mut a = samples_mut(a);
        let rows = rows_per_worker(a.nrows());
        let workers = (a.axis_chunks_iter_mut(Axis(0), rows), self.row_of.par_chunks(rows));
        workers.into_par_iter().for_each(|(a, row_of)| gather(&self.table, row_of, a));
    }

    /// da (T, B, 4H) to the gradients of the embedding and of the first layer's `w_x`.
    pub fn backward(&mut self, da: &Array3<R>, lstm: &Lstm<R>, d: &mut Weights<R>) {
        let used = self.symbols.len();
        let da = samples(da);
        // forward 3: a[t, b] = table[row_of[t, b]]
        let mut dtable = self.table.slice_axis_mut(Axis(0), Slice::from(..used));
        let columns = rows_per_worker(da.ncols());
        let row_of = &self.row_of;
        let workers =
            (dtable.axis_chunks_iter_mut(Axis(1), columns), da.axis_chunks_iter(Axis(1), columns));
        workers.into_par_iter().for_each(|(dtable, da)| sum_by_row(da, row_of, dtable));
        // forward 2: table = rows·w_x + bias
        let dw_x = d.lstm[0].w_x.view_mut();
        R::pack(&mut self.packed, dtable.view());
        let mut rows = self.rows.slice_axis_mut(Axis(0), Slice::from(..used));
        parallel_product(rows.t(), &self.packed, dw_x, Output::Overwrite);
        parallel_product(dtable.view(), &lstm.w_x_t, rows.view_mut(), Output::Overwrite);
        // forward 1: rows = embedding[symbols]
        d.embedding.fill(R::zero());
        for (&symbol, drow) in self.symbols.iter().zip(rows.rows()) {
            d.embedding.row_mut(symbol as usize).assign(&drow);
        }
    }
}

/// out[r] = table[index[r]]
fn gather<R: Real>(table: &Array2<R>, index: &[u32], mut out: ArrayViewMut2<R>) {
    for (mut out, &row) in out.rows_mut().into_iter().zip(index) {
        out.assign(&table.row(row as usize));
    }
}

/// sum[row_of[r]] += d[r] in the order of r, from zero.
fn sum_by_row<R: Real>(d: ArrayView2<R>, row_of: &[u32], mut sum: ArrayViewMut2<R>) {
    sum.fill(R::zero());
    for (d, &row) in d.rows().into_iter().zip(row_of) {
        let mut sum = sum.row_mut(row as usize);
        let sum = sum.as_slice_mut().expect("part of a row is contiguous");
        add_row(Isa::current(), sum, d.to_slice().expect("part of a row is contiguous"));
    }
}
