//! A model at rest: evaluation and generation.
//!
//! The weights can not change while an [`Inference`] has the model, so the table of the first
//! layer is made once for all symbols, and a step of one character costs no product with w_x. What
//! the table would not notice does not compile:
//!
//! ```compile_fail,E0502
//! # use hornpipe::engine::{inference::Inference, model::{Model, States}};
//! # fn write(mut model: Model<f32>, mut states: States<f32>) {
//! let mut inference = Inference::new(&model, 1, 1);
//! model.update(|weights| weights.embedding.fill(0.0));
//! inference.forward(ndarray::array![[0]].view(), &mut states);
//! # }
//! ```

use crate::engine::layers::dropout::Dropout;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::loss::{LossTape, Score};
use crate::engine::model::{Model, Stage, States, Tape};
use crate::engine::real::Real;
use ndarray::{ArrayView2, ArrayView3};
use std::ops::Deref;

/// Runs windows of (T, B) through a model whose weights stay as they are: it is borrowed, or shared.
pub struct Inference<M, R: Real> {
    model: M,
    /// Its embedding has tabulated all V symbols.
    tape: Tape<R>,
}

impl<R: Real, M: Deref<Target = Model<R>>> Inference<M, R> {
    /// Room for windows of `steps` by `batch` without dropout, of a `&Model` or an `Arc<Model>`.
    ///
    /// # Panics
    /// If either is 0.
    pub fn new(model: M, steps: usize, batch: usize) -> Self {
        let shape = model.weights().shape();
        let mut tape = Tape::new(&shape, steps, batch);
        model.tabulate(0..shape.vocab as u32, &mut tape);
        Self { model, tape }
    }

    /// Runs `x` as [`Model::forward`] does, from `states` and into them; logits (T, B, V).
    ///
    /// # Panics
    /// If x or states are of another shape, a symbol is V or more, or a place not below its input's size.
    pub fn forward<'a>(
        &mut self,
        x: impl Into<Input<'a>>,
        states: &mut States<R>,
    ) -> ArrayView3<'_, R> {
        let x = x.into();
        self.model.begin(x, states, Dropout::Off, &mut self.tape);
        self.model.run(x, states, Dropout::Off, &mut self.tape);
        self.tape.logits()
    }

    /// Mean loss and accuracy of the next window, which should have been `y` (T, B).
    ///
    /// # Panics
    /// As [`Self::forward`], for y too.
    pub fn evaluate<'a>(
        &mut self,
        x: impl Into<Input<'a>>,
        y: ArrayView2<u32>,
        states: &mut States<R>,
    ) -> Score {
        self.forward(x, states);
        self.model.score(y, &mut self.tape)
    }

    /// Loss and hit of each sample of the window that was evaluated last.
    ///
    /// # Panics
    /// If there is none, or [`Self::forward`] came after it.
    pub fn loss(&self) -> &LossTape<R> {
        assert!(self.tape.stage == Stage::Scored, "losses are there after evaluate");
        &self.tape.loss
    }
}
