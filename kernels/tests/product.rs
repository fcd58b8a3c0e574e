//! The packed product is one fused chain per element, whatever its shape, strides and CPU.

mod common;
use common::{nan, values};
use hornpipe_kernels::{
    Isa, MatMut, MatRef, Packed, Scalar, pack_panel, pairs, product, product_f64,
};

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

/// What may be said to be the stride of an axis along which no step is taken.
const UNUSED: [usize; 4] = [0, 1, 7, usize::MAX];

/// A product in one layout of its matrices.
#[derive(Debug)]
struct Case {
    shape: (usize, usize, usize),
    a_by_columns: bool,
    b_by_columns: bool,
    accumulate: bool,
    /// Unused elements between lines.
    gap: usize,
    /// The stride of every axis of length 0 or 1.
    unused: usize,
}

/// Every layout of [`SHAPES`], and of all shapes with little along some axis.
fn cases() -> impl Iterator<Item = Case> {
    let small = [1, 2, 9].into_iter().flat_map(|m| [0, 1, 2].map(|k| (m, k)));
    let small = small.flat_map(|(m, k)| [1, 2, 33].map(|n| (m, k, n)));
    SHAPES.into_iter().chain(small).enumerate().flat_map(|(at, shape)| {
        let (m, k, n) = shape;
        let unused = if m.min(k).min(n) > 1 { &UNUSED[..1] } else { &UNUSED };
        unused.iter().flat_map(move |&unused| {
            (0..8).map(move |layout| Case {
                shape,
                a_by_columns: layout & 1 == 0,
                b_by_columns: layout & 2 == 0,
                accumulate: layout & 4 == 0,
                gap: at % 3,
                unused,
            })
        })
    })
}

impl Case {
    /// Both operands, and what C holds before.
    fn data<S: Scalar>(&self) -> [Vec<S>; 3] {
        let ((m, k, n), gap) = (self.shape, self.gap);
        let a = values(1, (m + gap) * (k + gap));
        let b = values(2, (k + gap) * (n + gap));
        let c = m * (n + gap);
        [a, b, if self.accumulate { values(3, c) } else { nan(c) }]
    }

    fn view<'a, S: Copy>(
        &self,
        data: &'a [S],
        (rows, cols): (usize, usize),
        by_columns: bool,
    ) -> MatRef<'a, S> {
        let (down, along) = if by_columns { (1, rows + self.gap) } else { (cols + self.gap, 1) };
        let stride = |len, stride| if len > 1 { stride } else { self.unused };
        MatRef::new(data, (rows, cols), (stride(rows, down), stride(cols, along)))
    }

    /// Holds `product` to one `chain(K, (a, b) at k, c0)` an element, within `bound`, and to nothing
    /// written between rows.
    fn check<S: Scalar>(
        &self,
        product: impl Fn(MatRef<S>, MatRef<S>, MatMut<S>),
        chain: Chain<S>,
        bound: f64,
    ) {
        let ((m, k, n), row_stride) = (self.shape, self.shape.2 + self.gap);
        let [a, b, before] = self.data::<S>();
        let a = self.view(&a, (m, k), self.a_by_columns);
        let b = self.view(&b, (k, n), self.b_by_columns);
        let mut c = before.clone();
        let stride = if m > 1 { row_stride } else { self.unused };
        product(a, b, MatMut::new(&mut c, (m, n), stride));
        for (at, (got, before)) in c.into_iter().zip(before).enumerate() {
            let (i, j) = (at / row_stride, at % row_stride);
            let expected = if j < n {
                let c0 = if self.accumulate { before } else { S::from_f64(0.0) };
                chain(k, &|p| (a.at(i, p), b.at(p, j)), c0)
            } else {
                before
            };
            let (got, expected) = (got.to_f64(), expected.to_f64());
            let same = got.to_bits() == expected.to_bits() || (got.is_nan() && expected.is_nan());
            let close = (got - expected).abs() <= bound * (1.0 + expected.abs());
            assert!(same || (bound > 0.0 && close), "{self:?} at {i}, {j}: {got}, not {expected}");
        }
    }
}

