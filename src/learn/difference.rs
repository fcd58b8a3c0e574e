//! Where two runs differ in what decides their numbers.

use crate::learn::config::{Config, named};
use serde_json::{Map, Value};

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

impl Config {
    /// Where `self` differs from an earlier config in what decides the numbers. How many epochs are
    /// made and where the text and the first weights lie decide none.
    pub fn differences(&self, earlier: &Config) -> Vec<Difference> {
        let (mine, theirs) = (self.fields(earlier), earlier.fields(self));
        let pairs = mine.into_iter().filter_map(|(name, mine)| {
            let theirs = theirs.get(&name).filter(|theirs| **theirs != mine)?;
            Some(Difference { name, mine: plain(&mine), theirs: plain(theirs) })
        });
        pairs.collect()
    }

    /// Every field but `epochs` and `text`, those of the shape beside the others, and of the model that
    /// the run begins with its hash; also those that the file leaves out.
    fn fields(&self, other: &Config) -> Map<String, Value> {
        let mut fields = Map::new();
        let Ok(Value::Object(all)) = serde_json::to_value(self) else { return fields };
        for (name, value) in all {
            match value {
                _ if ["epochs", "text", "from"].contains(&name.as_str()) => {}
                Value::Object(shape) => fields.extend(shape),
                value => drop(fields.insert(name, value)),
            }
        }
        // two lists are told by what they name, a list from none by what it is
        let inputs = match (self.inputs.is_empty(), other.inputs.is_empty()) {
            (true, _) => "characters".into(),
            (false, true) => "places".into(),
            (false, false) => named(&self.inputs),
        };
        fields.insert("inputs".into(), inputs.into());
        let tonic = self.tonic.as_deref().unwrap_or("as-written");
        fields.insert("tonic".into(), tonic.into());
        fields.insert("precision".into(), self.precision.name().into());
        fields.insert("order".into(), self.order.name().into());
        fields.insert("average".into(), self.average.into());
        fields.insert("shards".into(), self.shards.into());
        let from = self.from.as_ref().map(|model| model.weights_sha256.clone());
        fields.insert("from".into(), from.into());
        fields
    }
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
