//! The folder of a run: what training leaves behind, and where other commands find it.
//!
//! ```text
//! runs/001/
//!   config.json           what decides the numbers, with path and SHA-256 of the text
//!   char_to_index.json    the vocabulary, as the notebook keeps it
//!   log.csv               one line an epoch; the first three columns are the notebook's
//!   timing.csv            wall clock of each epoch with its validation; it never repeats
//!   batches.csv           one line a batch, with --log-batches
//!   checkpoints/          epoch-0000.hornpipe, epoch-0010.hornpipe, ..., best.hornpipe
//!   samples/              epoch-0010.abc, ...
//! ```

use crate::checkpoint;
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::text::Vocabulary;
use crate::train::{EpochRecord, Trainer};
use std::fs;
use std::path::{Path, PathBuf};

/// Where runs go when no folder is named.
pub const RUNS: &str = "runs";

/// A run's folder.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// Which checkpoint of a run is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one furthest on.
    Last,
    /// The one with the lowest validation loss; the last where nothing was held out.
    Best,
}

impl RunFolder {
    /// Makes a new run folder: `path`, which must not hold a run yet, or the next number in
    /// `runs/`.
    pub fn create(path: Option<&Path>) -> Result<Self> {
        let run = Self { path: path.map_or_else(next_number, |path| Ok(path.to_owned()))? };
        if run.path.join("config.json").exists() || run.path.join("checkpoints").exists() {
            return Err(Error::Usage(format!(
                "{} already holds a run; name another folder with --out or remove this one",
                run.path.display()
            )));
        }
        for folder in ["checkpoints", "samples"] {
            let folder = run.path.join(folder);
            fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
        }
        Ok(run)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what does not change during a run.
    pub fn describe(&self, trainer: &Trainer, vocabulary: &Vocabulary) -> Result<()> {
        let config = serde_json::to_string_pretty(&trainer.config).expect("a config is JSON");
        write_atomically(&self.path.join("config.json"), format!("{config}\n").as_bytes())?;
        let index = vocabulary.to_json() + "\n";
        write_atomically(&self.path.join("char_to_index.json"), index.as_bytes())
    }

    /// Writes the checkpoint of the epoch just finished, or the best one.
    pub fn checkpoint(&self, trainer: &Trainer, vocabulary: &Vocabulary, best: bool) -> Result<()> {
        let name = match best {
            true => "best.hornpipe".to_owned(),
            false => format!("epoch-{:04}.hornpipe", trainer.progress.epoch),
        };
        checkpoint::save(trainer, vocabulary, &self.path.join("checkpoints").join(name))
    }

    /// Writes `log.csv` whole: it is a function of the history.
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
            ]
        });
        let written = csv
            .write_record(header)
            .and_then(|()| rows.into_iter().try_for_each(|row| csv.write_record(row)));
        written.map_err(|e| Error::content(&path, e.to_string()))?;
        let bytes = csv.into_inner().map_err(|e| Error::content(&path, e.to_string()))?;
        write_atomically(&path, &bytes)
    }

    /// Opens a table that grows during the run.
    pub fn table(&self, name: &str, header: &[&str]) -> Result<Table> {
        let path = self.path.join(name);
        let writer =
            csv::Writer::from_path(&path).map_err(|e| Error::content(&path, e.to_string()));
        let mut table = Table { writer: writer?, path };
        table.line(header.iter().copied())?;
        Ok(table)
    }

    /// Writes sample tunes.
    pub fn sample(&self, epoch: usize, tunes: &str) -> Result<()> {
        let path = self.path.join("samples").join(format!("epoch-{epoch:04}.abc"));
        write_atomically(&path, tunes.as_bytes())
    }
}

/// A CSV file written line by line.
pub struct Table {
    writer: csv::Writer<fs::File>,
    path: PathBuf,
}

impl Table {
    /// Adds a line and hands it to the system.
    pub fn line(&mut self, cells: impl IntoIterator<Item: AsRef<[u8]>>) -> Result<()> {
        let written = self.writer.write_record(cells).and_then(|()| Ok(self.writer.flush()?));
        written.map_err(|e| Error::content(&self.path, e.to_string()))
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
        number = number.checked_add(1).ok_or_else(|| {
            Error::Usage(format!("the numbers in {RUNS} are used up; name a folder with --out"))
        })?;
        let path = Path::new(RUNS).join(format!("{number:03}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io("create", &path, e)),
        }
    }
}

fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hornpipe"))
        .collect();
    // epoch numbers have leading zeros up to 9999; a longer name is a later epoch
    paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    paths
}

/// The newest run below `runs/`: the one whose checkpoints were written last.
pub fn newest() -> Result<PathBuf> {
    let modified = |run: &PathBuf| {
        let times = checkpoints(run).into_iter().map(|path| fs::metadata(path)?.modified());
        times.flatten().max()
    };
    let entries = fs::read_dir(RUNS).into_iter().flatten().flatten();
    let runs = entries.map(|entry| entry.path()).filter_map(|run| Some((modified(&run)?, run)));
    runs.max().map(|(_, run)| run).ok_or_else(|| {
        Error::Usage(format!(
            "there is no run in ./{RUNS} yet; name a model, or make one with: hornpipe train"
        ))
    })
}

/// The checkpoint of a run folder that is meant.
pub fn checkpoint_of(run: &Path, which: Which) -> Result<PathBuf> {
    let all = checkpoints(run);
    let best = all.iter().find(|path| path.ends_with("best.hornpipe"));
    let last = all.iter().rev().find(|path| !path.ends_with("best.hornpipe"));
    let found = match which {
        Which::Best => best.or(last),
        Which::Last => last.or(best),
    };
    found.cloned().ok_or_else(|| {
        Error::content(run, "this folder holds no checkpoint; name a run, a checkpoint or a model")
    })
}
