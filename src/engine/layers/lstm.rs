//! One LSTM layer, forward and backward through time (Hochreiter and Schmidhuber 1997, with the
//! forget gate of Gers, Schmidhuber and Cummins 2000; no peepholes, as in Keras and PyTorch).
//!
//! ```text
//! forward, for t = 0 .. T-1                       s is sigmoid or hard_sigmoid
//!   1  a = x·w_x + bias                           for all t at once: it needs no h
//!   2  a += h_prev·w_h
//!   3  i, f, o = s(a_i), s(a_f), s(a_o);  g = tanh(a_g)
//!   4  c = f*c_prev + i*g
//!   5  h = o*tanh(c)
//! backward, for t = T-1 .. 0
//!   5  d_o = dh*tanh(c);  dc = dc_next + dh*o*(1 - tanh(c)^2)
//!   4  df = dc*c_prev;  di = dc*g;  dg = dc*i;  dc_prev = dc*f
//!   3  da_i = di*s'(a_i), and so on;  da_g = dg*(1 - g^2)
//!   2  dh_next = da·w_hᵀ, which the step before adds to its dh;  dw_h = Σ_t h_prevᵀ·da
//!   1  dx = da·w_xᵀ;  dw_x = Σ_t xᵀ·da;  dbias = Σ_t da
//! ```
//! Steps 3 to 5 are the kernels `gates_forward` and `gates_backward`. Backward 1 is [`Block::project`],
//! block by block, and where the input is symbols, both ways, [`super::embedding`]. Rows of a batch
//! never meet in the recurrence, so each worker runs all time steps of its own rows without a
//! barrier. Memory: see [`super::tape`].
//! Chapters 2 and 3 of [`crate::guide`] compute two steps by hand and hold this layer to them.

use crate::engine::layers::tape::{Block, LstmTape, State, samples_of};
use crate::engine::layers::{samples, samples_mut};
use crate::engine::real::{Output, Precision, Real, parallel_product, rows_per_worker};
use crate::engine::stopwatch::{Phase, Stopwatch};
use crate::engine::weights::LstmWeights;
use hornpipe_kernels::{Activation, Isa, gates_backward, gates_forward};
use ndarray::{Array1, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Slice};
use rayon::prelude::*;
use std::ops::Range;

/// Samples of a block of time steps in backward: as deep as a product can be without waiting for
/// memory, and few enough that da stays in the second cache.
const BLOCK: usize = 256;

/// The blocks of T steps of B rows, the last one first.
pub(super) fn blocks(steps: usize, batch: usize) -> impl Iterator<Item = Range<usize>> {
    let most = (BLOCK / batch).max(1);
    (1..=steps).rev().step_by(most).map(move |end| end.saturating_sub(most)..end)
}

/// The weights of one layer, laid out for the products of the forward pass.
pub struct Lstm<R: Real> {
    activation: Activation,
    /// Of its products: set it before weights are loaded.
    pub(crate) precision: Precision,
    /// D
    pub(crate) input: usize,
    /// (D, 4H)
    pub(crate) w_x: R::Packed,
    /// (H, 4H)
    w_h: R::Packed,
    /// (4H)
    pub(crate) bias: Array1<R>,
}

impl<R: Real> Lstm<R> {
    /// A layer of input width D and width H whose weights are still to be loaded.
    pub fn new(input: usize, hidden: usize, activation: Activation) -> Self {
        Self {
            activation,
            precision: Precision::F32,
            input,
            w_x: R::Packed::default(),
            w_h: R::Packed::default(),
            bias: Array1::zeros(4 * hidden),
        }
    }

    /// Lays out `weights` anew; once an update. Of w_x the first D rows: any others are added up by
    /// [`super::embedding`].
    ///
    /// # Panics
    /// If they are not those of a layer from D to H.
    pub fn load(&mut self, weights: &LstmWeights<R>) {
        let width = self.bias.len();
        let rows = weights.w_x.nrows();
        assert!(rows >= self.input && weights.w_x.ncols() == width, "w_x is (D, 4H)");
        assert_eq!(weights.w_h.dim(), (width / 4, width), "w_h is (H, 4H)");
        assert_eq!(weights.bias.len(), width, "bias is (4H)");
        let w_x = weights.w_x.slice_axis(Axis(0), Slice::from(..self.input));
        R::pack(&mut self.w_x, self.precision, w_x);
        R::pack(&mut self.w_h, self.precision, weights.w_h.view());
        self.bias.assign(&weights.bias);
    }

