//! From a trained model to new tunes.
//!
//! May use the engine, the vocabulary of [`crate::learn::text`] and music. Read [`prompt`] first, how
//! tunes begin; then [`generate`], which draws them; `in_key` brings them into their key.

pub mod generate;
mod in_key;
pub mod prompt;
