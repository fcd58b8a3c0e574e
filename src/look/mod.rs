//! A model at work, shown as pages for a browser.
//!
//! It may use all wings but the command line, and the frame of [`music::page`](crate::music::page)'s
//! documents.

pub mod gallery;
