//! `cargo bench --bench growth`: how speed changes as the notebook's model grows, one axis at a
//! time, in GFLOP/s and in per cent of the peak. Prints markdown; takes a minute or two. With
//! `-- bf16` products are in bf16, and per cent still of the peak of f32.
//!
//! Both speeds are those of the fastest call (the others were disturbed). The peak is that of a
//! loop of register-only multiply-adds on as many threads, run in turns with the updates, as the
//! clock changes with what else the machine does. Only necessary operations are counted: the
//! products, a multiply-add being two.

mod common;

use common::{BATCH, LSTM, Run, STEPS, pool, seconds};
use hornpipe::engine::real::Precision;
use hornpipe::learn::config::Settings;
use hornpipe_kernels::{Isa, peak_loop};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What each measurement takes, unless five updates take longer.
const TIME: Duration = Duration::from_millis(1200);
const THREADS: [usize; 2] = [1, 2];

/// Speeds of one size on some threads.
struct Measured {
    gflop: f64,
    /// Seconds of an update.
    seconds: f64,
    /// GFLOP/s of all threads together.
    peak: f64,
}

fn precision() -> Precision {
    let bf16 = std::env::args().any(|argument| argument == "bf16");
    if bf16 { Precision::Bf16 } else { Precision::F32 }
}

/// GFLOP/s of register-only multiply-adds on every thread of the pool, over about a millisecond.
fn peak() -> f64 {
    let isa = Isa::current();
    let rounds = if isa.has_fma() { 200_000 } else { 2_000 };
    let mut flop = 0;
    let taken = seconds(|| {
        let each = rayon::broadcast(|_| black_box(peak_loop(isa, rounds, black_box(0.5))));
        flop = each.iter().map(|(flop, _)| flop).sum();
    });
    flop as f64 / taken / 1e9
}

fn measure(threads: usize, lstm: &[usize], batch: usize, steps: usize) -> Measured {
    pool(threads).install(|| {
        let mut run = Run::new(lstm, batch, steps, Settings::new().precision(precision()));
        run.step(); // the first touches memory for the first time
        let (mut fastest, mut fastest_peak) = (f64::INFINITY, 0.0f64);
        let begin = Instant::now();
        let mut updates = 0;
        while updates < 5 || begin.elapsed() < TIME {
            // updates for some ten milliseconds, then the peak for one
            let turn = Instant::now();
            while turn.elapsed() < Duration::from_millis(10) {
                fastest = fastest.min(seconds(|| run.step()));
                updates += 1;
            }
            fastest_peak = fastest_peak.max(peak());
        }
        Measured { gflop: run.flop() / 1e9, seconds: fastest, peak: fastest_peak }
    })
}

/// One row of the table.
fn row(size: impl std::fmt::Display, lstm: &[usize], batch: usize, steps: usize) {
    let measured = THREADS.map(|threads| measure(threads, lstm, batch, steps));
    print!("| {size} | {:.3} |", measured[0].gflop);
    for Measured { gflop, seconds, peak } in &measured {
        let speed = gflop / seconds;
        let (ms, share) = (1e3 * seconds, 100.0 * speed / peak);
        print!(" {ms:.2} | {speed:.0} | {share:.0} % of {peak:.0} |");
    }
    println!(" {:.2} |", measured[0].seconds / measured[1].seconds);
}

fn table(axis: &str, rows: impl FnOnce()) {
    print!("\n| {axis} | GFLOP |");
    for threads in THREADS {
        let s = if threads == 1 { "" } else { "s" };
        print!(" ms, {threads} thread{s} | GFLOP/s | of the peak |");
    }
    println!(" faster by |\n|{}", "---:|".repeat(3 + 3 * THREADS.len()));
    rows();
}

fn main() {
    println!(
        "{} kernels, products in {}; where nothing else is said {LSTM:?}, {BATCH} x {STEPS}",
        Isa::current(),
        precision().name()
    );
    table("layers, H and H/2", || {
        for hidden in [64, 128, 256, 512, 1024] {
            row(format!("{hidden}, {}", hidden / 2), &[hidden, hidden / 2], BATCH, STEPS);
        }
    });
    table("batch", || {
        [1, 2, 4, 8, 16, 32, 64, 128, 256].iter().for_each(|&b| row(b, &LSTM, b, STEPS))
    });
    table("steps", || [16, 32, 64, 128, 256, 512].iter().for_each(|&t| row(t, &LSTM, BATCH, t)));
    table("layers of 256", || (1..=4).for_each(|n| row(n, &vec![256; n], BATCH, STEPS)));
}
