//! `cargo bench --bench ladder`: the rungs of `hornpipe::guide::ladder` and those above them, on the
//! product that training does most, in GFLOP/s and in per cent of the peak that `kernels` explains.
//!
//! B is packed beforehand where it is packed at all. Whatever is measured is compared before: the
//! plain rungs to the bit, the kernels within what a fused multiply-add may change; the run FAILS if
//! one is wrong. `cargo test --release --bench ladder` compares and measures nothing.

mod common;

use std::hint::black_box;
use std::time::Instant;

use hornpipe::engine::real::{Output, Precision, Real, parallel_product};
use hornpipe::guide::ladder::{blocked, naive, ordered, pack, packed, tiled};
use hornpipe_kernels::*;
use ndarray::{ArrayView2, ArrayViewMut2};

/// M, K, N: samples of the notebook's window by its first layer's units by their gates.
const SIZES: (usize, usize, usize) =
    (common::BATCH * common::STEPS, common::LSTM[0], 4 * common::LSTM[0]);

/// Its name, its threads, whether it multiplies and adds at once, and itself, which fills C.
type Rung<'a> = (String, usize, bool, &'a dyn Fn(&mut [f32]));

/// Rounds in which the rungs take turns; each is measured for [`SECONDS`] of one, once at least.
const ROUNDS: usize = 5;
const SECONDS: f64 = 0.2;

/// Makes `best` the seconds of the fastest call, if it is faster: the others were disturbed.
fn measure(best: &mut f64, mut call: impl FnMut()) {
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < SECONDS {
        let start = Instant::now();
        call();
        *best = best.min(start.elapsed().as_secs_f64());
    }
}

fn values(key: u64, n: usize) -> Vec<f32> {
    (0..n as u64).map(|i| (mix(key, i) >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
}

fn main() {
    let (m, k, n) = SIZES;
    let (a, b) = (values(1, m * k), values(2, k * n));
    let isa = Isa::current();
    let views = [(&a, (m, k)), (&b, (k, n))];
    let [a_view, b_view] = views.map(|(x, shape)| ArrayView2::from_shape(shape, x).unwrap());
    let panels = pack((k, n), &b);
    let (mut kernel_panels, mut shared_panels) = (Packed::new(isa, k, n), Default::default());
    kernel_panels.pack(MatRef::row_major(&b, k, n));
    <f32 as Real>::pack(&mut shared_panels, Precision::F32, b_view);

    let one_thread = |c: &mut [f32]| {
        let (a, c) = (MatRef::row_major(&a, m, k), MatMut::row_major(c, m, n));
        product(isa, a, &kernel_panels, c, false);
    };
    let all_threads = |c: &mut [f32]| {
        let c = ArrayViewMut2::from_shape((m, n), c).unwrap();
        parallel_product(a_view, &shared_panels, c, Output::Overwrite);
    };
    let threads = rayon::current_num_threads();
    let name = |threads| format!("{isa}, {threads} thread{}", if threads == 1 { "" } else { "s" });
    let rungs: [Rung; 7] = [
        ("naive".into(), 1, false, &|c| naive(SIZES, &a, &b, c)),
        ("ordered".into(), 1, false, &|c| ordered(SIZES, &a, &b, c)),
        ("blocked".into(), 1, false, &|c| blocked(SIZES, &a, &b, c)),
        ("packed".into(), 1, false, &|c| packed(SIZES, &a, &panels, c)),
        ("tiled".into(), 1, false, &|c| tiled(SIZES, &a, &panels, c)),
        (name(1), 1, true, &one_thread),
        (name(threads), threads, true, &all_threads),
    ];

    let (mut first, mut bound) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
    naive(SIZES, &a, &b, &mut first);
    // either way a sum of K products is off by K half-units in the last place of their magnitudes
    let [a_abs, b_abs] = [&a, &b].map(|x| x.iter().map(|x| x.abs()).collect::<Vec<_>>());
    ordered(SIZES, &a_abs, &b_abs, &mut bound);
    bound.iter_mut().for_each(|x| *x *= k as f32 * f32::EPSILON);

    for (name, _, fused, rung) in &rungs {
        let mut c = vec![f32::NAN; m * n];
        rung(&mut c);
        let near = |i: usize| (c[i] - first[i]).abs() <= if *fused { bound[i] } else { 0.0 };
        assert!((0..m * n).all(near), "{name} is not the product that naive gives");
    }
    // cargo bench says so; cargo test does not
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    measure_all(&rungs, isa);
}

/// The table: rungs and peak in turns, the fastest call of each.
fn measure_all(rungs: &[Rung; 7], isa: Isa) {
    let (m, k, n) = SIZES;
    let (mut c, mut best, mut best_peak) = (vec![0.0; m * n], [f64::INFINITY; 7], f64::INFINITY);
    let peak_rounds = if isa.has_fma() { 20_000 } else { 200 };
    let mut peak_flop = 0;
    for _ in 0..ROUNDS {
        for ((.., rung), best) in rungs.iter().zip(&mut best) {
            measure(best, || rung(black_box(&mut c)));
        }
        let peak = || (peak_flop, _) = black_box(peak_loop(isa, peak_rounds, black_box(0.5)));
        measure(&mut best_peak, peak);
    }
    let peak = peak_flop as f64 / best_peak / 1e9;
    for (r, (name, threads, ..)) in rungs.iter().enumerate() {
        let speed = (2 * m * k * n) as f64 / best[r] / 1e9;
        let peak = *threads as f64 * peak;
        let share = 100.0 * speed / peak;
        print!("{name:17} {speed:7.1} GFLOP/s {share:4.0} % of {peak:5.0}");
        match r {
            0 => println!(),
            _ => println!(" {:7.2} times the one before", best[r - 1] / best[r]),
        }
    }
}
