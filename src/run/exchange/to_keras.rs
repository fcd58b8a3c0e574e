//! Keras 3's file of weights, `.weights.h5`, written by the crate `hdf5-pure`.
//!
//! Keras finds the weights of a layer by the name of its class and by how many of that class stand before it:
//! `layers/lstm_1/cell/vars/0` is the kernel of the second LSTM. What we say of a model besides stands in
//! attributes of the file, which Keras passes over.

use super::exchanged::Exchanged;
use super::metadata;
use crate::engine::real::Real;
use crate::error::{Error, Result};
use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};
use std::path::Path;

/// Name, sizes and numbers of a tensor.
type Named<'a, R> = ((String, Vec<usize>), &'a [R]);

/// The bytes of a `.weights.h5` that Keras 3 loads into the model of `hornpipe export --help`.
///
/// # Errors
/// The format has no room for it.
pub fn encode_for_keras<R: Real>(model: &Exchanged<R>, path: &Path) -> Result<Vec<u8>> {
    let weights = &model.weights;
    let mut file = FileBuilder::new();
    for (key, text) in metadata::of(model) {
        file.set_attr(&key, AttrValue::String(text));
    }
    let shape = weights.shape();
    let mut tensors = shape.tensors().into_iter().zip(weights.tensors());
    let mut layers = file.create_group("layers");
    let mut next = |count: usize| -> Vec<_> { tensors.by_ref().take(count).collect() };
    let vars = |mut group: GroupBuilder, tensors: Vec<Named<R>>| {
        let mut vars = group.create_group("vars");
        for (nth, ((_, dims), numbers)) in tensors.into_iter().enumerate() {
            let dims: Vec<u64> = dims.into_iter().map(|n| n as u64).collect();
            let numbers: Vec<f32> = numbers.iter().map(|x| x.to_f64() as f32).collect();
            vars.create_dataset(&nth.to_string()).with_f32_data(&numbers).with_shape(&dims);
        }
        group.add_group(vars.finish());
        group
    };
    let embedding = layers.create_group("embedding");
    layers.add_group(vars(embedding, next(1)).finish());
    for k in 0..shape.lstm.len() {
        // Keras's own names of layers of one kind
        let name = if k == 0 { "lstm".to_owned() } else { format!("lstm_{k}") };
        let mut layer = layers.create_group(&name);
        let cell = layer.create_group("cell");
        layer.add_group(vars(cell, next(3)).finish());
        layers.add_group(layer.finish());
    }
    let dense = layers.create_group("dense");
    layers.add_group(vars(dense, next(2)).finish());
    file.add_group(layers.finish());
    file.finish().map_err(|e| Error::content(path, format!("cannot be written as HDF5: {e}")))
}
