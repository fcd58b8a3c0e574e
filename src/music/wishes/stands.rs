//! What of a tune is given: its beginning, or some bars of another tune.

use std::ops::RangeInclusive;

use crate::music::abc::{self, Duration, Event, Key, Tune};
use crate::music::corpus::{Mover, Reason, canonical, rhythm_name};
use crate::music::judge::bars_played_once;

/// A piece of music that is to stand in a tune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// The bar with which it begins, counted from 1 as the tune is played once, without repeats.
    bar: usize,
    text: String,
    /// The notes of each of its bars; none where they are not whole.
    bars: Vec<Vec<Sound>>,
}

/// The notes of an event, and how long it sounds.
type Sound = (Vec<i32>, Duration);

/// Why bars of a tune cannot stand in another.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// The tune has no canonical form, which models write, and cannot stand as it is.
    #[error("the tune cannot be written as models learn it: {0}")]
    Form(Reason),
    /// Not one bar, or one that is not there.
    #[error("bars {first}-{last} of a tune of {bars} bars, counted as it is played once")]
    NotThere {
        /// First and last bar asked for.
        first: usize,
        /// See `first`.
        last: usize,
        /// Bars of the tune.
        bars: usize,
    },
    /// All bars of the tune.
    #[error("these are all bars of the tune, and nothing is left to be written")]
    All,
    /// The key that the bars are to be moved to has another mode, or is out of reach.
    #[error("bars in {from} cannot be moved to {to}; ask for a key of the same mode")]
    OtherKey {
        /// Key of the tune.
        from: String,
        /// Key asked for.
        to: String,
    },
}

/// Whether a character stands between bars, if it stands where a bar may begin: no note begins so.
pub(crate) fn is_between_bars(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '|' | ':' | '[' | ']' | '\n' | ' ')
}

impl Stands {
    /// The first notes of a tune, in the key and metre that it will have.
    pub fn beginning(text: &str) -> Self {
        let text = text.trim_start().trim_end_matches('\n');
        Self { bar: 1, text: text.to_owned(), bars: Vec::new() }
    }

    /// Some bars of the tune that a text is, counted from 1 as it is played once: an upbeat belongs to
    /// its bar. They stand in canonical form, where the tune has one, and are moved to `key`, if one is
    /// given.
    ///
    /// # Errors
    /// See [`KeepError`].
    pub fn bars_of(
        text: &str,
        bars: RangeInclusive<usize>,
        key: Option<&Key>,
    ) -> Result<Self, KeepError> {
        let tune = abc::read(text);
        let rhythm = tune.header('R').and_then(|text| rhythm_name(text, tune.meter));
        let mut text = match canonical(&tune, rhythm) {
            Ok(form) => form.text,
            // a model may have written it, who is not so strict
            Err(_) if stands_as_it_is(&tune) => {
                let lines = text.lines().filter(|line| !line.starts_with('%'));
                lines.flat_map(|line| [line, "\n"]).collect()
            }
            Err(reason) => return Err(KeepError::Form(reason)),
        };
        if let Some(key) = key.filter(|key| **key != tune.key) {
            let name = |key: &Key| key.name().unwrap_or_default();
            let other = || KeepError::OtherKey { from: name(&tune.key), to: name(key) };
            let mover = Mover::new(&tune.key, key).filter(|_| tune.key.mode == key.mode);
            let mut mover = mover.ok_or_else(other)?;
            text = mover.push(&text);
            if !mover.is_exact() {
                return Err(other());
            }
        }
        let tune = abc::read(&text);
        let all = bars_played_once(&tune);
        let (first, last) = (*bars.start(), *bars.end());
        if first == 0 || first > last || last > all.len() {
            return Err(KeepError::NotThere { first, last, bars: all.len() });
        }
        if last - first + 1 == all.len() {
            return Err(KeepError::All);
        }
        let bars = all[first - 1..last].iter().map(|bar| sounds(&tune, bar.clone())).collect();
        let body = body_of(&text).unwrap_or(text.len());
        let places = || text[body..].char_indices().map(|(at, c)| (body + at, c));
        let begins =
            |(at, c): &(usize, char)| !is_between_bars(*c) && begins_bar(&text[..*at], first);
        let start = if first == 1 { Some(body) } else { places().find(begins).map(|(at, _)| at) };
        let start = start.unwrap_or(body);
        let ends = |(at, c): &(usize, char)| {
            let is_line = is_between_bars(*c) && *c != ' ' && !c.is_ascii_digit();
            let end_of_bar = *at > start && is_line && !at_bar(&text[..*at]);
            end_of_bar && bars_of_text(&text[..*at]) == last
        };
        let end = places().find(ends).map_or(text.len(), |(at, _)| at);
        Ok(Self { bar: first, text: text[start..end].to_owned(), bars })
    }

