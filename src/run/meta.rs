//! The structured part of a checkpoint: what a run is, and where it stands.
//!
//! In format 3 it is JSON, every field by its name. So a later field needs no new format: with a
//! default of serde's it is read from files that lack it, and a hornpipe that does not know it
//! refuses it by name.

use crate::engine::adam::Clock;
use crate::engine::real::Precision;
use crate::learn::config::{Config, Order, reason};
use crate::learn::manner::Manner;
use crate::learn::progress::{EpochRecord, Progress};
use crate::learn::text::Vocabulary;
use crate::learn::train::Trainer;
use crate::run::manner::manner;
use serde::{Deserialize, Serialize};

/// How the structured part is laid out: a run keeps to what it was begun with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Format 2: no run of it has another precision than f32, inputs, a tonic, another order than its
    /// text's, an average of weights, a model that it begins with, a book, or shards.
    Two,
    /// Format 3.
    #[default]
    Three,
}

/// What a run is, beside where it stands: it goes into every checkpoint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct About {
    /// What decides the numbers of the run.
    pub config: Config,
    /// What its symbols mean.
    pub vocabulary: Vocabulary,
    /// A summary of the tunes that it learns, as JSON, if there is one.
    pub book: Option<String>,
    /// The format of its checkpoints.
    pub format: Format,
}

impl About {
    /// A run that begins, of a book that is not summed up.
    pub fn new(config: Config, vocabulary: Vocabulary) -> Self {
        Self { config, vocabulary, book: None, format: Format::default() }
    }

    /// Refuses a trainer of another run.
    pub(crate) fn assert_fits(&self, trainer: &Trainer) {
        let (config, shape) = (&self.config, trainer.model.weights().shape());
        assert_eq!(config.settings(), trainer.settings, "settings of config and trainer");
        assert_eq!((config.steps, config.batch), trainer.window(), "(T, B) of config and streams");
        assert_eq!(config.shape, shape, "shapes of config and weights");
        assert_eq!(self.vocabulary.len(), shape.vocab, "symbols of vocabulary and weights");
        let averages = (config.average.is_some(), trainer.average.is_some());
        assert_eq!(averages.0, averages.1, "averages of config and trainer");
        assert!(config.is_plausible(), "a config that no run can have: {config:?}");
        let has = self.format == Format::Three || self.is_of_format_2();
        assert!(has, "what format 2 cannot say: {self:?}");
    }

    /// How its model is to be asked.
    ///
    /// # Errors
    /// What of it nobody here understands.
    pub fn manner(&self) -> std::result::Result<Manner, String> {
        let Config { inputs, tonic, .. } = &self.config;
        manner(&self.vocabulary, inputs, tonic.as_deref(), self.book.as_deref())
    }

    fn is_of_format_2(&self) -> bool {
        let Config { precision, inputs, tonic, order, average, from, shards, .. } = &self.config;
        let as_then = *precision == Precision::F32
            && *shards == 1
            && inputs.is_empty()
            && tonic.is_none()
            && average.is_none();
        as_then && *order == Order::AsWritten && from.is_none() && self.book.is_none()
    }
}

/// The structured part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Meta {
    /// The format it was read from; what stands before the structured part says so.
    #[serde(skip)]
    pub format: Format,
    /// What decides the numbers of the run.
    pub config: Config,
    /// Characters in the order of their symbols, each once.
    pub vocabulary: Vec<char>,
    /// A summary of the tunes that the run learns, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<String>,
    /// Where the run stands.
    pub progress: Progress,
    /// One line an epoch.
    pub history: Vec<EpochRecord>,
    /// Adam's step count.
    pub clock: Clock,
}

impl Meta {
    /// Of a run that stands where `trainer` does.
    pub(crate) fn new(trainer: &Trainer, about: &About) -> Self {
        Self {
            format: about.format,
            config: about.config.clone(),
            vocabulary: about.vocabulary.symbols().to_vec(),
            book: about.book.clone(),
            progress: trainer.progress.clone(),
            history: trainer.history.clone(),
            clock: trainer.adam.clock,
        }
    }

    /// What the run is.
    ///
    /// # Panics
    /// If somebody put a character into the vocabulary twice: no checkpoint that was read has one.
    pub fn about(&self) -> About {
        let vocabulary = Vocabulary::from_symbols(self.vocabulary.clone());
        About {
            config: self.config.clone(),
            vocabulary: vocabulary.expect("each character once"),
            book: self.book.clone(),
            format: self.format,
        }
    }

    /// As format 3 has it.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a structured part is JSON")
    }

    /// Reads what [`Meta::to_json`] wrote; else says in words what is wrong.
    pub(crate) fn from_json(bytes: &[u8]) -> std::result::Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|e| reason(&e))
    }
}
