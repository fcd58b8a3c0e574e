//! `hornpipe render`: tunes as files to listen to.

use super::out::{Out, grouped, note};
use crate::abc::{self, Problem};
use crate::corpus::{Source, load};
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::render::{Band, Instrument, midi};
use std::path::PathBuf;

/// Write tunes as MIDI files, one a tune, repeats and endings played
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe render new.abc -o sound
  hornpipe render new.abc -o sound --melody fiddle --chords harp
  hornpipe generate -n 10 -o new.abc && hornpipe render new.abc -o sound

The melody is one track; chord symbols (\"Am\") become two more, chords and bass in the rhythm of
the dance. The tempo is that of Q:, else one that suits the rhythm or the metre.
A tune that cannot be played is named with line and column; the others are written, and the exit
code is 1.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "TUNES")]
    tunes: Vec<PathBuf>,
    /// Folder to write to; it is made if need be
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Write MIDI files (at present the only kind, so this may be left out)
    #[arg(long)]
    midi: bool,
    /// Who plays the melody
    #[arg(long, value_enum, default_value = "whistle", value_name = "INSTRUMENT")]
    melody: Instrument,
    /// Who plays the chords
    #[arg(long, value_enum, default_value = "guitar", value_name = "INSTRUMENT")]
    chords: Instrument,
    /// Who plays the bass
    #[arg(long, value_enum, default_value = "bass", value_name = "INSTRUMENT")]
    bass: Instrument,
    /// The melody alone, whatever chord symbols say
    #[arg(long)]
    no_chords: bool,
}

/// How many tunes with a flaw are named.
const NAMED: usize = 5;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let sources = load(&self.tunes)?;
        let band = Band {
            melody: self.melody,
            chords: (!self.no_chords).then_some(self.chords),
            bass: self.bass,
        };
        std::fs::create_dir_all(&self.out).map_err(|e| Error::io("create", &self.out, e))?;
        let (mut number, mut written, mut flawed) = (0, 0, 0);
        for source in &sources {
            for span in abc::tune_spans(&source.text) {
                let text = &source.text[span.clone()];
                number += 1;
                let tune = abc::read(text);
                let bytes = match sound(&tune, band) {
                    Ok(bytes) => bytes,
                    Err(problem) => {
                        let place = placed(source, span.start, problem);
                        note(format!("{place}; this tune is left out"));
                        continue;
                    }
                };
                if let Some(problem) = tune.problems.first().cloned() {
                    flawed += 1;
                    if flawed <= NAMED {
                        let place = placed(source, span.start, problem);
                        note(format!("{place}; the rest of the tune is played"));
                    }
                }
                let name = file_name(number, tune.header('T').unwrap_or_default());
                write_atomically(&self.out.join(name).with_extension("mid"), &bytes)?;
                written += 1;
            }
        }
        if number == 0 {
            let path = sources.first().map(|source| source.path.clone()).unwrap_or_default();
            return Err(Error::content(path, "no tune here; a tune begins with 'X:'"));
        }
        if flawed > NAMED {
            note(format!("{} more tunes with something that is not understood", flawed - NAMED));
        }
        let folder = self.out.display();
        out.say(format!("{} of {} tunes written to {folder}", grouped(written), grouped(number)))?;
        if written < number {
            let missing = number - written;
            return Err(Error::Failed(format!("{missing} of {number} tunes cannot be played")));
        }
        Ok(())
    }
}

/// The bytes of a tune's MIDI file; problems of the text do not matter as long as there are notes.
fn sound(tune: &abc::Tune, band: Band) -> std::result::Result<Vec<u8>, Problem> {
    if tune.notes() == 0 {
        let first = tune.problems.first().cloned();
        let at = abc::Position { line: 1, column: 1 };
        return Err(first.unwrap_or(Problem { at, message: "no note to play".to_owned() }));
    }
    midi(tune, &abc::perform(tune)?, band)
}

/// A problem with its place in the file rather than in the tune.
fn placed(source: &Source, start: usize, mut problem: Problem) -> String {
    problem.at.line += source.text[..start].matches('\n').count();
    format!("{}, {problem}", source.path.display())
}

/// `007-the-rolling-wave`: unique by its number, and fit for any file system.
fn file_name(number: usize, title: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let title: String = title.chars().filter(|c| *c != '\'').map(plain).take(60).collect();
    let words: Vec<&str> = title.split_whitespace().collect();
    format!("{number:03}-{}", words.join("-")).trim_end_matches('-').to_owned()
}
