//! `cargo bench --bench kernels`: every kernel on every instruction set of the host, or on the one
//! that `HORNPIPE_ISA` names.
//!
//! Products are given in GFLOP/s and in per cent of the peak that a loop of register-only
//! multiply-adds reaches in the same run, beside `matrixmultiply::sgemm` (it packs B anew on each
//! call). The run FAILS when a product that should be bound by arithmetic falls under half of the
//! peak: a tile whose accumulators spill to memory falls thirty-fold, and an innocent rewrite is
//! all it takes. Products of bf16, the rounding of A included, are held to half of two times the peak
//! where the processor has them. It also fails far above the peak: then the peak's own loop has fallen. (A plain
//! main: no harness compares two measurements.)

use std::hint::black_box;
use std::time::Instant;

use hornpipe_kernels::*;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// (name, M, K, N, A transposed, held to half of the peak)
const PRODUCTS: [(&str, usize, usize, usize, bool, bool); 9] = [
    ("recurrence, layer 1", 8, 256, 1024, false, true),
    ("recurrence, 16 rows", 16, 256, 1024, false, true),
    ("recurrence, layer 2", 8, 128, 512, false, true),
    ("recurrence, backward", 8, 1024, 256, false, true),
    ("one row (generation)", 1, 256, 1024, false, false),
    ("weight gradient", 128, 1024, 1024, true, true),
    ("dense", 1024, 128, 87, false, true),
    ("dense, backward", 1024, 87, 128, false, true),
    ("symbols", 60, 512, 1024, false, true),
];

