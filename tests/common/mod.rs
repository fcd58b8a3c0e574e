//! What several test files share: fixtures, tensors by name, errors, finite differences.
#![allow(dead_code, reason = "each test file is its own crate and uses a part of this one")]

use hornpipe::naive::{NaiveBatch, Outcome};
use hornpipe::weights::{DenseWeights, LstmWeights, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array1, Array2, Array3, ArrayD, Dimension};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

/// The cases of `fixtures/make_reference.py`.
pub(crate) const CASES: [&str; 4] = ["two_layers", "hard_sigmoid", "three_layers", "one_layer"];

/// Tensors by name, with `grad.` before the name of what a gradient is by.
pub(crate) type Tensors = BTreeMap<String, ArrayD<f64>>;

/// The bytes of the file `fixtures/NAME.safetensors`.
pub(crate) fn fixture_bytes(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All F64 tensors of safetensors bytes.
pub(crate) fn tensors(bytes: &[u8]) -> Tensors {
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let mut all = Tensors::new();
    for (name, view) in file.tensors().into_iter().filter(|(_, view)| view.dtype() == Dtype::F64) {
        let numbers = words(view.data()).map(f64::from_le_bytes).collect();
        all.insert(name, ArrayD::from_shape_vec(view.shape(), numbers).expect("a whole tensor"));
    }
    all
}

/// The (B, T) tensor of symbols called `name`, I64 in the file.
pub(crate) fn symbols(bytes: &[u8], name: &str) -> Array2<usize> {
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let view = file.tensor(name).expect("x and y");
    assert_eq!(view.dtype(), Dtype::I64);
    let symbols = words(view.data()).map(|word| i64::from_le_bytes(word) as usize).collect();
    Array2::from_shape_vec((view.shape()[0], view.shape()[1]), symbols).expect("a whole tensor")
}

fn words(data: &[u8]) -> impl Iterator<Item = [u8; 8]> {
    data.chunks_exact(8).map(|word| word.try_into().expect("8 bytes"))
}

/// The weights among `tensors`, each name preceded by `prefix`.
pub(crate) fn weights(tensors: &Tensors, prefix: &str) -> Weights<f64> {
    let matrix = |name: &str| -> Array2<f64> { array(&tensors[&format!("{prefix}{name}")]) };
    let vector = |name: &str| -> Array1<f64> { array(&tensors[&format!("{prefix}{name}")]) };
    let layers = (0..).take_while(|k| tensors.contains_key(&format!("{prefix}lstm.{k}.kernel")));
    let layer = |k| LstmWeights {
        w_x: matrix(&format!("lstm.{k}.kernel")),
        w_h: matrix(&format!("lstm.{k}.recurrent_kernel")),
        bias: vector(&format!("lstm.{k}.bias")),
    };
    Weights {
        embedding: matrix("embedding.weight"),
        lstm: layers.map(layer).collect(),
        dense: DenseWeights { kernel: matrix("dense.kernel"), bias: vector("dense.bias") },
    }
}

fn array<D: Dimension>(tensor: &ArrayD<f64>) -> ndarray::Array<f64, D> {
    tensor.clone().into_dimensionality().expect("the exchange format's number of axes")
}

/// A model, its batch, and what autodiff says of them.
pub(crate) struct Case {
    /// The model's weights.
    pub(crate) weights: Weights<f64>,
    /// The gates' activation, from the model's metadata.
    pub(crate) activation: Activation,
    /// The batch, states zero where the file has none.
    pub(crate) batch: NaiveBatch,
    /// `loss`, `accuracy`, `lstm.K.h`, `lstm.K.c` and every `grad.`.
    pub(crate) expected: Tensors,
}

/// Reads the three files of the case `name`.
pub(crate) fn case(name: &str) -> Case {
    let model = fixture_bytes(&format!("{name}.model"));
    let (_, header) = SafeTensors::read_metadata(&model).expect("a safetensors file");
    let metadata = header.metadata().as_ref().expect("the model's metadata");
    let activation = match metadata["recurrent_activation"].as_str() {
        "sigmoid" => Activation::Sigmoid,
        "hard_sigmoid" => Activation::HardSigmoid,
        other => panic!("{name}: unknown activation {other}"),
    };
    let weights = weights(&tensors(&model), "");
    let bytes = fixture_bytes(&format!("{name}.batch"));
    let (x, y, floats) = (symbols(&bytes, "x"), symbols(&bytes, "y"), tensors(&bytes));
    let mut batch = NaiveBatch { x, y, h0: vec![], c0: vec![], masks: vec![] };
    for (k, layer) in weights.lstm.iter().enumerate() {
        let zero = Array2::zeros((batch.x.nrows(), layer.w_h.nrows()));
        let state = |s: &str| floats.get(&format!("lstm.{k}.{s}")).map_or(zero.clone(), array);
        batch.h0.push(state("h0"));
        batch.c0.push(state("c0"));
        batch.masks.push(floats.get(&format!("dropout.{k}.mask")).map(|mask| {
            let mut mask: Array3<f64> = array(mask);
            mask.swap_axes(0, 1); // (B, T, H) in files, (T, B, H) inside
            mask
        }));
    }
    let expected = tensors(&fixture_bytes(&format!("{name}.expected")));
    Case { weights, activation, batch, expected }
}

/// An outcome under the names of the exchange format.
pub(crate) fn named(outcome: &Outcome) -> Tensors {
    let mut all = Tensors::new();
    let mut put = |name: String, a: ArrayD<f64>| all.insert(name, a);
    put("loss".into(), ndarray::arr0(outcome.loss).into_dyn());
    put("accuracy".into(), ndarray::arr0(outcome.accuracy).into_dyn());
    let d = &outcome.gradients;
    put("grad.embedding.weight".into(), d.embedding.clone().into_dyn());
    for (k, layer) in d.lstm.iter().enumerate() {
        put(format!("grad.lstm.{k}.kernel"), layer.w_x.clone().into_dyn());
        put(format!("grad.lstm.{k}.recurrent_kernel"), layer.w_h.clone().into_dyn());
        put(format!("grad.lstm.{k}.bias"), layer.bias.clone().into_dyn());
        put(format!("grad.lstm.{k}.h0"), outcome.dh0[k].clone().into_dyn());
        put(format!("grad.lstm.{k}.c0"), outcome.dc0[k].clone().into_dyn());
        put(format!("lstm.{k}.h"), outcome.h[k].clone().into_dyn());
        put(format!("lstm.{k}.c"), outcome.c[k].clone().into_dyn());
    }
    put("grad.dense.kernel".into(), d.dense.kernel.clone().into_dyn());
    put("grad.dense.bias".into(), d.dense.bias.clone().into_dyn());
    all
}

/// ||ours - reference|| / ||reference|| over the whole tensor; where the reference is all zero,
/// ours must be too, or the error is infinite.
pub(crate) fn relative_error(ours: &ArrayD<f64>, reference: &ArrayD<f64>) -> f64 {
    assert_eq!(ours.shape(), reference.shape());
    let norm = |a: &ArrayD<f64>| a.iter().map(|v| v * v).sum::<f64>().sqrt();
    match (norm(&(ours - reference)), norm(reference)) {
        (apart, 0.0) if apart > 0.0 => f64::INFINITY,
        (_, 0.0) => 0.0,
        (apart, size) => apart / size,
    }
}

/// The worst relative error over the tensors of `reference`, and whose it is.
pub(crate) fn worst(ours: &Tensors, reference: &Tensors) -> (f64, String) {
    let mut worst = (0.0, String::new());
    for (name, theirs) in reference {
        let error = relative_error(&ours[name], theirs);
        assert!(!error.is_nan(), "{name}: not a number");
        if error >= worst.0 {
            worst = (error, name.clone());
        }
    }
    worst
}

/// Central differences (step 1e-5) of `loss` by every weight, h0 and c0, under their `grad.` names.
pub(crate) fn central_differences(
    weights: &Weights<f64>,
    batch: &NaiveBatch,
    loss: impl Fn(&Weights<f64>, &NaiveBatch) -> f64,
) -> Tensors {
    const STEP: f64 = 1e-5;
    let (mut w, mut b) = (weights.clone(), batch.clone());
    let mut all = Tensors::new();
    // Each turn moves one number of the tensor that `$tensor` picks out of `w` or `b`.
    macro_rules! differentiate {
        ($name:expr, $tensor:expr) => {{
            let mut d = ArrayD::zeros($tensor.shape());
            for (at, d) in d.iter_mut().enumerate() {
                let value = $tensor.as_slice().expect("row-major")[at];
                let mut loss_at = |moved: f64| {
                    $tensor.as_slice_mut().expect("row-major")[at] = moved;
                    loss(&w, &b)
                };
                *d = (loss_at(value + STEP) - loss_at(value - STEP)) / (2.0 * STEP);
                loss_at(value);
            }
            all.insert(format!("grad.{}", $name), d);
        }};
    }
    differentiate!("embedding.weight", w.embedding);
    for k in 0..weights.lstm.len() {
        differentiate!(format!("lstm.{k}.kernel"), w.lstm[k].w_x);
        differentiate!(format!("lstm.{k}.recurrent_kernel"), w.lstm[k].w_h);
        differentiate!(format!("lstm.{k}.bias"), w.lstm[k].bias);
        differentiate!(format!("lstm.{k}.h0"), b.h0[k]);
        differentiate!(format!("lstm.{k}.c0"), b.c0[k]);
    }
    differentiate!("dense.kernel", w.dense.kernel);
    differentiate!("dense.bias", w.dense.bias);
    all
}
