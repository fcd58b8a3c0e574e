//! hornpipe: a from-scratch LSTM that learns folk tunes as text and writes new ones.
#![forbid(unsafe_code)]

pub mod abc;
pub mod cli;
pub mod corpus;
pub mod error;
pub mod weights;
