//! What the tests of kernels share.
#![allow(dead_code, reason = "each test file uses its part")]

use hornpipe_kernels::{Isa, Scalar, mix};

/// One, primes, and around the widths of lanes, panels and blocks.
pub(crate) const SIZES: [usize; 10] = [1, 3, 8, 15, 17, 31, 32, 33, 100, 255];

/// `n` numbers in -2..2, the same for f32 and f64.
pub(crate) fn values<S: Scalar>(seed: u64, n: usize) -> Vec<S> {
    let unit = |i| (mix(seed, i as u64) >> 40) as f64 / (1u64 << 24) as f64;
    (0..n).map(|i| S::from_f64(4.0 * unit(i) - 2.0)).collect()
}

pub(crate) fn nan<S: Scalar>(n: usize) -> Vec<S> {
    vec![S::from_f64(f64::NAN); n]
}

pub(crate) fn wide<S: Scalar>(x: &[S]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

/// Runs a kernel on every instruction set of the host: all must give the same bits, which come
/// back. (f64 goes through f32 code paths of its own width: its bits must agree too.)
pub(crate) fn same_bits_on_every_isa<S: Scalar>(
    what: &str,
    kernel: impl Fn(Isa) -> Vec<S>,
) -> Vec<S> {
    let isas = Isa::available();
    let first = kernel(isas[0]);
    for &isa in &isas[1..] {
        let other = kernel(isa);
        assert_eq!(first.len(), other.len());
        for (i, (a, b)) in first.iter().zip(&other).enumerate() {
            let (a, b) = (a.to_f64(), b.to_f64());
            assert!(
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
                "{what}: element {i} is {a:e} on {} and {b:e} on {isa}",
                isas[0]
            );
        }
    }
    first
}

/// Every element within `bound` * (1 + |expected|); NaN fails.
pub(crate) fn assert_close<S: Scalar>(what: &str, got: &[S], expected: &[f64], bound: f64) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (got, &e)) in got.iter().zip(expected).enumerate() {
        let distance = (got.to_f64() - e).abs();
        assert!(distance <= bound * (1.0 + e.abs()), "{what}[{i}]: {got:?}, expected {e}");
    }
}
