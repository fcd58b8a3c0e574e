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
//! The way of a character: [`tunes`] cuts a file at its `X:` lines, `scanner` cuts a line of
//! music into tokens, `read`, `fields` and `events` give the tokens their meaning (which accidentals
//! are in force, how long the unit is, what a tuplet does to a note) and collect [`Bar`]s in a
//! [`Tune`]; [`parts`] works out what the repeat signs mean and [`perform`] what sounds.
//! [`Reader`] does the same one character at a time. Everything the reader does not understand
//! becomes a [`Problem`] with its line and column and reading goes on: no text makes it panic, and
//! time and memory are linear in the length of the text.
//!
//! The rules are those of the ABC standard 2.1, with the old habits found in collections of the
//! 1990s (`+CEG+` chords, `!` as a line break, slurs written as ties).
//!
//! Not read yet: several voices (`V:`), overlays (`&`), macros and user-defined symbols. The first
//! two are reported as problems, for they change which notes sound.

mod cursor;
mod duration;
mod events;
mod fields;
mod key;
mod meter;
mod parts;
mod perform;
mod pitch;
mod read;
mod scanner;
mod tempo;
mod token;
mod tune;

pub use duration::{Duration, checked_add, checked_div, checked_mul, checked_sub};
pub use key::{Key, Mode};
pub use meter::Meter;
pub use parts::{Part, parts, performed, played};
pub use perform::{Note, Performance, PlayedBar, perform};
pub use pitch::Pitch;
pub(crate) use pitch::accidental;
pub use read::{Reader, read};
pub use tempo::Tempo;
pub use tune::{Bar, BarLine, Change, Event, Mark, Position, Problem, Tune, Tuplet};

use std::ops::Range;

/// The tunes of a text: each runs from one line starting `X:` to the next such line or the end.
///
/// What stands before the first `X:` (a file header) belongs to no tune. Blank lines at the end of
/// a tune belong to it, so the tunes of a text are contiguous.
pub fn tunes(text: &str) -> Vec<&str> {
    tune_spans(text).into_iter().map(|span| &text[span]).collect()
}

/// Ends `text` with the blank line that divides tunes, where it does not.
pub fn end_with_blank_line(text: &mut String) {
    while !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// The byte ranges of [`tunes`] in `text`.
pub fn tune_spans(text: &str) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("X:") {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}
