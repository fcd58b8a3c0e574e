//! The best model of a run: that its file is the epoch's that is said to be the best.

use crate::error::Result;
use crate::files;
use crate::learn::progress::Progress;
use crate::learn::train::Trainer;
use crate::run::checkpoint::{self, About, Checkpoint};
use crate::run::folder::{Occasion, RunFolder};
use crate::run::notice::Notice;
use std::path::Path;

/// The checkpoint of the best epoch where it could not be written: held until it is.
pub(crate) struct Held {
    pub(crate) epoch: usize,
    bytes: Vec<u8>,
}

impl Held {
    /// The state of `trainer`, just after its best epoch.
    pub(crate) fn new(trainer: &Trainer, about: &About) -> Self {
        Self { epoch: trainer.progress.epoch, bytes: checkpoint::encoded(trainer, about) }
    }

    /// Writes it as the best checkpoint.
    pub(crate) fn write(&self, folder: &RunFolder) -> Result<()> {
        folder.write(&folder.checkpoint_path((self.epoch, 0), Occasion::Best), &self.bytes)
    }

    /// The same in memory.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        checkpoint::decode(&self.bytes).expect("what was encoded")
    }
}

/// Where the best checkpoint is not that of the epoch that `progress` calls the best, as a process
/// was killed before it could write it, what is there counts: the epoch's own checkpoint, which
/// becomes the best; or the epoch of the file; or none. Says so.
///
/// # Errors
/// The best checkpoint cannot be written.
pub(crate) fn settle(folder: &RunFolder, progress: &mut Progress) -> Result<Option<Notice>> {
    let Some((best, _)) = progress.best else { return Ok(None) };
    if progress.place() == (best, 0) {
        return Ok(None); // about to be written anew
    }
    let path = folder.checkpoint_path((best, 0), Occasion::Best);
    let found = held_out(&path);
    if found == progress.best {
        return Ok(None);
    }
    let own = folder.checkpoint_path((best, 0), Occasion::Milestone);
    if held_out(&own) == progress.best {
        folder.write(&path, &files::read(&own)?)?;
    } else {
        progress.best = found;
    }
    Ok(Some(Notice::BestDiffers { path, best, now: progress.best.map(|(epoch, _)| epoch) }))
}

/// Epoch and loss on held-out tunes of a checkpoint that can be read and ends an epoch.
fn held_out(path: &Path) -> Option<(usize, f64)> {
    let meta = checkpoint::load(path).ok()?.meta;
    let record = meta.history.last().filter(|_| meta.progress.window == 0)?;
    Some((record.epoch, record.validation?.0))
}
