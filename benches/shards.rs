//! `cargo bench --bench shards`: a batch in shards beside the same batch as a whole, in turns in one
//! process, as shards get fewer rows.

mod common;

use common::{LSTM, Run, STEPS, compare, pool, seconds};
use hornpipe::learn::config::Settings;

fn training(threads: usize, batch: usize, shards: usize) {
    let pool = pool(threads);
    let run = |shards| Run::new(&LSTM, batch, STEPS, Settings::new().shards(shards));
    let [mut whole, mut parts] = [1, shards].map(run);
    compare(
        &format!("{batch} streams in {shards} shards of {}, {threads} threads", batch / shards),
        ["whole", "shards"],
        || seconds(|| pool.install(|| whole.step())),
        || seconds(|| pool.install(|| parts.step())),
    );
}

fn main() {
    for threads in [1, 2] {
        [(64, 2), (64, 4), (64, 8), (64, 16), (64, 64)]
            .iter()
            .for_each(|&(batch, shards)| training(threads, batch, shards));
    }
}
