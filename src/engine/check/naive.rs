//! The whole model once more, as plainly as it can be written: the checker of the checker.
//!
//! Every gradient of the engine is compared with finite differences and with autodiff. Would those
//! comparisons notice a mistake? This model answers: written apart from the layers, in f64, one
//! step at a time, it makes any [`Bug`] of the list on request, and each of them must be caught.
//!
//! Forward, for each layer from the input upwards and each step t (`s` is the [`Activation`]):
//!
//! ```text
//! 1  x = [embedding[symbol], one-hot of each place], or the `out` of the layer below
//! 2  a = x w_x + h_prev w_h + bias
//! 3  i, f, o = s(a_i), s(a_f), s(a_o)   g = tanh(a_g)
//! 4  c = f*c_prev + i*g
//! 5  h = o*tanh(c)
//! 6  out = mask*h                       the state itself is never masked
//! 7  logits = out kernel + bias         of the last layer's `out`
//! 8  loss = mean(-ln p[y])              p = softmax(logits), mean over B*T
//! ```
//!
//! Backward undoes 8 to 1, each line in the code saying of which of these. A gradient has the prefix
//! `d`; `dh_next` and `dc_next` arrive from step t+1; `d_o` is the gradient of `o`, since `do` is a
//! word of Rust.
//!
//! Memory: 10·T·B·H + T·B·D numbers a layer, all of it kept until backward is done.

use crate::engine::weights::{DenseWeights, LstmWeights, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3, Axis, Slice, concatenate};
use std::fmt;

/// `s` of forward 3.
fn squash(activation: Activation, a: f64) -> f64 {
    match activation {
        Activation::Sigmoid => 1.0 / (1.0 + libm::exp(-a)),
        Activation::HardSigmoid => (0.2 * a + 0.5).clamp(0.0, 1.0),
    }
}

/// `s'` where the value of `s` is `gate`; 0 on the corners of hard_sigmoid.
fn slope(activation: Activation, gate: f64) -> f64 {
    match activation {
        Activation::Sigmoid => gate * (1.0 - gate),
        Activation::HardSigmoid => f64::from(gate > 0.0 && gate < 1.0) * 0.2,
    }
}

/// A mistake in backward that LSTMs have shipped with. Training hides each of them: the loss still
/// falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bug {
    /// Drops `dh_next`.
    NoDhThroughTime,
    /// Drops `dc_next`.
    NoDcThroughTime,
    /// Uses `h` for `h_prev` in `dw_h`.
    OwnHInDwH,
    /// Takes the derivative of tanh from `c`, not from `tanh(c)`.
    TanhSlopeOfC,
    /// Leaves out the mask of forward 6.
    MaskMissing,
    /// Swaps i and f in `da`.
    GatesSwapped,
    /// Starts a layer's `dc_next` with what the layer above left there; needs two layers.
    UpperDcLeaksDown,
    /// Sums gate i's `da` into gate f's bias.
    BiasOfAnotherGate,
    /// Sums `da` into `dw_x` under the places of the next step; needs places.
    PlacesOfNextStep,
}

impl Bug {
    /// Every bug, in the order of the audit's table.
    #[rustfmt::skip]
    pub const ALL: [Self; 9] = [
        Self::NoDhThroughTime, Self::NoDcThroughTime, Self::OwnHInDwH, Self::TanhSlopeOfC,
        Self::MaskMissing, Self::GatesSwapped, Self::UpperDcLeaksDown, Self::BiasOfAnotherGate,
        Self::PlacesOfNextStep,
    ];
}

impl fmt::Display for Bug {
    #[rustfmt::skip]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad([
            "no dh through time", "no dc through time", "h instead of h_prev in dw_h",
            "tanh' of the wrong value", "dropout mask missing in backward",
            "gates i and f swapped in the gradient",
            "upper layer's dc leaking into the layer below",
            "gate i's delta used for gate f's bias", "places of the next step in dw_x",
        ][*self as usize])
    }
}

