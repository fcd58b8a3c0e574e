//! What a file says of a model beside its tensors: a text for each key.

use super::exchanged::Exchanged;
use crate::engine::real::{Precision, Real};
use crate::learn::config::Inputs;
use crate::learn::limits::{check_inputs, is_tonic};
use crate::learn::text::Vocabulary;
use hornpipe_kernels::Activation;
use serde_json::json;
use std::collections::BTreeMap;

/// Key and text.
pub(super) type Metadata = BTreeMap<String, String>;

/// What is read beside each character.
///
/// # Errors
/// Nothing that can be read; in words.
pub(super) fn inputs_of(metadata: &Metadata) -> Result<Inputs, String> {
    let Some(json) = metadata.get("inputs") else { return Ok(Inputs::new()) };
    let inputs: Inputs = serde_json::from_str(json)
        .map_err(|e| format!("its inputs are not a JSON array of pairs of name and size: {e}"))?;
    check_inputs(&inputs).map(|()| inputs)
}

/// A model with what the metadata says of it, its inputs but for their sizes among that.
///
/// # Errors
/// It says what no such model has; in words.
pub(super) fn told<R: Real>(
    mut model: Exchanged<R>,
    metadata: &Metadata,
) -> Result<Exchanged<R>, String> {
    if metadata.get("weights_sha256").is_some_and(|named| *named != model.sha256) {
        return Err("its weights are not those that weights_sha256 in its metadata names; use \
                    another copy, or leave weights_sha256 out of a file whose weights were changed on \
                    purpose"
            .to_owned());
    }
    if let Some(name) = metadata.get("recurrent_activation") {
        let known = Activation::named(name).ok_or_else(|| {
            format!("recurrent_activation is {name:?}; hornpipe knows sigmoid and hard_sigmoid")
        })?;
        model.activation = Some(known);
    }
    if let Some(name) = metadata.get("precision") {
        let unknown = |_| format!("its precision is {name:?}; hornpipe knows f32 and bf16");
        model.precision = serde_json::from_value(name.as_str().into()).map_err(unknown)?;
    }
    if let Some(text) = metadata.get("dropout") {
        let rate = text.parse().ok().filter(|rate| (0.0..1.0).contains(rate));
        model.dropout = Some(rate.ok_or("its dropout is not a number in [0, 1)")?);
    }
    if let Some(json) = metadata.get("vocabulary") {
        model.vocabulary = Some(vocabulary_of(json, model.weights.embedding.nrows())?);
    }
    model.inputs = inputs_of(metadata)?;
    model.tonic = metadata.get("tonic").cloned();
    if let Some(tonic) = model.tonic.as_ref().filter(|tonic| !is_tonic(tonic)) {
        return Err(format!("its tonic is {tonic:?}; it must be one as C, F# or Bb"));
    }
    model.book = metadata.get("book").cloned();
    Ok(model)
}

fn vocabulary_of(json: &str, vocab: usize) -> Result<Vocabulary, String> {
    let symbols: Vec<char> = serde_json::from_str(json)
        .map_err(|e| format!("its vocabulary is not a JSON array of single characters: {e}"))?;
    if symbols.len() != vocab {
        return Err(format!("its vocabulary has {} symbols, the model {vocab}", symbols.len()));
    }
    Vocabulary::from_symbols(symbols).ok_or_else(|| "its vocabulary names a symbol twice".into())
}

/// What a file is to say of a model.
///
/// # Panics
/// If its inputs are not those of its weights.
pub(super) fn of<R: Real>(model: &Exchanged<R>) -> Metadata {
    let sizes = model.inputs.iter().map(|(_, size)| size);
    assert!(sizes.eq(&model.weights.inputs), "inputs of the model and of its weights");
    let mut metadata = Metadata::from([("weights_sha256".to_owned(), model.sha256.clone())]);
    let mut say = |key: &str, text: Option<String>| {
        metadata.extend(text.map(|text| (key.to_owned(), text)));
    };
    say("recurrent_activation", model.activation.map(|s| s.name().to_owned()));
    let rounded = (model.precision != Precision::F32).then(|| model.precision.name().to_owned());
    say("precision", rounded);
    say("dropout", model.dropout.map(|rate| rate.to_string()));
    let symbols = model.vocabulary.as_ref().map(Vocabulary::symbols);
    say("vocabulary", symbols.map(|symbols| json!(symbols).to_string()));
    say("inputs", (!model.inputs.is_empty()).then(|| json!(model.inputs).to_string()));
    say("tonic", model.tonic.clone());
    say("book", model.book.clone());
    metadata
}
