#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod abc;
pub mod adam;
pub mod audit;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod corpus;
pub mod curves;
pub mod error;
pub mod exchange;
pub mod files;
pub mod generate;
pub mod guard;
pub mod hash;
pub mod init;
pub mod judge;
pub mod layers;
pub mod model;
pub mod naive;
pub mod page;
pub mod profile;
pub mod real;
pub mod render;
pub mod run;
pub mod split;
mod tensor_file;
pub mod text;
pub mod train;
pub mod weights;