/// A window of symbols and the state it starts from.
#[derive(Clone, Debug)]
pub struct NaiveBatch {
    /// (B, T): the symbols read.
    pub x: Array2<usize>,
    /// (B, T, K): the whole number of each input beside them.
    pub places: Array3<usize>,
    /// (B, T): the symbols to predict.
    pub y: Array2<usize>,
    /// (B, H) of each layer: the output before the window.
    pub h0: Vec<Array2<f64>>,
    /// (B, H) of each layer: the cell before the window.
    pub c0: Vec<Array2<f64>>,
    /// (T, B, H) of each layer: the factor on its output; `None` is all ones.
    pub masks: Vec<Option<Array3<f64>>>,
}

impl NaiveBatch {
    fn assert_fits(&self, weights: &Weights<f64>) {
        assert_eq!(self.y.dim(), self.x.dim(), "y is (B, T), as x");
        let (layers, (batch, steps)) = (weights.lstm.len(), self.x.dim());
        let dim = (batch, steps, weights.inputs.len());
        assert_eq!(self.places.dim(), dim, "places are (B, T, K)");
        let counts = [self.h0.len(), self.c0.len(), self.masks.len()];
        assert_eq!(counts, [layers; 3], "h0, c0 and masks, one a layer");
        for (k, w) in weights.lstm.iter().enumerate() {
            let (mask, hidden) = (&self.masks[k], w.w_h.nrows());
            let states = [self.h0[k].dim(), self.c0[k].dim()];
            assert_eq!(states, [(batch, hidden); 2], "h0 and c0 of layer {k} are (B, H)");
            let fits = mask.as_ref().is_none_or(|mask| mask.dim() == (steps, batch, hidden));
            assert!(fits, "the mask of layer {k} is (T, B, H)");
        }
    }

    /// Forward 1 of step t: x (B, E + N) = [embedding[symbol], one-hot of each place].
    pub(super) fn input(&self, weights: &Weights<f64>, t: usize) -> Array2<f64> {
        let embedding = weights.embedding.select(Axis(0), &self.x.column(t).to_vec());
        let mut first = embedding.ncols();
        let zeros = Array2::zeros((embedding.nrows(), weights.inputs.iter().sum()));
        let mut x = concatenate![Axis(1), embedding, zeros];
        for (k, &size) in weights.inputs.iter().enumerate() {
            for (row, mut x) in x.rows_mut().into_iter().enumerate() {
                let place = self.places[[row, t, k]];
                assert!(place < size, "place {place} of input {k}, which has {size}");
                x[first + place] = 1.0;
            }
            first += size;
        }
        x
    }
}

/// What one forward and backward pass gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Mean cross-entropy over B*T, in nats.
    pub loss: f64,
    /// Fraction of the B*T symbols that were the most probable ones.
    pub accuracy: f64,
    /// The derivative of `loss` by every weight.
    pub gradients: Weights<f64>,
    /// (B, H) of each layer: the derivative by `h0`.
    pub dh0: Vec<Array2<f64>>,
    /// (B, H) of each layer: the derivative by `c0`.
    pub dc0: Vec<Array2<f64>>,
    /// (B, H) of each layer: the output after the last step, before the mask.
    pub h: Vec<Array2<f64>>,
    /// (B, H) of each layer: the cell after the last step.
    pub c: Vec<Array2<f64>>,
}

/// What one step of one layer keeps for backward: x (B, D), the rest (B, H).
#[rustfmt::skip]
struct Step {
    x: Array2<f64>, h_prev: Array2<f64>, c_prev: Array2<f64>,
    i: Array2<f64>, f: Array2<f64>, g: Array2<f64>, o: Array2<f64>,
    c: Array2<f64>, tanh_c: Array2<f64>, h: Array2<f64>, mask: Array2<f64>,
}

