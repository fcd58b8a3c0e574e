//! Cutting a line of music into tokens.
//!
//! A token's meaning may depend on the music before it (key, unit, tuplet); what it *is* depends
//! only on the characters of its line. Three exceptions, carried as explicit state: inside a chord
//! `[CEG]` the next `]` closes it, elsewhere it is a bar line; inside an old chord `+CEG+` the next
//! `+` closes it; and after a bar line a number names an ending.

use super::cursor::Cursor;
use super::token::Token;
use super::{BarLine, Duration, Mark, Pitch};
use std::ops::Range;

/// Slurs that end, and what says nothing yet (standard 2.1, 8.1); blanks of no width.
const IGNORED: &str =
    "\\`)$*;#?@\u{1a}\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}";

/// Where in a line the scanner is, and what it must know of the line before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    byte: usize,
    /// Characters before it.
    column: usize,
    in_chord: bool,
    in_old_chord: bool,
    /// The last token was a bar line, so a number now names an ending.
    after_bar: bool,
}

impl Place {
    /// The beginning of the next line; an ending's number may still follow its bar line there.
    pub(super) fn next_line(self) -> Self {
        Self { after_bar: self.after_bar, ..Self::default() }
    }

    /// Bytes of the line before it.
    pub(super) fn byte(self) -> usize {
        self.byte
    }

    /// How much of a line of `length` bytes is not scanned.
    pub(super) fn left(self, length: usize) -> usize {
        length - self.byte
    }
}

/// Reads the tokens of one line from left to right.
pub(super) struct Scanner<'a> {
    at: Cursor<'a>,
    length: usize,
    /// Where the last token begins.
    began: usize,
    in_chord: bool,
    in_old_chord: bool,
    after_bar: bool,
    /// No blank stands before the next sign.
    glued: bool,
    /// A closing sign was looked for and not found on the line.
    hungry: bool,
}

