//! Exact lengths of time, in whole notes.

use num_rational::Ratio;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, Zero};

/// A length of time in whole notes: a quaver is 1/8. Never a float, so a bar is exactly full or not.
pub type Duration = Ratio<i64>;

/// `a + b`, or `None` where numerator or denominator leave the range of `i64`.
pub(crate) fn checked_add(a: Duration, b: Duration) -> Option<Duration> {
    a.checked_add(&b)
}

/// `a - b`, or `None` on overflow.
pub(crate) fn checked_sub(a: Duration, b: Duration) -> Option<Duration> {
    a.checked_sub(&b)
}

/// `a * b`, or `None` on overflow.
pub(crate) fn checked_mul(a: Duration, b: Duration) -> Option<Duration> {
    a.checked_mul(&b)
}

/// `a / b`, or `None` on overflow or where `b` is zero.
pub(crate) fn checked_div(a: Duration, b: Duration) -> Option<Duration> {
    if b.is_zero() { None } else { a.checked_div(&b) }
}
