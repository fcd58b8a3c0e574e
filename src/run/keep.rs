//! What a run writes into its folder while it trains, and what becomes of it where it cannot.
//!
//! Before the first step and at the end a failed write is an error. In between it is told and the
//! training goes on: the checkpoint before it is whole, and the next may succeed. The best model
//! and the lines of tables are held until they can be written. Only a folder that is no longer
//! there ends the run.

use crate::error::{Divergence, Error, Result};
use crate::learn::group::Asked;
use crate::learn::guard::MOST_CUTS;
use crate::learn::manner::Manner;
use crate::learn::progress::Step;
use crate::learn::train::{Trainer, Watcher};
use crate::music::abc;
use crate::music::judge::{Counts, Known};
use crate::run::best::{self, Held};
use crate::run::checkpoint::About;
use crate::run::folder::{KEPT, MILESTONE, Occasion, RunFolder};
use crate::run::notice::Notice;
use crate::run::ranks;
use crate::run::table::{Place, Table};
use crate::write::generate::{self, write_all};
use crate::write::prompt::Prompt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Tunes that a run writes now and then, and how many of them are shown and kept.
const JUDGED: usize = 100;
const SHOWN: usize = 2;
/// Characters of a sample where what is learned is no tunes.
const OF_PROSE: usize = 500;

/// How a run is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Time from one checkpoint to the next.
    pub every: Duration,
    /// Whether batches.csv is written.
    pub batches: bool,
    /// The tunes that are learned, if some of what is written is to be judged beside them.
    pub judged: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// A checkpoint a minute, no batches.csv.
    pub fn new() -> Self {
        Self { every: Duration::from_secs(60), batches: false, judged: None }
    }

    /// Sets the time from one checkpoint to the next.
    pub fn every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// Sets the tunes beside which some of what is written is judged.
    pub fn judged(self, judged: Option<String>) -> Self {
        Self { judged, ..self }
    }

    /// Sets whether batches.csv is written.
    pub fn batches(self, batches: bool) -> Self {
        Self { batches, ..self }
    }
}

/// Hears what could not be written or read while a run goes on.
pub type Notify = Box<dyn Fn(Notice)>;

/// Writes the folder of a run. As a [`Watcher`] it does all that is needed beside training; whoever
/// shows a run, too, calls it from a watcher of their own. Of several processes that train one run
/// rank 0 has it, and the others a [`ranks::Follower`].
pub struct Keeper {
    folder: RunFolder,
    about: About,
    manner: Manner,
    /// The tunes that are learned, to know copies by.
    known: Option<Known>,
    options: Options,
    notify: Notify,
    timing: Table,
    batches: Option<Table>,
    /// The best model where it could not be written yet.
    best: Option<Held>,
    /// Whether the curves could not be drawn the last time, which was told.
    undrawn: bool,
    /// When a checkpoint was last written or failed to be.
    tried: Instant,
    /// Where the run stood at the last one written.
    kept: Option<(usize, usize)>,
    /// The epoch of the last milestone written.
    milestone: Option<usize>,
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
    /// What these and some more are worth, beside the tunes that are learned.
    pub verdict: Option<Counts>,
}