/// Loss, accuracy, final states and all gradients of `batch`, with `bug` made on the way back.
///
/// # Panics
/// If a shape or a symbol of the batch does not fit the weights.
pub fn gradients(
    weights: &Weights<f64>,
    activation: Activation,
    batch: &NaiveBatch,
    bug: Option<Bug>,
) -> Outcome {
    batch.assert_fits(weights);
    let mut outs: Vec<_> = (0..batch.x.ncols()).map(|t| batch.input(weights, t)).collect();
    let mut layers = Vec::new();
    for (k, w) in weights.lstm.iter().enumerate() {
        let layer = lstm_forward(w, activation, outs, batch, k);
        outs = layer.iter().map(|step| &step.mask * &step.h).collect(); // forward 6: out = mask*h
        layers.push(layer);
    }
    let (loss, accuracy, dlogits) = softmax_loss(&weights.dense, &outs, &batch.y);
    let embedding = weights.embedding.ncols();
    if bug == Some(Bug::PlacesOfNextStep) {
        let places = Slice::from(embedding..);
        for t in 1..batch.x.ncols() {
            let next = layers[0][t].x.slice_axis(Axis(1), places).to_owned();
            layers[0][t - 1].x.slice_axis_mut(Axis(1), places).assign(&next);
        }
    }

    let mut d = Weights::zeros(&weights.shape());
    // backward 7, of logits = out kernel + bias
    for (out, dlogits) in outs.iter().zip(&dlogits) {
        d.dense.kernel += &out.t().dot(dlogits);
        d.dense.bias += &dlogits.sum_axis(Axis(0));
    }
    let mut douts: Vec<_> = dlogits.iter().map(|d| d.dot(&weights.dense.kernel.t())).collect();
    let (mut dh0, mut dc0) = (batch.h0.clone(), batch.c0.clone());
    for (k, (w, layer)) in weights.lstm.iter().zip(&layers).enumerate().rev() {
        let leaks = bug == Some(Bug::UpperDcLeaksDown) && k + 1 < layers.len();
        let upper = |at| if leaks { *dc0[k + 1].get(at).unwrap_or(&0.0) } else { 0.0 };
        let dc_last = Array2::from_shape_fn(dc0[k].dim(), upper);
        (douts, dh0[k], dc0[k]) =
            lstm_backward(w, activation, layer, &douts, dc_last, &mut d.lstm[k], bug);
    }
    // backward 1, of x = [embedding[symbol], ..]
    for ((row, t), &symbol) in batch.x.indexed_iter() {
        let mut sum = d.embedding.row_mut(symbol);
        sum += &douts[t].row(row).slice_axis(Axis(0), Slice::from(..embedding));
    }

    let ends = layers.iter().map(|layer| layer.last().expect("at least one step"));
    let (h, c) = ends.map(|end| (end.h.clone(), end.c.clone())).unzip();
    Outcome { loss, accuracy, gradients: d, dh0, dc0, h, c }
}

/// The columns of `a` (B, 4H) gate by gate, in the order i, f, g, o, each (B, H).
fn gates(a: &Array2<f64>) -> [Array2<f64>; 4] {
    let n = a.ncols() / 4;
    [0, 1, 2, 3].map(|gate| a.slice_axis(Axis(1), Slice::from(gate * n..(gate + 1) * n)).to_owned())
}

/// All steps of layer `k` over the inputs `xs`, each (B, D).
fn lstm_forward(
    w: &LstmWeights<f64>,
    activation: Activation,
    xs: Vec<Array2<f64>>,
    batch: &NaiveBatch,
    k: usize,
) -> Vec<Step> {
    let s = |a: Array2<f64>| a.mapv_into(|a| squash(activation, a));
    let (mut h_prev, mut c_prev) = (batch.h0[k].clone(), batch.c0[k].clone());
    let mut steps = Vec::new();
    for (t, x) in xs.into_iter().enumerate() {
        // forward 2: a = x w_x + h_prev w_h + bias
        let a = x.dot(&w.w_x) + h_prev.dot(&w.w_h) + &w.bias;
        // forward 3: i, f, o = s(a_i), s(a_f), s(a_o)   g = tanh(a_g)
        let [a_i, a_f, a_g, a_o] = gates(&a);
        let (i, f, g, o) = (s(a_i), s(a_f), a_g.mapv_into(libm::tanh), s(a_o));
        // forward 4: c = f*c_prev + i*g
        let c = &f * &c_prev + &i * &g;
        // forward 5: h = o*tanh(c)
        let tanh_c = c.mapv(libm::tanh);
        let h = &o * &tanh_c;
        let mask = match &batch.masks[k] {
            Some(masks) => masks.index_axis(Axis(0), t).to_owned(),
            None => Array2::ones(h.dim()),
        };
        let (h_next, c_next) = (h.clone(), c.clone());
        steps.push(Step { x, h_prev, c_prev, i, f, g, o, c, tanh_c, h, mask });
        (h_prev, c_prev) = (h_next, c_next);
    }
    steps
}

