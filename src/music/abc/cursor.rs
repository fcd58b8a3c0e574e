//! Walking over the characters of one line.

use super::Duration;
use super::value::shortened;

/// Largest number we believe in a length, a tuplet or an ending; longer ones are noise.
const MAX_DIGITS: usize = 4;
/// Slashes in a row that we follow.
const MAX_SLASHES: usize = 6;

/// The rest of a line and where it begins.
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
    /// Column of the next character, from 1.
    pub(super) column: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line, column: 1 }
    }

    /// `3`, `/`, `//`, `3/2`, in units; `0` is a length, too.
    pub(super) fn length(&mut self) -> Result<Duration, String> {
        let upper = self.number()?;
        let slashes = self.count('/');
        let lower = if slashes > 0 { self.number()? } else { None };
        if slashes > MAX_SLASHES || lower == Some(0) {
            return Err("this is not a length".to_owned());
        }
        let lower = match (slashes, lower) {
            (0, _) => 1,
            (1, Some(number)) => i64::from(number),
            (slashes, _) => 1 << slashes,
        };
        Ok(Duration::new(i64::from(upper.unwrap_or(1)), lower))
    }

    /// Digits as a number, if there are any.
    pub(super) fn number(&mut self) -> Result<Option<u32>, String> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let text = &self.rest[..digits];
        self.skip(digits);
        if digits == 0 {
            Ok(None)
        } else if digits > MAX_DIGITS {
            Err(format!("the number {} is too large", shortened(text)))
        } else {
            text.parse().map(Some).map_err(|_| format!("{text} is not a number"))
        }
    }

    /// Skips every `c` that comes next and counts them.
    pub(super) fn count(&mut self, c: char) -> usize {
        let mut count = 0;
        while self.eat(c) {
            count += 1;
        }
        count
    }

    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn bump(&mut self) {
        if let Some(c) = self.peek() {
            self.rest = &self.rest[c.len_utf8()..];
            self.column += 1;
        }
    }

    /// Skips so many bytes, which must end on a character.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.column += self.rest[..bytes].chars().count();
        self.rest = &self.rest[bytes..];
    }
}
