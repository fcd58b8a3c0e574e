//! Our own names: those of [`crate::engine::weights`], as `.safetensors`.

use super::exchanged::Exchanged;
use super::metadata;
use crate::engine::real::Real;
use crate::engine::weights::{Shape, Weights};
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::learn::config::Inputs;
use crate::learn::limits::MOST_LAYERS;
use crate::run::tensor_file::TensorFile;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use std::collections::BTreeMap;
use std::path::Path;

/// A model of a file with our names, and the names of tensors that no such model has: a slip in a
/// name shows there.
///
/// # Errors
/// It holds no model.
pub(super) fn decode<R: Real>(file: &TensorFile) -> Result<(Exchanged<R>, Vec<String>)> {
    let inputs = metadata::inputs_of(&file.metadata).or_else(|e| file.refuse(e))?;
    let shape = shape_of(file, &inputs)?;
    // before anything is allocated: three small tensors can describe an absurdly large fourth
    for (name, dims) in shape.tensors() {
        file.shaped(&name, &dims)?;
    }
    let mut weights = Weights::<R>::zeros(&shape);
    for ((name, dims), to) in shape.tensors().into_iter().zip(weights.tensors_mut()) {
        file.read(&name, &dims, to)?;
    }
    let model = metadata::told(Exchanged::new(weights), &file.metadata);
    let unused = file.unused(shape.tensors().iter().map(|(name, _)| name.as_str()));
    Ok((model.or_else(|e| file.refuse(e))?, unused))
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
    let shape = model.weights.shape();
    let tensors = shape.tensors().into_iter().zip(model.weights.tensors());
    encode(tensors.map(|((name, dims), data)| (name, dims, data)), Some(metadata::of(model)))
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
