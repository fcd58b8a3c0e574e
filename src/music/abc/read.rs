//! From characters to a tune: what each line is, and which of its signs are sure.
//!
//! What the signs mean depends on the music before them; a [`Builder`] holds all of that.

use super::Pitch;
use super::builder::{Builder, Chord};
use super::scanner::{Place, Scanner};
use super::token::Token;
use super::tune::{Bar, Position, Tune};

/// Reads one tune: the text from its `X:` line on. Never fails; see [`Tune::problems`].
///
/// The tune ends at the first blank line after its music has begun, or with the text.
pub fn read(text: &str) -> Tune {
    let mut reader = Reader::new();
    for line in text.lines() {
        reader.line(line);
        if reader.is_over() {
            break;
        }
    }
    reader.finish()
}

/// A sign that is not complete after so many characters waits for the end of its line: looking at
/// it again with each character would take time quadratic in the length of the line.
const LONGEST_SIGN: usize = 64;

/// Reads a tune character by character, for who writes it character by character.
///
/// A note is read as soon as the next two characters show that it is complete.
///
/// ```
/// let mut reader = hornpipe::music::abc::Reader::new();
/// "X:1\nM:6/8\nL:1/8\nK:G\nGAB c2".chars().for_each(|c| reader.push(c));
/// assert_eq!(reader.bar().events.len(), 3); // c2 may yet become c2/3
/// assert_eq!(reader.finish().bars[0].duration, hornpipe::music::abc::Duration::new(5, 8));
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    builder: Builder,
    /// The line that [`Reader::push`] has so far.
    pending: String,
    /// How much of it is read.
    place: Place,
    /// Between `%%begintext` and `%%endtext`.
    in_text: bool,
    /// The music is over.
    is_over: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader before the first character.
    pub fn new() -> Self {
        Self {
            builder: Builder::new(),
            pending: String::new(),
            place: Place::default(),
            in_text: false,
            is_over: false,
        }
    }

    /// Reads one more character.
    pub fn push(&mut self, c: char) {
        if c == '\n' {
            let line = std::mem::take(&mut self.pending);
            return self.line(&line);
        }
        self.pending.push(c);
        let short = self.place.left(self.pending.len()) <= LONGEST_SIGN;
        if short && !self.is_over && self.pending.chars().nth(2).is_some() {
            let line = std::mem::take(&mut self.pending);
            if self.kind(&line) == Kind::Music && self.in_body() {
                self.builder.at.line += 1;
                self.signs(&line, true);
                self.builder.at.line -= 1;
            }
            self.pending = line;
        }
    }

    /// What is read already; its last bar may not be complete, see [`Reader::bar`].
    pub fn tune(&self) -> &Tune {
        &self.builder.tune
    }

    /// The bar under construction; its duration is not summed up yet.
    pub fn bar(&self) -> &Bar {
        &self.builder.bar
    }

    /// Whether a blank line has ended the music.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    fn in_body(&self) -> bool {
        self.builder.header.is_over
    }

    /// Reads a line, or what [`Self::push`] has left of it.
    fn line(&mut self, line: &str) {
        if self.is_over {
            return;
        }
        let line = line.trim_end_matches('\r');
        let begun = self.place.left(line.len()) < line.len();
        let Position { line: before, column } = self.builder.at;
        let column = if begun { column } else { 1 };
        self.builder.at = Position { line: before + 1, column };
        match self.kind(line) {
            Kind::Blank => self.is_over = self.in_body(),
            Kind::Comment => self.comment(line),
            Kind::Field(letter) => self.builder.field(letter, without_comment(&line[2..]).trim()),
            Kind::Music => {
                if !self.in_body() {
                    self.builder.problem("music before the K: line that ends the header");
                    self.builder.end_header();
                }
                self.signs(line, false);
                self.builder.end_line();
            }
        }
        self.place = self.place.next_line();
    }

    /// What a line is; its first three characters decide, except that it may be blank.
    fn kind(&self, line: &str) -> Kind {
        let mut chars = line.chars();
        let (first, second, third) = (chars.next(), chars.next(), chars.next());
        let start = line.trim_start();
        if start.starts_with('%') || (self.in_text && !start.is_empty()) {
            return Kind::Comment;
        }
        match (first, second) {
            _ if start.is_empty() => Kind::Blank,
            (Some(letter), Some(':'))
                if (letter.is_ascii_alphabetic() || letter == '+')
                    && !(self.in_body() && is_music(letter, third)) =>
            {
                Kind::Field(letter)
            }
            _ => Kind::Music,
        }
    }

    /// Comments say nothing, but a block of text may stand in the middle of a tune.
    fn comment(&mut self, line: &str) {
        if line.starts_with("%%begintext") {
            self.in_text = true;
        } else if line.starts_with("%%endtext") {
            self.in_text = false;
        }
    }

    /// Reads the signs of a line from where it was left; of an unfinished line those that are
    /// sure.
    fn signs(&mut self, line: &str, unfinished: bool) {
        let mut scanner = Scanner::resume(line, self.place);
        while let Some((column, token)) = scanner.next() {
            if unfinished && !scanner.is_sure() {
                break;
            }
            self.place = scanner.place();
            self.builder.at.column = column;
            self.builder.token(token);
        }
    }

    /// The tune; the text is over.
    pub fn finish(mut self) -> Tune {
        if !self.pending.is_empty() {
            let line = std::mem::take(&mut self.pending);
            self.line(&line);
        }
        let mut builder = self.builder;
        if !builder.header.is_over {
            builder.at.line = builder.at.line.max(1); // even where there is no line at all
            builder.problem("no K: line, so the tune has no music");
        }
        builder.cut_bar();
        if let Some(last) = builder.tune.bars.last_mut() {
            last.marks.append(&mut builder.next.marks);
        }
        builder.tune
    }
}

