//! The files that commands write: one rule for all of them, asked before the work begins.
//!
//! Never written over are what the command reads, whatever it is called there (the same device and
//! inode), and what a run writes into its folder itself. A file whose first bytes say that it is of
//! another kind than what is written gives way to --force alone. Devices, pipes and the streams of
//! the process take what comes; `-` is standard output, onto a terminal only for what can be read.

use crate::error::{Error, Result};
use crate::files::{self, is_standard, refuse_closed_folder, stream_atomically, write_unsynced};
use crate::run::checkpoint::is_checkpoint;
use crate::run::exchange::{HDF5, is_onnx};
use crate::run::folder::{FOLDERS, is_own_file, is_run};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What a command reads and what it is about to write.
pub(super) struct Outputs {
    /// The files that are read, with the name by which they were found.
    inputs: HashMap<Place, PathBuf>,
    /// Where something will be written.
    taken: HashSet<Place>,
    force: bool,
}

/// A file that a command may write.
pub(super) struct Output {
    path: PathBuf,
}

impl Outputs {
    /// For a command that reads these files; `force` lets it write over files of other kinds.
    pub(super) fn new(inputs: impl IntoIterator<Item: AsRef<Path>>, force: bool) -> Self {
        let mut places = HashMap::new();
        for input in inputs {
            let input = input.as_ref();
            if input.exists() {
                places.entry(Place::of(input)).or_insert_with(|| input.to_owned());
            }
        }
        Self { inputs: places, taken: HashSet::new(), force }
    }

    /// A file of this kind, where there may be one already.
    pub(super) fn file(&mut self, path: &Path, kind: Kind) -> Result<Output> {
        let output = Output { path: path.to_owned() };
        if is_stream(path) {
            return kind.refuse_terminal(path).map(|()| output);
        }
        self.refuse_input(path)?;
        refuse_names_of_runs(path)?;
        refuse_no_place(path)?;
        if !self.taken.insert(Place::of(path)) {
            let problem = "is to be written twice; name two files";
            return Err(Error::Usage(format!("{} {problem}", path.display())));
        }
        if !self.force && path.exists() {
            kind.refuse_others(path)?;
        }
        Ok(output)
    }

    /// A folder for files, each of which is still to be asked for.
    pub(super) fn folder(&self, path: &Path) -> Result<()> {
        refuse_names_of_runs(path)
    }

    /// The folder of a run that begins: none of the files that it is to write may be read.
    pub(super) fn run(&self, path: &Path) -> Result<()> {
        let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        let own = entries(path.to_owned()).filter(|entry| is_own_file(&entry.file_name()));
        let below = FOLDERS.iter().flat_map(|folder| entries(path.join(folder)));
        own.chain(below).try_for_each(|entry| self.refuse_input(&entry.path()))
    }

    fn refuse_input(&self, path: &Path) -> Result<()> {
        let Some(input) = self.inputs.get(&Place::of(path)) else { return Ok(()) };
        let is = match input {
            input if input == path => "is".to_owned(),
            input => format!("leads to {},", input.display()),
        };
        let problem = "one of the files to read; name another to write";
        Err(Error::Usage(format!("{} {is} {problem}", path.display())))
    }
}

impl Output {
    /// A file that is known to be in nobody's way, because [`Outputs::file`] was asked before or
    /// because nothing is there.
    pub(super) fn unasked(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Refuses a folder that nothing can be written into, before long work is done for it.
    pub(super) fn refuse_closed_folder(&self) -> Result<()> {
        if is_stream(&self.path) { Ok(()) } else { refuse_closed_folder(&self.path) }
    }

    /// Writes the file, whole or not at all; a stream is added to.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<()> {
        self.fill(|to| to.write_all(bytes))
    }

    /// The same without waiting for the disk: for many files, whose folder is synced at the end.
    pub(super) fn write_unsynced(&self, bytes: &[u8]) -> Result<()> {
        match stream(&self.path) {
            None => write_unsynced(&self.path, bytes),
            Some(_) => self.write(bytes),
        }
    }

