//! From a tune to the files that it is heard by.

use super::chord::Chord;
use super::clock::{Clock, LONGEST_PERFORMANCE};
use super::harmony::choose_chords;
use super::midi::midi;
use super::musicxml::{MusicXml, Symbols, musicxml};
use super::players::Band;
use super::practice::{Practice, transpose};
use super::score::Score;
use super::sound_error::SoundError;
use super::soundfont::SoundFont;
use super::swing::Swing;
use super::synthesis::{length, synthesize};
use super::wav::{RATE, wav};
use crate::music::abc::{self, Performance, Problem, Tune};

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

/// Where tunes are recorded: with which instruments, how, and whether chords are chosen for those
/// that have none.
pub struct Studio {
    band: Band,
    accompany: bool,
    practice: Practice,
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
    /// It is not played as evenly as it is written.
    pub swings: bool,
    /// What is played of it once, at the speed that is asked for.
    pub score: Score,
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
        Self { band, accompany: false, practice: Practice::default(), font: None }
    }

    /// The same, where a tune without chord symbols gets chords that fit its melody, if asked for.
    pub fn accompany(self, accompany: bool) -> Self {
        Self { accompany, ..self }
    }

    /// The same, where tunes are played to be practised.
    pub fn practice(self, practice: Practice) -> Self {
        Self { practice, ..self }
    }

    /// The same with the instruments of a SoundFont for WAV files; without one these have the
    /// built-in voices.
    pub fn font(self, font: Option<SoundFont>) -> Self {
        Self { font, ..self }
    }

    /// Plays a tune once; problems of its text do not matter as long as there are notes.
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
        transpose(&mut performance, self.practice.transpose)?;
        let swing = Swing::of(self.practice.swing, tune, &performance);
        let score = Score::new(tune, &performance, self.band).swung(&swing);
        let score = score.at_speed(self.practice.speed)?;
        Ok(Recording { performance, chords_chosen, swings: !swing.is_straight(), score })
    }

    /// What one file holds: recorded tunes in a row, each as often as asked for, and the count-in.
    ///
    /// # Errors
    /// Where that is too long; see [`Score::in_a_row`].
    ///
    /// # Panics
    /// Where there is none.
    pub fn arrange(&self, scores: &[&Score]) -> Result<Score, Problem> {
        let Practice { times, count_in, .. } = self.practice;
        let again = scores.iter().flat_map(|score| std::iter::repeat_n(*score, times));
        let row = Score::in_a_row(&again.collect::<Vec<_>>())?;
        if count_in { row.counted_in() } else { Ok(row) }
    }

    /// A tune that was recorded, as it is written; see [`musicxml`](super::musicxml). It has chord
    /// symbols where the band plays chords.
    ///
    /// # Errors
    /// Where no score can hold it.
    pub fn musicxml(&self, tune: &Tune, recording: &Recording) -> Result<MusicXml, Problem> {
        let symbols = match self.band.below {
            None => Symbols::LeftOut,
            Some(_) if recording.chords_chosen => Symbols::Chosen,
            Some(_) => Symbols::Written,
        };
        musicxml(tune, &recording.performance, self.band.melody, symbols)
    }

    /// The bytes of a WAV file.
    ///
    /// # Errors
    /// Where it is longer than [`LONGEST`](super::LONGEST) seconds, or the SoundFont is damaged.
    pub fn wav(&self, score: &Score) -> Result<Vec<u8>, RecordError> {
        match &self.font {
            Some(font) => {
                let seconds = length(score)?;
                let sound = font.play(&midi(score)?, seconds).and_then(|samples| wav(2, samples));
                sound.map_err(RecordError::Font)
            }
            None => {
                let samples = synthesize(score, RATE)?;
                let problem =
                    |error: SoundError| Problem { at: score.at, message: error.to_string() };
                Ok(wav(1, samples).map_err(problem)?)
            }
        }
    }
}

/// A name for a tune's file without its ending, such as `007-the-rolling-wave`: unique by its
/// number, and fit for any file system.
pub fn file_name(number: usize, title: &str) -> String {
    format!("{number:03}-{}", plain_words(title)).trim_end_matches('-').to_owned()
}

/// A name for the file of tunes in a row, such as `set-the-rolling-wave-the-kesh`: of their titles,
/// or of `otherwise` where they have none.
pub fn set_name<'a>(titles: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    let titles: Vec<String> = titles.into_iter().take(8).map(plain_words).collect();
    let words = plain_words(&titles.join(" "));
    let words = if words.is_empty() { plain_words(otherwise) } else { words };
    format!("set-{words}").trim_end_matches('-').to_owned()
}

/// Letters and digits that a name of a file has at most.
const LONGEST_NAME: usize = 60;

/// The first words of a text, in plain letters and digits, joined by hyphens.
fn plain_words(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let text: String = text.chars().filter(|c| *c != '\'').map(plain).collect();
    let words = text.split_whitespace().collect::<Vec<_>>().join("-");
    match words.get(..LONGEST_NAME) {
        None => words,
        // no word is cut but one that is longer than all
        Some(start) => start.rsplit_once('-').map_or(start, |(whole, _)| whole).to_owned(),
    }
}
