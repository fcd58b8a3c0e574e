//! Seeing the tunes: one HTML file with their scores, their sound and what the judge says.
//!
//! The file needs no network and allows itself none: its policy (`Content-Security-Policy`) lets
//! only its own two scripts run, known by a number that depends on all that tunes say, so that no
//! tune can know it. `maud` escapes every text. The scores are drawn by abcjs (`data/vendor/`) when
//! they come into sight; `page.js` plays plucked strings of its own.
//!
//! It uses all of its neighbours: [`abc`](super::abc), [`corpus`](super::corpus),
//! [`judge`](super::judge), [`render`](super::render); of the house [`hash`](crate::hash). Read
//! `html` first: it puts the page together; `music` is what the page's script gets of a tune,
//! `text` what the engraver gets, `shared` the notes to colour.

mod html;
mod music;
mod shared;
mod text;

pub use html::Page;
