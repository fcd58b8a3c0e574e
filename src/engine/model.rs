//! The stack as a table; backward is the same lines in the reverse order.
//!
//! ```text
//!   symbols x (T, B)
//!     embedding + first projection     a[0]   (T, B, 4H)
//!     lstm[0], dropout                 out[0] (T, B, H)
//!     projection, lstm[k], dropout     out[k]        for k = 1 ..
//!     dense                            logits (T, B, V)
//!     loss against y (T, B)            mean cross-entropy in nats
//! ```

use crate::engine::layers::dense::Dense;
use crate::engine::layers::dropout::{self, Dropout};
use crate::engine::layers::embedding::EmbeddingTape;
use crate::engine::layers::loss::{LossTape, Score};
use crate::engine::layers::lstm::{Block, Lstm, LstmTape, State};
use crate::engine::real::Real;
use crate::engine::stopwatch::{Phase, Stopwatch};
use crate::engine::weights::{Shape, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array3, ArrayView2, Axis, Slice};

/// A stack of layers with its weights.
///
/// The weights are private because the layers hold them once more, laid out for products:
/// [`Model::update`] keeps the two together.
pub struct Model<R: Real> {
    weights: Weights<R>,
    lstm: Vec<Lstm<R>>,
    dense: Dense<R>,
}

/// One [`State`] a layer, from the input upwards.
pub type States<R> = Vec<State<R>>;

/// What a forward pass keeps for the backward pass, and all the room both need: made once for a
/// window of (T, B), so that a training step allocates nothing.
pub struct Tape<R: Real> {
    embedding: EmbeddingTape<R>,
    /// One a layer; `d_state` holds the gradients of h0 and c0 after backward.
    pub lstm: Vec<LstmTape<R>>,
    /// (T, B, H) a layer: the dropout mask, if there is one.
    masks: Vec<Array3<R>>,
    masked: Vec<bool>,
    /// (T, B, H) a layer: its output behind dropout; dout in backward.
    out: Vec<Array3<R>>,
    /// (T, B, V): logits after forward, dlogits after [`Model::score`].
    pub logits: Array3<R>,
    /// Loss and hit of each sample.
    pub loss: LossTape<R>,
    dlogits_packed: R::Packed,
    /// w_xᵀ (4H, D) of one layer after the other.
    w_x_t: R::Packed,
    /// The embedding's table holds all symbols and needs no update before a forward pass.
    tabulated: bool,
    /// At rest unless somebody starts it.
    pub stopwatch: Stopwatch,
}

impl<R: Real> Tape<R> {
    /// Room for windows of `steps` by `batch`.
    pub fn new(shape: &Shape, steps: usize, batch: usize) -> Self {
        let each = |new: &dyn Fn(usize) -> Array3<R>| shape.lstm.iter().map(|&h| new(h)).collect();
        let samples = steps * batch;
        Self {
            embedding: EmbeddingTape::new(
                (steps, batch),
                shape.vocab,
                shape.embedding,
                shape.lstm[0],
            ),
            lstm: shape.lstm.iter().map(|&hidden| LstmTape::new(steps, batch, hidden)).collect(),
            masks: each(&|hidden| Array3::zeros((steps, batch, hidden))),
            masked: vec![false; shape.lstm.len()],
            out: each(&|hidden| Array3::zeros((steps, batch, hidden))),
            logits: Array3::zeros((steps, batch, shape.vocab)),
            loss: LossTape::new(samples),
            dlogits_packed: R::packed(0, 0),
            w_x_t: R::packed(0, 0),
            tabulated: false,
            stopwatch: Stopwatch::default(),
        }
    }

    /// The same for a model whose weights stay as they are while the tape lives: the table of
    /// the first layer is made here for all symbols.
    pub fn for_inference(model: &Model<R>, steps: usize, batch: usize) -> Self {
        let shape = model.weights.shape();
        let mut tape = Self::new(&shape, steps, batch);
        let all = 0..shape.vocab as u32;
        tape.embedding.tabulate(all, &model.weights.embedding, &model.lstm[0]);
        tape.tabulated = true;
        tape
    }
}

impl<R: Real> Model<R> {
    /// A model with these weights.
    pub fn new(weights: Weights<R>, activation: Activation) -> Self {
        let shape = weights.shape();
        let layer = |(k, &hidden)| Lstm::new(shape.input_of(k), hidden, activation);
        let mut model = Self {
            lstm: shape.lstm.iter().enumerate().map(layer).collect(),
            dense: Dense::new(shape.top(), shape.vocab),
            weights,
        };
        model.update(|_| ());
        model
    }

