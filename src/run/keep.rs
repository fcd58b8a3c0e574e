//! What a run writes into its folder while it trains, and what becomes of it where it cannot.
//!
//! Before the first step and at the end a failed write is an error. In between it is told and the
//! training goes on: the checkpoint before it is whole, and the next may succeed.

use super::generate::{Header, sampling};
use super::out::note;
use crate::error::{Error, Result};
use crate::learn::text::Vocabulary;
use crate::learn::train::{Step, Trainer};
use crate::run::folder::{KEPT, MILESTONE, Occasion, RunFolder, Table};
use crate::write::generate::write_all;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the flags say about keeping.
#[derive(Clone, Copy)]
pub(super) struct Wishes {
    /// Time from one checkpoint to the next.
    pub(super) every: Duration,
    /// Whether batches.csv is written.
    pub(super) batches: bool,
}

/// Writes the folder of a run.
pub(super) struct Keeper {
    folder: RunFolder,
    vocabulary: Vocabulary,
    wishes: Wishes,
    /// Drawn on standard error, as warnings are.
    bar: ProgressBar,
    timing: Option<Table>,
    batches: Option<Table>,
    /// Whether the curves could not be drawn the last time, which was told.
    undrawn: bool,
    /// When a checkpoint was last written or failed to be.
    tried: Instant,
    /// Where the run stood at the last one written.
    kept: Option<(usize, usize)>,
}

