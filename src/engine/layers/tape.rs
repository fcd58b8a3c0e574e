//! What an LSTM layer hands on: its state to the next window, its tape to the backward pass, and
//! there a block of steps at a time to the layer below.
//!
//! Memory of the tape: T·B·(4H gates, overwritten by da in backward) + 2(T+1)·B·H for h and c +
//! T·B·H for dh + 2·B·H for dh0 and dc0, in numbers; and from the first backward pass on T·B·4H for
//! da and 4H·(D + H) for the weights, packed as right-hand sides.

use crate::engine::layers::{add_rows, samples, samples_mut};
use crate::engine::real::{Output, Real, parallel_product};
use crate::engine::weights::LstmWeights;
use ndarray::{Array2, Array3, ArrayView2, Axis, Slice};
use std::ops::Range;

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

    pub(super) fn assert_fits(&self, batch: usize, hidden: usize) {
        let dim = (batch, hidden);
        assert_eq!((self.h.dim(), self.c.dim()), (dim, dim), "h and c of a state are (B, H)");
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
    /// da (T·B, 4H) as a right-hand side; empty until the first backward pass, like the next.
    pub(super) da_packed: R::Packed,
    /// w_hᵀ (4H, H)
    pub(super) w_h_t: R::Packed,
}

impl<R: Real> LstmTape<R> {
    /// Room for T steps of B rows.
    ///
    /// # Panics
    /// If T or B is 0.
    pub fn new(steps: usize, batch: usize, hidden: usize) -> Self {
        let some = steps > 0 && batch > 0;
        assert!(some, "a tape has at least one step and one row, not {steps} and {batch}");
        Self {
            gates: Array3::zeros((steps, batch, 4 * hidden)),
            h: Array3::zeros((steps + 1, batch, hidden)),
            c: Array3::zeros((steps + 1, batch, hidden)),
            dh: Array3::zeros((steps, batch, hidden)),
            d_state: State::zeros(batch, hidden),
            da_packed: R::Packed::default(),
            w_h_t: R::Packed::default(),
        }
    }

    /// Refuses a layer of another width, and arrays that somebody else put here.
    pub(super) fn assert_fits(&self, hidden: usize) {
        let (steps, batch, width) = self.gates.dim();
        assert_eq!(width, 4 * hidden, "gates of the tape are (T, B, 4H)");
        for (x, steps) in [(&self.h, steps + 1), (&self.c, steps + 1), (&self.dh, steps)] {
            assert_eq!(x.dim(), (steps, batch, hidden), "h, c and dh of the tape are (.., B, H)");
        }
        self.d_state.assert_fits(batch, hidden);
    }
}

/// What the layer below gets to know after a block of time steps.
#[non_exhaustive]
pub struct Block<'a, R: Real> {
    /// Which steps.
    pub steps: Range<usize>,
    /// da (samples of these steps, 4H)
    pub da: ArrayView2<'a, R>,
    /// The same as a right-hand side.
    pub packed: &'a R::Packed,
    /// Whether nothing has been added up yet.
    pub is_first: bool,
}

impl<R: Real> Block<'_, R> {
    /// Backward 1 for an input x (T, B, D): dw_x and dbias grow by this block, its steps of dx
    /// (T, B, D) are overwritten.
    ///
    /// # Panics
    /// If a shape is another.
    pub fn project(
        &self,
        w_x_t: &R::Packed,
        x: &Array3<R>,
        d: &mut LstmWeights<R>,
        dx: &mut Array3<R>,
    ) {
        let (steps, batch, input) = x.dim();
        assert!(self.steps.end <= steps, "{:?} of {steps} steps", self.steps);
        assert_eq!(self.da.nrows(), self.steps.len() * batch, "da is (samples of the block, 4H)");
        assert_eq!(dx.dim(), x.dim(), "dx is (T, B, D), as x");
        let dim = (input, self.da.ncols());
        assert_eq!((d.w_x.dim(), d.bias.len()), (dim, dim.1), "dw_x is (D, 4H)");
        // backward 1, of a = x·w_x + bias
        let x = samples_of(x, self.steps.clone());
        parallel_product(x.t(), self.packed, d.w_x.view_mut(), self.output());
        if self.is_first {
            d.bias.fill(R::zero());
        }
        add_rows(self.da, d.bias.view_mut());
        let dx = samples_mut(dx).slice_axis_move(
            Axis(0),
            Slice::from(self.steps.start * batch..self.steps.end * batch),
        );
        parallel_product(self.da, w_x_t, dx, Output::Overwrite);
    }

    pub(super) fn output(&self) -> Output<'_, R> {
        if self.is_first { Output::Overwrite } else { Output::Accumulate }
    }
}

/// Some steps of x (.., B, W) as (samples, W).
pub(super) fn samples_of<R: Real>(x: &Array3<R>, steps: Range<usize>) -> ArrayView2<'_, R> {
    let batch = x.dim().1;
    let range = Slice::from(steps.start * batch..steps.end * batch);
    samples(x).slice_axis_move(Axis(0), range)
}
