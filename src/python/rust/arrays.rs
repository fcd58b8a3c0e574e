//! numpy's arrays as ours, every shape and number checked, and back.
//!
//! What comes in is copied once, converted and checked on the way: symbols are few, and states and masks are
//! the engine's to keep. What goes out is not copied: Python takes over the memory.

use crate::calls::wrong;
use hornpipe::engine::real::Real;
use numpy::ndarray::{Array, ArrayD, Dimension, IxDyn};
use numpy::{
    Element, IntoPyArray, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::prelude::*;

/// The numbers that passes compute with.
pub(crate) trait Number: Real + Element {}

impl Number for f32 {}
impl Number for f64 {}

/// Whatever numpy makes an array of.
fn array<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    match given.cast::<PyUntypedArray>() {
        Ok(array) => Ok(array.clone()),
        Err(_) => {
            let array = given.py().import("numpy")?.call_method1("asarray", (given,))?;
            Ok(array.cast_into::<PyUntypedArray>()?)
        }
    }
}

/// The array with other numbers, or itself where it has these.
fn with_numbers<'py, T: Element>(
    array: &Bound<'py, PyUntypedArray>,
    name: &str,
    kinds: &str,
    needed: &str,
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    if let Ok(array) = array.cast::<PyArrayDyn<T>>() {
        return Ok(array.clone());
    }
    let dtype = array.dtype();
    let kind: String = dtype.getattr("kind")?.extract()?;
    if !kinds.contains(&kind) {
        let dtype = dtype.str()?;
        return Err(wrong(format!("{name} has numbers of type {dtype}, but must have {needed}")));
    }
    let other = array.call_method1("astype", (T::get_dtype(array.py()),))?;
    Ok(other.cast_into::<PyArrayDyn<T>>()?)
}

/// Most whole numbers of an array that is copied: a view of a single number can claim any shape.
const MOST: usize = 1 << 26;

/// Whole numbers of whatever type.
fn whole(given: &Bound<'_, PyAny>, name: &str) -> PyResult<ArrayD<i64>> {
    let array = array(given)?;
    if array.shape().iter().try_fold(1usize, |n, &dim| n.checked_mul(dim)).is_none_or(|n| n > MOST)
    {
        let shape = shown(array.shape());
        return Err(wrong(format!(
            "{name} has shape {shape}, and {MOST} numbers are the most; give it in parts, the states carried"
        )));
    }
    let numbers = with_numbers::<i64>(&array, name, "iu", "whole numbers")?;
    Ok(numbers.try_readonly().map_err(|e| wrong(format!("{name}: {e}")))?.as_array().to_owned())
}

fn fixed<T, D: Dimension>(array: ArrayD<T>, name: &str, axes: &str) -> PyResult<Array<T, D>> {
    let shape = shown(array.shape());
    let fixed = array.into_dimensionality::<D>();
    fixed.map_err(|_| wrong(format!("{name} has shape {shape}, but must have the axes {axes}")))
}

/// A shape as Python writes it.
pub(crate) fn shown(dims: &[usize]) -> String {
    match dims {
        [one] => format!("({one},)"),
        dims => format!("({})", dims.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Symbols, each below `vocab`, none of the axes empty.
pub(crate) fn symbols<D: Dimension>(
    given: &Bound<'_, PyAny>,
    name: &str,
    axes: &str,
    vocab: usize,
) -> PyResult<Array<u32, D>> {
    let numbers = fixed::<i64, D>(whole(given, name)?, name, axes)?;
    if numbers.is_empty() {
        let shape = shown(numbers.shape());
        return Err(wrong(format!("{name} has shape {shape}; give at least one symbol")));
    }
    if let Some(bad) = numbers.iter().find(|&&n| !(0..vocab as i64).contains(&n)) {
        let most = vocab - 1;
        return Err(wrong(format!("{name} holds {bad}, but the model has symbols 0 to {most}")));
    }
    Ok(numbers.mapv(|n| n as u32))
}

/// Places (T, B, K): below its size for each of the inputs.
pub(crate) fn places(
    given: &Bound<'_, PyAny>,
    (steps, batch): (usize, usize),
    inputs: &[usize],
) -> PyResult<numpy::ndarray::Array3<u32>> {
    let numbers = whole(given, "places")?;
    let dims = [steps, batch, inputs.len()];
    if numbers.shape() != dims {
        return Err(wrong(format!(
            "places has shape {}, but for x and the model's {} inputs it must be {}",
            shown(numbers.shape()),
            inputs.len(),
            shown(&dims)
        )));
    }
    for (at, &number) in numbers.indexed_iter() {
        let (k, size) = (at[2], inputs[at[2]]);
        if !(0..size as i64).contains(&number) {
            let most = size - 1;
            return Err(wrong(format!(
                "places holds {number} in column {k}, but that input has values 0 to {most}"
            )));
        }
    }
    fixed(numbers.mapv(|n| n as u32), "places", "(T, B, K)")
}

/// Finite numbers of this shape, F32 or F64 whatever `R` is.
pub(crate) fn numbers<R: Number, D: Dimension>(
    given: &Bound<'_, PyAny>,
    name: &str,
    dims: &[usize],
) -> PyResult<Array<R, D>> {
    let given = array(given)?;
    if given.shape() != dims {
        let (has, needed) = (shown(given.shape()), shown(dims));
        return Err(wrong(format!("{name} has shape {has}, but must have {needed}")));
    }
    let numbers = with_numbers::<R>(&given, name, "f", "floating-point numbers")?;
    let numbers = numbers.try_readonly().map_err(|e| wrong(format!("{name}: {e}")))?;
    let numbers = numbers.as_array();
    if !numbers.iter().all(|x| x.to_f64().is_finite()) {
        return Err(wrong(format!("{name} holds numbers that are infinite or not a number")));
    }
    // row-major, however it came
    let own = Array::from_shape_vec(IxDyn(dims), numbers.iter().copied().collect());
    fixed(own.expect("as many numbers as the shape has"), name, "of its shape")
}

/// An array that Python takes over.
pub(crate) fn given_away<'py, T: Element, D: Dimension>(
    py: Python<'py>,
    array: Array<T, D>,
) -> Bound<'py, PyAny> {
    array.into_pyarray(py).into_any()
}