    /// Forward 1 for an input x (T, B, D). The first layer's input is symbols: there
    /// [`super::embedding`] knows a.
    ///
    /// # Panics
    /// If x is not (T, B, D) of the tape and the layer.
    pub fn project(&self, x: &Array3<R>, tape: &mut LstmTape<R>) {
        let (steps, batch, _) = tape.gates.dim();
        assert_eq!(x.dim(), (steps, batch, self.input), "x is (T, B, D) of tape and layer");
        tape.assert_fits(self.bias.len() / 4);
        // forward 1: a = x·w_x + bias
        let a = samples_mut(&mut tape.gates);
        parallel_product(samples(x), &self.w_x, a, Output::Bias(&self.bias));
    }

    /// Forward 2 to 5 over all steps, from `state` and into it; `tape.gates` holds a.
    ///
    /// # Panics
    /// If tape or state is of another width, or the state of another batch.
    pub fn forward(&self, state: &mut State<R>, tape: &mut LstmTape<R>) {
        tape.assert_fits(self.bias.len() / 4);
        let (steps, batch, hidden) = tape.dh.dim();
        state.assert_fits(batch, hidden);
        tape.h.index_axis_mut(Axis(0), 0).assign(&state.h);
        tape.c.index_axis_mut(Axis(0), 0).assign(&state.c);
        let rows = rows_per_worker(batch);
        let workers = (
            tape.gates.axis_chunks_iter_mut(Axis(1), rows),
            tape.h.axis_chunks_iter_mut(Axis(1), rows),
            tape.c.axis_chunks_iter_mut(Axis(1), rows),
        );
        // each worker goes through all steps with its rows: gates (T, n, 4H), h and c (T+1, n, H)
        workers.into_par_iter().for_each(|(mut gates, mut h, mut c)| {
            for (t, mut a) in gates.outer_iter_mut().enumerate() {
                let (h_prev, mut h) = step_and_next(&mut h, t);
                let (c_prev, mut c) = step_and_next(&mut c, t);
                // forward 2: a += h_prev·w_h
                R::product(h_prev.view(), &self.w_h, a.view_mut(), Output::Accumulate);
                // forward 3, 4, 5: the gates, c = f*c_prev + i*g, h = o*tanh(c)
                let (isa, s, c_prev) = (Isa::current(), self.activation, flat_ref(c_prev.view()));
                gates_forward(isa, s, flat(&mut a), c_prev, flat(&mut c), flat(&mut h), hidden);
            }
        });
        state.h.assign(&tape.h.index_axis(Axis(0), steps));
        state.c.assign(&tape.c.index_axis(Axis(0), steps));
    }

