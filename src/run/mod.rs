//! A run on disk.

pub mod checkpoint;
pub mod curves;
pub mod exchange;
pub mod folder;
mod tensor_file;
