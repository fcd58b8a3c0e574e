//! What several test files share: the fixtures as cases of the audit, and little trainings.
#![allow(dead_code, reason = "each test file is its own crate and uses a part of this one")]

use hornpipe::engine::check::audit::{Case, Tensors};
use hornpipe::engine::check::naive::NaiveBatch;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::weights::{DenseWeights, LstmWeights, Shape, Weights};
use hornpipe::learn::config::{Config, Settings};
use hornpipe::learn::group::Asked;
use hornpipe::learn::listener::Listener;
use hornpipe::learn::progress::Step;
use hornpipe::learn::text::{Streams, Vocabulary};
use hornpipe::learn::train::{Trainer, Watcher};
use hornpipe::run::checkpoint::About;
use hornpipe_kernels::Activation;
use ndarray::{Array1, Array2, Array3, ArrayD, Dimension};
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The cases of `fixtures/make_reference.py`.
pub(crate) const CASES: [&str; 5] =
    ["two_layers", "hard_sigmoid", "three_layers", "one_layer", "places"];

/// The bytes of the file `fixtures/NAME.safetensors`.
pub(crate) fn fixture_bytes(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The path of a file of `fixtures/format2`.
pub(crate) fn format2(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format2").join(name)
}

/// The checkpoint there, amid an epoch.
pub(crate) const AMID: &str = "run/checkpoints/epoch-0001-batch-000014.hornpipe";

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

/// The tensor of symbols or places called `name`, I64 in the file; `None` if there is none.
pub(crate) fn numbers<D: Dimension>(bytes: &[u8], name: &str) -> Option<ndarray::Array<usize, D>> {
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let view = file.tensor(name).ok()?;
    assert_eq!(view.dtype(), Dtype::I64);
    let numbers = words(view.data()).map(|word| i64::from_le_bytes(word) as usize).collect();
    let numbers = ArrayD::from_shape_vec(view.shape(), numbers).expect("a whole tensor");
    Some(numbers.into_dimensionality().expect("the exchange format's number of axes"))
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
        inputs: vec![],
        lstm: layers.map(layer).collect(),
        dense: DenseWeights { kernel: matrix("dense.kernel"), bias: vector("dense.bias") },
    }
}

fn array<D: Dimension>(tensor: &ArrayD<f64>) -> ndarray::Array<f64, D> {
    tensor.clone().into_dimensionality().expect("the exchange format's number of axes")
}

/// Reads the three files of the case `name`: the case, states zero where the file has none, and
/// what autodiff says of it: `loss`, `accuracy`, `lstm.K.h`, `lstm.K.c` and every `grad.`.
pub(crate) fn fixture(name: &str) -> (Case, Tensors) {
    let model = fixture_bytes(&format!("{name}.model"));
    let (_, header) = SafeTensors::read_metadata(&model).expect("a safetensors file");
    let metadata = header.metadata().as_ref().expect("the model's metadata");
    let activation = match metadata["recurrent_activation"].as_str() {
        "sigmoid" => Activation::Sigmoid,
        "hard_sigmoid" => Activation::HardSigmoid,
        other => panic!("{name}: unknown activation {other}"),
    };
    let mut weights = weights(&tensors(&model), "");
    if let Some(inputs) = metadata.get("inputs") {
        let inputs: Vec<(String, usize)> = serde_json::from_str(inputs).expect("names and sizes");
        weights.inputs = inputs.into_iter().map(|(_, size)| size).collect();
    }
    let bytes = fixture_bytes(&format!("{name}.batch"));
    let [x, y]: [Array2<_>; 2] = ["x", "y"].map(|name| numbers(&bytes, name).expect("symbols"));
    let places = numbers(&bytes, "places").unwrap_or(Array3::zeros((x.nrows(), x.ncols(), 0)));
    let floats = tensors(&bytes);
    let mut batch = NaiveBatch { x, places, y, h0: vec![], c0: vec![], masks: vec![] };
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
    (Case { weights, activation, batch }, expected)
}

/// `tunes` little tunes in the shape of ABC, made up from `seed`. Later tunes use more letters, so
/// that windows differ in their number of distinct symbols.
pub(crate) fn text(tunes: usize, seed: u64) -> String {
    let mut state = seed;
    let mut below = |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut text = String::new();
    for tune in 0..tunes {
        text.push_str("X:1\nK:D\n");
        let notes = &b"ABcdefgGFEDCabz23/'^"[..(4 + tune).min(20)];
        for bar in 0..8 {
            (0..6).for_each(|_| text.push(char::from(notes[below(notes.len())])));
            text.push_str(if bar % 4 == 3 { "|\n" } else { "|" });
        }
        text.push('\n');
    }
    text
}

/// Settings of a small run on `text`: dropout and clipping on.
pub(crate) fn config(text: &str, lstm: &[usize], batch: usize, steps: usize) -> Config {
    let vocab = Vocabulary::of(text).len();
    let shape = Shape { vocab, embedding: 9, inputs: vec![], lstm: lstm.to_vec() };
    let settings = Settings::new().epochs(2).learning_rate(1e-2).clip(Some(0.5)).seed(5);
    Config::new(shape, batch, steps, settings)
}

/// The streams that `config` cuts `text` into.
pub(crate) fn streams(text: &str, config: &Config) -> Streams {
    let vocabulary = Vocabulary::of(text);
    let symbols = vocabulary.encode(text).expect("its own characters");
    let listener = Listener::new(vocabulary.symbols(), &config.inputs).expect("known inputs");
    let streams = Streams::new(symbols, config.batch, config.steps).expect("text enough");
    streams.heard_by(listener)
}

/// A run about to begin on `text`.
pub(crate) fn trainer(text: &str, config: &Config) -> Trainer {
    let weights = initial_weights(&config.shape, config.seed);
    Trainer::new(config.settings(), weights, streams(text, config), None)
}

/// A run about to begin on nine tunes, with nine others held out.
pub(crate) fn held_out(config: &Config) -> Trainer {
    let learned = text(9, 3);
    let held_out = Vocabulary::of(&learned).encode(&text(9, 8)).expect("the same letters");
    let held_out = Streams::new(held_out, config.batch, config.steps).expect("text enough");
    let weights = initial_weights(&config.shape, config.seed);
    Trainer::new(config.settings(), weights, streams(&learned, config), Some(held_out))
}

/// What a run on `text` is, beside where it stands.
pub(crate) fn about(text: &str, config: &Config) -> About {
    About::new(config.clone(), Vocabulary::of(text))
}

/// Bytes before the structured part of a checkpoint, and after its tensors.
pub(crate) const HEADER: usize = 28;
pub(crate) const CHECKSUM: usize = 32;

/// The content of a checkpoint under a checksum that is right.
pub(crate) fn sealed(content: &[u8]) -> Vec<u8> {
    [content, &Sha256::digest(content)[..]].concat()
}

/// Watches no run.
pub(crate) struct Nobody;

impl Watcher for Nobody {
    fn asks(&self) -> Asked {
        Asked::default()
    }
    fn step(&mut self, _: &Trainer, _: Step) -> hornpipe::error::Result<()> {
        Ok(())
    }
    fn epoch(&mut self, _: &Trainer) -> hornpipe::error::Result<()> {
        Ok(())
    }
}

/// `f` on `threads` threads.
pub(crate) fn on_threads<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(f)
}

/// The bits of f32 numbers: unlike `==`, tells -0 from 0 and NaN from NaN.
pub(crate) fn bits<'a>(numbers: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    numbers.into_iter().map(|x| x.to_bits()).collect()
}
