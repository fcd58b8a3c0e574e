//! `hornpipe render`: tunes as files to listen to.

use super::out::{Out, grouped, note};
use super::output::{Kind, Output, Outputs};
use crate::error::{Error, Result};
use crate::files;
use crate::music::abc::{self, Problem, Tune};
use crate::music::corpus::{Source, load};
use crate::music::render::{Band, Instrument, RecordError, SoundFont, Studio, file_name};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use std::ops::Range;
use std::path::PathBuf;

/// Write tunes as files to listen to, one a tune, repeats and endings played
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe render new.abc -o sound
  hornpipe render new.abc -o sound --melody fiddle --chords harp
  hornpipe render new.abc -o sound --wav --accompany
  hornpipe render new.abc -o sound --wav --soundfont piano.sf2 --melody piano
  hornpipe generate -n 10 -o new.abc && hornpipe render new.abc -o sound

The melody is one track; chord symbols (\"Am\") become two more, chords and bass in the rhythm of
the dance. The tempo is that of Q:, else one that suits the rhythm or the metre.
Without a SoundFont a WAV file has two voices: a pipe for whatever is blown or bowed, and a string.
A tune that cannot be played is named with line and column; the others are written, and the exit
code is 1.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "TUNES")]
    tunes: Vec<PathBuf>,
    /// Folder to write to; it is made if need be
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Write MIDI files [default, unless --wav is given]
    #[arg(long)]
    midi: bool,
    /// Write WAV files
    #[arg(long)]
    wav: bool,
    /// The instruments for WAV files: a SoundFont (.sf2)
    #[arg(long, value_name = "FILE", requires = "wav")]
    soundfont: Option<PathBuf>,
    /// Who plays the melody
    #[arg(long, value_enum, default_value = "whistle", value_name = "INSTRUMENT")]
    melody: Instrument,
    /// Who plays the chords
    #[arg(long, value_enum, default_value = "guitar", value_name = "INSTRUMENT")]
    chords: Instrument,
    /// Who plays the bass
    #[arg(long, value_enum, default_value = "bass", value_name = "INSTRUMENT")]
    bass: Instrument,
    /// Choose simple chords from the melody for tunes that have no chord symbols
    #[arg(long, conflicts_with = "no_chords")]
    accompany: bool,
    /// The melody alone, whatever chord symbols say
    #[arg(long)]
    no_chords: bool,
}

/// How many tunes with a flaw are named.
const NAMED: usize = 5;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let sources = load(&self.tunes)?;
        let studio = self.studio()?;
        let pieces = self.pieces(&sources)?;
        let (mut written, mut flawed, mut accompanied) = (0, 0, 0);
        for Piece { source, span, files } in &pieces {
            let tune = abc::read(&source.text[span.clone()]);
            let (recorded, chosen) = match self.record(&studio, &tune) {
                Ok(recorded) => recorded,
                Err(RecordError::Font(problem)) => {
                    let font = self.soundfont.unwrap_or_default();
                    return Err(Error::content(font, problem.to_string()));
                }
                Err(RecordError::Tune(problem)) => {
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
            files.iter().zip(recorded).try_for_each(|(file, bytes)| file.write_unsynced(&bytes))?;
            written += 1;
            accompanied += usize::from(chosen);
        }
        files::sync_folder(&self.out)?;
        if flawed > NAMED {
            note(format!("{} more tunes with something that is not understood", flawed - NAMED));
        }
        let (folder, number) = (self.out.display(), pieces.len());
        out.say(format!("{} of {} tunes written to {folder}", grouped(written), grouped(number)))?;
        if self.accompany {
            let tunes = grouped(accompanied);
            let line = "tunes without chord symbols have chords chosen from the melody";
            out.say(format!("{tunes} {line}"))?;
        }
        if written < number {
            let missing = number - written;
            return Err(Error::Failed(format!("{missing} of {number} tunes cannot be played")));
        }
        Ok(())
    }

    /// The tunes with their files, all of which may be written; makes the folder.
    fn pieces<'a>(&self, sources: &'a [Source]) -> Result<Vec<Piece<'a>>> {
        let inputs = sources.iter().map(|source| &source.path).chain(&self.soundfont);
        let mut outputs = Outputs::new(inputs, self.force);
        outputs.folder(&self.out)?;
        if sources.iter().all(|source| abc::tune_spans(&source.text).is_empty()) {
            let path = sources.first().map(|source| source.path.clone()).unwrap_or_default();
            return Err(Error::content(path, "no tune here; a tune begins with 'X:'"));
        }
        std::fs::create_dir_all(&self.out).map_err(|e| Error::io("create", &self.out, e))?;
        let mut pieces = Vec::new();
        for source in sources {
            for span in abc::tune_spans(&source.text) {
                let tune = abc::read(&source.text[span.clone()]);
                let title = tune.header('T').unwrap_or_default();
                let path = self.out.join(file_name(pieces.len() + 1, title));
                let kinds = self.kinds().into_iter();
                let files = kinds.map(|(end, kind)| outputs.file(&path.with_extension(end), kind));
                pieces.push(Piece { source, span, files: files.collect::<Result<_>>()? });
            }
        }
        Ok(pieces)
    }

    /// The endings of a tune's files and what they hold.
    fn kinds(&self) -> Vec<(&'static str, Kind)> {
        let wav = self.wav.then_some(("wav", Kind::Wav));
        let midi = (self.midi || !self.wav).then_some(("mid", Kind::Midi));
        wav.into_iter().chain(midi).collect()
    }

    fn studio(&self) -> Result<Studio> {
        let read = |path: &PathBuf| {
            let font = SoundFont::read(&files::read(path)?);
            font.map_err(|problem| Error::content(path, problem.to_string()))
        };
        let alone = Band::new(self.melody);
        let band = if self.no_chords { alone } else { alone.with_chords(self.chords, self.bass) };
        let font = self.soundfont.as_ref().map(read).transpose()?;
        Ok(Studio::new(band).accompany(self.accompany).font(font))
    }

    /// What the files of a tune hold, in the order of their kinds, and whether its chords were
    /// chosen.
    fn record(
        &self,
        studio: &Studio,
        tune: &Tune,
    ) -> std::result::Result<(Vec<Vec<u8>>, bool), RecordError> {
        let recording = studio.record(tune)?;
        let mut files = Vec::new();
        for (_, kind) in self.kinds() {
            files.push(match kind {
                Kind::Wav => studio.wav(tune, &recording)?,
                _ => recording.midi.clone(),
            });
        }
        Ok((files, recording.chords_chosen))
    }
}

/// A tune and the files that it becomes.
struct Piece<'a> {
    source: &'a Source,
    span: Range<usize>,
    files: Vec<Output>,
}

/// A problem with its place in the file rather than in the tune.
fn placed(source: &Source, start: usize, problem: Problem) -> String {
    format!("{}, {}", source.path.display(), problem.within(&source.text, start))
}

impl ValueEnum for Instrument {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
