//! Strided views of matrices. Both kinds are checked when they are made, so that every element of
//! one lies in its data: what hands pointers on can rely on the type.

/// A strided, read-only view: element (i, j) of (rows, cols) is
/// `data[i * row_stride + j * col_stride]`.
///
/// `data` ends with the last element. An axis without a second element has stride 1, whatever it
/// was given; so strides are less than the length of `data`, or 1.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, S> {
    pub(crate) data: &'a [S],
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_stride: usize,
    pub(crate) col_stride: usize,
}

impl<'a, S: Copy> MatRef<'a, S> {
    /// (rows, cols) of `data` from its first element on, at strides in elements: any, zero too.
    ///
    /// # Panics
    /// If the last element lies beyond `data`.
    pub fn new(data: &'a [S], shape: (usize, usize), strides: (usize, usize)) -> Self {
        let (rows, cols) = shape;
        let row_stride = if rows > 1 && cols > 0 { strides.0 } else { 1 };
        let col_stride = if cols > 1 && rows > 0 { strides.1 } else { 1 };
        let data = span(shape, (row_stride, col_stride)).and_then(|span| data.get(..span));
        let data =
            data.unwrap_or_else(|| panic!("a view of {shape:?} by {strides:?} does not fit"));
        MatRef { data, rows, cols, row_stride, col_stride }
    }

    /// The row-major matrix (rows, cols) that fills `data`.
    ///
    /// # Panics
    /// If `data` is longer or shorter than that.
    pub fn row_major(data: &'a [S], rows: usize, cols: usize) -> Self {
        check_row_major(data.len(), rows, cols);
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
    ///
    /// # Panics
    /// If there are fewer.
    pub fn rows(self, start: usize, count: usize) -> Self {
        let within = start <= self.rows && count <= self.rows - start;
        assert!(within, "rows {start}+{count} of {}", self.rows);
        let first = if count == 0 || self.cols == 0 { 0 } else { start * self.row_stride };
        let strides = (self.row_stride, self.col_stride);
        MatRef::new(&self.data[first..], (count, self.cols), strides)
    }

    /// Element (i, j).
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn at(self, i: usize, j: usize) -> S {
        assert!(i < self.rows && j < self.cols, "({i}, {j}) of {:?}", self.shape());
        self.data[i * self.row_stride + j * self.col_stride]
    }

    /// Part (rows, cols), neither of them 0, from element (i, j) on.
    #[inline(always)]
    pub(crate) fn part(self, (i, j): (usize, usize), (rows, cols): (usize, usize)) -> Self {
        let data = &self.data[i * self.row_stride + j * self.col_stride..];
        let span = (rows - 1) * self.row_stride + (cols - 1) * self.col_stride + 1;
        MatRef { data: &data[..span], rows, cols, ..self }
    }
}

/// A row-major matrix to write to: element (i, j) of (rows, cols) is `data[i * row_stride + j]`.
///
/// `data` ends with the last element, and `row_stride >= cols`: no two elements are the same.
#[derive(Debug)]
pub struct MatMut<'a, S> {
    pub(crate) data: &'a mut [S],
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_stride: usize,
}

impl<'a, S> MatMut<'a, S> {
    /// (rows, cols) of `data` from its first element on, rows `row_stride` elements apart; a matrix
    /// without a second row has any stride.
    ///
    /// # Panics
    /// If rows overlap, or the last element lies beyond `data`.
    pub fn new(data: &'a mut [S], shape: (usize, usize), row_stride: usize) -> Self {
        let (rows, cols) = shape;
        let row_stride = if rows > 1 { row_stride } else { cols };
        assert!(row_stride >= cols, "rows {row_stride} apart overlap at {cols} columns");
        let data = span(shape, (row_stride, 1)).and_then(move |span| data.get_mut(..span));
        let data = data.unwrap_or_else(|| panic!("{shape:?}, rows {row_stride} apart, do not fit"));
        MatMut { data, rows, cols, row_stride }
    }

    /// The row-major matrix (rows, cols) that fills `data`.
    ///
    /// # Panics
    /// If `data` is longer or shorter than that.
    pub fn row_major(data: &'a mut [S], rows: usize, cols: usize) -> Self {
        check_row_major(data.len(), rows, cols);
        MatMut::new(data, (rows, cols), cols)
    }

    /// (rows, cols)
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// Part (rows, cols), neither of them 0, from element (i, j) on.
    #[inline(always)]
    pub(crate) fn part(
        &mut self,
        (i, j): (usize, usize),
        (rows, cols): (usize, usize),
    ) -> MatMut<'_, S> {
        let row_stride = self.row_stride;
        let data = &mut self.data[i * row_stride + j..][..(rows - 1) * row_stride + cols];
        MatMut { data, rows, cols, row_stride }
    }
}

/// Elements from the first to the last of a matrix; `None` if there are more than can be counted.
fn span((rows, cols): (usize, usize), (row_stride, col_stride): (usize, usize)) -> Option<usize> {
    if rows == 0 || cols == 0 {
        return Some(0);
    }
    let (down, along) = ((rows - 1).checked_mul(row_stride)?, (cols - 1).checked_mul(col_stride)?);
    down.checked_add(along)?.checked_add(1)
}

fn check_row_major(len: usize, rows: usize, cols: usize) {
    let fills = rows.checked_mul(cols) == Some(len);
    assert!(fills, "a row-major ({rows}, {cols}) is not {len} elements");
}
