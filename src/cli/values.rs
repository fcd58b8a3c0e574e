//! What the flags of several commands have in common: the numbers they take, and their defaults.

use super::out::{Out, noted};
use crate::engine::real::{Precision, Real};
use crate::error::{Error, Result};
use crate::files::is_standard;
use crate::learn::config::MOST;
use crate::music::abc::{Key, Meter, Mode};
use crate::music::corpus::{Tonic, rhythm_name};
use crate::run::find::Which;
use crate::run::notice::Notice;
use crate::run::open::{Opened, is_default, open_in, open_told};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use hornpipe_kernels::Activation;
use std::path::Path;
use std::str::FromStr;

/// Passes over the embedded corpus: its best validation loss comes after some 28.
pub(super) const EMBEDDED_EPOCHS: usize = 35;

/// A whole number from `LEAST` to a million.
pub(super) fn count<const LEAST: usize>(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {LEAST} to 1,000,000")),
    }
}

/// A seed.
pub(super) fn seed(text: &str) -> std::result::Result<u64, &'static str> {
    text.parse().map_err(|_| "not a whole number from 0 to 18446744073709551615")
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

/// A key as tunes spell it: `E minor` is `Em`.
pub(super) fn key(text: &str) -> std::result::Result<String, &'static str> {
    let unknown = "not a key; write it as G, Em, F#m, Ador or Dmix";
    let key = Key::parse(text).map_err(|_| unknown)?;
    let plain = text.trim();
    let says_key = key.tonic.is_some() || ["none", "HP", "Hp"].contains(&plain);
    if !says_key || plain.contains('\n') {
        return Err(unknown);
    }
    Ok(key.name().unwrap_or_else(|| plain.to_owned()))
}

/// A mode by any name that a key may have it by: `minor`, `m`, `aeolian`, `Dor`.
pub(super) fn mode(text: &str) -> std::result::Result<Mode, String> {
    let key = Key::parse(&format!("C {}", text.trim())).ok();
    let key = key.filter(|key| key.name().is_some() && !text.trim().is_empty());
    key.map(|key| key.mode).ok_or_else(|| {
        let names = Mode::ALL.map(Mode::name).join(", ");
        format!("not a mode; choose from: {names}")
    })
}

/// A metre as tunes spell it.
pub(super) fn meter(text: &str) -> std::result::Result<String, &'static str> {
    match Meter::parse(text) {
        Ok(Some(meter)) => Ok(meter.to_string()),
        Ok(None) if text.trim() == "none" => Ok("none".to_owned()),
        _ => Err("not a metre; write it as 6/8, 4/4 or C|"),
    }
}

/// A rhythm as tunes spell it, if it is one that we know; others stay as they are.
pub(super) fn rhythm(text: &str) -> std::result::Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("an empty rhythm; name one such as jig, or leave --rhythm out");
    }
    let known = rhythm_name(text, None).filter(|_| !text.contains('\n'));
    Ok(known.unwrap_or(text).to_owned())
}

/// What a model hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Hears {
    /// The characters alone
    Characters,
    /// Also where in bar, part and tune each stands, and what stood there before
    Places,
}

/// The tonic that tunes are learned on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnTonic {
    This(Tonic),
    AsWritten,
}

impl FromStr for OnTonic {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "as-written" => Ok(Self::AsWritten),
            text => text.parse().map(Self::This).map_err(|e| format!("{e}; or as-written")),
        }
    }
}

/// The name of a recurrent activation.
pub(super) fn activation() -> impl TypedValueParser<Value = Activation> {
    PossibleValuesParser::new(["sigmoid", "hard_sigmoid"])
        .map(|name| Activation::named(&name).expect("one of these names"))
}

/// The name of a precision that models are trained in.
pub(super) fn precision() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new([Precision::F32, Precision::Bf16].map(Precision::name))
        .map(|name| serde_json::from_value(name.into()).expect("one of these names"))
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
    pub(super) fn open(self, model: Option<&Path>, out: &Out) -> Result<Opened> {
        self.open_told(model, None, out)
    }

    /// The same of a file that may not say which recurrent activation its model has.
    pub(super) fn open_told(
        self,
        model: Option<&Path>,
        told: Option<Activation>,
        out: &Out,
    ) -> Result<Opened> {
        // who wants nothing but results has taken what there is
        let silent = |notice: &Notice| out.quiet && matches!(notice, Notice::NoRun { .. });
        open_told(model, self.of(model)?, told, |notice| {
            if !silent(&notice) {
                noted(notice)
            }
        })
    }

    /// The same in another precision.
    pub(super) fn open_in<R: Real>(
        self,
        model: Option<&Path>,
        told: Option<Activation>,
    ) -> Result<Opened<R>> {
        open_in(model, self.of(model)?, told, noted)
    }

    fn of(self, model: Option<&Path>) -> Result<Which> {
        let (which, flag) = match (self.last, self.epoch) {
            (true, _) => (Which::Last, "--last"),
            (_, Some(epoch)) => (Which::Epoch(epoch), "--epoch"),
            _ => return Ok(Which::Best),
        };
        let is_no_run = |path: &&Path| path.is_file() || is_standard(path) || is_default(path);
        if let Some(path) = model.filter(is_no_run) {
            let path = path.display();
            return Err(Error::Usage(format!(
                "{path} is no run, so {flag} says nothing; leave it out"
            )));
        }
        Ok(which)
    }
}

#[cfg(test)]
mod tests {
    use super::{key, meter, rhythm};

    #[test]
    fn header_lines_are_forced_as_tunes_spell_them() {
        for (text, expected) in [
            ("E minor", Some("Em")),
            (" Gmajor ", Some("G")),
            ("D mixolydian", Some("Dmix")),
            ("HP", Some("HP")),
            ("D ^g", Some("D ^g")),
            ("H", None),
            ("treble", None),
            ("", None),
            ("em", Some("Em")),
            ("G with love", None),
            ("G\n^f", None),
        ] {
            assert_eq!(key(text).ok().as_deref(), expected, "{text}");
        }
        for (text, expected) in
            [("6 / 8", Some("6/8")), ("C|", Some("C|")), ("6", None), ("", None)]
        {
            assert_eq!(meter(text).ok().as_deref(), expected, "{text}");
        }
        for (text, expected) in
            [("Slip Jigs", "slip jig"), ("Hornpipe", "hornpipe"), ("Rag", "Rag")]
        {
            assert_eq!(rhythm(text).as_deref(), Ok(expected), "{text}");
        }
    }
}
