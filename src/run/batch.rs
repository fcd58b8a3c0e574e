//! A batch as an outside program gives it, as `.safetensors`: what `hornpipe gradients` reads.

use crate::engine::layers::tape::State;
use crate::engine::model::States;
use crate::engine::real::Real;
use crate::engine::weights::Shape;
use crate::error::Result;
use crate::files;
use crate::learn::limits::refuse_gigantic;
use crate::run::tensor_file::TensorFile;
use ndarray::{Array2, Array3};
use std::path::Path;

/// What to name instead of a file that is none.
const BATCH: &str = "name a file of symbols x and y, as hornpipe gradients describes it";

/// One window as an outside program gives it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Batch<R> {
    /// (T, B)
    pub x: Array2<u32>,
    /// (T, B, K)
    pub places: Array3<u32>,
    /// (T, B)
    pub y: Array2<u32>,
    /// State on entry of each layer; zero where the file has none.
    pub states: States<R>,
    /// (T, B, H) for each layer that has one.
    pub masks: Vec<Option<Array3<R>>>,
    /// Tensors of the file that are not part of a batch for this model.
    pub unused: Vec<String>,
}

/// Reads a batch for a model of this shape.
///
/// # Errors
/// The file cannot be read or holds no batch for it.
pub fn load_batch<R: Real>(path: &Path, shape: &Shape) -> Result<Batch<R>> {
    decode_batch(path, &files::read(path)?, shape)
}

/// The same from the bytes of `path`.
///
/// # Errors
/// They hold no batch for such a model.
pub fn decode_batch<R: Real>(path: &Path, bytes: &[u8], shape: &Shape) -> Result<Batch<R>> {
    let file = TensorFile::parse(path, bytes, BATCH)?;
    let [batch, steps] = file.dims("x")?;
    // before anything is allocated: few symbols in many rows can ask for large states
    refuse_gigantic::<R>(shape, batch * steps)?;
    let x = file.symbols("x", batch, steps, shape.vocab)?;
    let y = file.symbols("y", batch, steps, shape.vocab)?;
    let mut known = vec!["x".to_owned(), "y".to_owned()];
    let mut places = Array3::zeros((steps, batch, 0));
    if !shape.inputs.is_empty() {
        known.push("places".to_owned());
        places = file.places(batch, steps, &shape.inputs)?;
    }
    let mut given = |name: &str| {
        known.push(name.to_owned());
        file.get(name).is_some()
    };
    let (mut states, mut masks) = (Vec::new(), Vec::new());
    for (k, &hidden) in shape.lstm.iter().enumerate() {
        let mut state = State::zeros(batch, hidden);
        for (name, to) in [("h0", &mut state.h), ("c0", &mut state.c)] {
            let (name, to) = (format!("lstm.{k}.{name}"), to.as_slice_mut());
            if given(&name) {
                file.read(&name, &[batch, hidden], to.expect("a new array is row-major"))?;
            }
        }
        states.push(state);
        // (B, T, H) in the file, (T, B, H) inside
        let name = format!("dropout.{k}.mask");
        masks.push(if given(&name) {
            let mut mask = Array3::zeros((batch, steps, hidden));
            let to = mask.as_slice_mut().expect("a new array is row-major");
            file.read(&name, &[batch, steps, hidden], to)?;
            mask.swap_axes(0, 1);
            Some(mask.as_standard_layout().into_owned())
        } else {
            None
        });
    }
    let unused = file.unused(known.iter().map(String::as_str));
    Ok(Batch { x, places, y, states, masks, unused })
}
