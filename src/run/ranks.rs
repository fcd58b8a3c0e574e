//! A run that several processes train: rank 0 has the folder and the text, and the others learn from it
//! what they must know.

use crate::engine::weights::Weights;
use crate::error::{Divergence, Error, Result};
use crate::learn::config::Config;
use crate::learn::group::{Asked, Group};
use crate::learn::progress::Step;
use crate::learn::symbols::Symbols;
use crate::learn::text::Streams;
use crate::learn::train::{Trainer, Watcher};
use crate::run::checkpoint::{About, Checkpoint, decode, encoded};
use bincode::config::standard;

/// A text, and the size of its windows: (B, T).
type Text = (Symbols, usize, usize);

/// Rank 0 tells the others all that there is to know.
pub(crate) fn share_run(trainer: &mut Trainer, about: &About) {
    if trainer.group().size() == 1 {
        return;
    }
    let (training, held_out) = trainer.texts();
    let texts = (parts(training), held_out.map(parts));
    let texts =
        bincode::serde::encode_to_vec(texts, standard()).expect("bincode refuses no number");
    trainer.group_mut().broadcast(texts);
    share_state(trainer, about);
}

fn parts(text: &Streams) -> (&Symbols, usize, usize) {
    let (steps, batch) = text.window();
    (text.symbols(), batch, steps)
}

/// Rank 0 tells the others where it stands.
pub(crate) fn share_state(trainer: &mut Trainer, about: &About) {
    if trainer.group().size() > 1 {
        let state = encoded(trainer, about);
        trainer.group_mut().broadcast(state);
    }
}

fn state(group: &mut dyn Group) -> Result<Checkpoint> {
    decode(&group.broadcast(vec![])).map_err(not_understood)
}

fn not_understood(problem: impl std::fmt::Display) -> Error {
    Error::Failed(format!(
        "what rank 0 sends is not understood: {problem}; use one hornpipe for all"
    ))
}

/// The run of rank 0, as any other rank of its group.
///
/// # Errors
/// What rank 0 sends makes no sense here.
pub fn join(mut group: Box<dyn Group>) -> Result<Trainer> {
    let texts = group.broadcast(vec![]);
    let texts = bincode::serde::decode_from_slice::<(Text, Option<Text>), _>(&texts, standard());
    let ((training, held_out), _) = texts.map_err(not_understood)?;
    let checkpoint = state(&mut *group)?;
    let (about, Config { shape, .. }) = (checkpoint.meta.about(), &checkpoint.meta.config);
    let listener = about.manner().map_err(not_understood)?.listener;
    let streams = |(symbols, batch, steps): Text| {
        Streams::new(symbols, batch, steps).map(|text| text.heard_by(listener.clone()))
    };
    let (training, held_out) = (streams(training)?, held_out.map(streams).transpose()?);
    let (settings, weights) = (about.config.settings(), Weights::zeros(shape));
    let mut trainer = Trainer::new(settings, weights, training, held_out).in_group(group);
    checkpoint.restore(&mut trainer);
    Ok(trainer)
}

/// Watches a run as a rank that has none of its files.
pub struct Follower<S> {
    /// Whether this process has been asked to end.
    pub stop: S,
}

impl<S: Fn() -> bool> Watcher for Follower<S> {
    fn asks(&self) -> Asked {
        Asked { stop: (self.stop)(), checkpoint: false }
    }

    fn step(&mut self, trainer: &Trainer, _: Step) -> Result<()> {
        if trainer.asked.stop { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn epoch(&mut self, _: &Trainer) -> Result<()> {
        Ok(())
    }

    fn diverged(&mut self, trainer: &mut Trainer, _: Divergence) -> Result<()> {
        state(trainer.group_mut())?.restore(trainer);
        Ok(())
    }
}
