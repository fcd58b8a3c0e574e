//! The text that is looked at, in the form in which the model is to read it.

use crate::engine::model::Model;
use crate::learn::manner::Manner;
use crate::learn::text::Vocabulary;
use crate::music::abc::{self, Tune, Written};
use crate::music::corpus::Wish;
use crate::write::surprise::{Heard, unheard};

/// Characters of a text that are looked at; what comes behind them is cut off.
pub const LONGEST: usize = 4000;

/// A tune as the model hears it, or another text as it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subject {
    /// What it is called.
    pub title: String,
    /// What the model reads, at most [`LONGEST`] characters.
    pub text: String,
    /// Characters before some were cut off.
    pub whole: usize,
    /// The tune that the text is, with what its file says for all; none for text that is no tune.
    pub tune: Option<Tune>,
    /// Characters before the music; 0 where none are told apart.
    pub header: usize,
    /// Notes that are struck.
    pub notes: usize,
    /// A tune in the canonical form of a book, which the model learned.
    pub in_form: bool,
    /// A tune that does not fit the form that the model learned, and so is read as it is written.
    pub as_written: bool,
    /// The tune as a score has it: `text` line by line, in the key that its notes are in, behind what
    /// its file says for all.
    pub(super) score: String,
    /// What the tune before it is to be.
    kind: Option<Wish>,
}

impl Subject {
    /// A tune, brought into the form that a model of this manner learned.
    pub fn tune(written: &Written, vocabulary: &Vocabulary, manner: &Manner) -> Self {
        let heard = Heard::new(written, vocabulary, manner);
        let (text, whole) = cut(&heard.text);
        let lines = heard.sounding.split_inclusive('\n').take(text.matches('\n').count());
        let sounding: String = if text.ends_with('\n') { lines.collect() } else { text.clone() };
        // a tune in canonical form says all by itself
        let own = manner.book.is_none() || heard.as_written;
        let head = if own { written.head() } else { "" };
        let score = format!("{head}{sounding}");
        let tune = abc::read(&score);
        // as its file has it, for the form leaves out numbers and signs
        let given = written.read();
        let title = given.header('T').filter(|title| !title.is_empty()).map(str::to_owned);
        Self {
            title: title.unwrap_or_else(|| "a tune without title".to_owned()),
            whole,
            header: heard.header.min(text.chars().count()),
            notes: if whole > LONGEST { tune.notes() } else { heard.notes },
            in_form: !own,
            as_written: heard.as_written,
            text,
            tune: Some(tune),
            score,
            kind: Some(heard.kind),
        }
    }

    /// A text that is no tune, as it is.
    pub fn text(title: impl Into<String>, text: &str) -> Self {
        let (text, whole) = cut(text);
        Self {
            title: title.into(),
            text,
            whole,
            tune: None,
            header: 0,
            notes: 0,
            in_form: false,
            as_written: false,
            score: String::new(),
            kind: None,
        }
    }

    /// Whether its notes are in another key than its `K:` says.
    pub(super) fn is_moved(&self) -> bool {
        self.tune.is_some() && !self.score.ends_with(&self.text)
    }

    /// Whether there are bars to be told apart.
    pub fn has_bars(&self) -> bool {
        self.tune.as_ref().is_some_and(|tune| !tune.bars.is_empty())
    }

    /// What leads to the text, in symbols: a tune of its kind that nobody hears, or nothing.
    pub(super) fn lead(
        &self,
        model: &Model<f32>,
        vocabulary: &Vocabulary,
        manner: &Manner,
    ) -> Vec<u32> {
        let kind = self.kind.as_ref();
        kind.map_or(Vec::new(), |kind| unheard(model, vocabulary, manner, kind))
    }
}

/// As much of a text as is looked at, up to the end of a line where there is one; and how many
/// characters it has.
fn cut(text: &str) -> (String, usize) {
    let whole = text.chars().count();
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return (text.to_owned(), whole) };
    let end = text[..end].rfind('\n').map_or(end, |at| at + 1);
    (text[..end].to_owned(), whole)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, cut};

    #[test]
    fn a_long_text_is_cut_at_the_end_of_a_line_if_it_has_one() {
        let line = "é".repeat(LONGEST);
        assert_eq!(cut(&line), (line.clone(), LONGEST));
        assert_eq!(cut(&format!("{line}x")), (line.clone(), LONGEST + 1));
        assert_eq!(cut(&format!("é\né\n{line}")), ("é\né\n".to_owned(), LONGEST + 4));
    }
}
