//! The embedding and the whole numbers beside it, folded into the first LSTM layer.
//!
//! A window of T·B characters holds few distinct symbols (60 of 87 on average), so the product
//! `embedding[x]·w_x + bias` is computed once for each distinct symbol and its rows are handed
//! out: exact algebra, about a seventeenth of the work.
//!
//! Beside its symbol a sample may have K whole numbers, its places, each below a size of its own; N
//! is the sum of the sizes. They come one-hot behind the embedding, so w_x has E + N rows, and
//! nothing is multiplied either: one row of w_x is added for each.
//!
//! ```text
//! forward    1  rows = embedding[symbols]              symbols: the distinct ones, ascending
//!            2  table = rows·w_x[..E] + bias
//!            3  a[t, b] = table[row_of_symbol[x[t, b]]] + w_x[E + place] + ...
//!               place: of input k its number plus the sizes of those before, k = 0 .. K-1
//! backward   3  dtable[r] = Σ da[t, b] over the samples of row r;  dw_x[E + place] likewise
//!            2  dw_x[..E] = rowsᵀ·dtable;  dbias = Σ dtable;  drowsᵀ = w_x[..E]·dtableᵀ
//!            1  dembedding[symbols] = drows, 0 elsewhere
//! ```
//! Both sums run over lists of row numbers: of each sample the rows it adds up, of each row the
//! samples that did. Each is one chain of additions in a fixed order. drows comes transposed, as
//! dtable has far fewer elements to pack than w_x.
//!
//! Memory: up to V·(E + 8H) numbers and 2·T·B·(K + 1) + 3V + N indices; from the first backward pass on
//! 4H·V numbers more and, for each thread, 64 times the greater of V + N and T·B.
//! Chapter 4 of [`crate::guide`] has both in numbers.

use crate::engine::layers::lstm::{Lstm, blocks};
use crate::engine::layers::strips::sum_lists;
use crate::engine::layers::{add_rows, known, samples, samples_mut};
use crate::engine::real::{Output, Precision, Real, parallel_product, rows_per_worker};
use crate::engine::weights::{Shape, Weights};
use hornpipe_kernels::{Isa, Strip, add_row};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis, Slice};
use rayon::prelude::*;

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
    /// Size of each input.
    inputs: Vec<usize>,
    /// Distinct symbols, ascending.
    symbols: Vec<u32>,
    /// (V): row of each symbol in `rows` and `table`.
    row_of_symbol: Vec<u32>,
    /// (T, B, 1 + K): rows that a sample adds up, those of `table` from 0 and of places from V.
    picked: Array3<u32>,
    /// (T·B·(1 + K)): the samples that picked row 0, those that picked row 1, and so on.
    pickers: Vec<u32>,
    /// (V + N + 2): where those of each row begin in `pickers`, and the last ones end.
    pickers_from: Vec<u32>,
    /// (V, E), of which the first `symbols.len()` rows are used; drowsᵀ in backward.
    rows: Array2<R>,
    /// (V, 4H), likewise; dtable in backward.
    table: Array2<R>,
    /// For sums of many rows; empty until the first, as the next until the first backward pass.
    room: Vec<Strip<R>>,
    /// dtable, then its transpose, as a right-hand side.
    packed: R::Packed,
}

const ABSENT: u32 = u32::MAX;

/// Samples for which it pays to lay out all rows of places before they are added up.
const MANY: usize = 256;

