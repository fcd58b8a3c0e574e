//! hornpipe: a from-scratch LSTM that learns folk tunes as text and writes new ones.
#![forbid(unsafe_code)]

pub mod abc;
pub mod adam;
pub mod audit;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod corpus;
pub mod error;
pub mod exchange;
pub mod generate;
pub mod init;
pub mod layers;
pub mod model;
pub mod naive;
pub mod real;
pub mod run;
pub mod split;
pub mod text;
pub mod train;
pub mod weights;
