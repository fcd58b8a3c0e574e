//! Macros: `m:~G2 = {A}G{F}G` stands for its right side wherever its left side is written.
//!
//! With an `n` on the left the macro is a transposing one: the `n` is any note, and on the right a
//! letter from `h` to `z` is the note as far above or below it as the letter is from `n`
//! (standard 2.1, 9).

use std::borrow::Cow;

use super::Pitch;

/// Macros of one tune that we follow.
const MOST_MACROS: usize = 32;
/// Bytes of a macro's left and right side.
const LONGEST_LEFT: usize = 64;
const LONGEST_RIGHT: usize = 1000;
/// A line does not become longer than this many times its length and that of a common line.
const MOST_GROWTH: usize = 8;
const COMMON_LINE: usize = 1000;

/// The macros of a tune.
#[derive(Clone, Debug, Default)]
pub(super) struct Macros {
    /// What is written and what it stands for; longer ones first, for they may contain others.
    all: Vec<(String, String)>,
}

impl Macros {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes in the text of an `m:` field; false where it is no macro, or one too many.
    pub(super) fn define(&mut self, text: &str) -> bool {
        let Some((written, meant)) = text.split_once('=') else { return false };
        let (written, meant) = (written.trim(), meant.trim());
        let long = written.len() > LONGEST_LEFT || meant.len() > LONGEST_RIGHT;
        if written.is_empty() || long || self.all.len() == MOST_MACROS {
            return false;
        }
        self.all.retain(|(other, _)| other != written);
        let at = self.all.partition_point(|(other, _)| other.len() >= written.len());
        self.all.insert(at, (written.to_owned(), meant.to_owned()));
        true
    }

    /// A line with what its macros stand for; what they stand for is not looked at again.
    /// `None` where it would become too long.
    pub(super) fn expand<'a>(&self, line: &'a str) -> Option<Cow<'a, str>> {
        if self.is_empty() {
            return Some(Cow::Borrowed(line));
        }
        let most = MOST_GROWTH * (line.len() + COMMON_LINE);
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let quoted = if c == '"' { rest[1..].find('"').map(|end| end + 2) } else { None };
            let found = self.all.iter().find_map(|(written, meant)| {
                let (length, note) = matches(written, rest)?;
                Some((length, meant, note))
            });
            match (quoted, found) {
                (Some(length), _) => {
                    text += &rest[..length]; // words are not music
                    rest = &rest[length..];
                }
                (None, Some((length, meant, note))) => {
                    write(&mut text, meant, note);
                    rest = &rest[length..];
                }
                (None, None) => {
                    text.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
            if text.len() > most {
                return None;
            }
        }
        Some(Cow::Owned(text))
    }
}

/// Whether a line goes on with what a macro's left side says: how far, and which note its `n` is.
fn matches(written: &str, line: &str) -> Option<(usize, Option<Pitch>)> {
    let mut rest = line;
    let mut note = None;
    for c in written.chars() {
        if c == 'n' && note.is_none() {
            let first = rest.chars().next()?;
            let letter = Pitch::letter_index(first)?;
            let marks = rest[1..].bytes().take_while(|b| b"',".contains(b)).count();
            let up = rest[1..=marks].matches('\'').count() as i32;
            let base = if first.is_ascii_lowercase() { 5 } else { 4 };
            let octave = i8::try_from(base + 2 * up - marks as i32).ok()?;
            note = Some(Pitch { letter, alter: 0, octave });
            rest = &rest[1 + marks..];
        } else {
            rest = rest.strip_prefix(c)?;
        }
    }
    Some((line.len() - rest.len(), note))
}

/// Writes what a macro stands for.
fn write(text: &mut String, meant: &str, note: Option<Pitch>) {
    for c in meant.chars() {
        match note.and_then(|note| step_from(note, c)) {
            Some(pitch) => *text += &pitch.abc(),
            None => text.push(c),
        }
    }
}

/// The note that a letter from `h` to `z` names beside the one called `n`.
fn step_from(note: Pitch, c: char) -> Option<Pitch> {
    let steps = ('h'..='z').contains(&c).then(|| c as i32 - 'n' as i32)?;
    Pitch::natural_at(note.place() + steps)
}

#[cfg(test)]
mod tests {
    use super::Macros;

    #[test]
    fn macros_stand_for_their_right_side() {
        let mut macros = Macros::default();
        for text in ["~G2 = {A}G{F}G", "~n3 = {o}n{m}n2", "~g = {a}g"] {
            assert!(macros.define(text), "{text}");
        }
        for text in ["no equals sign", "= A"] {
            assert!(!macros.define(text), "{text}");
        }
        for (line, expected) in [
            ("~G2 A2", "{A}G{F}G A2"),
            ("~b3|~C3", "{c'}b{a}b2|{D}C{B,}C2"),
            ("~c'3", "{d'}c'{b}c'2"),
            ("\"~G2\"~g\"é", "\"~G2\"{a}g\"é"),
            ("A2 ~A2", "A2 ~A2"),
        ] {
            assert_eq!(macros.expand(line).as_deref(), Some(expected), "{line}");
        }
        let bomb = format!("m = {}", "A".repeat(1000));
        assert!(macros.define(&bomb));
        assert_eq!(macros.expand(&"m".repeat(10_000)), None);
    }
}
