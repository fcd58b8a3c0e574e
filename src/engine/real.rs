//! The one scalar trait: f32 trains, f64 audits, both through the same layer code.
//!
//! What differs is the matrix product. f32 runs in `hornpipe-kernels`, with the right-hand side
//! packed once and reused; f64 goes through `matrixmultiply`, so that our own product is never
//! its own judge.
//!
//! An operand may have any strides. It is read where it lies if it is contiguous, possibly
//! transposed, as all are in training; else (with gaps, backwards, broadcast) it is copied first.

use hornpipe_kernels::{Isa, MatMut, MatRef, Packed, Scalar, pack_panel, product, product_f64};
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, CowArray, Ix2, LinalgScalar};
use rayon::prelude::*;
use std::ops::Range;

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
    /// A matrix laid out to be the right-hand side of many products.
    type Packed: Send + Sync;

    /// An empty right-hand side with room for (k, n).
    fn packed(k: usize, n: usize) -> Self::Packed;

    /// Lays out `b` (K, N).
    fn pack(packed: &mut Self::Packed, b: ArrayView2<Self>);

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

impl Real for f32 {
    type Packed = Packed;

    fn packed(k: usize, n: usize) -> Packed {
        Packed::new(Isa::current(), k, n)
    }

    fn pack(packed: &mut Packed, b: ArrayView2<f32>) {
        packed.reshape(b.nrows(), b.ncols());
        let (b, isa, length) = (in_lines(&b), packed.isa(), packed.panel_len().max(1));
        let panels = packed.panels_mut().par_chunks_exact_mut(length).enumerate();
        panels.for_each(|(panel, out)| pack_panel(isa, mat_ref(&b), panel, out));
    }

    fn product_of_rows(
        a: ArrayView2<f32>,
        rows: Range<usize>,
        b: &Packed,
        mut c: ArrayViewMut2<f32>,
        output: Output<Self>,
    ) {
        let accumulate = output.begin(&mut c);
        let a = in_lines(&a);
        let a = mat_ref(&a).rows(rows.start, rows.len());
        product(Isa::current(), a, b, mat_mut(&mut c), accumulate);
    }
}

impl Real for f64 {
    type Packed = Array2<f64>;

    fn packed(k: usize, n: usize) -> Array2<f64> {
        Array2::zeros((k, n))
    }

    fn pack(packed: &mut Array2<f64>, b: ArrayView2<f64>) {
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
