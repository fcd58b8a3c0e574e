//! Every elementwise kernel against a plain f64 twin, and the same bits on every instruction set.

mod common;
use common::{SIZES, assert_close, nan, same_bits_on_every_isa, values, wide};
use hornpipe_kernels::*;

/// Distance to the f64 twin, relative to 1 + |value|: a few roundings; f32's include polynomials.
fn bound<S: Scalar>() -> f64 {
    if S::from_f64(0.1).to_f64() == 0.1 { 1e-14 } else { 2e-6 }
}

fn s(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        Activation::HardSigmoid => (0.2 * x + 0.5).clamp(0.0, 1.0),
    }
}

fn slope(activation: Activation, y: f64) -> f64 {
    match activation {
        Activation::Sigmoid => y * (1.0 - y),
        Activation::HardSigmoid => f64::from(u8::from(y > 0.0 && y < 1.0)) * 0.2,
    }
}

fn gates<S: Scalar>(activation: Activation, rows: usize, hidden: usize) {
    let n = rows * hidden;
    // 2.0 is doubled so that hard_sigmoid meets both its corners.
    let a: Vec<S> = values::<S>(1, 4 * n).iter().map(|&x| x + x).collect();
    let [c_prev, dh, dc_next] = [2, 3, 4].map(|seed| values::<S>(seed, n));
    let forward = same_bits_on_every_isa("gates_forward", |isa| {
        let (mut gates, mut c, mut h) = (a.clone(), nan(n), nan(n));
        gates_forward(isa, activation, &mut gates, &c_prev, &mut c, &mut h, hidden);
        [gates, c, h].concat()
    });
    let (gates, c) = (&forward[..4 * n], &forward[4 * n..5 * n]);
    let backward = same_bits_on_every_isa("gates_backward", |isa| {
        let (mut gates, mut dc) = (gates.to_vec(), dc_next.clone());
        gates_backward(isa, activation, &mut gates, &c_prev, c, &dh, &mut dc, hidden);
        [gates, dc].concat()
    });

    let (a, c_prev, dh, dc_next) = (wide(&a), wide(&c_prev), wide(&dh), wide(&dc_next));
    let (mut ifgo, mut da) = (nan::<f64>(4 * n), nan::<f64>(4 * n));
    let (mut c, mut h, mut dc_prev) = (nan::<f64>(n), nan::<f64>(n), nan::<f64>(n));
    for e in 0..n {
        let at = |gate: usize| (e / hidden * 4 + gate) * hidden + e % hidden;
        let [i, f, o] = [0, 1, 3].map(|gate| s(activation, a[at(gate)]));
        let g = libm::tanh(a[at(2)]);
        c[e] = f * c_prev[e] + i * g;
        h[e] = o * libm::tanh(c[e]);
        let dc = dc_next[e] + dh[e] * o * (1.0 - libm::tanh(c[e]) * libm::tanh(c[e]));
        dc_prev[e] = dc * f;
        da[at(0)] = dc * g * slope(activation, i);
        da[at(1)] = dc * c_prev[e] * slope(activation, f);
        da[at(2)] = dc * i * (1.0 - g * g);
        da[at(3)] = dh[e] * libm::tanh(c[e]) * slope(activation, o);
        (ifgo[at(0)], ifgo[at(1)], ifgo[at(2)], ifgo[at(3)]) = (i, f, g, o);
    }
    assert_close("i f g o, c, h", &forward, &[ifgo, c, h].concat(), bound::<S>());
    assert_close("da, dc_prev", &backward, &[da, dc_prev].concat(), bound::<S>());
}

#[test]
fn gates_are_the_equations() {
    for (rows, hidden) in SIZES.map(|size| (1 + size % 3, size)) {
        for activation in [Activation::Sigmoid, Activation::HardSigmoid] {
            gates::<f32>(activation, rows, hidden);
            gates::<f64>(activation, rows, hidden);
        }
    }
}

fn softmax<S: Scalar>(rows: usize, vocab: usize) {
    let logits: Vec<S> =
        values::<S>(5, rows * vocab).iter().map(|&l| l * S::from_f64(3.0)).collect();
    let targets: Vec<u32> = (0..rows).map(|r| (mix(6, r as u64) % vocab as u64) as u32).collect();
    let scale = S::from_f64(0.25);
    let flags = |hits: Vec<bool>| hits.iter().map(|&h| if h { S::ONE } else { S::ZERO }).collect();
    // what `hits` held must not show
    let [got, again] = [false, true].map(|held| {
        same_bits_on_every_isa("softmax", |isa| {
            let (mut d, mut losses, mut hits) = (logits.clone(), nan(rows), vec![held; rows]);
            softmax_loss_gradient(isa, &mut d, vocab, &targets, scale, &mut losses, &mut hits);
            [d, losses, flags(hits)].concat()
        })
    });
    assert_eq!(got, again);
    let (mut d, mut losses, mut hits) = (vec![], vec![], vec![]);
    for (row, &t) in wide(&logits).chunks(vocab).zip(&targets) {
        let sum: f64 = row.iter().map(|&l| libm::exp(l)).sum();
        let p: Vec<f64> = row.iter().map(|&l| libm::exp(l) / sum).collect();
        let t = t as usize;
        d.extend((0..vocab).map(|j| 0.25 * (p[j] - f64::from(u8::from(j == t)))));
        losses.push(-libm::log(p[t]));
        let first = (0..t).all(|j| row[j] < row[t]) && (t..vocab).all(|j| row[j] <= row[t]);
        hits.push(f64::from(u8::from(first)));
    }
    assert_close("dl, loss, hits", &got, &[d, losses, hits].concat(), bound::<S>());
}

