//! From a trained model to new tunes.
//!
//! May use the engine, the vocabulary of [`crate::learn::text`] and music. Read [`prompt`] first, how
//! tunes begin; then [`generate`], which draws them.

pub mod generate;
pub mod prompt;
