//! Training: one window after another, the state carried along, Adam after each.
//!
//! [`train`] is the loop; whatever shows, saves or samples watches it through [`Watcher`].

use crate::adam::{Adam, clip_scale, global_norm};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::init::initial_weights;
use crate::layers::dropout::Dropout;
use crate::layers::loss::Score;
use crate::model::{Model, States, Tape};
use crate::profile::{Phase, Stopwatch};
use crate::text::Streams;
use crate::weights::Weights;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// The whole state of a run: what a checkpoint holds, beside the text.
pub struct Trainer {
    /// What decides the numbers.
    pub config: Config,
    /// The weights.
    pub model: Model<f32>,
    /// The optimiser.
    pub adam: Adam<f32>,
    /// Recurrent states of the training streams.
    pub states: States<f32>,
    /// Where in the text the run stands.
    pub progress: Progress,
    /// One line an epoch.
    pub history: Vec<EpochRecord>,
    workspace: Workspace,
}

/// The texts, and the arrays that a step works in: made once, and no number in them outlives a
/// step.
struct Workspace {
    training: Streams,
    validation: Option<Streams>,
    x: Array2<u32>,
    y: Array2<u32>,
    tape: Tape<f32>,
    d: Weights<f32>,
}

/// Position in the text and the running sums of the epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Epochs finished.
    pub epoch: usize,
    /// Windows of the present epoch done.
    pub window: usize,
    /// Sum of their losses.
    pub loss_sum: f64,
    /// Sum of their accuracies.
    pub accuracy_sum: f64,
    /// The epoch's last update so far.
    pub last: Option<Step>,
    /// Lowest validation loss so far and its epoch.
    pub best: Option<(usize, f64)>,
}

/// What is known at the end of an epoch: a line of `log.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Loss of the last batch, dropout on: what the notebook logs.
    pub loss_last: f64,
    /// Accuracy of the last batch.
    pub accuracy_last: f64,
    /// Mean over the epoch's batches, dropout on.
    pub loss_mean: f64,
    /// Mean over the epoch's batches.
    pub accuracy_mean: f64,
    /// Loss and accuracy of the text held out, dropout off.
    pub validation: Option<(f64, f64)>,
    /// Length of the last batch's gradient, before clipping.
    pub gradient_norm: f64,
    /// Adam's rate.
    pub learning_rate: f64,
}

/// What one update did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Loss and accuracy of the window, dropout on, before the update.
    pub score: Score,
    /// Length of the gradient before clipping; measured where something needs it.
    pub gradient_norm: Option<f64>,
}

/// Sees a run go by.
pub trait Watcher {
    /// After every update.
    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()>;
    /// After every epoch, its record being the last of the history.
    fn epoch(&mut self, trainer: &Trainer) -> Result<()>;
}

/// Trains until `config.epochs` epochs are done.
pub fn train(trainer: &mut Trainer, watcher: &mut impl Watcher) -> Result<()> {
    while trainer.progress.epoch < trainer.config.epochs {
        while trainer.progress.window < trainer.workspace.training.windows() {
            let step = trainer.step()?;
            watcher.step(trainer, step)?;
        }
        trainer.finish_epoch()?;
        watcher.epoch(trainer)?;
    }
    Ok(())
}

impl Trainer {
    /// A run about to begin, with freshly drawn weights or the given ones.
    pub fn new(
        config: Config,
        training: Streams,
        validation: Option<Streams>,
        weights: Option<Weights<f32>>,
    ) -> Self {
        let weights = weights.unwrap_or_else(|| initial_weights(&config.shape, config.seed));
        let model = Model::new(weights, config.activation);
        let (x, y) = training.window_arrays();
        Self {
            adam: Adam::new(&config.shape),
            states: model.zero_states(config.batch),
            progress: Progress::default(),
            history: Vec::new(),
            workspace: Workspace {
                tape: Tape::new(&config.shape, config.steps, config.batch),
                d: Weights::zeros(&config.shape),
                training,
                validation,
                x,
                y,
            },
            model,
            config,
        }
    }

    /// Batches an epoch.
    pub fn windows(&self) -> usize {
        self.workspace.training.windows()
    }

    /// Characters an epoch visits.
    pub fn characters(&self) -> usize {
        self.workspace.training.characters()
    }

