//! `hornpipe render`: tunes as files to listen to or to engrave.

use super::formats::Formats;
use super::inputs::{Strictness, refuse_no_tune, say_skipped};
use super::notices::Notices;
use super::out::{Out, counted, grouped};
use super::output::{Kind, Output, Outputs, called, is_stdout, on_stdout};
use super::practice::Practised;
use crate::error::{Error, Result};
use crate::files;
use crate::music::abc::{self, Tune};
use crate::music::corpus::{Loaded, Source};
use crate::music::render::{
    Band, Instrument, RecordError, Recording, Score, SoundError, SoundFont, Studio, file_name,
    midi, set_name,
};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;

/// Write tunes as files, one a tune: MIDI or WAV to listen to, MusicXML to engrave
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe render new.abc -o sound
  hornpipe render new.abc -o sound --melody fiddle --chords harp
  hornpipe render new.abc -o sound --wav --accompany
  hornpipe render new.abc -o sound --wav --soundfont piano.sf2 --melody piano
  hornpipe render new.abc -o sound --wav --speed 70% --times 3 --count-in
  hornpipe render a.abc b.abc -o sound --set --times 2 --transpose +2
  hornpipe render new.abc -o scores --format musicxml
  hornpipe generate -n 3 --rhythm jig | hornpipe render - -o - --wav --set | aplay

The melody is one track; chord symbols (\"Am\") become two more, chords and bass in the rhythm of
the dance. The tempo is that of Q:, else one that suits the rhythm or the metre.
Without a SoundFont WAV files have simple voices of our own; pipes have drones on the tonic. WAV
files are equally loud, -18 LUFS, with chords or without.
Hornpipes and strathspeys in even quavers are played long and short; triplets, longer and dotted
notes stay as written. Tunes of a --set follow on the beat, each in its tempo and key: an upbeat falls
into what the last bar lacks, or the last note gives way. A set may last an hour, as WAV a quarter.
Repeats, endings, the order of parts (P:), D.C., D.S., fine and coda are followed; where they do not
pair up a note says so. Fields at the head of a file (M:, L:, Z:, ...) hold for all its tunes.
MusicXML (NAME.musicxml) is the tune as it is written: repeats and endings as signs, nothing swings, one
part for --melody. Chord symbols are in it, with --accompany those that are chosen, with --no-chords
none; flags to practise with are for MIDI and WAV, and --set is refused.
A tune that cannot be played is named with line and column; the others are written, and the exit
code is 1. So is one of more than 1 MB of text, 100,000 signs, 100,000 notes as it is played, or an
hour. Of each file at most five tunes are named, then how many more there are.
Files that are not UTF-8 are read, and named with what they were taken for. One in a folder that
cannot be read is skipped and named; with --strict the exit code is 1.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "TUNES")]
    tunes: Vec<PathBuf>,
    #[command(flatten)]
    strictness: Strictness,
    /// Folder to write to; it is made if need be. - is standard output, for one file: one --format of
    /// one tune or of a --set
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    formats: Formats,
    /// The instruments for WAV files: a SoundFont (.sf2)
    #[arg(long, value_name = "FILE")]
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
    /// Print JSON lines: one for each tune, the last one for all
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    practised: Practised,
}

/// Why MIDI and WAV together are too much.
const ONE_FILE: &str = "standard output (-) takes one file; ask for one --format";

/// What becomes of a tune that cannot be played.
const LEFT_OUT: &str = "left out";

