//! Seeing the tunes: one HTML file with their scores, their sound and what the judge says.
//!
//! The file needs no network and allows itself none: its policy (`Content-Security-Policy`) lets
//! only its own scripts run, known by a number that depends on all that tunes say, so that no
//! tune can know it. `maud` escapes every text. The scores are drawn by abcjs (`data/vendor/`) when
//! they come into sight; the page's own scripts play them. Without scripts
//! the tunes are there as text, and nothing that would do nothing.
//!
//! It uses all of its neighbours: [`abc`](super::abc), [`corpus`](super::corpus),
//! [`judge`](super::judge), [`render`](super::render); of the house [`hash`](crate::hash). Read
//! `html` first: it puts the page together of a `card` for each tune, with what `said` says of it,
//! and the `player`, in the frame of every page, `document`; `music` is what the scripts get of a
//! tune, `text` what the engraver gets, `shared` the notes to colour. The scripts: `engrave.js` is
//! what every score is, `score.js` draws, `voices.js` are the instruments, `player.js` plays,
//! `tools.js` is what one can set of that, `files.js` what one can keep, `cards.js` the rest.

mod card;
pub(crate) mod document;
mod html;
mod music;
mod player;
mod said;
mod shared;
pub(crate) mod text;

pub use html::Page;
pub use text::is_ours;
