//! What the engraver gets of a tune's text, and what the text says of its making.

use crate::music::abc::{Position, Written};

/// The text with only those header fields and words that belong on staves. Every other line of
/// its header becomes a comment, and every directive (`%%`), which may bring its own fonts and
/// sizes, too; no place in the text moves, but for what its file says for all tunes: the engraver
/// wants that below `X:`.
pub(crate) fn for_engraver(written: &Written) -> String {
    let text = written.text().trim_end();
    let mut engraved = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut characters = line.chars();
        let (first, second) = (characters.next(), characters.next());
        let rest = characters.as_str();
        match (first, second) {
            (Some('%'), Some('%')) => {
                engraved.push_str("% ");
                engraved.push_str(rest);
            }
            (Some(letter), Some(':')) if is_elsewhere(letter) => {
                engraved.push_str("%:");
                engraved.push_str(rest);
            }
            _ => engraved.push_str(line),
        }
        if engraved.len() == line.len() {
            on_staves(written.head()).for_each(|line| engraved.push_str(line));
        }
    }
    engraved
}

/// The lines of a file's head that belong on staves.
fn on_staves(head: &str) -> impl Iterator<Item = &str> {
    head.split_inclusive('\n').filter(|line| !line.starts_with(|c| c == '%' || is_elsewhere(c)))
}

/// Whether a field is shown on the page by other means or not at all: title, composer, notes.
fn is_elsewhere(letter: char) -> bool {
    letter.is_ascii_alphabetic() && !"XMLKQPVUmIws".contains(letter)
}

/// The comment lines of the header: a generator says there what made the tune.
pub(super) fn comments(text: &str) -> Vec<&str> {
    let mut comments = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('%') {
            Some(comment) if !comment.starts_with('%') => comments.push(comment.trim()),
            _ if line.starts_with("K:") => break,
            _ => {}
        }
    }
    comments.retain(|comment| !comment.is_empty());
    comments
}

/// Whether a tune carries the comment that `generate` writes: `% hornpipe 0.1.0, ...`.
pub fn is_ours(text: &str) -> bool {
    let version = |comment: &str| {
        let word = comment.strip_prefix("hornpipe ")?.split(',').next()?;
        Some(word.contains('.') && word.split('.').all(|part| part.parse::<u32>().is_ok()))
    };
    comments(text).into_iter().filter_map(version).any(|is_version| is_version)
}

/// Places in what [`for_engraver`] gives as browsers count them, UTF-16 units from its beginning,
/// by places in the tune's own text.
pub(crate) struct Places(Vec<Vec<usize>>);

impl Places {
    pub(crate) fn of(written: &Written) -> Self {
        let mut at = 0;
        let mut place = |c: char| {
            at += c.len_utf16();
            at - c.len_utf16()
        };
        let head: usize = on_staves(written.head()).flat_map(str::chars).map(char::len_utf16).sum();
        let lines = written.text().split_inclusive('\n').enumerate();
        Self(
            lines
                .map(|(number, line)| {
                    let before = if number == 0 { 0 } else { head };
                    line.chars().map(|c| before + place(c)).collect()
                })
                .collect(),
        )
    }

    pub(crate) fn get(&self, at: Position) -> Option<usize> {
        self.0.get(at.line.checked_sub(1)?)?.get(at.column.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, comments, for_engraver, is_ours};
    use crate::music::abc::{Position, Written, written};

    const TUNE: &str = "X:1\nT:Öd 🎻\n%\n%🎻 seed 7\n%%font x\nK:D\n% later\n🎻\"é\"A|\nw:la\n\n";

    fn first(text: &str) -> Written<'_> {
        written(text).next().expect("a tune")
    }

    #[test]
    fn the_engraver_gets_staves_and_no_place_moves() {
        let engraved = for_engraver(&first(TUNE));
        let expected = "X:1\n%:Öd 🎻\n%\n%🎻 seed 7\n% font x\nK:D\n% later\n🎻\"é\"A|\nw:la";
        assert_eq!(engraved, expected);
    }

    #[test]
    fn what_a_file_says_for_all_stands_below_the_number() {
        let text = format!("Z:Øyvind\n%%font y\nL:1/4 %🎻\n\n{TUNE}");
        let tune = first(&text);
        let (plain, engraved) = (for_engraver(&first(TUNE)), for_engraver(&tune));
        assert_eq!(engraved, plain.replacen("X:1\n", "X:1\nL:1/4 %🎻\n", 1));
        let places = Places::of(&tune);
        let units = engraved.split("A|").next().map(|before| before.encode_utf16().count());
        assert_eq!(places.get(Position { line: 8, column: 5 }), units);
        assert_eq!(places.get(Position { line: 1, column: 1 }), Some(0));
    }

    #[test]
    fn only_plain_comments_of_the_header_are_provenance() {
        assert_eq!(comments(TUNE), ["🎻 seed 7"]);
    }

    #[test]
    fn a_hornpipe_is_not_yet_one_of_ours() {
        let text = |comment: &str| format!("X:1\n%{comment}\nT:a\nK:C\n% hornpipe 1.0, x\nC|\n");
        for ours in [" hornpipe 0.1.0, weights 86cf", "hornpipe 12.0.3, x"] {
            assert!(is_ours(&text(ours)), "{ours}");
        }
        for other in ["", " hornpipe", " hornpipe 2:1", " hornpipe 4/4, old", "% hornpipe 0.1.0, x"]
        {
            assert!(!is_ours(&text(other)), "{other}");
        }
    }

    #[test]
    fn places_are_those_of_a_browser() {
        let places = Places::of(&first(TUNE));
        let place = |line, column| places.get(Position { line, column });
        let units = TUNE.split("A|").next().map(|before| before.encode_utf16().count());
        assert_eq!(place(8, 5), units);
        assert_eq!(
            (place(1, 1), place(0, 1), place(8, 99), place(99, 1)),
            (Some(0), None, None, None)
        );
    }
}