/// What an element is, of K, what is multiplied at each k, and c0.
type Chain<S> = fn(usize, &dyn Fn(usize) -> (S, S), S) -> S;

/// 2^e
fn two(e: i32) -> f32 {
    f64::from_bits(((e + 1023) as u64) << 52) as f32
}

/// k ascending, one rounding a step.
fn fused<S: Scalar>(k: usize, at: &dyn Fn(usize) -> (S, S), c0: S) -> S {
    (0..k).map(at).fold(c0, |sum, (a, b)| a.mul_add(b, sum))
}

/// Pairs of k ascending, the odd one of a pair first; both sides rounded to bf16.
fn fused_pairs(k: usize, at: &dyn Fn(usize) -> (f32, f32), c0: f32) -> f32 {
    let pairs = (0..k).step_by(2).flat_map(|even| [even + 1, even]);
    pairs.filter(|&p| p < k).map(at).fold(without_denormal(c0), |sum, (a, b)| {
        multiply_add(nearest_bf16(a), nearest_bf16(b), sum)
    })
}

fn without_denormal(x: f32) -> f32 {
    if x.is_subnormal() { 0f32.copysign(x) } else { x }
}

/// The nearer of the two bf16 around x, or of equally near ones that with an even last bit.
fn nearest_bf16(x: f32) -> f32 {
    let (below, above) = (x.to_bits() >> 16 << 16, (x.to_bits() >> 16).wrapping_add(1) << 16);
    let [lower, upper] = [below, above].map(f32::from_bits);
    // beyond the largest bf16 the next would be 2^128
    let upper_size = if upper.is_finite() {
        f64::from(upper)
    } else {
        (2.0 * f64::from(two(127))).copysign(x.into())
    };
    let [down, up] = [lower.into(), upper_size].map(|near: f64| (f64::from(x) - near).abs());
    if !x.is_finite() || x.is_subnormal() {
        without_denormal(x)
    } else if down < up || (down == up && below >> 16 & 1 == 0) {
        lower
    } else {
        upper
    }
}

/// a·b + c; what is under 2^-126 once it is rounded to 24 bits, with whatever exponent, is zero.
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    let (small, large) = if a.abs() < b.abs() { (a, b) } else { (b, a) };
    let scale = two(64);
    let scaled = (small * scale).mul_add(large, c * scale);
    let sum = a.mul_add(b, c);
    if scaled.abs() < scale * f32::MIN_POSITIVE { 0f32.copysign(sum) } else { sum }
}

/// C = or += A·B in bf16.
fn product_bf16(isa: Isa, a: MatRef<f32>, b: MatRef<f32>, c: MatMut<f32>, accumulate: bool) {
    let mut room = Vec::new();
    let pairs_of_b = pairs(isa, b.t(), &mut room).t();
    let mut packed = Packed::new(isa, pairs_of_b.shape().0, b.shape().1);
    packed.pack(pairs_of_b);
    product(isa, pairs(isa, a, &mut room), &packed, c, accumulate);
}

#[test]
fn the_product_is_one_fused_chain_per_element() {
    for isa in Isa::available() {
        for case in cases() {
            let ours = |a: MatRef<f32>, b: MatRef<f32>, c: MatMut<f32>| {
                let mut packed = Packed::new(isa, b.shape().0, b.shape().1);
                packed.pack(b);
                product(isa, a, &packed, c, case.accumulate);
            };
            case.check(ours, fused, 0.0);
            let ours = |a: MatRef<f32>, b: MatRef<f32>, c: MatMut<f32>| {
                product_bf16(isa, a, b, c, case.accumulate);
            };
            case.check(ours, fused_pairs, 0.0);
        }
    }
}

