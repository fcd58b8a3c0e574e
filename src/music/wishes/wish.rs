//! All that is asked of a tune.

use super::compass::Compass;
use super::form::Form;
use super::stands::Stands;
use crate::music::abc::{Duration, Tune};
use crate::music::corpus::{Wish, steps};
use crate::music::judge::Parts;

/// What a tune must be; nothing, unless told otherwise.
///
/// ```
/// use hornpipe::music::{corpus::Wish, wishes::{Compass, Instrument, Wishes}};
///
/// let hornpipe = Wish { rhythm: Some("hornpipe".into()), ..Wish::default() };
/// let wishes = Wishes::new()
///     .good()
///     .kind(hornpipe)
///     .form("AABB".parse().unwrap())
///     .compass(Compass::of(Instrument::Whistle));
/// assert!(!wishes.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    kind: Wish,
    parts: Parts,
    compass: Option<Compass>,
    stands: Option<Stands>,
    /// The steps of a tune that is there already.
    unlike: Option<Vec<(i32, Duration)>>,
    good: bool,
}

impl Wishes {
    /// Nothing is wished yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tune that is [`good`](crate::music::judge::Verdict::is_good), and whose repeats are closed and
    /// add up; with a form, its parts are as long as that says.
    pub fn good(self) -> Self {
        let parts = match self.parts {
            Parts::Any => Parts::Right,
            parts => parts,
        };
        Self { good: true, parts, ..self }
    }

    /// A tune of this rhythm, metre and mode or key.
    pub fn kind(self, kind: Wish) -> Self {
        Self { kind, ..self }
    }

    /// A tune of these parts.
    pub fn form(self, form: Form) -> Self {
        Self { parts: Parts::These(form.parts().to_vec()), ..self }
    }

    /// A tune of these notes alone.
    pub fn compass(self, compass: Compass) -> Self {
        Self { compass: Some(compass), ..self }
    }

    /// A tune in which this stands.
    pub fn stands(self, stands: Stands) -> Self {
        Self { stands: Some(stands), ..self }
    }

    /// A tune that has other notes than this one, in whatever key.
    pub fn unlike(self, tune: &Tune) -> Self {
        Self { unlike: Some(steps(tune)), ..self }
    }

    /// Whether nothing is wished.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The kind that is wished.
    pub fn wished_kind(&self) -> &Wish {
        &self.kind
    }

    /// What is to stand in the tune.
    pub fn what_stands(&self) -> Option<&Stands> {
        self.stands.as_ref()
    }

    /// Whether a tune is the one that it must not be.
    pub(super) fn is_there_already(&self, tune: &Tune) -> bool {
        self.unlike.as_ref().is_some_and(|unlike| *unlike == steps(tune))
    }

    pub(super) fn wished_compass(&self) -> Option<Compass> {
        self.compass
    }

    /// Whether the tune is to be good.
    pub fn is_good(&self) -> bool {
        self.good
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Whether a wish is of the notes, so that they must be sure.
    pub(super) fn must_read(&self) -> bool {
        let of_notes = self.compass.is_some() || self.stands.is_some();
        self.good || of_notes || self.parts != Parts::Any
    }
}
