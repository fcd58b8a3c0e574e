//! What a model hands from one text to the next.

use crate::arrays::{Number, given_away, numbers, shown};
use crate::calls::wrong;
use hornpipe::engine::layers::tape::State;
use hornpipe::engine::model::States as EngineStates;
use hornpipe::engine::weights::Shape;
use hornpipe::learn::listener::Listener;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Mutex;

/// What a model remembers of B streams of text: a pair (h, c) of arrays (B, H) for each layer, from the
/// input upwards, h the output before dropout.
///
/// It is a sequence: `h, c = states[0]`, `len(states)`. For a model that hears places it knows, too, which
/// text led here, so that places go on where they stopped. A list of pairs can be given in its place.
#[pyclass(frozen, sequence, module = "hornpipe")]
pub(crate) struct States {
    layers: Vec<Py<PyTuple>>,
    /// None where places were given, or there are none.
    heard: Option<Mutex<Heard>>,
}

/// What was heard of the text that led to states.
#[derive(Clone)]
pub(crate) struct Heard {
    /// SHA-256 of the weights of the model that heard it: others may have another alphabet.
    pub(crate) by: String,
    /// One a stream.
    pub(crate) listeners: Vec<Listener>,
}

#[pymethods]
impl States {
    fn __len__(&self) -> usize {
        self.layers.len()
    }

    fn __getitem__(&self, py: Python<'_>, layer: isize) -> PyResult<Py<PyTuple>> {
        let len = self.layers.len() as isize;
        let at = if layer < 0 { layer + len } else { layer };
        let found = usize::try_from(at).ok().and_then(|at| self.layers.get(at));
        found.map(|pair| pair.clone_ref(py)).ok_or_else(|| {
            PyIndexError::new_err(format!("there is no layer {layer}; the model has {len}"))
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let dims = |pair: &Py<PyTuple>| -> PyResult<String> {
            let shape: Vec<usize> = pair.bind(py).get_item(0)?.getattr("shape")?.extract()?;
            Ok(shown(&shape))
        };
        let each: Vec<String> = self.layers.iter().map(dims).collect::<PyResult<_>>()?;
        Ok(format!("hornpipe.States(h and c of {})", each.join(", ")))
    }
}

impl States {
    /// The engine's states; Python takes their arrays over.
    pub(crate) fn new<R: Number>(
        py: Python<'_>,
        states: EngineStates<R>,
        heard: Option<Heard>,
    ) -> PyResult<Self> {
        let pair = |State { h, c }| -> PyResult<Py<PyTuple>> {
            Ok(PyTuple::new(py, [given_away(py, h), given_away(py, c)])?.unbind())
        };
        let layers = states.into_iter().map(pair).collect::<PyResult<_>>()?;
        Ok(Self { layers, heard: heard.map(Mutex::new) })
    }

    /// What was heard on the way here, if that is known.
    pub(crate) fn heard(&self) -> Option<Heard> {
        let heard = self.heard.as_ref()?;
        Some(heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone())
    }
}

/// The states that were given: zero where none were.
pub(crate) fn taken<R: Number>(
    given: Option<&Bound<'_, PyAny>>,
    shape: &Shape,
    batch: usize,
) -> PyResult<EngineStates<R>> {
    let Some(given) = given else {
        return Ok(shape.lstm.iter().map(|&hidden| State::zeros(batch, hidden)).collect());
    };
    let layers = shape.lstm.len();
    let pairs: Vec<Bound<'_, PyAny>> = given.try_iter()?.collect::<PyResult<_>>()?;
    if pairs.len() != layers {
        let has = pairs.len();
        return Err(wrong(format!(
            "states has {has} layers, but the model has {layers}; give a pair (h, c) for each"
        )));
    }
    let state = |(k, (pair, &hidden)): (usize, (Bound<'_, PyAny>, &usize))| {
        let pair: Vec<Bound<'_, PyAny>> = pair.try_iter()?.collect::<PyResult<_>>()?;
        let [h, c] = &pair[..] else {
            return Err(wrong(format!("states[{k}] has {} arrays; give h and c", pair.len())));
        };
        let dims = [batch, hidden];
        let h = numbers(h, &format!("h of states[{k}]"), &dims)?;
        let c = numbers(c, &format!("c of states[{k}]"), &dims)?;
        Ok(State { h, c })
    };
    pairs.into_iter().zip(&shape.lstm).enumerate().map(state).collect()
}
