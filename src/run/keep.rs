//! What a run writes into its folder while it trains, and what becomes of it where it cannot.
//!
//! Before the first step and at the end a failed write is an error. In between it is told and the
//! training goes on: the checkpoint before it is whole, and the next may succeed.

use crate::error::{Divergence, Error, Result};
use crate::learn::guard::MOST_CUTS;
use crate::learn::train::{Step, Trainer, Watcher};
use crate::run::checkpoint::About;
use crate::run::folder::{KEPT, MILESTONE, Occasion, RunFolder, Table};
use crate::run::notice::Notice;
use crate::write::generate::{self, write_all};
use crate::write::prompt::Prompt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How a run is kept.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Time from one checkpoint to the next.
    pub every: Duration,
    /// Whether batches.csv is written.
    pub batches: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// A checkpoint a minute, no batches.csv.
    pub fn new() -> Self {
        Self { every: Duration::from_secs(60), batches: false }
    }

    /// Sets the time from one checkpoint to the next.
    pub fn every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// Sets whether batches.csv is written.
    pub fn batches(self, batches: bool) -> Self {
        Self { batches, ..self }
    }
}

/// Hears what could not be written or read while a run goes on.
pub type Notify = Box<dyn Fn(Notice)>;

/// Writes the folder of a run. As a [`Watcher`] it does all that is needed beside training; whoever
/// shows a run, too, calls it from a watcher of their own.
pub struct Keeper {
    folder: RunFolder,
    about: About,
    options: Options,
    notify: Notify,
    timing: Option<Table>,
    batches: Option<Table>,
    /// Whether the curves could not be drawn the last time, which was told.
    undrawn: bool,
    /// When a checkpoint was last written or failed to be.
    tried: Instant,
    /// Where the run stood at the last one written.
    kept: Option<(usize, usize)>,
    /// When the present epoch began here, and the steps since then.
    epoch_begun: Instant,
    epoch_steps: usize,
}

/// What an epoch took, and what the model writes after it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EpochKept {
    /// Wall clock; where a resumed run began amid the epoch, since then.
    pub seconds: f64,
    /// Sample tunes, after every tenth epoch and the last.
    pub tunes: Option<String>,
}

