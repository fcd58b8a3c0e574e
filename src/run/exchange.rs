//! Weights and gradients as `.safetensors`, for other people's programs.
//!
//! Names and shapes are those of [`crate::engine::weights`]; numbers may be F32 or F64 in the file and are
//! converted to the precision asked for. Metadata of a model, all of it optional:
//!
//! | key | |
//! |---|---|
//! | `recurrent_activation` | `sigmoid`, as where it is missing, or `hard_sigmoid` |
//! | `precision` | `bf16` if products round both sides to that, else `f32`, as where it is missing |
//! | `dropout` | the probability of dropping in training |
//! | `vocabulary` | a JSON array of symbols |
//! | `inputs` | what is read beside the character, a JSON array of pairs `["bar",34]` of name and size: `lstm.0.kernel` has as many rows more as all sizes together |
//! | `tonic` | the tonic that the tunes were moved to before they were learned |
//! | `book` | a JSON object that sums up the tunes that were learned |
//! | `weights_sha256` | what `hornpipe export` writes and reading checks |
//!
//! That is the SHA-256 of the weights, and of nothing else, as little-endian f32 in the order of
//! [`crate::engine::weights`]. So it is the figure of `hornpipe info`, the same for F32 and F64, and
//! other metadata can be added by hand.

use crate::engine::real::{Precision, Real};
use crate::engine::weights::{Shape, Weights};
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::hash::weights_sha256;
use crate::learn::config::Inputs;
use crate::learn::limits::{MOST_LAYERS, check_inputs, is_tonic};
use crate::learn::text::Vocabulary;
use crate::run::tensor_file::TensorFile;
use hornpipe_kernels::Activation;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use std::collections::BTreeMap;
use std::path::Path;

/// What to name instead of a file that is none of these.
const MODEL: &str = "name a run, a checkpoint or a file made by hornpipe export";

/// A model as it travels between programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchanged<R: Real> {
    /// The weights.
    pub weights: Weights<R>,
    /// Their SHA-256, that of [`weights_sha256`].
    pub sha256: String,
    /// Recurrent activation, if the metadata says.
    pub activation: Option<Activation>,
    /// What products in f32 round both sides to.
    pub precision: Precision,
    /// Probability of dropping in training, if the metadata says.
    pub dropout: Option<f64>,
    /// The symbols, if the file names them.
    pub vocabulary: Option<Vocabulary>,
    /// What is read beside each character: the names are for others to know.
    pub inputs: Inputs,
    /// The tonic that the tunes it learned were moved to, if they were.
    pub tonic: Option<String>,
    /// A summary of the tunes it learned, as JSON, if it has one.
    pub book: Option<String>,
}

impl<R: Real> Exchanged<R> {
    /// Weights of which nothing else is known; the other fields may be set.
    pub fn new(weights: Weights<R>) -> Self {
        let sha256 = weights_sha256(&weights);
        Self {
            weights,
            sha256,
            activation: None,
            precision: Precision::F32,
            dropout: None,
            vocabulary: None,
            inputs: Inputs::new(),
            tonic: None,
            book: None,
        }
    }

    /// The recurrent activation: sigmoid where the metadata does not say.
    pub fn activation(&self) -> Activation {
        self.activation.unwrap_or(Activation::Sigmoid)
    }
}

