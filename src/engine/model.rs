//! The stack as a table; backward is the same lines in the reverse order.
//!
//! ```text
//!   symbols x (T, B), places (T, B, K)
//!     embedding + first projection     a[0]   (T, B, 4H)
//!     lstm[0], dropout                 out[0] (T, B, H)
//!     projection, lstm[k], dropout     out[k]        for k = 1 ..
//!     dense                            logits (T, B, V)
//!     loss against y (T, B)            mean cross-entropy in nats
//! ```
//! The crate's page has three symbols that a model of four units learns by heart.

use crate::engine::layers::dense::Dense;
use crate::engine::layers::dropout::{self, Dropout};
use crate::engine::layers::embedding::{EmbeddingTape, Input};
use crate::engine::layers::loss::{LossTape, Score};
use crate::engine::layers::lstm::Lstm;
use crate::engine::layers::tape::{LstmTape, State};
use crate::engine::real::{Precision, Real};
use crate::engine::stopwatch::{Phase, Stopwatch};
use crate::engine::weights::{Shape, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array3, ArrayView2, ArrayView3, Axis, Slice};
use std::sync::atomic::{AtomicU64, Ordering};

/// A stack of layers with its weights.
///
/// The weights are private because the layers hold them once more, laid out for products:
/// [`Model::update`] keeps the two together.
pub struct Model<R: Real> {
    shape: Shape,
    /// A number that no other weights have had.
    version: u64,
    weights: Weights<R>,
    pub(super) lstm: Vec<Lstm<R>>,
    dense: Dense<R>,
}

/// One [`State`] a layer, from the input upwards.
pub type States<R> = Vec<State<R>>;

/// What a tape holds. Each pass needs what the one before it left there, and uses it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing; or what a window left that has been through backward.
    Empty,
    /// The logits and all that led to them.
    Forward,
    /// Their gradient in their place.
    Scored,
}

/// What a forward pass keeps for the backward pass, and all the room both need: made once for a
/// window of (T, B), so that a training step allocates nothing.
pub struct Tape<R: Real> {
    shape: Shape,
    pub(super) stage: Stage,
    /// The model's at forward.
    version: u64,
    pub(super) embedding: EmbeddingTape<R>,
    /// One a layer.
    pub(super) lstm: Vec<LstmTape<R>>,
    /// (T, B, H) a layer: the dropout mask, if there is one.
    masks: Vec<Array3<R>>,
    masked: Vec<bool>,
    /// (T, B, H) a layer: its output behind dropout; dout in backward.
    out: Vec<Array3<R>>,
    /// (T, B, V): logits after forward, dlogits after [`Model::score`].
    logits: Array3<R>,
    /// Loss and hit of each sample.
    pub(super) loss: LossTape<R>,
    dlogits_packed: R::Packed,
    /// w_xᵀ (4H, D) of one layer after the other.
    w_x_t: R::Packed,
    /// At rest unless somebody starts it.
    pub stopwatch: Stopwatch,
}

impl<R: Real> Tape<R> {
    /// Room for windows of `steps` by `batch`.
    ///
    /// # Panics
    /// If either is 0, or the shape has no LSTM layer.
    pub fn new(shape: &Shape, steps: usize, batch: usize) -> Self {
        assert!(!shape.lstm.is_empty(), "a model has at least one LSTM layer");
        let each = |new: &dyn Fn(usize) -> Array3<R>| shape.lstm.iter().map(|&h| new(h)).collect();
        let samples = steps * batch;
        Self {
            shape: shape.clone(),
            stage: Stage::Empty,
            version: 0,
            embedding: EmbeddingTape::new((steps, batch), shape),
            lstm: shape.lstm.iter().map(|&hidden| LstmTape::new(steps, batch, hidden)).collect(),
            masks: each(&|hidden| Array3::zeros((steps, batch, hidden))),
            masked: vec![false; shape.lstm.len()],
            out: each(&|hidden| Array3::zeros((steps, batch, hidden))),
            logits: Array3::zeros((steps, batch, shape.vocab)),
            loss: LossTape::new(samples),
            dlogits_packed: R::Packed::default(),
            w_x_t: R::Packed::default(),
            stopwatch: Stopwatch::default(),
        }
    }

    /// (T, B, V): what [`Model::forward`] says, until [`Model::score`] writes their gradient over it.
    ///
    /// # Panics
    /// Before the one and after the other.
    pub fn logits(&self) -> ArrayView3<'_, R> {
        let there = self.stage == Stage::Forward;
        assert!(there, "logits are there after forward and before score");
        self.logits.view()
    }

    /// What layer `k` left: gates, cells and outputs after [`Model::forward`], gradients after backward.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn layer(&self, k: usize) -> &LstmTape<R> {
        &self.lstm[k]
    }
}

