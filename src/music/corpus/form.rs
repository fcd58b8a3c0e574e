//! What the canonical form is made of, and the reasons why a tune does not fit it.
//!
//! A tune is [`Section`]s of [`CanonicalBar`]s of [`Note`]s: `canonical` collects them from a tune
//! as read, `check` looks whether bars are full, `write` spells them.

use std::fmt;

use crate::music::abc::{Duration, Pitch, Tuplet};

/// Why a tune was dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The reader found something that it does not understand: its first problem.
    Unreadable(String),
    /// Fewer than four bars, or no music at all.
    TooShort,
    /// `K:` is missing or says more than a tonic and a mode.
    UnusualKey,
    /// No metre, or one outside 2/4, 3/4, 4/4 (C, C|), 3/2, 6/8, 9/8 and 12/8.
    UnusualMeter,
    /// The metre does not fit the rhythm: a hornpipe in 3/4.
    MeterAgainstRhythm,
    /// The key changes inside the tune.
    KeyChange,
    /// The metre changes inside the tune.
    MeterChange,
    /// Da capo, dal segno, or an order of parts in `P:`: the order of playing is not that of repeat
    /// signs.
    DaCapo,
    /// `|:` without `:|`, more than two times or endings, endings of different lengths.
    Repeats,
    /// A bar that is too long or too short, counted from 1 in written order.
    WrongBar(usize),
    /// A length or a tuplet that our form has no sign for.
    OddLength,
    /// The rhythm is not one of those asked for, or is not known.
    OtherRhythm,
    /// Another tune has the same notes (its title).
    SameNotes(String),
    /// Another tune has the same number in the book (its title).
    SameNumber(String),
    /// Written and read again, its notes were others: a bug, never expected.
    ReadBack,
}

impl Reason {
    /// What the reason is called in tables.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "cannot be read",
            Self::TooShort => "too short",
            Self::UnusualKey => "key is not a tonic and a mode",
            Self::UnusualMeter => "metre other than 2/4 3/4 4/4 3/2 6/8 9/8 12/8",
            Self::MeterAgainstRhythm => "metre does not fit the rhythm",
            Self::KeyChange => "key changes",
            Self::MeterChange => "metre changes",
            Self::DaCapo => "da capo or dal segno",
            Self::Repeats => "repeats do not pair up",
            Self::WrongBar(_) => "a bar of wrong length",
            Self::OddLength => "a length we cannot write",
            Self::OtherRhythm => "another rhythm",
            Self::SameNotes(_) => "same notes as another tune",
            Self::SameNumber(_) => "same number as another tune",
            Self::ReadBack => "notes differ when read back (a bug)",
        }
    }

    /// What the reason says about this tune beyond its name; may be empty.
    pub fn detail(&self) -> String {
        match self {
            Self::Unreadable(problem) => problem.clone(),
            Self::WrongBar(bar) => format!("bar {bar}"),
            Self::SameNotes(title) | Self::SameNumber(title) => title.clone(),
            _ => String::new(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail();
        let colon = if detail.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{detail}", self.name())
    }
}

impl std::error::Error for Reason {}

/// A tune in canonical form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Canonical {
    /// From `X:1` to the last bar line and its line feed.
    pub text: String,
    /// As in `T:`.
    pub title: String,
    /// Pitch and time to the next note, in whole notes, in written order: what makes two tunes the
    /// same.
    pub melody: Vec<(i32, Duration)>,
}

/// A note or a rest of the canonical form; lengths already scaled.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    pub(super) pitch: Option<Pitch>,
    pub(super) duration: Duration,
    pub(super) tuplet: Option<Tuplet>,
    pub(super) tie: bool,
}

/// A bar, and its number in the source from 1.
#[derive(Clone, Debug)]
pub(super) struct CanonicalBar {
    pub(super) notes: Vec<Note>,
    pub(super) duration: Duration,
    pub(super) number: usize,
}

/// A part of the tune: its bars, then two endings or none.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// `A |: ...`: an upbeat that is played once, before what is repeated.
    pub(super) before: Option<CanonicalBar>,
    pub(super) body: Vec<CanonicalBar>,
    pub(super) endings: Option<[Vec<CanonicalBar>; 2]>,
    pub(super) repeated: bool,
}

impl Section {
    /// Whether its first bar is short.
    pub(super) fn begins_short(&self, full: Duration) -> bool {
        self.body.first().is_some_and(|bar| bar.duration < full)
    }

    /// Whether it is nothing but one short bar that is played once.
    pub(super) fn is_upbeat(&self, full: Duration) -> bool {
        let alone = self.body.len() == 1 && self.endings.is_none() && !self.repeated;
        alone && self.begins_short(full)
    }
}
