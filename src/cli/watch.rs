//! What a run shows while it trains: lines and a bar for people, JSON lines for machines.

use super::out::{Out, counted, duration, grouped, judged, note};
use super::ranks::launched;
use super::stop::Stop;
use crate::engine::real::Precision;
use crate::error::{Divergence, Error, Result};
use crate::hash::{hex, weights_sha256};
use crate::learn::config::Settings;
use crate::learn::group::Asked;
use crate::learn::progress::{EpochRecord, Step};
use crate::learn::train::{Trainer, Watcher};
use crate::run::keep::{EpochKept, Keeper};
use hornpipe_kernels::Isa;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What the flags say about lines.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// Time from one to the next where there is no bar.
    pub(super) every: Duration,
    /// JSON lines instead of what is for people.
    pub(super) json: bool,
}

/// The bar of a run; hidden where there is no terminal or nobody wants it.
pub(super) fn bar(shown: bool) -> ProgressBar {
    let bar = if shown { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{wide_bar} {percent}% {msg} {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Shows a run.
pub(super) struct Watch<'a> {
    out: &'a Out,
    lines: Lines,
    keeper: Keeper,
    bar: ProgressBar,
    stop: Stop,
    begun: Instant,
    /// When a line was last shown.
    shown: Instant,
    /// Steps this process has made.
    steps_done: usize,
    /// Steps that were to be made when it began.
    steps_asked: usize,
    resumed: bool,
    estimated: bool,
    /// When the present epoch began here, and how long the rank had waited for others until then.
    epoch_begun: (Instant, Duration),
    /// Good tunes among those that were judged last, if some were.
    good: Option<usize>,
}

impl<'a> Watch<'a> {
    /// Says what is about to begin or to go on.
    pub(super) fn new(
        keeper: Keeper,
        bar: ProgressBar,
        trainer: &Trainer,
        out: &'a Out,
        lines: Lines,
    ) -> Result<Self> {
        let stop = match launched() {
            None => Stop::listen()?,
            Some(_) => Stop::listen_in_group()?,
        };
        let now = Instant::now();
        let (all, done) = (trainer.settings.epochs * trainer.windows(), steps_before(trainer));
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        let watch = Self {
            out,
            lines,
            keeper,
            bar,
            stop,
            begun: now,
            shown: now,
            steps_done: 0,
            steps_asked: all.saturating_sub(done),
            resumed: done > 0,
            estimated: false,
            epoch_begun: (now, trainer.group().waited()),
            good: None,
        };
        watch.say_begin(trainer)?;
        Ok(watch)
    }

    fn say_begin(&self, trainer: &Trainer) -> Result<()> {
        let run = self.keeper.path().display();
        let Settings { epochs, precision, shards, .. } = trainer.settings;
        let ranks = trainer.group().size();
        let (windows, threads, isa) =
            (trainer.windows(), rayon::current_num_threads(), Isa::current());
        let place = if self.resumed { format!("goes on {}, ", place(trainer)) } else { "".into() };
        self.say(format!(
            "{run}: {place}{} of {}{}{}, {}{}, {isa} kernels{}",
            counted(epochs, "epoch"),
            match windows {
                1 => "1 batch".to_owned(),
                _ => format!("{windows} batches"),
            },
            if shards > 1 { format!(" in {}", counted(shards, "shard")) } else { "".into() },
            if ranks > 1 { format!(", {}", counted(ranks, "rank")) } else { "".into() },
            counted(threads, "thread"),
            if ranks > 1 { " here" } else { "" },
            if precision == Precision::Bf16 { ", products in bf16" } else { "" },
        ))?;
        if precision == Precision::Bf16 && isa.name() != "avx512bf16" {
            note(format!(
                "the {isa} kernels have no instruction for products in bf16: the bits are the same, \
                 but they take some three times as long as in f32"
            ));
        }
        self.event(
            "begin",
            trainer,
            json!({ "epochs": epochs, "batches": windows, "threads": threads,
                    "kernels": isa.name(), "precision": precision.name(), "ranks": ranks,
                    "shards": shards }),
        )
    }

    /// A line for machines: what happened, in which run, where, and `more`.
    fn event(&self, what: &str, trainer: &Trainer, more: Value) -> Result<()> {
        if !self.lines.json {
            return Ok(());
        }
        let (epoch, batch) = trainer.progress.place();
        let run = self.keeper.path().display().to_string();
        let mut line = json!({ "event": what, "run": run, "epoch": epoch, "batch": batch });
        if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
            line.extend(more);
        }
        // as with lines for people, that nobody reads any more stops no training
        match self.bar.suspend(|| self.out.data_line(line.to_string())) {
            Err(Error::ClosedPipe) => Ok(()),
            other => other,
        }
    }

    /// A line for people, above the bar.
    fn say(&self, line: impl AsRef<str>) -> Result<()> {
        self.bar.suspend(|| self.out.say(line))
    }

    /// Share of the epoch's time that this rank has waited for the others, transfers included.
    fn waiting(&self, trainer: &Trainer) -> f64 {
        let (begun, before) = self.epoch_begun;
        (trainer.group().waited() - before).as_secs_f64() / begun.elapsed().as_secs_f64()
    }

    /// The same in words, behind a line; nothing where there are no others.
    fn waiting_said(&self, trainer: &Trainer) -> String {
        match trainer.group().size() {
            1 => String::new(),
            _ => format!("  {:.0} % waiting", 100.0 * self.waiting(trainer)),
        }
    }

    /// After the first seconds: how long the whole will take.
    fn estimate(&mut self, trainer: &Trainer, speed: f64) -> Result<()> {
        if self.estimated || self.begun.elapsed() < Duration::from_secs(3) {
            return Ok(());
        }
        self.estimated = true;
        let step = self.begun.elapsed().as_secs_f64() / self.steps_done as f64;
        let what = if self.resumed {
            "what is left".to_owned()
        } else {
            format!("all {}", counted(trainer.settings.epochs, "epoch"))
        };
        self.say(format!(
            "about {} for {what}, at {} characters/s",
            duration(step * self.steps_asked as f64),
            grouped(speed as usize)
        ))
    }

    /// The bar, or now and then a line where there is none.
    fn show_step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        let (steps, batch) = trainer.window();
        let characters = self.steps_done * steps * batch;
        let speed = characters as f64 / self.begun.elapsed().as_secs_f64();
        let (loss, accuracy) = (step.score.loss, 100.0 * step.score.accuracy);
        let speed_text = grouped(speed as usize);
        self.bar.inc(1);
        if self.steps_done % 8 == 1 {
            let waiting = self.waiting_said(trainer);
            let message = format!("loss {loss:.3} {accuracy:.1}% {speed_text} chars/s{waiting}");
            self.bar.set_message(message);
        }
        if self.bar.is_hidden() && self.shown.elapsed() >= self.lines.every {
            self.shown = Instant::now();
            let (epoch, batch) = trainer.progress.place();
            let (epochs, batches) = (trainer.settings.epochs, trainer.windows());
            self.say(format!(
                "epoch {:3}/{epochs}  batch {batch}/{batches}  loss {loss:.4} {accuracy:5.1}%  \
                 {speed_text} characters/s{}",
                epoch + 1,
                self.waiting_said(trainer)
            ))?;
        }
        self.estimate(trainer, speed)
    }

    /// The last checkpoint, and how to go on.
    fn interrupted(&mut self, trainer: &Trainer) -> Result<()> {
        self.bar.finish_and_clear();
        self.keeper.between(trainer)?;
        let resume = format!("hornpipe train --resume {}", self.keeper.path().display());
        let lost = match &self.keeper.unwritten(trainer)[..] {
            [] => "nothing is lost".to_owned(),
            lost => format!("{} is lost", lost.join(" and ")),
        };
        let with = if trainer.group().size() > 1 { ", behind mpirun or alone" } else { "" };
        note(format!("stopped {}, {lost}; go on with: {resume}{with}", place(trainer)));
        self.event("stopped", trainer, json!({ "resume": resume }))?;
        Err(Error::Interrupted)
    }

    /// The last files, and what to do with them.
    pub(super) fn finish(mut self, trainer: &Trainer) -> Result<()> {
        self.bar.finish_and_clear();
        self.keeper.finish(trainer)?;
        let epochs = trainer.progress.epoch;
        let path = self.keeper.path().display();
        let best = trainer.progress.best;
        if let Some((epoch, loss)) = best {
            self.out.say(format!("best on held-out text: loss {loss:.4} after epoch {epoch}"))?;
        }
        // worse than knowing nothing of music: every symbol as likely as any other
        let guessing = libm::log(trainer.model.weights().embedding.nrows() as f64);
        if let Some(loss) = trainer.history.last().map(|record| record.loss_mean)
            && loss > guessing + 0.5
        {
            note(format!(
                "the loss {loss:?} is above that of guessing, {guessing:.4}; try a lower \
                 --learning-rate (now {:?}) or --clip 5",
                trainer.learning_rate()
            ));
        }
        let time = duration(self.begun.elapsed().as_secs_f64());
        let time = match (self.resumed, self.steps_done) {
            (false, _) => format!(" in {time}"),
            (true, 0) => " were done already, more with --epochs".to_owned(),
            (true, _) => format!(", the last part in {time}"),
        };
        self.out.say(format!("{}{time}; now try:", counted(epochs, "epoch")))?;
        // of a model that writes none a good tune could not be had
        let as_they_come = if self.good == Some(0) { " --no-good" } else { "" };
        self.out.say(format!("  hornpipe generate {path} -n 3{as_they_come}"))?;
        self.out.say(format!("  hornpipe evaluate {path}"))?;
        let best = best.map(|(epoch, loss)| json!({ "epoch": epoch, "loss": loss }));
        let sha256 = weights_sha256(trainer.model.weights());
        self.event("done", trainer, json!({ "best": best, "weights_sha256": sha256 }))?;
        if self.out.quiet && !self.lines.json {
            self.out.data_line(path.to_string())?;
        }
        Ok(())
    }
}

