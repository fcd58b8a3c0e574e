//! The folder of a run: what training leaves behind.
//!
//! ```text
//! runs/001/
//!   config.json           what decides the numbers, with path and SHA-256 of the text
//!   char_to_index.json    the vocabulary, as the notebook keeps it
//!   log.csv               one line an epoch; the first three columns are the notebook's
//!   curves.svg            the same as a picture
//!   timing.csv            wall clock of each epoch with its validation; it never repeats, and an
//!                         epoch that was interrupted counts from where it went on
//!   batches.csv           one line a batch, with --log-batches
//!   checkpoints/          epoch-0000.hornpipe, epoch-0010.hornpipe, ..., best.hornpipe, and
//!                         the newest of those between: epoch-0012-batch-000031.hornpipe
//!   samples/              epoch-0010.abc, ...; of prose epoch-0010.txt, ...
//!   held-out.abc          the tunes that are held out, as they were given; of prose held-out.txt
//!   text.txt              what is learned, where that came from standard input
//!   lock                  held while a process trains the run
//! ```
//! The checkpoints are the run; all else can be written anew from one, and is when it goes on. Only
//! how many epochs are to be made and where the text lies may be newer in `config.json`.

use crate::error::{Error, Result};
use crate::files::{self, remove_leftovers, write_atomically};
use crate::hash::hex;
use crate::learn::config::Config;
use crate::learn::progress::EpochRecord;
use crate::learn::train::Trainer;
use crate::music::abc;
use crate::run::checkpoint::{self, About, Checkpoint};
use crate::run::curves::curves;
use crate::run::find::{
    BEST, CHECKPOINTS, RUNS, checkpoints, exists, furthest, is_between, list, place,
};
use crate::run::lock::{LOCK, Lock};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Epochs from one milestone checkpoint to the next.
pub(crate) const MILESTONE: usize = 10;
/// How many checkpoints between milestones are kept.
pub(crate) const KEPT: usize = 3;
/// The folder of a run that this process alone trains, as long as the value lives. Where it was
/// moved or replaced meanwhile, nothing more is written: [`Error::RunMoved`].
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    lock: Lock,
}

/// Why a checkpoint is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// An epoch that is kept for ever: every tenth, the start, the end.
    Milestone,
    /// The lowest validation loss so far.
    Best,
    /// Time has passed, or the run is interrupted: only the newest are kept.
    Between,
}

impl RunFolder {
    /// Makes a new run folder: `path`, which must not hold a run yet, or the next number in
    /// `runs/`.
    ///
    /// # Errors
    /// There is a run already, another process holds it, somebody's own file is called as one that a
    /// run writes, or the system refuses.
    pub fn create(path: Option<&Path>) -> Result<Self> {
        let path = path.map_or_else(next_number, |path| Ok(path.to_owned()))?;
        refuse_run(&path)?;
        refuse_to_replace(&path)?;
        make_folders(&path)?;
        let folder = Self::locked(path)?;
        // somebody else may have begun one, and ended it, before the lock was ours
        refuse_run(&folder.path).map(|()| folder)
    }

    /// Opens the folder of a run that was interrupted.
    ///
    /// # Errors
    /// There is no checkpoint, another process holds the run, or the system refuses.
    pub fn reopen(path: &Path) -> Result<Self> {
        if list(path)?.is_empty() {
            return Err(Error::content(
                path,
                "there is no checkpoint here to go on from; name the folder of a run, or begin \
                 one with: hornpipe train",
            ));
        }
        make_folders(path)?;
        Self::locked(path.to_owned())
    }

    /// Locks the folder and removes what processes that were killed have left half-written.
    fn locked(path: PathBuf) -> Result<Self> {
        let lock = Lock::take(&path)?;
        remove_leftovers(&path);
        FOLDERS.iter().for_each(|below| remove_leftovers(&path.join(below)));
        Ok(Self { path, lock })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the folder is still there: to be asked before anything is written.
    ///
    /// # Errors
    /// [`Error::RunMoved`].
    pub(crate) fn check(&self) -> Result<()> {
        self.lock.check()
    }

    /// Writes the file `path` of the run.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.check()?;
        write_atomically(path, bytes)
    }

    /// Writes what does not change during a run.
    pub(crate) fn describe(&self, about: &About) -> Result<()> {
        self.write(&self.path.join(CONFIG), about.config.to_json().as_bytes())?;
        let index = about.vocabulary.to_json() + "\n";
        self.write(&self.path.join("char_to_index.json"), index.as_bytes())
    }

