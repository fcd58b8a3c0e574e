//! The pieces a line of music is made of.

use super::{BarLine, Duration, Mark};

/// The smallest meaningful piece of music text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A note as written; `length` counts units.
    Note {
        letter: u8,
        octave: i8,
        alter: Option<i8>,
        /// The accidental asks for quarter tones, which `alter` leaves out.
        rounded: bool,
        /// 0 for a note that is drawn only.
        length: Duration,
    },
    /// `z2` or `x2`; `length` counts units.
    Rest {
        length: Duration,
    },
    /// `Z4`: so many bars of rest.
    BarRest {
        bars: u32,
    },
    ChordOpen,
    ChordClose {
        length: Duration,
    },
    GraceOpen,
    GraceClose,
    /// `(p:q:r`, with what was left out as `None`.
    Tuplet {
        p: u32,
        q: Option<u32>,
        r: Option<u32>,
    },
    /// `>` is 1, `>>` 2, `<` -1, ...
    Broken(i32),
    Tie,
    Bar(BarLine),
    /// `|1`, `[2`, `[1,3`, `["1st time"`.
    Ending(Vec<u32>),
    /// An inline field such as `[K:G]`.
    Field {
        letter: char,
        text: String,
    },
    Mark(Mark),
    /// `~`, `.`, `T`, `h` ...: what the tune's `U:` fields or the standard say.
    Symbol(char),
    /// `&`: a second voice for this bar.
    Overlay,
    /// Not music; the sentence says why.
    Bad(String),
}