/// How many tunes were recorded, and of how many it is to be said.
#[derive(Default)]
struct Counts {
    recorded: usize,
    accompanied: usize,
    swinging: usize,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        self.formats.refuse_nonsense(self.practised, self.soundfont.is_some())?;
        let Loaded { sources, skipped, .. } = self.strictness.load(&self.tunes)?;
        let to_stdout = on_stdout([&self.out], self.json)?;
        let out = &out.aside_of(to_stdout || self.json);
        let studio = self.studio()?;
        let number = if to_stdout { self.one_file(&sources)? } else { self.allowed(&sources)? };
        let (mut at, mut counts, mut set) = (0, Counts::default(), Vec::new());
        for source in &sources {
            let mut notices = Notices::new(&source.path);
            for piece in abc::written(&source.text) {
                at += 1;
                let tune = piece.read();
                let recorded = studio.record(&tune).map_err(RecordError::Tune);
                let done = recorded.and_then(|mut recording| match self.practised.set {
                    true => Ok((recording, Vec::new())),
                    false => self.files_of(&studio, &tune, &mut recording).map(|f| (recording, f)),
                });
                let (recording, files) = match done {
                    Ok(done) => done,
                    Err(RecordError::Font(problem)) => return Err(self.bad_font(&problem)),
                    Err(RecordError::Tune(problem)) => {
                        notices.unplayable(&piece, &problem, LEFT_OUT);
                        continue;
                    }
                };
                notices.played(&piece, &tune, &recording.performance);
                if self.json {
                    out.data_line(self.line(at, &tune, &recording).to_string())?;
                }
                write(self.files(&name(at, &tune)), files)?;
                counts.recorded += 1;
                counts.accompanied += usize::from(recording.chords_chosen);
                counts.swinging += usize::from(self.swings(&recording));
                if self.practised.set {
                    set.push(recording.score);
                }
            }
            notices.finish(LEFT_OUT);
        }
        let mut to = called(&self.out);
        if !set.is_empty() {
            to = self.press_set(&studio, &set, &sources)?;
        }
        if !to_stdout {
            files::sync_folder(&self.out)?;
        }
        self.report(out, &counts, number, &to)?;
        say_skipped(&skipped);
        let missing = number - counts.recorded;
        match missing {
            0 => Ok(()),
            _ => {
                let all = counted(number, "tune");
                Err(Error::Failed(format!("{missing} of {all} cannot be played")))
            }
        }
    }

    /// The one file of all tunes of a text that is at hand.
    pub(super) fn file(&self, source: &Source) -> Result<Vec<u8>> {
        refuse_no_tune(std::slice::from_ref(source))?;
        self.formats.refuse_nonsense(self.practised, self.soundfont.is_some())?;
        let (studio, mut notices) = (self.studio()?, Notices::new(&source.path));
        let (mut set, mut files) = (Vec::new(), Vec::new());
        for piece in abc::written(&source.text) {
            let tune = piece.read();
            let refused = |problem| {
                Error::content(&source.path, format!("{}; leave it out", piece.placed(problem)))
            };
            let mut recording = studio.record(&tune).map_err(refused)?;
            if !self.practised.set {
                files = self.files_of(&studio, &tune, &mut recording).map_err(|e| match e {
                    RecordError::Font(problem) => self.bad_font(&problem),
                    RecordError::Tune(problem) => refused(problem),
                })?;
            }
            notices.played(&piece, &tune, &recording.performance);
            set.push(recording.score);
        }
        notices.finish(LEFT_OUT);
        let (number, set) = (set.len(), set.iter().collect::<Vec<_>>());
        if self.practised.set {
            files = self.pressed(&studio, &set, &[]).map_err(|problem| self.bad_set(problem))?;
        } else if number > 1 {
            return Err(Error::Usage(format!(
                "{number} tunes are not one file; --set makes one of all tunes"
            )));
        }
        if let [_] = files[..] { Ok(files.remove(0)) } else { Err(Error::Usage(ONE_FILE.into())) }
    }

    /// Writes all tunes in a row; the names of the files.
    fn press_set(&self, studio: &Studio, set: &[Score], sources: &[Source]) -> Result<String> {
        let files = self.pressed(studio, &set.iter().collect::<Vec<_>>(), &[]);
        let files = files.map_err(|problem| self.bad_set(problem))?;
        let paths = self.files(&self.name_of_set(sources));
        let names: Vec<String> = paths.iter().map(|(path, _)| called(path)).collect();
        write(paths, files).map(|()| names.join(" and "))
    }

    /// A tune as a line for programs.
    fn line(&self, at: usize, tune: &Tune, recording: &Recording) -> Value {
        let files = self.files(&name(at, tune)).into_iter().map(|(path, _)| path);
        let files: Vec<PathBuf> = files.filter(|_| !self.practised.set).collect();
        json!({
            "number": at,
            "title": recording.score.title,
            "files": files,
            "seconds": recording.score.seconds(),
            "chords_chosen": recording.chords_chosen,
            "swings": self.swings(recording),
        })
    }

    /// Whether anything is written that swings.
    fn swings(&self, recording: &Recording) -> bool {
        recording.swings && self.formats.sound()
    }

    fn report(&self, out: &Out, counts: &Counts, number: usize, to: &str) -> Result<()> {
        let Counts { recorded, accompanied, swinging } = counts;
        if self.json {
            let all = json!({ "tunes": number, "written": recorded, "chords_chosen": accompanied,
                              "swing": swinging, "to": to });
            return out.data_line(all.to_string());
        }
        let all = counted(number, "tune");
        out.say(format!("{} of {all} written to {to}", grouped(*recorded)))?;
        if self.accompany {
            let have = match accompanied {
                1 => "1 tune without chord symbols has".to_owned(),
                tunes => format!("{} tunes without chord symbols have", grouped(*tunes)),
            };
            out.say(format!("{have} chords chosen from the melody"))?;
        }
        match swinging {
            0 => Ok(()),
            1 => out.say("1 tune swings; --swing off plays it as written"),
            _ => {
                let tunes = grouped(*swinging);
                out.say(format!("{tunes} tunes swing; --swing off plays them as written"))
            }
        }
    }

    fn bad_font(&self, problem: &SoundError) -> Error {
        let font = self.soundfont.clone().unwrap_or_default();
        Error::content(font, problem.to_string())
    }

    fn bad_set(&self, problem: RecordError) -> Error {
        match problem {
            RecordError::Font(problem) => self.bad_font(&problem),
            RecordError::Tune(problem) => {
                let why = problem.message;
                Error::Failed(format!(
                    "the set is {why}; take fewer tunes or play them fewer times"
                ))
            }
        }
    }

    /// How many tunes there are, of which one file is made.
    fn one_file(&self, sources: &[Source]) -> Result<usize> {
        refuse_no_tune(sources)?;
        let number = sources.iter().flat_map(|source| abc::written(&source.text)).count();
        let kinds = self.formats.kinds();
        let [(_, kind)] = kinds[..] else {
            return Err(Error::Usage(ONE_FILE.to_owned()));
        };
        if number > 1 && !self.practised.set {
            let next = match kind {
                Kind::MusicXml => "name a folder",
                _ => "--set makes one of all tunes",
            };
            return Err(Error::Usage(format!(
                "standard output (-) takes one file, not {number}; {next}"
            )));
        }
        Outputs::new(None::<&PathBuf>, false).file(&self.out, kind).map(|_| number)
    }

    /// How many tunes there are, the files of all of which may be written; makes the folder.
    fn allowed(&self, sources: &[Source]) -> Result<usize> {
        let inputs = sources.iter().map(|source| &source.path).chain(&self.soundfont);
        let mut outputs = Outputs::new(inputs, self.force);
        outputs.folder(&self.out)?;
        refuse_no_tune(sources)?;
        let failed = |error| Error::io("create", &self.out, error);
        std::fs::create_dir_all(&self.out).map_err(failed)?;
        // only what is there already can be in the way; ours are named in lower case
        let lower = |entry: std::fs::DirEntry| entry.file_name().to_ascii_lowercase();
        let entries = std::fs::read_dir(&self.out).map_err(failed)?.flatten();
        let there: HashSet<OsString> = entries.map(lower).collect();
        let mut free = |name: &str| {
            for (path, kind) in self.files(name) {
                if path.file_name().is_some_and(|name| there.contains(name)) {
                    outputs.file(&path, kind)?;
                }
            }
            Ok(())
        };
        let mut number = 0;
        for piece in sources.iter().flat_map(|source| abc::written(&source.text)) {
            number += 1;
            if !there.is_empty() && !self.practised.set {
                free(&name(number, &piece.read()))?;
            }
        }
        if self.practised.set {
            free(&self.name_of_set(sources))?;
        }
        Ok(number)
    }

    /// The name of the files of all tunes.
    fn name_of_set(&self, sources: &[Source]) -> String {
        let pieces = sources.iter().flat_map(|source| abc::written(&source.text));
        let tunes: Vec<Tune> = pieces.take(8).map(|piece| piece.read()).collect();
        let titles = tunes.iter().filter_map(|tune| tune.header('T'));
        let input = self.tunes[0].file_stem().unwrap_or_default().to_string_lossy();
        set_name(titles, &input)
    }

    /// The files of a name, and what they hold.
    fn files(&self, name: &str) -> Vec<(PathBuf, Kind)> {
        let file = |end| match is_stdout(&self.out) {
            true => self.out.clone(),
            false => self.out.join(format!("{name}.{end}")),
        };
        self.formats.kinds().into_iter().map(|(end, kind)| (file(end), kind)).collect()
    }

    fn studio(&self) -> Result<Studio> {
        let read = |path: &PathBuf| {
            let font = SoundFont::read(&files::read(path)?);
            font.map_err(|problem| Error::content(path, problem.to_string()))
        };
        let alone = Band::new(self.melody);
        let band = if self.no_chords { alone } else { alone.with_chords(self.chords, self.bass) };
        let font = self.soundfont.as_ref().map(read).transpose()?;
        Ok(Studio::new(band)
            .accompany(self.accompany)
            .practice(self.practised.practice())
            .font(font))
    }

    /// What the files of a tune hold, in the order of their kinds; what a score cannot say is one more
    /// notice of the recording.
    fn files_of(
        &self,
        studio: &Studio,
        tune: &Tune,
        recording: &mut Recording,
    ) -> std::result::Result<Vec<Vec<u8>>, RecordError> {
        let mut sheet = Vec::new();
        if self.formats.kinds().iter().any(|(_, kind)| *kind == Kind::MusicXml) {
            let file = studio.musicxml(tune, recording)?;
            recording.performance.notices.extend(file.notices);
            sheet = file.bytes;
        }
        self.pressed(studio, &[&recording.score], &sheet)
    }

    /// What the files of tunes in a row hold, in the order of their kinds; `sheet` is that of the one
    /// tune.
    fn pressed(
        &self,
        studio: &Studio,
        scores: &[&Score],
        sheet: &[u8],
    ) -> std::result::Result<Vec<Vec<u8>>, RecordError> {
        let score = studio.arrange(scores)?;
        let press = |kind| match kind {
            Kind::Wav => studio.wav(&score),
            Kind::MusicXml => Ok(sheet.to_vec()),
            _ => Ok(midi(&score)?),
        };
        self.formats.kinds().into_iter().map(|(_, kind)| press(kind)).collect()
    }
}

/// The name of a tune's files.
fn name(number: usize, tune: &Tune) -> String {
    file_name(number, tune.header('T').unwrap_or_default())
}

fn write(paths: Vec<(PathBuf, Kind)>, files: Vec<Vec<u8>>) -> Result<()> {
    let mut files = paths.into_iter().zip(files);
    files.try_for_each(|((path, _), bytes)| Output::unasked(&path).write_unsynced(&bytes))
}

impl ValueEnum for Instrument {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