    /// Backward 5 to 2 over all steps. `tape.dh` holds the gradient of every output from above,
    /// `tape.d_state` is overwritten (no gradient comes from beyond the window), `tape.gates` becomes
    /// da, `d.w_h` is overwritten.
    ///
    /// It goes back in blocks of steps, so that products find da warm: `below(block, d)` does backward 1,
    /// unless that comes later.
    ///
    /// # Panics
    /// If tape, weights or `d` are of another width.
    pub fn backward(
        &self,
        weights: &LstmWeights<R>,
        tape: &mut LstmTape<R>,
        d: &mut LstmWeights<R>,
        stopwatch: &mut Stopwatch,
        mut below: impl FnMut(&Block<R>, &mut LstmWeights<R>),
    ) {
        tape.assert_fits(self.bias.len() / 4);
        let dim = (self.bias.len() / 4, self.bias.len());
        assert_eq!((weights.w_h.dim(), d.w_h.dim()), (dim, dim), "w_h and dw_h are (H, 4H)");
        let (steps, batch, _) = tape.gates.dim();
        R::pack(&mut tape.w_h_t, self.precision, weights.w_h.t());
        tape.d_state.c.fill(R::zero());
        for block in blocks(steps, batch) {
            let is_first = block.end == steps;
            let LstmTape { gates, c, dh, d_state, da_packed, w_h_t, .. } = &mut *tape;
            let rows = rows_per_worker(batch);
            let workers = (
                gates.axis_chunks_iter_mut(Axis(1), rows),
                c.axis_chunks_iter(Axis(1), rows),
                dh.axis_chunks_iter_mut(Axis(1), rows),
                d_state.h.axis_chunks_iter_mut(Axis(0), rows),
                d_state.c.axis_chunks_iter_mut(Axis(0), rows),
            );
            workers.into_par_iter().for_each(|(gates, c, dh, dh0, dc)| {
                self.backward_rows(block.clone(), w_h_t, gates, c, dh, (dh0, dc));
            });
            R::pack(da_packed, self.precision, samples_of(gates, block.clone()));
            stopwatch.lap(Phase::RecurrenceBackward);
            // backward 2, of a += h_prev·w_h, by w_h: one product over all samples
            let h_prev = samples_of(&tape.h, block.clone());
            let da = samples_of(&tape.gates, block.clone());
            let block = Block { steps: block, da, packed: &tape.da_packed, is_first };
            parallel_product(h_prev.t(), block.packed, d.w_h.view_mut(), block.output());
            below(&block, d);
            stopwatch.lap(Phase::WeightGradients);
        }
    }

    /// The time steps of a block for some rows, backwards: gates (T, n, 4H) become da; dh (T, n, H);
    /// dh0 (n, H) and dc (n, H), which holds dc_next all the way down to dc0.
    fn backward_rows(
        &self,
        block: Range<usize>,
        w_h_t: &R::Packed,
        mut gates: ArrayViewMut3<R>,
        c: ArrayView3<R>,
        mut dh: ArrayViewMut3<R>,
        (mut dh0, mut dc): (ArrayViewMut2<R>, ArrayViewMut2<R>),
    ) {
        let hidden = dh.dim().2;
        for t in block.rev() {
            let mut a = gates.index_axis_mut(Axis(0), t);
            let (c_prev, c) = (c.index_axis(Axis(0), t), c.index_axis(Axis(0), t + 1));
            let mut dh_t = dh.index_axis_mut(Axis(0), t);
            // backward 5, of h = o*tanh(c); backward 4, of c = f*c_prev + i*g, where dc_next
            // becomes dc_prev; backward 3, of the gates
            let (isa, s) = (Isa::current(), self.activation);
            let (c_prev, c, dh_t) = (flat_ref(c_prev), flat_ref(c), flat(&mut dh_t));
            gates_backward(isa, s, flat(&mut a), c_prev, c, dh_t, flat(&mut dc), hidden);
            // backward 2, of a += h_prev·w_h, by h_prev: on top of what comes from above
            let da = a.view();
            if t == 0 {
                R::product(da, w_h_t, dh0.view_mut(), Output::Overwrite);
            } else {
                let dh_prev = dh.index_axis_mut(Axis(0), t - 1);
                R::product(da, w_h_t, dh_prev, Output::Accumulate);
            }
        }
    }
}

/// Rows (n, H) of x at t and at t+1.
fn step_and_next<'a, R: Real>(
    x: &'a mut ArrayViewMut3<R>,
    t: usize,
) -> (ArrayViewMut2<'a, R>, ArrayViewMut2<'a, R>) {
    let (before, after) = x.view_mut().split_at(Axis(0), t + 1);
    (before.index_axis_move(Axis(0), t), after.index_axis_move(Axis(0), 0))
}

const CONTIGUOUS: &str = "the rows of one time step are contiguous";

fn flat<'a, R: Real>(rows: &'a mut ArrayViewMut2<R>) -> &'a mut [R] {
    rows.as_slice_mut().expect(CONTIGUOUS)
}

fn flat_ref<R: Real>(rows: ArrayView2<'_, R>) -> &[R] {
    rows.to_slice().expect(CONTIGUOUS)
}
