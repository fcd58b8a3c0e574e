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
//!   5  do = dh*tanh(c);  dc = dc_next + dh*o*(1 - tanh(c)^2)
//!   4  df = dc*c_prev;  di = dc*g;  dg = dc*i;  dc_prev = dc*f
//!   3  da_i = di*s'(a_i), and so on;  da_g = dg*(1 - g^2)
//!   2  dh_prev = da·w_hᵀ;  dw_h = Σ_t h_prevᵀ·da
//!   1  dx = da·w_xᵀ;  dw_x = Σ_t xᵀ·da;  dbias = Σ_t da
//! ```
//! Steps 3 to 5 are the kernels `gates_forward` and `gates_backward`. Rows of a batch never meet
//! in the recurrence, so each worker runs all time steps of its own rows without a barrier.
//!
//! Memory of the tape: T·B·(4H gates, overwritten by da in backward) + 2(T+1)·B·H for h and c +
//! T·B·H for dh + T·B·4H for da packed as a right-hand side + 2·B·H for dh0 and dc0, in numbers.

use crate::layers::{samples, samples_mut, sum_of_rows};
use crate::real::{Output, Real, parallel_product, rows_per_worker};
use crate::weights::LstmWeights;
use hornpipe_kernels::{Activation, Isa, gates_backward, gates_forward};
use ndarray::{
    Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Slice,
};
use rayon::prelude::*;

/// The weights of one layer, laid out for the products of both passes.
pub struct Lstm<R: Real> {
    activation: Activation,
    /// (D, 4H)
    pub(crate) w_x: R::Packed,
    /// (H, 4H)
    w_h: R::Packed,
    /// (4H, D)
    pub(crate) w_x_t: R::Packed,
    /// (4H, H)
    w_h_t: R::Packed,
    /// (4H)
    pub(crate) bias: Array1<R>,
}

/// What a layer hands from one window to the next: a value that the caller owns.
#[derive(Clone, Debug, PartialEq)]
pub struct State<R> {
    /// (B, H): output of the last step.
    pub h: Array2<R>,
    /// (B, H): cell after the last step.
    pub c: Array2<R>,
}

impl<R: Real> State<R> {
    /// All zero: nothing heard yet.
    pub fn zeros(batch: usize, hidden: usize) -> Self {
        Self { h: Array2::zeros((batch, hidden)), c: Array2::zeros((batch, hidden)) }
    }
}

/// What forward keeps for backward, and the room backward works in.
pub struct LstmTape<R: Real> {
    /// (T, B, 4H): a, then i f g o; backward overwrites it with da.
    pub gates: Array3<R>,
    /// (T+1, B, H): `h[0]` is h0, `h[t+1]` the output of step t.
    pub h: Array3<R>,
    /// (T+1, B, H): `c[0]` is c0.
    pub c: Array3<R>,
    /// (T, B, H): on entry to backward the gradient of each h from above; it adds dh_next.
    pub dh: Array3<R>,
    /// Gradient of the state on entry: dh0 and dc0, written by backward.
    pub d_state: State<R>,
    /// da (T·B, 4H) as a right-hand side.
    da_packed: R::Packed,
}

impl<R: Real> LstmTape<R> {
    /// Room for T steps of B rows.
    pub fn new(steps: usize, batch: usize, hidden: usize) -> Self {
        Self {
            gates: Array3::zeros((steps, batch, 4 * hidden)),
            h: Array3::zeros((steps + 1, batch, hidden)),
            c: Array3::zeros((steps + 1, batch, hidden)),
            dh: Array3::zeros((steps, batch, hidden)),
            d_state: State::zeros(batch, hidden),
            da_packed: R::packed(steps * batch, 4 * hidden),
        }
    }
}

impl<R: Real> Lstm<R> {
    /// A layer of input width D and width H whose weights are still to be loaded.
    pub fn new(input: usize, hidden: usize, activation: Activation) -> Self {
        Self {
            activation,
            w_x: R::packed(input, 4 * hidden),
            w_h: R::packed(hidden, 4 * hidden),
            w_x_t: R::packed(4 * hidden, input),
            w_h_t: R::packed(4 * hidden, hidden),
            bias: Array1::zeros(4 * hidden),
        }
    }

    /// Lays out `weights` anew; once an update.
    pub fn load(&mut self, weights: &LstmWeights<R>) {
        R::pack(&mut self.w_x, weights.w_x.view());
        R::pack(&mut self.w_h, weights.w_h.view());
        R::pack(&mut self.w_x_t, weights.w_x.t());
        R::pack(&mut self.w_h_t, weights.w_h.t());
        self.bias.assign(&weights.bias);
    }

    /// Forward 1 for an input x (T, B, D). The first layer's input is symbols: there
    /// [`super::embedding`] writes a.
    pub fn project(&self, x: &Array3<R>, tape: &mut LstmTape<R>) {
        // forward 1: a = x·w_x + bias
        let mut a = samples_mut(&mut tape.gates);
        a.assign(&self.bias);
        parallel_product(samples(x), &self.w_x, a, Output::Accumulate);
    }

    /// Forward 2 to 5 over all steps, from `state` and into it. `tape.gates` holds a on entry.
    pub fn forward(&self, state: &mut State<R>, tape: &mut LstmTape<R>) {
        tape.h.index_axis_mut(Axis(0), 0).assign(&state.h);
        tape.c.index_axis_mut(Axis(0), 0).assign(&state.c);
        let rows = rows_per_worker(state.h.nrows());
        let workers = (
            tape.gates.axis_chunks_iter_mut(Axis(1), rows),
            tape.h.axis_chunks_iter_mut(Axis(1), rows),
            tape.c.axis_chunks_iter_mut(Axis(1), rows),
        );
        workers.into_par_iter().for_each(|(gates, h, c)| self.forward_rows(gates, h, c));
        state.h.assign(&tape.h.index_axis(Axis(0), tape.h.dim().0 - 1));
        state.c.assign(&tape.c.index_axis(Axis(0), tape.c.dim().0 - 1));
    }

