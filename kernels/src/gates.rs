//! The LSTM cell after its matrix products, forward and backward.
//!
//! A row of `gates` is [i | f | g | o], each `hidden` long: (rows, 4H). All else is (rows, H).
//!
//! ```text
//! forward     1  i, f, o = s(a_i), s(a_f), s(a_o)    g = tanh(a_g)
//!             2  c = f*c_prev + i*g
//!             3  h = o*tanh(c)
//! backward    3  do = dh*tanh(c)    dc = dc_next + dh*o*(1 - tanh(c)^2)
//!             2  di = dc*g    df = dc*c_prev    dg = dc*i    dc_prev = dc*f
//!             1  da_x = dx*s'(x) for x = i, f, o    da_g = dg*(1 - g^2)
//! s'(x), from the output:   sigmoid x*(1 - x)      hard_sigmoid 0.2 where 0 < x < 1, else 0
//! ```

use crate::Scalar;
use crate::isa::per_isa;
use crate::lanes::{LANES, load, store};

/// The recurrent activation s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// 1 / (1 + exp(-x))
    Sigmoid,
    /// clip(0.2 x + 0.5, 0, 1)
    HardSigmoid,
}

per_isa! {
    /// `gates` (rows, 4H) holds the pre-activations a and is overwritten with i, f, g, o; `c` and
    /// `h` (rows, H) are overwritten from `c_prev` (rows, H).
    pub fn gates_forward[S: Scalar](
        isa, activation: Activation, gates: &mut [S], c_prev: &[S], c: &mut [S], h: &mut [S],
        hidden: usize,
    ) => match activation {
        Activation::Sigmoid => forward(S::sigmoid, gates, c_prev, c, h, hidden),
        Activation::HardSigmoid => forward(S::hard_sigmoid, gates, c_prev, c, h, hidden),
    }
}

per_isa! {
    /// `gates` (rows, 4H) holds i, f, g, o and is overwritten with da; `dc` (rows, H) holds what
    /// step t+1 sends back and is overwritten with dc_prev, what this step sends to t-1. `c_prev`,
    /// `c` and `dh` (rows, H) are read; tanh(c) is computed anew.
    pub fn gates_backward[S: Scalar](
        isa, activation: Activation, gates: &mut [S], c_prev: &[S], c: &[S], dh: &[S],
        dc: &mut [S], hidden: usize,
    ) => match activation {
        Activation::Sigmoid => backward(|x: S| x * (S::ONE - x), gates, c_prev, c, dh, dc, hidden),
        Activation::HardSigmoid => backward(hard_slope, gates, c_prev, c, dh, dc, hidden),
    }
}

#[inline(always)]
fn hard_slope<S: Scalar>(x: S) -> S {
    if x > S::ZERO && x < S::ONE { S::from_f64(0.2) } else { S::ZERO }
}

#[inline(always)]
fn forward<S: Scalar>(
    s: impl Fn(S) -> S + Copy,
    gates: &mut [S],
    c_prev: &[S],
    c: &mut [S],
    h: &mut [S],
    hidden: usize,
) {
    let n = c.len();
    check(gates, n, hidden);
    assert!(c_prev.len() == n && h.len() == n, "c_prev, c and h (rows, hidden)");
    let rows = c_prev.chunks_exact(hidden).zip(c.chunks_exact_mut(hidden));
    let rows = rows.zip(h.chunks_exact_mut(hidden)).zip(gates.chunks_exact_mut(4 * hidden));
    for (((c_prev, c), h), gates) in rows {
        let [i, f, g, o] = split(gates, hidden);
        for j in (0..hidden).step_by(LANES) {
            let mut x = [load(i, j), load(f, j), load(g, j), load(o, j)];
            let (before, mut now, mut out) = (load(c_prev, j), [S::ZERO; LANES], [S::ZERO; LANES]);
            for l in 0..LANES {
                // 1
                let [i, f, g, o] = [s(x[0][l]), s(x[1][l]), x[2][l].tanh(), s(x[3][l])];
                // 2
                now[l] = i.mul_add(g, f * before[l]);
                // 3
                out[l] = o * now[l].tanh();
                (x[0][l], x[1][l], x[2][l], x[3][l]) = (i, f, g, o);
            }
            store(i, j, &x[0]);
            store(f, j, &x[1]);
            store(g, j, &x[2]);
            store(o, j, &x[3]);
            store(c, j, &now);
            store(h, j, &out);
        }
    }
}

#[inline(always)]
fn backward<S: Scalar>(
    slope: impl Fn(S) -> S + Copy,
    gates: &mut [S],
    c_prev: &[S],
    c: &[S],
    dh: &[S],
    dc: &mut [S],
    hidden: usize,
) {
    let n = c.len();
    check(gates, n, hidden);
    assert!(c_prev.len() == n && dh.len() == n && dc.len() == n, "c_prev, dh, dc (rows, hidden)");
    let rows = c_prev.chunks_exact(hidden).zip(c.chunks_exact(hidden)).zip(dh.chunks_exact(hidden));
    let rows = rows.zip(dc.chunks_exact_mut(hidden)).zip(gates.chunks_exact_mut(4 * hidden));
    for ((((c_prev, c), dh), dc), gates) in rows {
        let [i, f, g, o] = split(gates, hidden);
        for j in (0..hidden).step_by(LANES) {
            let mut x = [load(i, j), load(f, j), load(g, j), load(o, j)];
            let (before, now, dout) = (load(c_prev, j), load(c, j), load(dh, j));
            let mut dnow = load(dc, j);
            for l in 0..LANES {
                let [i, f, g, o] = [x[0][l], x[1][l], x[2][l], x[3][l]];
                // forward 3: h = o*tanh(c)
                let tanh_c = now[l].tanh();
                let d_o = dout[l] * tanh_c;
                let dc = (dout[l] * o).mul_add(S::ONE - tanh_c * tanh_c, dnow[l]);
                // forward 2: c = f*c_prev + i*g
                let (di, df, dg) = (dc * g, dc * before[l], dc * i);
                dnow[l] = dc * f;
                // forward 1: i, f, o = s(a_i), s(a_f), s(a_o), g = tanh(a_g)
                x[0][l] = di * slope(i);
                x[1][l] = df * slope(f);
                x[2][l] = dg * (S::ONE - g * g);
                x[3][l] = d_o * slope(o);
            }
            store(i, j, &x[0]);
            store(f, j, &x[1]);
            store(g, j, &x[2]);
            store(o, j, &x[3]);
            store(dc, j, &dnow);
        }
    }
}

#[inline(always)]
fn check<S>(gates: &[S], n: usize, hidden: usize) {
    assert!(hidden > 0 && n.is_multiple_of(hidden), "{n} cells in rows of {hidden}");
    assert_eq!(gates.len(), 4 * n, "gates (rows, 4 hidden)");
}

#[inline(always)]
fn split<S>(gates: &mut [S], hidden: usize) -> [&mut [S]; 4] {
    let (i, rest) = gates.split_at_mut(hidden);
    let (f, rest) = rest.split_at_mut(hidden);
    let (g, o) = rest.split_at_mut(hidden);
    [i, f, g, o]
}