impl<R: Real> EmbeddingTape<R> {
    /// Room for T steps of B characters.
    ///
    /// # Panics
    /// If the shape has no LSTM layer.
    pub fn new((steps, batch): (usize, usize), shape: &Shape) -> Self {
        let Shape { vocab, embedding, ref inputs, ref lstm } = *shape;
        let (each, rows) = (1 + inputs.len(), vocab + shape.places());
        Self {
            inputs: inputs.clone(),
            symbols: Vec::with_capacity(vocab),
            row_of_symbol: vec![ABSENT; vocab],
            picked: Array3::zeros((steps, batch, each)),
            pickers: vec![0; steps * batch * each],
            pickers_from: vec![0; rows + 2],
            rows: Array2::zeros((vocab, embedding)),
            table: Array2::zeros((vocab, 4 * lstm[0])),
            room: Vec::new(),
            packed: R::Packed::default(),
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
        let ((vocab, input), width) = (self.rows.dim(), self.table.ncols());
        let layer = (lstm.input, lstm.bias.len());
        assert_eq!(layer, (input, width), "the first layer goes from E to 4H");
        self.row_of_symbol.fill(ABSENT);
        x.for_each(|symbol| self.row_of_symbol[known(symbol, vocab)] = 0);
        self.symbols.clear();
        for (symbol, row) in self.row_of_symbol.iter_mut().enumerate() {
            if *row != ABSENT {
                *row = self.symbols.len() as u32;
                self.symbols.push(symbol as u32);
            }
        }
        // forward 1: rows = embedding[symbols]
        let used = Slice::from(..self.symbols.len());
        let mut rows = self.rows.slice_axis_mut(Axis(0), used);
        for (mut row, &symbol) in rows.rows_mut().into_iter().zip(&self.symbols) {
            row.assign(&embedding.row(symbol as usize));
        }
        // forward 2: table = rows·w_x[..E] + bias
        let mut table = self.table.slice_axis_mut(Axis(0), used);
        parallel_product(rows.view(), &lstm.w_x, table.view_mut(), Output::Bias(&lstm.bias));
    }

    /// Forward 3 for an input x (T, B), whose symbols have been tabulated with this `w_x`: a (T, B, 4H).
    ///
    /// # Panics
    /// If one has not, x is not (T, B) of the tape, places are not (T, B, K), one is not below its
    /// size, or w_x or a is of another shape.
    pub fn look_up<'a>(&mut self, x: impl Into<Input<'a>>, w_x: &Array2<R>, a: &mut Array3<R>) {
        let x = x.into();
        let ((steps, batch, each), (vocab, width)) = (self.picked.dim(), self.table.dim());
        assert_eq!(x.symbols.dim(), (steps, batch), "x is (T, B) of the tape");
        assert_eq!(x.places.dim(), (steps, batch, each - 1), "places are (T, B, K) of the tape");
        assert_eq!(a.dim(), (steps, batch, width), "a is (T, B, 4H) of the tape");
        let (input, places) = (self.rows.ncols(), self.pickers_from.len() - 2 - vocab);
        assert_eq!(w_x.dim(), (input + places, width), "w_x is (E + N, 4H)");
        self.picked.index_axis_mut(Axis(2), 0).zip_mut_with(&x.symbols, |row, &symbol| {
            *row = self.row_of_symbol[known(symbol, self.row_of_symbol.len())];
            assert_ne!(*row, ABSENT, "symbol {symbol} has not been tabulated");
        });
        let mut first = vocab as u32;
        for (k, &size) in self.inputs.iter().enumerate() {
            let places = x.places.index_axis(Axis(2), k);
            self.picked.index_axis_mut(Axis(2), 1 + k).zip_mut_with(&places, |row, &place| {
                assert!((place as usize) < size, "place {place} of input {k}, which has {size}");
                *row = first + place;
            });
            first += size as u32;
        }
        // forward 3: a[t, b] = table[row_of_symbol[x[t, b]]] + w_x[E + place] + ...
        let picked = self.picked.as_slice().expect("picked rows are contiguous");
        let (mut a, table) = (samples_mut(a), self.table.view());
        if each > 1 && a.nrows() >= MANY {
            let places = w_x.slice_axis(Axis(0), Slice::from(input..));
            let (nothing, parts) =
                (ArrayViewMut2::from_shape((0, width), &mut []), [(0, table), (vocab, places)]);
            let list = |_, sample| &picked[sample * each..(sample + 1) * each];
            sum_lists(&mut self.room, parts, [a, nothing.expect("no row")], list);
            return;
        }
        let samples = rows_per_worker(a.nrows());
        let shares = a.axis_chunks_iter_mut(Axis(0), samples).into_par_iter();
        shares.zip(picked.par_chunks(samples * each)).for_each(|(mut a, picked)| {
            for (mut a, picked) in a.rows_mut().into_iter().zip(picked.chunks_exact(each)) {
                a.assign(&table.row(picked[0] as usize));
                let a = a.into_slice().expect("a row is contiguous");
                for &row in &picked[1..] {
                    let row = w_x.row(input + row as usize - vocab);
                    add_row(Isa::current(), a, row.to_slice().expect("a row is contiguous"));
                }
            }
        });
    }