#[test]
fn softmax_loss_is_cross_entropy() {
    for (rows, vocab) in SIZES.map(|size| (1 + size % 4, size)) {
        softmax::<f32>(rows, vocab);
        softmax::<f64>(rows, vocab);
    }
}

#[test]
fn the_first_of_equal_logits_is_the_guess_and_huge_ones_do_not_overflow() {
    for isa in Isa::available() {
        let of = |targets: &[u32; 2]| {
            let mut logits = [1f32, 9.0, 9.0, 0.0, 3e38, -3e38, 0.0, 0.0];
            let (mut losses, mut hits) = ([f32::NAN; 2], [false; 2]);
            softmax_loss_gradient(isa, &mut logits, 4, targets, 1.0, &mut losses, &mut hits);
            assert!(logits.iter().all(|dl| dl.is_finite()), "{logits:?}");
            (losses[1], hits)
        };
        assert_eq!(of(&[1, 0]), (0.0, [true, true]));
        assert_eq!(of(&[2, 1]).1, [false, false]);
    }
}

fn adam<S: Scalar>(n: usize) {
    let constants = [1e-3, 0.9, 0.999, 1e-7, 0.5].map(S::from_f64);
    let [rate_t, beta1, beta2, eps, scale] = constants;
    let step = AdamStep { rate_t, beta1, beta2, eps, scale };
    let [p, d, m] = [7, 8, 9].map(|seed| values::<S>(seed, n));
    let v: Vec<S> = m.iter().map(|&m| m * m).collect();
    let got = same_bits_on_every_isa("adam", |isa| {
        let (mut p, mut m, mut v) = (p.clone(), m.clone(), v.clone());
        adam_step(isa, step, &mut p, &d, &mut m, &mut v);
        [p, m, v].concat()
    });
    let [rate_t, beta1, beta2, eps, scale] = constants.map(|x| x.to_f64());
    let (mut p, d, mut m, mut v) = (wide(&p), wide(&d), wide(&m), wide(&v));
    for e in 0..n {
        let d = scale * d[e];
        m[e] = beta1 * m[e] + (1.0 - beta1) * d;
        v[e] = beta2 * v[e] + (1.0 - beta2) * d * d;
        p[e] -= rate_t * m[e] / (v[e].sqrt() + eps);
    }
    assert_close("p, m, v", &got, &[p, m, v].concat(), bound::<S>());
}

fn sums<S: Scalar>(n: usize) {
    let (x, row) = (values::<S>(10, n), values::<S>(11, n));
    let squares = same_bits_on_every_isa("sum_of_squares", |isa| vec![sum_of_squares(isa, &x)]);
    let naive = wide(&x).iter().map(|x| x * x).sum();
    assert_close("sum_of_squares", &squares, &[naive], 1e-14);
    let got = same_bits_on_every_isa("add_row, multiply", |isa| {
        let (mut sum, mut product) = (x.clone(), nan(n));
        add_row(isa, &mut sum, &row);
        multiply(isa, &x, &row, &mut product);
        [sum, product].concat()
    });
    let (x, row) = (wide(&x), wide(&row));
    let sum = x.iter().zip(&row).map(|(x, y)| x + y);
    let product = x.iter().zip(&row).map(|(x, y)| x * y);
    assert_close("x + y, x * y", &got, &sum.chain(product).collect::<Vec<_>>(), bound::<S>());
}

/// Lists of 0 to 22 of the rows, whose strips hold NaN beyond the columns that are asked for.
fn strips<S: Scalar>(columns: usize, rows: usize) {
    let x = values::<S>(12, rows * columns);
    let strip = |row: &[S]| Strip(std::array::from_fn(|l| *row.get(l).unwrap_or(&nan(1)[0])));
    let strips: Vec<Strip<S>> = x.chunks(columns).map(strip).collect();
    for length in [0, 1, 2, 22] {
        let pick = |i| (mix(13, i) % rows as u64) as u32;
        let list: Vec<u32> = (0..length).map(pick).collect();
        let got = same_bits_on_every_isa("sum_strips", |isa| {
            let mut sum = nan(columns);
            sum_strips(isa, &mut sum, &strips, &list);
            sum
        });
        // to the bit: one chain of additions an element, from left to right
        let chain = |l: usize| {
            let of = |&i: &u32| x[i as usize * columns + l];
            list.iter().map(of).reduce(|sum, x| sum + x).unwrap_or(S::ZERO)
        };
        assert_eq!(got, (0..columns).map(chain).collect::<Vec<_>>(), "{columns} of {rows} rows");
    }
}

#[test]
fn sums_of_strips_are_chains_of_additions() {
    for columns in [1, 3, 15, 16, 33, 63, 64] {
        for rows in [1, 2, 700] {
            strips::<f32>(columns, rows);
            strips::<f64>(columns, rows);
        }
    }
}

#[test]
#[should_panic(expected = "out of bounds")]
fn a_strip_that_is_not_there_is_refused() {
    sum_strips(Isa::current(), &mut [0.0], &[Strip([1f32; 64])], &[0, 1]);
}

#[test]
fn adam_and_sums_are_their_definitions() {
    for n in SIZES {
        adam::<f32>(n);
        adam::<f64>(n);
        sums::<f32>(n);
        sums::<f64>(n);
    }
}
