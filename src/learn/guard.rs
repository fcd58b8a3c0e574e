//! Numbers gone wrong: how a run notices, and which tensor it names.
//!
//! Every window the loss and the gradients of the biases are looked at, before the update. A bias
//! adds up what reaches its layer from above, over all steps and rows, so a NaN or an infinity on
//! its way down shows there at the price of a few numbers; what would not (a product that
//! overflows on its own) is in the next window's loss. All weights and moments are looked at once
//! an epoch and before each checkpoint.

use crate::engine::adam::Adam;
use crate::engine::weights::Weights;

/// What the rate is multiplied with when the numbers have gone wrong: a power of two, so exact.
pub const RATE_CUT: f64 = 0.25;
/// How often that is done in a run before it gives up.
pub const MOST_CUTS: u32 = 5;

/// The highest loss that may still be learning. A model that knows nothing has ln V; one that began
/// with trained weights must be allowed to get as bad as that. Twice as much is far above, with
/// room for chance where a window has few `characters`.
pub fn most(first_loss: f64, vocab: usize, characters: usize) -> f64 {
    let nothing = libm::log(vocab as f64);
    2.0 * first_loss.max(nothing) + 1.0 + 32.0 / (characters as f64).sqrt()
}

/// What is wrong with a window before its update, if anything: its loss (above `most`?), the length
/// of its gradient where that was measured, its gradients `d`.
pub fn in_step(
    loss: f64,
    most: f64,
    norm: Option<f64>,
    weights: &Weights<f32>,
    d: &Weights<f32>,
) -> Option<String> {
    let mut biases = d.lstm.iter().map(|layer| &layer.bias).chain([&d.dense.bias]);
    let fine = biases.all(|bias| bias.iter().all(|x| x.is_finite()));
    if loss <= most && norm.is_none_or(f64::is_finite) && fine {
        return None;
    }
    let found = not_finite("weights", weights).or_else(|| not_finite("gradient", d));
    Some(found.unwrap_or_else(|| {
        let (largest, name) = largest(weights);
        format!(
            "the loss is {loss:.3} and may be at most {most:.1}, the gradient's length {}; the \
             largest weight is {largest:.3e}, in {name}",
            norm.map_or("not measured".into(), |norm| format!("{norm:.3e}"))
        )
    }))
}

/// What is wrong with weights and moments, if anything.
pub fn in_state(weights: &Weights<f32>, adam: &Adam<f32>) -> Option<String> {
    not_finite("weights", weights)
        .or_else(|| not_finite("mean gradient", &adam.m))
        .or_else(|| not_finite("mean squared gradient", &adam.v))
}

/// The topmost tensor with NaN or infinity: gradients flow downwards, so it is the first.
pub(crate) fn not_finite(kind: &str, tensors: &Weights<f32>) -> Option<String> {
    let names = tensors.shape().tensors();
    let found = names.iter().zip(tensors.tensors()).filter_map(|((name, _), tensor)| {
        let number = tensor.iter().find(|x| !x.is_finite())?;
        Some(format!("{number} in the {kind} of {name}"))
    });
    found.last()
}

/// The largest of all magnitudes and the tensor it is in.
fn largest(weights: &Weights<f32>) -> (f32, String) {
    let of = |tensor: &[f32]| tensor.iter().fold(0f32, |most, x| most.max(x.abs()));
    let all = weights.shape().tensors().into_iter().zip(weights.tensors());
    let all = all.map(|((name, _), tensor)| (of(tensor), name));
    all.max_by(|a, b| a.0.total_cmp(&b.0)).expect("a model has tensors")
}
