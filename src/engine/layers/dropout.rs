//! Inverted dropout (Srivastava et al. 2014) on the output of an LSTM layer; the state that the
//! layer carries to its own next step is never masked, as in Keras.
//!
//! ```text
//! forward    1  out = h*mask        mask is 0 with probability p, else 1/(1-p)
//! backward   1  dh = dout*mask
//! ```
//! A mask is a function of (seed, update, layer, row, time, unit), never of a generator's
//! history: any thread can draw any part, and a resumed run draws what it would have drawn.

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
    },
    /// Masks given by the caller, one (T, B, H) for each layer that has one.
    Given(&'a [Option<Array3<R>>]),
}

impl<R: Real> Dropout<'_, R> {
    /// Forward 1: `out` = h*mask, with the mask of `layer` left in `mask`; all (T, B, H). False if
    /// there is no mask: then `out` is h.
    pub fn forward(
        &self,
        layer: usize,
        h: ArrayView3<R>,
        mask: &mut Array3<R>,
        out: &mut Array3<R>,
    ) -> bool {
        match *self {
            Dropout::Drawn { rate, seed, update } if rate > 0.0 => {
                let key = mix(mix(seed, update), layer as u64);
                masked(h, mask, out, |t, mask| draw(rate, key, t, mask));
                return true;
            }
            Dropout::Given(masks) => {
                if let Some(given) = masks.get(layer).and_then(Option::as_ref) {
                    masked(h, mask, out, |t, mut mask| mask.assign(&given.index_axis(Axis(0), t)));
                    return true;
                }
            }
            _ => (),
        }
        out.assign(&h);
        false
    }
}

/// The mask of time step t: (B, H).
fn draw<R: Real>(rate: f64, key: u64, t: usize, mut mask: ArrayViewMut2<R>) {
    for (row, mut units) in mask.outer_iter_mut().enumerate() {
        let key = mix(mix(key, row as u64), t as u64);
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
    let least = rows_per_worker(h.dim().0);
    steps.into_par_iter().enumerate().with_min_len(least).for_each(
        |(t, (h, mut mask, mut out))| {
            fill(t, mask.view_mut());
            // forward 1: out = h*mask
            let (h, mask) = (h.to_slice().expect(WHOLE), mask.as_slice().expect(WHOLE));
            multiply(Isa::current(), h, mask, out.as_slice_mut().expect(WHOLE));
        },
    );
}

/// Backward 1: `dh` = dout*mask, all (T, B, H).
pub fn backward<R: Real>(dout: &Array3<R>, mask: &Array3<R>, dh: &mut Array3<R>) {
    let steps = (dout.axis_iter(Axis(0)), mask.axis_iter(Axis(0)), dh.axis_iter_mut(Axis(0)));
    let least = rows_per_worker(dout.dim().0);
    steps.into_par_iter().with_min_len(least).for_each(|(dout, mask, mut dh)| {
        // forward 1: out = h*mask
        let (dout, mask) = (dout.to_slice().expect(WHOLE), mask.to_slice().expect(WHOLE));
        multiply(Isa::current(), dout, mask, dh.as_slice_mut().expect(WHOLE));
    });
}
