//! The yardstick of `benches/kernels.rs`: multiply-adds that touch no memory.

use crate::isa::per_isa;
use crate::lanes::LANES;

per_isa! {
    /// Runs `rounds` of fused multiply-adds in registers, no fewer independent chains than the
    /// tallest tile of [`product`](crate::product) has, (8, 32) or (5, 16); returns their
    /// floating-point operations and a value that keeps them from being dropped.
    pub fn peak_loop[](isa, rounds: usize, x: f32) -> (usize, f32) => match isa.panel_width() {
        32 => chains::<16>(rounds, x),
        // With 5, what LLVM makes of it for AVX2 falls to 9 of 136 GFLOP/s.
        _ => chains::<6>(rounds, x),
    }
}

#[inline(always)]
fn chains<const N: usize>(rounds: usize, x: f32) -> (usize, f32) {
    let mut sums = [[0.0; LANES]; N];
    for _ in 0..rounds {
        for l in 0..LANES {
            for sum in &mut sums {
                sum[l] = x.mul_add(sum[l], x);
            }
        }
    }
    (2 * rounds * N * LANES, sums.as_flattened().iter().sum())
}