    /// Lets `write` fill the file, part by part, whole or not at all; a stream is added to.
    pub(super) fn fill(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let flushed = |to: &mut dyn Write| write(to).and_then(|()| to.flush());
        let written = match stream(&self.path) {
            None => return stream_atomically(&self.path, |file| flushed(file)),
            Some(1) => flushed(&mut io::stdout()),
            Some(2) => flushed(&mut io::stderr()),
            // to move a file there would take away what somebody else has written to it
            Some(_) => {
                let file = File::options().append(true).open(&self.path);
                file.and_then(|mut file| flushed(&mut file))
            }
        };
        written.map_err(|e| match e.kind() {
            ErrorKind::BrokenPipe => Error::ClosedPipe,
            _ => Error::io("write", called(&self.path), e),
        })
    }
}

/// The number of the stream of this process that a path names.
fn stream(path: &Path) -> Option<u32> {
    match path.to_str()? {
        "-" | "/dev/stdout" => Some(1),
        "/dev/stderr" => Some(2),
        path => {
            let number = path.strip_prefix("/dev/fd/").or(path.strip_prefix("/proc/self/fd/"))?;
            number.parse().ok()
        }
    }
}

/// Whether a path is standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    stream(path) == Some(1)
}

/// Whether one of these files is standard output.
///
/// # Errors
/// Two are, or one is and lines of JSON are to go there too.
pub(super) fn on_stdout<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
    json: bool,
) -> Result<bool> {
    let files = paths.into_iter().filter(|path| is_stdout(path)).count();
    if files + usize::from(json) > 1 && files > 0 {
        let what = if json { "--json and a file" } else { "two files" };
        return Err(Error::Usage(format!(
            "{what} are both for standard output (-); name a file to write"
        )));
    }
    Ok(files > 0)
}

/// What a file to write is called.
pub(super) fn called(path: &Path) -> String {
    if is_standard(path) { "standard output".to_owned() } else { path.display().to_string() }
}

/// Whether what a path leads to has neither content nor kind: a stream, a device, a pipe.
fn is_stream(path: &Path) -> bool {
    let special = |found: fs::Metadata| !found.is_file() && !found.is_dir();
    stream(path).is_some() || fs::metadata(path).is_ok_and(special)
}

