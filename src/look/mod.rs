//! A model at work, shown as pages for a browser.
//!
//! It may use all wings but the command line, and the frame of [`music::page`](crate::music::page)'s
//! documents. [`gallery`] shows the mistakes of the plain model.

pub mod gallery;
