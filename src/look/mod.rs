//! A model at work, shown as pages for a browser.
//!
//! It may use all wings but the command line, and the frame of [`music::page`](crate::music::page)'s
//! documents. [`inspect`] looks inside a model while it reads a tune, [`gallery`] at a plain one that
//! learns with a mistake in its gradient; [`report`] is what both stand on, the audit of all gradients.

pub mod gallery;
pub mod inspect;
pub mod report;
