//! Which lines of a text are a tune, and what the head of a file says for all its tunes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::read::read;
use super::tune::{Problem, Tune};

/// Fields that hold for all tunes of a file where they stand in its head (standard 2.1, section 3).
pub(super) const FOR_ALL: &str = "ABCDFGHILMmNORSUZ";

/// Bytes of a file's head that are kept: every tune is read with them.
const LONGEST_HEAD: usize = 4096;

/// What can be read as a tune: its text alone, or as it is written in a file.
pub trait AsTune: Sync {
    /// Its text from its `X:` line on.
    fn text(&self) -> &str;

    /// The tune.
    fn read(&self) -> Tune;
}

impl AsTune for str {
    fn text(&self) -> &str {
        self
    }

    fn read(&self) -> Tune {
        read(self)
    }
}

impl AsTune for String {
    fn text(&self) -> &str {
        self
    }

    fn read(&self) -> Tune {
        read(self)
    }
}

impl<T: AsTune + ?Sized> AsTune for &T {
    fn text(&self) -> &str {
        (**self).text()
    }

    fn read(&self) -> Tune {
        (**self).read()
    }
}

/// A tune as it is written in a file.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    text: &'a str,
    head: Arc<str>,
    line: usize,
}

impl<'a> Written<'a> {
    /// Its text from its `X:` line on.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Lines at the beginning of the file that hold for all its tunes, each with its line feed.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The tune with what holds for all tunes of its file; lines count from its `X:` line.
    pub fn read(&self) -> Tune {
        read(&self.whole())
    }

    /// The text to read it from: the head of the file, then its own.
    pub fn whole(&self) -> Cow<'a, str> {
        match &*self.head {
            "" => Cow::Borrowed(self.text),
            head => Cow::Owned([head, self.text].concat()),
        }
    }

    /// A problem of the tune with its place in the file.
    pub fn placed(&self, mut problem: Problem) -> Problem {
        problem.at.line += self.line;
        problem
    }
}

impl AsTune for Written<'_> {
    fn text(&self) -> &str {
        self.text
    }

    fn read(&self) -> Tune {
        Written::read(self)
    }
}

/// The tunes of a file's text, as [`tunes`] divides it, each with what the file says for all.
///
/// The head of a file are its lines up to a blank one or the first `X:`; blank lines between comments
/// before it end nothing. Fields that may stand there
/// hold for all tunes, as far as they fit into 4 kB, and so do directives (`%%`); prose is passed
/// over.
pub fn written(text: &str) -> impl Iterator<Item = Written<'_>> {
    let head: Arc<str> = head(text).into();
    let mut line = 0;
    let mut lines_to = 0;
    spans(text).map(move |Range { start, end }| {
        line += text[lines_to..start].bytes().filter(|byte| *byte == b'\n').count();
        lines_to = start;
        Written { text: &text[start..end], head: Arc::clone(&head), line }
    })
}

/// The lines of a file's head that hold for all tunes.
fn head(text: &str) -> String {
    let mut head = String::new();
    let mut in_block = false; // %%begintext and its like, up to %%endtext
    let mut begun = false;
    for line in text.split_inclusive('\n').take_while(|line| !line.starts_with("X:")) {
        if line.trim().is_empty() {
            if begun {
                break;
            }
            continue;
        }
        begun |= !line.starts_with('%');
        in_block |= line.starts_with("%%begin");
        let fits = head.len() + line.len() <= LONGEST_HEAD;
        let is_field =
            line.starts_with(|letter| FOR_ALL.contains(letter)) && line[1..].starts_with(':');
        if fits && !in_block && (is_field || line.starts_with("%%")) && line.ends_with('\n') {
            head.push_str(line);
        }
        in_block &= !line.starts_with("%%end");
    }
    head
}

/// The tunes of a text: each runs from one line starting `X:` to the next such line or the end.
///
/// What stands before the first `X:` belongs to no tune; [`written`] knows what it says. Blank lines
/// at the end of a tune belong to it, so the tunes of a text are contiguous.
pub fn tunes(text: &str) -> Vec<&str> {
    spans(text).map(|span| &text[span]).collect()
}