impl Builder {
    fn end_line(&mut self) {
        if self.open.chord.take().is_some() {
            self.problem("a chord is not closed on its line");
        }
        if let Some(graces) = self.open.graces.take() {
            self.next.graces = graces;
            self.problem("grace notes are not closed on their line");
        }
    }

    /// Gives a sign its meaning.
    fn token(&mut self, token: Token) {
        match token {
            Token::Note { letter, octave, alter, length } => {
                self.note(letter, octave, alter, length);
            }
            Token::Rest { length } => self.event(Vec::new(), length),
            Token::BarRest { bars } => self.bar_rest(bars),
            Token::ChordOpen => {
                if self.open.chord.replace(Chord::default()).is_some() {
                    self.problem("a chord begins inside a chord");
                }
            }
            Token::ChordClose { length } => self.close_chord(length),
            Token::GraceOpen => self.open.graces = Some(Vec::new()),
            Token::GraceClose => match self.open.graces.take() {
                Some(graces) => self.next.graces = graces,
                None => self.problem("'}' without '{'"),
            },
            Token::Tuplet { p, q, r } => self.open_tuplet(p, q, r),
            Token::Broken(signs) => self.broken(signs),
            Token::Tie => self.tie(),
            Token::Bar(line) => self.bar_line(line),
            Token::Ending(numbers) => {
                self.cut_bar();
                self.bar.ending = Some(numbers);
            }
            Token::Field { letter, text } => self.field(letter, &text),
            Token::Mark(mark) => self.next.marks.push(mark),
            Token::Overlay => self.problem("overlays (&) are not read yet"),
            Token::Bad(message) => self.problem(message),
        }
    }
}

/// What a line is.
#[derive(PartialEq)]
enum Kind {
    Blank,
    Comment,
    Field(char),
    Music,
}

/// Whether a body line that begins with `letter` and a colon is music (`A:|`, `z::`), not a field.
fn is_music(letter: char, after_colon: Option<char>) -> bool {
    Pitch::letter_index(letter).is_some()
        || ("xyzZ".contains(letter) && matches!(after_colon, Some('|' | ':')))
}

/// The text before a comment; `\%` is a percent sign.
fn without_comment(text: &str) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == '%' && !escaped {
            return &text[..at];
        }
        escaped = c == '\\';
    }
    text
}
