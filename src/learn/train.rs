//! Training: one window after another, the state carried along, Adam after each.
//!
//! [`train`] is the loop; whatever shows, saves or samples watches it through [`Watcher`]. Numbers
//! that go wrong are noticed by [`guard`] before they reach the weights.

use crate::engine::adam::{Adam, clip_scale, global_norm};
use crate::engine::layers::dropout::Dropout;
use crate::engine::layers::loss::Score;
use crate::engine::model::{Model, States, Tape};
use crate::engine::stopwatch::{Phase, Stopwatch};
use crate::engine::weights::Weights;
use crate::error::{Divergence, Error, Result};
use crate::hash::weights_digest;
use crate::learn::config::Settings;
use crate::learn::evaluate::{evaluate, mean_score};
use crate::learn::guard;
use crate::learn::text::{Streams, Window};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The whole state of a run: what a checkpoint holds, beside the text.
pub struct Trainer {
    /// What decides the numbers, beside the initial weights and the text.
    pub settings: Settings,
    /// The weights.
    pub model: Model<f32>,
    /// The average of the weights over the updates, if the settings ask for one.
    pub average: Option<Weights<f32>>,
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
    window: Window,
    tape: Tape<f32>,
    d: Weights<f32>,
}

/// Position in the text and the running sums of the epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
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
    /// Loss of the run's first window.
    pub first_loss: Option<f64>,
    /// How often the rate was lowered because the numbers went wrong.
    pub rate_cuts: u32,
}

impl Progress {
    /// Epochs finished and windows of the next one: later is greater.
    pub fn place(&self) -> (usize, usize) {
        (self.epoch, self.window)
    }
}

/// What is known at the end of an epoch: a line of `log.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
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
    /// SHA-256 of the weights, so that two people can compare their runs.
    pub weights_sha256: [u8; 32],
}

/// What one update did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Step {
    /// Loss and accuracy of the window, dropout on, before the update.
    pub score: Score,
    /// Length of the gradient before clipping; measured where something needs it.
    pub gradient_norm: Option<f64>,
}

/// Sees a run go by.
pub trait Watcher {
    /// After every update.
    ///
    /// # Errors
    /// Ends the run.
    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()>;
    /// After every epoch, its record being the last of the history.
    ///
    /// # Errors
    /// Ends the run.
    fn epoch(&mut self, trainer: &Trainer) -> Result<()>;
    /// When the numbers have gone wrong; `Ok` goes on from whatever state the trainer was brought
    /// into.
    ///
    /// # Errors
    /// Ends the run.
    fn diverged(&mut self, _trainer: &mut Trainer, problem: Divergence) -> Result<()> {
        Err(Error::Diverged(problem))
    }
}

/// Trains until `settings.epochs` epochs are done, from wherever the run stands.
///
/// # Errors
/// What the watcher has to report.
pub fn train(trainer: &mut Trainer, watcher: &mut impl Watcher) -> Result<()> {
    while trainer.progress.epoch < trainer.settings.epochs {
        let gone = if trainer.progress.window < trainer.windows() {
            trainer.step().and_then(|step| watcher.step(trainer, step))
        } else {
            trainer.finish_epoch().and_then(|()| watcher.epoch(trainer))
        };
        match gone {
            Err(Error::Diverged(problem)) => watcher.diverged(trainer, problem)?,
            other => other?,
        }
    }
    Ok(())
}

impl Trainer {
    /// A run about to begin with these weights: initial ones, or those of an earlier run.
    ///
    /// # Panics
    /// If the weights do not fit each other, a text holds a symbol that they have none for, or a
    /// setting is out of its range.
    pub fn new(
        settings: Settings,
        weights: Weights<f32>,
        training: Streams,
        validation: Option<Streams>,
    ) -> Self {
        let shape = weights.shape();
        training.assert_known(shape.vocab);
        validation.iter().for_each(|text| text.assert_known(shape.vocab));
        assert!(settings.is_plausible(), "settings that no run can have: {settings:?}");
        let heard =
            [Some(&training), validation.as_ref()].into_iter().flatten().map(Streams::heard);
        heard.for_each(|k| assert_eq!(k, shape.inputs.len(), "inputs that are heard and inputs"));
        let average = settings.average.map(|_| weights.clone());
        let model = Model::in_precision(weights, settings.activation, settings.precision);
        let window = training.room();
        let (steps, batch) = training.window();
        Self {
            adam: Adam::new(&shape),
            states: model.zero_states(batch),
            progress: Progress::default(),
            history: Vec::new(),
            workspace: Workspace {
                tape: Tape::new(&shape, steps, batch),
                d: Weights::zeros(&shape),
                training,
                validation,
                window,
            },
            model,
            average,
            settings,
        }
    }

    /// Batches an epoch.
    pub fn windows(&self) -> usize {
        self.workspace.training.windows()
    }

    /// Size of a window: (T, B).
    pub fn window(&self) -> (usize, usize) {
        self.workspace.training.window()
    }

    /// Characters an epoch visits.
    pub fn characters(&self) -> usize {
        self.workspace.training.characters()
    }

    /// Adam's rate now: the settings', lowered as often as the numbers went wrong.
    pub fn learning_rate(&self) -> f64 {
        let cuts = 0..self.progress.rate_cuts;
        cuts.fold(self.settings.learning_rate, |rate, _| rate * guard::RATE_CUT)
    }

