//! What of a line of text depends on the key, for who writes it in another.

use std::ops::Range;

use super::{Key, Pitch};

/// A note or a key, and where in its line it stands.
#[derive(Clone, Debug)]
pub(crate) struct Spelled {
    /// Bytes of the line: of a note with accidental and length, of a key the field's text.
    pub(crate) at: Range<usize>,
    pub(crate) what: What,
}

/// What is spelled there.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A key, in force from here on.
    Key(Key),
    Note(SpelledNote),
}

/// A note as it sounds, and what its spelling depends on.
#[derive(Clone, Debug)]
pub(crate) struct SpelledNote {
    pub(crate) pitch: Pitch,
    /// Octaves by which `octave=` moves it up from where it is written.
    pub(crate) shift: i8,
    pub(crate) grace: bool,
    /// No accidental before it is in force any more: a bar line came between.
    pub(crate) fresh: bool,
    /// The notes tied to what comes here; they lend it their accidental where it has none.
    pub(crate) held: Vec<Pitch>,
}
