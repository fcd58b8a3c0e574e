//! The engine's matrix product C = A·B or C += A·B, with B packed beforehand.
//!
//! ```text
//! c[i][j] = fma(a[i][k], b[k][j], ... fma(a[i][0], b[0][j], c0))    c0 = 0, or c[i][j] to accumulate
//! ```
//! One chain per element, k ascending, continued through C from one block of K to the next: its
//! bits do not depend on block sizes, tile shapes or instruction set.
//!
//! A is packed on the stack in blocks of at most MC x KC, as tiles of R rows interleaved
//! (`a[k][r]`). The micro-kernel [`tile`] holds R x W of C in registers and does R*W/16 fused
//! multiply-adds of 16 lanes per W/16 loads of B and R broadcasts of A. Rows are dealt evenly over
//! tiles (8 rows by tiles of at most 6 are 4 + 4), as a tile of few rows is bound by latency.

use crate::isa::per_isa;
use crate::{MatRef, Packed};

/// Depth of a block: (KC, 32) of B is 32 KiB, what the first cache holds.
const KC: usize = 256;
/// Rows of a block: B is read from afar once for so many rows.
const MC: usize = 32;

per_isa! {
    /// C (M,N) = A (M,K) · B (K,N), or C += A · B with `accumulate`.
    ///
    /// C is row-major with rows `ldc` apart, overwritten without being read unless `accumulate`.
    /// A may have any strides; `b` must have been packed for `isa`. No allocation, one thread:
    /// callers share out rows of C.
    pub fn product[](
        isa, a: MatRef<f32>, b: &Packed, c: &mut [f32], ldc: usize, accumulate: bool,
    ) => {
        assert_eq!(b.isa(), isa, "the instruction set B is packed for");
        match isa.panel_width() {
            32 => blocks::<32>(8, a, b, c, ldc, accumulate),
            _ => blocks::<16>(6, a, b, c, ldc, accumulate),
        }
    }
}

/// `total` in the fewest parts of at most `most`, as even as can be: (start, length) of each.
#[inline(always)]
fn parts(total: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = total.div_ceil(most);
    (0..count).map(move |p| {
        let start = p * total / count;
        (start, (p + 1) * total / count - start)
    })
}

#[inline(always)]
fn blocks<const W: usize>(
    tile_rows: usize,
    a: MatRef<f32>,
    b: &Packed,
    c: &mut [f32],
    ldc: usize,
    accumulate: bool,
) {
    let ((m, k), n) = (a.shape(), b.shape().1);
    assert_eq!(b.shape().0, k, "inner dimensions of a product");
    assert!(ldc >= n, "rows of C, {ldc} apart, overlap at {n} columns");
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * ldc + n <= c.len(), "C ({m}, {n}) by {ldc} in {}", c.len());
    if k == 0 && !accumulate {
        c.chunks_mut(ldc).take(m).for_each(|row| row[..n].fill(0.0));
    }
    let mut packed_a = [0.0; MC * KC];
    for (k0, depth) in parts(k, KC) {
        let accumulate = accumulate || k0 > 0;
        for (i0, rows) in parts(m, MC) {
            for (i, height) in parts(rows, tile_rows) {
                pack_rows(a, (i0 + i, height), (k0, depth), &mut packed_a[i * depth..]);
            }
            for panel in 0..n.div_ceil(W) {
                let b = b.panel_rows(panel, k0, depth).as_chunks::<W>().0;
                let cols = W.min(n - panel * W);
                for (i, height) in parts(rows, tile_rows) {
                    let a = &packed_a[i * depth..(i + height) * depth];
                    let c = &mut c[(i0 + i) * ldc + panel * W..];
                    match height {
                        1 => tile::<1, W>(a, b, c, ldc, cols, accumulate),
                        2 => tile::<2, W>(a, b, c, ldc, cols, accumulate),
                        3 => tile::<3, W>(a, b, c, ldc, cols, accumulate),
                        4 => tile::<4, W>(a, b, c, ldc, cols, accumulate),
                        5 => tile::<5, W>(a, b, c, ldc, cols, accumulate),
                        6 => tile::<6, W>(a, b, c, ldc, cols, accumulate),
                        7 => tile::<7, W>(a, b, c, ldc, cols, accumulate),
                        _ => tile::<8, W>(a, b, c, ldc, cols, accumulate),
                    }
                }
            }
        }
    }
}

/// Rows `i..i + height`, columns `k..k + depth` of A, interleaved: `out[k * height + row]`.
#[inline(always)]
fn pack_rows(
    a: MatRef<f32>,
    (i, height): (usize, usize),
    (k, depth): (usize, usize),
    out: &mut [f32],
) {
    let out = &mut out[..height * depth];
    if a.row_stride == 1 {
        for (p, out) in out.chunks_exact_mut(height).enumerate() {
            out.copy_from_slice(&a.data[(k + p) * a.col_stride + i..][..height]);
        }
    } else {
        for row in 0..height {
            for p in 0..depth {
                out[p * height + row] = a.at(i + row, k + p);
            }
        }
    }
}

/// The micro-kernel: C (R, cols <= W) from a tile of A (depth, R) and a panel of B (depth, W).
///
/// Accumulators stay in registers only as long as no index into `sums` is computed: partial rows
/// therefore go through `edge`. Watch the benchmark after any change here.
#[inline(always)]
fn tile<const R: usize, const W: usize>(
    a: &[f32],
    b: &[[f32; W]],
    c: &mut [f32],
    ldc: usize,
    cols: usize,
    accumulate: bool,
) {
    let mut sums = [[0.0; W]; R];
    if accumulate {
        for (r, sum) in sums.iter_mut().enumerate() {
            let row = &c[r * ldc..][..cols];
            let mut edge = [0.0; W];
            edge[..cols].copy_from_slice(row);
            *sum = edge;
        }
    }
    for (a, b) in a.as_chunks::<R>().0.iter().zip(b) {
        for j in 0..W {
            for r in 0..R {
                sums[r][j] = a[r].mul_add(b[j], sums[r][j]);
            }
        }
    }
    for (r, sum) in sums.iter().enumerate() {
        let row = &mut c[r * ldc..][..cols];
        let edge = *sum;
        row.copy_from_slice(&edge[..cols]);
    }
}