/// Seconds of the fastest of a few hundred milliseconds of calls: the others were disturbed.
fn best_seconds(mut call: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut best = f64::INFINITY;
    while begin.elapsed().as_secs_f64() < 0.15 {
        let start = Instant::now();
        call();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

fn values(n: usize) -> Vec<f32> {
    (0..n as u64).map(|i| (mix(1, i) >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
}

fn peak(isa: Isa) -> f64 {
    let rounds = if isa.has_fma() { 20_000 } else { 200 };
    let mut flop = 0;
    let seconds = best_seconds(|| (flop, _) = black_box(peak_loop(isa, rounds, black_box(0.5))));
    flop as f64 / seconds / 1e9
}

fn products(isa: Isa, failures: &mut Vec<String>) {
    for (name, m, k, n, transposed, held) in PRODUCTS {
        let (a, b) = (values(m * k), values(k * n));
        let their_b = ArrayView2::from_shape((k, n), &b).unwrap();
        let (a, their_a) = if transposed {
            let their_a = ArrayView2::from_shape((k, m), &a).unwrap();
            (MatRef::row_major(&a, k, m).t(), their_a.reversed_axes())
        } else {
            (MatRef::row_major(&a, m, k), ArrayView2::from_shape((m, k), &a).unwrap())
        };
        let b = MatRef::row_major(&b, k, n);
        let mut packed = Packed::new(isa, k, n);
        let elements = (k * n) as f64 / 1e9;
        let pack = elements / best_seconds(|| packed.pack(black_box(b)));
        let columns = values(k * n);
        let columns = MatRef::row_major(&columns, n, k).t();
        let pack_t = elements / best_seconds(|| packed.pack(black_box(columns)));
        packed.pack(b);
        let mut c = vec![0.0; m * n];
        let flop = (2 * m * k * n) as f64 / 1e9;
        let ours = || product(isa, black_box(a), &packed, MatMut::row_major(&mut c, m, n), true);
        let ours = flop / best_seconds(ours);
        let (mut room_a, mut room_b) = (Vec::new(), Vec::new());
        let b_pairs = pairs(isa, b.t(), &mut room_b).t();
        let mut packed = Packed::new(isa, b_pairs.shape().0, n);
        packed.pack(b_pairs);
        let bf16 = flop
            / best_seconds(|| {
                let a = pairs(isa, black_box(a), &mut room_a);
                product(isa, a, &packed, MatMut::row_major(&mut c, m, n), true);
            });
        let mut their_c = ArrayViewMut2::from_shape((m, n), &mut c).unwrap();
        let theirs = || general_mat_mul(1.0, black_box(&their_a), &their_b, 1.0, &mut their_c);
        let theirs = flop / best_seconds(theirs);
        // Beside each other, as the clock changes with what else the machine does.
        let peak = peak(isa);
        let share = ours / peak;
        println!(
            "{isa:10} {name:21} ({m:4},{k:5}) x ({k:5},{n:5}) {ours:7.1} GFLOP/s {:4.0} % of \
             {peak:5.0}, bf16 {bf16:5.1}, sgemm {theirs:5.1}; packing {pack:5.2} e9/s, transposed \
             {pack_t:5.2}",
            100.0 * share
        );
        if held && isa.name() == "avx512bf16" && bf16 < peak {
            failures.push(format!("{name} in bf16: {bf16:.0} of two times {peak:.0} GFLOP/s"));
        }
        if held && isa.has_fma() && !(0.5..1.5).contains(&share) {
            failures.push(format!("{name} on {isa}: {:.0} % of the peak", 100.0 * share));
        }
    }
}

fn elementwise(isa: Isa) {
    const ROWS: usize = 8;
    const HIDDEN: usize = 256;
    const VOCAB: usize = 87;
    let report = |name: &str, count: usize, seconds: f64| {
        println!("{isa:10} {name:21} {:8.3} ns an element", seconds * 1e9 / count as f64);
    };
    let n = ROWS * HIDDEN;
    let (a, x) = (values(4 * n), values(n));
    let (mut gates, mut c, mut h, mut dc) = (a.clone(), x.clone(), x.clone(), x.clone());
    for activation in [Activation::Sigmoid, Activation::HardSigmoid] {
        let seconds = best_seconds(|| {
            gates.copy_from_slice(&a);
            gates_forward(isa, activation, &mut gates, &x, &mut c, &mut h, HIDDEN);
        });
        report(&format!("forward, {activation:?}"), n, seconds);
        let seconds = best_seconds(|| {
            gates.copy_from_slice(&a);
            gates_backward(isa, activation, &mut gates, &x, &c, &h, &mut dc, HIDDEN);
        });
        report(&format!("backward, {activation:?}"), n, seconds);
    }
    let (logits, targets) = (values(64 * VOCAB), [3; 64]);
    let (mut d, mut losses, mut hits) = (logits.clone(), [0.0; 64], [false; 64]);
    let seconds = best_seconds(|| {
        d.copy_from_slice(&logits);
        softmax_loss_gradient(isa, &mut d, VOCAB, &targets, 1.0, &mut losses, &mut hits);
    });
    report("softmax and gradient", 64 * VOCAB, seconds);
    let many = 1 << 16;
    let (d, mut p, mut m, mut v) = (values(many), values(many), values(many), vec![0.1; many]);
    let step = AdamStep { rate_t: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-7, scale: 1.0 };
    report("adam", many, best_seconds(|| adam_step(isa, step, &mut p, &d, &mut m, &mut v)));
    let mut squares = 0.0;
    report("sum of squares", many, best_seconds(|| squares += sum_of_squares(isa, black_box(&d))));
    black_box(squares);
    report("add row", many, best_seconds(|| add_row(isa, &mut p, black_box(&d))));
    // 20 of 700 rows, in the second cache
    let rows: Vec<_> = values(64 * 700).as_chunks().0.iter().map(|&row| Strip(row)).collect();
    let list: Vec<u32> = (0..1000).map(|i| (mix(2, i) % 700) as u32).collect();
    let mut sum = values(64);
    let seconds = best_seconds(|| {
        list.chunks(20).for_each(|list| sum_strips(isa, &mut sum, &rows, black_box(list)));
    });
    report("sum of strips", 64 * list.len(), seconds);
    report("dropout mask", many, best_seconds(|| dropout_mask(isa, black_box(7), 0.8, &mut m)));
    report("multiply", many, best_seconds(|| multiply(isa, &d, &m, &mut v)));
}

fn main() {
    let mut failures = Vec::new();
    let only = std::env::var("HORNPIPE_ISA").ok().filter(|name| !name.is_empty());
    for isa in Isa::available() {
        if only.as_ref().is_some_and(|only| only != isa.name()) {
            continue;
        }
        products(isa, &mut failures);
        elementwise(isa);
    }
    assert!(failures.is_empty(), "not within 50 to 150 %:\n{}", failures.join("\n"));
}
