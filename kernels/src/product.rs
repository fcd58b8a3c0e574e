//! The engine's matrix product C = A·B or C += A·B, with B packed beforehand.
//!
//! ```text
//! c[i][j] = fma(a[i][k], b[k][j], ... fma(a[i][0], b[0][j], c0))
//! c0 = 0, or c[i][j] to accumulate
//! ```
//! One chain per element, k ascending, continued through C from one block of K to the next: its
//! bits do not depend on block sizes, tile shapes or instruction set.
//!
//! The micro-kernel [`tile`] holds (R, W) of C in registers; each step of k loads W of B,
//! broadcasts R of A, read where they lie, and does R*W multiply-adds. Rows are dealt evenly over
//! tiles (8 rows by tiles of at most 5 are 4 + 4), as a tile of few rows waits for its own last
//! result.

use crate::isa::per_isa;
use crate::{MatRef, Packed};

/// Depth of a block: (KC, 32) of B is 64 KiB, which the second cache holds beside rows of A.
const KC: usize = 512;
/// Rows of a block: B is read from afar once for so many rows.
const MC: usize = 64;
/// Panels that a single row of A meets at once: with one, it would wait for its own last result.
const ROW_PANELS: usize = 2;

per_isa! {
    /// C (M,N) = A (M,K) · B (K,N), or C += A · B with `accumulate`.
    ///
    /// C is row-major with rows `ldc` apart, overwritten without being read unless `accumulate`.
    /// The rows or the columns of A are contiguous; `b` must have been packed for `isa`. No
    /// allocation, one thread: callers share out rows of C.
    pub fn product[](
        isa, a: MatRef<f32>, b: &Packed, c: &mut [f32], ldc: usize, accumulate: bool,
    ) => {
        let ((m, k), n) = (a.shape(), b.shape().1);
        assert_eq!(b.isa(), isa, "the instruction set B is packed for");
        assert_eq!(b.shape().0, k, "inner dimensions of a product");
        assert!(a.col_stride == 1 || a.row_stride == 1, "rows or columns of A are contiguous");
        assert!(ldc >= n, "rows of C, {ldc} apart, overlap at {n} columns");
        if m == 0 || n == 0 {
            return;
        }
        assert!((m - 1) * ldc + n <= c.len(), "C ({m}, {n}) by {ldc} in {}", c.len());
        if k == 0 && !accumulate {
            c.chunks_mut(ldc).take(m).for_each(|row| row[..n].fill(0.0));
        }
        // Two accumulators of 16 lanes by 8 rows fill half of 32 registers; one by 5, of two
        // registers each, two thirds of 16: one row more and they spill.
        match (isa.panel_width(), a.col_stride == 1) {
            (32, true) => blocks::<true, 32>(8, a, b, (c, ldc), accumulate),
            (32, false) => blocks::<false, 32>(8, a, b, (c, ldc), accumulate),
            (_, true) => blocks::<true, 16>(5, a, b, (c, ldc), accumulate),
            (_, false) => blocks::<false, 16>(5, a, b, (c, ldc), accumulate),
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

/// `$body` with `$R` the constant that `$height` is; more than 5 only where panels are 32 wide.
macro_rules! by_height {
    ($height:expr, $W:ident, $R:ident => $body:expr) => {
        by_height!(@ $height, $R, $body, 1 if true, 2 if true, 3 if true, 4 if true, 5 if true,
            6 if $W == 32, 7 if $W == 32, 8 if $W == 32)
    };
    (@ $height:expr, $R:ident, $body:expr, $($r:literal if $cond:expr),*) => {
        match $height {
            $($r if $cond => {
                const $R: usize = $r;
                $body
            })*
            height => unreachable!("a tile of {height} rows"),
        }
    };
}

/// The blocks of a product; `ROWS`: the rows of A are contiguous, else its columns.
#[inline(always)]
fn blocks<const ROWS: bool, const W: usize>(
    tile_rows: usize,
    a: MatRef<f32>,
    b: &Packed,
    (c, ldc): (&mut [f32], usize),
    accumulate: bool,
) {
    let ((m, k), n) = (a.shape(), b.shape().1);
    let most = if m <= tile_rows { k } else { KC };
    for (k0, depth) in parts(k, most) {
        let accumulate = accumulate || k0 > 0;
        let panel_of = |panel| b.panel_rows(panel, k0, depth).as_chunks::<W>().0;
        let mut first_panel = 0;
        if ROWS && m == 1 {
            let row = &a.data[k0..k0 + depth];
            let (groups, _) = c[..n].as_chunks_mut::<W>().0.as_chunks_mut::<ROW_PANELS>();
            for c in groups {
                row_tile(row, std::array::from_fn(|p| panel_of(first_panel + p)), c, accumulate);
                first_panel += ROW_PANELS;
            }
        }
        for (i0, rows) in parts(m, MC) {
            for panel in first_panel..n.div_ceil(W) {
                let (b, cols) = (panel_of(panel), W.min(n - panel * W));
                for (i, height) in parts(rows, tile_rows) {
                    let c = (&mut c[(i0 + i) * ldc + panel * W..], ldc, cols);
                    if ROWS {
                        let a = (&a.data[(i0 + i) * a.row_stride + k0..], a.row_stride);
                        by_height!(height, W, R => tile_of_rows::<R, W>(a, b, c, accumulate));
                    } else {
                        let a = (&a.data[k0 * a.col_stride + i0 + i..], a.col_stride);
                        by_height!(height, W, R => tile_of_columns::<R, W>(a, b, c, accumulate));
                    }
                }
            }
        }
    }
}

/// C (1, P*W) from one row of A (depth) and P panels of B (depth, W).
#[inline(always)]
fn row_tile<const P: usize, const W: usize>(
    a: &[f32],
    b: [&[[f32; W]]; P],
    c: &mut [[f32; W]; P],
    accumulate: bool,
) {
    let mut sums = if accumulate { *c } else { [[0.0; W]; P] };
    let b = b.map(|b| &b[..a.len()]);
    for (k, a) in a.iter().enumerate() {
        for p in 0..P {
            for j in 0..W {
                sums[p][j] = a.mul_add(b[p][k][j], sums[p][j]);
            }
        }
    }
    *c = sums;
}

/// [`tile`] from rows of A `stride` apart.
#[inline(always)]
fn tile_of_rows<const R: usize, const W: usize>(
    (a, stride): (&[f32], usize),
    b: &[[f32; W]],
    c: (&mut [f32], usize, usize),
    accumulate: bool,
) {
    let depth = b.len();
    let rows: [&[f32]; R] = std::array::from_fn(|r| &a[r * stride..][..depth]);
    tile::<R, W>((0..depth).map(|k| std::array::from_fn(|r| rows[r][k])), b, c, accumulate);
}

/// [`tile`] from columns of A `stride` apart.
#[inline(always)]
fn tile_of_columns<const R: usize, const W: usize>(
    (a, stride): (&[f32], usize),
    b: &[[f32; W]],
    c: (&mut [f32], usize, usize),
    accumulate: bool,
) {
    let columns = a.chunks(stride.max(1)).map(|column| *column.first_chunk().expect("R rows of A"));
    tile::<R, W>(columns, b, c, accumulate);
}

/// The micro-kernel: C (R, cols <= W), rows `ldc` apart, from A (R, depth), a column at a time, and
/// a panel of B (depth, W).
///
/// With the loop over rows outside that over columns, LLVM keeps (8, 32) of sums in memory: 8 of
/// 270 GFLOP/s. They also leave the registers if an index into them is computed: incomplete rows
/// therefore go through `edge`. Run the benchmark after any change here.
#[inline(always)]
fn tile<const R: usize, const W: usize>(
    a: impl Iterator<Item = [f32; R]>,
    b: &[[f32; W]],
    (c, ldc, cols): (&mut [f32], usize, usize),
    accumulate: bool,
) {
    let mut sums = [[0.0; W]; R];
    if accumulate {
        for (r, sum) in sums.iter_mut().enumerate() {
            let row = &c[r * ldc..][..cols];
            let mut edge = [0.0; W];
            *sum = if let Some(whole) = row.first_chunk() {
                *whole
            } else {
                edge[..cols].copy_from_slice(row);
                edge
            };
        }
    }
    for (a, b) in a.zip(b) {
        for j in 0..W {
            for r in 0..R {
                sums[r][j] = a[r].mul_add(b[j], sums[r][j]);
            }
        }
    }
    for (r, sum) in sums.iter().enumerate() {
        let row = &mut c[r * ldc..][..cols];
        if let Some(whole) = row.first_chunk_mut() {
            *whole = *sum;
        } else {
            let edge = *sum;
            row.copy_from_slice(&edge[..cols]);
        }
    }
}
