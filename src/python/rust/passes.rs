//! Forward and backward passes over arrays.

use crate::arrays::{Number, given_away, numbers, places, shown, symbols};
use crate::calls::{computed, here, raised, wrong};
use crate::engines::{Engine, WINDOW};
use crate::states::{Heard, States, taken};
use hornpipe::engine::layers::dropout::Dropout;
use hornpipe::engine::layers::embedding::Input;
use hornpipe::engine::model::Tape;
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe::learn::limits::refuse_gigantic;
use hornpipe::learn::listener::Listener;
use numpy::ndarray::{Array2, Array3, ArrayD, ArrayViewD, IxDyn, s};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Characters for which it does not pay to wake other threads.
const FEW: usize = 4;

/// Most memory of logits that are asked for at once.
const MOST_BYTES: usize = 8 << 30;

/// What a model hears beside each symbol, and what is heard behind the last of them.
type Places = (Array3<u32>, Option<Heard>);

/// The places of a window: those that were given, or what `listener` says of the text.
pub(crate) fn heard(
    x: &Array2<u32>,
    given: Option<&Bound<'_, PyAny>>,
    states: Option<&Bound<'_, PyAny>>,
    shape: &Shape,
    (by, listener): (&str, impl FnOnce() -> PyResult<Listener>),
) -> PyResult<Places> {
    let (steps, batch) = x.dim();
    if let Some(given) = given {
        if shape.inputs.is_empty() {
            return Err(wrong("the model hears the characters alone; leave places out"));
        }
        return Ok((places(given, (steps, batch), &shape.inputs)?, None));
    }
    let mut said = Array3::zeros((steps, batch, shape.inputs.len()));
    if shape.inputs.is_empty() {
        return Ok((said, None));
    }
    let mut listeners = match states {
        None => vec![listener()?; batch],
        Some(states) => {
            let behind = states.cast::<States>().ok().and_then(|states| states.get().heard());
            let behind = behind.filter(|it| it.by == by && it.listeners.len() == batch);
            let none = || {
                wrong(
                    "these states do not say which text led this model to them, so places cannot go on \
                     from there; give the states that its logits returned, or give places",
                )
            };
            behind.ok_or_else(none)?.listeners
        }
    };
    for ((t, row), &symbol) in x.indexed_iter() {
        listeners[row].hear(symbol);
        let mut now = said.slice_mut(s![t, row, ..]);
        listeners[row].say(now.as_slice_mut().expect("the numbers of a symbol are contiguous"));
    }
    Ok((said, Some(Heard { by: by.to_owned(), listeners })))
}

/// Logits (T, B, V), and the states behind x.
pub(crate) fn logits<'py, R: Number>(
    py: Python<'py>,
    engine: &Engine<R>,
    x: &Array2<u32>,
    (places, behind): Places,
    states: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, PyAny>, States)> {
    let shape = engine.model.weights().shape();
    let mut states = taken::<R>(states, &shape, x.ncols())?;
    // of the whole text there are the logits alone
    let window = x.len().min(WINDOW * x.ncols());
    refuse_gigantic::<R>(&shape, window).map_err(|error| raised(&error))?;
    let bytes = size_of::<R>() * shape.vocab;
    if x.len() > MOST_BYTES / bytes {
        let (steps, batch) = x.dim();
        return Err(wrong(format!(
            "logits ({steps}, {batch}, {}) would take {} GiB; give x in parts, the states carried",
            shape.vocab,
            (x.len() * bytes) >> 30
        )));
    }
    let logits = || engine.logits(x, &places, &mut states);
    let logits = if x.len() <= FEW { here(py, logits) } else { computed(py, logits) };
    Ok((given_away(py, logits), States::new(py, states, behind)?))
}

/// What goes through forward and backward.
pub(crate) struct Batch<'a, 'py> {
    pub(crate) x: &'a Array2<u32>,
    pub(crate) y: &'a Bound<'py, PyAny>,
    pub(crate) heard: Places,
    pub(crate) states: Option<&'a Bound<'py, PyAny>>,
    pub(crate) masks: Option<&'a Bound<'py, PyAny>>,
}

