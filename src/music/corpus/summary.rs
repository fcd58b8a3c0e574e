//! What kinds of tunes a text has, and how many of each.
//!
//! As JSON it is `{"tunes":636,"kinds":[["jig","6/8","G",126],...],"words":[["The",401],...]}`, the
//! most frequent first.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::rhythm::rhythm_name;
use crate::music::abc::{self, Key, Meter, Mode, Tune, Written};

/// Words of titles that are kept.
const MOST_WORDS: usize = 1000;
/// Characters of a rhythm or a word.
const LONGEST_NAME: usize = 64;
/// Kinds and words that a summary from elsewhere may have.
const MOST_ENTRIES: usize = 100_000;

/// What the header of a tune says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kind {
    /// As `R:` says it; empty without one.
    pub rhythm: String,
    /// The metre.
    pub meter: Meter,
    /// Tonic and mode; it has a [`Key::name`].
    pub key: Key,
}

/// What is asked of a kind; nothing, unless told otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Its rhythm, in our spelling.
    pub rhythm: Option<String>,
    /// Its metre.
    pub meter: Option<Meter>,
    /// Its mode.
    pub mode: Option<Mode>,
    /// Its key: the mode must be the book's, the tonic may be any.
    pub key: Option<Key>,
}

impl Kind {
    /// The rhythm in our spelling, where we know it.
    pub fn rhythm_name(&self) -> &str {
        rhythm_name(&self.rhythm, Some(self.meter)).unwrap_or(&self.rhythm)
    }
}

impl Wish {
    /// Whether a kind is what is asked for.
    pub fn fits(&self, kind: &Kind) -> bool {
        let mode = self.key.as_ref().map(|key| key.mode);
        self.rhythm.as_ref().is_none_or(|rhythm| *rhythm == kind.rhythm_name())
            && self.meter.is_none_or(|meter| meter == kind.meter)
            && self.mode.iter().chain(&mode).all(|mode| *mode == kind.key.mode)
    }
}

/// The tunes of a text by kind, and the words of their titles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Summary {
    tunes: u32,
    /// The most frequent first.
    kinds: Vec<(Kind, u32)>,
    words: Vec<(String, u32)>,
}

/// What is wrong with a summary that was read from a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// More kinds or words than any book has.
    #[error("the summary of the book has more than {MOST_ENTRIES} kinds of tunes or words")]
    TooMany,
    /// A kind or a word that no book has; what is wrong with it.
    #[error("the summary of the book has {0}")]
    Entry(String),
}

impl Summary {
    /// Counts the tunes of a text, as [`abc::written`] finds them.
    pub fn new(text: &str) -> Self {
        let tunes: Vec<Written<'_>> = abc::written(text).collect();
        // a few thousand at a time: what is read of a tune takes more room than its text
        let mut kinds = BTreeMap::new();
        let mut words = BTreeMap::new();
        let mut count = 0_u32;
        for some in tunes.chunks(1 << 12) {
            let read: Vec<_> = some.par_iter().map(|tune| of_tune(&tune.read())).collect();
            for (kind, title) in read {
                count = count.saturating_add(1);
                if let Some(kind) = kind {
                    *kinds.entry(kind).or_insert(0_u32) += 1;
                }
                for word in title {
                    *words.entry(word).or_insert(0_u32) += 1;
                }
            }
        }
        let kinds = most_frequent(kinds)
            .into_iter()
            .filter_map(|((rhythm, meter, key), count)| Some((kind(rhythm, &meter, &key)?, count)));
        let mut words = most_frequent(words);
        words.truncate(MOST_WORDS);
        Self { tunes: count, kinds: kinds.collect(), words }
    }

    /// Tunes of the text, those of no kind too: they lack a metre, or their key is more than a tonic
    /// and a mode.
    pub fn tunes(&self) -> usize {
        self.tunes as usize
    }

    /// The kinds with their counts, the most frequent first.
    pub fn kinds(&self) -> impl Iterator<Item = (&Kind, usize)> {
        self.kinds.iter().map(|(kind, count)| (kind, *count as usize))
    }

    /// Whether it has no kind of tune.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The same of some kinds alone.
    pub(crate) fn only(&self, keep: impl Fn(&Kind) -> bool) -> Self {
        let kinds = self.kinds.iter().filter(|(kind, _)| keep(kind)).cloned().collect();
        Self { kinds, ..self.clone() }
    }

    /// The same, and in its titles the words of another book too, as far as there is room for them.
    pub fn with_words_of(mut self, other: &Self) -> Self {
        for (word, count) in &other.words {
            let has = self.words.iter().position(|(own, _)| own == word);
            if let Some(at) = has {
                self.words[at].1 = self.words[at].1.saturating_add(*count);
            } else if self.words.len() < MOST_WORDS {
                self.words.push((word.clone(), *count));
            }
        }
        self.words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self
    }

