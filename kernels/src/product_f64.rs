//! The audit's matrix product: `matrixmultiply`, so that our own is never its own judge.

use crate::MatRef;

/// C (M,N) = A (M,K) · B (K,N), or C += A · B with `accumulate`; f64.
///
/// C is row-major with rows `ldc` apart, overwritten without being read unless `accumulate`.
#[allow(unsafe_code, reason = "`dgemm` takes pointers")]
pub fn product_f64(a: MatRef<f64>, b: MatRef<f64>, c: &mut [f64], ldc: usize, accumulate: bool) {
    let ((m, k), n) = (a.shape(), b.cols);
    assert_eq!(b.rows, k, "inner dimensions of a product");
    assert!(ldc >= n, "rows of C, {ldc} apart, overlap at {n} columns");
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * ldc + n <= c.len(), "C ({m}, {n}) by {ldc} in {}", c.len());
    let beta = if accumulate { 1.0 } else { 0.0 };
    let (rsa, csa) = (a.row_stride as isize, a.col_stride as isize);
    let (rsb, csb) = (b.row_stride as isize, b.col_stride as isize);
    // SAFETY: `MatRef::new` checked that (rows, cols) by these strides lies inside `a.data` and
    // `b.data`, and the assertions above check C, whose elements are distinct as ldc >= n.
    unsafe {
        let (pa, pb, pc) = (a.data.as_ptr(), b.data.as_ptr(), c.as_mut_ptr());
        matrixmultiply::dgemm(m, k, n, 1.0, pa, rsa, csa, pb, rsb, csb, beta, pc, ldc as isize, 1);
    }
}
