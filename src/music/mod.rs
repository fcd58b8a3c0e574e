//! Tunes: ABC as data and as sound, books of them, and what they are worth. Knows no model.
//!
//! | | does | uses |
//! |---|---|---|
//! | [`abc`] | text to tunes as data, and to what sounds | nothing of ours |
//! | [`corpus`] | files to text that a model learns from | `abc` |
//! | [`judge`] | how good and how new tunes are | `abc`, `corpus` |
//! | [`places`] | what is known after each character, for a model to hear | `abc`, `corpus` |
//! | [`render`] | MIDI and WAV files | `abc`, `corpus` |
//! | [`wishes`] | what is asked of a tune, and whether it can still be kept | `abc`, `corpus`, `judge` |
//! | [`page`] | a page for browsers | all of these but `wishes` |
//!
//! Outside of this wing it may use [`error`](crate::error), `files` and
//! [`hash`](crate::hash), and nothing else of ours. Read `abc` first.

pub mod abc;
pub mod corpus;
pub mod judge;
#[cfg(feature = "page")]
pub mod page;
pub mod places;
#[cfg(feature = "render")]
pub mod render;
pub mod wishes;
