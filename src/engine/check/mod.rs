//! What holds the engine to the truth: a naive twin and the audit of every gradient.

pub mod audit;
pub mod naive;