    /// The parameters.
    pub fn weights(&self) -> &Weights<R> {
        &self.weights
    }

    /// Changes the parameters and lays them out anew for the products.
    pub fn update(&mut self, change: impl FnOnce(&mut Weights<R>)) {
        change(&mut self.weights);
        for (layer, weights) in self.lstm.iter_mut().zip(&self.weights.lstm) {
            layer.load(weights);
        }
        self.dense.load(&self.weights.dense);
    }

    /// States of `batch` streams that have heard nothing yet.
    pub fn zero_states(&self, batch: usize) -> States<R> {
        self.weights.lstm.iter().map(|layer| State::zeros(batch, layer.w_h.nrows())).collect()
    }

    /// Runs symbols `x` (T, B) from `states` and into them; logits (T, B, V) are left on the tape.
    pub fn forward(
        &self,
        x: ArrayView2<u32>,
        states: &mut States<R>,
        dropout: Dropout<R>,
        tape: &mut Tape<R>,
    ) {
        assert_eq!(x.dim(), (tape.logits.dim().0, tape.logits.dim().1), "x is (T, B) of the tape");
        if !tape.tabulated {
            tape.embedding.tabulate(x.iter().copied(), &self.weights.embedding, &self.lstm[0]);
        }
        tape.embedding.index(x);
        tape.stopwatch.lap(Phase::Table);
        for (k, layer) in self.lstm.iter().enumerate() {
            if k == 0 {
                let table = &tape.embedding;
                layer.forward(&mut states[k], &mut tape.lstm[k], |t, b, a| table.look_up(t, b, a));
            } else {
                layer.project(&tape.out[k - 1], &mut tape.lstm[k]);
                tape.stopwatch.lap(Phase::Inputs);
                layer.forward(&mut states[k], &mut tape.lstm[k], |_, _, _| ());
            }
            tape.stopwatch.lap(Phase::Recurrence);
            let h = tape.lstm[k].h.slice_axis(Axis(0), Slice::from(1..));
            tape.masked[k] = dropout.forward(k, h, &mut tape.masks[k], &mut tape.out[k]);
            tape.stopwatch.lap(Phase::Inputs);
        }
        self.dense.forward(&tape.out[self.lstm.len() - 1], &mut tape.logits);
    }

    /// Scores the logits on the tape against the symbols `y` (T, B) that should have come; the
    /// logits become their gradient.
    pub fn score(&self, y: ArrayView2<u32>, tape: &mut Tape<R>) -> Score {
        let score = tape.loss.forward_backward(&mut tape.logits, y);
        tape.stopwatch.lap(Phase::Dense);
        score
    }

    /// Gradients of the mean loss into `d`, all overwritten, after [`Model::forward`] and
    /// [`Model::score`] with the same tape.
    pub fn backward(&self, tape: &mut Tape<R>, d: &mut Weights<R>) {
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
                // forward: out = h*mask; dout lies in dh, and out of this layer is no longer needed
                dropout::backward(&lstm[k].dh, &masks[k], &mut out[k]);
                std::mem::swap(&mut out[k], &mut lstm[k].dh);
                stopwatch.lap(Phase::WeightGradients);
            }
            let weights = &self.weights.lstm[k];
            let (below, this) = lstm.split_at_mut(k);
            if k > 0 {
                R::pack(w_x_t, weights.w_x.t());
                let (x, dx) = (&out[k - 1], &mut below[k - 1].dh);
                layer.backward(weights, &mut this[0], &mut d.lstm[k], stopwatch, |block, d| {
                    block.project(w_x_t, x, d, dx);
                });
            } else {
                let sum = |block: &Block<R>, _: &mut _| embedding.sum(block);
                layer.backward(weights, &mut this[0], &mut d.lstm[0], stopwatch, sum);
            }
        }
        embedding.backward(&self.weights.lstm[0].w_x, d);
        stopwatch.lap(Phase::TableBackward);
    }

    /// Mean loss and accuracy of the next window, changing nothing but `states`
    /// and the tape.
    pub fn evaluate(
        &self,
        x: ArrayView2<u32>,
        y: ArrayView2<u32>,
        states: &mut States<R>,
        tape: &mut Tape<R>,
    ) -> Score {
        self.forward(x, states, Dropout::Off, tape);
        self.score(y, tape)
    }
}
