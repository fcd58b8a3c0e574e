//! Everything that decides the numbers of a run.

use crate::weights::Shape;
use serde::{Deserialize, Serialize};

pub use hornpipe_kernels::Activation;

/// A run is a function of this and of the text it names: same config, same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Where `self` differs from an earlier config in what decides the numbers, in the words of the
    /// flags. How many epochs are made and where the text lies decide none.
    pub fn differences(&self, earlier: &Config) -> Vec<String> {
        let (mine, theirs) = (self.fields(), earlier.fields());
        let pairs = mine.iter().filter_map(|(name, value)| Some((name, value, theirs.get(name)?)));
        pairs
            .filter(|(_, mine, theirs)| mine != theirs)
            .map(|(name, mine, theirs)| {
                let theirs = if theirs.is_null() { "none".into() } else { theirs.to_string() };
                format!("--{} {mine} (the run has {theirs})", name.replace('_', "-"))
            })
            .collect()
    }

    /// Every field but `epochs` and `text`, those of the shape beside the others.
    fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut fields = serde_json::Map::new();
        let Ok(serde_json::Value::Object(all)) = serde_json::to_value(self) else { return fields };
        for (name, value) in all {
            match value {
                _ if ["epochs", "text"].contains(&name.as_str()) => {}
                serde_json::Value::Object(shape) => fields.extend(shape),
                value => drop(fields.insert(name, value)),
            }
        }
        fields
    }
}

/// Where a text came from, and proof that it is still the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSource {
    /// Files or folders as given; empty for the embedded corpus.
    pub paths: Vec<String>,
    /// SHA-256 of the text as read: files joined, BOM and CR removed.
    pub sha256: String,
}

impl TextSource {
    /// Where the text is from, for messages.
    pub fn name(&self) -> String {
        match self.paths.join(", ") {
            none if none.is_empty() => "the embedded corpus".to_owned(),
            paths => paths,
        }
    }
}

/// Name of an activation in files and flags.
pub fn name_of(activation: Activation) -> &'static str {
    match activation {
        Activation::Sigmoid => "sigmoid",
        Activation::HardSigmoid => "hard_sigmoid",
    }
}

/// The activation of a name.
pub fn activation_of(name: &str) -> Option<Activation> {
    [Activation::Sigmoid, Activation::HardSigmoid].into_iter().find(|&a| name_of(a) == name)
}

mod activation_name {
    use super::{Activation, activation_of, name_of};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(a: &Activation, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(name_of(*a))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activation, D::Error> {
        let name = String::deserialize(from)?;
        activation_of(&name).ok_or_else(|| D::Error::custom(format!("no activation {name:?}")))
    }
}