/// Loss, accuracy, final states, and the gradient of every tensor and first state.
pub(crate) fn gradients<'py, R: Number>(
    py: Python<'py>,
    engine: &Engine<R>,
    batch: Batch<'_, 'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let Batch { x, y, heard: (places, _), states, masks } = batch;
    let (model, (steps, rows)) = (&engine.model, x.dim());
    let shape = model.weights().shape();
    refuse_gigantic::<R>(&shape, x.len()).map_err(|error| raised(&error))?;
    let y: Array2<u32> = symbols(y, "y", "(T, B)", shape.vocab)?;
    if y.dim() != x.dim() {
        let (has, needed) = (shown(y.shape()), shown(x.shape()));
        return Err(wrong(format!("y has shape {has}, but x has {needed}")));
    }
    let mut states = taken::<R>(states, &shape, rows)?;
    let masks = masks_of::<R>(masks, &shape, (steps, rows))?;
    let (score, d, tape) = computed(py, || {
        let (mut tape, mut d) = (Tape::new(&shape, steps, rows), Weights::zeros(&shape));
        let input = Input { symbols: x.view(), places: places.view() };
        model.forward(input, &mut states, Dropout::Given(&masks), &mut tape);
        let score = model.score(y.view(), &mut tape);
        model.backward(&mut tape, &mut d);
        (score, d, tape)
    });
    let all = PyDict::new(py);
    all.set_item("loss", score.loss)?;
    all.set_item("accuracy", score.accuracy)?;
    for ((name, dims), array) in shape.tensors().into_iter().zip(arrays_of(d)) {
        debug_assert_eq!(array.shape(), dims);
        all.set_item(format!("grad.{name}"), given_away(py, array))?;
    }
    for (k, state) in states.into_iter().enumerate() {
        let d = &tape.layer(k).d_state;
        all.set_item(format!("grad.lstm.{k}.h0"), given_away(py, d.h.clone()))?;
        all.set_item(format!("grad.lstm.{k}.c0"), given_away(py, d.c.clone()))?;
        all.set_item(format!("lstm.{k}.h"), given_away(py, state.h))?;
        all.set_item(format!("lstm.{k}.c"), given_away(py, state.c))?;
    }
    Ok(all)
}

/// The tensors of weights, in the order of their names, not copied.
fn arrays_of<R: Number>(weights: Weights<R>) -> impl Iterator<Item = ArrayD<R>> {
    let Weights { embedding, lstm, dense, .. } = weights;
    let layers = lstm.into_iter();
    let layers = layers.flat_map(|w| [w.w_x.into_dyn(), w.w_h.into_dyn(), w.bias.into_dyn()]);
    let dense = [dense.kernel.into_dyn(), dense.bias.into_dyn()];
    [embedding.into_dyn()].into_iter().chain(layers).chain(dense)
}

/// A mask (T, B, H) for each layer that has one.
fn masks_of<R: Number>(
    given: Option<&Bound<'_, PyAny>>,
    shape: &Shape,
    (steps, batch): (usize, usize),
) -> PyResult<Vec<Option<Array3<R>>>> {
    let Some(given) = given else { return Ok(vec![None; shape.lstm.len()]) };
    let masks: Vec<Bound<'_, PyAny>> = given.try_iter()?.collect::<PyResult<_>>()?;
    if masks.len() != shape.lstm.len() {
        let (has, layers) = (masks.len(), shape.lstm.len());
        return Err(wrong(format!(
            "masks has {has} items, but the model has {layers} layers; give a mask or None for each"
        )));
    }
    let each = masks.iter().zip(&shape.lstm).enumerate();
    let mask = |(k, (mask, &hidden)): (usize, (&Bound<'_, PyAny>, &usize))| match mask.is_none() {
        true => Ok(None),
        false => numbers(mask, &format!("masks[{k}]"), &[steps, batch, hidden]).map(Some),
    };
    each.map(mask).collect()
}

/// A view of one tensor, as an array of any number of axes.
pub(crate) fn view<'a, R: Number>(dims: &[usize], tensor: &'a [R]) -> ArrayViewD<'a, R> {
    let view = ArrayViewD::from_shape(IxDyn(dims), tensor);
    view.expect("a tensor has the dimensions of its shape")
}