impl Keeper {
    /// Writes all that a run has before its first step, or had when it was interrupted.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn begin(
        folder: RunFolder,
        about: About,
        options: Options,
        trainer: &Trainer,
        notify: Notify,
    ) -> Result<Self> {
        let now = Instant::now();
        let mut keeper = Self {
            folder,
            about,
            options,
            notify,
            timing: None,
            batches: None,
            undrawn: false,
            tried: now,
            kept: None,
            epoch_begun: now,
            epoch_steps: 0,
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
        keeper.folder.describe(&keeper.about)?;
        keeper.begin_epoch();
        Ok(keeper)
    }

    /// The folder of the run.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the clock of an epoch: writing and sampling belong to none.
    fn begin_epoch(&mut self) {
        (self.epoch_begun, self.epoch_steps) = (Instant::now(), 0);
    }

    /// Opens the tables and takes lines out of them that lie ahead.
    fn open_tables(&mut self, trainer: &Trainer) -> Result<()> {
        let (epochs, window) = trainer.progress.place();
        let (epochs, window) = (epochs as f64, window as f64);
        let header = ["Epoch", "seconds", "characters_per_second"];
        self.timing = Some(self.folder.table("timing.csv", &header, |epoch, _| epoch <= epochs)?);
        self.batches = None;
        if self.options.batches || self.path().join("batches.csv").exists() {
            let header = ["Epoch", "Batch", "Loss", "Accuracy"];
            self.batches = Some(self.folder.table("batches.csv", &header, |epoch, batch| {
                epoch <= epochs || (epoch == epochs + 1.0 && batch <= window)
            })?);
        }
        Ok(())
    }

    /// The value, or a notice.
    fn survive<T>(&self, result: Result<T>) -> Option<T> {
        result.map_err(|e| (self.notify)(Notice::Unwritten(e))).ok()
    }

    /// Draws the curves. A picture is no reason for a warning after every epoch: one will do.
    fn draw(&mut self, trainer: &Trainer) {
        let drawn = self.folder.draw(&trainer.history);
        if drawn.is_ok() || !self.undrawn {
            self.undrawn = self.survive(drawn).is_none();
        }
    }

    /// After a step.
    pub fn batch(&mut self, trainer: &Trainer, step: Step) {
        self.epoch_steps += 1;
        let Some(mut batches) = self.batches.take() else { return };
        let (epoch, batch) = trainer.progress.place();
        let (loss, accuracy) = (step.score.loss.to_string(), step.score.accuracy.to_string());
        let written = batches.line([(epoch + 1).to_string(), batch.to_string(), loss, accuracy]);
        // a table ends where it cannot be written: half a line is none
        self.batches = self.survive(written).map(|()| batches);
    }

    /// Whether it is time for a checkpoint.
    pub fn is_due(&self) -> bool {
        self.tried.elapsed() >= self.options.every
    }

    /// A checkpoint amid an epoch; its path, if it could be written.
    pub fn between(&mut self, trainer: &Trainer) -> Option<PathBuf> {
        let written = self.checkpoint(trainer, Occasion::Between);
        let path = self.survive(written)?;
        self.survive(self.folder.prune(KEPT));
        Some(path)
    }

    fn checkpoint(&mut self, trainer: &Trainer, occasion: Occasion) -> Result<PathBuf> {
        let written = self.folder.checkpoint(trainer, &self.about, occasion);
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
        if epoch == 0 || !(epoch.is_multiple_of(MILESTONE) || epoch == trainer.settings.epochs) {
            return Ok(None);
        }
        let vocabulary = &self.about.vocabulary;
        let options = generate::Options::new(Prompt::new(vocabulary)).seed(epoch as u64);
        let tunes = write_all(&trainer.model, vocabulary, &options, 2).concat();
        self.folder.sample(epoch, &tunes)?;
        Ok(Some(tunes))
    }

    /// After an epoch: everything of it, the checkpoints last.
    pub fn epoch(&mut self, trainer: &Trainer) -> EpochKept {
        let (seconds, (steps, batch)) =
            (self.epoch_begun.elapsed().as_secs_f64(), trainer.window());
        let speed = (self.epoch_steps * steps * batch) as f64 / seconds;
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
        self.begin_epoch();
        EpochKept { seconds, tunes }
    }

    /// When the numbers have gone wrong: brings the trainer back to the last lasting checkpoint,
    /// which is the same one whenever the run is repeated or interrupted, and lowers the rate. Says
    /// which checkpoint that is.
    ///
    /// # Errors
    /// The rate was lowered often enough, or no such checkpoint can be read.
    pub fn go_back(&mut self, trainer: &mut Trainer, problem: &Divergence) -> Result<PathBuf> {
        if trainer.progress.rate_cuts == MOST_CUTS {
            return Err(Error::GivenUp { problem: problem.clone(), cuts: MOST_CUTS });
        }
        let rate_cuts = trainer.progress.rate_cuts + 1;
        let passed_over = |e| (self.notify)(Notice::PassedOver(e));
        let (path, checkpoint) = self.folder.last_lasting(passed_over)?;
        checkpoint.restore(trainer);
        trainer.progress.rate_cuts = rate_cuts;
        // what lies ahead belongs to the course that is given up
        self.survive(self.folder.prune(0));
        self.survive(self.folder.log(&trainer.history));
        self.draw(trainer);
        let opened = self.open_tables(trainer);
        self.survive(opened);
        self.begin_epoch();
        Ok(path)
    }

    /// Whether all that was done is in a file.
    pub fn has_all(&self, trainer: &Trainer) -> bool {
        self.kept == Some(trainer.progress.place())
    }

    /// The last files of a run.
    ///
    /// # Errors
    /// One cannot be written.
    pub fn finish(&mut self, trainer: &Trainer) -> Result<()> {
        let unsaved = |run: &Path, e| Error::Unsaved { source: Box::new(e), run: run.to_owned() };
        let logged = self.folder.log(&trainer.history);
        logged.map_err(|e| unsaved(self.path(), e))?;
        let named = trainer.progress.epoch.is_multiple_of(MILESTONE);
        if !(named && self.has_all(trainer)) {
            let written = self.checkpoint(trainer, Occasion::Milestone);
            written.map_err(|e| unsaved(self.path(), e))?;
        }
        self.draw(trainer);
        self.survive(self.folder.prune(0));
        Ok(())
    }
}

impl Watcher for Keeper {
    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.batch(trainer, step);
        if self.is_due() {
            trainer.check()?;
            self.between(trainer);
        }
        Ok(())
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        Keeper::epoch(self, trainer);
        Ok(())
    }

    fn diverged(&mut self, trainer: &mut Trainer, problem: Divergence) -> Result<()> {
        self.go_back(trainer, &problem).map(drop)
    }
}
