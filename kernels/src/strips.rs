//! Sums of rows that a list names: a product with zeros and ones, without the zeros.

use crate::Scalar;
use crate::isa::per_isa;

/// Some columns of a row, on cache lines of their own. A matrix is laid out as the strips of its
/// first columns one row after the other, then those of the next: so the nearest caches hold what
/// many lists pick from. 64 columns are a sum that stays in registers; fewer cost more a number.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Strip<S>(pub [S; 64]);

per_isa! {
    /// `sum = strips[i] + strips[j] + ...`, from left to right, over the numbers i, j, ... of
    /// `list`; 0 if there is none. `sum`, up to 64 elements, is overwritten.
    ///
    /// # Panics
    /// If `sum` is longer, or a number is that of no strip.
    pub fn sum_strips[S: Scalar](isa, sum: &mut [S], strips: &[Strip<S>], list: &[u32]) => {
        let mut total = list.first().map_or([S::ZERO; 64], |&i| strips[i as usize].0);
        for &i in list.iter().skip(1) {
            let strip = &strips[i as usize].0;
            for l in 0..64 {
                total[l] += strip[l];
            }
        }
        if let Some(whole) = sum.first_chunk_mut() {
            *whole = total;
        } else {
            sum.copy_from_slice(&total[..sum.len()]);
        }
    }
}