impl Keeper {
    /// Writes all that a run has before its first step, or had when it was interrupted. Where the
    /// best model is not there that `trainer` names, the trainer learns which one is.
    ///
    /// # Errors
    /// A file cannot be written, or the run is of a model that nobody here can ask for tunes.
    ///
    /// # Panics
    /// If `about` is of another run than `trainer`: no checkpoint could be read again.
    pub fn begin(
        folder: RunFolder,
        about: About,
        mut options: Options,
        trainer: &mut Trainer,
        notify: Notify,
    ) -> Result<Self> {
        about.assert_fits(trainer);
        let manner = about.manner().map_err(|problem| Error::content(folder.path(), problem))?;
        let (now, path) = (Instant::now(), folder.path());
        let (of_epochs, of_batches) = ends(trainer);
        let batches = path.join("batches.csv");
        let has_batches = options.batches || batches.exists();
        let mut keeper = Self {
            timing: Table::new(path.join("timing.csv"), &TIMING, of_epochs),
            batches: has_batches.then(|| Table::new(batches, &BATCHES, of_batches)),
            folder,
            manner,
            known: options.judged.take().map(|text| Known::new(&abc::tunes(&text))),
            about,
            options,
            notify,
            best: None,
            undrawn: false,
            tried: now,
            kept: None,
            milestone: None,
            epoch_begun: now,
            epoch_steps: 0,
        };
        best::settle(&keeper.folder, &mut trainer.progress)?.into_iter().for_each(&keeper.notify);
        keeper.folder.log(&trainer.history)?;
        keeper.draw(trainer)?;
        keeper.tables().try_for_each(Table::write)?;
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
        ranks::share_run(trainer, &keeper.about);
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

    fn tables(&mut self) -> impl Iterator<Item = &mut Table> {
        [&mut self.timing].into_iter().chain(&mut self.batches)
    }

    /// Writes the lines that the tables have. A line is no reason for a warning after every step:
    /// one will do until all are written.
    fn write_tables(&mut self) -> Result<()> {
        self.folder.check()?;
        let mut failed = Vec::new();
        for table in self.tables() {
            let told = table.is_behind();
            failed.extend(table.write().err().filter(|_| !told));
        }
        failed.into_iter().for_each(|e| (self.notify)(Notice::Unwritten(e)));
        Ok(())
    }

    /// The value, or a notice.
    ///
    /// # Errors
    /// The folder has gone: nothing can go on there.
    fn survive<T>(&self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(gone @ Error::RunMoved { .. }) => Err(gone),
            Err(e) => {
                (self.notify)(Notice::Unwritten(e));
                Ok(None)
            }
        }
    }

    /// Draws the curves. A picture is no reason for a warning after every epoch: one will do.
    fn draw(&mut self, trainer: &Trainer) -> Result<()> {
        let drawn = self.folder.draw(&self.about.config, &trainer.history);
        if drawn.is_ok() || !self.undrawn {
            self.undrawn = self.survive(drawn)?.is_none();
        }
        Ok(())
    }

    /// After a step.
    ///
    /// # Errors
    /// The folder has gone.
    pub fn batch(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.epoch_steps += 1;
        let Some(batches) = &mut self.batches else { return Ok(()) };
        let (epoch, batch) = trainer.progress.place();
        let (loss, accuracy) = (step.score.loss.to_string(), step.score.accuracy.to_string());
        batches.push(&[(epoch + 1).to_string(), batch.to_string(), loss, accuracy]);
        self.write_tables()
    }

    /// Whether it is time for a checkpoint.
    pub fn is_due(&self) -> bool {
        self.tried.elapsed() >= self.options.every
    }

    /// A checkpoint amid an epoch; its path, if it could be written.
    ///
    /// # Errors
    /// The folder has gone.
    pub fn between(&mut self, trainer: &Trainer) -> Result<Option<PathBuf>> {
        let written = self.checkpoint(trainer, Occasion::Between);
        let path = self.survive(written)?;
        let best = self.write_best();
        self.survive(best)?;
        if path.is_some() {
            self.survive(self.folder.prune(KEPT))?;
        }
        Ok(path)
    }

    fn checkpoint(&mut self, trainer: &Trainer, occasion: Occasion) -> Result<PathBuf> {
        // a run that goes on from it has the lines up to it from here alone
        self.write_tables()?;
        let written = self.folder.checkpoint(trainer, &self.about, occasion);
        // a disk that is full is not tried again at every step
        self.tried = Instant::now();
        if written.is_ok() {
            self.kept = Some(trainer.progress.place());
        }
        match occasion {
            Occasion::Best => {
                self.best = written.is_err().then(|| Held::new(trainer, &self.about));
            }
            Occasion::Milestone => {
                self.milestone = written.is_ok().then_some(trainer.progress.epoch);
            }
            Occasion::Between => {}
        }
        written
    }

