//! The form of a tune: `AABB`.

use std::fmt;
use std::str::FromStr;

use crate::music::judge::PartForm;

/// Bars of a part that nobody gives another number of.
const BARS: usize = 8;
/// Parts that a form may have, and bars that a part may.
const MOST_PARTS: usize = 16;
const MOST_BARS: usize = 64;

/// The parts of a tune, in order.
///
/// ```
/// use hornpipe::music::wishes::Form;
///
/// let form: Form = "AABB".parse().unwrap();
/// let times: Vec<_> = form.parts().iter().map(|part| (part.bars, part.times)).collect();
/// assert_eq!(times, [(8, Some(2)), (8, Some(2))]);
/// assert_eq!(form.with_bars(&[8, 16]).unwrap().parts()[1].bars, 16);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(Vec<PartForm>);

/// Why a text or some numbers are no form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// A character that is no capital letter, or no letter at all.
    #[error("'{0}' is no form; write a letter for each part, twice if it is repeated: AABB")]
    NotLetters(String),
    /// A part that is played more than twice in a row, or comes back later.
    #[error(
        "part {0} comes more than twice, or comes back; a letter stands once, or twice in a row"
    )]
    ComesBack(char),
    /// Lengths for another number of parts.
    #[error("{form} parts of the form, but lengths of {lengths}")]
    OtherLengths {
        /// Parts of the form.
        form: usize,
        /// Lengths given.
        lengths: usize,
    },
    /// More or fewer parts or bars than a tune has.
    #[error("a tune has 1 to {MOST_PARTS} parts of 1 to {MOST_BARS} bars")]
    OutOfBounds,
}

impl Form {
    /// Parts of so many full bars, each played as often as it comes.
    ///
    /// # Errors
    /// No part, or too many; a part without bars, or with too many.
    pub fn of_bars(bars: &[usize]) -> Result<Self, FormError> {
        let few = (1..=MOST_PARTS).contains(&bars.len());
        if !few || !bars.iter().all(|bars| (1..=MOST_BARS).contains(bars)) {
            return Err(FormError::OutOfBounds);
        }
        Ok(Self(bars.iter().copied().map(PartForm::of).collect()))
    }

    /// The same parts with so many bars each.
    ///
    /// # Errors
    /// Another number of lengths than of parts, or as [`Form::of_bars`].
    pub fn with_bars(self, bars: &[usize]) -> Result<Self, FormError> {
        let Self(mut parts) = self;
        if parts.len() != bars.len() {
            return Err(FormError::OtherLengths { form: parts.len(), lengths: bars.len() });
        }
        Self::of_bars(bars)?;
        parts.iter_mut().zip(bars).for_each(|(part, bars)| part.bars = *bars);
        Ok(Self(parts))
    }

    /// The parts.
    pub fn parts(&self) -> &[PartForm] {
        &self.0
    }
}

/// A letter for each part, twice where it is played twice.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ('A'..='Z').zip(&self.0).try_for_each(|(letter, part)| {
            f.write_str(&letter.to_string().repeat(part.times.unwrap_or(1)))
        })
    }
}

impl FromStr for Form {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for letter in text.trim().chars() {
            let letter = letter.to_ascii_uppercase();
            if !letter.is_ascii_uppercase() {
                return Err(FormError::NotLetters(text.chars().take(20).collect()));
            }
            let known = runs.iter().any(|(known, _)| *known == letter);
            match runs.last_mut() {
                Some((last, times)) if *last == letter && *times < 2 => *times += 1,
                _ if known => return Err(FormError::ComesBack(letter)),
                _ => runs.push((letter, 1)),
            }
        }
        match runs.len() {
            0 => Err(FormError::NotLetters(String::new())),
            1..=MOST_PARTS => {
                Ok(Self(runs.iter().map(|(_, times)| PartForm::of(BARS).times(*times)).collect()))
            }
            _ => Err(FormError::OutOfBounds),
        }
    }
}
