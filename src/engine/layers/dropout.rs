//! Inverted dropout (Srivastava et al. 2014) on the output of an LSTM layer; the state that the
//! layer carries to its own next step is never masked, as in Keras.
//!
//! ```text
//! forward    1  out = h*mask        mask is 0 with probability p, else 1/(1-p)
//! backward   1  dh = dout*mask
//! ```
//! A mask is a function of (seed, update, layer, row, time, unit), never of a generator's
//! history: any thread can draw any part, and a resumed run draws what it would have drawn.
//! Chapter 5 of [`crate::guide`] drops every fourth output.

use crate::engine::real::{Real, rows_per_worker};
use hornpipe_kernels::{Isa, dropout_mask, mix, multiply};
use ndarray::{Array3, ArrayView3, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// Where the masks of a forward pass come from.
#[derive(Clone, Copy, Debug)]
pub enum Dropout<'a, R> {
    /// Evaluation and generation: every output passes as it is.
    Off,
    /// Training: masks drawn for one update.
    Drawn {
        /// Probability p of dropping, in [0, 1).
        rate: f64,
        /// Seed of the run.
        seed: u64,
        /// Number of updates made before this one.
        update: u64,
        /// The first row's number among those of the run.
        row: usize,
    },
    /// Masks given by the caller: for each layer (T, B, H) or, where it has none, `None`.
    Given(&'a [Option<Array3<R>>]),
}

impl<R: Real> Dropout<'_, R> {
    /// Forward 1: `out` = h*mask, with the mask of `layer` left in `mask`; all (T, B, H). False if
    /// there is no mask: then `out` is h.
    ///
    /// # Panics
    /// If a shape is another, or a rate outside [0, 1).
    pub fn forward(
        &self,
        layer: usize,
        h: ArrayView3<R>,
        mask: &mut Array3<R>,
        out: &mut Array3<R>,
    ) -> bool {
        assert_eq!(mask.dim(), h.dim(), "room for a mask is (T, B, H), as h");
        assert_eq!(out.dim(), h.dim(), "out is (T, B, H), as h");
        self.assert_fits(layer, h.dim());
        match *self {
            Dropout::Drawn { rate, seed, update, row } if rate > 0.0 => {
                let key = mix(mix(seed, update), layer as u64);
                masked(h, mask, out, |t, mask| draw(rate, key, (row, t), mask));
                return true;
            }
            Dropout::Given(masks) => {
                if let Some(given) = &masks[layer] {
                    masked(h, mask, out, |t, mut mask| mask.assign(&given.index_axis(Axis(0), t)));
                    return true;
                }
            }
            _ => (),
        }
        out.assign(&h);
        false
    }

    /// Refuses a mask that is not the (T, B, H) of `layer`, and a rate that is no probability.
    pub(crate) fn assert_fits(&self, layer: usize, dim: (usize, usize, usize)) {
        match *self {
            Dropout::Off => (),
            Dropout::Drawn { rate, .. } => {
                assert!((0.0..1.0).contains(&rate), "a dropout rate is in [0, 1), not {rate}");
            }
            Dropout::Given(masks) => {
                assert!(layer < masks.len(), "no mask or `None` for layer {layer}");
                if let Some(mask) = &masks[layer] {
                    assert_eq!(mask.dim(), dim, "the mask of layer {layer} is (T, B, H)");
                }
            }
        }
    }
}

/// The mask of time step t: (B, H), whose first row is `first` in the run.
fn draw<R: Real>(rate: f64, key: u64, (first, t): (usize, usize), mut mask: ArrayViewMut2<R>) {
    for (row, mut units) in mask.outer_iter_mut().enumerate() {
        let key = mix(mix(key, (first + row) as u64), t as u64);
        let units = units.as_slice_mut().expect("the units of a row are contiguous");
        dropout_mask(Isa::current(), key, 1.0 - rate, units);
    }
}

const WHOLE: &str = "whole time steps are contiguous";

/// Forward 1, each step as soon as `fill(t, mask)` has written its mask.
fn masked<R: Real>(
    h: ArrayView3<R>,
    mask: &mut Array3<R>,
    out: &mut Array3<R>,
    fill: impl Fn(usize, ArrayViewMut2<R>) + Sync,
) {
    let steps = (h.axis_iter(Axis(0)), mask.axis_iter_mut(Axis(0)), out.axis_iter_mut(Axis(0)));
    let steps = steps.into_par_iter().enumerate().with_min_len(rows_per_worker(h.dim().0));
    steps.for_each(|(t, (h, mut mask, mut out))| {
        fill(t, mask.view_mut());
        // forward 1: out = h*mask
        let (h, mask) = (h.to_slice().expect(WHOLE), mask.as_slice().expect(WHOLE));
        multiply(Isa::current(), h, mask, out.as_slice_mut().expect(WHOLE));
    });
}

/// Backward 1: `dh` = dout*mask, all (T, B, H).
///
/// # Panics
/// If the three shapes differ, or an array is not row-major.
pub fn backward<R: Real>(dout: &Array3<R>, mask: &Array3<R>, dh: &mut Array3<R>) {
    assert_eq!(dout.dim(), mask.dim(), "dout and mask are (T, B, H)");
    assert_eq!(dh.dim(), mask.dim(), "dh and mask are (T, B, H)");
    let steps = (dout.axis_iter(Axis(0)), mask.axis_iter(Axis(0)), dh.axis_iter_mut(Axis(0)));
    let least = rows_per_worker(dout.dim().0);
    steps.into_par_iter().with_min_len(least).for_each(|(dout, mask, mut dh)| {
        // backward 1, of out = h*mask
        let (dout, mask) = (dout.to_slice().expect(WHOLE), mask.to_slice().expect(WHOLE));
        multiply(Isa::current(), dout, mask, dh.as_slice_mut().expect(WHOLE));
    });
}