#[test]
fn a_product_of_bf16_takes_and_gives_no_denormal_and_every_other_number() {
    let min = f32::MIN_POSITIVE;
    // ties to even both ways, what is rounded to a normal number or past the largest, edges
    let mut awkward = vec![0.0, 1.0, 1.5 - two(-8), 1.0 + two(-8), 1.0 + 3.0 * two(-8) + two(-20)];
    awkward.extend([min, 1.0 - two(-9), two(-63), two(-62) * 1.9921875, two(-75), two(-88)]);
    awkward.extend([min - two(-149), two(-127), two(-149), two(100), f32::MAX, f32::INFINITY]);
    awkward.extend(awkward.clone().iter().map(|x| -x));
    awkward.push(f32::NAN);
    let n = awkward.len();
    let a: Vec<f32> =
        awkward.iter().flat_map(|&x| awkward.iter().flat_map(move |&y| [x, y])).collect();
    let (a, b) = (MatRef::row_major(&a, n * n, 2), MatRef::row_major(&a, n * n, 2).t());
    let b = b.t().rows(n * n / 3, 97).t(); // some of the columns: all would take minutes in software
    for c0 in [0.0, -0.0, min, -min, min + two(-149), two(-149), 1.0, -two(-20), f32::INFINITY] {
        for isa in Isa::available() {
            let mut c = vec![c0; n * n * 97];
            product_bf16(isa, a, b, MatMut::row_major(&mut c, n * n, 97), true);
            for (at, got) in c.into_iter().enumerate() {
                let (i, j) = (at / 97, at % 97);
                let expected = fused_pairs(2, &|k| (a.at(i, k), b.at(k, j)), c0);
                let same =
                    got.to_bits() == expected.to_bits() || (got.is_nan() && expected.is_nan());
                let [a, b] = [[a.at(i, 0), a.at(i, 1)], [b.at(0, j), b.at(1, j)]];
                assert!(same, "{isa}: {c0:e} + {a:?}·{b:?} is {got:e}, not {expected:e}");
            }
        }
    }
}

#[test]
fn a_sum_just_under_the_least_normal_number_is_what_the_instruction_makes_of_it() {
    // as a Zen 4 gave it: 2^-126 - 2^-150 has 24 bits and is too small; 2^-151 less is a tie
    for isa in Isa::available() {
        for (e, expected) in [(-149, 0.0), (-150, 0.0), (-151, f32::MIN_POSITIVE)] {
            for at in 0..2 {
                let (mut a, mut b, mut c) = ([0.0; 2], [0.0; 2], [f32::MIN_POSITIVE]);
                (a[at], b[at]) = (two(-75), -two(e + 75));
                let (a, b) = (MatRef::row_major(&a, 1, 2), MatRef::row_major(&b, 2, 1));
                product_bf16(isa, a, b, MatMut::row_major(&mut c, 1, 1), true);
                assert_eq!(c, [expected], "{isa}: 2^-126 - 2^{e}");
            }
        }
    }
}

#[test]
fn the_audits_product_agrees_with_a_naive_one() {
    for case in cases() {
        case.check(|a, b, c| product_f64(a, b, c, case.accumulate), fused, 1e-13);
    }
}

#[test]
fn a_stride_of_zero_repeats_a_line() {
    let (row, column) = (values::<f32>(4, 21), values::<f32>(5, 21));
    let a = MatRef::new(&row, (11, 21), (0, 1));
    for b in [MatRef::new(&column, (21, 37), (1, 0)), MatRef::new(&column, (21, 37), (0, 0))] {
        for isa in Isa::available() {
            let mut packed = Packed::new(isa, 21, 37);
            packed.pack(b);
            let mut c = nan(11 * 37);
            product(isa, a, &packed, MatMut::row_major(&mut c, 11, 37), false);
            let chain = (0..21).fold(0.0, |sum, p| row[p].mul_add(b.at(p, 0), sum));
            assert_eq!(c, [chain; 11 * 37], "{isa}");
        }
    }
}

