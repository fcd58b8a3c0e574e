//! Training: one window after another, the state carried along, Adam after each.
//!
//! [`train`] is the loop; whatever shows, saves or samples watches it through [`Watcher`]. Numbers
//! that go wrong are noticed by [`guard`] before they reach the weights. Where several processes train
//! one run, each has the same weights and computes the gradients of its own `shards` of every batch;
//! `together` is what they tell each other.

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
use crate::learn::group::{Asked, Group, alone};
use crate::learn::guard;
use crate::learn::progress::{EpochRecord, Progress, Step};
use crate::learn::shards::Shards;
use crate::learn::text::{Streams, Window};
use crate::learn::together::{agreed, arrays, differing, gather_states, some};
use rayon::prelude::*;

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
    /// Recurrent states of the training streams. In a group each rank has those of its own; all have
    /// all after an epoch and where somebody has asked for something.
    pub states: States<f32>,
    /// Where in the text the run stands.
    pub progress: Progress,
    /// One line an epoch.
    pub history: Vec<EpochRecord>,
    /// What was asked for when the last step was done, in whichever process.
    pub asked: Asked,
    workspace: Workspace,
}

/// The texts, and the arrays that a step works in: made once, and no number in them outlives a
/// step.
struct Workspace {
    training: Streams,
    validation: Option<Streams>,
    shards: Shards,
    /// The window and the states of each shard that is computed here.
    rooms: Vec<(Window, States<f32>, Streams)>,
    tape: Tape<f32>,
}

