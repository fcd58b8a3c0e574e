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

use std::array::from_mut;
use std::fmt::Debug;

use crate::isa::per_isa;
use crate::{Isa, MatMut, MatRef, Packed};

/// Depth of a block: (KC, 32) of B is 64 KiB, which the second cache holds beside rows of A.
const KC: usize = 512;
/// Rows of a block: B is read from afar once for so many rows.
const MC: usize = 64;
/// Panels that a single row of A meets at once: with one, it would wait for its own last result.
const ROW_PANELS: usize = 2;

/// What a product multiplies: numbers, or [pairs](crate::Pair) of rounded ones.
pub trait Factor: Copy + Send + Sync + Debug + 'static {
    /// 0
    const ZERO: Self;

    /// Makes `sums` what chains that go on from there begin with: as they are, unless told otherwise.
    #[inline(always)]
    fn begin<const W: usize>(_: Isa, _: &mut [[f32; W]]) {}

    /// `sums[r][j]` goes on by `a[r]` times `b[j]`; W is a multiple of 16.
    fn add_products<const R: usize, const W: usize>(
        isa: Isa,
        a: &[Self; R],
        b: &[Self; W],
        sums: &mut [[f32; W]; R],
    );
}

impl Factor for f32 {
    const ZERO: Self = 0.0;

    #[inline(always)]
    fn add_products<const R: usize, const W: usize>(
        _: Isa,
        a: &[f32; R],
        b: &[f32; W],
        sums: &mut [[f32; W]; R],
    ) {
        for j in 0..W {
            for r in 0..R {
                sums[r][j] = a[r].mul_add(b[j], sums[r][j]);
            }
        }
    }
}

