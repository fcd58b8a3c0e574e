//! The LSTM and nothing else: weights, layers, the stack, the optimiser, and what checks them.

pub mod adam;
pub mod check;
pub mod init;
pub mod layers;
pub mod model;
pub mod real;
pub mod stopwatch;
pub mod weights;
