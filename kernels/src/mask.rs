//! Dropout masks that are a function of where they are used, never of a generator's history.
//!
//! ```text
//! mask[unit] = 1/keep if bits(key, unit) < keep * 2^32 else 0        key = mix(mix(...), time)
//! ```
//! `bits` is a 32-bit mixer of multiplications and xor-shifts ("triple32" of C. Wellons'
//! hash-prospector), keyed with the halves of `key` before its first and its second round.

use crate::Scalar;
use crate::isa::per_isa;

/// One step of splitmix64 (Steele, Lea, Flood 2014) from `key` with `value` folded in. Chain it to
/// derive the key of a row: `mix(mix(mix(seed, update), layer), row)` and so on.
pub fn mix(key: u64, value: u64) -> u64 {
    let folded = key ^ value.wrapping_mul(0xd6e8_feb8_6659_fd93);
    let z = folded.rotate_left(29).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

per_isa! {
    /// Overwrites `mask` (units of one row) with 1/keep, with probability `keep`, or 0. Element
    /// `unit` depends on `(key, unit)` alone. 0 < keep <= 1, rounded to 2^-32.
    ///
    /// # Panics
    /// If `keep` is no such probability.
    pub fn dropout_mask[S: Scalar](isa, key: u64, keep: f64, mask: &mut [S]) => {
        assert!(keep > 0.0 && keep <= 1.0, "keep probability {keep} is not in 0..1");
        // The largest value kept: at keep = 1 all are, and 2^32 would not fit.
        let last = ((keep * 4_294_967_296.0) as u64).max(1).wrapping_sub(1) as u32;
        let scale = S::from_f64(1.0 / keep);
        for (unit, mask) in mask.iter_mut().enumerate() {
            *mask = if bits(key, unit as u32) <= last { scale } else { S::ZERO };
        }
    }
}

per_isa! {
    /// `out = x * mask`, elementwise; `out` is overwritten.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn multiply[S: Scalar](isa, x: &[S], mask: &[S], out: &mut [S]) => {
        assert!(x.len() == mask.len() && x.len() == out.len(), "x, mask and out of one length");
        for ((out, &x), &mask) in out.iter_mut().zip(x).zip(mask) {
            *out = x * mask;
        }
    }
}

#[inline(always)]
fn bits(key: u64, unit: u32) -> u32 {
    let mut x = unit.wrapping_mul(0x9e37_79b9) ^ key as u32;
    x = (x ^ (x >> 17)).wrapping_mul(0xed5a_d4bb) ^ (key >> 32) as u32;
    x = (x ^ (x >> 11)).wrapping_mul(0xac4c_1b51);
    x = (x ^ (x >> 15)).wrapping_mul(0x3184_8bab);
    x ^ (x >> 14)
}
