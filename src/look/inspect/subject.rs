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
    /// Characters that the model does not know, each once in their order, and how many of them stood
    /// in the text: they are left out.
    left_out: (Vec<char>, usize),
}

impl Subject {
    /// A tune, brought into the form that a model of this manner learned.
    pub fn tune(written: &Written, vocabulary: &Vocabulary, manner: &Manner) -> Self {
        let mut heard = Heard::new(written, vocabulary, manner);
        let mut left_out = (Vec::new(), 0);
        // in a tune that is moved the letters differ line by line; it is in a form that models know
        if heard.text == heard.sounding {
            let before = heard.text.chars().take(heard.header);
            heard.header = before.filter(|c| vocabulary.symbol(*c).is_some()).count();
            (heard.text, left_out) = known(&heard.text, vocabulary);
            heard.sounding.clone_from(&heard.text);
        }
        let (text, whole) = cut(to_its_end(&heard.text));
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
            left_out,
        }
    }

    /// A text that is no tune, as it is but for what a model of this vocabulary does not know.
    pub fn text(title: impl Into<String>, text: &str, vocabulary: &Vocabulary) -> Self {
        let (text, left_out) = known(text, vocabulary);
        let (text, whole) = cut(&text);
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
            left_out,
        }
    }

    /// How many characters were left out because the model does not know them, and the first few.
    pub fn unknown(&self) -> Option<String> {
        const NAMED: usize = 8;
        let (distinct, count) = &self.left_out;
        let first: Vec<String> = distinct.iter().take(NAMED).map(|c| format!("{c:?}")).collect();
        let more = if distinct.len() > NAMED { ", ..." } else { "" };
        let s = if *count == 1 { "" } else { "s" };
        (*count > 0).then(|| format!("{count} character{s} ({}{more})", first.join(", ")))
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

/// A text without the characters that a vocabulary lacks: which, and how many.
fn known(text: &str, vocabulary: &Vocabulary) -> (String, (Vec<char>, usize)) {
    let (mut distinct, mut count) = (Vec::new(), 0);
    let mut knows = |c: &char| {
        let knows = vocabulary.symbol(*c).is_some();
        if !knows {
            count += 1;
            if !distinct.contains(c) {
                distinct.push(*c);
            }
        }
        knows
    };
    let known = text.chars().filter(|c| knows(c)).collect();
    (known, (distinct, count))
}

/// A tune up to the blank line that ends it, without what stands behind that.
fn to_its_end(text: &str) -> &str {
    let (mut end, mut in_music) = (0, false);
    for line in text.split_inclusive('\n') {
        end += line.len();
        if in_music && line.trim().is_empty() {
            break;
        }
        in_music |= line.starts_with("K:");
    }
    &text[..end]
}

/// As much of a text as is looked at, up to the end of a line where there is one; and how many
/// characters it has.
fn cut(text: &str) -> (String, usize) {
    let whole = text.chars().count();
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return (text.to_owned(), whole) };
    let line_end = text[..end].rfind('\n').map(|at| at + 1);
    // one long line is cut where it is
    let end = line_end.filter(|at| 2 * at > end).unwrap_or(end);
    (text[..end].to_owned(), whole)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, cut, known, to_its_end};
    use crate::learn::text::Vocabulary;

    #[test]
    fn what_a_model_does_not_know_is_left_out_and_counted() {
        let (text, left_out) = known("aébécé", &Vocabulary::of("abz"));
        assert_eq!((text.as_str(), left_out), ("ab", (vec!['é', 'c'], 4)));
    }

    #[test]
    fn a_tune_ends_at_the_blank_line_behind_its_music() {
        for (text, end) in [
            ("X:1\n\nK:G\nA|\nB|\n\nprose\n\n", "X:1\n\nK:G\nA|\nB|\n\n"),
            ("X:1\nK:G\nA|", "X:1\nK:G\nA|"),
            ("X:1\nA|\n\nB|\n", "X:1\nA|\n\nB|\n"),
        ] {
            assert_eq!(to_its_end(text), end);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_the_end_of_a_line_if_it_has_one() {
        let line = "é".repeat(LONGEST);
        assert_eq!(cut(&line), (line.clone(), LONGEST));
        assert_eq!(cut(&format!("{line}x")), (line.clone(), LONGEST + 1));
        let half = "é".repeat(LONGEST / 2);
        let lines = format!("{half}\n{half}");
        assert_eq!(cut(&lines), (format!("{half}\n"), LONGEST + 1));
        let (text, whole) = cut(&format!("é\né\n{line}"));
        assert_eq!((text.chars().count(), whole), (LONGEST, LONGEST + 4));
    }
}
