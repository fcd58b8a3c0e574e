//! From a trained model to new tunes.
//!
//! May use the engine, the vocabulary of [`crate::learn::text`] and music. Read [`prompt`] first, how
//! tunes begin; then [`generate`], which writes them side by side, with `options`, how, `writing`, one
//! tune and its drafts, and `draw`, one symbol. [`drafts`] counts what was dropped and gives up,
//! [`titles`] knows the words of a book, `in_key` brings tunes into their key. [`surprise`] asks the
//! other way round: what a model makes of tunes that are there.

pub mod drafts;
mod draw;
pub mod generate;
mod in_key;
mod options;
pub mod prompt;
pub mod surprise;
pub mod titles;
mod writing;
