//! A strided, read-only view of a matrix.

/// Element (i, j) of (rows, cols) is `data[i * row_stride + j * col_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, S> {
    pub(crate) data: &'a [S],
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_stride: usize,
    pub(crate) col_stride: usize,
}

impl<'a, S: Copy> MatRef<'a, S> {
    /// # Panics
    /// If the last element lies beyond `data`.
    pub fn new(data: &'a [S], shape: (usize, usize), strides: (usize, usize)) -> Self {
        let ((rows, cols), (row_stride, col_stride)) = (shape, strides);
        if rows > 0 && cols > 0 {
            let last = (rows - 1) * row_stride + (cols - 1) * col_stride;
            assert!(last < data.len(), "a view of {shape:?} by {strides:?} in {}", data.len());
        }
        MatRef { data, rows, cols, row_stride, col_stride }
    }

    /// The row-major matrix (rows, cols) that fills `data`.
    pub fn row_major(data: &'a [S], rows: usize, cols: usize) -> Self {
        assert_eq!(data.len(), rows * cols, "a row-major ({rows}, {cols})");
        MatRef::new(data, (rows, cols), (cols, 1))
    }

    /// The transpose: (cols, rows) of the same data.
    pub fn t(self) -> Self {
        MatRef {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    /// (rows, cols)
    pub fn shape(self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// Rows `start..start + count`: what one worker of a parallel product takes.
    pub fn rows(self, start: usize, count: usize) -> Self {
        assert!(start + count <= self.rows, "rows {start}+{count} of {}", self.rows);
        let data = if count == 0 { &[] } else { &self.data[start * self.row_stride..] };
        MatRef { data, rows: count, ..self }
    }

    /// Element (i, j).
    #[inline(always)]
    pub fn at(self, i: usize, j: usize) -> S {
        self.data[i * self.row_stride + j * self.col_stride]
    }
}
