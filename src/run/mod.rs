//! A run on disk: its folder, its checkpoints, and models on their way to and from other programs.
//!
//! May use everything but the command line. Read [`folder`] first: it draws what training leaves
//! behind; then [`checkpoint`], a run frozen in one file, and [`keep`], which writes both while a
//! run goes by, with `best`, `table` and `lock` behind it. [`find`] knows which run and which of its
//! checkpoints is meant, [`open`] the model that somebody means; [`curves`] draws runs, in figures
//! of `panel`. [`ranks`] is for a run that several processes train.

pub mod batch;
mod best;
pub mod checkpoint;
pub mod curves;
pub mod exchange;
pub mod find;
pub mod folder;
mod format2;
pub mod keep;
mod lock;
mod manner;
mod meta;
pub mod notice;
pub mod open;
pub(crate) mod panel;
pub mod ranks;
mod table;
mod tensor_file;