/// Adds to `d` the gradients of one layer, given `douts`, the gradients of its masked outputs, and
/// `dc_last`, that of its last cell; returns those of its inputs, of h0 and of c0.
fn lstm_backward(
    w: &LstmWeights<f64>,
    activation: Activation,
    steps: &[Step],
    douts: &[Array2<f64>],
    dc_last: Array2<f64>,
    d: &mut LstmWeights<f64>,
    bug: Option<Bug>,
) -> (Vec<Array2<f64>>, Array2<f64>, Array2<f64>) {
    let made = |wanted| bug == Some(wanted);
    let unless = |wanted| f64::from(!made(wanted));
    let slope = |gate: &Array2<f64>| gate.mapv(|v| slope(activation, v));
    let (mut dh_next, mut dc_next) = (Array2::zeros(dc_last.dim()), dc_last);
    let mut dxs = Vec::new();
    for (step, dout) in steps.iter().zip(douts).rev() {
        let Step { x, h_prev, c_prev, i, f, g, o, c, tanh_c, h, mask } = step;
        // backward 6, of out = mask*h
        let masked = if made(Bug::MaskMissing) { dout.clone() } else { mask * dout };
        let dh = masked + &dh_next;
        // backward 5, of h = o*tanh(c)
        let d_o = &dh * tanh_c;
        let tanh_slope = if made(Bug::TanhSlopeOfC) { c } else { tanh_c }.mapv(|v| 1.0 - v * v);
        let dc = &dh * o * tanh_slope + &dc_next;
        // backward 4, of c = f*c_prev + i*g
        let (di, df, dg) = (&dc * g, &dc * c_prev, &dc * i);
        dc_next = &dc * f * unless(Bug::NoDcThroughTime);
        // backward 3, of i, f, o = s(a_i), s(a_f), s(a_o)   g = tanh(a_g)
        let (da_i, da_f) = (di * slope(i), df * slope(f));
        let (da_g, da_o) = (dg * g.mapv(|v| 1.0 - v * v), d_o * slope(o));
        let (da_i, da_f) = if made(Bug::GatesSwapped) { (da_f, da_i) } else { (da_i, da_f) };
        let da = concatenate![Axis(1), da_i, da_f, da_g, da_o];
        // backward 2, of a = x w_x + h_prev w_h + bias
        d.w_x += &x.t().dot(&da);
        d.w_h += &if made(Bug::OwnHInDwH) { h } else { h_prev }.t().dot(&da);
        let da_f_of_bias = if made(Bug::BiasOfAnotherGate) { &da_i } else { &da_f };
        let da_of_bias = concatenate![Axis(1), da_i, *da_f_of_bias, da_g, da_o];
        d.bias += &da_of_bias.sum_axis(Axis(0));
        dxs.push(da.dot(&w.w_x.t()));
        dh_next = da.dot(&w.w_h.t()) * unless(Bug::NoDhThroughTime);
    }
    dxs.reverse();
    (dxs, dh_next, dc_next)
}

/// Loss, accuracy and `dlogits` (B, V) of each step for the last layer's outputs, each (B, H).
fn softmax_loss(
    w: &DenseWeights<f64>,
    outs: &[Array2<f64>],
    y: &Array2<usize>,
) -> (f64, f64, Vec<Array2<f64>>) {
    let (mut loss, mut correct, mut all) = (0.0, 0.0, Vec::new());
    for (out, y) in outs.iter().zip(y.columns()) {
        // forward 7: logits = out kernel + bias
        let mut logits = out.dot(&w.kernel) + &w.bias;
        for (mut row, &y) in logits.rows_mut().into_iter().zip(y) {
            let top = row.fold(f64::NEG_INFINITY, |top, &v| top.max(v));
            correct += f64::from(row[y] == top);
            // forward 8: loss = mean(-ln p[y]), p = softmax(logits)
            let sum = row.mapv(|v| libm::exp(v - top)).sum();
            loss += libm::log(sum) - (row[y] - top);
            row.mapv_inplace(|v| libm::exp(v - top) / sum);
            row[y] -= 1.0; // backward 8, of the mean over B*T, which divides at the end
        }
        all.push(logits);
    }
    let samples = (outs.len() * y.nrows()) as f64;
    (loss / samples, correct / samples, all.into_iter().map(|d| d / samples).collect())
}
