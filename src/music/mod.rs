//! Tunes: ABC as data and as sound, books of them, and what they are worth. Knows no model.

pub mod abc;
pub mod corpus;
pub mod judge;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "render")]
pub mod render;
