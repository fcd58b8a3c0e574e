//! `cargo bench --bench precision`: products of bf16 beside those of f32, in turns in one process,
//! in training and in writing, as the model and its batch grow.

mod common;

use common::{BATCH, LSTM, Run, STEPS, VOCAB, compare, pool, seconds, shape, weights};
use hornpipe::engine::Activation;
use hornpipe::engine::inference::Inference;
use hornpipe::engine::model::Model;
use hornpipe::engine::real::Precision;
use hornpipe::learn::config::Settings;
use ndarray::Array2;

const NAMES: [&str; 2] = ["f32", "bf16"];
const BOTH: [Precision; 2] = [Precision::F32, Precision::Bf16];

fn training(threads: usize, lstm: &[usize], batch: usize) {
    let pool = pool(threads);
    let run = |precision| Run::new(lstm, batch, STEPS, Settings::new().precision(precision));
    let [mut full, mut rounded] = BOTH.map(run);
    compare(
        &format!("training step, {lstm:?} x {batch}, {threads} threads"),
        NAMES,
        || seconds(|| pool.install(|| full.step())),
        || seconds(|| pool.install(|| rounded.step())),
    );
}

/// 100 characters of each stream, one after the other; a thread's streams are its own.
fn writing(lstm: &[usize], streams: usize) {
    let shape = shape(lstm);
    let [full, rounded] =
        BOTH.map(|precision| Model::in_precision(weights(&shape), Activation::Sigmoid, precision));
    let write = |model: &Model<f32>| {
        let (mut states, mut inference) =
            (model.zero_states(streams), Inference::new(model, 1, streams));
        seconds(|| {
            for t in 0..100 {
                let x = Array2::from_shape_fn((1, streams), |(_, b)| ((7 * t + b) % VOCAB) as u32);
                inference.forward(x.view(), &mut states);
            }
        })
    };
    let name = format!("100 characters, {lstm:?} x {streams}, 1 thread");
    pool(1).install(|| compare(&name, NAMES, || write(&full), || write(&rounded)));
}

fn main() {
    for threads in [1, 2] {
        training(threads, &LSTM, BATCH);
    }
    [64, 128, 512, 1024].iter().for_each(|&hidden| training(2, &[hidden, hidden / 2], BATCH));
    [1, 4, 64].iter().for_each(|&batch| training(2, &LSTM, batch));
    [1, 4, 32].iter().for_each(|&streams| writing(&LSTM, streams));
    [1, 32].iter().for_each(|&streams| writing(&[1024, 512], streams));
}
