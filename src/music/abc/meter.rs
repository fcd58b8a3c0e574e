//! Metres: `M:6/8`, `M:C|`.

use super::Duration;
use super::value::{FieldError, shortened, small_number};

/// A metre: how many notes of which kind fill a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Meter {
    /// The upper number.
    pub beats: u32,
    /// The lower number, a power of two.
    pub unit: u32,
    /// Written `C` or `C|` rather than 4/4 or 2/2.
    pub symbol: bool,
}

impl Meter {
    /// The metre of a field's text; `Ok(None)` for free metre (`none` or nothing).
    ///
    /// # Errors
    /// [`FieldError::Meter`] for anything else, and for metres beyond 64 beats or 64ths.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match text.as_str() {
            "" | "none" => return Ok(None),
            "C" | "c" => return Ok(Some(Self { beats: 4, unit: 4, symbol: true })),
            "C|" | "c|" => return Ok(Some(Self { beats: 2, unit: 2, symbol: true })),
            _ => {}
        }
        let unknown = || FieldError::Meter(shortened(&text));
        let (upper, lower) = text.split_once('/').ok_or_else(unknown)?;
        let sum = upper.trim_start_matches('(').trim_end_matches(')');
        let mut beats: u32 = 0;
        for term in sum.split('+') {
            let term = small_number(term).ok_or_else(unknown)?;
            beats = beats.saturating_add(term);
        }
        let unit = small_number(lower).ok_or_else(unknown)?;
        if beats == 0 || beats > 64 || unit > 64 || !unit.is_power_of_two() {
            return Err(unknown());
        }
        Ok(Some(Self { beats, unit, symbol: false }))
    }

    /// Length of a full bar, in whole notes.
    ///
    /// # Panics
    /// Where `unit` is 0, which [`Meter::parse`] refuses.
    pub fn bar(self) -> Duration {
        Duration::new(i64::from(self.beats), i64::from(self.unit))
    }

    /// Whether beats fall into three parts: 6/8, 9/8, 12/8.
    pub fn is_compound(self) -> bool {
        self.beats > 3 && self.beats.is_multiple_of(3) && self.unit >= 8
    }

    /// The unit note length where no `L:` gives one: 1/16 for bars under 3/4, else 1/8.
    pub(super) fn default_unit(self) -> Duration {
        let short = self.bar() < Duration::new(3, 4);
        if short { Duration::new(1, 16) } else { Duration::new(1, 8) }
    }

    /// Length of the groups of notes that stand together without a blank: a beat, and half a bar
    /// in 4/4.
    pub(crate) fn group(self) -> Duration {
        let unit = i64::from(self.unit);
        if self.is_compound() {
            Duration::new(3, unit)
        } else if self.bar() == Duration::from_integer(1) {
            Duration::new(1, 2)
        } else {
            Duration::new(1, unit.min(4))
        }
    }
}

impl std::fmt::Display for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.symbol {
            f.write_str(if self.unit == 2 { "C|" } else { "C" })
        } else {
            write!(f, "{}/{}", self.beats, self.unit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn metres_are_read_and_nonsense_is_refused() {
        for (text, beats, unit) in
            [("6/8", 6, 8), (" 2/4 ", 2, 4), ("C", 4, 4), ("C|", 2, 2), ("(2+3+2)/8", 7, 8)]
        {
            let meter = Meter::parse(text).unwrap().unwrap();
            assert_eq!((meter.beats, meter.unit), (beats, unit), "{text}");
        }
        assert_eq!(Meter::parse("none"), Ok(None));
        for text in ["6", "6/", "/8", "6/0", "0/8", "6/7", "99999/8", "4294967295+9/8", "x/8"] {
            assert!(Meter::parse(text).is_err(), "{text}");
        }
    }
}
