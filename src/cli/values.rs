//! What the flags of several commands have in common: the numbers they take, and their defaults.

use crate::learn::config::MOST;
use hornpipe_kernels::{Activation, UnknownActivation};

/// Passes over the embedded corpus in more keys: its best validation loss comes after some 18.
pub(super) const EMBEDDED_EPOCHS: usize = 25;

/// A whole number from `LEAST` to a million.
pub(super) fn count<const LEAST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {LEAST} to 1,000,000")),
    }
}

/// A number that `fits`, or the sentence.
fn number(text: &str, fits: fn(f64) -> bool, or: &'static str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|x: &f64| x.is_finite() && fits(*x)).ok_or(or)
}

/// A number in [0, 1), as of a share.
pub(super) fn share(text: &str) -> Result<f64, &'static str> {
    number(text, |x| (0.0..1.0).contains(&x), "not a number in [0, 1)")
}

/// A finite number above 0.
pub(super) fn positive(text: &str) -> Result<f64, &'static str> {
    number(text, |x| x > 0.0, "not a number above 0")
}

/// A finite number from 0.
pub(super) fn temperature(text: &str) -> Result<f64, &'static str> {
    number(text, |x| x >= 0.0, "not a number from 0")
}

/// A number in (0, 1].
pub(super) fn probability(text: &str) -> Result<f64, &'static str> {
    number(text, |x| x > 0.0 && x <= 1.0, "not a number above 0 and up to 1")
}

/// The name of a recurrent activation.
pub(super) fn activation(text: &str) -> Result<Activation, UnknownActivation> {
    text.parse()
}