/// Whether `f` panics.
fn refused<T>(f: impl FnOnce() -> T) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_matrix_that_does_not_fit_is_refused() {
    const MAX: usize = usize::MAX;
    const HALF: usize = MAX / 2 + 1;
    let mut data = [0.0; 4];
    // one element too many, then last indices that wrap
    for (shape, strides) in [
        ((2, 2), (3, 1)),
        ((2, 2), (1, 3)),
        ((1, 5), (0, 1)),
        ((2, 2), (MAX, 1)),
        ((2, 3), (MAX - 1, 1)),
        ((2, 2), (1, MAX)),
        ((3, 1), (HALF, 1)),
        ((3, 3), (HALF, HALF)),
        ((2, 2), (HALF, HALF)),
        ((MAX, MAX), (1, 1)),
    ] {
        assert!(refused(|| MatRef::new(&data, shape, strides)), "{shape:?} by {strides:?}");
    }
    for (shape, stride) in [
        ((2, 2), 3),
        ((2, 2), 1),
        ((3, 2), 0),
        ((1, 5), 5),
        ((2, 1), MAX),
        ((3, 1), HALF),
        ((2, 2), MAX),
        ((MAX, 1), 1),
    ] {
        assert!(refused(|| MatMut::new(&mut data, shape, stride)), "{shape:?} by {stride}");
    }
    for (len, rows, cols) in [(4, 2, 1), (4, 1, 5), (0, HALF, 2), (4, HALF + 2, 2)] {
        let data = &mut data[..len];
        assert!(refused(|| MatRef::row_major(data, rows, cols)), "{rows} by {cols}");
        assert!(refused(|| _ = MatMut::row_major(data, rows, cols)), "{rows} by {cols}");
    }
    let a = MatRef::row_major(&data, 2, 2);
    for (start, count) in [(1, 2), (3, 0), (MAX, 2), (MAX, 3)] {
        assert!(refused(|| a.rows(start, count)), "rows {start}+{count}");
    }
    for (i, j) in [(0, 2), (2, 0), (MAX, 2)] {
        assert!(refused(|| a.at(i, j)), "element ({i}, {j})");
    }
}

#[test]
fn a_part_of_nothing_is_nothing() {
    for (rows, cols) in [(0, 0), (3, 0), (0, usize::MAX), (usize::MAX, 0)] {
        for stride in UNUSED {
            let empty = MatRef::<f32>::new(&[], (rows, cols), (stride, stride));
            assert_eq!(empty.rows(rows / 2, rows / 2).t().shape(), (cols, rows / 2));
            assert_eq!(empty.t().rows(cols, 0).shape(), (0, rows));
        }
    }
    // what a row leaves of a column: nothing after its only element
    let column = MatRef::new(&[1.0, 2.0, 3.0], (3, 1), (1, usize::MAX));
    assert_eq!(column.rows(2, 1).t().rows(0, 1).at(0, 0), 3.0);
    assert_eq!(column.rows(3, 0).shape(), (0, 1));
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
            product(isa, a, &packed, MatMut::row_major(&mut reused, 5, n), false);
            let mut packed = Packed::new(isa, k, n);
            packed.pack(b);
            product(isa, a, &packed, MatMut::row_major(&mut fresh, 5, n), false);
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
        product(isa, a, &packed, MatMut::row_major(&mut whole, 21, 50), false);
        for (start, c) in (0..21).step_by(4).zip(parts.chunks_mut(4 * 50)) {
            let rows = c.len() / 50;
            let c = MatMut::row_major(c, rows, 50);
            product(isa, a.rows(start, rows), &packed, c, false);
        }
        assert_eq!(whole, parts);
    }
}

#[test]
#[should_panic(expected = "rows or columns of A are contiguous")]
fn columns_that_overlap_are_refused() {
    let (isa, data) = (Isa::current(), values::<f32>(8, 9));
    // columns 2 apart of 3 rows each: the last of one is the first of the next
    let a = MatRef::new(&data, (3, 4), (1, 2));
    product(isa, a, &Packed::new(isa, 4, 5), MatMut::row_major(&mut [0.0; 15], 3, 5), false);
}

#[test]
fn a_right_hand_side_of_another_set_is_refused() {
    let (sets, data) = (Isa::available(), values::<f32>(9, 6));
    for (&isa, &other) in sets.iter().zip(&sets[1..]) {
        let packed = Packed::new(other, 3, 5);
        let mut c = [0.0; 10];
        let c = MatMut::row_major(&mut c, 2, 5);
        let call = || product(isa, MatRef::row_major(&data, 2, 3), &packed, c, false);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
    }
}
