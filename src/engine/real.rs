//! The one scalar trait: f32 trains, f64 audits, both through the same layer code.
//!
//! What differs is the matrix product. f32 runs in `hornpipe-kernels`, with the right-hand side
//! packed once and reused, in full or with both sides rounded to bf16; f64 goes through
//! `matrixmultiply`, so that our own product is never its own judge.
//!
//! An operand may have any strides. It is read where it lies if it is contiguous, possibly
//! transposed, as all are in training; else (with gaps, backwards, broadcast) it is copied first.

use hornpipe_kernels::{
    Factor, Isa, MatMut, MatRef, Packed, Pair, Scalar, pack_panel, pairs, product, product_f64,
};
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, CowArray, Ix2, LinalgScalar};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::ops::Range;

/// What both sides of every product in f32 are rounded to first; all else is f32 (in an audit, f64).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Not at all.
    #[default]
    F32,
    /// To the upper half of an f32, which has eight significant bits.
    Bf16,
}

impl Precision {
    /// `f32` or `bf16`.
    pub fn name(self) -> &'static str {
        ["f32", "bf16"][self as usize]
    }
}

/// What a product does with what its output holds.
#[derive(Clone, Copy, Debug)]
pub enum Output<'a, R> {
    /// c = a·b; c is never read.
    Overwrite,
    /// c += a·b.
    Accumulate,
    /// c = bias + a·b in each row; c is never read.
    Bias(&'a Array1<R>),
}

impl<R: Real> Output<'_, R> {
    /// Writes the start of the sums, if `c` does not hold it; true if they begin with `c`.
    fn begin(self, c: &mut ArrayViewMut2<R>) -> bool {
        if let Output::Bias(bias) = self {
            assert_eq!(bias.len(), c.ncols(), "the length of a bias");
            c.assign(bias);
        }
        !matches!(self, Output::Overwrite)
    }
}

/// A scalar the engine computes with: f32 or f64.
pub trait Real: Scalar + LinalgScalar {
    /// A matrix laid out to be the right-hand side of many products; empty by default.
    type Packed: Default + Send + Sync;

    /// Lays out `b` (K, N) for products in this precision.
    fn pack(packed: &mut Self::Packed, precision: Precision, b: ArrayView2<Self>);

    /// c (M, N) = or += rows `rows` of a (.., K), times b (K, N), on this thread.
    ///
    /// # Panics
    /// If the shapes do not fit, or `c` is not row-major without gaps.
    fn product_of_rows(
        a: ArrayView2<Self>,
        rows: Range<usize>,
        b: &Self::Packed,
        c: ArrayViewMut2<Self>,
        output: Output<Self>,
    );

    /// c (M, N) = or += a (M, K)·b (K, N) on this thread.
    ///
    /// # Panics
    /// As [`Real::product_of_rows`].
    fn product(
        a: ArrayView2<Self>,
        b: &Self::Packed,
        c: ArrayViewMut2<Self>,
        output: Output<Self>,
    ) {
        Self::product_of_rows(a, 0..a.nrows(), b, c, output);
    }
}

/// `a` itself if it is contiguous, possibly transposed; else a copy that is.
fn in_lines<'a, R: Real>(a: &'a ArrayView2<R>) -> CowArray<'a, R, Ix2> {
    if a.t().is_standard_layout() { CowArray::from(a.view()) } else { a.as_standard_layout() }
}

/// What [`in_lines`] gives, for a kernel. Strides are not asked for: for an axis of length 0 or 1
/// ndarray may report any.
fn mat_ref<'a, R: Real>(a: &'a CowArray<R, Ix2>) -> MatRef<'a, R> {
    let (rows, cols) = a.dim();
    if let Some(data) = a.as_slice() {
        MatRef::row_major(data, rows, cols)
    } else {
        let data = a.t().to_slice().expect("contiguous if transposed");
        MatRef::row_major(data, cols, rows).t()
    }
}

fn mat_mut<'a, R: Real>(c: &'a mut ArrayViewMut2<R>) -> MatMut<'a, R> {
    let (rows, cols) = c.dim();
    let data = c.as_slice_mut().expect("the output of a product is row-major");
    MatMut::row_major(data, rows, cols)
}

/// The right-hand side of products in f32, in the precision that it was packed for last.
pub struct PackedF32 {
    precision: Precision,
    full: Packed,
    rounded: Packed<Pair>,
}