    /// Backward 3 to 1 from da (T, B, 4H): gradients of the embedding and of the first layer's `w_x`
    /// (E + N, 4H) and bias.
    pub(crate) fn backward(
        &mut self,
        precision: Precision,
        da: &Array3<R>,
        w_x: &Array2<R>,
        d: &mut Weights<R>,
    ) {
        // backward 3, of a[t, b] = table[row_of_symbol[x[t, b]]] + w_x[E + place] + ...
        self.list_pickers();
        let ((vocab, input), used) = (self.rows.dim(), self.symbols.len());
        let (mut dw_x, dplaces) = d.lstm[0].w_x.view_mut().split_at(Axis(0), input);
        let mut dtable = self.table.slice_axis_mut(Axis(0), Slice::from(..used));
        let (pickers, from) = (&self.pickers, &self.pickers_from);
        let list = |k, row| {
            let row = if k == 0 { row } else { vocab + row };
            &pickers[from[row] as usize..from[row + 1] as usize]
        };
        let (da, nothing) = (samples(da), w_x.slice_axis(Axis(0), Slice::from(..0)));
        sum_lists(&mut self.room, [(0, da), (0, nothing)], [dtable.view_mut(), dplaces], list);
        // backward 2, of table = rows·w_x[..E] + bias
        R::pack(&mut self.packed, precision, dtable.view());
        let rows = self.rows.slice_axis(Axis(0), Slice::from(..used));
        parallel_product(rows.t(), &self.packed, dw_x.view_mut(), Output::Overwrite);
        let dbias = &mut d.lstm[0].bias;
        dbias.fill(R::zero());
        add_rows(dtable.view(), dbias.view_mut());
        R::pack(&mut self.packed, precision, dtable.t());
        let w_x = w_x.slice_axis(Axis(0), Slice::from(..input));
        let room = &mut self.rows.as_slice_mut().expect("rows are contiguous")[..input * used];
        let mut drows_t = ArrayViewMut2::from_shape((input, used), room).expect("room for drows");
        parallel_product(w_x, &self.packed, drows_t.view_mut(), Output::Overwrite);
        // backward 1, of rows = embedding[symbols]
        let symbols = d.embedding.outer_iter_mut().into_par_iter().zip(&self.row_of_symbol);
        symbols.for_each(|(mut d, &row)| match row {
            ABSENT => d.fill(R::zero()),
            row => d.assign(&drows_t.column(row as usize)),
        });
    }

    /// Turns `picked` round: the samples of each row in the order in which backward meets them, block
    /// by block of steps.
    fn list_pickers(&mut self) {
        let (steps, batch, each) = self.picked.dim();
        let picked = self.picked.as_slice().expect("picked rows are contiguous");
        let from = &mut self.pickers_from[..];
        from.fill(0);
        // two beyond each row how often it was picked; summed up, one beyond where its list begins;
        // filled up, where it ends
        picked.iter().for_each(|&row| from[row as usize + 2] += 1);
        for row in 1..from.len() {
            from[row] += from[row - 1];
        }
        for sample in blocks(steps, batch).flat_map(|block| block.start * batch..block.end * batch)
        {
            for &row in &picked[sample * each..(sample + 1) * each] {
                let next = &mut from[row as usize + 1];
                self.pickers[*next as usize] = sample as u32;
                *next += 1;
            }
        }
    }
}
