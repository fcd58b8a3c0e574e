//! A run on disk: its folder, its checkpoints, and models on their way to and from other programs.
//!
//! May use everything but the command line. Read [`folder`] first: it draws what training leaves
//! behind; then [`checkpoint`], a run frozen in one file, and [`keep`], which writes both while a
//! run goes by. [`open`] finds the model that somebody means.

pub mod checkpoint;
pub mod curves;
pub mod exchange;
pub mod folder;
pub mod keep;
pub mod notice;
pub mod open;
mod tensor_file;