impl<R: Real> Model<R> {
    /// A model with these weights.
    ///
    /// # Panics
    /// If there is no LSTM layer or one without units, or the tensors of one layer do not fit each other or the next.
    pub fn new(weights: Weights<R>, activation: Activation) -> Self {
        Self::in_precision(weights, activation, Precision::F32)
    }

    /// The same with products in this precision, if R is f32.
    ///
    /// # Panics
    /// As [`Model::new`].
    pub fn in_precision(weights: Weights<R>, s: Activation, precision: Precision) -> Self {
        let shape = weights.shape();
        assert!(!shape.lstm.is_empty(), "a model has at least one LSTM layer");
        assert!(!shape.lstm.contains(&0), "an LSTM layer has at least one unit: {shape:?}");
        let input = |k| if k == 0 { shape.embedding } else { shape.input_of(k) };
        let layer = |(k, &hidden)| Lstm::new(input(k), hidden, s);
        let mut model = Self {
            lstm: shape.lstm.iter().enumerate().map(layer).collect(),
            dense: Dense::new(shape.top(), shape.vocab),
            weights,
            shape,
            version: 0,
        };
        model.lstm.iter_mut().for_each(|layer| layer.precision = precision);
        model.dense.precision = precision;
        model.update(|_| ());
        model
    }

    /// The parameters.
    pub fn weights(&self) -> &Weights<R> {
        &self.weights
    }