/// Decodes the bytes of `path`: a model, and the names of tensors that no such model has, for a slip
/// in a name shows there.
///
/// # Errors
/// They hold no model.
pub fn decode_model<R: Real>(path: &Path, bytes: &[u8]) -> Result<(Exchanged<R>, Vec<String>)> {
    let file = TensorFile::parse(path, bytes, MODEL)?;
    let inputs = inputs_of(&file)?;
    let shape = shape_of(&file, &inputs)?;
    // before anything is allocated: three small tensors can describe an absurdly large fourth
    for (name, dims) in shape.tensors() {
        file.shaped(&name, &dims)?;
    }
    let mut weights = Weights::<R>::zeros(&shape);
    for ((name, dims), to) in shape.tensors().into_iter().zip(weights.tensors_mut()) {
        file.read(&name, &dims, to)?;
    }
    let sha256 = weights_sha256(&weights);
    if file.metadata.get("weights_sha256").is_some_and(|named| *named != sha256) {
        return file.refuse(
            "its weights are not those that weights_sha256 in its metadata names; use another \
             copy, or leave weights_sha256 out of a file whose weights were changed on purpose",
        );
    }
    let named = file.metadata.get("recurrent_activation");
    let activation =
        named.map(|name| Activation::named(name).ok_or(name)).transpose().or_else(|name| {
            file.refuse(format!(
                "recurrent_activation is {name:?}; hornpipe knows sigmoid and hard_sigmoid"
            ))
        })?;
    let precision = match file.metadata.get("precision") {
        None => Precision::F32,
        Some(name) => serde_json::from_value(name.as_str().into()).or_else(|_| {
            file.refuse(format!("its precision is {name:?}; hornpipe knows f32 and bf16"))
        })?,
    };
    let dropout = match file.metadata.get("dropout").map(|text| text.parse::<f64>()) {
        None => None,
        Some(Ok(rate)) if (0.0..1.0).contains(&rate) => Some(rate),
        Some(_) => return file.refuse("its dropout is not a number in [0, 1)"),
    };
    let vocabulary = match file.metadata.get("vocabulary") {
        None => None,
        Some(json) => Some(vocabulary_of(json, shape.vocab).or_else(|e| file.refuse(e))?),
    };
    let tonic = file.metadata.get("tonic").cloned();
    if let Some(tonic) = tonic.as_ref().filter(|tonic| !is_tonic(tonic)) {
        return file.refuse(format!("its tonic is {tonic:?}; it must be one as C, F# or Bb"));
    }
    let book = file.metadata.get("book").cloned();
    let unused = file.unused(shape.tensors().iter().map(|(name, _)| name.as_str()));
    let model = Exchanged {
        weights,
        sha256,
        activation,
        precision,
        dropout,
        vocabulary,
        inputs,
        tonic,
        book,
    };
    Ok((model, unused))
}

/// What the metadata says is read beside each character.
fn inputs_of(file: &TensorFile) -> Result<Inputs> {
    let Some(json) = file.metadata.get("inputs") else { return Ok(Inputs::new()) };
    let inputs: Inputs = serde_json::from_str(json).or_else(|e| {
        file.refuse(format!("its inputs are not a JSON array of pairs of name and size: {e}"))
    })?;
    check_inputs(&inputs).or_else(|e| file.refuse(e))?;
    Ok(inputs)
}

fn vocabulary_of(json: &str, vocab: usize) -> std::result::Result<Vocabulary, String> {
    let symbols: Vec<char> = serde_json::from_str(json)
        .map_err(|e| format!("its vocabulary is not a JSON array of single characters: {e}"))?;
    if symbols.len() != vocab {
        return Err(format!("its vocabulary has {} symbols, the model {vocab}", symbols.len()));
    }
    Vocabulary::from_symbols(symbols).ok_or_else(|| "its vocabulary names a symbol twice".into())
}

/// Sizes as the tensors have them; whether they agree with each other is for the caller to check.
fn shape_of(file: &TensorFile, inputs: &Inputs) -> Result<Shape> {
    let [vocab, embedding] = file.dims("embedding.weight")?;
    let mut lstm = Vec::new();
    while file.get(&format!("lstm.{}.recurrent_kernel", lstm.len())).is_some() {
        let [hidden, _] = file.dims(&format!("lstm.{}.recurrent_kernel", lstm.len()))?;
        lstm.push(hidden);
    }
    if lstm.is_empty() {
        file.find("lstm.0.recurrent_kernel")?;
    }
    if lstm.len() > MOST_LAYERS {
        return file.refuse(format!("it has {} layers; {MOST_LAYERS} is the most", lstm.len()));
    }
    let inputs = inputs.iter().map(|(_, size)| *size).collect();
    let shape = Shape { vocab, embedding, inputs, lstm };
    let [rows, columns] = file.dims("lstm.0.kernel")?;
    let (needed, places) = (shape.input_of(0), shape.places());
    if rows != needed {
        return file.refuse(format!(
            "lstm.0.kernel has shape [{rows}, {columns}], but the embedding's width of {embedding} \
             and the {places} values of the inputs in its metadata make {needed} rows"
        ));
    }
    Ok(shape)
}

