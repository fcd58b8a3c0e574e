//! The audit's matrix product: `matrixmultiply`, so that our own is never its own judge.

use crate::{MatMut, MatRef};

/// C (M,N) = A (M,K) · B (K,N), or C += A · B with `accumulate`; f64.
///
/// C is overwritten without being read unless `accumulate`.
///
/// # Panics
/// If the shapes do not fit.
#[allow(unsafe_code, reason = "`dgemm` takes pointers")]
pub fn product_f64(a: MatRef<f64>, b: MatRef<f64>, c: MatMut<f64>, accumulate: bool) {
    let ((m, k), n) = (a.shape(), b.cols);
    assert_eq!(b.rows, k, "inner dimensions of a product");
    assert_eq!(c.shape(), (m, n), "the shape of a product");
    if m == 0 || n == 0 {
        return;
    }
    let beta = if accumulate { 1.0 } else { 0.0 };
    let (rsa, csa) = (a.row_stride as isize, a.col_stride as isize);
    let (rsb, csb) = (b.row_stride as isize, b.col_stride as isize);
    let rsc = c.row_stride as isize;
    // SAFETY: A, B and C have the shapes asserted above. Every element of a `MatRef` and of a
    // `MatMut` lies in its data, and the elements of a `MatMut` are distinct. No stride is longer
    // than the data it steps through, or it is 1: as an isize it is the same.
    unsafe {
        let (pa, pb, pc) = (a.data.as_ptr(), b.data.as_ptr(), c.data.as_mut_ptr());
        matrixmultiply::dgemm(m, k, n, 1.0, pa, rsa, csa, pb, rsb, csb, beta, pc, rsc, 1);
    }
}