per_isa! {
    /// C (M,N) = A (M,K) · B (K,N), or C += A · B with `accumulate`.
    ///
    /// C is overwritten without being read unless `accumulate`. No allocation, one thread: callers
    /// share out rows of C.
    ///
    /// # Panics
    /// If the shapes do not fit, if `b` was packed for another set than `isa`, or if neither the
    /// rows nor the columns of A are contiguous; columns must not overlap, either.
    pub fn product[F: Factor](
        isa, a: MatRef<F>, b: &Packed<F>, c: MatMut<f32>, accumulate: bool,
    ) => {
        assert_eq!(b.isa(), isa, "the instruction set B is packed for");
        assert_eq!(a.cols, b.shape().0, "inner dimensions of a product");
        assert_eq!(c.shape(), (a.rows, b.shape().1), "the shape of a product");
        let by_rows = a.col_stride == 1;
        let by_columns = a.row_stride == 1 && a.col_stride >= a.rows;
        assert!(by_rows || by_columns, "rows or columns of A are contiguous");
        if c.rows == 0 || c.cols == 0 {
            return;
        }
        if a.cols == 0 {
            if !accumulate {
                c.data.chunks_mut(c.row_stride).for_each(|row| row[..c.cols].fill(0.0));
            }
            return;
        }
        // Two accumulators of 16 lanes by 8 rows fill half of 32 registers; one by 5, of two
        // registers each, two thirds of 16: one row more and they spill.
        match (isa.panel_width(), by_rows) {
            (32, true) => blocks::<F, true, 32>(isa, 8, a, b, c, accumulate),
            (32, false) => blocks::<F, false, 32>(isa, 8, a, b, c, accumulate),
            (_, true) => blocks::<F, true, 16>(isa, 5, a, b, c, accumulate),
            (_, false) => blocks::<F, false, 16>(isa, 5, a, b, c, accumulate),
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

/// The blocks of a product, not empty; `ROWS`: the rows of A are contiguous, else its columns.
#[inline(always)]
fn blocks<F: Factor, const ROWS: bool, const W: usize>(
    isa: Isa,
    tile_rows: usize,
    a: MatRef<F>,
    b: &Packed<F>,
    mut c: MatMut<f32>,
    accumulate: bool,
) {
    let ((m, k), n) = (a.shape(), c.cols);
    // known when compiled: a multiplication less, and a register
    let a = if ROWS { MatRef { col_stride: 1, ..a } } else { MatRef { row_stride: 1, ..a } };
    let most = if m <= tile_rows { k } else { KC };
    for (k0, depth) in parts(k, most) {
        let accumulate = accumulate || k0 > 0;
        let panel_of = |panel| b.panel_rows(panel, k0, depth).as_chunks::<W>().0;
        let mut first_panel = 0;
        if ROWS && m == 1 {
            let row = &a.data[k0..k0 + depth];
            let (groups, _) = c.data.as_chunks_mut::<W>().0.as_chunks_mut::<ROW_PANELS>();
            for c in groups {
                row_tile(
                    isa,
                    row,
                    std::array::from_fn(|p| panel_of(first_panel + p)),
                    c,
                    accumulate,
                );
                first_panel += ROW_PANELS;
            }
        }
        for (i0, rows) in parts(m, MC) {
            for panel in first_panel..n.div_ceil(W) {
                let (b, cols) = (panel_of(panel), W.min(n - panel * W));
                for (i, height) in parts(rows, tile_rows) {
                    let a = a.part((i0 + i, k0), (height, depth));
                    let c = c.part((i0 + i, panel * W), (height, cols));
                    match height {
                        1 => tile::<F, ROWS, 1, W>(isa, a, b, c, accumulate),
                        2 => tile::<F, ROWS, 2, W>(isa, a, b, c, accumulate),
                        3 => tile::<F, ROWS, 3, W>(isa, a, b, c, accumulate),
                        4 => tile::<F, ROWS, 4, W>(isa, a, b, c, accumulate),
                        5 => tile::<F, ROWS, 5, W>(isa, a, b, c, accumulate),
                        6 if W == 32 => tile::<F, ROWS, 6, W>(isa, a, b, c, accumulate),
                        7 if W == 32 => tile::<F, ROWS, 7, W>(isa, a, b, c, accumulate),
                        8 if W == 32 => tile::<F, ROWS, 8, W>(isa, a, b, c, accumulate),
                        _ => unreachable!("a tile of {height} rows"),
                    }
                }
            }
        }
    }
}

/// C (1, P*W) from one row of A (depth) and P panels of B (depth, W).
#[inline(always)]
fn row_tile<F: Factor, const P: usize, const W: usize>(
    isa: Isa,
    a: &[F],
    b: [&[[F; W]]; P],
    c: &mut [[f32; W]; P],
    accumulate: bool,
) {
    let mut sums = if accumulate { *c } else { [[0.0; W]; P] };
    F::begin(isa, &mut sums);
    let b = b.map(|b| &b[..a.len()]);
    for (k, a) in a.iter().enumerate() {
        for p in 0..P {
            F::add_products(isa, &[*a], &b[p][k], from_mut(&mut sums[p]));
        }
    }
    *c = sums;
}

/// The micro-kernel: C (R, cols <= W) from A (R, depth), a column at a time, and a panel of B
/// (depth, W).
///
/// With the loop over rows outside that over columns, LLVM keeps (8, 32) of sums in memory: 8 of
/// 270 GFLOP/s. They also leave the registers if an index into them is computed: incomplete rows
/// therefore go through `edge`. And closures are not sure to be inlined, as there are two copies of so
/// wide a tile: 34 of 118. Run the benchmark after any change here.
#[inline(always)]
fn tile<F: Factor, const ROWS: bool, const R: usize, const W: usize>(
    isa: Isa,
    a: MatRef<F>,
    b: &[[F; W]],
    c: MatMut<f32>,
    accumulate: bool,
) {
    let mut sums = [[0.0; W]; R];
    if accumulate {
        for (r, sum) in sums.iter_mut().enumerate() {
            let row = &c.data[r * c.row_stride..][..c.cols];
            let mut edge = [0.0; W];
            *sum = if let Some(whole) = row.first_chunk() {
                *whole
            } else {
                edge[..c.cols].copy_from_slice(row);
                edge
            };
        }
        F::begin(isa, &mut sums);
    }
    let mut rows: [&[F]; R] = [&[]; R];
    if ROWS {
        for (r, row) in rows.iter_mut().enumerate() {
            *row = &a.data[r * a.row_stride..][..b.len()];
        }
    }
    for (k, b) in b.iter().enumerate() {
        let mut column = [F::ZERO; R];
        if ROWS {
            for r in 0..R {
                column[r] = rows[r][k];
            }
        } else {
            column.copy_from_slice(&a.data[k * a.col_stride..][..R]);
        }
        F::add_products(isa, &column, b, &mut sums);
    }
    for (r, sum) in sums.iter().enumerate() {
        let row = &mut c.data[r * c.row_stride..][..c.cols];
        if let Some(whole) = row.first_chunk_mut() {
            *whole = *sum;
        } else {
            let edge = *sum;
            row.copy_from_slice(&edge[..c.cols]);
        }
    }
}
