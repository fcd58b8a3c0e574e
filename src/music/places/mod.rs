//! Places: what a reader of ABC knows after each character, as whole numbers beside it.
//!
//! A model that reads characters can not count bars, nor look back eight of them through a state of
//! some hundred numbers; a reader of ABC can, exactly. After each character it says where in its bar
//! and part the tune stands, what came next at this point of earlier bars, and whether this bar has
//! been one of those so far (the idea of a lookback is from Magenta's Lookback RNN, 2016).
//!
//! | input | values | after this character |
//! |---|---|---|
//! | `field` | 0 none, 1 to 26 the letter of a header line, 27 music | which line this is; a letter counts once its colon is read |
//! | `metre` | 0 not yet, 1 to 8 one of [`METRES`], 9 another | from the end of the `M:` line to the end of the tune |
//! | `key` | 0 not yet, 1 + 12 mode + pitch class of the tonic, 85 another | likewise of `K:` |
//! | `rhythm` | 0 not yet, 1 to 14 one of [`KNOWN_RHYTHMS`], 15 another | likewise of `R:` |
//! | `position` | 0 to 63 | quarters of L from the bar line to the beginning of the note or rest that this character belongs to; behind a blank, of the next one |
//! | `left` | 0 to 63 | quarters of L from there to the end of the bar, by the metre |
//! | `bar` | 0 to 33 | full bars that this part has behind it |
//! | `part` | 0 to 6 | parts that the tune has behind it |
//! | `degree` | 0 none, 1 to 7 | letter of the last note above that of the tonic |
//! | `sign` | 0 none, 1 to 9 one of [`Sign`] | the bar sign that is being written |
//! | `lookback 1`, `2`, `4`, `8` | 0 no such bar, 1 inside, 2 over, 3 + symbol | what came next at this point of the bar so many before |
//! | `lookback part` | likewise | likewise of the bar of the same number in the part before |
//! | `agrees 2`, `4`, `8` | 0 no such bar, 1 + a + 2 b | a: this bar so far is how that bar begins; b: the bar before is the same as the one that many before it |
//! | `agrees part` | likewise | likewise, b: of the part before |
//!
//! Larger numbers count as the largest. A bar is what stands between bar lines, and *full* if it lasts
//! at least three quarters of the metre; what is shorter, an upbeat or a half, is neither counted nor
//! looked back to. A new part begins at a repeat sign or a double bar; a second ending goes on where
//! the first began, and the first one is its part before. *This point* of another bar is `j`
//! characters behind the beginning of the note that begins there at the same position, j being
//! the number of characters since the present note's beginning (0 behind a bar line or a blank):
//! *inside* if no note begins there, *over* if that bar has ended.
//!
//! ```text
//! X:1             after     position left bar  lookback 1   lookback 2
//! M:6/8           B            0     24   0
//! L:1/8           z            4     20   0
//! K:G             G            8     16   0
//! BzG czA|        (blank)     12     12   0
//! BdB Gzd|        ... |        0     24   1    B
//! ef              B            0     24   1    z
//!                 ... d       20      4   1    over
//!                 |            0     24   2    B            B
//!                 e            0     24   2    d            z
//!                 f            4     20   2    B            G
//! ```
//! Text outside of a tune's music has its `field`, and in the header what is known already; all else
//! is 0. The numbers after a character depend on what came before it alone, and from an `X:` line on
//! on nothing before that. Nothing is an error: what can not be read says nothing. Memory is linear in
//! the length of a tune and bounded.
//!
//! It uses [`abc`](super::abc) for keys and metres and [`corpus`](super::corpus) for the names of
//! rhythms. Read this file first; `line` tells header from music, `clock` where notes begin, `bars`
//! what is remembered of earlier bars.

mod bars;
mod clock;
mod line;

pub use clock::Sign;
pub use line::Reader;

use super::corpus::KNOWN_RHYTHMS;

/// Metres with a number of their own.
pub const METRES: [&str; 8] = ["2/4", "3/4", "4/4", "3/2", "6/8", "9/8", "12/8", "2/2"];

/// The names of all inputs, in the order in which a model is given them.
#[rustfmt::skip]
const NAMES: [&str; 19] = [
    "field", "metre", "key", "rhythm", "position", "left", "bar", "part", "degree", "sign",
    "lookback 1", "lookback 2", "lookback 4", "lookback 8", "lookback part",
    "agrees 2", "agrees 4", "agrees 8", "agrees part",
];

/// One of the numbers beside a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Field,
    Metre,
    Key,
    Rhythm,
    Position,
    Left,
    Bar,
    Part,
    Degree,
    Sign,
    Lookback(Back),
    Agrees(Back),
}

/// Which earlier bar is meant: so many before this one, or that of the same number in the part
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    Bars(usize),
    Part,
}

impl Column {
    fn named(name: &str) -> Option<Self> {
        let back = |text: &str| match text {
            "part" => Some(Back::Part),
            "1" => Some(Back::Bars(1)),
            "2" => Some(Back::Bars(2)),
            "4" => Some(Back::Bars(4)),
            "8" => Some(Back::Bars(8)),
            _ => None,
        };
        if let Some(text) = name.strip_prefix("lookback ") {
            return back(text).map(Self::Lookback);
        }
        if let Some(text) = name.strip_prefix("agrees ") {
            return back(text).map(Self::Agrees);
        }
        Some(match name {
            "field" => Self::Field,
            "metre" => Self::Metre,
            "key" => Self::Key,
            "rhythm" => Self::Rhythm,
            "position" => Self::Position,
            "left" => Self::Left,
            "bar" => Self::Bar,
            "part" => Self::Part,
            "degree" => Self::Degree,
            "sign" => Self::Sign,
            _ => return None,
        })
    }

    /// How many values it has, with `vocab` symbols.
    fn size(self, vocab: usize) -> usize {
        match self {
            Self::Field => 28,
            Self::Metre => METRES.len() + 2,
            Self::Key => 2 + 7 * 12,
            Self::Rhythm => KNOWN_RHYTHMS.len() + 2,
            Self::Position | Self::Left => 64,
            Self::Bar => 34,
            Self::Part => 7,
            Self::Degree => 8,
            Self::Sign => 10,
            Self::Lookback(_) => 3 + vocab,
            Self::Agrees(_) => 5,
        }
    }
}

/// The inputs of a model of `vocab` symbols, by name and size, in order.
pub fn inputs(vocab: usize) -> Vec<(String, usize)> {
    let sized = |name: &&str| Some(((*name).to_owned(), Column::named(name)?.size(vocab)));
    NAMES.iter().filter_map(sized).collect()
}

/// Why nobody can say the inputs that a model asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Of a newer program, or of another one.
    #[error("its input {0:?} is none that this hornpipe knows; use a newer one")]
    Unknown(String),
    /// It has another number of values here.
    #[error("its input {name:?} has {has} values; it has {size}")]
    Size {
        /// The input.
        name: String,
        /// How many values the model has for it.
        has: usize,
        /// How many there are.
        size: usize,
    },
}

/// The columns of these inputs.
fn columns(inputs: &[(String, usize)], vocab: usize) -> Result<Vec<Column>, InputError> {
    let column = |(name, has): &(String, usize)| {
        let column = Column::named(name).ok_or_else(|| InputError::Unknown(name.clone()))?;
        let size = column.size(vocab);
        if *has != size {
            return Err(InputError::Size { name: name.clone(), has: *has, size });
        }
        Ok(column)
    };
    inputs.iter().map(column).collect()
}
