//! Inverted dropout (Srivastava et al. 2014) on the output of an LSTM layer; the state that the
//! layer carries to its own next step is never masked, as in Keras.
//!
//! ```text
//! forward    1  out = h*mask        mask is 0 with probability p, else 1/(1-p)
//! backward   1  dh = dout*mask
//! ```
//! A mask is a function of (seed, update, layer, row, time, unit), never of a generator's
//! history: any thread can draw any part, and a resumed run draws what it would have drawn.

use crate::real::{Real, rows_per_worker};
use hornpipe_kernels::{Isa, dropout_mask, mix, multiply};
use ndarray::{Array3, ArrayView3, Axis};
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
    /// Writes the mask of `layer` into `mask` (T, B, H); false if there is none to apply.
    pub fn fill(&self, layer: usize, mask: &mut Array3<R>) -> bool {
        match *self {
            Dropout::Drawn { rate, seed, update } if rate > 0.0 => {
                draw(rate, mix(mix(seed, update), layer as u64), mask);
                true
            }
            Dropout::Given(masks) => match masks.get(layer).and_then(Option::as_ref) {
                Some(given) => {
                    mask.assign(given);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }
}

fn draw<R: Real>(rate: f64, key: u64, mask: &mut Array3<R>) {
    let steps = rows_per_worker(mask.dim().0);
    let workers = mask.axis_chunks_iter_mut(Axis(0), steps).into_par_iter().enumerate();
    workers.for_each(|(worker, mut chunk)| {
        for (t, mut rows) in chunk.outer_iter_mut().enumerate() {
            for (row, mut units) in rows.outer_iter_mut().enumerate() {
                let key = mix(mix(key, row as u64), (worker * steps + t) as u64);
                let units = units.as_slice_mut().expect("the units of a row are contiguous");
                dropout_mask(Isa::current(), key, 1.0 - rate, units);
            }
        }
    });
}

/// out = x*mask, all (T, B, H): forward 1 with x = h, backward 1 with x = dout.
pub fn apply<R: Real>(x: ArrayView3<R>, mask: &Array3<R>, out: &mut Array3<R>) {
    let steps = rows_per_worker(mask.dim().0);
    let workers = (
        out.axis_chunks_iter_mut(Axis(0), steps),
        x.axis_chunks_iter(Axis(0), steps),
        mask.axis_chunks_iter(Axis(0), steps),
    );
    workers.into_par_iter().for_each(|(mut out, x, mask)| {
        let whole = "whole time steps are contiguous";
        let (x, mask) = (x.to_slice().expect(whole), mask.to_slice().expect(whole));
        multiply(Isa::current(), x, mask, out.as_slice_mut().expect(whole));
    });
}
