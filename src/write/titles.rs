//! Titles of words that the book has: what a model draws letter by letter is mostly none.

use crate::music::corpus::{Summary, rhythm_name};
use std::sync::Arc;

/// Times that a word is drawn anew before the title is left as it comes. One word at a time: of whole
/// titles one in a hundred has no other word, and that is mostly "The Hornpipe".
pub(super) const MOST_REDRAWS: usize = 200;

/// The words of which titles may be made.
#[derive(Clone, Debug)]
pub struct Titles {
    /// In the order of their characters.
    words: Arc<[String]>,
}

impl Titles {
    /// The words of a book's titles; `None` of a book without any.
    pub fn of(book: &Summary) -> Option<Self> {
        let mut words: Vec<String> = book.words().map(str::to_owned).collect();
        words.sort_unstable();
        (!words.is_empty()).then(|| Self { words: words.into() })
    }

    /// Whether a title can begin so; with a line break at its end, whether it is one. No word stands
    /// twice in a row, and none names another dance than the tune is, if that is known.
    pub(super) fn may_begin(&self, title: &str, rhythm: Option<&str>) -> bool {
        let mut before = String::new();
        title.split_inclusive(char::is_whitespace).all(|word| {
            let is_over = word.ends_with(char::is_whitespace);
            let begun = word.trim_start_matches('(');
            let bare = begun.trim_end().trim_end_matches([',', '.', '!', '?', ')']);
            let next = self.words.partition_point(|known| known.as_str() < begun);
            let known = (bare.is_empty() && (!is_over || title == "\n"))
                || self.words.binary_search_by(|known| known.as_str().cmp(bare)).is_ok()
                || (!is_over && self.words.get(next).is_some_and(|w| w.starts_with(begun)));
            let again = is_over && !bare.is_empty() && bare.eq_ignore_ascii_case(&before);
            bare.clone_into(&mut before);
            let dance = rhythm_name(bare, None).filter(|_| is_over).zip(rhythm);
            let other = dance.is_some_and(|(dance, rhythm)| !rhythm.ends_with(dance));
            known && !again && !other
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Titles;
    use crate::music::corpus::Summary;

    #[test]
    fn a_title_is_made_of_words_of_the_book() {
        let book = "X:1\nT:The Rakes of O'Neill, The Jig\nM:6/8\nK:G\nG|\n";
        let titles = Titles::of(&Summary::new(book)).expect("a title");
        for may in ["", "T", "The", "The R", "(The", "The Rakes, of", "O'", "of The of\n", "\n"] {
            assert!(titles.may_begin(may, None), "{may:?}");
        }
        for not in [
            "t", "Rakess", "The Ra ", "The Ra\n", "O'\n", " The", "The  R", "The \n", "Them",
            "The, X", "^of", "of Of ",
        ] {
            assert!(!titles.may_begin(not, None), "{not:?}");
        }
        for (rhythm, may) in [("jig", true), ("slip jig", true), ("hornpipe", false)] {
            assert_eq!(titles.may_begin("The Jig\n", Some(rhythm)), may, "{rhythm}");
        }
        assert!(Titles::of(&Summary::new("X:1\nM:6/8\nK:G\nG|\n")).is_none());
    }
}