impl Keeper {
    /// Writes all that a run has before its first step, or had when it was interrupted.
    pub(super) fn begin(
        folder: RunFolder,
        vocabulary: Vocabulary,
        wishes: Wishes,
        trainer: &Trainer,
        bar: ProgressBar,
    ) -> Result<Self> {
        let mut keeper = Self {
            folder,
            vocabulary,
            wishes,
            bar,
            timing: None,
            batches: None,
            undrawn: false,
            tried: Instant::now(),
            kept: None,
        };
        keeper.folder.log(&trainer.history)?;
        keeper.draw(trainer);
        keeper.open_tables(trainer)?;
        if trainer.progress.window == 0 {
            // a process that was killed between two files of an epoch lacks the second
            keeper.sample(trainer)?;
            keeper
                .lasting(trainer)
                .into_iter()
                .try_for_each(|occasion| keeper.checkpoint(trainer, occasion).map(drop))?;
        }
        // last, for a folder with a config and no checkpoint could neither go on nor begin again
        keeper.folder.describe(trainer, &keeper.vocabulary)?;
        Ok(keeper)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the tables and takes lines out of them that lie ahead.
    fn open_tables(&mut self, trainer: &Trainer) -> Result<()> {
        let (epochs, window) = trainer.progress.place();
        let (epochs, window) = (epochs as f64, window as f64);
        let header = ["Epoch", "seconds", "characters_per_second"];
        self.timing = Some(self.folder.table("timing.csv", &header, |epoch, _| epoch <= epochs)?);
        self.batches = None;
        if self.wishes.batches || self.path().join("batches.csv").exists() {
            let header = ["Epoch", "Batch", "Loss", "Accuracy"];
            self.batches = Some(self.folder.table("batches.csv", &header, |epoch, batch| {
                epoch <= epochs || (epoch == epochs + 1.0 && batch <= window)
            })?);
        }
        Ok(())
    }

    fn warn(&self, problem: impl std::fmt::Display) {
        self.bar.suspend(|| note(problem.to_string()));
    }

    /// The value, or a warning.
    fn survive<T>(&self, result: Result<T>) -> Option<T> {
        result.map_err(|e| self.warn(format!("{e}; the training goes on"))).ok()
    }

    /// Draws the curves. A picture is no reason for a warning after every epoch: one will do.
    fn draw(&mut self, trainer: &Trainer) {
        let drawn = self.folder.draw(&trainer.history);
        if drawn.is_ok() || !self.undrawn {
            self.undrawn = self.survive(drawn).is_none();
        }
    }

    /// After a step.
    pub(super) fn batch(&mut self, trainer: &Trainer, step: Step) {
        let Some(mut batches) = self.batches.take() else { return };
        let (epoch, batch) = trainer.progress.place();
        let (loss, accuracy) = (step.score.loss.to_string(), step.score.accuracy.to_string());
        let written = batches.line([(epoch + 1).to_string(), batch.to_string(), loss, accuracy]);
        // a table ends where it cannot be written: half a line is none
        self.batches = self.survive(written).map(|()| batches);
    }

    /// Whether it is time for a checkpoint.
    pub(super) fn is_due(&self) -> bool {
        self.tried.elapsed() >= self.wishes.every
    }

    /// A checkpoint amid an epoch; its path, if it could be written.
    pub(super) fn between(&mut self, trainer: &Trainer) -> Option<PathBuf> {
        let written = self.checkpoint(trainer, Occasion::Between);
        let path = self.survive(written)?;
        self.survive(self.folder.prune(KEPT));
        Some(path)
    }

    fn checkpoint(&mut self, trainer: &Trainer, occasion: Occasion) -> Result<PathBuf> {
        let written = self.folder.checkpoint(trainer, &self.vocabulary, occasion);
        // a disk that is full is not tried again at every step
        self.tried = Instant::now();
        if written.is_ok() {
            self.kept = Some(trainer.progress.place());
        }
        written
    }

    /// The lasting checkpoints that the present epoch is worth.
    fn lasting(&self, trainer: &Trainer) -> Vec<Occasion> {
        let epoch = trainer.progress.epoch;
        let best = trainer.progress.best.is_some_and(|(best, _)| best == epoch);
        let milestone = epoch.is_multiple_of(MILESTONE).then_some(Occasion::Milestone);
        milestone.into_iter().chain(best.then_some(Occasion::Best)).collect()
    }

    /// Writes sample tunes after every tenth epoch, which it returns.
    fn sample(&self, trainer: &Trainer) -> Result<Option<String>> {
        let epoch = trainer.progress.epoch;
        if epoch == 0 || !(epoch.is_multiple_of(MILESTONE) || epoch == trainer.config.epochs) {
            return Ok(None);
        }
        let options = sampling(&self.vocabulary, epoch as u64, "", &Header::default())?;
        let tunes = write_all(&trainer.model, &self.vocabulary, &options, 2).concat();
        self.folder.sample(epoch, &tunes)?;
        Ok(Some(tunes))
    }

    /// After an epoch: everything of it, the checkpoints last.
    pub(super) fn epoch(&mut self, trainer: &Trainer, seconds: f64, speed: f64) -> Option<String> {
        self.survive(self.folder.log(&trainer.history));
        self.draw(trainer);
        if let Some(mut timing) = self.timing.take() {
            let epoch = trainer.progress.epoch.to_string();
            let written = timing.line([epoch, format!("{seconds:.3}"), format!("{speed:.0}")]);
            self.timing = self.survive(written).map(|()| timing);
        }
        let tunes = self.survive(self.sample(trainer)).flatten();
        for occasion in self.lasting(trainer) {
            let written = self.checkpoint(trainer, occasion);
            self.survive(written);
        }
        tunes
    }

    /// Brings the trainer back to the last lasting checkpoint, which is the same one whenever the
    /// run is repeated or interrupted, and lowers the rate.
    pub(super) fn go_back(&mut self, trainer: &mut Trainer) -> Result<PathBuf> {
        let rate_cuts = trainer.progress.rate_cuts + 1;
        let (path, checkpoint) = self.folder.last_lasting(|e| self.warn(e))?;
        checkpoint.restore(trainer);
        trainer.progress.rate_cuts = rate_cuts;
        // what lies ahead belongs to the course that is given up
        self.survive(self.folder.prune(0));
        self.survive(self.folder.log(&trainer.history));
        self.draw(trainer);
        let opened = self.open_tables(trainer);
        self.survive(opened);
        Ok(path)
    }

    /// Whether all that was done is in a file.
    pub(super) fn has_all(&self, trainer: &Trainer) -> bool {
        self.kept == Some(trainer.progress.place())
    }

    /// The last files of a run.
    pub(super) fn finish(&mut self, trainer: &Trainer) -> Result<()> {
        let mut write = || {
            self.folder.log(&trainer.history)?;
            let named = trainer.progress.epoch.is_multiple_of(MILESTONE);
            match self.has_all(trainer) && named {
                true => Ok(()),
                false => self.checkpoint(trainer, Occasion::Milestone).map(drop),
            }
        };
        write().map_err(|e| {
            Error::Failed(format!(
                "{e}; what came after the last checkpoint is lost with this process: then go on \
                 with: hornpipe train --resume {}",
                self.path().display()
            ))
        })?;
        self.draw(trainer);
        self.survive(self.folder.prune(0));
        Ok(())
    }
}