    /// Measures where the time of a step goes.
    pub fn stopwatch(&mut self) -> &mut Stopwatch {
        &mut self.workspace.tape.stopwatch
    }

    /// One update: forward, loss, backward through time, Adam.
    pub fn step(&mut self) -> Result<Step> {
        let Workspace { training, x, y, tape, d, .. } = &mut self.workspace;
        let Config { dropout: rate, seed, .. } = self.config;
        training.fill(self.progress.window, x, y);
        let dropout = Dropout::Drawn { rate, seed, update: self.adam.clock.t };
        self.model.forward(x.view(), &mut self.states, dropout, tape);
        let score = self.model.score(y.view(), tape);
        self.model.backward(tape, d);

        self.progress.window += 1;
        self.progress.loss_sum += score.loss;
        self.progress.accuracy_sum += score.accuracy;
        let last = self.progress.window == training.windows();
        let norm = (last || self.config.clip.is_some()).then(|| global_norm(d));
        self.refuse_nonsense(score.loss.is_finite() && norm.unwrap_or(0.0).is_finite())?;
        let scale = match (self.config.clip, norm) {
            (Some(limit), Some(norm)) => clip_scale(norm, limit),
            _ => 1.0,
        };
        let (adam, learning_rate) = (&mut self.adam, self.config.learning_rate);
        let d = &self.workspace.d;
        self.model.update(|weights| adam.step(weights, d, learning_rate, scale));
        self.workspace.tape.stopwatch.lap(Phase::Update);
        let step = Step { score, gradient_norm: norm };
        self.progress.last = Some(step);
        Ok(step)
    }

    fn refuse_nonsense(&self, finite: bool) -> Result<()> {
        if finite {
            return Ok(());
        }
        Err(Error::Failed(format!(
            "the loss is no longer a number (epoch {}, batch {}); start again with a lower \
             --learning-rate (now {:?}) or with --clip 5",
            self.progress.epoch + 1,
            self.progress.window,
            self.config.learning_rate
        )))
    }

    fn finish_epoch(&mut self) -> Result<()> {
        let last = self.progress.last.expect("an epoch has at least one window");
        let windows = self.progress.window as f64;
        let validation = self.validate();
        // the last update has not been through a forward pass yet
        let loss = validation.map_or(0.0, |score| score.loss);
        self.refuse_nonsense(loss.is_finite() && self.model.weights().is_finite())?;
        let epoch = self.progress.epoch + 1;
        let best = match (self.progress.best, validation) {
            (best, None) => best,
            (Some((_, lowest)), Some(score)) if score.loss >= lowest => self.progress.best,
            (_, Some(score)) => Some((epoch, score.loss)),
        };
        self.history.push(EpochRecord {
            epoch,
            loss_last: last.score.loss,
            accuracy_last: last.score.accuracy,
            loss_mean: self.progress.loss_sum / windows,
            accuracy_mean: self.progress.accuracy_sum / windows,
            validation: validation.map(|score| (score.loss, score.accuracy)),
            gradient_norm: last.gradient_norm.unwrap_or(f64::NAN),
            learning_rate: self.config.learning_rate,
        });
        self.progress = Progress { epoch, best, ..Progress::default() };
        Ok(())
    }

    /// Score of the text held out, from a zero state, dropout off; the run itself is not touched.
    fn validate(&self) -> Option<Score> {
        let streams = self.workspace.validation.as_ref()?;
        Some(evaluate(&self.model, streams))
    }
}

/// Mean score of a model over all windows of a text, the state carried from zero, dropout off.
pub fn evaluate(model: &Model<f32>, streams: &Streams) -> Score {
    let (mut x, mut y) = streams.window_arrays();
    let mut tape = Tape::for_inference(model, x.nrows(), x.ncols());
    let mut states = model.zero_states(x.ncols());
    let mut sum = Score::default();
    for window in 0..streams.windows() {
        streams.fill(window, &mut x, &mut y);
        let score = model.evaluate(x.view(), y.view(), &mut states, &mut tape);
        sum.loss += score.loss;
        sum.accuracy += score.accuracy;
    }
    let windows = streams.windows() as f64;
    Score { loss: sum.loss / windows, accuracy: sum.accuracy / windows }
}