    /// Writes the best model if that has failed so far.
    fn write_best(&mut self) -> Result<()> {
        if let Some(best) = &self.best {
            best.write(&self.folder)?;
        }
        self.best = None;
        Ok(())
    }

    /// The lasting checkpoints that the present epoch is worth.
    fn lasting(&self, trainer: &Trainer) -> Vec<Occasion> {
        let epoch = trainer.progress.epoch;
        let best = trainer.progress.best.is_some_and(|(best, _)| best == epoch);
        let milestone = epoch.is_multiple_of(MILESTONE).then_some(Occasion::Milestone);
        milestone.into_iter().chain(best.then_some(Occasion::Best)).collect()
    }

    /// Writes sample tunes after every tenth epoch; what is shown of them, and what all are worth.
    fn sample(&self, trainer: &Trainer) -> Result<Option<(String, Option<Counts>)>> {
        let epoch = trainer.progress.epoch;
        if epoch == 0 || !(epoch.is_multiple_of(MILESTONE) || epoch == trainer.settings.epochs) {
            return Ok(None);
        }
        let vocabulary = &self.about.vocabulary;
        let (prompt, length) = match self.manner.prose {
            true => (Prompt::prose(vocabulary), Some(OF_PROSE)),
            false => (Prompt::new(vocabulary), None),
        };
        let options = generate::Options::new(prompt).length(length).seed(epoch as u64);
        let options = options.manner(self.manner.clone());
        let count = if self.known.is_some() { JUDGED } else { SHOWN };
        let tunes = trainer.with_heard(|model| write_all(model, vocabulary, &options, count));
        let verdict = self.known.as_ref().map(|known| Counts::judged(&tunes, known));
        let shown = tunes[..SHOWN].concat();
        self.folder.sample(epoch, &shown, self.manner.prose)?;
        Ok(Some((shown, verdict)))
    }

    /// After an epoch: everything of it, the checkpoints last.
    ///
    /// # Errors
    /// The folder has gone.
    pub fn epoch(&mut self, trainer: &Trainer) -> Result<EpochKept> {
        let (seconds, (steps, batch)) =
            (self.epoch_begun.elapsed().as_secs_f64(), trainer.window());
        let speed = (self.epoch_steps * steps * batch) as f64 / seconds;
        self.survive(self.folder.log(&trainer.history))?;
        self.draw(trainer)?;
        let epoch = trainer.progress.epoch.to_string();
        self.timing.push(&[epoch, format!("{seconds:.3}"), format!("{speed:.0}")]);
        self.write_tables()?;
        let (tunes, verdict) = self.survive(self.sample(trainer))?.flatten().unzip();
        let lasting = self.lasting(trainer);
        for &occasion in &lasting {
            let written = self.checkpoint(trainer, occasion);
            self.survive(written)?;
        }
        if lasting == [Occasion::Milestone] {
            let best = self.write_best();
            self.survive(best)?;
        }
        self.begin_epoch();
        Ok(EpochKept { seconds, tunes, verdict: verdict.flatten() })
    }

