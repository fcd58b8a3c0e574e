//! Finding runs and their checkpoints: by the names that [`folder`](super::folder) gives them.

use crate::error::{Error, Result};
use crate::run::checkpoint::{self, Checkpoint};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where runs go when no folder is named.
pub(crate) const RUNS: &str = "runs";
/// Where the checkpoints of a run are.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
pub(crate) const BEST: &str = "best.hornpipe";

/// Which checkpoint of a run is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Which {
    /// The one furthest on.
    Last,
    /// The one with the lowest validation loss; the last where nothing was held out.
    Best,
    /// The one after so many epochs.
    Epoch(usize),
}

/// Epochs and batches done, as the name of a checkpoint says.
pub(crate) fn place(path: &Path) -> Option<(usize, Option<usize>)> {
    let name = path.file_name()?.to_str()?.strip_prefix("epoch-")?.strip_suffix(".hornpipe")?;
    match name.split_once("-batch-") {
        Some((epoch, batch)) => Some((epoch.parse().ok()?, Some(batch.parse().ok()?))),
        None => Some((name.parse().ok()?, None)),
    }
}

pub(crate) fn is_between(path: &Path) -> bool {
    matches!(place(path), Some((_, Some(_))))
}

/// Whether there is such a file; what the system has against looking is an error.
pub(crate) fn exists(path: &Path) -> Result<bool> {
    match path.try_exists() {
        Err(e) if e.kind() != ErrorKind::NotADirectory => Err(Error::io("read", path, e)),
        there => Ok(there.unwrap_or(false)),
    }
}

/// All checkpoints of a run that can be seen, the furthest last.
pub(crate) fn checkpoints(run: &Path) -> Vec<PathBuf> {
    list(run).unwrap_or_default()
}

/// The same; what the system has against looking is an error.
pub(crate) fn list(run: &Path) -> Result<Vec<PathBuf>> {
    let folder = run.join(CHECKPOINTS);
    if !exists(&folder)? {
        return Ok(Vec::new());
    }
    let fail = |e| Error::io("read", &folder, e);
    let entries = fs::read_dir(&folder).map_err(fail)?;
    let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(fail)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "hornpipe"));
    paths.sort_by_cached_key(|path| (place(path), path.clone()));
    Ok(paths)
}

/// The newest run below `runs/` that has finished an epoch: the one whose checkpoints were written
/// last. What a model writes before is noise.
///
/// # Errors
/// There is none.
pub fn newest() -> Result<PathBuf> {
    let entries = fs::read_dir(RUNS).into_iter().flatten().flatten();
    let (mut newest, mut begun) = (None, None);
    for run in entries.map(|entry| entry.path()) {
        let paths = checkpoints(&run);
        let times = paths.iter().flat_map(|path| fs::metadata(path)?.modified());
        let found = times.max().map(|time| (time, run));
        let finished = |path: &PathBuf| match place(path) {
            Some((epoch, _)) => epoch > 0,
            None => path.ends_with(BEST),
        };
        let among = if paths.iter().any(finished) { &mut newest } else { &mut begun };
        *among = found.max(among.take());
    }
    let begun = begun.map(|(_, run)| run);
    newest.map(|(_, run)| run).ok_or_else(|| Error::NoRun { folder: RUNS.into(), begun })
}

/// The checkpoint of a run furthest on that is `wanted` and can be read; `skipped` hears of those
/// that cannot.
pub(crate) fn furthest(
    run: &Path,
    wanted: impl Fn(&Path) -> bool,
    mut skipped: impl FnMut(Error),
) -> Result<(PathBuf, Checkpoint)> {
    let mut read = |path: PathBuf| match checkpoint::load(&path) {
        Ok(checkpoint) => Some((path, checkpoint)),
        Err(e) => {
            skipped(e);
            None
        }
    };
    let all = list(run)?.into_iter().filter(|path| wanted(path));
    let (best, numbered): (Vec<_>, Vec<_>) = all.partition(|path| path.ends_with(BEST));
    if best.is_empty() && numbered.is_empty() {
        let problem = "this folder holds no checkpoint; name a run, a checkpoint or a model";
        return Err(Error::content(run, problem));
    }
    // what the best is, its name does not tell
    let numbered = numbered.into_iter().rev().find_map(&mut read);
    let best = best.into_iter().find_map(&mut read);
    // of two that are as far on, the one whose name says so
    let found = best.into_iter().chain(numbered);
    found
        .max_by_key(|(_, checkpoint)| checkpoint.meta.progress.place())
        .ok_or_else(|| Error::content(run, "none of its checkpoints can be read; begin a new run"))
}

/// The checkpoint of a run that is meant; `skipped` hears of those that cannot be read.
///
/// # Errors
/// It has none that can be read.
pub fn checkpoint_of(run: &Path, which: Which, skipped: impl FnMut(Error)) -> Result<PathBuf> {
    let best = run.join(CHECKPOINTS).join(BEST);
    match which {
        Which::Best if best.exists() => Ok(best),
        Which::Epoch(epoch) => after_epoch(run, epoch),
        _ => furthest(run, |_| true, skipped).map(|(path, _)| path),
    }
}

/// The checkpoint of a run after `epoch` epochs, which may be its best.
fn after_epoch(run: &Path, epoch: usize) -> Result<PathBuf> {
    let paths = checkpoints(run);
    let named = |path: &PathBuf| place(path).filter(|(_, batch)| batch.is_none());
    if let Some(path) = paths.iter().find(|path| named(path) == Some((epoch, None))) {
        return Ok(path.clone());
    }
    // what the best is, its name does not tell
    let path = run.join(CHECKPOINTS).join(BEST);
    let best = checkpoint::load(&path).ok().map(|best| best.meta.progress.epoch);
    if best == Some(epoch) {
        return Ok(path);
    }
    let named = paths.iter().filter_map(named).map(|(epoch, _)| epoch);
    let mut there: Vec<usize> = named.chain(best).collect();
    there.sort_unstable();
    there.dedup();
    Err(Error::NoEpoch { run: run.to_owned(), epoch, there })
}