    /// Changes the parameters and lays them out anew for the products.
    ///
    /// # Panics
    /// If `change` puts a tensor of another shape there.
    pub fn update(&mut self, change: impl FnOnce(&mut Weights<R>)) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        self.version = NEXT.fetch_add(1, Ordering::Relaxed);
        change(&mut self.weights);
        let shape = &self.shape;
        let Shape { vocab, embedding, ref lstm, .. } = *shape;
        assert_eq!(self.weights.embedding.dim(), (vocab, embedding), "the embedding is (V, E)");
        assert_eq!(self.weights.lstm.len(), lstm.len(), "LSTM layers");
        for (k, (layer, weights)) in self.lstm.iter_mut().zip(&self.weights.lstm).enumerate() {
            let dim = (shape.input_of(k), 4 * lstm[k]);
            assert_eq!(weights.w_x.dim(), dim, "w_x is (D, 4H)");
            layer.load(weights);
        }
        self.dense.load(&self.weights.dense);
    }

    /// States of `batch` streams that have heard nothing yet.
    pub fn zero_states(&self, batch: usize) -> States<R> {
        self.shape.lstm.iter().map(|&hidden| State::zeros(batch, hidden)).collect()
    }

    /// Runs `x`, symbols (T, B) alone or with places (T, B, K), from `states` and into them;
    /// [`Tape::logits`] (T, B, V) are left on the tape.
    ///
    /// # Panics
    /// If the tape was made for another shape of model or of x, states or masks are of another shape, a
    /// symbol is V or more, a place not below its input's size, or a dropout rate outside [0, 1). The
    /// states are as they were then.
    pub fn forward<'a>(
        &self,
        x: impl Into<Input<'a>>,
        states: &mut States<R>,
        dropout: Dropout<R>,
        tape: &mut Tape<R>,
    ) {
        let x = x.into();
        self.begin(x, states, dropout, tape);
        self.tabulate(x.symbols.iter().copied(), tape);
        self.run(x, states, dropout, tape);
    }

    /// Refuses what does not fit; else what the tape held is given up.
    pub(super) fn begin(
        &self,
        x: Input,
        states: &States<R>,
        dropout: Dropout<R>,
        tape: &mut Tape<R>,
    ) {
        let layers = self.lstm.len();
        let (steps, batch, _) = tape.logits.dim();
        assert_eq!(tape.shape, self.shape, "the tape is of the model's shape");
        assert_eq!(x.symbols.dim(), (steps, batch), "x is (T, B) of the tape");
        assert_eq!(states.len(), layers, "there is one state a layer");
        if let Dropout::Given(masks) = dropout {
            assert_eq!(masks.len(), layers, "there is one mask or `None` a layer");
        }
        for (k, (state, &hidden)) in states.iter().zip(&self.shape.lstm).enumerate() {
            let dims = (state.h.dim(), state.c.dim());
            let right = (batch, hidden);
            assert_eq!(dims, (right, right), "h and c of the state of layer {k} are (B, H)");
            dropout.assert_fits(k, (steps, batch, hidden));
        }
        tape.stage = Stage::Empty;
    }

    /// Makes the table of the first layer for these symbols.
    pub(super) fn tabulate(&self, symbols: impl Iterator<Item = u32>, tape: &mut Tape<R>) {
        tape.embedding.tabulate(symbols, &self.weights.embedding, &self.lstm[0]);
    }

    /// The whole stack, once the symbols of `x` have been tabulated.
    pub(super) fn run(
        &self,
        x: Input,
        states: &mut States<R>,
        dropout: Dropout<R>,
        tape: &mut Tape<R>,
    ) {
        tape.embedding.look_up(x, &self.weights.lstm[0].w_x, &mut tape.lstm[0].gates);
        tape.stopwatch.lap(Phase::Table);
        for (k, layer) in self.lstm.iter().enumerate() {
            if k > 0 {
                layer.project(&tape.out[k - 1], &mut tape.lstm[k]);
                tape.stopwatch.lap(Phase::Inputs);
            }
            layer.forward(&mut states[k], &mut tape.lstm[k]);
            tape.stopwatch.lap(Phase::Recurrence);
            let h = tape.lstm[k].h.slice_axis(Axis(0), Slice::from(1..));
            tape.masked[k] = dropout.forward(k, h, &mut tape.masks[k], &mut tape.out[k]);
            tape.stopwatch.lap(Phase::Inputs);
        }
        self.dense.forward(&tape.out[self.lstm.len() - 1], &mut tape.logits);
        (tape.stage, tape.version) = (Stage::Forward, self.version);
    }

    /// Refuses a tape that is not in this stage, or came there with other weights.
    fn assert_stage(&self, tape: &Tape<R>, stage: Stage, call: &str) {
        assert!(tape.stage == stage, "{call}, once; the tape is {:?}", tape.stage);
        assert_eq!(tape.shape, self.shape, "the tape is of the model's shape");
        assert!(tape.version == self.version, "{call}, with the weights of forward");
    }

    /// Scores the logits on the tape against the symbols `y` (T, B) that should have come; the
    /// logits become their gradient.
    ///
    /// # Panics
    /// If [`Model::forward`] with these weights has not left them there since the last score, y is of
    /// another shape, or a symbol is V or more.
    pub fn score(&self, y: ArrayView2<u32>, tape: &mut Tape<R>) -> Score {
        self.assert_stage(tape, Stage::Forward, "score comes after forward");
        let score = tape.loss.forward_backward(&mut tape.logits, y);
        tape.stage = Stage::Scored;
        tape.stopwatch.lap(Phase::Dense);
        score
    }

    /// Gradients of the mean loss into `d`, all overwritten, after [`Model::forward`] and
    /// [`Model::score`] with the same tape and weights.
    ///
    /// # Panics
    /// If the tape has not been through both with these weights since the last backward, or `d` is of
    /// another shape of model.
    pub fn backward(&self, tape: &mut Tape<R>, d: &mut Weights<R>) {
        self.assert_stage(tape, Stage::Scored, "backward comes after score");
        self.weights.assert_like(d, "gradients");
        tape.stage = Stage::Empty;
        let Tape {
            embedding,
            lstm,
            masks,
            masked,
            out,
            logits,
            dlogits_packed,
            w_x_t,
            stopwatch,
            ..
        } = tape;
        let top = self.lstm.len() - 1;
        self.dense.backward(&out[top], logits, dlogits_packed, &mut d.dense, &mut lstm[top].dh);
        stopwatch.lap(Phase::DenseBackward);
        for (k, layer) in self.lstm.iter().enumerate().rev() {
            if masked[k] {
                // of out = h*mask: dout lies in dh, and out of this layer is no longer needed
                dropout::backward(&lstm[k].dh, &masks[k], &mut out[k]);
                std::mem::swap(&mut out[k], &mut lstm[k].dh);
                stopwatch.lap(Phase::WeightGradients);
            }
            let weights = &self.weights.lstm[k];
            let (below, this) = lstm.split_at_mut(k);
            if k > 0 {
                R::pack(w_x_t, layer.precision, weights.w_x.t());
                let (x, dx) = (&out[k - 1], &mut below[k - 1].dh);
                layer.backward(weights, &mut this[0], &mut d.lstm[k], stopwatch, |block, d| {
                    block.project(w_x_t, x, d, dx);
                });
            } else {
                layer.backward(weights, &mut this[0], &mut d.lstm[0], stopwatch, |_, _| ());
            }
        }
        let (precision, w_x) = (self.lstm[0].precision, &self.weights.lstm[0].w_x);
        embedding.backward(precision, &lstm[0].gates, w_x, d);
        stopwatch.lap(Phase::TableBackward);
    }
}