/// Refuses what cannot be written, as far as that shows before the work.
fn refuse_no_place(path: &Path) -> Result<()> {
    let fail = |e| Err(Error::io("write", path, e));
    match fs::metadata(folder_of(path)) {
        Err(e) => fail(e),
        Ok(folder) if !folder.is_dir() => fail(ErrorKind::NotADirectory.into()),
        Ok(_) if path.is_dir() => fail(ErrorKind::IsADirectory.into()),
        Ok(_) => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A path without links above its last name; `None` where it has no last name.
fn named(path: &Path) -> Option<PathBuf> {
    let (folder, name) = (folder_of(path), path.file_name()?);
    let folder = fs::canonicalize(folder).ok().or_else(|| named(folder))?;
    Some(folder.join(name))
}

/// What a path leads to, whatever it is called.
#[derive(PartialEq, Eq, Hash)]
enum Place {
    /// Device and inode of what is there.
    #[cfg(unix)]
    File(u64, u64),
    /// Where something would be made.
    Name(PathBuf),
}

impl Place {
    fn of(path: &Path) -> Self {
        #[cfg(unix)]
        if let Ok(found) = fs::metadata(path) {
            use std::os::unix::fs::MetadataExt;
            return Self::File(found.dev(), found.ino());
        }
        let real = fs::canonicalize(path).ok().or_else(|| named(path));
        Self::Name(real.unwrap_or_else(|| path.to_owned()))
    }
}

/// Refuses what a run writes itself: by the name of `path`, and by that of what it leads to.
fn refuse_names_of_runs(path: &Path) -> Result<()> {
    let is_of_run = |whole: PathBuf| {
        whole.ancestors().any(|part| {
            let (Some(folder), Some(name)) = (part.parent(), part.file_name()) else {
                return false;
            };
            let below = FOLDERS.iter().any(|own| name == *own);
            (below || (part == whole && is_own_file(name))) && is_run(folder)
        })
    };
    if ![named(path), fs::canonicalize(path).ok()].into_iter().flatten().any(is_of_run) {
        return Ok(());
    }
    let problem = "is one of the files that a run writes itself; name another";
    Err(Error::Usage(format!("{} {problem}", path.display())))
}

/// What a file holds, as its first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Abc,
    Csv,
    Html,
    Svg,
    Safetensors,
    Hdf5,
    Onnx,
    Checkpoint,
    Midi,
    MusicXml,
    Wav,
    Other,
}

/// Bytes that say it.
const START: u64 = 4096;

/// A safetensors file with a longer header is none.
const LONGEST_HEADER: u64 = 100_000_000;

impl Kind {
    /// Refuses to replace a file of another kind.
    fn refuse_others(self, path: &Path) -> Result<()> {
        let start = files::start(path, START)?;
        let found = Self::of(&start);
        if start.is_empty() || found == self {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "{} holds {found} and would be replaced by {self}; name another file, or add --force",
            path.display()
        )))
    }

    /// Refuses to send bytes that nobody can read to a terminal.
    fn refuse_terminal(self, path: &Path) -> Result<()> {
        let text = matches!(self, Self::Abc | Self::Csv | Self::Html | Self::Svg | Self::Other);
        let terminal = match stream(path) {
            Some(1) => io::stdout().is_terminal(),
            Some(2) => io::stderr().is_terminal(),
            _ => false,
        };
        if !text && terminal {
            return Err(Error::Usage(format!(
                "{self}: nothing to read on a terminal; name a file, or send it to a program"
            )));
        }
        Ok(())
    }

    fn of(start: &[u8]) -> Self {
        let header = start.first_chunk().map(|length| u64::from_le_bytes(*length));
        if is_checkpoint(start) {
            return Self::Checkpoint;
        } else if start.starts_with(b"MThd") {
            return Self::Midi;
        } else if start.starts_with(HDF5) {
            return Self::Hdf5;
        } else if is_onnx(start) {
            return Self::Onnx;
        } else if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WAVE") {
            return Self::Wav;
        } else if start.get(8) == Some(&b'{') && header.is_some_and(|n| n <= LONGEST_HEADER) {
            return Self::Safetensors;
        }
        let text = String::from_utf8_lossy(start);
        Self::of_text(text.trim_start_matches('\u{feff}').trim_start())
    }

    fn of_text(text: &str) -> Self {
        let begins =
            |tag: &str| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            _ if begins("<!doctype html") || begins("<html") => Self::Html,
            _ if begins("<svg") => Self::Svg,
            _ if begins("<")
                && ["<score-partwise", "<score-timewise"].iter().any(|e| text.contains(e)) =>
            {
                Self::MusicXml
            }
            (Some('%'), _) => Self::Abc,
            (Some(field), Some(':')) if field.is_ascii_alphabetic() => Self::Abc,
            (Some(first), _) if first.is_alphanumeric() || first == '"' => {
                if is_table(text) {
                    Self::Csv
                } else {
                    Self::Other
                }
            }
            _ => Self::Other,
        }
    }
}

/// Whether two lines have the same number of cells, at least two; prose has blanks at commas.
fn is_table(text: &str) -> bool {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut lines = reader.records();
    let first = lines.next().and_then(|line| line.ok());
    first.is_some_and(|line| line.len() > 1 && line.iter().all(|cell| cell.trim() == cell))
        && lines.next().is_none_or(|line| line.is_ok())
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Abc => "ABC",
            Self::Csv => "a table (CSV)",
            Self::Html => "a page (HTML)",
            Self::Svg => "a picture (SVG)",
            Self::Safetensors => "tensors (safetensors)",
            Self::Hdf5 => "weights for Keras (HDF5)",
            Self::Onnx => "a graph (ONNX)",
            Self::Checkpoint => "a checkpoint",
            Self::Midi => "MIDI",
            Self::MusicXml => "a score (MusicXML)",
            Self::Wav => "sound (WAV)",
            Self::Other => "something of another kind",
        })
    }
}
