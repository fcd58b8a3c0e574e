//! A model ready to compute, in each precision, made when it is first asked for.

use crate::calls::wrong;
use hornpipe::cli::embedded::Held;
use hornpipe::engine::inference::Inference;
use hornpipe::engine::layers::embedding::Input;
use hornpipe::engine::model::{Model, States};
use hornpipe::engine::real::{Precision, Real};
use numpy::ndarray::{Array2, Array3, Axis, Slice, s};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Most characters of a stream that go through the layers at once: longer texts take no more room.
pub(crate) const WINDOW: usize = 64;
/// Sizes of windows that are remembered.
const ROOMS: usize = 2;

/// (T, B)
type Window = (usize, usize);

/// What a pass computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    F64,
    F32,
    Bf16,
}

impl Arithmetic {
    pub(crate) fn named(name: &str) -> PyResult<Self> {
        match name {
            "f64" => Ok(Self::F64),
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            _ => Err(wrong(format!("precision is {name:?}; choose f64, f32 or bf16"))),
        }
    }
}

/// An inference that keeps its model alive: Python can not be asked to.
type Shared<R> = Inference<Arc<Model<R>>, R>;

/// A model, and what its last windows went through: the table of its first layer is not made again for
/// each character.
pub(crate) struct Engine<R: Real> {
    pub(crate) model: Arc<Model<R>>,
    rooms: Mutex<Vec<(Window, Shared<R>)>>,
}

impl<R: Real> Engine<R> {
    fn new(model: Model<R>) -> Self {
        Self { model: Arc::new(model), rooms: Mutex::default() }
    }

    fn inference(&self, window: Window) -> Shared<R> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let known = rooms.iter().position(|(size, _)| *size == window);
        let room = known.map(|at| rooms.remove(at).1);
        drop(rooms);
        room.unwrap_or_else(|| Inference::new(Arc::clone(&self.model), window.0, window.1))
    }

    fn remember(&self, window: Window, inference: Shared<R>) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.push((window, inference));
        if rooms.len() > ROOMS {
            rooms.remove(0);
        }
    }

    /// Logits (T, B, V) of symbols (T, B) and places (T, B, K), all checked, from `states` and into them.
    pub(crate) fn logits(
        &self,
        x: &Array2<u32>,
        places: &Array3<u32>,
        states: &mut States<R>,
    ) -> Array3<R> {
        let (steps, batch) = x.dim();
        let vocab = self.model.weights().embedding.nrows();
        let mut out = Array3::zeros((steps, batch, vocab));
        for (at, mut out) in out.axis_chunks_iter_mut(Axis(0), WINDOW).enumerate() {
            let (start, window) = (at * WINDOW, (out.dim().0, batch));
            let rows = start..start + window.0;
            let mut inference = self.inference(window);
            let input = Input {
                symbols: x.slice(s![rows.clone(), ..]),
                places: places.slice_axis(Axis(0), Slice::from(rows)),
            };
            out.assign(&inference.forward(input, states));
            self.remember(window, inference);
        }
        out
    }
}

/// A model in all precisions.
pub(crate) struct Engines {
    pub(crate) held: Held,
    f32: OnceLock<Engine<f32>>,
    bf16: OnceLock<Engine<f32>>,
    f64: OnceLock<Engine<f64>>,
}

impl Engines {
    pub(crate) fn new(held: Held) -> Self {
        Self { held, f32: OnceLock::new(), bf16: OnceLock::new(), f64: OnceLock::new() }
    }

    /// In f32, whose products are rounded as `precision` says.
    pub(crate) fn in_f32(&self, precision: Precision) -> &Engine<f32> {
        let engine = if precision == Precision::Bf16 { &self.bf16 } else { &self.f32 };
        engine.get_or_init(|| {
            let model = &self.held.opened.exchanged;
            let weights = model.weights.clone();
            Engine::new(Model::in_precision(weights, model.activation(), precision))
        })
    }

    pub(crate) fn in_f64(&self) -> &Engine<f64> {
        self.f64.get_or_init(|| {
            let activation = self.held.opened.exchanged.activation();
            Engine::new(Model::new(self.held.in_f64(), activation))
        })
    }
}
