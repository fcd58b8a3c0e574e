//! What the flags of several commands have in common: the numbers they take, and their defaults.

use super::out::noted;
use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::learn::config::MOST;
use crate::run::find::Which;
use crate::run::open::{Opened, open, open_in};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use hornpipe_kernels::Activation;
use std::path::Path;

/// Passes over the embedded corpus in more keys: its best validation loss comes after some 18.
pub(super) const EMBEDDED_EPOCHS: usize = 25;

/// A whole number from `LEAST` to a million.
pub(super) fn count<const LEAST: usize>(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {LEAST} to 1,000,000")),
    }
}

/// A number that `fits`, or the sentence.
fn number(
    text: &str,
    fits: fn(f64) -> bool,
    or: &'static str,
) -> std::result::Result<f64, &'static str> {
    text.parse().ok().filter(|x: &f64| x.is_finite() && fits(*x)).ok_or(or)
}

/// A number in [0, 1), as of a share.
pub(super) fn share(text: &str) -> std::result::Result<f64, &'static str> {
    number(text, |x| (0.0..1.0).contains(&x), "not a number in [0, 1)")
}

/// A finite number above 0.
pub(super) fn positive(text: &str) -> std::result::Result<f64, &'static str> {
    number(text, |x| x > 0.0, "not a number above 0")
}

/// A finite number from 0.
pub(super) fn temperature(text: &str) -> std::result::Result<f64, &'static str> {
    number(text, |x| x >= 0.0, "not a number from 0")
}

/// A number in (0, 1].
pub(super) fn probability(text: &str) -> std::result::Result<f64, &'static str> {
    number(text, |x| x > 0.0 && x <= 1.0, "not a number above 0 and up to 1")
}

/// The name of a recurrent activation.
pub(super) fn activation() -> impl TypedValueParser<Value = Activation> {
    PossibleValuesParser::new(["sigmoid", "hard_sigmoid"])
        .map(|name| name.parse().expect("one of these names"))
}

/// Which checkpoint of a run is meant: its best, unless these say otherwise.
#[derive(clap::Args, Debug, Clone, Copy)]
pub(super) struct Choice {
    /// Of a run, take the last checkpoint instead of the best
    #[arg(long, conflicts_with = "epoch")]
    last: bool,
    /// Of a run, take the checkpoint after N epochs
    #[arg(long, value_name = "N")]
    epoch: Option<usize>,
}

impl Choice {
    /// Opens MODEL, the newest run if none is named.
    pub(super) fn open(self, model: Option<&Path>) -> Result<Opened> {
        open(model, self.of(model)?, noted)
    }

    /// The same in another precision.
    pub(super) fn open_in<R: Real>(self, model: Option<&Path>) -> Result<Opened<R>> {
        open_in(model, self.of(model)?, noted)
    }

    fn of(self, model: Option<&Path>) -> Result<Which> {
        let (which, flag) = match (self.last, self.epoch) {
            (true, _) => (Which::Last, "--last"),
            (_, Some(epoch)) => (Which::Epoch(epoch), "--epoch"),
            _ => return Ok(Which::Best),
        };
        if let Some(path) = model.filter(|path| path.is_file()) {
            let path = path.display();
            return Err(Error::Usage(format!(
                "{path} is no run, so {flag} says nothing; leave it out"
            )));
        }
        Ok(which)
    }
}
