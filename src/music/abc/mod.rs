//! Reading ABC notation: the text of tunes becomes bars of notes with exact durations.
//!
//! ```text
//! X:1                    a tune begins; header fields follow, one a line
//! T:The Rolling Wave     title
//! M:6/8                  metre: a bar lasts 6/8 of a whole note
//! L:1/8                  unit: a letter without a number lasts 1/8
//! K:D                    key, and the end of the header
//! |:A|dDD c>DD|[M:9/8] ...
//! ```
//!
//! ```
//! use hornpipe::music::abc;
//!
//! let tune = abc::read("X:1\nM:2/4\nL:1/8\nK:G\n|:GABc|d4:|\n");
//! assert_eq!((tune.header('K'), tune.bars.len(), tune.notes()), (Some("G"), 2, 5));
//! let sound = abc::perform(&tune).unwrap();
//! assert_eq!((sound.bars.len(), sound.notes.len()), (4, 10)); // the repeat is played
//! assert_eq!(sound.length, abc::Duration::from_integer(2)); // in whole notes
//! ```
//!
//! The way of a character: [`tunes`] cuts a file at its `X:` lines, `scanner` cuts a line of
//! music into tokens, `read`, `fields` and `events` give the tokens their meaning (which accidentals
//! are in force, how long the unit is, what a tuplet does to a note; a `builder` holds what they
//! need to know, `macros` are written out before) and collect [`Bar`]s in a [`Tune`]. [`Reader`] does
//! the same one character at a time. Everything the reader does not understand becomes a [`Problem`]
//! with its line and column and reading goes on: no text makes it panic, time and memory are linear
//! in the length of the text, and both are bounded ([`LONGEST_TUNE`]). What it passes over though the
//! notes are sure, such as a tempo in words or a symbol without a meaning, is a notice: it costs a
//! tune nothing.
//!
//! Then [`parts`] works out what the repeat signs mean, `jumps` which way back `signs` such as D.C.
//! and fine ask for, `order` in which order all of it is played, and [`perform`] what sounds: at
//! most [`MOST_NOTES`] notes, however often a tune says that it is repeated.
//!
//! Who writes a text in another key needs to know where in it notes and keys are `spelled` and how
//! far they move, an `interval`; the reader tells it on request.
//!
//! The rules are those of the ABC standard 2.1, with the old habits found in collections of the
//! 1990s (`+CEG+` chords, `!` as a line break, slurs written as ties).
//!
//! Not read yet: several voices (`V:`), which are played one after another, and overlays (`&`),
//! of which the first voice is played. Both are problems, for they change which notes sound.
//!
//! It uses nothing else of ours. Read `tune` first: what a tune is as data; then `read`.

mod accidentals;
mod builder;
mod clef;
mod cursor;
mod duration;
mod events;
mod fields;
#[cfg(feature = "render")]
mod form;
mod in_force;
mod interval;
mod jumps;
mod key;
mod macros;
mod meter;
mod order;
mod parts;
mod perform;
mod pitch;
mod read;
mod scanner;
mod signs;
mod spelled;
mod tempo;
mod token;
mod tune;
mod tunes;
mod value;

pub use duration::Duration;
pub(crate) use duration::{checked_add, checked_div, checked_mul, checked_sub};
#[cfg(feature = "render")]
pub(crate) use form::Form;
pub(crate) use interval::Interval;
pub use key::{Key, Mode};
pub use meter::Meter;
pub(crate) use order::has_other_order;
pub use parts::{Part, parts, played};
pub use perform::{MOST_NOTES, Note, Performance, PlayedBar, perform};
pub use pitch::Pitch;
pub(crate) use pitch::accidental;
pub use read::{LONGEST_TUNE, Reader, read};
pub(crate) use spelled::{Spelled, SpelledNote, What};
pub use tempo::Tempo;
pub use tune::{Bar, BarLine, Change, Event, Mark, Position, Problem, Tune, Tuplet};
pub(crate) use tunes::end_with_blank_line;
pub use tunes::{AsTune, Written, tune_spans, tunes, written};
pub use value::FieldError;
