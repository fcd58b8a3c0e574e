//! The gradients of the plain model against central differences, tensor by tensor.

use crate::engine::check::audit::{CENTRAL_CEILING, Case, named, relative_error};
use crate::engine::check::naive::Bug;

/// Relative error of the gradient by each tensor: the weights from the input upwards, then the states
/// before the window.
pub type Errors = Vec<(String, f64)>;

/// What the plain model's gradients of `case` are off with each of these mistakes.
///
/// # Panics
/// As [`Case::engine`].
pub fn errors(case: &Case, of: &[Option<Bug>]) -> Vec<Errors> {
    let differences = case.engine_differences();
    let weights = case.weights.shape().tensors().into_iter().map(|(name, _)| name);
    let states = differences.keys().filter_map(|name| name.strip_prefix("grad."));
    let states = states.filter(|name| name.ends_with(".h0") || name.ends_with(".c0"));
    let names: Vec<String> = weights.chain(states.map(str::to_owned)).collect();
    let errors = |bug: &Option<Bug>| {
        let ours = named(&case.naive(*bug));
        let error = |name: &String| {
            let key = format!("grad.{name}");
            (name.clone(), relative_error(&ours[&key], &differences[&key]))
        };
        names.iter().map(error).collect()
    };
    of.iter().map(errors).collect()
}

/// Whether an error is more than is allowed.
pub fn off(error: f64) -> bool {
    error > CENTRAL_CEILING
}