/// Ends `text` with the blank line that divides tunes, where it does not.
pub(crate) fn end_with_blank_line(text: &mut String) {
    while !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// The byte ranges of [`tunes`] in `text`.
pub fn tune_spans(text: &str) -> Vec<Range<usize>> {
    spans(text).collect()
}

/// The same, one after the other.
fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let next = |from: usize| text[from..].find("\nX:").map(|at| from + at + 1);
    let first = if text.starts_with("X:") { Some(0) } else { next(0) };
    let starts = std::iter::successors(first, move |&start| next(start));
    let mut starts = starts.peekable();
    std::iter::from_fn(move || {
        let start = starts.next()?;
        Some(start..starts.peek().copied().unwrap_or(text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::{AsTune, LONGEST_HEAD, tune_spans, tunes, written};
    use crate::music::abc::{LONGEST_TUNE, Meter, Position, Problem};

    #[test]
    fn tunes_begin_at_lines_with_x_and_nowhere_else() {
        for (text, starts) in [
            ("", &[][..]),
            ("A\nT:X:1\n X:1\n", &[]),
            ("X:1", &[0]),
            ("X:1\nX:2\n\nX:", &[0, 4, 9]),
            ("A\n\nX:1\nX\n:X:2\n", &[3]),
        ] {
            let spans = tune_spans(text);
            assert_eq!(spans.iter().map(|span| span.start).collect::<Vec<_>>(), starts, "{text:?}");
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            assert!(spans.iter().map(|span| span.end).eq(ends.take(starts.len())));
            let parts: Vec<&str> = spans.into_iter().map(|span| &text[span]).collect();
            assert_eq!(tunes(text), parts);
            assert_eq!(written(text).map(|tune| tune.text()).collect::<Vec<_>>(), parts);
        }
    }

    #[test]
    fn the_head_of_a_file_holds_for_its_tunes_and_places_are_the_files() {
        let head =
            "%abc\nM:3/4\nMy tunes\nT:mine\nw:la\n%%begintext\nL:1/2\n%%endtext\n%%x\nL:1/4\n";
        let text = format!("\n{head}\nM:2/4\n\nX:1\nK:C\nA\n\nX:2\nM:6/8\nK:C\nA\n");
        let all: Vec<_> = written(&text).collect();
        assert!(all.iter().all(|tune| tune.head() == "M:3/4\n%%x\nL:1/4\n"), "{:?}", all[0].head());
        assert_eq!(all[0].read().meter, Meter::parse("3/4").expect("a metre"));
        assert_eq!(all[1].read().meter, Meter::parse("6/8").expect("a metre"));
        let problem = Problem { at: Position { line: 2, column: 7 }, message: String::new() };
        let lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        for tune in &all {
            let at = tune.placed(problem.clone()).at;
            assert_eq!(lines[at.line - 1], tune.text().lines().nth(1).expect("two lines"));
            assert_eq!(at.column, 7);
        }
        // without a blank line it ends at the first tune
        let at_once =
            written("M:3/4\nX:1\nK:C\nA\n\nL:1/4\nX:2\n").map(|tune| tune.head().to_owned());
        assert_eq!(at_once.collect::<Vec<_>>(), ["M:3/4\n"; 2]);
    }

    #[test]
    fn comments_before_the_head_do_not_end_it() {
        for (text, head) in [
            ("%abc-2.1\n\n%%x\n\nL:1/4\n\nX:1\n", "%%x\nL:1/4\n"),
            ("My book\n\nL:1/4\n\nX:1\n", ""),
            ("M:3/4\n\nL:1/4\n\nX:1\n", "M:3/4\n"),
        ] {
            assert_eq!(written(text).next().expect("a tune").head(), head, "{text}");
        }
    }

    #[test]
    fn a_long_head_is_cut_at_a_line() {
        let text =
            format!("{}N:{}\nL:1/4\n\nX:1\n", "U:h=!fermata!\n".repeat(280), "é".repeat(9999));
        let tune = written(&text).next().expect("a tune");
        assert!(tune.head().len() <= LONGEST_HEAD && tune.head().ends_with("fermata!\nL:1/4\n"));
    }

    #[test]
    fn of_a_tune_that_is_too_long_the_header_is_read() {
        let tune = |length: usize| {
            let start = "X:7\nT:Long\nK:C\nCDE|\n%";
            start.to_owned() + &"C".repeat(length - start.len())
        };
        let (fits, long) = (tune(LONGEST_TUNE), tune(LONGEST_TUNE + 1));
        assert_eq!(fits.read().too_long.map(|problem| problem.message), None);
        let long = long.read();
        assert!(long.too_long.is_some() && long.problems.len() == 1);
        assert_eq!((long.header('X'), long.header('T')), (Some("7"), Some("Long")));
        let one_line = "é".repeat(LONGEST_TUNE);
        assert!(one_line.read().too_long.is_some());
    }
}
