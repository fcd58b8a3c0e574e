//! What the engraver gets of a tune's text, and what the text says of its making.

use crate::music::abc::Position;

/// The text with only those header fields and words that belong on staves. Every other line of
/// its header becomes a comment, and every directive (`%%`), which may bring its own fonts and
/// sizes, too; no place in the text moves.
pub(super) fn for_engraver(text: &str) -> String {
    let mut engraved = String::with_capacity(text.len());
    for line in text.trim_end().split_inclusive('\n') {
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
    }
    engraved
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

/// Places in a text as browsers count them: UTF-16 units from its beginning.
pub(super) struct Places(Vec<Vec<usize>>);

impl Places {
    pub(super) fn of(text: &str) -> Self {
        let mut at = 0;
        let mut place = |c: char| {
            at += c.len_utf16();
            at - c.len_utf16()
        };
        let lines = text.split_inclusive('\n');
        Self(lines.map(|line| line.chars().map(&mut place).collect()).collect())
    }

    pub(super) fn get(&self, at: Position) -> Option<usize> {
        self.0.get(at.line.checked_sub(1)?)?.get(at.column.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, comments, for_engraver};
    use crate::music::abc::Position;

    const TUNE: &str = "X:1\nT:Öd 🎻\n%\n%🎻 seed 7\n%%font x\nK:D\n% later\n🎻\"é\"A|\nw:la\n\n";

    #[test]
    fn the_engraver_gets_staves_and_no_place_moves() {
        let engraved = for_engraver(TUNE);
        let expected = "X:1\n%:Öd 🎻\n%\n%🎻 seed 7\n% font x\nK:D\n% later\n🎻\"é\"A|\nw:la";
        assert_eq!(engraved, expected);
    }

    #[test]
    fn only_plain_comments_of_the_header_are_provenance() {
        assert_eq!(comments(TUNE), ["🎻 seed 7"]);
    }

    #[test]
    fn places_are_those_of_a_browser() {
        let places = Places::of(TUNE);
        let place = |line, column| places.get(Position { line, column });
        let units = TUNE.split("A|").next().map(|before| before.encode_utf16().count());
        assert_eq!(place(8, 5), units);
        assert_eq!(
            (place(1, 1), place(0, 1), place(8, 99), place(99, 1)),
            (Some(0), None, None, None)
        );
    }
}
