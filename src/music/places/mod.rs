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
//! | `rhythm` | 0 not yet, 1 to 14 one of [`KNOWN_RHYTHMS`](super::corpus::KNOWN_RHYTHMS), 15 another | likewise of `R:` |
//! | `position` | 0 to 63 | quarters of L from the bar line to the beginning of the note or rest that this character belongs to; behind a blank, of the next one |
//! | `left` | 0 to 63 | quarters of L from there to the end of the bar, by the metre |
//! | `bar` | 0 to 33 | full bars that this part has behind it |
//! | `part` | 0 to 6 | parts that the tune has behind it |
//! | `degree` | 0 none, 1 to 7 | letter of the last note above that of the tonic: of the key, or of the text, if its notes are all on one |
//! | `sign` | 0 none, 1 to 9 one of [`Sign`] | the bar sign that is being written |
//! | `lookback 1`, `2`, `4`, `8` | 0 no such bar, 1 inside, 2 over, 3 + symbol | what came next at this point of the bar so many before |
//! | `lookback part` | likewise | likewise of the bar of the same number in the part before |
//! | `agrees 2`, `4`, `8` | 0 no such bar, 1 + a + 2 b | a: this bar so far is how that bar begins; b: the bar before is the same as the one that many before it |
//! | `agrees part` | likewise | likewise, b: of the part before |
//!
//! Larger numbers count as the largest. A bar is what stands between bar lines, and *full* if it lasts
//! at least three quarters of the metre; what is shorter, an upbeat or a half, is neither counted nor
//! looked back to. A new part begins at a repeat sign or a double bar that a full bar stands
//! before; a second ending goes on where the first began, and the first one is its part before. *This point* of another bar is `j`
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
//! rhythms. Read this page first; `column` has its table as code, `line` tells header from music, `clock`
//! where notes begin with `length` how long they are, `bars` what is remembered of earlier bars.

mod bars;
mod clock;
mod column;
mod length;
mod line;

pub use clock::Sign;
pub use column::{InputError, METRES, inputs};
pub use line::Reader;