impl Watcher for Watch<'_> {
    fn asks(&self) -> Asked {
        Asked { checkpoint: self.keeper.is_due(), stop: self.stop.asked() }
    }

    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.steps_done += 1;
        self.keeper.batch(trainer, step)?;
        self.show_step(trainer, step)?;
        if trainer.asked.stop {
            return self.interrupted(trainer);
        }
        if !trainer.asked.checkpoint {
            return Ok(());
        }
        match self.keeper.between(trainer)? {
            Some(path) => self.event("checkpoint", trainer, json!({ "path": path })),
            None => Ok(()),
        }
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        let record = trainer.history.last().expect("an epoch has just ended");
        let (waiting, waiting_said) = (self.waiting(trainer), self.waiting_said(trainer));
        let EpochKept { seconds, tunes, verdict, .. } = self.keeper.epoch(trainer)?;
        self.shown = Instant::now();
        let line = line(record, trainer.settings.epochs, seconds);
        self.say(line + &waiting_said)?;
        let mut values = values(record, seconds);
        self.good = verdict.map(|counts| counts.good).or(self.good);
        if let Some(verdict) = verdict {
            values["judged"] = json!(verdict);
        }
        if trainer.group().size() > 1 {
            values["waiting"] = json!(waiting);
        }
        self.event("epoch", trainer, values)?;
        if let Some(tunes) = tunes {
            let epoch = counted(record.epoch, "epoch");
            let worth = verdict.map(|counts| judged(&counts, "what it learns") + "\n");
            let (tunes, worth) = (tunes.trim_end(), worth.unwrap_or_default());
            let lines = format!("\nafter {epoch} it writes:\n\n{tunes}\n\n{worth}");
            self.bar.suspend(|| self.out.say_lines(lines))?;
        }
        self.epoch_begun = (Instant::now(), trainer.group().waited());
        Ok(())
    }

    fn diverged(&mut self, trainer: &mut Trainer, problem: Divergence) -> Result<()> {
        let path = self.keeper.go_back(trainer, &problem)?;
        let rate = trainer.learning_rate();
        self.bar.suspend(|| {
            note(format!(
                "{problem}; back to {} and on with the learning rate {rate:?} instead of {:?}",
                path.display(),
                problem.learning_rate
            ));
        });
        self.bar.set_position(steps_before(trainer) as u64);
        let problem = problem.to_string();
        self.event(
            "went_back",
            trainer,
            json!({ "problem": problem, "path": path, "learning_rate": rate }),
        )
    }
}

/// Steps made before now, by whatever process.
fn steps_before(trainer: &Trainer) -> usize {
    trainer.progress.epoch * trainer.windows() + trainer.progress.window
}

fn place(trainer: &Trainer) -> String {
    match trainer.progress.place() {
        (epoch, 0) => format!("after epoch {epoch}"),
        (epoch, batch) => format!("after batch {batch} of epoch {}", epoch + 1),
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

/// A line of log.csv for machines.
pub(super) fn values(record: &EpochRecord, seconds: f64) -> Value {
    json!({
        "loss_last": record.loss_last,
        "accuracy_last": record.accuracy_last,
        "loss": record.loss_mean,
        "accuracy": record.accuracy_mean,
        "validation_loss": record.validation.map(|(loss, _)| loss),
        "validation_accuracy": record.validation.map(|(_, accuracy)| accuracy),
        "gradient_norm": record.gradient_norm,
        "learning_rate": record.learning_rate,
        "weights_sha256": hex(&record.weights_sha256),
        "seconds": seconds,
    })
}
