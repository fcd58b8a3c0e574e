//! A guided reading of the engine.

pub mod ladder;
