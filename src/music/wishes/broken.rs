//! Which wish a tune breaks.

use crate::music::judge::Fault;

/// Which wish a tune breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Broken {
    /// Its rhythm, metre or key is another, or changes.
    Kind,
    /// The reader has a complaint, or there is no music.
    Reads,
    /// A note is out of the compass.
    Compass,
    /// A bar does not add up.
    Bars,
    /// A part has a wrong length, or the form is another.
    Parts,
    /// What was given does not stand there.
    Stands,
    /// It does not end on its tonic.
    Tonic,
    /// It is a tune that is there already.
    Again,
    /// It is too long.
    Length,
}

impl Broken {
    /// What a draft did, in a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "another kind",
            Self::Reads => "not readable",
            Self::Compass => "out of range",
            Self::Bars => "a wrong bar",
            Self::Parts => "wrong parts",
            Self::Stands => "other bars than were given",
            Self::Tonic => "not ending on the tonic",
            Self::Again => "the same tune again",
            Self::Length => "too long",
        }
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Bars => Self::Bars,
            Fault::Parts => Self::Parts,
        }
    }
}
