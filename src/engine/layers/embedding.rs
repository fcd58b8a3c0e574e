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
//!            2  dw_x = rowsᵀ·dtable;  dbias = Σ dtable;  drowsᵀ = w_x·dtableᵀ
//!            1  dembedding[symbols] = drows, 0 elsewhere
//! ```
//! drows comes transposed, as dtable has far fewer elements to pack than w_x.
//!
//! Memory: up to V·(E + 8H) numbers and V + T·B indices.
//!
//! A layer of width H = 1 whose four gates see the embedding (E = 1) times 1, 2, 3 and 4:
//!
//! ```
//! use hornpipe::engine::layers::embedding::EmbeddingTape;
//! use hornpipe::engine::layers::lstm::Lstm;
//! use hornpipe::engine::weights::{LstmWeights, Shape};
//! use hornpipe::engine::Activation;
//! use ndarray::{Array2, array};
//!
//! let w_x = array![[1.0, 2.0, 3.0, 4.0]];
//! let (w_h, bias) = (array![[0.0; 4]], array![0.5, 0.5, 0.5, 0.5]);
//! let mut lstm = Lstm::<f64>::new(1, 1, Activation::Sigmoid);
//! let weights = LstmWeights { w_x, w_h, bias };
//! lstm.load(&weights);
//!
//! // two steps of two streams read symbols 2 and 0 of three: a table of two rows
//! let (x, embedding) = (array![[2, 0], [2, 2]], array![[10.0], [20.0], [30.0]]);
//! let shape = Shape { vocab: 3, embedding: 1, inputs: vec![], lstm: vec![1] };
//! let mut tape = EmbeddingTape::new((2, 2), &shape);
//! tape.tabulate(x.iter().copied(), &embedding, &lstm);
//! tape.index(x.view());
//! let mut a = Array2::zeros((2, 4));
//! tape.look_up(0, 0, &weights.w_x, &mut a.view_mut());
//! assert_eq!(a, array![[30.5, 60.5, 90.5, 120.5], [10.5, 20.5, 30.5, 40.5]]);
//! ```

use crate::engine::layers::lstm::Lstm;
use crate::engine::layers::tape::Block;
use crate::engine::layers::{add_rows, place};
use crate::engine::real::{Output, Real, parallel_product, rows_per_worker};
use crate::engine::weights::{LstmWeights, Shape, Weights};
use hornpipe_kernels::{Isa, add_row};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis, Slice};
use rayon::prelude::*;
use std::ops::Range;

/// What a window reads: a symbol for each step of each stream, and whole numbers beside it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// (T, B): the symbols.
    pub symbols: ArrayView2<'a, u32>,
    /// (T, B, K): a number below its size for each of the shape's K inputs.
    pub places: ArrayView3<'a, u32>,
}

impl<'a> From<ArrayView2<'a, u32>> for Input<'a> {
    /// Symbols with nothing beside them.
    fn from(symbols: ArrayView2<'a, u32>) -> Self {
        let (steps, batch) = symbols.dim();
        let places = ArrayView3::from_shape((steps, batch, 0), &[]).expect("no number");
        Self { symbols, places }
    }
}

/// What forward keeps for backward, and the room both work in.
pub struct EmbeddingTape<R: Real> {
    /// Rows of w_x of each input.
    inputs: Vec<Range<usize>>,
    /// (T, B, K): row of w_x of each place.
    places: Array3<u32>,
    /// Distinct symbols, ascending.
    symbols: Vec<u32>,
    /// (V): row of each symbol in `rows` and `table`.
    row_of_symbol: Vec<u32>,
    /// (T, B): row of each sample.
    row_of: Array2<u32>,
    /// (V, E), of which the first `symbols.len()` rows are used; drowsᵀ in backward.
    rows: Array2<R>,
    /// (V, 4H), likewise; dtable in backward.
    table: Array2<R>,
    /// dtable, then its transpose, as a right-hand side; empty until the first backward pass.
    packed: R::Packed,
}

const ABSENT: u32 = u32::MAX;

