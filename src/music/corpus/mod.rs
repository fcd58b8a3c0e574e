//! From files of tunes to text that a model learns from.
//!
//! - `load` (feature `files`) takes texts as they are, in any encoding: that is what training reads;
//!   `load_readable` skips what is bad in a folder.
//! - [`build`] reads tunes and writes them again in one canonical form, [`canonical`]; whatever
//!   does not fit is dropped and the [`Reason`] is kept.
//! - [`near_duplicate_groups`] finds settings of one melody, so that validation never hears what
//!   training has seen.
//! - [`in_tonic`] puts all tunes on one home note; a [`Mover`] takes what is written there to any key.
//! - A [`Summary`] knows which kinds of tunes a text has, and how many.
//! - [`EMBEDDED`] is the default corpus, made from O'Neill's *Music of Ireland* by [`build`];
//!   [`in_more_keys`] of it is what is learned where tunes keep their keys.
//!
//! It uses [`abc`](super::abc), and of the house only [`error`](crate::error); it reads files and
//! writes none. Read `canonical` first: what the form is and how a tune gets into it, with `form`
//! for its parts, `check` and `write` for the two steps; `rhythm`, `title` and `credit` tidy
//! headers. Then `build`, which does it to whole collections, `duplicates`, and `mover`, which `tonic`
//! and `transpose` take tunes to other keys with; `summary` counts what a book has.

mod accidentals;
mod build;
mod canonical;
mod check;
mod credit;
mod duplicates;
#[cfg(feature = "files")]
mod encoding;
#[cfg(feature = "files")]
mod files;
mod form;
mod mover;
mod rhythm;
mod runs;
mod source;
mod statistics;
mod summary;
mod title;
mod tonic;
mod transpose;
mod write;

pub use build::{Book, Corpus, Dropped, Kept, Options, build};
pub use canonical::canonical;
pub use duplicates::near_duplicate_groups;
pub(crate) use duplicates::steps;
#[cfg(feature = "files")]
pub use files::{Loaded, found, load, load_readable};
pub use form::{Canonical, Reason};
pub use mover::Mover;
pub use rhythm::{KNOWN_RHYTHMS, rhythm_name};
pub use source::{ReadAs, Source};
pub use statistics::{Statistics, statistics};
pub use summary::{Kind, Summary, SummaryError, Wish};
pub(crate) use tonic::in_tonic_with;
pub use tonic::{InTonic, NotATonic, Tonic, in_tonic};
pub use transpose::{MOST_KEYS, in_more_keys};

/// The corpus in the binary: jigs, slip jigs and hornpipes, in canonical form. `data/README.md`
/// says where it comes from.
pub const EMBEDDED: &str = include_str!("../../../data/oneills.abc");