/// Sees a run go by.
pub trait Watcher {
    /// What this process asks for: called after every update, before [`Watcher::step`], in which
    /// [`Trainer::asked`] then says what any of the processes asks for.
    fn asks(&self) -> Asked;
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
            trainer.step().and_then(|step| {
                trainer.agree(watcher.asks())?;
                watcher.step(trainer, step)
            })
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
    /// setting is out of its range, as shards are that do not divide the streams.
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
        let (steps, batch) = training.window();
        let shards = settings.shards;
        assert!(batch.is_multiple_of(shards), "{shards} shards of {batch} streams");
        let trainer = Self {
            adam: Adam::new(&shape),
            states: model.zero_states(batch),
            progress: Progress::default(),
            history: Vec::new(),
            asked: Asked::default(),
            workspace: Workspace {
                shards: Shards::new((shards, batch), alone(), &shape),
                rooms: Vec::new(),
                tape: Tape::new(&shape, steps, batch / shards),
                training,
                validation,
            },
            model,
            average,
            settings,
        };
        trainer.in_group(alone())
    }

    /// The same run as one of the ranks of a group, each of which has made it likewise and makes every
    /// step; which bits come of it does not depend on how many there are.
    ///
    /// # Panics
    /// If there are more ranks than shards.
    pub fn in_group(mut self, group: Box<dyn Group>) -> Self {
        let Workspace { training, shards, rooms, .. } = &mut self.workspace;
        let (count, batch) = (self.settings.shards, training.window().1);
        *shards = Shards::new((count, batch), group, &self.model.weights().shape());
        let room = |shard| {
            let streams = training.rows(shards.rows(shard..shard + 1));
            (streams.room(), self.model.zero_states(streams.window().1), streams)
        };
        *rooms = shards.mine().map(room).collect();
        self
    }

    /// What any of the processes asks for. If it is something, the numbers must be fine, and all states
    /// are known here then.
    fn agree(&mut self, asks: Asked) -> Result<()> {
        self.asked = agreed(self.group_mut(), asks);
        if self.asked != Asked::default() {
            self.same_weights()?;
            self.check()?;
            gather_states(&mut self.workspace.shards, &mut self.states);
        }
        Ok(())
    }

    /// Refuses weights (their average, where there is one) that are not those of rank 0, before anything
    /// is asked of them that such ranks would answer differently; else their hash, where there are others.
    fn same_weights(&mut self) -> Result<Option<[u8; 32]>> {
        if self.group().size() == 1 {
            return Ok(None);
        }
        let hash = self.heard_sha256();
        match differing(self.group_mut(), &hash) {
            Some(rank) => Err(Error::Apart { rank, epoch: self.progress.epoch + 1 }),
            None => Ok(Some(hash)),
        }
    }

    fn heard_sha256(&self) -> [u8; 32] {
        weights_digest(self.average.as_ref().unwrap_or(self.model.weights()))
    }

    /// The processes that train this run.
    pub fn group(&self) -> &dyn Group {
        self.workspace.shards.group()
    }

    /// The same, to make calls that all of them make.
    pub fn group_mut(&mut self) -> &mut dyn Group {
        self.workspace.shards.group_mut()
    }

    /// What is learned, and what is held out.
    pub(crate) fn texts(&self) -> (&Streams, Option<&Streams>) {
        (&self.workspace.training, self.workspace.validation.as_ref())
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
        let Workspace { training, shards, rooms, tape, .. } = &mut self.workspace;
        let Settings { dropout: rate, seed, .. } = self.settings;
        let (update, first) = (self.adam.clock.t, shards.mine().start);
        let score = shards.add_up(|shard, rows, d| {
            let (window, states, streams) = &mut rooms[shard - first];
            streams.fill(self.progress.window, window);
            let dropout = Dropout::Drawn { rate, seed, update, row: rows.start };
            let all = arrays(&mut self.states).zip(arrays(states));
            all.for_each(|(all, own)| own.assign(&some(all, &rows)));
            self.model.forward(window.input(), states, dropout, tape);
            let all = arrays(&mut self.states).zip(arrays(states));
            all.for_each(|(all, own)| some(all, &rows).assign(own));
            let score = self.model.score(window.y.view(), tape);
            self.model.backward(tape, d);
            score
        });

        let d = shards.gradient();
        let last = self.progress.window + 1 == training.windows();
        let norm = (last || self.settings.clip.is_some()).then(|| global_norm(d));
        let first_loss = *self.progress.first_loss.get_or_insert(score.loss);
        let weights = self.model.weights();
        let (steps, batch) = training.window();
        let most = guard::most(first_loss, weights.embedding.nrows(), steps * batch);
        let problem = guard::in_step(score.loss, most, norm, weights, d);
        self.refuse(problem, self.progress.window + 1)?;

        let scale = match (self.settings.clip, norm) {
            (Some(limit), Some(norm)) => clip_scale(norm, limit),
            _ => 1.0,
        };
        let learning_rate = self.learning_rate();
        let (adam, d) = (&mut self.adam, self.workspace.shards.gradient());
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
        gather_states(&mut self.workspace.shards, &mut self.states);
        let validation = self.validate();
        let hash = self.same_weights()?;
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
            weights_sha256: hash.unwrap_or_else(|| self.heard_sha256()),
        });
        let Progress { first_loss, rate_cuts, .. } = self.progress;
        self.progress = Progress { epoch, best, first_loss, rate_cuts, ..Progress::default() };
        Ok(())
    }

    /// Score of the text held out, from a zero state, dropout off, each rank with its own shards; of
    /// the run only the tape is touched, which keeps nothing from one window to the next.
    fn validate(&mut self) -> Option<Score> {
        let averaged = self.averaged();
        let model = averaged.as_ref().unwrap_or(&self.model);
        let Workspace { training, validation, shards, tape, .. } = &mut self.workspace;
        let streams = validation.as_ref()?;
        // windows as large as those of training, but where there is too little text for such
        if streams.window() != training.window() {
            return Some(evaluate(model, streams));
        }
        Some(shards.score(|rows| {
            let streams = streams.rows(rows);
            let mut states = model.zero_states(streams.window().1);
            mean_score(&streams, |w| {
                model.forward(w.input(), &mut states, Dropout::Off, tape);
                model.score(w.y.view(), tape)
            })
        }))
    }
}
