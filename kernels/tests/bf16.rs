//! Products of bf16 are one chain of fused multiply-adds on every instruction set.
mod common;
use common::{nan, values};
use hornpipe_kernels::{Isa, MatMut, MatRef, Packed, pairs, product};

#[test]
fn quick() {
    for isa in Isa::available() {
        for (m, k, n) in [(3, 5, 7), (8, 256, 100), (9, 1, 33), (1, 255, 128), (17, 1030, 40)] {
            let (a, b) = (values::<f32>(1, m * k), values::<f32>(2, k * n));
            let (mut r1, mut r2) = (vec![], vec![]);
            let am = MatRef::row_major(&a, m, k);
            let bm = MatRef::row_major(&b, k, n);
            let bp = pairs(isa, bm.t(), &mut r1).t();
            let mut p = Packed::new(isa, bp.shape().0, n);
            p.pack(bp);
            let mut c = nan(m * n);
            product(isa, pairs(isa, am, &mut r2), &p, MatMut::row_major(&mut c, m, n), false);
            let round = |x: f32| {
                let b = x.to_bits();
                f32::from_bits((b + 0x7fff + ((b >> 16) & 1)) & 0xffff0000)
            };
            for i in 0..m {
                for j in 0..n {
                    let at = |k2: usize| {
                        if k2 < k {
                            (round(a[i * k + k2]), round(b[k2 * n + j]))
                        } else {
                            (0.0, 0.0)
                        }
                    };
                    let mut s = 0f32;
                    for k2 in (0..k).step_by(2) {
                        let (x, y) = at(k2 + 1);
                        s = x.mul_add(y, s);
                        let (x, y) = at(k2);
                        s = x.mul_add(y, s);
                    }
                    assert_eq!(c[i * n + j], s, "{isa} {m} {k} {n} at {i} {j}");
                }
            }
        }
    }
}
