//! How tunes are to be written, and what is told of them.

use super::prompt::Prompt;
use super::titles::Titles;
use crate::learn::manner::Manner;
use crate::learn::text::{UnknownCharacter, Vocabulary};
use crate::music::wishes::{WishError, Wishes};

/// How characters are drawn and how the tunes begin.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Divides the logits: below 1 bolder towards the likely, above 1 towards the unlikely;
    /// 0 always takes the most likely symbol.
    pub temperature: f64,
    /// Draw only from this many most likely symbols.
    pub top_k: Option<usize>,
    /// Draw only from the most likely symbols that together reach this probability.
    pub top_p: Option<f64>,
    /// Seed of the tunes.
    pub seed: u64,
    /// A tune is cut after so many characters.
    pub max_length: usize,
    /// So many characters are written, wherever tunes end in them: for texts without an end.
    pub length: Option<usize>,
    /// How every tune begins.
    pub prompt: Prompt,
    /// What must be known of the model to ask it.
    pub manner: Manner,
    /// The words of which titles are made; with none they are as the model draws them.
    pub titles: Option<Titles>,
    wishes: Wishes,
}

/// Why a model cannot be asked for something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// No tune of its book can be that.
    #[error(transparent)]
    Wish(#[from] WishError),
    /// A character that the model does not know.
    #[error(transparent)]
    Unknown(#[from] UnknownCharacter),
}

impl Options {
    /// Tunes of seed 1 at temperature 0.8, cut after 2,000 characters.
    pub fn new(prompt: Prompt) -> Self {
        Self {
            temperature: 0.8,
            top_k: None,
            top_p: None,
            seed: 1,
            max_length: 2000,
            length: None,
            prompt,
            manner: Manner::plain(),
            titles: None,
            wishes: Wishes::new(),
        }
    }

    /// Sets what must be known of the model to ask it.
    ///
    /// # Panics
    /// If wishes are set already: what the model knows of its book decides which can be kept.
    pub fn manner(self, manner: Manner) -> Self {
        assert!(self.wishes.is_empty(), "a manner that is set behind the wishes");
        Self { manner, ..self }
    }

    /// Sets what every tune must be. What is not wished of its kind is drawn for each tune, of the kinds
    /// of the book of which a tune can keep the wishes.
    ///
    /// # Errors
    /// The book has no such kind, or something is to stand in the tune that the model cannot write.
    pub fn wishes(mut self, vocabulary: &Vocabulary, wishes: Wishes) -> Result<Self, AskError> {
        if let Some(stands) = wishes.what_stands() {
            vocabulary.encode(stands.text())?;
        }
        if let Some(book) = &self.manner.book {
            self.manner.book = Some(wishes.narrow(book)?);
        }
        self.prompt.wish = wishes.wished_kind().clone();
        Ok(Self { wishes, ..self })
    }

    /// What every tune must be.
    pub(super) fn wished(&self) -> &Wishes {
        &self.wishes
    }

    /// Sets the words of which titles are made. Another word is drawn anew, up to 200 times.
    pub fn titles(self, titles: Option<Titles>) -> Self {
        Self { titles, ..self }
    }

    /// Whether every draft of a tune is the same.
    pub(super) fn is_sure(&self) -> bool {
        self.temperature == 0.0 || self.top_k == Some(1)
    }

    /// Sets the temperature, from 0.
    pub fn temperature(self, temperature: f64) -> Self {
        Self { temperature, ..self }
    }

    /// Sets from how many of the most likely symbols to draw.
    pub fn top_k(self, top_k: Option<usize>) -> Self {
        Self { top_k, ..self }
    }

    /// Sets the probability that the symbols to draw from reach together.
    pub fn top_p(self, top_p: Option<f64>) -> Self {
        Self { top_p, ..self }
    }

    /// Sets the seed.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Refuses what no tune can be drawn by from a model of `vocab` symbols.
    pub(super) fn assert_fits(&self, vocab: usize) {
        let Self { temperature, top_k, top_p, prompt, .. } = self;
        let warm = temperature.is_finite() && *temperature >= 0.0;
        assert!(warm, "a temperature is a number from 0, not {temperature}");
        assert!(*top_k != Some(0), "none of the likeliest symbols to draw from");
        let shares = top_p.is_none_or(|p| p > 0.0 && p <= 1.0);
        assert!(shares, "a probability above 0 and up to 1, not {top_p:?}");
        let begins = !prompt.prime.is_empty() || self.length.is_some();
        assert!(begins, "a tune begins with something");
        let forced = prompt.forced.iter().map(|(_, line)| line);
        let texts = [&prompt.prime, &prompt.overture, &prompt.lead].into_iter().chain(forced);
        let known = texts.flatten().all(|&symbol| (symbol as usize) < vocab);
        assert!(known, "a prompt of symbols beyond a vocabulary of {vocab}");
    }

    /// Sets after how many characters a tune is cut.
    pub fn max_length(self, max_length: usize) -> Self {
        Self { max_length, ..self }
    }

    /// Sets how many characters are written, whatever they are.
    pub fn length(self, length: Option<usize>) -> Self {
        Self { length, ..self }
    }
}

/// What a tune has grown by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Growth<'a> {
    /// The tune, counted from 0.
    pub number: usize,
    /// The characters that are new.
    pub text: &'a str,
    /// Whether and how the tune is over.
    pub end: Option<End>,
    /// Which draft this is, from 1. Where something is wished a tune comes as a whole, and nothing of
    /// it when a draft was dropped.
    pub draft: usize,
}

/// How a tune ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model ended it.
    Whole,
    /// It was too long.
    Cut,
    /// No draft kept the wishes.
    GivenUp,
}
