//! From a tune to the files that it is heard by.

use super::chord::Chord;
use super::clock::Clock;
use super::harmony::choose_chords;
use super::midi::midi;
use super::players::Band;
use super::sound_error::SoundError;
use super::soundfont::SoundFont;
use super::voice::{length, synthesize};
use super::wav::{RATE, wav};
use crate::music::abc::{self, Performance, Position, Problem, Tune};

/// The most seconds that a tune lasts as it is played; see also [`abc::MOST_NOTES`].
pub const LONGEST_PERFORMANCE: f64 = 3600.0;

/// What sounds, or the reason why nothing does.
///
/// # Errors
/// A tune without a note, too long, with times beyond reckoning, with more than [`abc::MOST_NOTES`] notes or
/// more than [`LONGEST_PERFORMANCE`] seconds: what is wrong and where.
pub fn play(tune: &Tune) -> Result<Performance, Problem> {
    if tune.notes() == 0 {
        let first = tune.problems.first().cloned();
        let at = abc::Position { line: 1, column: 1 };
        return Err(first.unwrap_or(Problem { at, message: "no note to play".to_owned() }));
    }
    let performance = abc::perform(tune)?;
    if Clock::new(tune, &performance).seconds(performance.length) > LONGEST_PERFORMANCE {
        let at = tune.bars.first().map_or(abc::Position { line: 1, column: 1 }, |bar| bar.at);
        let hours = "more than an hour as it is played";
        let message = format!("{hours}; take fewer repeats or a shorter tune");
        return Err(Problem { at, message });
    }
    Ok(performance)
}

/// Where tunes are recorded: with which instruments, and whether chords are chosen for those that
/// have none.
pub struct Studio {
    band: Band,
    accompany: bool,
    font: Option<SoundFont>,
}

/// What a tune sounds like.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recording {
    /// The performance, with the chord symbols that were played.
    pub performance: Performance,
    /// Chords were chosen for it, as the tune had none.
    pub chords_chosen: bool,
    /// The bytes of a MIDI file.
    pub midi: Vec<u8>,
}

/// Why a tune is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Because of what it says; others may do better.
    #[error(transparent)]
    Tune(#[from] Problem),
    /// Because of the SoundFont.
    #[error(transparent)]
    Font(SoundError),
}

impl Studio {
    /// A studio with a band, which plays the chord symbols that tunes have.
    pub fn new(band: Band) -> Self {
        Self { band, accompany: false, font: None }
    }

    /// The same, where a tune without chord symbols gets chords that fit its melody, if asked for.
    pub fn accompany(self, accompany: bool) -> Self {
        Self { accompany, ..self }
    }

    /// The same with the instruments of a SoundFont for WAV files; without one these have the
    /// built-in voices.
    pub fn font(self, font: Option<SoundFont>) -> Self {
        Self { font, ..self }
    }

    /// Plays a tune; problems of its text do not matter as long as there are notes.
    ///
    /// # Errors
    /// Where there is no note, or more than a MIDI file can say.
    pub fn record(&self, tune: &Tune) -> Result<Recording, Problem> {
        let mut performance = play(tune)?;
        let symbols = performance.chords.iter().any(|(_, text)| Chord::parse(text).is_some());
        let choose = self.accompany && !symbols;
        if choose {
            performance.chords = choose_chords(&performance);
        }
        let chords_chosen = choose && !performance.chords.is_empty();
        let midi = midi(tune, &performance, self.band)?;
        Ok(Recording { performance, chords_chosen, midi })
    }

    /// The bytes of a WAV file of a tune that [`Studio::record`] recorded.
    ///
    /// # Errors
    /// Where it is longer than [`LONGEST`](super::LONGEST) seconds, or the SoundFont is damaged.
    pub fn wav(&self, tune: &Tune, recording: &Recording) -> Result<Vec<u8>, RecordError> {
        let Recording { performance, midi, .. } = recording;
        match &self.font {
            Some(font) => {
                let seconds = length(tune, performance)?;
                let sound = font.play(midi, seconds).and_then(|samples| wav(2, samples));
                sound.map_err(RecordError::Font)
            }
            None => {
                let samples = synthesize(tune, performance, self.band, RATE)?;
                let at = Position { line: 1, column: 1 };
                let problem = |error: SoundError| Problem { at, message: error.to_string() };
                Ok(wav(1, samples).map_err(problem)?)
            }
        }
    }
}

/// A name for a tune's file without its ending, such as `007-the-rolling-wave`: unique by its
/// number, and fit for any file system.
pub fn file_name(number: usize, title: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let title: String = title.chars().filter(|c| *c != '\'').map(plain).take(60).collect();
    let words: Vec<&str> = title.split_whitespace().collect();
    format!("{number:03}-{}", words.join("-")).trim_end_matches('-').to_owned()
}
