//! `cargo bench --bench generation`: characters per second of writing with the notebook's model.
//!
//! The vocabulary has no line break, so no tune ends before it is cut and the number of characters
//! is known: [`UNHEARD`] that nobody hears and then [`HEARD`], for each stream.

mod common;

use common::{LSTM, VOCAB, pool, shape, weights};
use divan::Bencher;
use divan::counter::CharsCount;
use hornpipe::engine::Activation;
use hornpipe::engine::model::Model;
use hornpipe::learn::text::Vocabulary;
use hornpipe::write::generate::{Options, write_all};
use hornpipe::write::prompt::Prompt;

/// What `hornpipe::write::generate` lets a model write before the tune that counts.
const UNHEARD: usize = 400;
const HEARD: usize = 600;

fn main() {
    divan::main();
}

#[divan::bench(args = [(1, 1), (64, 1), (64, 2)], sample_size = 1, max_time = 5)]
fn streams_and_threads(bencher: Bencher, (streams, threads): (usize, usize)) {
    let model = Model::new(weights(&shape(&LSTM)), Activation::Sigmoid);
    let vocabulary = Vocabulary::from_symbols(('!'..).take(VOCAB).collect()).expect("each once");
    // a vocabulary without line breaks has no overture and no lead
    let prompt = Prompt::new(&vocabulary).prime(&vocabulary, "!").expect("its own character");
    let options = Options::new(prompt).max_length(HEARD);
    let pool = pool(threads);
    bencher.counter(CharsCount::new(streams * (UNHEARD + HEARD))).bench_local(|| {
        let tunes = pool.install(|| write_all(&model, &vocabulary, &options, streams));
        assert!(tunes.iter().all(|tune| tune.len() >= HEARD));
        tunes
    });
}