impl<R: Real> EmbeddingTape<R> {
    /// Room for T steps of B characters.
    ///
    /// # Panics
    /// If the shape has no LSTM layer.
    pub fn new((steps, batch): (usize, usize), shape: &Shape) -> Self {
        let Shape { vocab, embedding, ref inputs, ref lstm } = *shape;
        let hidden = lstm[0];
        let mut end = embedding;
        let ranges = inputs.iter().map(|size| {
            end += size;
            end - size..end
        });
        Self {
            inputs: ranges.collect(),
            places: Array3::zeros((steps, batch, inputs.len())),
            symbols: Vec::with_capacity(vocab),
            row_of_symbol: vec![ABSENT; vocab],
            row_of: Array2::zeros((steps, batch)),
            rows: Array2::zeros((vocab, embedding)),
            table: Array2::zeros((vocab, 4 * hidden)),
            packed: R::packed(0, 0),
        }
    }

    /// Forward 1 and 2 for the distinct symbols of `x`, from `embedding` (V, E).
    ///
    /// # Panics
    /// If a symbol is V or more, or the embedding or the layer is not what the tape was made for.
    pub fn tabulate(
        &mut self,
        x: impl Iterator<Item = u32>,
        embedding: &Array2<R>,
        lstm: &Lstm<R>,
    ) {
        assert_eq!(embedding.dim(), self.rows.dim(), "the embedding is (V, E) of the tape");
        let w_x = (self.rows.ncols(), self.table.ncols());
        assert_eq!((lstm.input, lstm.bias.len()), w_x, "the first layer goes from E to 4H");
        let vocab = self.row_of_symbol.len();
        self.row_of_symbol.fill(ABSENT);
        x.for_each(|symbol| self.row_of_symbol[place(symbol, vocab)] = 0);
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
        let table = self.table.slice_axis_mut(Axis(0), Slice::from(..used));
        let rows = self.rows.slice_axis(Axis(0), Slice::from(..used));
        parallel_product(rows, &lstm.w_x, table, Output::Bias(&lstm.bias));
    }

