//! Which tunes of a book can be what is wished, and why none can.

use super::broken::Broken;
use super::compass::Compass;
use super::prospect::Prospect;
use super::stands::at_bar;
use super::wish::Wishes;
use crate::music::abc::{self, Key, Meter, Mode, Tune};
use crate::music::corpus::{Kind, Summary, Wish};
use crate::music::judge::{PartForm, Parts};

/// Why no tune of a book can be what is wished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WishError {
    /// No tune of the book has the rhythm.
    #[error("the model's book has no tune that is {asked}; choose from: {}", there.join(", "))]
    Rhythm {
        /// What is asked for.
        asked: String,
        /// What there is, the most frequent first.
        there: Vec<String>,
    },
    /// None of that rhythm has the metre.
    #[error("the model's book has no{of} tune that is {asked}; choose from: {}", there.join(", "))]
    Meter {
        /// What is asked for.
        asked: String,
        /// Of the tunes with this rhythm; begins with a blank where it says anything.
        of: String,
        /// What there is.
        there: Vec<String>,
    },
    /// None of that rhythm and metre has the mode.
    #[error("the model's book has no{of} tune that is {asked}; choose from: {}", there.join(", "))]
    Mode {
        /// What is asked for.
        asked: String,
        /// Of the tunes with this rhythm and metre; begins with a blank where it says anything.
        of: String,
        /// What there is.
        there: Vec<String>,
    },
    /// The notes do not reach a tonic, on which a tune has to end.
    #[error("{compass} does not have the tonic of {}, on which a good tune ends", keys.join(", "))]
    Tonic {
        /// The notes asked for.
        compass: Compass,
        /// The keys that could have been.
        keys: Vec<String>,
    },
    /// An instrument of few notes plays none of the keys.
    #[error("none of {} has all its notes on this instrument; ask for a key that has", keys.join(", "))]
    Scale {
        /// The keys that could have been.
        keys: Vec<String>,
    },
    /// What was given breaks a wish.
    #[error("what is to begin the tune cannot begin it: {why}")]
    Beginning {
        /// Which.
        broken: Broken,
        /// A clause.
        why: String,
    },
    /// No tune is so short.
    #[error("no tune that is asked for has fewer than {least} characters")]
    TooShort {
        /// Characters that even the shortest has.
        least: usize,
    },
}

