#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod cli;
pub mod engine;
pub mod error;
pub mod files;
pub mod hash;
pub mod learn;
pub mod music;
pub mod run;
pub mod write;
