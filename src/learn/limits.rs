//! How large a model may be asked for.

use crate::engine::weights::Shape;
use crate::error::{Error, Result};

/// Most LSTM layers of a model from the world.
pub const MOST_LAYERS: usize = 64;

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
