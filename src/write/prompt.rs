//! How tunes begin: the tune that nobody hears, the first characters of each that counts, and the
//! header lines that are forced.
//!
//! A model that knows what its book has is never asked for less than a whole kind of tune: what
//! nobody wishes is drawn for each tune as often as the book has it, and both the unheard tune and
//! the one that counts have that rhythm, metre and key. Of a model that learned all notes on
//! one tonic these are the key's, and what it writes is moved to it.

use crate::learn::manner::Manner;
use crate::learn::material::with_own_keys;
use crate::learn::text::{UnknownCharacter, Vocabulary};
use crate::music::abc::Key;
use crate::music::corpus::{Kind, Mover, Tonic, Wish};

/// The header of a tune that nobody hears, in the canonical form, where no book says what it may be.
const OVERTURE: &str = "\n\nX:1\nT:The Jig\nR:jig\nM:6/8\nL:1/8\nK:G\n";

/// How every tune begins, in symbols of one vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prompt {
    /// How every tune begins; at least one symbol, but in front of prose.
    pub prime: Vec<u32>,
    /// How the tune that nobody hears begins: a header like those the model learned.
    pub overture: Vec<u32>,
    /// The blank line between two tunes: what the model hears before the prime if the unheard tune
    /// has to be cut.
    pub lead: Vec<u32>,
    /// Header lines to force, as field letter and the rest of the line in symbols, line break
    /// included: wherever the model begins such a line, this follows.
    pub forced: Vec<(char, Vec<u32>)>,
    /// What is asked of a model that knows its book or writes on one tonic.
    pub wish: Wish,
}

/// How one tune begins.
pub(crate) struct Beginning {
    /// As [`Prompt::overture`].
    pub(crate) overture: Vec<u32>,
    /// As [`Prompt::forced`].
    pub(crate) forced: Vec<(char, Vec<u32>)>,
    /// The key that is meant whatever key of its mode the model writes, if one is asked for.
    pub(crate) meant: Option<Key>,
    /// The rhythm in our spelling, if it is known.
    pub(crate) rhythm: Option<String>,
}

/// Why a tune cannot begin so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// A character that the model does not know.
    #[error(transparent)]
    Unknown(#[from] UnknownCharacter),
    /// A header line that is several.
    #[error("a header line must be one line; leave the rest out")]
    SeveralLines,
}

impl Prompt {
    /// What a model of this vocabulary begins with if nobody asks for anything: `X:` and, before
    /// it, a jig in G that nobody hears.
    ///
    /// # Panics
    /// If the vocabulary is empty.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        assert!(!vocabulary.is_empty(), "a vocabulary without any symbol");
        // a model of something else than ABC may not know these
        let known = |text: &str| vocabulary.encode(text).ok();
        Self {
            prime: known("X:").or_else(|| known("X")).unwrap_or_else(|| vec![0]),
            overture: known(OVERTURE).or_else(|| known("\n\n")).unwrap_or_default(),
            lead: known("\n\n").unwrap_or_default(),
            forced: Vec::new(),
            wish: Wish::default(),
        }
    }

    /// What a model begins with that learned no tunes: nothing but, before it, the end of a paragraph
    /// and one that nobody hears. It is for [`Options::length`](super::generate::Options::length).
    pub fn prose(vocabulary: &Vocabulary) -> Self {
        let known = |text: &str| vocabulary.encode(text).ok();
        let lead = known("\n\n").unwrap_or_default();
        let overture = lead.clone();
        Self { prime: Vec::new(), overture, lead, forced: Vec::new(), wish: Wish::default() }
    }

    /// Asks for a kind of tune: of a model that knows its book, and for the key of one that writes on
    /// one tonic.
    pub fn wish(self, wish: Wish) -> Self {
        Self { wish, ..self }
    }

    /// Begins each tune with `text`; nothing changes if that is empty.
    ///
    /// # Errors
    /// A character that the model does not know.
    pub fn prime(mut self, vocabulary: &Vocabulary, text: &str) -> Result<Self, UnknownCharacter> {
        if !text.is_empty() {
            self.prime = vocabulary.encode(text)?;
        }
        Ok(self)
    }

    /// Begins each tune with `text`, its notes moved to the tonic of the model; tunes will be in its
    /// key.
    ///
    /// # Errors
    /// A character that the model does not know.
    pub fn prime_in_key(
        mut self,
        vocabulary: &Vocabulary,
        text: &str,
        key: &Key,
        tonic: Tonic,
    ) -> Result<Self, UnknownCharacter> {
        let there = tonic.key(key.mode);
        let Some(mut mover) = there.and_then(|there| Mover::new(key, &there)) else {
            return self.prime(vocabulary, text);
        };
        let moved = mover.push(text) + &mover.finish();
        self.wish.key = Some(key.clone());
        self.prime(vocabulary, &with_own_keys(text, &moved))
    }

    /// How a tune begins that is drawn with these numbers in 0..1.
    pub(crate) fn beginning(
        &self,
        vocabulary: &Vocabulary,
        manner: &Manner,
        mut draw: impl FnMut() -> f64,
    ) -> Beginning {
        let Self { overture, forced, wish, .. } = self;
        let plain = Beginning {
            overture: overture.clone(),
            forced: forced.clone(),
            meant: wish.key.clone(),
            rhythm: wish.rhythm.clone(),
        };
        let drawn = manner.book.as_ref().map(|book| (book.draw(wish, draw()), book.word(draw())));
        let (kind, word) = drawn.unwrap_or((None, None));
        let key = kind.as_ref().map(|kind| &kind.key).or(wish.key.as_ref());
        let Some(key) = key else { return plain };
        header(vocabulary, key.name().unwrap_or_default(), kind.as_ref(), word, plain)
    }

    /// Forces the header line of `field` (`R`, `M`, `K`) wherever the model begins one.
    ///
    /// # Errors
    /// `line` has a line break within, or a character that the model does not know.
    pub fn force(
        mut self,
        vocabulary: &Vocabulary,
        field: char,
        line: &str,
    ) -> Result<Self, PromptError> {
        let line = line.trim();
        if line.contains('\n') {
            return Err(PromptError::SeveralLines);
        }
        self.forced.push((field, vocabulary.encode(&format!("{line}\n"))?));
        Ok(self)
    }
}

