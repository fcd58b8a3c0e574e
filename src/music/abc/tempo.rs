//! Tempos: `Q:3/8=112`.

use super::Duration;
use super::value::{FieldError, shortened, small_number};

/// How fast: so many notes of one length a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// The length that is counted, in whole notes.
    pub beat: Duration,
    /// How many of them a minute.
    pub per_minute: u32,
}

impl Tempo {
    /// The tempo of a field's text: `1/4=120`, `"Allegro" 1/4=120`, `1/4 3/8 1/4=40` (the sum), and
    /// the old `120`, `C=120` and `C3=120`, which count units. `Ok(None)` where there are only
    /// words.
    ///
    /// # Errors
    /// [`FieldError::Tempo`] for anything else.
    pub fn parse(text: &str, unit: Duration) -> Result<Option<Self>, FieldError> {
        let unknown = || FieldError::Tempo(shortened(text));
        let plain: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let (beats, speed) = match plain.split_once('=') {
            Some((beats, speed)) => (beats.trim(), speed.trim()),
            None => ("", plain.trim()),
        };
        if beats.is_empty() && speed.is_empty() {
            return Ok(None);
        }
        let per_minute = small_number(speed).filter(|n| *n > 0).ok_or_else(unknown)?;
        let mut beat = Duration::ZERO;
        if let Some(units) = beats.strip_prefix('C') {
            let count = if units.is_empty() { Some(1) } else { small_number(units) };
            beat = unit * Duration::from_integer(i64::from(count.ok_or_else(unknown)?));
        } else {
            for length in beats.split_whitespace().take(8) {
                let (upper, lower) = length.split_once('/').ok_or_else(unknown)?;
                let lower = small_number(lower).filter(|n| *n <= 64 && n.is_power_of_two());
                let upper = small_number(upper).ok_or_else(unknown)?;
                beat += Duration::new(i64::from(upper), i64::from(lower.ok_or_else(unknown)?));
            }
        }
        let beat = if beats.is_empty() { unit } else { beat };
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

#[cfg(test)]
mod tests {
    use super::{Duration, Tempo};

    #[test]
    fn tempos_old_and_new_are_read() {
        for (text, microseconds) in [
            ("1/4=120", 500_000),
            ("3/8=100", 400_000),
            (" \"Allegro\" 1/2 = 60 \"not too much\"", 500_000),
            ("1/8 1/8=120", 500_000),
            ("120", 1_000_000),
            ("C=120", 1_000_000),
            ("C2=120", 500_000),
        ] {
            let tempo = Tempo::parse(text, Duration::new(1, 8)).unwrap().unwrap();
            assert_eq!(tempo.microseconds_per_quarter(), microseconds, "{text}");
        }
        assert_eq!(Tempo::parse("\"Lively\"", Duration::new(1, 8)), Ok(None));
        for text in
            ["fast", "1/4=", "=0", "1/0=120", "1/5=120", "0/4=120", "x/4=3", "1/4=99999", "C0=9"]
        {
            assert!(Tempo::parse(text, Duration::new(1, 8)).is_err(), "{text}");
        }
    }
}