/// Writes a model.
///
/// # Errors
/// The system refuses to write there.
pub fn save_model<R: Real>(model: &Exchanged<R>, path: &Path) -> Result<()> {
    write_atomically(path, &encode_model(model).map_err(unwritable(path))?)
}

/// An error of `encode` as one of the file.
pub(crate) fn unwritable(path: &Path) -> impl Fn(SafeTensorError) -> Error {
    move |e| Error::content(path, format!("cannot be written as safetensors: {e}"))
}

/// The bytes of the file of a model.
///
/// # Errors
/// The format has no room for them: a header of more than 100 MB.
///
/// # Panics
/// If its inputs are not those of its weights.
pub fn encode_model<R: Real>(
    model: &Exchanged<R>,
) -> std::result::Result<Vec<u8>, SafeTensorError> {
    let sizes = model.inputs.iter().map(|(_, size)| size);
    assert!(sizes.eq(&model.weights.inputs), "inputs of the model and of its weights");
    let mut metadata = BTreeMap::from([("weights_sha256".to_owned(), model.sha256.clone())]);
    if let Some(activation) = model.activation {
        metadata.insert("recurrent_activation".to_owned(), activation.name().to_owned());
    }
    if model.precision != Precision::F32 {
        metadata.insert("precision".to_owned(), model.precision.name().to_owned());
    }
    if let Some(rate) = model.dropout {
        metadata.insert("dropout".to_owned(), rate.to_string());
    }
    if let Some(vocabulary) = &model.vocabulary {
        let symbols = serde_json::to_string(vocabulary.symbols()).expect("characters are JSON");
        metadata.insert("vocabulary".to_owned(), symbols);
    }
    if !model.inputs.is_empty() {
        let inputs = serde_json::to_string(&model.inputs).expect("pairs are JSON");
        metadata.insert("inputs".to_owned(), inputs);
    }
    for (key, text) in [("tonic", &model.tonic), ("book", &model.book)] {
        metadata.extend(text.clone().map(|text| (key.to_owned(), text)));
    }
    let shape = model.weights.shape();
    let tensors = shape.tensors().into_iter().zip(model.weights.tensors());
    encode(tensors.map(|((name, dims), data)| (name, dims, data)), Some(metadata))
}

pub(crate) fn encode<'a, R: Real>(
    tensors: impl Iterator<Item = (String, Vec<usize>, &'a [R])>,
    metadata: Option<BTreeMap<String, String>>,
) -> std::result::Result<Vec<u8>, SafeTensorError> {
    let wide = size_of::<R>() == size_of::<f64>();
    let encoded: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .map(|(name, dims, data)| {
            let numbers = data.iter().map(|x| x.to_f64());
            let bytes = if wide {
                numbers.flat_map(f64::to_le_bytes).collect()
            } else {
                numbers.flat_map(|x| (x as f32).to_le_bytes()).collect()
            };
            (name, dims, bytes)
        })
        .collect();
    let dtype = if wide { Dtype::F64 } else { Dtype::F32 };
    let views = encoded.iter().map(|(name, dims, bytes)| {
        let view = TensorView::new(dtype, dims.clone(), bytes);
        (name, view.expect("the bytes fill the shape"))
    });
    let mut bytes = safetensors::serialize(views, metadata.map(|all| all.into_iter().collect()))?;
    sort_header(&mut bytes);
    Ok(bytes)
}

/// Brings the header, an object of JSON that keeps the random order of a hash map, into the order
/// of its keys, so that the same model is always the same file. Of our own maps: serde_json's keep
/// the order in which they are filled as soon as any crate asks for that.
fn sort_header(bytes: &mut [u8]) {
    let (length, rest) = bytes.split_at_mut(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let header = &mut rest[..length];
    let tensors: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
        serde_json::from_slice(header).expect("a header is an object of objects");
    let sorted = serde_json::to_string(&tensors).expect("as it was read");
    // the same keys and values without spaces: only padding can differ
    if sorted.len() <= length {
        header.fill(b' ');
        header[..sorted.len()].copy_from_slice(sorted.as_bytes());
    }
}
