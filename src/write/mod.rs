//! From a trained model to new tunes.

pub mod generate;
