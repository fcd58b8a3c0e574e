//! The one scalar trait: f32 trains, f64 audits, both through the same layer code.
//!
//! What differs is the matrix product. f32 runs in `hornpipe-kernels`, with the right-hand side
//! packed once and reused; f64 goes through `matrixmultiply`, so that our own product is never
//! its own judge.

use hornpipe_kernels::{Isa, MatRef, Packed, Scalar, pack_panel, product, product_f64};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, LinalgScalar};
use rayon::prelude::*;
use std::ops::Range;

/// What a product does with what its output holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// c = a·b; c is never read.
    Overwrite,
    /// c += a·b.
    Accumulate,
}

/// A scalar the engine computes with: f32 or f64.
pub trait Real: Scalar + LinalgScalar {
    /// A matrix laid out to be the right-hand side of many products.
    type Packed: Send + Sync;

    /// An empty right-hand side with room for (k, n).
    fn packed(k: usize, n: usize) -> Self::Packed;

    /// Lays out `b` (K, N), which may be a transposed view of a contiguous array.
    fn pack(packed: &mut Self::Packed, b: ArrayView2<Self>);

    /// c (M, N) = or += rows `rows` of a (.., K), times b (K, N), on this thread. `a` is
    /// contiguous, possibly transposed; `c` is row-major.
    fn product_of_rows(
        a: ArrayView2<Self>,
        rows: Range<usize>,
        b: &Self::Packed,
        c: ArrayViewMut2<Self>,
        output: Output,
    );

    /// c (M, N) = or += a (M, K)·b (K, N) on this thread.
    fn product(a: ArrayView2<Self>, b: &Self::Packed, c: ArrayViewMut2<Self>, output: Output) {
        Self::product_of_rows(a, 0..a.nrows(), b, c, output);
    }
}

fn mat_ref<'a, S: Scalar>(a: &'a ArrayView2<S>) -> MatRef<'a, S> {
    let data = a.as_slice_memory_order().expect("operands of a product are contiguous");
    let stride = |axis| a.stride_of(Axis(axis)) as usize;
    MatRef::new(data, a.dim(), (stride(0), stride(1)))
}

impl Real for f32 {
    type Packed = Packed;

    fn packed(k: usize, n: usize) -> Packed {
        Packed::new(Isa::current(), k, n)
    }

    fn pack(packed: &mut Packed, b: ArrayView2<f32>) {
        packed.reshape(b.nrows(), b.ncols());
        let (isa, b, panel_len) = (packed.isa(), mat_ref(&b), packed.panel_len());
        let panels = packed.panels_mut().par_chunks_exact_mut(panel_len).enumerate();
        panels.for_each(|(panel, out)| pack_panel(isa, b, panel, out));
    }

    fn product_of_rows(
        a: ArrayView2<f32>,
        rows: Range<usize>,
        b: &Packed,
        mut c: ArrayViewMut2<f32>,
        output: Output,
    ) {
        let ldc = c.ncols();
        let c = c.as_slice_mut().expect("the output of a product is row-major");
        product(
            Isa::current(),
            mat_ref(&a).rows(rows.start, rows.len()),
            b,
            c,
            ldc,
            output == Output::Accumulate,
        );
    }
}

impl Real for f64 {
    type Packed = Array2<f64>;

    fn packed(k: usize, n: usize) -> Array2<f64> {
        Array2::zeros((k, n))
    }

    fn pack(packed: &mut Array2<f64>, b: ArrayView2<f64>) {
        *packed = b.as_standard_layout().into_owned();
    }

    fn product_of_rows(
        a: ArrayView2<f64>,
        rows: Range<usize>,
        b: &Array2<f64>,
        mut c: ArrayViewMut2<f64>,
        output: Output,
    ) {
        let ldc = c.ncols();
        let c = c.as_slice_mut().expect("the output of a product is row-major");
        let a = mat_ref(&a).rows(rows.start, rows.len());
        product_f64(a, mat_ref(&b.view()), c, ldc, output == Output::Accumulate);
    }
}

/// How many rows each worker takes so that all threads get a share.
pub fn rows_per_worker(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).max(1)
}

/// [`Real::product`] with the rows of `a` and `c` shared out over the threads. Each element is
/// one chain of additions in a fixed order, so the split does not show in the bits.
pub fn parallel_product<R: Real>(
    a: ArrayView2<R>,
    b: &R::Packed,
    mut c: ArrayViewMut2<R>,
    output: Output,
) {
    let rows = rows_per_worker(c.nrows());
    let workers = c.axis_chunks_iter_mut(Axis(0), rows).into_par_iter().enumerate();
    workers.for_each(|(worker, c)| {
        let first = worker * rows;
        R::product_of_rows(a, first..first + c.nrows(), b, c, output);
    });
}
