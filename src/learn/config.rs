//! Everything that decides the numbers of a run.

use crate::engine::weights::Shape;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use hornpipe_kernels::Activation;

/// The most epochs, or anything else that is counted, that a run has.
pub const MOST: usize = 1_000_000;

/// A run is a function of this and of the text it names: same config, same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Reads what [`Config::to_json`] wrote, or says what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(bytes).map_err(|e| {
            // it quotes names from the file, whatever is in them
            format!("not the settings of a run: {e}").replace(char::is_control, " ")
        })?;
        match config.is_plausible() {
            true => Ok(config),
            false => Err("it has settings that no run can have".into()),
        }
    }

    /// As `config.json` has it.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a config is JSON") + "\n"
    }

    /// Whether a run could have these settings; of sizes, whether they fit each other is asked
    /// elsewhere.
    pub fn is_plausible(&self) -> bool {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let shares = [self.dropout, self.validation];
        shares.into_iter().all(|share| (0.0..1.0).contains(&share))
            && (1..=MOST).contains(&self.steps)
            && self.epochs <= MOST
            && positive(self.learning_rate)
            && self.clip.is_none_or(positive)
    }

    /// Where `self` differs from an earlier config in what decides the numbers, in the words of the
    /// flags. How many epochs are made and where the text lies decide none.
    pub fn differences(&self, earlier: &Config) -> Vec<String> {
        let (mine, theirs) = (self.fields(), earlier.fields());
        let pairs = mine.iter().filter_map(|(name, value)| Some((name, value, theirs.get(name)?)));
        pairs
            .filter(|(_, mine, theirs)| mine != theirs)
            .map(|(name, mine, theirs)| {
                let (mine, theirs) = (as_flag(mine), as_flag(theirs));
                format!("--{} {mine} (the run has {theirs})", name.replace('_', "-"))
            })
            .collect()
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

/// A value as the flags have it.
fn as_flag(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(name) => name.clone(),
        Value::Array(sizes) => sizes.iter().map(as_flag).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Where a text came from, and proof that it is still the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSource {
    /// Files or folders as given; empty for the embedded corpus in more keys.
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
