//! Everything that decides the numbers of a run: what the engine needs, and what a run records.

use crate::engine::real::Precision;
use crate::engine::weights::Shape;
use crate::learn::limits::{check_inputs, is_tonic};
use crate::learn::source::{ModelSource, TextSource};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use hornpipe_kernels::Activation;

/// The most epochs, or anything else that is counted, that a run has.
pub const MOST: usize = 1_000_000;

/// What training needs beside the initial weights and the streams of text.
///
/// ```
/// use hornpipe::engine::Activation;
/// use hornpipe::learn::config::Settings;
/// let settings = Settings::new().epochs(5).seed(7).activation(Activation::HardSigmoid);
/// assert_eq!(settings.learning_rate, 1e-3);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Recurrent activation of every layer.
    pub activation: Activation,
    /// What products round both sides to.
    pub precision: Precision,
    /// Probability of dropping an output, in [0, 1).
    pub dropout: f64,
    /// Passes over the text.
    pub epochs: usize,
    /// Adam's rate.
    pub learning_rate: f64,
    /// Longest gradient allowed (global norm), if any.
    pub clip: Option<f64>,
    /// Seed of the dropout masks.
    pub seed: u64,
    /// Share of the averaged weights that each update keeps, in (0, 1), if they are averaged.
    pub average: Option<f64>,
    /// Parts of a batch whose gradients are computed apart and added up, S.
    pub shards: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

impl Settings {
    /// The notebook's, but for the activation, which is sigmoid as everywhere else today.
    pub fn new() -> Self {
        Self {
            activation: Activation::Sigmoid,
            precision: Precision::F32,
            dropout: 0.2,
            epochs: 80,
            learning_rate: 1e-3,
            clip: None,
            seed: 1,
            average: None,
            shards: 1,
        }
    }

    /// Sets the recurrent activation.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Sets what products round both sides to.
    pub fn precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Sets the probability of dropping an output, in [0, 1).
    pub fn dropout(self, dropout: f64) -> Self {
        Self { dropout, ..self }
    }

    /// Sets the passes over the text.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets Adam's rate.
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// Sets the longest gradient allowed (global norm).
    pub fn clip(self, clip: Option<f64>) -> Self {
        Self { clip, ..self }
    }

    /// Sets the seed of the dropout masks.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets the share of the averaged weights that each update keeps, in (0, 1).
    pub fn average(self, average: Option<f64>) -> Self {
        Self { average, ..self }
    }

    /// Sets the parts of a batch whose gradients are computed apart; they must divide it.
    pub fn shards(self, shards: usize) -> Self {
        Self { shards, ..self }
    }

    /// Whether a run could have them.
    pub fn is_plausible(&self) -> bool {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        (0.0..1.0).contains(&self.dropout)
            && self.epochs <= MOST
            && positive(self.learning_rate)
            && self.clip.is_none_or(positive)
            && self.average.is_none_or(|kept| kept > 0.0 && kept < 1.0)
            && self.shards > 0
    }
}

/// Why a `config.json` is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not JSON, or not with the fields of a config; control characters of the file are blanks.
    #[error("not the settings of a run: {0}")]
    NoConfig(String),
    /// A number that is out of its range.
    #[error("it has settings that no run can have")]
    Impossible,
}

impl From<serde_json::Error> for ConfigError {
    fn from(error: serde_json::Error) -> Self {
        Self::NoConfig(reason(&error))
    }
}

/// What JSON is refused for, on one line: it quotes names from the file, whatever is in them.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string().replace(char::is_control, " ");
    match text.split_once(", expected ") {
        Some((unknown, _)) if text.starts_with("unknown field") => {
            format!("{unknown}, which a newer hornpipe may know")
        }
        _ => text,
    }
}

/// What a model reads beside each character: name and size of each, in order.
pub type Inputs = Vec<(String, usize)>;

/// Inputs as people write them: `field (28), bar (34)`.
pub fn named(inputs: &[(String, usize)]) -> String {
    let each = inputs.iter().map(|(name, size)| format!("{name} ({size})"));
    each.collect::<Vec<_>>().join(", ")
}

/// In which order a run learns the tunes of its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As they stand there.
    #[default]
    AsWritten,
    /// In one drawn by the seed.
    Shuffled,
}

impl Order {
    /// As `config.json` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsWritten => "as-written",
            Self::Shuffled => "shuffled",
        }
    }

    fn is_as_written(&self) -> bool {
        *self == Self::AsWritten
    }
}