    /// Takes the symbols x (T, B), each of which has been tabulated, for [`Self::look_up`].
    ///
    /// # Panics
    /// If one has not, or x is not (T, B).
    pub fn index<'a>(&mut self, x: impl Into<Input<'a>>) {
        let x = x.into();
        assert_eq!(x.symbols.dim(), self.row_of.dim(), "x is (T, B) of the tape");
        assert_eq!(x.places.dim(), self.places.dim(), "places are (T, B, K) of the tape");
        for (k, range) in self.inputs.iter().enumerate() {
            let from = x.places.index_axis(Axis(2), k);
            self.places.index_axis_mut(Axis(2), k).zip_mut_with(&from, |row, &place| {
                *row = (range.start + super::place(place, range.len())) as u32;
            });
        }
        let rows = &self.row_of_symbol;
        self.row_of.zip_mut_with(&x.symbols, |row, &symbol| {
            *row = rows[place(symbol, rows.len())];
            assert_ne!(*row, ABSENT, "symbol {symbol} has not been tabulated");
        });
    }

    /// Forward 3 for rows `b..` of step t: a (n, 4H).
    ///
    /// # Panics
    /// If t is no step of the tape, or a is not (n, 4H) or reaches beyond its rows.
    pub fn look_up(&self, t: usize, b: usize, w_x: &Array2<R>, a: &mut ArrayViewMut2<R>) {
        let samples = (a.nrows() + b, a.ncols());
        let most = (self.row_of.ncols(), self.table.ncols());
        assert!(samples.0 <= most.0 && samples.1 == most.1, "a ends at {samples:?} of {most:?}");
        // forward 3: a[t, b] = table[row_of[t, b]]
        let places = self.places.index_axis(Axis(0), t);
        for (n, (mut a, &row)) in
            a.outer_iter_mut().zip(self.row_of.row(t).iter().skip(b)).enumerate()
        {
            a.assign(&self.table.row(row as usize));
            let a = a.as_slice_mut().expect("a row is contiguous");
            for &place in places.row(b + n) {
                let row = w_x.row(place as usize);
                add_row(Isa::current(), a, row.to_slice().expect("a row is contiguous"));
            }
        }
    }

    /// Backward 3 for a block of time steps of the first layer, the last one first.
    pub(crate) fn sum(&mut self, block: &Block<R>, dw_x: &mut Array2<R>) {
        let used = self.symbols.len();
        // backward 3, of a[t, b] = table[row_of[t, b]]
        let mut dtable = self.table.slice_axis_mut(Axis(0), Slice::from(..used));
        if block.is_first {
            dtable.fill(R::zero());
        }
        let row_of = self.row_of.slice_axis(Axis(0), Slice::from(block.steps.clone()));
        let row_of = row_of.to_slice().expect("whole steps are contiguous");
        let columns = rows_per_worker(block.da.ncols());
        let da = block.da.axis_chunks_iter(Axis(1), columns);
        let workers = (dtable.axis_chunks_iter_mut(Axis(1), columns), da);
        workers.into_par_iter().for_each(|(dtable, da)| sum_by_row(da, row_of, dtable));
        if self.inputs.is_empty() {
            return;
        }
        let first = self.inputs[0].start;
        if block.is_first {
            dw_x.slice_axis_mut(Axis(0), Slice::from(first..)).fill(R::zero());
        }
        let places = self.places.slice_axis(Axis(0), Slice::from(block.steps.clone()));
        let places = places.to_shape((block.da.nrows(), self.inputs.len())).expect("whole steps");
        let da = block.da.axis_chunks_iter(Axis(1), columns);
        let workers = (dw_x.axis_chunks_iter_mut(Axis(1), columns), da);
        workers.into_par_iter().for_each(|(mut dw_x, da)| {
            for (da, places) in da.rows().into_iter().zip(places.rows()) {
                let da = da.to_slice().expect("part of a row is contiguous");
                for &place in places {
                    let mut sum = dw_x.row_mut(place as usize);
                    add_row(Isa::current(), sum.as_slice_mut().expect("part of a row"), da);
                }
            }
        });
    }

    /// Backward 2 and 1, after [`Self::sum`] of all blocks: gradients of the embedding and of the
    /// first layer's `w_x` (E, 4H) and bias.
    pub(crate) fn backward(&mut self, w_x: &Array2<R>, d: &mut Weights<R>) {
        let used = self.symbols.len();
        let dtable = self.table.slice_axis(Axis(0), Slice::from(..used));
        // backward 2, of table = rows·w_x + bias
        let LstmWeights { w_x: dw_x, bias: dbias, .. } = &mut d.lstm[0];
        dbias.fill(R::zero());
        add_rows(dtable, dbias.view_mut());
        R::pack(&mut self.packed, dtable);
        let rows = self.rows.slice_axis(Axis(0), Slice::from(..used));
        let embedding = Slice::from(..rows.ncols());
        let dw_x = dw_x.slice_axis_mut(Axis(0), embedding);
        parallel_product(rows.t(), &self.packed, dw_x, Output::Overwrite);
        R::pack(&mut self.packed, dtable.t());
        let w_x = w_x.slice_axis(Axis(0), embedding);
        let room =
            &mut self.rows.as_slice_mut().expect("rows are contiguous")[..used * w_x.nrows()];
        let mut drows_t =
            ArrayViewMut2::from_shape((w_x.nrows(), used), room).expect("room for drows");
        parallel_product(w_x, &self.packed, drows_t.view_mut(), Output::Overwrite);
        // backward 1, of rows = embedding[symbols]
        let symbols = d.embedding.outer_iter_mut().into_par_iter().zip(&self.row_of_symbol);
        symbols.for_each(|(mut d, &row)| match row {
            ABSENT => d.fill(R::zero()),
            row => d.assign(&drows_t.column(row as usize)),
        });
    }
}

/// out[r] = table[index[r]]
fn gather<R: Real>(table: &Array2<R>, index: &[u32], mut out: ArrayViewMut2<R>) {
    for (mut out, &row) in out.rows_mut().into_iter().zip(index) {
        out.assign(&table.row(row as usize));
    }
}

/// sum[row_of[r]] += d[r] in the order of r.
fn sum_by_row<R: Real>(d: ArrayView2<R>, row_of: &[u32], mut sum: ArrayViewMut2<R>) {
    for (d, &row) in d.rows().into_iter().zip(row_of) {
        let mut sum = sum.row_mut(row as usize);
        let sum = sum.as_slice_mut().expect("part of a row is contiguous");
        add_row(Isa::current(), sum, d.to_slice().expect("part of a row is contiguous"));
    }
}
