//! The right-hand side of a product, packed once and used many times.
//!
//! B (K,N) is cut into panels of W = `isa.panel_width()` columns; panel p holds columns
//! `p*W..(p+1)*W` as (K,W) row-major, zero beyond column N. Memory: 4 K ceil(N/W) W bytes.

use crate::isa::per_isa;
use crate::{Factor, Isa, MatRef};

/// Panels begin on a cache line: a vector load that straddles two costs double.
const LINE: usize = 16;

/// B (K,N) in panels. Allocated for a shape, refilled as often as the weights change.
#[derive(Debug)]
pub struct Packed<F = f32> {
    isa: Isa,
    rows: usize,
    cols: usize,
    /// Panels from `start` on.
    data: Vec<F>,
    start: usize,
}

impl<F: Factor> Packed<F> {
    /// Room for (k, n), holding zeros, for products on `isa`.
    pub fn new(isa: Isa, k: usize, n: usize) -> Self {
        let mut packed = Packed { isa, rows: 0, cols: 0, data: Vec::new(), start: 0 };
        packed.reshape(k, n);
        packed
    }

    /// Room for another (k, n); allocates only when it grows. The contents are unspecified (finite
    /// or not) until they are packed again.
    ///
    /// # Panics
    /// If no memory holds so many elements.
    pub fn reshape(&mut self, k: usize, n: usize) {
        let width = self.isa.panel_width();
        let len = k.checked_mul(width).and_then(|len| len.checked_mul(n.div_ceil(width)));
        let len = len.unwrap_or_else(|| panic!("no room for ({k}, {n})"));
        if len > self.data.len() - self.start {
            self.data = vec![F::ZERO; len.saturating_add(LINE)];
            self.start = self.data.as_ptr().align_offset(4 * LINE) % LINE;
        }
        (self.rows, self.cols) = (k, n);
    }

    /// Overwrites all panels with B = `src`, at any strides: the transpose is packed by
    /// `pack(src.t())`.
    ///
    /// # Panics
    /// If `src` has another shape.
    pub fn pack(&mut self, src: MatRef<F>) {
        assert_eq!(src.shape(), self.shape(), "the matrix to pack");
        let (isa, panel_len) = (self.isa, self.panel_len().max(1));
        for (panel, out) in self.panels_mut().chunks_exact_mut(panel_len).enumerate() {
            pack_panel(isa, src, panel, out);
        }
    }

    /// (K, N)
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// The set it was packed for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Elements of one panel: K * W.
    pub fn panel_len(&self) -> usize {
        self.rows * self.isa.panel_width()
    }

    /// All panels one after the other, for packing in parallel: chunk `p` of `panel_len()` elements
    /// is filled by `pack_panel(isa, src, p, chunk)`.
    pub fn panels_mut(&mut self) -> &mut [F] {
        let len = self.panel_len() * self.cols.div_ceil(self.isa.panel_width());
        &mut self.data[self.start..self.start + len]
    }

    /// Rows `k..k + count` of panel `panel`, (count, W) row-major.
    #[inline(always)]
    pub(crate) fn panel_rows(&self, panel: usize, k: usize, count: usize) -> &[F] {
        let width = self.isa.panel_width();
        let start = self.start + panel * self.panel_len() + k * width;
        &self.data[start..start + count * width]
    }
}

per_isa! {
    /// Overwrites `out` (K, W) with panel `panel` of `src` (K, N), zero beyond column N.
    ///
    /// # Panics
    /// If `out` has another length, or `src` no such panel.
    pub fn pack_panel[F: Factor](isa, src: MatRef<F>, panel: usize, out: &mut [F])
        => match isa.panel_width() {
            32 => fill::<F, 32>(src, panel, out),
            _ => fill::<F, 16>(src, panel, out),
        }
}

#[inline(always)]
fn fill<F: Factor, const W: usize>(src: MatRef<F>, panel: usize, out: &mut [F]) {
    let (k, n) = src.shape();
    let (out, rest) = out.as_chunks_mut::<W>();
    assert!(out.len() == k && rest.is_empty(), "a panel of {k} rows of {W}");
    assert!(panel < n.div_ceil(W), "panel {panel} of {n} columns");
    let first = panel * W;
    let cols = W.min(n - first);
    if src.col_stride == 1 {
        for (i, out) in out.iter_mut().enumerate() {
            let row = &src.data[i * src.row_stride + first..][..cols];
            if let Some(row) = row.first_chunk::<W>() {
                *out = *row;
            } else {
                out[..cols].copy_from_slice(row);
                out[cols..].fill(F::ZERO);
            }
        }
    } else {
        transpose(src, first, cols, out);
    }
}

/// Blocks of 8 rows by 8 columns through an array of registers where the source's columns are
/// contiguous, else element by element.
#[inline(always)]
fn transpose<F: Factor, const W: usize>(
    src: MatRef<F>,
    first: usize,
    cols: usize,
    out: &mut [[F; W]],
) {
    const EDGE: usize = 8;
    let whole = if src.row_stride == 1 && cols == W { src.rows / EDGE * EDGE } else { 0 };
    for (block, out) in out[..whole].chunks_exact_mut(EDGE).enumerate() {
        for left in (0..W).step_by(EDGE) {
            let mut columns = [[F::ZERO; EDGE]; EDGE];
            for (j, column) in columns.iter_mut().enumerate() {
                let start = (first + left + j) * src.col_stride + block * EDGE;
                column.copy_from_slice(&src.data[start..start + EDGE]);
            }
            for (i, out) in out.iter_mut().enumerate() {
                for (j, column) in columns.iter().enumerate() {
                    out[left + j] = column[i];
                }
            }
        }
    }
    for (i, out) in out.iter_mut().enumerate().skip(whole) {
        for (j, out) in out.iter_mut().enumerate() {
            *out = if j < cols { src.at(i, first + j) } else { F::ZERO };
        }
    }
}
