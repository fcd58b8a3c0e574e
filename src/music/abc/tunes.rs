//! Which lines of a text are a tune.

use std::ops::Range;

/// The tunes of a text: each runs from one line starting `X:` to the next such line or the end.
///
/// What stands before the first `X:` (a file header) belongs to no tune. Blank lines at the end of
/// a tune belong to it, so the tunes of a text are contiguous.
pub fn tunes(text: &str) -> Vec<&str> {
    tune_spans(text).into_iter().map(|span| &text[span]).collect()
}

/// Ends `text` with the blank line that divides tunes, where it does not.
pub(crate) fn end_with_blank_line(text: &mut String) {
    while !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// The byte ranges of [`tunes`] in `text`.
pub fn tune_spans(text: &str) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("X:") {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}
