//! Everything that decides the numbers of a run: what the engine needs, and what a run records.

use crate::engine::weights::Shape;
use crate::learn::source::TextSource;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
            dropout: 0.2,
            epochs: 80,
            learning_rate: 1e-3,
            clip: None,
            seed: 1,
        }
    }

    /// Sets the recurrent activation.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
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

    /// Whether a run could have them.
    pub fn is_plausible(&self) -> bool {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        (0.0..1.0).contains(&self.dropout)
            && self.epochs <= MOST
            && positive(self.learning_rate)
            && self.clip.is_none_or(positive)
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
        // it quotes names from the file, whatever is in them
        Self::NoConfig(error.to_string().replace(char::is_control, " "))
    }
}

/// A run is a function of this and of the text it names: same config, same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Sizes of the model.
    pub shape: Shape,
    /// Recurrent activation of every layer.
    #[serde(with = "activation_name")]
    pub activation: Activation,
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
}

impl Config {
    /// Of a model of this shape on `batch` streams in windows of `steps` characters, nothing held
    /// out, learning from a text that it does not name.
    pub fn new(shape: Shape, batch: usize, steps: usize, settings: Settings) -> Self {
        let Settings { activation, dropout, epochs, learning_rate, clip, seed } = settings;
        let (validation, text) = (0.0, TextSource::default());
        Self {
            shape,
            activation,
            dropout,
            batch,
            steps,
            epochs,
            learning_rate,
            clip,
            seed,
            validation,
            text,
        }
    }

    /// What of it the engine needs.
    pub fn settings(&self) -> Settings {
        let Self { activation, dropout, epochs, learning_rate, clip, seed, .. } = *self;
        Settings { activation, dropout, epochs, learning_rate, clip, seed }
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
    }

    /// Where `self` differs from an earlier config in what decides the numbers. How many epochs are
    /// made and where the text lies decide none.
    pub fn differences(&self, earlier: &Config) -> Vec<Difference> {
        let (mine, theirs) = (self.fields(), earlier.fields());
        let pairs = mine.into_iter().filter_map(|(name, mine)| {
            let theirs = theirs.get(&name).filter(|theirs| **theirs != mine)?;
            Some(Difference { name, mine: plain(&mine), theirs: plain(theirs) })
        });
        pairs.collect()
    }

    /// Every field but `epochs` and `text`, those of the shape beside the others.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let Ok(Value::Object(all)) = serde_json::to_value(self) else { return fields };
        for (name, value) in all {
            match value {
                _ if ["epochs", "text"].contains(&name.as_str()) => {}
                Value::Object(shape) => fields.extend(shape),
                value => drop(fields.insert(name, value)),
            }
        }
        fields
    }
}

/// A setting that two runs have differently.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The setting, as `config.json` calls it.
    pub name: String,
    /// What this config has; numbers of a list are divided by commas.
    pub mine: String,
    /// What the earlier one had.
    pub theirs: String,
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(name) => name.clone(),
        Value::Array(sizes) => sizes.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

mod activation_name {
    use super::Activation;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(a: &Activation, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(a.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activation, D::Error> {
        let name = String::deserialize(from)?;
        name.parse().map_err(|_| D::Error::custom(format!("no activation {name:?}")))
    }
}