    /// All time steps of some rows: gates (T, n, 4H), h and c (T+1, n, H).
    fn forward_rows(
        &self,
        mut gates: ArrayViewMut3<R>,
        mut h: ArrayViewMut3<R>,
        mut c: ArrayViewMut3<R>,
    ) {
        let hidden = h.dim().2;
        for t in 0..gates.dim().0 {
            let mut a = gates.index_axis_mut(Axis(0), t);
            let (h_prev, mut h) = step_and_next(&mut h, t);
            let (c_prev, mut c) = step_and_next(&mut c, t);
            // forward 2: a += h_prev·w_h
            R::product(h_prev.view(), &self.w_h, a.view_mut(), Output::Accumulate);
            // forward 3, 4, 5: the gates, c = f*c_prev + i*g, h = o*tanh(c)
            let (isa, s) = (Isa::current(), self.activation);
            let c_prev = flat_ref(c_prev.view());
            gates_forward(isa, s, flat(&mut a), c_prev, flat(&mut c), flat(&mut h), hidden);
        }
    }

    /// Backward 5 to 2 over all steps. `tape.dh` holds the gradient of every output from above,
    /// `tape.d_state` is overwritten (no gradient comes from beyond the window), `tape.gates`
    /// becomes da.
    pub fn backward(&self, tape: &mut LstmTape<R>) {
        let rows = rows_per_worker(tape.gates.dim().1);
        let c = tape.c.view();
        let workers = (
            tape.gates.axis_chunks_iter_mut(Axis(1), rows),
            c.axis_chunks_iter(Axis(1), rows),
            tape.dh.axis_chunks_iter_mut(Axis(1), rows),
            tape.d_state.h.axis_chunks_iter_mut(Axis(0), rows),
            tape.d_state.c.axis_chunks_iter_mut(Axis(0), rows),
        );
        workers
            .into_par_iter()
            .for_each(|(gates, c, dh, dh0, dc)| self.backward_rows(gates, c, dh, dh0, dc));
    }

    /// Backward 2 and 1 for the weights that every layer has: `d.w_h` and `d.bias`, overwritten.
    pub fn backward_weights(&self, tape: &mut LstmTape<R>, d: &mut LstmWeights<R>) {
        let steps = tape.gates.dim().0;
        let da = samples(&tape.gates);
        R::pack(&mut tape.da_packed, da);
        // forward 2: a += h_prev·w_h, for dw_h: one product over all T·B samples
        let h_prev = tape.h.slice_axis(Axis(0), Slice::from(..steps));
        let h_prev = h_prev
            .into_shape_with_order((da.nrows(), d.w_h.nrows()))
            .expect("the first T steps of h are contiguous");
        parallel_product(h_prev.t(), &tape.da_packed, d.w_h.view_mut(), Output::Overwrite);
        // forward 1: a = x·w_x + bias, for dbias
        sum_of_rows(da, d.bias.view_mut());
    }

    /// All time steps of some rows, backwards: gates (T, n, 4H) become da; dh (T, n, H);
    /// dh0 (n, H) and dc (n, H), which holds dc_next all the way down to dc0.
    fn backward_rows(
        &self,
        mut gates: ArrayViewMut3<R>,
        c: ArrayView3<R>,
        mut dh: ArrayViewMut3<R>,
        mut dh0: ArrayViewMut2<R>,
        mut dc: ArrayViewMut2<R>,
    ) {
        let hidden = dh.dim().2;
        dc.fill(R::zero());
        for t in (0..gates.dim().0).rev() {
            let mut a = gates.index_axis_mut(Axis(0), t);
            let (c_prev, c) = (c.index_axis(Axis(0), t), c.index_axis(Axis(0), t + 1));
            let mut dh_t = dh.index_axis_mut(Axis(0), t);
            // forward 5, 4, 3: h = o*tanh(c), c = f*c_prev + i*g, the gates; dc_next becomes dc_prev
            let (isa, s) = (Isa::current(), self.activation);
            let (c_prev, c, dh_t) = (flat_ref(c_prev), flat_ref(c), flat(&mut dh_t));
            gates_backward(isa, s, flat(&mut a), c_prev, c, dh_t, flat(&mut dc), hidden);
            // forward 2: a += h_prev·w_h, for dh_prev: on top of what comes from above
            let da = a.view();
            if t == 0 {
                R::product(da, &self.w_h_t, dh0.view_mut(), Output::Overwrite);
            } else {
                let dh_prev = dh.index_axis_mut(Axis(0), t - 1);
                R::product(da, &self.w_h_t, dh_prev, Output::Accumulate);
            }
        }
    }

    /// Backward 1 for an input x (T, B, D), after [`Lstm::backward_weights`]: `d.w_x`, and dx
    /// (T, B, D), overwritten.
    pub fn backward_project(
        &self,
        x: &Array3<R>,
        tape: &LstmTape<R>,
        d: &mut LstmWeights<R>,
        dx: &mut Array3<R>,
    ) {
        // forward 1: a = x·w_x + bias
        parallel_product(samples(x).t(), &tape.da_packed, d.w_x.view_mut(), Output::Overwrite);
        let da = samples(&tape.gates);
        parallel_product(da, &self.w_x_t, samples_mut(dx), Output::Overwrite);
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
