//! A tune that is being written, and whether it can still keep all wishes.

use std::sync::Arc;

use super::wish::Wishes;
use crate::music::abc::{Bar, Change, Duration, Event, Problem, Reader, Tune, checked_add};
use crate::music::corpus::{Kind, Wish};
use crate::music::judge::{Fault, Known, Outline, Parts, Verdict, form_is};

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

/// Reads a tune as it is written.
#[derive(Clone, Debug)]
pub struct Prospect {
    wishes: Arc<Wishes>,
    reader: Reader,
    /// All of the text so far.
    text: String,
    outline: Outline,
    /// Bars of which all notes were looked at, and notes of the one that is being written.
    seen: (usize, usize),
    /// What the bar that is being written may hold at most.
    room: Option<Duration>,
    broken: Option<Broken>,
}

impl Prospect {
    pub(super) fn new(wishes: Arc<Wishes>) -> Self {
        Self {
            wishes,
            reader: Reader::new(),
            text: String::new(),
            outline: Outline::new(),
            seen: (0, 0),
            room: None,
            broken: None,
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Which bar is being written, from 1; an upbeat is one.
    pub fn bar(&self) -> usize {
        self.reader.tune().bars.len() + 1
    }

    /// What the reader complains of first.
    pub fn problem(&self) -> Option<&Problem> {
        self.reader.tune().problems.first()
    }

    /// Goes on with more text.
    ///
    /// # Errors
    /// The wish that nothing can keep any more; a note shows when the next two characters are there.
    /// From then on it says so again.
    pub fn push(&mut self, text: &str) -> Result<(), Broken> {
        for c in text.chars() {
            if let Some(broken) = self.broken {
                return Err(broken);
            }
            self.text.push(c);
            self.reader.push(c);
            self.broken = self.look().err();
        }
        self.broken.map_or(Ok(()), Err)
    }

    /// The tune is over.
    ///
    /// # Errors
    /// The wish that it does not keep.
    pub fn end(self) -> Result<(), Broken> {
        match self.broken {
            Some(broken) => Err(broken),
            None => self.wishes.are_kept(&self.reader.finish(), &self.text),
        }
    }

    /// Looks at what the last character made sure.
    fn look(&mut self) -> Result<(), Broken> {
        let tune = self.reader.tune();
        if self.wishes.must_read() && !tune.problems.is_empty() {
            return Err(Broken::Reads);
        }
        let (complete, bar) = (tune.bars.len(), self.reader.bar());
        if self.seen == (complete, bar.events.len()) {
            return Ok(());
        }
        if self.seen == (0, 0) {
            self.wishes.is_kind(tune)?;
        }
        // a note may have been read together with the sign that ended its bar
        let (mut bars, mut notes) = self.seen;
        while bars < complete {
            self.wishes.allows(&tune.bars[bars], notes)?;
            (bars, notes) = (bars + 1, 0);
        }
        self.wishes.allows(bar, notes)?;
        let begins = notes == 0 && !bar.events.is_empty();
        self.seen = (complete, bar.events.len());
        if begins {
            self.outline.follow(tune);
            let wishes = &self.wishes;
            let looked = self.outline.look(bar, Duration::ZERO, wishes.is_good(), wishes.parts());
            self.room = looked.map_err(Broken::from)?;
        }
        // what comes behind a note may yet shorten it, but it lasts
        let sure = bar.events.split_last().map(|(_, before)| sum(before));
        match (sure, self.room) {
            (Some(sure), Some(room)) if sure.is_none_or(|sure| sure >= room) => Err(Broken::Bars),
            _ => Ok(()),
        }
    }
}

fn sum(events: &[Event]) -> Option<Duration> {
    events.iter().try_fold(Duration::ZERO, |sum, event| checked_add(sum, event.duration))
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Bars => Self::Bars,
            Fault::Parts => Self::Parts,
        }
    }
}

impl Wishes {
    /// Whether a tune of which the first note is read is of the kind.
    fn is_kind(&self, tune: &Tune) -> Result<(), Broken> {
        let Wish { rhythm, meter, mode, key } = self.wished_kind();
        let asks_of_key = mode.is_some() || key.is_some();
        let kind = tune.meter.filter(|_| rhythm.is_some()).map(|meter| Kind {
            rhythm: tune.header('R').unwrap_or_default().trim().to_owned(),
            meter,
            key: tune.key.clone(),
        });
        let right = rhythm
            .as_ref()
            .is_none_or(|asked| kind.is_some_and(|kind| kind.rhythm_name() == asked))
            && meter.is_none_or(|asked| tune.meter == Some(asked))
            && mode.is_none_or(|asked| tune.key.mode == asked)
            && key.as_ref().is_none_or(|asked| tune.key == *asked)
            && (!asks_of_key || tune.key.name().is_some());
        if right { Ok(()) } else { Err(Broken::Kind) }
    }

    /// Whether the notes of a bar from `first` on, and what changes in it, may stand there.
    fn allows(&self, bar: &Bar, first: usize) -> Result<(), Broken> {
        let Wish { meter, mode, key, .. } = self.wished_kind();
        let keeps = |change: &Change| match change {
            Change::Key(_) => mode.is_none() && key.is_none(),
            Change::Meter(_) => meter.is_none(),
            _ => true,
        };
        if !bar.changes.iter().all(|(_, change)| keeps(change)) {
            return Err(Broken::Kind);
        }
        let Some(compass) = self.wished_compass() else { return Ok(()) };
        let notes = |event: &Event| {
            let all = [&event.pitches, &event.grace, &event.grace_after];
            all.into_iter().flatten().all(|pitch| compass.has(*pitch))
        };
        let right = bar.events.get(first..).is_none_or(|events| events.iter().all(notes));
        if right { Ok(()) } else { Err(Broken::Compass) }
    }

    /// Whether a whole tune, which has this text, keeps all.
    fn are_kept(&self, tune: &Tune, text: &str) -> Result<(), Broken> {
        if self.is_good() {
            let verdict = Verdict::of_tune(tune, &Known::nothing(), None);
            let right_parts = verdict.parts || matches!(self.parts(), Parts::These(_));
            for (right, broken) in [
                (verdict.reads, Broken::Reads),
                (verdict.bars, Broken::Bars),
                (right_parts, Broken::Parts),
                (verdict.tonic, Broken::Tonic),
            ] {
                if !right {
                    return Err(broken);
                }
            }
        }
        if self.must_read() && !(tune.problems.is_empty() && tune.notes() > 0) {
            return Err(Broken::Reads);
        }
        self.is_kind(tune)?;
        tune.bars.iter().try_for_each(|bar| self.allows(bar, 0))?;
        if !form_is(tune, self.parts()) {
            return Err(Broken::Parts);
        }
        if self.is_there_already(tune) {
            return Err(Broken::Again);
        }
        match self.what_stands() {
            Some(stands) if !stands.stands_in(tune, text) => Err(Broken::Stands),
            _ => Ok(()),
        }
    }
}