    /// Measures where the time of a step goes.
    pub fn stopwatch(&mut self) -> &mut Stopwatch {
        &mut self.workspace.tape.stopwatch
    }

    /// One update: forward, loss, backward through time, Adam.
    ///
    /// # Errors
    /// The numbers went wrong; the weights are those before the update.
    ///
    /// # Panics
    /// If the epoch has no window left.
    pub fn step(&mut self) -> Result<Step> {
        let Workspace { training, window, tape, d, .. } = &mut self.workspace;
        let Settings { dropout: rate, seed, .. } = self.settings;
        training.fill(self.progress.window, window);
        let dropout = Dropout::Drawn { rate, seed, update: self.adam.clock.t };
        self.model.forward(window.input(), &mut self.states, dropout, tape);
        let score = self.model.score(window.y.view(), tape);
        self.model.backward(tape, d);

        let last = self.progress.window + 1 == training.windows();
        let norm = (last || self.settings.clip.is_some()).then(|| global_norm(d));
        let first_loss = *self.progress.first_loss.get_or_insert(score.loss);
        let weights = self.model.weights();
        let most = guard::most(first_loss, weights.embedding.nrows(), window.x.len());
        let problem = guard::in_step(score.loss, most, norm, weights, d);
        self.refuse(problem, self.progress.window + 1)?;

        let scale = match (self.settings.clip, norm) {
            (Some(limit), Some(norm)) => clip_scale(norm, limit),
            _ => 1.0,
        };
        let learning_rate = self.learning_rate();
        let (adam, d) = (&mut self.adam, &self.workspace.d);
        self.model.update(|weights| adam.step(weights, d, learning_rate, scale));
        self.follow();
        self.workspace.tape.stopwatch.lap(Phase::Update);
        self.progress.window += 1;
        self.progress.loss_sum += score.loss;
        self.progress.accuracy_sum += score.accuracy;
        let step = Step { score, gradient_norm: norm };
        self.progress.last = Some(step);
        Ok(step)
    }

    /// The average moves towards the weights. At first it keeps less than the settings say, (1+t)/(4+t)
    /// after t updates, so that it is of the last third of them and soon forgets how they began.
    fn follow(&mut self) {
        let (Some(average), Some(decay)) = (&mut self.average, self.settings.average) else {
            return;
        };
        let t = self.adam.clock.t as f64;
        let share = (1.0 - decay.min((1.0 + t) / (4.0 + t))) as f32;
        for (average, new) in average.tensors_mut().zip(self.model.weights().tensors()) {
            let chunks = average.par_chunks_mut(1 << 14).zip(new.par_chunks(1 << 14));
            chunks.for_each(|(average, new)| {
                average.iter_mut().zip(new).for_each(|(a, &w)| *a += share * (w - *a));
            });
        }
    }

    /// What `work` makes of the model that is evaluated and writes: of the averaged weights, if there
    /// are any.
    pub fn with_heard<T>(&self, work: impl FnOnce(&Model<f32>) -> T) -> T {
        match self.averaged() {
            Some(model) => work(&model),
            None => work(&self.model),
        }
    }

    fn averaged(&self) -> Option<Model<f32>> {
        let average = self.average.clone()?;
        let Settings { activation, precision, .. } = self.settings;
        Some(Model::in_precision(average, activation, precision))
    }

    /// Whether the state may go into a file.
    ///
    /// # Errors
    /// Weights or moments hold NaN or infinity.
    pub fn check(&self) -> Result<()> {
        self.refuse(guard::in_state(self.model.weights(), &self.adam), self.progress.window)
    }

    fn refuse(&self, problem: Option<String>, batch: usize) -> Result<()> {
        let (epoch, learning_rate) = (self.progress.epoch + 1, self.learning_rate());
        match problem {
            None => Ok(()),
            Some(what) => Err(Error::Diverged(Divergence { what, epoch, batch, learning_rate })),
        }
    }

    fn finish_epoch(&mut self) -> Result<()> {
        let last = self.progress.last.expect("an epoch has at least one window");
        let windows = self.progress.window as f64;
        let validation = self.validate();
        // the last update has not been through a forward pass yet
        self.check()?;
        let problem = validation.filter(|score| !score.loss.is_finite());
        let problem = problem.map(|score| format!("the loss held out is {}", score.loss));
        self.refuse(problem, self.progress.window)?;
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
            learning_rate: self.learning_rate(),
            weights_sha256: weights_digest(self.average.as_ref().unwrap_or(self.model.weights())),
        });
        let Progress { first_loss, rate_cuts, .. } = self.progress;
        self.progress = Progress { epoch, best, first_loss, rate_cuts, ..Progress::default() };
        Ok(())
    }

    /// Score of the text held out, from a zero state, dropout off; of the run only the tape is
    /// touched, which keeps nothing from one window to the next.
    fn validate(&mut self) -> Option<Score> {
        let averaged = self.averaged();
        let model = averaged.as_ref().unwrap_or(&self.model);
        let Workspace { training, validation, tape, .. } = &mut self.workspace;
        let streams = validation.as_ref()?;
        // windows as large as those of training, but where there is too little text for such
        if streams.window() != training.window() {
            return Some(evaluate(model, streams));
        }
        let mut states = model.zero_states(training.window().1);
        Some(mean_score(streams, |w| {
            model.forward(w.input(), &mut states, Dropout::Off, tape);
            model.score(w.y.view(), tape)
        }))
    }
}
