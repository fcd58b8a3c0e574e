//! The packed product is one fused chain per element, whatever its shape, strides and CPU.

mod common;
use common::{nan, same_bits_on_every_isa, values};
use hornpipe_kernels::{Isa, MatRef, Packed, pack_panel, product, product_f64};

/// (M, K, N): pairwise different; every tile height; edges of panels, of KC = 512 and of MC = 64.
const SHAPES: [(usize, usize, usize); 16] = [
    (1, 256, 1024),
    (2, 3, 1),
    (3, 257, 33),
    (4, 17, 31),
    (5, 31, 96),
    (6, 255, 17),
    (7, 1, 15),
    (8, 513, 64),
    (9, 32, 127),
    (13, 33, 16),
    (31, 12, 3),
    (33, 1030, 47),
    (67, 19, 32),
    (10, 0, 5),
    (0, 4, 6),
    (11, 2, 0),
];

/// Row-major or column-major storage of (rows, cols), with `gap` unused elements between lines.
fn view(data: &[f32], rows: usize, cols: usize, by_columns: bool, gap: usize) -> MatRef<'_, f32> {
    if by_columns {
        MatRef::new(data, (rows, cols), (1, rows + gap))
    } else {
        MatRef::new(data, (rows, cols), (cols + gap, 1))
    }
}

#[test]
fn the_product_is_one_fused_chain_per_element() {
    for (case, &(m, k, n)) in SHAPES.iter().enumerate() {
        for layout in 0..8 {
            let (gap, ldc) = (case % 3, n + case % 2);
            let a = values::<f32>(1, (m + gap) * (k + gap));
            let b = values::<f32>(2, (k + gap) * (n + gap));
            let start = values::<f32>(3, m * ldc);
            let a = view(&a, m, k, layout & 1 == 0, gap);
            let b = view(&b, k, n, layout & 2 == 0, gap);
            let accumulate = layout & 4 == 0;
            let got = same_bits_on_every_isa(&format!("({m}, {k}, {n})"), |isa| {
                let mut packed = Packed::new(isa, k, n);
                packed.pack(b);
                let mut c = if accumulate { start.clone() } else { nan(m * ldc) };
                product(isa, a, &packed, &mut c, ldc, accumulate);
                c
            });
            for i in 0..m {
                for j in 0..n {
                    let c0 = if accumulate { start[i * ldc + j] } else { 0.0 };
                    let chain = (0..k).fold(c0, |sum, p| a.at(i, p).mul_add(b.at(p, j), sum));
                    let got = got[i * ldc + j];
                    assert_eq!(got.to_bits(), chain.to_bits(), "({m}, {k}, {n}) at {i}, {j}");
                }
                let gap = &got[i * ldc + n..(i + 1) * ldc];
                assert!(accumulate || gap.iter().all(|x| x.is_nan()), "wrote beyond column {n}");
            }
        }
    }
}

#[test]
fn a_smaller_matrix_reuses_the_room_of_a_larger_one() {
    for isa in Isa::available() {
        let mut packed = Packed::new(isa, 70, 90);
        for (k, n) in [(60, 90), (7, 33), (80, 100)] {
            let (a, b) = (values::<f32>(4, 5 * k), values::<f32>(5, k * n));
            let (a, b) = (MatRef::row_major(&a, 5, k), MatRef::row_major(&b, k, n));
            packed.reshape(k, n);
            packed.panels_mut().fill(f32::NAN);
            let len = packed.panel_len();
            for (panel, out) in packed.panels_mut().chunks_exact_mut(len).enumerate() {
                pack_panel(isa, b, panel, out);
            }
            assert!(packed.panels_mut().iter().all(|x| x.is_finite()), "zero beyond column {n}");
            let (mut reused, mut fresh) = (nan(5 * n), nan(5 * n));
            product(isa, a, &packed, &mut reused, n, false);
            let mut packed = Packed::new(isa, k, n);
            packed.pack(b);
            product(isa, a, &packed, &mut fresh, n, false);
            assert_eq!(reused, fresh);
        }
    }
}

#[test]
fn rows_of_a_product_are_the_product_of_rows() {
    let (a, b) = (values::<f32>(6, 21 * 40), values::<f32>(7, 40 * 50));
    let (a, b) = (MatRef::row_major(&a, 21, 40), MatRef::row_major(&b, 40, 50));
    for isa in Isa::available() {
        let mut packed = Packed::new(isa, 40, 50);
        packed.pack(b);
        let (mut whole, mut parts) = (nan(21 * 50), nan(21 * 50));
        product(isa, a, &packed, &mut whole, 50, false);
        for (start, c) in (0..21).step_by(4).zip(parts.chunks_mut(4 * 50)) {
            product(isa, a.rows(start, c.len() / 50), &packed, c, 50, false);
        }
        assert_eq!(whole, parts);
    }
}

#[test]
fn the_audits_product_agrees_with_a_naive_one() {
    for &(m, k, n) in &SHAPES {
        let (a, b) = (values::<f64>(8, m * k), values::<f64>(9, k * n));
        let (a, b) = (MatRef::row_major(&a, k, m).t(), MatRef::row_major(&b, k, n));
        for accumulate in [false, true] {
            let start = values::<f64>(10, m * n);
            let mut c = if accumulate { start.clone() } else { nan(m * n) };
            product_f64(a, b, &mut c, n.max(1), accumulate);
            let naive: Vec<f64> = (0..m * n)
                .map(|e| {
                    let c0 = if accumulate { start[e] } else { 0.0 };
                    (0..k).fold(c0, |sum, p| sum + a.at(e / n, p) * b.at(p, e % n))
                })
                .collect();
            common::assert_close("product_f64", &c, &naive, 1e-13);
        }
    }
}
