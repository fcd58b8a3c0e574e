//! `cargo bench --bench train_step`: one update of the notebook's model and of others, with
//! characters per second. Compare `fastest` and `median`; the mean shows what else the machine did.
//! (`growth` sets the same against the processor's peak.)

mod common;

use common::{BATCH, LSTM, Run, STEPS, pool};
use divan::Bencher;
use divan::counter::CharsCount;
use hornpipe::engine::real::Precision;
use hornpipe::learn::config::Settings;

fn main() {
    divan::main();
}

fn bench(bencher: Bencher, threads: usize, mut run: Run) {
    let pool = pool(threads);
    bencher.counter(CharsCount::new(run.samples())).bench_local(|| pool.install(|| run.step()));
}

#[divan::bench(args = [1, 2], sample_size = 1)]
fn notebook(bencher: Bencher, threads: usize) {
    bench(bencher, threads, Run::new(&LSTM, BATCH, STEPS, Settings::new()));
}

#[divan::bench(args = [1, 2], sample_size = 1)]
fn notebook_bf16(bencher: Bencher, threads: usize) {
    bench(
        bencher,
        threads,
        Run::new(&LSTM, BATCH, STEPS, Settings::new().precision(Precision::Bf16)),
    );
}

/// Layers of widths H and H/2 on two threads.
#[divan::bench(args = [64, 128, 512, 1024], sample_size = 1, max_time = 3)]
fn hidden(bencher: Bencher, hidden: usize) {
    bench(bencher, 2, Run::new(&[hidden, hidden / 2], BATCH, STEPS, Settings::new()));
}

/// The notebook's model with other batches on two threads.
#[divan::bench(args = [1, 4, 64], sample_size = 1, max_time = 3)]
fn batch(bencher: Bencher, batch: usize) {
    bench(bencher, 2, Run::new(&LSTM, batch, STEPS, Settings::new()));
}