    /// When the numbers have gone wrong: brings the trainer back to the last lasting checkpoint,
    /// which is the same one whenever the run is repeated or interrupted, and lowers the rate. Says
    /// which checkpoint that is.
    ///
    /// # Errors
    /// The rate was lowered often enough, no such checkpoint can be read, or the folder has gone.
    pub fn go_back(&mut self, trainer: &mut Trainer, problem: &Divergence) -> Result<PathBuf> {
        self.folder.check()?;
        let best = self.write_best();
        self.survive(best)?;
        if trainer.progress.rate_cuts == MOST_CUTS {
            return Err(Error::GivenUp { problem: problem.clone(), cuts: MOST_CUTS });
        }
        let rate_cuts = trainer.progress.rate_cuts + 1;
        let passed_over = |e| (self.notify)(Notice::PassedOver(e));
        let (mut path, mut checkpoint) = self.folder.last_lasting(passed_over)?;
        // to where a run goes back whose best model could be written
        if let Some(best) = &self.best
            && best.epoch > checkpoint.meta.progress.epoch
        {
            let place = (best.epoch, 0);
            path = self.folder.checkpoint_path(place, Occasion::Best);
            checkpoint = best.checkpoint();
        }
        checkpoint.restore(trainer);
        trainer.progress.rate_cuts = rate_cuts;
        if self.best.is_none() {
            let settled = best::settle(&self.folder, &mut trainer.progress);
            self.survive(settled)?.flatten().into_iter().for_each(&self.notify);
        }
        // what lies ahead belongs to the course that is given up
        self.survive(self.folder.prune(0))?;
        self.survive(self.folder.log(&trainer.history))?;
        self.draw(trainer)?;
        let (of_epochs, of_batches) = ends(trainer);
        self.timing.cut(of_epochs);
        self.batches.iter_mut().for_each(|batches| batches.cut(of_batches));
        self.write_tables()?;
        ranks::share_state(trainer, &self.about);
        self.begin_epoch();
        Ok(path)
    }

    /// What is lost if the process ends now, in words; nothing if all that was done is in a file.
    pub fn unwritten(&self, trainer: &Trainer) -> Vec<String> {
        let steps = self.kept != Some(trainer.progress.place());
        let steps = steps.then(|| "what came after the last checkpoint".to_owned());
        let best = self.best.as_ref();
        let best = best.map(|best| format!("the best model, that after epoch {}", best.epoch));
        let tables = [&self.timing].into_iter().chain(&self.batches);
        let lines = tables.filter(|table| table.is_behind());
        let lines = lines.map(|table| format!("the end of {}", table.path().display()));
        steps.into_iter().chain(best).chain(lines).collect()
    }

    /// The last files of a run.
    ///
    /// # Errors
    /// One cannot be written; the others are.
    pub fn finish(&mut self, trainer: &Trainer) -> Result<()> {
        let run = self.path().to_owned();
        let unsaved = |e, best| match (e, best) {
            (gone @ Error::RunMoved { .. }, _) => gone,
            (e, None) => Error::Unsaved { source: Box::new(e), run: run.clone() },
            (e, Some(epoch)) => Error::BestUnsaved { source: Box::new(e), run: run.clone(), epoch },
        };
        let logged = self.folder.log(&trainer.history);
        let last = if self.milestone == Some(trainer.progress.epoch) {
            Ok(())
        } else {
            self.checkpoint(trainer, Occasion::Milestone).map(drop)
        };
        let held = self.best.as_ref().map(|best| best.epoch);
        let best = self.write_best();
        self.draw(trainer)?;
        let lost: Vec<Error> = self.tables().filter_map(|table| table.write().err()).collect();
        lost.into_iter().for_each(|e| (self.notify)(Notice::LinesLost(e)));
        logged.and(last).map_err(|e| unsaved(e, None))?;
        best.map_err(|e| unsaved(e, held))?;
        self.survive(self.folder.prune(0)).map(drop)
    }
}

/// Where the present epoch or batch stands in the tables: (epochs, any) and (epoch, batch).
fn ends(trainer: &Trainer) -> (Place, Place) {
    let (epochs, window) = trainer.progress.place();
    ((epochs as f64, f64::INFINITY), ((epochs + 1) as f64, window as f64))
}

const TIMING: [&str; 3] = ["Epoch", "seconds", "characters_per_second"];
const BATCHES: [&str; 4] = ["Epoch", "Batch", "Loss", "Accuracy"];

impl Watcher for Keeper {
    fn asks(&self) -> Asked {
        Asked { checkpoint: self.is_due(), stop: false }
    }

    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.batch(trainer, step)?;
        if trainer.asked.checkpoint {
            self.between(trainer)?;
        }
        Ok(())
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        Keeper::epoch(self, trainer).map(drop)
    }

    fn diverged(&mut self, trainer: &mut Trainer, problem: Divergence) -> Result<()> {
        self.go_back(trainer, &problem).map(drop)
    }
}
