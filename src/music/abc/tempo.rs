//! Tempos: `Q:3/8=112`.

use super::value::{FieldError, shortened, small_number};
use super::{Duration, Meter};

/// How fast: so many notes of one length a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// The length that is counted, in whole notes.
    pub beat: Duration,
    /// How many of them a minute.
    pub per_minute: u32,
}

impl Tempo {
    /// The tempo of a field's text: `1/4=120`, `"Allegro" 1/4=120`, `1/4. = 60` (dotted),
    /// `1/4 3/8 1/4=40` (the sum), `1/4=ca. 120`, and the old `C=120` and `C3=120`, which count
    /// units. `Ok(None)` where there are only words in quotation marks.
    ///
    /// A bare `120` counts beats of the metre, or units where these are longer: so do other programs
    /// and who writes it, though the standard (2.1, 10.1) counts units, in 2/4 often semiquavers.
    ///
    /// # Errors
    /// [`FieldError::Tempo`] for anything else.
    pub fn parse(
        text: &str,
        unit: Duration,
        meter: Option<Meter>,
    ) -> Result<Option<Self>, FieldError> {
        let unknown = || FieldError::Tempo(shortened(text));
        let plain: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let (beats, speed) = match plain.split_once('=') {
            Some((beats, speed)) => (beats.trim(), speed.trim()),
            None => ("", plain.trim()),
        };
        if beats.is_empty() && speed.is_empty() {
            return Ok(None);
        }
        let per_minute = speed_of(speed, beats.is_empty()).ok_or_else(unknown)?;
        let mut beat = Duration::ZERO;
        if beats.is_empty() {
            beat = unit.max(Duration::new(1, meter.map_or(4, |meter| i64::from(meter.unit))));
        } else if let Some(units) = beats.strip_prefix('C') {
            let count = if units.is_empty() { Some(1) } else { small_number(units) };
            beat = unit * Duration::from_integer(i64::from(count.ok_or_else(unknown)?));
        } else {
            for length in beats.split_whitespace().take(8) {
                beat += note_length(length).ok_or_else(unknown)?;
            }
        }
        if beat <= Duration::ZERO { Err(unknown()) } else { Ok(Some(Self { beat, per_minute })) }
    }

    /// Microseconds of a quarter note, within what a MIDI file can say (24 bits).
    pub fn microseconds_per_quarter(self) -> u32 {
        let quarters = i128::from(*self.beat.numer()) * 4;
        let minute = 60_000_000 * i128::from(*self.beat.denom());
        let each = minute / (quarters * i128::from(self.per_minute)).max(1);
        each.clamp(1, (1 << 24) - 1) as u32
    }
}

/// `120`, and behind an equals sign also `ca. 120`, `120-126` or `120 bpm`: the first number.
fn speed_of(text: &str, alone: bool) -> Option<u32> {
    let before = |c: char| c.is_alphabetic() || "~. ".contains(c);
    let text = if alone { text } else { text.trim_start_matches(before) };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(digits);
    if rest.starts_with('/') {
        return None; // of a note, not of a speed
    }
    small_number(digits).filter(|number| *number > 0)
}

/// `1/4`, or dotted `1/4.`
fn note_length(text: &str) -> Option<Duration> {
    let (plain, dot) = match text.strip_suffix('.') {
        Some(plain) => (plain, Duration::new(3, 2)),
        None => (text, Duration::from_integer(1)),
    };
    let (upper, lower) = plain.split_once('/')?;
    let lower = small_number(lower).filter(|n| *n <= 64 && n.is_power_of_two())?;
    Some(dot * Duration::new(i64::from(small_number(upper)?), i64::from(lower)))
}

#[cfg(test)]
mod tests {
    use super::{Duration, Meter, Tempo};

    #[test]
    fn tempos_old_and_new_are_read() {
        for (text, microseconds) in [
            ("1/4=120", 500_000),
            ("3/8=100", 400_000),
            (" \"Allegro\" 1/2 = 60 \"not too much\"", 500_000),
            ("1/8 1/8=120", 500_000),
            ("1/4=ca. 120", 500_000),
            ("1/4. = 60", 666_666),
            ("1/4=120-126", 500_000),
            ("C=120", 1_000_000),
            ("C2=120", 500_000),
        ] {
            let tempo = Tempo::parse(text, Duration::new(1, 8), None).unwrap().unwrap();
            assert_eq!(tempo.microseconds_per_quarter(), microseconds, "{text}");
        }
        for (meter, unit, beat) in [
            ("2/4", 16, 4), // as abc2midi and abcjs have it
            ("4/4", 8, 4),
            ("4/4", 2, 2),
            ("6/8", 8, 8),
            ("2/2", 8, 2),
            ("none", 8, 4),
        ] {
            let metre = Meter::parse(meter).unwrap();
            let tempo = Tempo::parse("120", Duration::new(1, unit), metre).unwrap().unwrap();
            assert_eq!((tempo.beat, tempo.per_minute), (Duration::new(1, beat), 120), "{meter}");
        }
        assert_eq!(Tempo::parse("\"Lively\"", Duration::new(1, 8), None), Ok(None));
        for text in [
            "fast",
            "fast 120",
            "1/4 120",
            "1/4=1/8",
            "1/4=",
            "1/4=ca.",
            "=0",
            "1/0=120",
            "1/5=120",
            "0/4=120",
            "x/4=3",
            "1/4=99999",
            "C0=9",
        ] {
            assert!(Tempo::parse(text, Duration::new(1, 8), None).is_err(), "{text}");
        }
    }
}