/// A run is a function of this and of the text and the model it names: same config, same bits.
///
/// Its fields go into files by name, so that a later one needs no new format: it gets a default
/// that says what runs were before it, and is left out where it has that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Sizes of the model.
    pub shape: Shape,
    /// Recurrent activation of every layer.
    #[serde(with = "activation_name")]
    pub activation: Activation,
    /// What products round both sides to.
    #[serde(default, skip_serializing_if = "is_f32")]
    pub precision: Precision,
    /// Probability of dropping an output, in [0, 1).
    pub dropout: f64,
    /// Streams of text side by side, B.
    pub batch: usize,
    /// Characters of a window, T.
    pub steps: usize,
    /// Passes over the text.
    pub epochs: usize,
    /// Adam's rate.
    pub learning_rate: f64,
    /// Longest gradient allowed (global norm), if any.
    pub clip: Option<f64>,
    /// Seed of the initial weights and the dropout masks.
    pub seed: u64,
    /// Share of the text held out for validation, in [0, 1).
    pub validation: f64,
    /// What the model learns from.
    pub text: TextSource,
    /// What it reads beside each character; `shape.inputs` are the sizes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Inputs,
    /// The tonic that tunes are moved to before they are learned; none: they are as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tonic: Option<String>,
    /// In which order the tunes are learned.
    #[serde(default, skip_serializing_if = "Order::is_as_written")]
    pub order: Order,
    /// Share of the averaged weights that each update keeps, in (0, 1), if they are averaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// The model on top of which it learns, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ModelSource>,
    /// Parts of a batch whose gradients are computed apart and added up, S; they divide it.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub shards: usize,
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // what is derived knows no sizes: files have them in `inputs` alone
        Self::deserialize(from).map(|config| {
            let inputs = config.inputs.clone();
            config.reading(inputs)
        })
    }
}

impl Config {
    /// Of a model of this shape on `batch` streams in windows of `steps` characters, nothing held
    /// out, learning from a text that it does not name.
    pub fn new(shape: Shape, batch: usize, steps: usize, settings: Settings) -> Self {
        let Settings { activation, precision, dropout, epochs, learning_rate, .. } = settings;
        let Settings { clip, seed, average, shards, .. } = settings;
        Self {
            shape,
            activation,
            precision,
            dropout,
            batch,
            steps,
            epochs,
            learning_rate,
            clip,
            seed,
            validation: 0.0,
            text: TextSource::default(),
            inputs: Inputs::new(),
            tonic: None,
            order: Order::AsWritten,
            average,
            from: None,
            shards,
        }
    }

    /// Sets what the model reads beside each character.
    pub fn reading(mut self, inputs: Inputs) -> Self {
        self.shape.inputs = inputs.iter().map(|(_, size)| *size).collect();
        Self { inputs, ..self }
    }

    /// What of it the engine needs.
    pub fn settings(&self) -> Settings {
        let Self { activation, precision, dropout, epochs, learning_rate, .. } = *self;
        let Self { clip, seed, average, shards, .. } = *self;
        let rest = Settings { clip, seed, average, shards, ..Settings::new() };
        Settings { activation, precision, dropout, epochs, learning_rate, ..rest }
    }

    /// Reads what [`Config::to_json`] wrote.
    ///
    /// # Errors
    /// The bytes are no such object, or no run can have these settings.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ConfigError> {
        let config: Self = serde_json::from_slice(bytes)?;
        if !config.is_plausible() {
            return Err(ConfigError::Impossible);
        }
        Ok(config)
    }

    /// As `config.json` has it.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a config is JSON") + "\n"
    }

    /// Whether a run could have these settings; of sizes, whether they fit each other is asked
    /// elsewhere.
    pub fn is_plausible(&self) -> bool {
        self.settings().is_plausible()
            && (0.0..1.0).contains(&self.validation)
            && (1..=MOST).contains(&self.steps)
            && self.batch.is_multiple_of(self.shards)
            && self.tonic.as_deref().is_none_or(is_tonic)
            && check_inputs(&self.inputs).is_ok()
            && self.inputs.iter().map(|(_, size)| size).eq(&self.shape.inputs)
    }
}

fn one() -> usize {
    1
}

fn is_one(shards: &usize) -> bool {
    *shards == 1
}

fn is_f32(precision: &Precision) -> bool {
    *precision == Precision::F32
}

mod activation_name {
    use super::Activation;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(a: &Activation, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(a.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activation, D::Error> {
        let name = String::deserialize(from)?;
        Activation::named(&name).ok_or_else(|| D::Error::custom(format!("no activation {name:?}")))
    }
}