    /// The text that stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether its bars are whole ones of a tune, not what somebody wrote.
    pub(super) fn is_of_tune(&self) -> bool {
        !self.bars.is_empty()
    }

    /// Whether it stands at the beginning of the music.
    pub fn is_beginning(&self) -> bool {
        self.bar == 1
    }

    /// Whether it comes next in a tune of which this is the text so far, where a note would begin.
    pub fn is_next(&self, text: &str) -> bool {
        !self.is_beginning() && begins_bar(text, self.bar)
    }

    /// Whether it stands in a whole tune, which has this text.
    pub(super) fn stands_in(&self, tune: &Tune, text: &str) -> bool {
        if self.bars.is_empty() {
            return self.begins(tune, text);
        }
        let all = bars_played_once(tune);
        let there = all.get(self.bar - 1..self.bar - 1 + self.bars.len());
        there.is_some_and(|there| {
            let same = |(bar, kept): (&std::ops::Range<usize>, &Vec<Sound>)| {
                sounds(tune, bar.clone()) == *kept
            };
            there.iter().zip(&self.bars).all(same)
        })
    }

    /// Whether the tune begins with these notes; the last one may have become longer, as in `G>A`.
    fn begins(&self, tune: &Tune, text: &str) -> bool {
        let Some(body) = body_of(text) else { return false };
        let given = abc::read(&format!("{}{}\n", &text[..body], self.text));
        let mut there = tune.events();
        let count = given.events().count();
        given.events().enumerate().all(|(at, given)| {
            let same = |there: &Event| {
                let last = at + 1 == count;
                let longer = last && there.duration > given.duration;
                sound(there).0 == sound(given).0 && (longer || there.duration == given.duration)
            };
            there.next().is_some_and(same)
        })
    }
}

/// Whether a text in no canonical form can stand behind another header: a model may have written it.
fn stands_as_it_is(tune: &Tune) -> bool {
    let changes = tune.bars.iter().any(|bar| !bar.changes.is_empty());
    tune.problems.is_empty() && tune.unit == Duration::new(1, 8) && !changes
}

fn sound(event: &Event) -> Sound {
    (event.pitches.iter().map(|pitch| pitch.midi()).collect(), event.duration)
}

fn sounds(tune: &Tune, bars: std::ops::Range<usize>) -> Vec<Sound> {
    tune.bars[bars].iter().flat_map(|bar| &bar.events).map(sound).collect()
}

/// Where the music of a text begins, behind the line of its key.
fn body_of(text: &str) -> Option<usize> {
    let key = if text.starts_with("K:") { 0 } else { text.find("\nK:")? + 1 };
    text[key..].find('\n').map(|end| key + end + 1)
}

/// Whether a text ends with a bar line, or the number of an ending behind one.
pub(super) fn at_bar(text: &str) -> bool {
    let text = text.trim_end();
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    text.ends_with(['|', ':', ']']) || (before != text && before.ends_with(['|', '[', ':']))
}

fn bars_of_text(text: &str) -> usize {
    bars_played_once(&abc::read(text)).len()
}

/// Whether a note behind this text would begin the bar of that number.
fn begins_bar(text: &str, bar: usize) -> bool {
    // a bar's rest behind it: in a second ending it is counted no more
    at_bar(text)
        && bars_of_text(text) == bar - 1
        && bars_of_text(&format!("{}Z|", text.trim_end_matches(' '))) == bar
}