impl Wishes {
    /// The kinds of a book of which a tune can be all that is wished.
    ///
    /// # Errors
    /// There is none; why.
    pub fn narrow(&self, book: &Summary) -> Result<Summary, WishError> {
        self.is_in(book)?;
        let meant =
            |kind: &Kind| self.wished_kind().key.clone().unwrap_or_else(|| kind.key.clone());
        let mut kinds = book.only(|kind| self.wished_kind().fits(kind));
        let keys = |book: &Summary| {
            let mut names = Vec::new();
            for name in book.kinds().filter_map(|(kind, _)| meant(kind).name()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        if let Some(compass) = self.wished_compass() {
            let all = kinds;
            kinds = all.only(|kind| !self.is_good() || compass.has_tonic(&meant(kind)));
            if kinds.is_empty() {
                return Err(WishError::Tonic { compass, keys: keys(&all) });
            }
            // who asks for a key knows what the instrument makes of it
            let all = kinds;
            kinds = all.only(|kind| self.wished_kind().key.is_some() || compass.plays(&kind.key));
            if kinds.is_empty() {
                return Err(WishError::Scale { keys: keys(&all) });
            }
        }
        let all = kinds;
        kinds = all.only(|kind| self.can_begin(kind, &meant(kind)).is_ok());
        match all.kinds().next() {
            Some((kind, _)) if kinds.is_empty() => Err(self.no_beginning(&all, kind, &meant(kind))),
            _ => Ok(kinds),
        }
    }

    /// An error where the book has no tune of the kind.
    fn is_in(&self, book: &Summary) -> Result<(), WishError> {
        let Wish { rhythm, meter, mode, key } = self.wished_kind();
        let mut so_far = Wish::default();
        let names = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<Vec<_>>();
        if let Some(asked) = rhythm {
            let there = book.rhythms(&so_far);
            if !there.contains(&asked.as_str()) {
                return Err(WishError::Rhythm { asked: asked.clone(), there: names(there) });
            }
        }
        so_far.rhythm.clone_from(rhythm);
        let mut of = rhythm.as_ref().map_or(String::new(), |rhythm| format!(" {rhythm}"));
        let there = book.meters(&so_far);
        if let Some(asked) = meter.filter(|meter| !there.contains(meter)) {
            let there = there.iter().map(Meter::to_string).collect();
            return Err(WishError::Meter { asked: asked.to_string(), of, there });
        }
        so_far.meter = *meter;
        of += &meter.map_or(String::new(), |meter| format!(" {meter}"));
        let there = book.modes(&so_far);
        let asked = key.as_ref().map(|key| key.mode).or(*mode);
        if let Some(asked) = asked.filter(|mode| !there.contains(mode)) {
            let there = names(there.into_iter().map(Mode::name).collect());
            return Err(WishError::Mode { asked: asked.name().to_owned(), of, there });
        }
        Ok(())
    }

    /// Why no tune of these kinds begins so, the first of which is `kind`.
    fn no_beginning(&self, all: &Summary, kind: &Kind, key: &Key) -> WishError {
        let meters = all.meters(&Wish::default());
        match self.can_begin(kind, key) {
            Err(WishError::Beginning { broken: Broken::Bars, .. }) if meters.len() > 1 => {
                let meters: Vec<String> = meters.iter().map(Meter::to_string).collect();
                let why = format!("its bars fit none of {}", meters.join(", "));
                WishError::Beginning { broken: Broken::Bars, why }
            }
            Err(error) => error,
            Ok(()) => {
                let why = Broken::Kind.name().to_owned();
                WishError::Beginning { broken: Broken::Kind, why }
            }
        }
    }

    /// Whether what is to begin a tune of a kind, in `key`, breaks no wish.
    fn can_begin(&self, kind: &Kind, key: &Key) -> Result<(), WishError> {
        let Some(stands) = self.what_stands().filter(|stands| stands.is_beginning()) else {
            return Ok(());
        };
        let Kind { rhythm, meter, .. } = kind;
        let rhythm = if rhythm.is_empty() { String::new() } else { format!("R:{rhythm}\n") };
        let key = key.name().unwrap_or_default();
        let mut prospect = self.prospect();
        let text = format!("X:1\nT:A\n{rhythm}M:{meter}\nL:1/8\nK:{key}\n{}", stands.text());
        // the line's end makes its last notes sure
        let begun = prospect.push(&text);
        let goes_on = begun.is_err() || can_go_on(&prospect);
        let begun = begun.and_then(|()| prospect.push("\n"));
        let wrong = if stands.is_of_tune() { None } else { wrong_bar(&abc::read(&text), *meter) };
        let does_not_fit = |bar| format!("its bar {bar} does not fit {meter}");
        let (broken, why) = match (begun, wrong) {
            (Err(Broken::Reads), _) if prospect.problem().is_some() => {
                let problem = prospect.problem().map(|problem| problem.message.clone());
                (Broken::Reads, problem.unwrap_or_default())
            }
            (Err(Broken::Bars), _) => (Broken::Bars, does_not_fit(prospect.bar())),
            (Err(Broken::Compass), _) => {
                (Broken::Compass, "it has a note out of the range".to_owned())
            }
            (Err(broken), _) => (broken, broken.name().to_owned()),
            (Ok(()), Some(bar)) => (Broken::Bars, does_not_fit(bar)),
            (Ok(()), None) if !goes_on => {
                (Broken::Parts, "no tune that is wished goes on behind it".to_owned())
            }
            (Ok(()), None) => return Ok(()),
        };
        Err(WishError::Beginning { broken, why })
    }

    /// An error where no tune of so few characters can be what is wished, of a book narrowed to it.
    ///
    /// # Errors
    /// The shortest there could be.
    pub fn fit_into(&self, characters: usize) -> Result<(), WishError> {
        let bars = match self.parts() {
            Parts::Any => 0,
            Parts::Right => PartForm::of(8).bars,
            Parts::These(parts) => parts.iter().map(|part| part.bars).sum(),
        };
        // a note and a bar line each, behind the shortest header
        let least = "X:1\nM:C\nK:G\n".len() + 2 * bars;
        if bars > 0 && characters < least { Err(WishError::TooShort { least }) } else { Ok(()) }
    }
}

/// The first bar, from 1, that somebody who writes a beginning in this metre would call wrong: one
/// that is over and too long, or short where neither a part begins or ends nor an upbeat of half a
/// bar at most stands.
fn wrong_bar(beginning: &Tune, meter: Meter) -> Option<usize> {
    let (full, bars) = (meter.bar(), &beginning.bars);
    let right = |at: usize| {
        let bar = &bars[at];
        let ending = bars.get(at + 1).is_some_and(|next| next.ending.is_some());
        let ends = bar.right.divides() || ending;
        let begins = at > 0 && bars[at - 1].right.divides();
        let upbeat = at == 0 && bar.duration <= full / 2;
        bar.duration == full || (bar.duration < full && (ends || begins || upbeat))
    };
    (0..bars.len()).find(|at| !bars[*at].right.missing && !right(*at)).map(|at| at + 1)
}

/// Whether a tune of which so much is read can go on, or be over.
fn can_go_on(begun: &Prospect) -> bool {
    let may = |more: &str| begun.clone().push(more).is_ok();
    let text = begun.text();
    // an ending begins behind a plain line alone
    let ending = text.ends_with('|') && !text.ends_with("||");
    !at_bar(text)
        || ["z/z/z", ":z/z/z", "\n|:z/z/z"].into_iter().any(may)
        || (ending && may("1 z/z/z"))
        || begun.clone().end().is_ok()
}
