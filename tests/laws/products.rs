//! Law 5, the fast way is the plain way: for every view that ndarray gives of an operand, and for
//! windows with so little in them that an operand has a single row or column.

use crate::common::{Nobody, config, text, trainer};
use hornpipe::engine::check::audit::{Case, named, worst};
use hornpipe::engine::real::{Output, Precision, Real, parallel_product};
use hornpipe::engine::weights::Shape;
use hornpipe::learn::train::train;
use hornpipe_kernels::Activation;
use ndarray::{Array1, Array2, ArrayView2, Axis, ShapeBuilder, Slice, s};

/// (M, K, N): little along some axis, and rows for several workers.
const SHAPES: [(usize, usize, usize); 12] = [
    (1, 1, 1),
    (6, 1, 2),
    (1, 5, 1),
    (1, 2, 40),
    (9, 3, 1),
    (3, 1, 1),
    (5, 2, 3),
    (2, 0, 3),
    (1, 0, 1),
    (0, 2, 1),
    (2, 3, 0),
    (135, 3, 37),
];

/// From one line of a view to the next, in lines of what it views; 0: the same one again.
const STEPS: [isize; 5] = [1, -1, 2, -2, 0];

/// In -4..4, so that sums of products are exact.
fn integers<R: Real>(shape: impl ShapeBuilder<Dim = ndarray::Ix2>) -> Array2<R> {
    Array2::from_shape_fn(shape, |(i, j)| R::from_f64(((5 * i + 3 * j + i * j) % 8) as f64 - 4.0))
}

/// `f` of (rows, cols) of an array in either order of elements, in all [`STEPS`] down and along,
/// with and without elements left out around it.
fn every_view<R: Real>((rows, cols): (usize, usize), f: impl Fn(ArrayView2<R>)) {
    for variant in 0..4 * STEPS.len() * STEPS.len() {
        let (by_columns, gap) = (variant & 1 == 1, variant / 2 % 2);
        let steps = [STEPS[variant / 4 % STEPS.len()], STEPS[variant / 4 / STEPS.len()]];
        let size = |len, step: isize| if step == 0 { 1 } else { len * step.unsigned_abs() };
        let (height, width) = (size(rows, steps[0]), size(cols, steps[1]));
        let array = integers::<R>((height + 2 * gap, width + 2 * gap).set_f(by_columns));
        let mut view = array.view();
        for (axis, len, step) in [(Axis(0), height, steps[0]), (Axis(1), width, steps[1])] {
            if gap > 0 {
                view.slice_axis_inplace(axis, Slice::from(gap..gap + len));
            }
            if step.abs() == 2 {
                view.slice_axis_inplace(axis, Slice::new(0, None, 2));
            }
            if step < 0 {
                view.invert_axis(axis); // that of a single line, too: its stride is negative
            }
        }
        f(view.broadcast((rows, cols)).expect("as many lines, or the same one"));
    }
}

/// Holds all ways to a product to sums by index.
fn check<R: Real>(a: ArrayView2<R>, b: ArrayView2<R>) {
    let ((m, k), n) = (a.dim(), b.ncols());
    let sum = |i, j| (0..k).fold(R::zero(), |sum, p| sum + a[[i, p]] * b[[p, j]]);
    let sums = Array2::from_shape_fn((m, n), |(i, j)| sum(i, j));
    let (before, bias) = (integers::<R>((m, n)), Array1::from_elem(n, R::from_f64(3.0)));
    let poison = Array2::from_elem((m, n), R::from_f64(f64::NAN));

    // integers so small are bf16 as they are; and what holds the one may be given the other
    let mut packed = R::Packed::default();
    for precision in [Precision::Bf16, Precision::F32, Precision::Bf16] {
        R::pack(&mut packed, precision, b);
        for product in [R::product, parallel_product] {
            for (output, before, expected) in [
                (Output::Overwrite, &poison, sums.clone()),
                (Output::Accumulate, &before, &sums + &before),
                (Output::Bias(&bias), &poison, &sums + &bias),
            ] {
                let mut c = before.clone();
                product(a, &packed, c.view_mut(), output);
                assert_eq!(c, expected, "{output:?} of {a:?} in {precision:?}");
            }
        }
    }
}

fn check_every_view<R: Real>() {
    for (m, k, n) in SHAPES {
        let (a, b) = (integers::<R>((m, k)), integers::<R>((k, n)));
        every_view((m, k), |a| check(a, b.view()));
        every_view((k, n), |b| check(a.view(), b));
    }
}

#[test]
fn any_view_has_the_right_product() {
    check_every_view::<f32>();
    check_every_view::<f64>();
}

#[test]
fn a_right_hand_side_of_f64_has_any_layout() {
    let (a, b) = (integers::<f64>((4, 3)), integers::<f64>((3, 5)));
    let mut by_columns = integers((3, 5).f());
    let mut c = Array2::from_elem((4, 5), f64::NAN);
    f64::product(a.view(), &by_columns, c.view_mut(), Output::Overwrite);
    assert_eq!(c, a.dot(&b));
    f64::pack(&mut by_columns, Precision::F32, (2.0 * &b).view());
    f64::product(a.view(), &by_columns, c.view_mut(), Output::Overwrite);
    assert_eq!(c, 2.0 * a.dot(&b));
}

#[test]
fn gradients_of_a_single_symbol_are_right() {
    let shape = Shape { vocab: 13, embedding: 7, inputs: vec![1, 6], lstm: vec![9, 5] };
    for (steps, batch) in [(1, 1), (1, 4), (3, 1), (3, 2)] {
        let mut case = Case::random(&shape, steps, batch, Activation::Sigmoid, 11);
        case.batch.x.fill(6);
        case.batch.places.slice_mut(s![.., .., 1]).fill(5);
        let exact = named(&case.engine::<f64>(Precision::F32));
        for (what, other, ceiling) in
            [("f32", case.engine::<f32>(Precision::F32), 5e-6), ("naive", case.naive(None), 5e-15)]
        {
            let (error, tensor) = worst(&named(&other), &exact);
            println!("{what}, {steps} by {batch}: {error:.1e} ({tensor})");
            assert!(error <= ceiling, "{what}, {steps} by {batch}: {tensor} is {error:.1e} off");
        }
    }
}

#[test]
fn a_run_learns_from_windows_of_a_single_symbol() {
    let (tunes, one_letter) = (text(2, 1), "a".repeat(40));
    // every stream hears the same, so a step of any batch has one symbol
    let chorus = "abcab".repeat(4);
    for (text, batch, steps) in [(&tunes, 1, 1), (&one_letter, 2, 3), (&chorus, 4, 1)] {
        let mut run = trainer(text, &config(text, &[10, 6], batch, steps));
        train(&mut run, &mut Nobody).expect("numbers");
        let (first, last) = (run.history[0].loss_mean, run.history[1].loss_mean);
        assert!(last < first || first == 0.0, "{batch} by {steps}: {first}, then {last}");
    }
}