    /// The words of its titles, the most frequent first.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|(word, _)| word.as_str())
    }

    /// A kind that fits the wish, each as often as the book has it; `u` is in 0..1. With a key
    /// wished it is in that key where the book has such, else in another of its mode. `None` if the
    /// book has no such kind.
    pub fn draw(&self, wish: &Wish, u: f64) -> Option<Kind> {
        let fitting = || self.kinds.iter().filter(|(kind, _)| wish.fits(kind));
        let in_key = fitting().filter(|(kind, _)| Some(&kind.key) == wish.key.as_ref());
        drawn(in_key, u).or_else(|| drawn(fitting(), u)).cloned()
    }

    /// A word of a title, each as often as the book has it; `u` is in 0..1.
    pub fn word(&self, u: f64) -> Option<&str> {
        drawn(self.words.iter(), u).map(String::as_str)
    }

    /// The rhythms of what fits the wish, the most frequent first.
    pub fn rhythms(&self, wish: &Wish) -> Vec<&str> {
        let mut rhythms = self.by_count(wish, Kind::rhythm_name);
        rhythms.retain(|name| !name.is_empty());
        rhythms
    }

    /// The metres of what fits the wish, the most frequent first.
    pub fn meters(&self, wish: &Wish) -> Vec<Meter> {
        self.by_count(wish, |kind| kind.meter)
    }

    /// The modes of what fits the wish, the most frequent first.
    pub fn modes(&self, wish: &Wish) -> Vec<Mode> {
        self.by_count(wish, |kind| kind.key.mode)
    }

    /// Different values of the kinds that fit, the most frequent first; of equally frequent ones
    /// that of the more frequent kind.
    fn by_count<'a, T: PartialEq>(&'a self, wish: &Wish, value: impl Fn(&'a Kind) -> T) -> Vec<T> {
        let mut counts: Vec<(T, u64)> = Vec::new();
        for (kind, count) in self.kinds.iter().filter(|(kind, _)| wish.fits(kind)) {
            let value = value(kind);
            match counts.iter_mut().find(|(other, _)| *other == value) {
                Some((_, sum)) => *sum += u64::from(*count),
                None => counts.push((value, u64::from(*count))),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.into_iter().map(|(value, _)| value).collect()
    }
}

/// One of the things, each as often as its count says.
fn drawn<'a, T: 'a>(counts: impl Iterator<Item = &'a (T, u32)> + Clone, u: f64) -> Option<&'a T> {
    let sum: u64 = counts.clone().map(|(_, count)| u64::from(*count)).sum();
    // at most 2^49: exact
    let mut left = ((u * sum as f64) as u64).min(sum.saturating_sub(1));
    for (thing, count) in counts {
        match left.checked_sub(u64::from(*count)) {
            Some(less) => left = less,
            None => return Some(thing),
        }
    }
    None
}

/// What a tune counts as: rhythm, metre and key, if it has the last two; and the words of its title.
type OfTune = (Option<(String, String, String)>, Vec<String>);

fn of_tune(tune: &Tune) -> OfTune {
    let rhythm = tune.header('R').unwrap_or_default().trim();
    let rhythm = if is_name(rhythm) { rhythm.to_owned() } else { String::new() };
    let kind = Some(rhythm).zip(tune.meter).zip(tune.key.name());
    let words = tune.header('T').unwrap_or_default().split_whitespace();
    let words = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    (
        kind.map(|((rhythm, meter), key)| (rhythm, meter.to_string(), key)),
        words.filter(|word| is_name(word)).map(str::to_owned).collect(),
    )
}

/// Whether a text can stand in a header: not empty, not long, without line breaks.
fn is_name(text: &str) -> bool {
    let short = text.chars().nth(LONGEST_NAME).is_none();
    short && !text.trim().is_empty() && !text.contains(char::is_control)
}

/// The kind whose metre and key are so written.
fn kind(rhythm: String, meter: &str, key: &str) -> Option<Kind> {
    let meter = Meter::parse(meter).ok()??;
    let key = Key::parse(key).ok().filter(|parsed| parsed.name().as_deref() == Some(key))?;
    Some(Kind { rhythm, meter, key })
}

/// The counts, the most frequent first; of equally frequent things the lesser.
fn most_frequent<T: Ord>(counts: BTreeMap<T, u32>) -> Vec<(T, u32)> {
    let mut counts: Vec<(T, u32)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// A summary as it stands in files.
#[derive(Serialize, Deserialize)]
struct Plain {
    tunes: u32,
    kinds: Vec<(String, String, String, u32)>,
    words: Vec<(String, u32)>,
}

impl From<Summary> for Plain {
    fn from(summary: Summary) -> Self {
        let plain = |(kind, count): (Kind, u32)| {
            let key = kind.key.name().unwrap_or_default();
            (kind.rhythm, kind.meter.to_string(), key, count)
        };
        let kinds = summary.kinds.into_iter().map(plain).collect();
        Self { tunes: summary.tunes, kinds, words: summary.words }
    }
}

impl TryFrom<Plain> for Summary {
    type Error = SummaryError;

    fn try_from(plain: Plain) -> Result<Self, SummaryError> {
        if plain.kinds.len().max(plain.words.len()) > MOST_ENTRIES {
            return Err(SummaryError::TooMany);
        }
        let wrong = |what: &str, name: &str| {
            let name: String = name.chars().take(20).collect();
            SummaryError::Entry(format!("{what} '{}'", name.escape_debug()))
        };
        let mut kinds = Vec::with_capacity(plain.kinds.len());
        for (rhythm, meter, key, count) in plain.kinds {
            if !rhythm.is_empty() && !is_name(&rhythm) {
                return Err(wrong("an odd rhythm", &rhythm));
            }
            let named = format!("{rhythm} {meter} {key}");
            let kind = kind(rhythm, &meter, &key);
            let kind = kind.ok_or_else(|| wrong("an odd metre or key", &named))?;
            if count == 0 {
                return Err(wrong("no tune of its kind", &named));
            }
            kinds.push((kind, count));
        }
        if kinds.iter().map(|(_, count)| u64::from(*count)).sum::<u64>() > plain.tunes.into() {
            return Err(SummaryError::Entry("more tunes of its kinds than tunes".to_owned()));
        }
        if let Some((word, _)) = plain.words.iter().find(|(word, n)| *n == 0 || !is_name(word)) {
            return Err(wrong("an odd word or count", word));
        }
        Ok(Self { tunes: plain.tunes, kinds, words: plain.words })
    }
}