/// A beginning with this key and what else the kind says, in the header of the unheard tune too where
/// it says all; a line of which the model does not know a character is left out.
fn header(
    vocabulary: &Vocabulary,
    key: String,
    kind: Option<&Kind>,
    word: Option<&str>,
    mut beginning: Beginning,
) -> Beginning {
    let mut lines = Vec::new();
    if let Some(Kind { rhythm, meter, .. }) = kind {
        if !rhythm.is_empty() {
            lines.push(('R', rhythm.clone()));
        }
        lines.push(('M', meter.to_string()));
    }
    let fields: String = lines.iter().map(|(field, line)| format!("{field}:{line}\n")).collect();
    let of = |word: &str| {
        vocabulary.encode(&format!("\n\nX:1\nT:The {word}\n{fields}L:1/8\nK:{key}\n")).ok()
    };
    if let Some(kind) = kind {
        beginning.rhythm = Some(kind.rhythm_name().to_owned()).filter(|name| !name.is_empty());
        let overture = word.and_then(of).or_else(|| of("Jig"));
        beginning.overture = overture.unwrap_or(beginning.overture);
    }
    lines.push(('K', key));
    let forced = lines
        .iter()
        .filter_map(|(field, line)| Some((*field, vocabulary.encode(&format!("{line}\n")).ok()?)));
    // what was forced by name stands before what was drawn
    beginning.forced.extend(forced);
    beginning
}

#[cfg(test)]
mod tests {
    use super::{OVERTURE, Prompt, PromptError};
    use crate::learn::text::{UnknownCharacter, Vocabulary};
    use crate::music::abc;
    use crate::music::corpus::{EMBEDDED, canonical};

    #[test]
    fn the_unheard_tune_begins_as_the_tunes_that_the_model_learned() {
        let tune = OVERTURE.trim_start().to_owned() + "G3 G3|A3 A3|B3 B3|G6|]\n";
        assert_eq!(canonical(&abc::read(&tune), Some("jig")).map(|c| c.text), Ok(tune));
        for (learned, overture, lead) in [
            (EMBEDDED, OVERTURE, "\n\n"),
            ("X:1\nK:D\nABc|\n\n", "\n\n", "\n\n"),
            ("no line break", "", ""),
        ] {
            let vocabulary = Vocabulary::of(learned);
            let prompt = Prompt::new(&vocabulary);
            let text = |symbols: Vec<u32>| -> String {
                symbols.into_iter().map(|symbol| vocabulary.char_of(symbol)).collect()
            };
            assert_eq!((&*text(prompt.overture), &*text(prompt.lead)), (overture, lead));
        }
    }

    #[test]
    fn what_cannot_begin_a_tune_is_told_apart() {
        let vocabulary = Vocabulary::of("\nX:KD");
        let prompt = || Prompt::new(&vocabulary);
        assert_eq!(prompt().prime(&vocabulary, "").map(|p| p.prime), Ok(prompt().prime));
        assert_eq!(prompt().prime(&vocabulary, "Xy"), Err(UnknownCharacter('y')));
        let unknown = PromptError::Unknown(UnknownCharacter('E'));
        assert_eq!(prompt().force(&vocabulary, 'K', "E"), Err(unknown));
        assert_eq!(prompt().force(&vocabulary, 'K', "D\nK"), Err(PromptError::SeveralLines));
        let line = vocabulary.encode("D\n").expect("its own characters");
        assert_eq!(prompt().force(&vocabulary, 'K', " D ").unwrap().forced, [('K', line)]);
    }
}
