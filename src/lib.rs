//! hornpipe: a from-scratch LSTM that learns folk tunes as text and writes new ones.
#![forbid(unsafe_code)]

pub mod error;
pub mod naive;
pub mod weights;
