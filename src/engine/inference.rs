//! A model at rest: evaluation and generation.
//!
//! The weights can not change while an [`Inference`] borrows the model, so the table of the first
//! layer is made once for all symbols, and a step of one character costs no product with w_x. What
//! the table would not notice does not compile:
//!
//! ```compile_fail,E0502
//! # use hornpipe::engine::model::{Model, States};
//! # fn write(mut model: Model<f32>, mut states: States<f32>) {
//! let mut inference = model.inference(1, 1);
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

/// Runs windows of (T, B) through a model whose weights stay as they are.
pub struct Inference<'m, R: Real> {
    model: &'m Model<R>,
    /// Its embedding has tabulated all V symbols.
    tape: Tape<R>,
}

/// What an [`Inference`] leaves to the next one with the same weights, so that the table is not made
/// again: for whoever comes with one character at a time and can not keep the model borrowed.
pub struct Room<R: Real> {
    /// Its embedding has tabulated all V symbols.
    tape: Tape<R>,
    /// The weights' that the table is of.
    version: u64,
}

impl<R: Real> Model<R> {
    /// Room for windows of `steps` by `batch` without dropout, while the weights stay as they are.
    ///
    /// # Panics
    /// If either is 0.
    pub fn inference(&self, steps: usize, batch: usize) -> Inference<'_, R> {
        let shape = self.weights().shape();
        let mut tape = Tape::new(&shape, steps, batch);
        self.tabulate(0..shape.vocab as u32, &mut tape);
        Inference { model: self, tape }
    }

    /// The same in a room that is there, for windows of its size.
    ///
    /// # Panics
    /// If it was made with other weights than the model has now.
    pub fn inference_in(&self, room: Room<R>) -> Inference<'_, R> {
        assert!(room.version == self.version, "a room is for the weights that it was made with");
        Inference { model: self, tape: room.tape }
    }
}

impl<R: Real> Inference<'_, R> {
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

    /// What the next inference with these weights can be made in.
    pub fn into_room(self) -> Room<R> {
        Room { tape: self.tape, version: self.model.version }
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