impl Default for PackedF32 {
    fn default() -> Self {
        let (isa, precision) = (Isa::current(), Precision::F32);
        Self { precision, full: Packed::new(isa, 0, 0), rounded: Packed::new(isa, 0, 0) }
    }
}

thread_local! {
    /// Room for what is rounded; grows to the largest share of a product.
    static ROOM: RefCell<Vec<Pair>> = const { RefCell::new(Vec::new()) };
}

/// Lays out (k, n) anew, panels on all threads: `fill(panel, out)`.
fn fill_panels<F: Factor>(
    packed: &mut Packed<F>,
    (k, n): (usize, usize),
    fill: impl Fn(usize, &mut [F]) + Sync,
) {
    packed.reshape(k, n);
    let length = packed.panel_len().max(1);
    let panels = packed.panels_mut().par_chunks_exact_mut(length).enumerate();
    panels.for_each(|(panel, out)| fill(panel, out));
}

impl Real for f32 {
    type Packed = PackedF32;

    fn pack(packed: &mut PackedF32, precision: Precision, b: ArrayView2<f32>) {
        packed.precision = precision;
        let (isa, (k, n), b) = (Isa::current(), b.dim(), in_lines(&b));
        let (b, width) = (mat_ref(&b), isa.panel_width());
        match precision {
            Precision::F32 => fill_panels(&mut packed.full, (k, n), |panel, out| {
                pack_panel(isa, b, panel, out);
            }),
            Precision::Bf16 => {
                fill_panels(&mut packed.rounded, (k.div_ceil(2), n), |panel, out| {
                    let columns = b.t().rows(panel * width, width.min(n - panel * width));
                    ROOM.with_borrow_mut(|room| {
                        pack_panel(isa, pairs(isa, columns, room).t(), 0, out)
                    });
                })
            }
        }
    }

    fn product_of_rows(
        a: ArrayView2<f32>,
        rows: Range<usize>,
        b: &PackedF32,
        mut c: ArrayViewMut2<f32>,
        output: Output<Self>,
    ) {
        let accumulate = output.begin(&mut c);
        let a = in_lines(&a);
        let (isa, a) = (Isa::current(), mat_ref(&a).rows(rows.start, rows.len()));
        let c = mat_mut(&mut c);
        match b.precision {
            Precision::F32 => product(isa, a, &b.full, c, accumulate),
            Precision::Bf16 => ROOM.with_borrow_mut(|room| {
                product(isa, pairs(isa, a, room), &b.rounded, c, accumulate);
            }),
        }
    }
}

impl Real for f64 {
    type Packed = Array2<f64>;

    fn pack(packed: &mut Array2<f64>, _: Precision, b: ArrayView2<f64>) {
        if packed.dim() != b.dim() {
            *packed = Array2::zeros(b.dim());
        }
        packed.assign(&b);
    }

    fn product_of_rows(
        a: ArrayView2<f64>,
        rows: Range<usize>,
        b: &Array2<f64>,
        mut c: ArrayViewMut2<f64>,
        output: Output<Self>,
    ) {
        let accumulate = output.begin(&mut c);
        let (a, b) = (in_lines(&a), b.view());
        let a = mat_ref(&a).rows(rows.start, rows.len());
        product_f64(a, mat_ref(&in_lines(&b)), mat_mut(&mut c), accumulate);
    }
}

/// How many rows each worker takes so that all threads get a share.
pub fn rows_per_worker(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).max(1)
}

/// Least rows of a share of a product: as many as read a panel of the right-hand side once.
const SHARE: usize = 64;

/// [`Real::product`] with the rows of `a` and `c` shared out over the threads, some shares for each:
/// a thread that is held up leaves its last ones to the others. Each element is one chain of
/// additions in a fixed order, so the split does not show in the bits.
///
/// # Panics
/// As [`Real::product_of_rows`].
pub fn parallel_product<R: Real>(
    a: ArrayView2<R>,
    b: &R::Packed,
    mut c: ArrayViewMut2<R>,
    output: Output<R>,
) {
    assert_eq!(a.nrows(), c.nrows(), "rows of a product");
    let a = in_lines(&a);
    let even = rows_per_worker(c.nrows());
    let rows = even.div_ceil(4).next_multiple_of(SHARE).min(even);
    let shares = c.axis_chunks_iter_mut(Axis(0), rows).into_par_iter().enumerate();
    shares.for_each(|(share, c)| {
        let first = share * rows;
        R::product_of_rows(a.view(), first..first + c.nrows(), b, c, output);
    });
}
