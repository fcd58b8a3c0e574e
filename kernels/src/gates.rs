//! The LSTM cell after its matrix products, forward and backward.
//!
//! A row of `gates` is [i | f | g | o], each `hidden` long: (rows, 4H). All else is (rows, H).
//! Steps 1 and 2 of the layer are products; these are its steps 3 to 5, each beside its line. s'(x) is
//! known from the output: x*(1 - x) of sigmoid, and of hard_sigmoid 0.2 where 0 < x < 1, else 0.

use crate::Scalar;
use crate::isa::per_isa;
use crate::lanes::{LANES, load, store};

/// The recurrent activation s; in files and flags it goes by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// 1 / (1 + exp(-x))
    Sigmoid,
    /// clip(0.2 x + 0.5, 0, 1)
    HardSigmoid,
}

impl Activation {
    /// `sigmoid` or `hard_sigmoid`.
    pub fn name(self) -> &'static str {
        ["sigmoid", "hard_sigmoid"][self as usize]
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sigmoid, Self::HardSigmoid].into_iter().find(|s| s.name() == name)
    }
}

per_isa! {
    /// `gates` (rows, 4H) holds the pre-activations a and is overwritten with i, f, g, o; `c` and
    /// `h` (rows, H) are overwritten from `c_prev` (rows, H).
    ///
    /// # Panics
    /// If H is 0 or a length is not that of these shapes.
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
    ///
    /// # Panics
    /// If H is 0 or a length is not that of these shapes.
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
    for (((c_prev_row, c_row), h_row), gates) in rows {
        let [i_row, f_row, g_row, o_row] = split(gates, hidden);
        for j in (0..hidden).step_by(LANES) {
            // the pre-activations, each overwritten with its gate
            let (mut i, mut f) = (load(i_row, j), load(f_row, j));
            let (mut g, mut o) = (load(g_row, j), load(o_row, j));
            let c_prev = load(c_prev_row, j);
            let (mut c, mut h) = ([S::ZERO; LANES], [S::ZERO; LANES]);
            for l in 0..LANES {
                // forward 3: i, f, o = s(a_i), s(a_f), s(a_o), g = tanh(a_g)
                (i[l], f[l], g[l], o[l]) = (s(i[l]), s(f[l]), g[l].tanh(), s(o[l]));
                // forward 4: c = f*c_prev + i*g
                c[l] = i[l].mul_add(g[l], f[l] * c_prev[l]);
                // forward 5: h = o*tanh(c)
                h[l] = o[l] * c[l].tanh();
            }
            store(i_row, j, &i);
            store(f_row, j, &f);
            store(g_row, j, &g);
            store(o_row, j, &o);
            store(c_row, j, &c);
            store(h_row, j, &h);
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
    for ((((c_prev_row, c_row), dh_row), dc_row), gates) in rows {
        let [i_row, f_row, g_row, o_row] = split(gates, hidden);
        for j in (0..hidden).step_by(LANES) {
            // the gates, each overwritten with its part of da
            let (mut i, mut f) = (load(i_row, j), load(f_row, j));
            let (mut g, mut o) = (load(g_row, j), load(o_row, j));
            let (c_prev, c, dh) = (load(c_prev_row, j), load(c_row, j), load(dh_row, j));
            let (dc_next, mut dc_prev) = (load(dc_row, j), [S::ZERO; LANES]);
            for l in 0..LANES {
                // backward 5, of h = o*tanh(c)
                let tanh_c = c[l].tanh();
                let d_o = dh[l] * tanh_c;
                let dc = (dh[l] * o[l]).mul_add(S::ONE - tanh_c * tanh_c, dc_next[l]);
                // backward 4, of c = f*c_prev + i*g
                let (di, df, dg) = (dc * g[l], dc * c_prev[l], dc * i[l]);
                dc_prev[l] = dc * f[l];
                // backward 3, of i, f, o = s(a_i), s(a_f), s(a_o), g = tanh(a_g)
                i[l] = di * slope(i[l]);
                f[l] = df * slope(f[l]);
                g[l] = dg * (S::ONE - g[l] * g[l]);
                o[l] = d_o * slope(o[l]);
            }
            store(i_row, j, &i);
            store(f_row, j, &f);
            store(g_row, j, &g);
            store(o_row, j, &o);
            store(dc_row, j, &dc_prev);
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