impl<'a> Scanner<'a> {
    /// Goes on in `line` from a place that an earlier scanner of the same line was at.
    pub(super) fn resume(line: &'a str, place: Place) -> Self {
        let mut at = Cursor::new(&line[place.byte..]);
        at.column += place.column;
        let Place { in_chord, in_old_chord, after_bar, .. } = place;
        Self {
            at,
            length: line.len(),
            began: place.byte,
            in_chord,
            in_old_chord,
            after_bar,
            glued: true,
            hungry: false,
        }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            byte: self.length - self.at.rest.len(),
            column: self.at.column - 1,
            in_chord: self.in_chord,
            in_old_chord: self.in_old_chord,
            after_bar: self.after_bar,
        }
    }

    /// The bytes of the line that the last token takes; of a field `[K:G]`, those of its text.
    pub(super) fn span(&self, token: &Token) -> Range<usize> {
        let end = self.length - self.at.rest.len();
        match token {
            Token::Field { .. } => self.began + "[K:".len()..end - "]".len(),
            _ => self.began..end,
        }
    }

    /// Whether the last token would be the same if the line went on: no sign needs to see more
    /// than two characters after it, except those that are closed by their like.
    pub(super) fn is_sure(&self) -> bool {
        !self.hungry && self.at.rest.chars().nth(1).is_some()
    }

    /// The next token and its column; `None` at the end of the line or at a comment.
    pub(super) fn next(&mut self) -> Option<(usize, Token)> {
        self.hungry = false;
        loop {
            let column = self.at.column;
            let c = self.at.peek()?;
            if c == '%' {
                return None;
            }
            if c.is_whitespace() || IGNORED.contains(c) {
                self.glued = false;
                self.at.bump();
                continue;
            }
            if c == 'y' {
                self.at.bump(); // a little space on paper, with its width
                self.at.number().ok();
                continue;
            }
            self.began = self.length - self.at.rest.len();
            let after_bar = std::mem::take(&mut self.after_bar);
            let glued = std::mem::replace(&mut self.glued, true);
            if let Some(token) = self.token(c, after_bar, glued) {
                self.after_bar = matches!(token, Token::Bar(_));
                return Some((column, token));
            }
        }
    }

    /// The token that begins with `c`; `None` where it says nothing (slurs).
    fn token(&mut self, c: char, after_bar: bool, glued: bool) -> Option<Token> {
        match c {
            'A'..='G' | 'a'..='g' | '^' | '_' | '=' => return Some(self.note()),
            'z' | 'x' => {
                self.at.bump();
                return Some(
                    self.at.length().map_or_else(Token::Bad, |length| Token::Rest { length }),
                );
            }
            'Z' | 'X' => {
                self.at.bump();
                let bars = self.at.number();
                return Some(
                    bars.map_or_else(Token::Bad, |n| Token::BarRest { bars: n.unwrap_or(1) }),
                );
            }
            '.' if self.at.rest.starts_with(".|") => self.at.bump(),
            '[' if self.at.rest.starts_with("[|]") => {
                self.at.skip("[|]".len());
                return Some(Token::Bar(BarLine::default())); // invisible
            }
            '[' if self.at.rest.starts_with("[ ") && self.opens_nothing() => {}
            '[' if !self.at.rest.starts_with("[|") => return Some(self.bracket()),
            ']' if self.in_chord => {
                self.at.bump();
                self.in_chord = false;
                return Some(self.chord_close());
            }
            '|' | ':' | '[' | ']' => {}
            '(' => return self.parenthesis(),
            '"' => return Some(self.quoted('"')),
            '!' => return self.exclamation(),
            '+' => return Some(self.plus()),
            '0'..='9' if after_bar && (glued || self.number_stands_alone()) => {
                return Some(self.ending());
            }
            '>' | '<' => return Some(self.broken(c)),
            _ => return self.single(c),
        }
        Some(self.bar_line())
    }

    /// Tokens of one character.
    fn single(&mut self, c: char) -> Option<Token> {
        self.at.bump();
        match c {
            '{' => {
                self.at.eat('/'); // a struck-through grace note
                Some(Token::GraceOpen)
            }
            '}' => Some(Token::GraceClose),
            '-' => Some(Token::Tie),
            '&' => Some(Token::Overlay),
            '~' | '.' | 'h'..='w' | 'H'..='W' => Some(Token::Symbol(c)),
            '0'..='9' | '/' => {
                self.at.length().ok();
                Some(Token::Bad(format!(
                    "a length '{c}' that follows no note; where blanks stand between all signs, \
                     take them out"
                )))
            }
            _ => Some(Token::Bad(format!("'{}' means nothing here", c.escape_debug()))),
        }
    }

    /// `^c'3/2`, and `^/c`, `^3/2c` in quarter tones.
    fn note(&mut self) -> Token {
        let alter = match (self.at.count('^'), self.at.count('_'), self.at.count('=')) {
            (0, 0, 0) => None,
            (sharps @ 1..=2, 0, 0) => Some(sharps as i8),
            (0, flats @ 1..=2, 0) => Some(-(flats as i8)),
            (0, 0, 1) => Some(0),
            _ => return Token::Bad("these accidentals contradict each other".to_owned()),
        };
        let rounded = self.at.peek().is_some_and(|c| c == '/' || c.is_ascii_digit());
        let alter = match (alter, rounded) {
            (Some(alter), true) => match self.at.length() {
                // a note half a semitone off is played without that half
                Ok(tones) if tones <= Duration::from_integer(2) => {
                    Some(alter.signum() * tones.to_integer() as i8)
                }
                _ => return Token::Bad("no accidental is so large".to_owned()),
            },
            (alter, _) => alter,
        };
        let c = self.at.peek().unwrap_or(' ');
        let Some(letter) = Pitch::letter_index(c) else {
            return Token::Bad("an accidental without a note".to_owned());
        };
        self.at.bump();
        let mut octave: i8 = if c.is_ascii_lowercase() { 5 } else { 4 };
        while let Some(mark @ ('\'' | ',')) = self.at.peek() {
            self.at.bump();
            octave = octave.saturating_add(if mark == ',' { -1 } else { 1 });
        }
        if !(0..=8).contains(&octave) {
            return Token::Bad("no instrument plays this octave".to_owned());
        }
        match self.at.length() {
            Ok(length) => Token::Note { letter, octave, alter, rounded, length },
            Err(message) => Token::Bad(message),
        }
    }

    /// `[1`, `["1st time"`, `[K:G]` or the beginning of a chord.
    fn bracket(&mut self) -> Token {
        self.at.bump();
        let mut ahead = self.at.rest.chars();
        let (first, second) = (ahead.next(), ahead.next());
        match (first, second) {
            (Some('0'..='9'), _) => self.ending(),
            (Some(letter), Some(':')) if letter.is_ascii_alphabetic() => {
                let Some(end) = self.at.rest.find(']') else {
                    self.hungry = true;
                    self.at.skip(self.at.rest.len());
                    return Token::Bad(format!("the field [{letter}: is not closed by ']'"));
                };
                let text = self.at.rest[2..end].trim().to_owned();
                self.at.skip(end + 1);
                Token::Field { letter, text }
            }
            (Some('"'), _) if !self.closes_chord() => self.ending_in_words(),
            _ => {
                self.in_chord = true;
                Token::ChordOpen
            }
        }
    }

    /// Whether a chord that begins here is closed, as in `["Am"CEG]`.
    fn closes_chord(&mut self) -> bool {
        let mut quoted = false;
        let end = self.at.rest.chars().find(|c| {
            quoted ^= *c == '"';
            !quoted && "|[]".contains(*c)
        });
        self.hungry |= end.is_none();
        end == Some(']')
    }

    /// `["1st time"`: an ending; other words, such as `["Coda"`, stand above the notes.
    fn ending_in_words(&mut self) -> Token {
        let words = self.quoted('"');
        let Token::Mark(mark) = words else { return words };
        let text = mark.text().trim_start_matches(|c: char| !c.is_alphanumeric());
        let text = text.to_ascii_lowercase();
        let begins = |ordinals: &[&str]| ordinals.iter().any(|ordinal| text.starts_with(ordinal));
        if begins(&["1", "first", "prima"]) {
            Token::Ending(vec![1])
        } else if begins(&["2", "second", "last"]) {
            Token::Ending(vec![2])
        } else if begins(&["3", "third"]) {
            Token::Ending(vec![3])
        } else {
            Token::Mark(Mark::Text(mark.text().to_owned()))
        }
    }

    fn chord_close(&mut self) -> Token {
        self.at.length().map_or_else(Token::Bad, |length| Token::ChordClose { length })
    }

    /// Whether no note is glued to the number that comes next: `| 1 A`, but not `| 1A`, where the
    /// digit is a slip.
    fn number_stands_alone(&self) -> bool {
        let number = |c: char| c.is_ascii_digit() || ",-".contains(c);
        let after = self.at.rest.trim_start_matches(number).chars().next();
        after.is_none_or(|c| c.is_whitespace() || "|[:\"".contains(c))
    }

    /// `1`, `1,3` or `1-3`.
    fn ending(&mut self) -> Token {
        let mut numbers = Vec::new();
        while let Ok(Some(number)) = self.at.number() {
            if self.at.peek() == Some('-') {
                self.at.bump();
                let last = self.at.number().ok().flatten().unwrap_or(number);
                numbers.extend(number..=last.min(number.saturating_add(8)));
            } else {
                numbers.push(number);
            }
            let mut ahead = self.at.rest.chars();
            let more =
                ahead.next() == Some(',') && ahead.next().is_some_and(|c| c.is_ascii_digit());
            if !more || numbers.len() > 8 {
                break;
            }
            self.at.bump();
        }
        let sane = numbers.iter().all(|number| (1..=8).contains(number));
        if sane && !numbers.is_empty() {
            Token::Ending(numbers)
        } else {
            Token::Bad("this is not the number of an ending".to_owned())
        }
    }

    /// `(3`, `(3:2:3` or the beginning of a slur, which says nothing.
    fn parenthesis(&mut self) -> Option<Token> {
        self.at.bump();
        if !self.at.peek().is_some_and(|c| c.is_ascii_digit()) {
            return None;
        }
        let mut values = [None; 3];
        for (place, value) in values.iter_mut().enumerate() {
            if place > 0 && !self.at.eat(':') {
                break;
            }
            match self.at.number() {
                Ok(number) => *value = number,
                Err(message) => return Some(Token::Bad(message)),
            }
        }
        let [p, q, r] = values;
        let small = |value: Option<u32>| value.is_none_or(|n| (1..=99).contains(&n));
        match p {
            // the standard says for up to nine notes what time they take
            Some(p @ 2..=9) if small(q) && small(r) => Some(Token::Tuplet { p, q, r }),
            Some(p @ 10..=99) if q.is_some() && small(q) && small(r) => {
                Some(Token::Tuplet { p, q, r })
            }
            _ => Some(Token::Bad("this is not a tuplet".to_owned())),
        }
    }

    /// Any run of `| : [ ]` that is one sign: `|`, `||`, `|]`, `[|`, `|:`, `:|`, `::`, `:|:`.
    fn bar_line(&mut self) -> Token {
        let before = self.at.count(':');
        let mut strokes = 0;
        let mut thick = false;
        loop {
            let next_is_stroke = self.at.rest.starts_with("[|");
            match self.at.peek() {
                _ if self.at.rest.starts_with("[|]") => break,
                Some('|') => strokes += 1,
                Some(']') if !self.in_old_chord => thick = true,
                Some('[') if next_is_stroke || self.stands_alone() => thick = true,
                // the second half of `][`
                Some('[') if strokes == 0 && thick && self.opens_nothing() => {}
                _ => break,
            }
            self.at.bump();
        }
        let after = self.at.count(':');
        strokes += usize::from(thick && strokes == 0);
        let line = |end: usize, start: usize| BarLine {
            repeat_end: end.min(8) as u32,
            repeat_start: start.min(8) as u32,
            double: strokes > 1 || thick,
            missing: false,
        };
        match (before, strokes) {
            (2, 0) => Token::Bar(line(1, 1)),
            (_, 0) => Token::Bad("':' is neither a repeat nor a field".to_owned()),
            _ => Token::Bar(line(before, after)),
        }
    }

    /// Whether the bracket that comes next opens nothing, as the one of `][ `.
    fn stands_alone(&self) -> bool {
        let next = self.at.rest.chars().nth(1);
        self.at.rest.starts_with('[') && next.is_none_or(|c| c.is_whitespace() || c == ']')
    }

    /// Whether the bracket that comes next has no partner before the bar line, nor a number or words.
    fn opens_nothing(&mut self) -> bool {
        let inside = self.at.rest[1..].trim_start();
        let opens = |c: char| c.is_ascii_digit() || c == '"';
        let end = inside.find(['|', '[', ']']);
        self.hungry |= end.is_none();
        !inside.starts_with(opens) && end.is_some_and(|end| !inside[end..].starts_with(']'))
    }

    fn broken(&mut self, c: char) -> Token {
        let marks = self.at.count(c);
        if marks > 3 {
            return Token::Bad("more than three signs of broken rhythm".to_owned());
        }
        Token::Broken(if c == '>' { marks as i32 } else { -(marks as i32) })
    }

    /// `"Am"`, `"^slowly"`, `!trill!`, `+trill+`.
    fn quoted(&mut self, quote: char) -> Token {
        self.at.bump();
        match self.at.rest.find(quote) {
            Some(end) => {
                let text = self.at.rest[..end].to_owned();
                self.at.skip(end + 1);
                Token::Mark(match quote {
                    '"' => Mark::of_words(&text),
                    _ => Mark::Decoration(text),
                })
            }
            None => {
                self.hungry = true;
                self.at.skip(self.at.rest.len());
                Token::Bad("a quotation mark is not closed on its line".to_owned())
            }
        }
    }

    /// `!trill!`, `!D.C. al fine!`, or `!` alone: an old sign for a line break.
    fn exclamation(&mut self) -> Option<Token> {
        let inside = &self.at.rest[1..];
        let end = inside.find('!');
        self.hungry |= end.is_none();
        let name = end.map(|end| &inside[..end]).filter(|name| {
            let words = !name.contains(char::is_whitespace) || is_prose(name);
            !name.is_empty() && !name.contains(['|', '[', ']']) && words
        });
        if name.is_some() {
            return Some(self.quoted('!'));
        }
        self.at.bump();
        None
    }

    /// An old chord `+CEG+`, or an old decoration `+trill+`.
    fn plus(&mut self) -> Token {
        let inside = &self.at.rest[1..];
        if self.in_old_chord {
            self.at.bump();
            self.in_old_chord = false;
            return self.chord_close();
        }
        let end = inside.find('+');
        self.hungry |= end.is_none();
        let content = end.map_or("", |end| &inside[..end]);
        let notes = content.chars().any(|c| Pitch::letter_index(c).is_some())
            && content.chars().all(|c| {
                Pitch::letter_index(c).is_some() || c.is_ascii_digit() || "^_=,'/~.-() ".contains(c)
            });
        if notes && !["D.C.", "f", "ff", "fff"].contains(&content) {
            self.at.bump();
            self.in_old_chord = true;
            return Token::ChordOpen;
        }
        if content.is_empty() {
            self.at.bump();
            return Token::Bad("'+' opens neither a chord nor a decoration".to_owned());
        }
        self.quoted('+')
    }
}

/// Whether text with blanks between two `!` is a decoration, not the music between two line breaks:
/// it has letters that are rare in music, or begins as D.C. does.
fn is_prose(text: &str) -> bool {
    text.contains(|c| ('i'..='t').contains(&c)) || text.trim_start().starts_with("D.")
}
