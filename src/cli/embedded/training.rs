//! A training that somebody else watches.

use super::flags::parsed;
use super::model::Held;
use super::tunes::source;
use crate::cli::begin::{Begun, keep_text};
use crate::cli::out::{Out, noted};
use crate::cli::train::Args;
use crate::cli::watch::values;
use crate::engine::weights::Weights;
use crate::error::{Divergence, Error, Result};
use crate::hash::text_sha256;
use crate::learn::group::{Asked, alone};
use crate::learn::progress::Step;
use crate::learn::source::{Text, TextSource};
use crate::learn::train::{Trainer, Watcher, train as learn};
use crate::run::checkpoint::{About, Meta};
use crate::run::folder::RunFolder;
use crate::run::keep::Keeper;
use crate::run::open::Opened;
use serde_json::Value;
use std::ops::ControlFlow;
use std::time::Instant;

/// Flags that say what a process prints, or go on with what one has begun.
const BUT: [&str; 3] = ["--resume", "--json", "--progress-every"];

/// What has just happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Happening {
    /// An update.
    Batch {
        /// From 1.
        epoch: usize,
        /// From 1.
        batch: usize,
        /// Of this batch with dropout on, in nats.
        loss: f64,
        /// Of this batch.
        accuracy: f64,
    },
    /// The figures of an epoch, as the lines of `hornpipe train --json` have them.
    Epoch(String),
}

/// What came of a training.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trained {
    /// The model with the lowest loss on what was held out; the last where nothing was.
    pub best: Held,
    /// The model as it was at the end, if that is not the best.
    pub last: Option<Held>,
    /// The figures of each epoch, as [`Happening::Epoch`] has them.
    pub history: Vec<String>,
}

/// Trains as `hornpipe train` does with these flags, on a text or the embedded corpus; in memory, but
/// where `--out` names the folder of a run. `hear` is told of every batch and epoch; Break stops there.
///
/// # Errors
/// As the command has them; in memory numbers that go wrong are one, for there is no checkpoint to go
/// back to.
pub fn train(
    text: Option<&str>,
    flags: &[String],
    hear: impl FnMut(Happening) -> ControlFlow<()>,
) -> Result<Trained> {
    let mut flags = flags.to_vec();
    flags.extend(text.map(|_| "-".to_owned()));
    let args: Args = parsed("train", &flags, &BUT)?;
    let read = match text {
        Some(text) => given(text)?,
        None => Text::learned(&[])?,
    };
    args.refuse_folder()?;
    let create = || args.out.as_deref().map(|out| RunFolder::create(Some(out))).transpose();
    let begun = args.begun(read, alone(), create, &Out::new(true))?;
    let Begun { folder, mut about, material, mut trainer, text } = begun;
    if let (Some(folder), Some(text)) = (&folder, text) {
        keep_text(folder, &mut about, &text)?;
    }
    let keeper = match folder {
        None => None,
        Some(folder) => {
            let about = about.clone();
            Some(args.keeper(folder, about, material, &mut trainer, Box::new(noted))?)
        }
    };
    let mut told = Told {
        hear,
        keeper,
        about,
        best: None,
        history: Vec::new(),
        begun: Instant::now(),
        stopped: false,
    };
    match learn(&mut trainer, &mut told) {
        Err(Error::Interrupted) if told.stopped => {}
        other => other?,
    }
    told.finish(&trainer)
}

/// A text that is at hand, as one that cannot be read again.
fn given(text: &str) -> Result<Text> {
    let mut read = Text::learned(&[])?;
    let text = source(text)?.text;
    read.source = TextSource { paths: vec!["the text".to_owned()], sha256: text_sha256(&text) };
    read.text = text;
    Ok(read)
}

/// Tells of a training, and keeps what comes of it.
struct Told<H> {
    hear: H,
    keeper: Option<Keeper>,
    about: About,
    best: Option<(Weights<f32>, Meta)>,
    history: Vec<Value>,
    /// When the epoch began.
    begun: Instant,
    stopped: bool,
}

impl<H: FnMut(Happening) -> ControlFlow<()>> Told<H> {
    fn tell(&mut self, trainer: &Trainer, what: Happening) -> Result<()> {
        if (self.hear)(what).is_continue() {
            return Ok(());
        }
        self.stopped = true;
        if let Some(keeper) = self.keeper.as_mut().filter(|_| trainer.progress.window > 0) {
            trainer.check()?;
            keeper.between(trainer)?;
        }
        Err(Error::Interrupted)
    }

    /// The models that were learned.
    fn finish(self, trainer: &Trainer) -> Result<Trained> {
        let Told { keeper, about, best, history, stopped, .. } = self;
        if let Some(mut keeper) = keeper.filter(|_| !stopped) {
            keeper.finish(trainer)?;
        }
        let last = now(trainer, &about);
        let is_last = best.as_ref().is_none_or(|(_, meta)| meta.progress == last.1.progress);
        let last = held(last);
        let (best, last) = match best {
            Some(best) if !is_last => (held(best), Some(last)),
            _ => (last, None),
        };
        let history = history.iter().map(Value::to_string).collect();
        Ok(Trained { best, last, history })
    }
}

/// The model that has been learned so far.
fn now(trainer: &Trainer, about: &About) -> (Weights<f32>, Meta) {
    let weights = trainer.average.as_ref().unwrap_or(trainer.model.weights());
    (weights.clone(), Meta::new(trainer, about))
}

fn held((weights, meta): (Weights<f32>, Meta)) -> Held {
    let opened = Opened::learned("the trained model".into(), weights, meta, |weights| weights);
    Held { opened, exact: None }
}

impl<H: FnMut(Happening) -> ControlFlow<()>> Watcher for Told<H> {
    fn asks(&self) -> Asked {
        self.keeper.as_ref().map_or_else(Asked::default, Watcher::asks)
    }

    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        if let Some(keeper) = &mut self.keeper {
            keeper.step(trainer, step)?;
        }
        let (epoch, batch) = trainer.progress.place();
        let (loss, accuracy) = (step.score.loss, step.score.accuracy);
        self.tell(trainer, Happening::Batch { epoch: epoch + 1, batch, loss, accuracy })
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        let mut seconds = self.begun.elapsed().as_secs_f64();
        if let Some(keeper) = &mut self.keeper {
            seconds = Keeper::epoch(keeper, trainer)?.seconds;
        }
        let record = trainer.history.last().expect("an epoch has just ended");
        if trainer.progress.best.is_some_and(|(best, _)| best == record.epoch) {
            self.best = Some(now(trainer, &self.about));
        }
        let mut figures = values(record, seconds);
        figures["epoch"] = record.epoch.into();
        self.history.push(figures.clone());
        let told = self.tell(trainer, Happening::Epoch(figures.to_string()));
        self.begun = Instant::now();
        told
    }

    fn diverged(&mut self, trainer: &mut Trainer, problem: Divergence) -> Result<()> {
        let Some(keeper) = &mut self.keeper else { return Err(Error::Diverged(problem)) };
        keeper.go_back(trainer, &problem)?;
        // what lies ahead of the checkpoint has not been
        self.history.truncate(trainer.history.len());
        self.best.take_if(|(_, meta)| meta.progress.epoch > trainer.progress.epoch);
        Ok(())
    }
}
