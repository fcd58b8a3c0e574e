//! What a run shows while it trains, and what it writes into its folder.

use super::generate::{Header, sampling};
use super::out::{Out, duration, grouped, note};
use crate::error::Result;
use crate::generate::write_all;
use crate::run::{RunFolder, Table};
use crate::text::Vocabulary;
use crate::train::{EpochRecord, Step, Trainer, Watcher};
use hornpipe_kernels::Isa;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// Epochs from one milestone checkpoint to the next.
const MILESTONE: usize = 10;

/// Shows a run and writes its folder.
pub(super) struct Watch<'a> {
    out: &'a Out,
    folder: RunFolder,
    vocabulary: Vocabulary,
    bar: ProgressBar,
    timing: Table,
    batches: Option<Table>,
    begun: Instant,
    epoch_begun: Instant,
    steps_done: usize,
    estimated: bool,
}

impl<'a> Watch<'a> {
    /// Writes all that a run has before its first step.
    pub(super) fn new(
        folder: RunFolder,
        vocabulary: Vocabulary,
        trainer: &Trainer,
        out: &'a Out,
        log_batches: bool,
    ) -> Result<Self> {
        folder.describe(trainer, &vocabulary)?;
        folder.log(&trainer.history)?;
        folder.checkpoint(trainer, &vocabulary, false)?;
        let timing = folder.table("timing.csv", &["Epoch", "seconds", "characters_per_second"])?;
        let header = ["Epoch", "Batch", "Loss", "Accuracy"];
        let batches = log_batches.then(|| folder.table("batches.csv", &header)).transpose()?;
        out.say(format!(
            "{}: {} epochs of {} batches, {} threads, {} kernels",
            folder.path().display(),
            trainer.config.epochs,
            trainer.windows(),
            rayon::current_num_threads(),
            Isa::current()
        ))?;
        let bar = if out.quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        bar.set_length((trainer.config.epochs * trainer.windows()) as u64);
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {msg} {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        let (begun, epoch_begun, steps_done, estimated) = (now, now, 0, false);
        Ok(Self {
            out,
            folder,
            vocabulary,
            bar,
            timing,
            batches,
            begun,
            epoch_begun,
            steps_done,
            estimated,
        })
    }

    fn characters_per_second(&self, trainer: &Trainer) -> f64 {
        let window = trainer.config.batch * trainer.config.steps;
        (self.steps_done * window) as f64 / self.begun.elapsed().as_secs_f64()
    }

    /// A line for people, above the bar.
    fn say(&self, line: impl AsRef<str>) -> Result<()> {
        self.bar.suspend(|| self.out.say(line))
    }

    /// After the first seconds: how long the whole will take.
    fn estimate(&mut self, trainer: &Trainer) -> Result<()> {
        if self.estimated || self.begun.elapsed() < Duration::from_secs(3) {
            return Ok(());
        }
        self.estimated = true;
        let all = trainer.config.epochs * trainer.windows();
        let whole = self.begun.elapsed().as_secs_f64() * all as f64 / self.steps_done as f64;
        self.say(format!(
            "about {} for all {} epochs, at {} characters/s",
            duration(whole),
            trainer.config.epochs,
            grouped(self.characters_per_second(trainer) as usize)
        ))
    }

    fn milestone(&self, trainer: &Trainer) -> Result<()> {
        self.folder.checkpoint(trainer, &self.vocabulary, false)?;
        let epoch = trainer.progress.epoch;
        let options = sampling(&self.vocabulary, epoch as u64, "", &Header::default())?;
        let tunes = write_all(&trainer.model, &self.vocabulary, &options, 2).concat();
        self.folder.sample(epoch, &tunes)?;
        self.say(format!("\nafter {epoch} epochs it writes:\n\n{}", tunes.trim_end()))?;
        self.say("")
    }

    /// The last checkpoint, and what to do with it.
    pub(super) fn finish(self, trainer: &Trainer) -> Result<()> {
        self.bar.finish_and_clear();
        let epochs = trainer.progress.epoch;
        if !epochs.is_multiple_of(MILESTONE) {
            self.milestone(trainer)?;
        }
        let path = self.folder.path().display();
        if let Some((epoch, loss)) = trainer.progress.best {
            self.out.say(format!("best on held-out tunes: loss {loss:.4} after epoch {epoch}"))?;
        }
        // worse than knowing nothing of music: every symbol as likely as any other
        let guessing = libm::log(trainer.config.shape.vocab as f64);
        if let Some(loss) = trainer.history.last().map(|record| record.loss_mean)
            && loss > guessing + 0.5
        {
            note(format!(
                "the loss {loss:?} is above that of guessing, {guessing:.4}; try a lower \
                 --learning-rate (now {:?}) or --clip 5",
                trainer.config.learning_rate
            ));
        }
        self.out.say(format!(
            "{epochs} epochs in {}; now try:\n  hornpipe generate {path} -n 3\n  hornpipe evaluate \
             {path}",
            duration(self.begun.elapsed().as_secs_f64())
        ))?;
        if self.out.quiet { self.out.result(path.to_string()) } else { Ok(()) }
    }
}

impl Watcher for Watch<'_> {
    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.steps_done += 1;
        if let Some(batches) = &mut self.batches {
            let (epoch, batch) = (trainer.progress.epoch + 1, trainer.progress.window);
            let (loss, accuracy) = (step.score.loss, step.score.accuracy);
            let cells = [epoch.to_string(), batch.to_string(), loss.to_string()];
            batches.line(cells.into_iter().chain([accuracy.to_string()]))?;
        }
        self.bar.inc(1);
        let (loss, accuracy) = (step.score.loss, 100.0 * step.score.accuracy);
        if self.steps_done % 8 == 1 {
            let speed = grouped(self.characters_per_second(trainer) as usize);
            self.bar.set_message(format!("loss {loss:.3} accuracy {accuracy:.1}% {speed} chars/s"));
        }
        self.estimate(trainer)
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        let record = trainer.history.last().expect("an epoch has just ended");
        self.folder.log(&trainer.history)?;
        let seconds = self.epoch_begun.elapsed().as_secs_f64();
        let speed = trainer.characters() as f64 / seconds;
        self.timing.line([
            record.epoch.to_string(),
            format!("{seconds:.3}"),
            format!("{speed:.0}"),
        ])?;
        self.say(line(record, trainer.config.epochs, seconds))?;
        if trainer.progress.best.is_some_and(|(epoch, _)| epoch == record.epoch) {
            self.folder.checkpoint(trainer, &self.vocabulary, true)?;
        }
        if record.epoch.is_multiple_of(MILESTONE) {
            self.milestone(trainer)?;
        }
        // writing and sampling belong to no epoch
        self.epoch_begun = Instant::now();
        Ok(())
    }
}

fn line(record: &EpochRecord, epochs: usize, seconds: f64) -> String {
    let EpochRecord { epoch, loss_mean: loss, .. } = record;
    let accuracy = 100.0 * record.accuracy_mean;
    let held_out = match record.validation {
        Some((loss, accuracy)) => format!("  held out {loss:.4} {:5.1}%", 100.0 * accuracy),
        None => String::new(),
    };
    format!("epoch {epoch:3}/{epochs}  loss {loss:.4} {accuracy:5.1}%{held_out}  {seconds:.1} s")
}