    /// The settings as `config.json` has them now; none where it is missing.
    ///
    /// # Errors
    /// It cannot be read, or holds something else.
    pub fn config(&self) -> Result<Option<Config>> {
        let path = self.path.join(CONFIG);
        if !exists(&path)? {
            return Ok(None);
        }
        let config = Config::from_json(&files::read(&path)?);
        config.map(Some).map_err(|problem| {
            let next = "put it right or remove it, for the checkpoints know all that it says";
            Error::content(&path, format!("{problem}; {next}"))
        })
    }

    /// Where a checkpoint of this place, epochs and batches done, goes.
    pub(crate) fn checkpoint_path(
        &self,
        (epoch, batch): (usize, usize),
        occasion: Occasion,
    ) -> PathBuf {
        self.path.join(CHECKPOINTS).join(match occasion {
            Occasion::Best => BEST.to_owned(),
            Occasion::Milestone => format!("epoch-{epoch:04}.hornpipe"),
            Occasion::Between => format!("epoch-{epoch:04}-batch-{batch:06}.hornpipe"),
        })
    }

    /// Writes a checkpoint; its path.
    pub(crate) fn checkpoint(
        &self,
        trainer: &Trainer,
        about: &About,
        occasion: Occasion,
    ) -> Result<PathBuf> {
        self.check()?;
        let path = self.checkpoint_path(trainer.progress.place(), occasion);
        checkpoint::save(trainer, about, &path).map(|()| path)
    }

    /// Removes the checkpoints between milestones but for the newest `kept`.
    pub(crate) fn prune(&self, kept: usize) -> Result<()> {
        self.check()?;
        let between = list(&self.path)?.into_iter().filter(|path| is_between(path));
        between
            .rev()
            .skip(kept)
            .try_for_each(|path| fs::remove_file(&path).map_err(|e| Error::io("remove", &path, e)))
    }

    /// The checkpoint furthest on that can be read; `skipped` hears of those that cannot.
    ///
    /// # Errors
    /// None can be read.
    pub fn last(&self, skipped: impl FnMut(Error)) -> Result<(PathBuf, Checkpoint)> {
        furthest(&self.path, |_| true, skipped)
    }

    /// The same among those that the run has wherever it was interrupted or was first to end.
    pub(crate) fn last_lasting(&self, skipped: impl FnMut(Error)) -> Result<(PathBuf, Checkpoint)> {
        let lasts = |path: &Path| match place(path) {
            Some((epoch, batch)) => batch.is_none() && epoch.is_multiple_of(MILESTONE),
            None => true,
        };
        furthest(&self.path, lasts, skipped)
    }

    /// Writes `log.csv` whole: it is a function of the history.
    ///
    /// # Errors
    /// The system refuses.
    pub fn log(&self, history: &[EpochRecord]) -> Result<()> {
        let path = self.path.join("log.csv");
        let mut csv = csv::Writer::from_writer(Vec::new());
        let header = [
            "Epoch",
            "Loss",
            "Accuracy",
            "mean_loss",
            "mean_accuracy",
            "validation_loss",
            "validation_accuracy",
            "gradient_norm",
            "learning_rate",
            "weights_sha256",
        ];
        let rows = history.iter().map(|record| {
            let validation = |pick: fn((f64, f64)) -> f64| {
                record.validation.map_or(String::new(), |both| pick(both).to_string())
            };
            [
                record.epoch.to_string(),
                record.loss_last.to_string(),
                record.accuracy_last.to_string(),
                record.loss_mean.to_string(),
                record.accuracy_mean.to_string(),
                validation(|(loss, _)| loss),
                validation(|(_, accuracy)| accuracy),
                record.gradient_norm.to_string(),
                record.learning_rate.to_string(),
                hex(&record.weights_sha256),
            ]
        });
        let written = csv
            .write_record(header)
            .and_then(|()| rows.into_iter().try_for_each(|row| csv.write_record(row)));
        written.map_err(|e| Error::content(&path, e.to_string()))?;
        let bytes = csv.into_inner().map_err(|e| Error::content(&path, e.to_string()))?;
        self.write(&path, &bytes)
    }

    /// Draws `curves.svg`, which is a function of the settings and the history.
    pub(crate) fn draw(&self, config: &Config, history: &[EpochRecord]) -> Result<()> {
        let path = self.path.join("curves.svg");
        let svg = curves(config, history).map_err(|e| Error::content(&path, e.to_string()))?;
        self.write(&path, svg.as_bytes())
    }

