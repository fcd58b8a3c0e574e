//! Sums.

use crate::isa::per_isa;
use crate::{Scalar, lanes};

per_isa! {
    /// Sum of x^2 in f64, in the fixed shape of sixteen partial sums: the square of a norm.
    pub fn sum_of_squares[S: Scalar](isa, x: &[S]) -> f64 => lanes::sum(x, |x| {
        let x = x.to_f64();
        x * x
    })
}

per_isa! {
    /// `acc += row`, elementwise.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add_row[S: Scalar](isa, acc: &mut [S], row: &[S]) => {
        assert_eq!(acc.len(), row.len(), "the row to add");
        for (acc, &x) in acc.iter_mut().zip(row) {
            *acc += x;
        }
    }
}
