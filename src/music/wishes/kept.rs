//! Which wishes a tune keeps: as far as it is written, and as a whole.

use super::broken::Broken;
use super::wish::Wishes;
use crate::music::abc::{Bar, Change, Event, Tune};
use crate::music::corpus::{Kind, Reason, Wish, canonical};
use crate::music::judge::{Known, Parts, Verdict, form_is};

impl Wishes {
    /// Whether `X:` has a number, as it must in a tune that reads.
    pub(super) fn has_number(&self, tune: &Tune) -> Result<(), Broken> {
        let number = tune.header('X').map(str::trim);
        let is_number = number.is_some_and(|text| text.parse::<u64>().is_ok());
        if is_number || !self.must_read() { Ok(()) } else { Err(Broken::Reads) }
    }

    /// Whether a tune of which the first note is read is of the kind.
    pub(super) fn is_kind(&self, tune: &Tune) -> Result<(), Broken> {
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
    pub(super) fn allows(&self, bar: &Bar, first: usize) -> Result<(), Broken> {
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
    pub(super) fn are_kept(&self, tune: &Tune, text: &str) -> Result<(), Broken> {
        if self.is_good() {
            let verdict = Verdict::of_tune(tune, &Known::nothing(), None);
            let right_parts = verdict.parts || matches!(self.parts(), Parts::These(_));
            for (right, broken) in [
                (verdict.reads && tune.notices.is_empty(), Broken::Reads),
                (verdict.bars, Broken::Bars),
                (right_parts, Broken::Parts),
                (verdict.tonic, Broken::Tonic),
            ] {
                if !right {
                    return Err(broken);
                }
            }
            // the judge lets pass what a player stumbles over: a repeat that is not closed, or that
            // goes back to an upbeat for which its last bar has no room
            match canonical(tune, None) {
                Err(Reason::Repeats) => return Err(Broken::Parts),
                Err(Reason::WrongBar(_)) => return Err(Broken::Bars),
                _ => {}
            }
        }
        // with an X: line in it a file has two
        let is_one = !text.contains("\nX:");
        if self.must_read() && !(tune.problems.is_empty() && tune.notes() > 0 && is_one) {
            return Err(Broken::Reads);
        }
        self.has_number(tune)?;
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