    /// Writes the tunes that are held out, as they were given.
    ///
    /// # Errors
    /// The system refuses.
    pub fn hold_out(&self, text: &str) -> Result<()> {
        let prose = abc::tune_spans(text).is_empty();
        self.write(&self.path.join(HELD_OUT[usize::from(prose)]), text.as_bytes())
    }

    /// Keeps the text that is learned, where it is nowhere else; its path.
    ///
    /// # Errors
    /// The system refuses.
    pub fn keep_text(&self, text: &str) -> Result<PathBuf> {
        let path = self.path.join(TEXT);
        self.write(&path, text.as_bytes()).map(|()| path)
    }

    /// Writes samples: tunes or prose.
    pub(crate) fn sample(&self, epoch: usize, text: &str, prose: bool) -> Result<()> {
        let extension = SAMPLE[usize::from(prose)];
        let path = self.path.join("samples").join(format!("epoch-{epoch:04}{extension}"));
        self.write(&path, text.as_bytes())
    }
}

fn numbered(entry: &fs::DirEntry) -> Option<u32> {
    entry.file_name().to_str()?.parse().ok()
}

/// Makes the folder of the next number, which no other run that starts now can get too.
fn next_number() -> Result<PathBuf> {
    fs::create_dir_all(RUNS).map_err(|e| Error::io("create", RUNS, e))?;
    let last = match fs::read_dir(RUNS) {
        Ok(entries) => entries.flatten().filter_map(|entry| numbered(&entry)).max().unwrap_or(0),
        Err(e) => return Err(Error::io("read", RUNS, e)),
    };
    let mut number = last;
    loop {
        number =
            number.checked_add(1).ok_or_else(|| Error::NumbersUsedUp { folder: RUNS.into() })?;
        let path = Path::new(RUNS).join(format!("{number:03}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io("create", &path, e)),
        }
    }
}

const CONFIG: &str = "config.json";
/// Of tunes, and of prose.
const HELD_OUT: [&str; 2] = ["held-out.abc", "held-out.txt"];
const SAMPLE: [&str; 2] = [".abc", ".txt"];
/// Where a run keeps what it learns if that is nowhere else.
pub const TEXT: &str = "text.txt";
/// The folders below that of a run.
pub(crate) const FOLDERS: [&str; 2] = [CHECKPOINTS, "samples"];
/// What a run writes beside what is in them.
const OWN_FILES: [&str; 9] = [
    CONFIG,
    HELD_OUT[0],
    HELD_OUT[1],
    TEXT,
    "char_to_index.json",
    "log.csv",
    "timing.csv",
    "batches.csv",
    "curves.svg",
];

fn make_folders(run: &Path) -> Result<()> {
    FOLDERS.into_iter().try_for_each(|folder| {
        let folder = run.join(folder);
        fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))
    })
}

/// An error where a run is.
fn refuse_run(path: &Path) -> Result<()> {
    if exists(&path.join(CONFIG))? || !list(path)?.is_empty() {
        return Err(Error::RunExists { path: path.to_owned() });
    }
    Ok(())
}

/// Whether a folder is a run's: it has checkpoints, or settings beside a folder for them.
pub fn is_run(folder: &Path) -> bool {
    let begun = folder.join(CHECKPOINTS).is_dir() && folder.join(CONFIG).is_file();
    begun || !checkpoints(folder).is_empty()
}

/// Whether a run writes a file of this name into its folder.
pub fn is_own_file(name: &OsStr) -> bool {
    let own = OWN_FILES.iter().any(|own| name == *own);
    own || name == LOCK || Path::new(name).extension() == Some(OsStr::new("csv"))
}

/// An error where a file would be replaced that no run has written: where one has begun, if only
/// for a moment, there is a lock.
fn refuse_to_replace(path: &Path) -> Result<()> {
    if exists(&path.join(LOCK))? {
        return Ok(());
    }
    let samples = fs::read_dir(path.join("samples")).into_iter().flatten().flatten();
    let sample = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("epoch-") && SAMPLE.iter().any(|extension| name.ends_with(extension))
    };
    let samples = samples.map(|entry| entry.path()).filter(sample);
    let files = OWN_FILES.iter().map(|name| path.join(name)).filter(|path| path.is_file());
    match files.chain(samples).next() {
        Some(path) => Err(Error::InTheWay { path }),
        None => Ok(()),
    }
}
