//! From a text to a trained model.

pub mod config;
pub mod guard;
pub mod split;
pub mod text;
pub mod train;
