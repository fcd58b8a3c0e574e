//! The commands as functions, for programs in other languages (`src/python` is one).
//!
//! What a command takes as flags goes in as strings, so that there is one place where a flag, its range and
//! the sentence that refuses it are written; what it would print comes back as a value, objects as JSON.
//! Nothing is printed as long as somebody [`listening`] takes the notes, and no signal is listened to:
//! who calls says when to stop.
//!
//! [`model`](Held) has what is asked of a model, `training` how one is made, `tunes` what needs none;
//! `flags` parses.

mod flags;
mod model;
mod training;
mod tunes;

use crate::error::Result;

pub use super::out::listening;
pub use flags::words;
pub use model::{Held, open};
pub use training::{Happening, Trained, train};
pub use tunes::{judge, render, source};

/// To be asked before anything is computed: whether the kernels that `HORNPIPE_ISA` names are there.
///
/// # Errors
/// They are not; the engine would panic.
pub fn ready() -> Result<()> {
    super::choose_kernels()
}
