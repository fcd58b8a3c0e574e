//! What holds the engine to the truth. It may use all of the engine, and the engine nothing of it.
//!
//! Read [`naive`] first: the model once more, as plainly as it can be written, with the mistakes
//! that LSTMs have shipped with. [`audit`] then compares the engine, the naive model and finite
//! differences, tensor by tensor.

pub mod audit;
pub mod naive;
