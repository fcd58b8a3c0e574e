//! How large a model may be asked for, and what one from the world may say of itself.

use crate::engine::weights::Shape;
use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// Most LSTM layers of a model from the world.
pub const MOST_LAYERS: usize = 64;

/// Most values of all inputs beside the character together, of a model from the world.
pub const MOST_PLACES: usize = 1 << 20;

const MOST_GIB: f64 = 32.0;

/// A mistyped size should be a sentence, not a machine brought to its knees.
///
/// # Errors
/// A model of this shape and `samples` characters at a time, in numbers of type R, would fill the
/// machine.
pub fn refuse_gigantic<R>(shape: &Shape, samples: usize) -> Result<()> {
    let widths: usize = shape.lstm.iter().sum();
    // weights, gradients, moments and two packed copies; the arrays of the tape
    let numbers = 6.0 * shape.parameters() as f64
        + samples as f64 * (14.0 * widths as f64 + 2.0 * shape.vocab as f64);
    let gib = size_of::<R>() as f64 * numbers / (1u64 << 30) as f64;
    if gib > MOST_GIB {
        return Err(Error::TooLarge { gib, most: MOST_GIB });
    }
    Ok(())
}

/// Whether a model from the world may read these beside each character: name and size of each. The
/// names are for others to know.
///
/// # Errors
/// A name comes twice, or a size is out of its range; in words.
pub fn check_inputs(inputs: &[(String, usize)]) -> std::result::Result<(), String> {
    let mut names = BTreeSet::new();
    for (name, size) in inputs {
        if !(1..=MOST_PLACES).contains(size) {
            return Err(format!(
                "its input {name} has {size} values; a model can have 1 to {MOST_PLACES}"
            ));
        }
        if !names.insert(name) {
            return Err(format!("its inputs name {name} twice"));
        }
    }
    let sum: u128 = inputs.iter().map(|(_, size)| *size as u128).sum();
    if sum > MOST_PLACES as u128 {
        return Err(format!("its inputs have {sum} values together; {MOST_PLACES} is the most"));
    }
    Ok(())
}

/// Whether a text names the tonic of a key: a letter, sharpened or flattened or neither.
pub fn is_tonic(text: &str) -> bool {
    let rest = text.strip_prefix(|c| ('A'..='G').contains(&c));
    rest.is_some_and(|rest| ["", "#", "b"].contains(&rest))
}
