//! From characters to a tune: what each line is, and which of its signs are sure.
//!
//! What the signs mean depends on the music before them; a [`Builder`] holds all of that.

use super::Pitch;
use super::builder::{Builder, Chord};
use super::macros::Macros;
use super::scanner::{Place, Scanner};
use super::spelled::Spelled;
use super::token::Token;
use super::tune::{Bar, Position, Tune};

/// The longest tune that is read, in bytes of its text. The longest that people play have some
/// 10,000.
pub const LONGEST_TUNE: usize = 1_000_000;
/// The most notes, bar lines and other signs of a tune that are read: what bounds memory.
const MOST_SIGNS: usize = 100_000;

/// Reads one tune: the text from its `X:` line on, or from the header of its file before that, whose
/// fields hold for it where it has none of its own. Never fails; see [`Tune::problems`].
///
/// The tune ends at the first blank line after its music has begun, or with the text. What
/// is beyond [`LONGEST_TUNE`] is not read; see [`Tune::too_long`].
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
    /// Between `%%begintext` and `%%endtext`, or of another kind: `text`, `svg`, `ps`.
    in_block: Option<String>,
    macros: Macros,
    /// Lines of the header that are no fields, with their numbers: prose if a `K:` comes yet, else
    /// music.
    stray: Vec<(usize, String)>,
    /// A blank line came after them.
    stray_is_over: bool,
    /// Bytes so far.
    length: usize,
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
            in_block: None,
            macros: Macros::default(),
            stray: Vec::new(),
            stray_is_over: false,
            length: 0,
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
        self.read_sure();
    }

    /// Reads more text: whole lines at once.
    pub(crate) fn push_str(&mut self, text: &str) {
        let mut rest = text;
        while let Some((end, after)) = rest.split_once('\n') {
            let line = std::mem::take(&mut self.pending) + end;
            self.line(&line);
            rest = after;
        }
        self.pending.push_str(rest);
        self.read_sure();
    }

    /// Reads the signs of the line so far that are sure.
    fn read_sure(&mut self) {
        let short = self.place.left(self.pending.len()) <= LONGEST_SIGN;
        // a macro may have to see more
        let sure = short && !self.is_over && self.macros.is_empty();
        if sure && self.pending.chars().nth(2).is_some() {
            let line = std::mem::take(&mut self.pending);
            if self.kind(&line) == Kind::Music && self.in_body() {
                self.builder.at.line += 1;
                self.signs(&line, true);
                self.builder.at.line -= 1;
                self.is_over |= self.builder.tune.too_long.is_some();
            }
            self.pending = line;
        }
    }

    /// A reader that tells which notes and keys it reads.
    pub(crate) fn telling() -> Self {
        let mut reader = Self::new();
        reader.builder.told = Some(Vec::new());
        reader
    }

    /// What was read since this was asked last, in order, of the line before the last line break
    /// and of the one that is not complete; `None` from the first macro on, for its notes do not
    /// stand where they are played.
    pub(crate) fn told(&mut self) -> Option<Vec<Spelled>> {
        self.builder.told.as_mut().map(std::mem::take)
    }

    /// Bytes of the line that is not complete that are read.
    pub(crate) fn sure(&self) -> usize {
        self.place.byte()
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
        self.length += line.len();
        if self.length > LONGEST_TUNE {
            self.builder.stop(&format!("{} MB of text", LONGEST_TUNE / 1_000_000));
        }
        match self.kind(line) {
            _ if self.builder.tune.too_long.is_some() => {}
            Kind::Blank => {
                self.stray_is_over |= !self.stray.is_empty();
                self.is_over = self.in_body();
            }
            Kind::Comment => self.comment(line),
            Kind::Markup => self.builder.notice("markup is no music; it is passed over"),
            Kind::Field('m') => {
                self.builder.told = None;
                if !self.macros.define(without_comment(&line[2..])) {
                    self.builder.notice("this macro is passed over; m: wants 'written = meant'");
                }
            }
            Kind::Field(letter) => {
                let text = without_comment(&line[2..]);
                self.builder.span = 2..2 + text.len();
                self.builder.field(letter, text.trim());
                if self.in_body() {
                    self.pass_over_stray();
                }
            }
            Kind::Music if self.in_body() => self.music(line),
            Kind::Music if self.stray_is_over => {}
            Kind::Music => self.stray.push((self.builder.at.line, line.to_owned())),
        }
        self.length += 1; // the line's end
        self.place = self.place.next_line();
        self.is_over |= self.builder.tune.too_long.is_some();
    }

    fn music(&mut self, line: &str) {
        match self.macros.expand(line) {
            Some(line) => self.signs(&line, false),
            None => self.builder.problem("with its macros this line is too long"),
        }
        if self.builder.tune.too_long.is_none() {
            if self.builder.is_prose(line) {
                self.builder.at.column = 1;
                self.builder.problem("this line looks like words, not like music; put % before it");
            }
            self.builder.end_line();
        }
    }

    /// The header is over: lines in it that are no fields were prose.
    fn pass_over_stray(&mut self) {
        let here = self.builder.at;
        for (line, _) in std::mem::take(&mut self.stray) {
            self.builder.at = Position { line, column: 1 };
            self.builder.notice("this line of the header is no field; it is passed over");
        }
        self.builder.at = here;
    }

    /// No `K:` line came: what stands in the header is music, though its key is not known.
    fn read_stray(&mut self) {
        let here = self.builder.at;
        for (line, text) in std::mem::take(&mut self.stray) {
            self.builder.at = Position { line, column: 1 };
            if !self.in_body() {
                self.builder.problem("music before the K: line that ends the header");
                self.builder.end_header();
            }
            self.place = Place::default();
            self.music(&text);
        }
        self.builder.at = here;
    }

    /// What a line is; its first three characters decide, except that it may be blank.
    fn kind(&self, line: &str) -> Kind {
        let mut chars = line.chars();
        let (first, second, third) = (chars.next(), chars.next(), chars.next());
        let start = line.trim_start();
        if start.starts_with('%') || (self.in_block.is_some() && !start.is_empty()) {
            return Kind::Comment;
        }
        match (first, second) {
            _ if start.is_empty() => Kind::Blank,
            (Some('<'), Some('/')) => Kind::Markup,
            (Some(letter), Some(':'))
                if (letter.is_ascii_alphabetic() || letter == '+')
                    && !(self.in_body() && is_music(letter, third)) =>
            {
                Kind::Field(letter)
            }
            _ => Kind::Music,
        }
    }

    /// Comments say nothing, but a block of text or of drawing may stand in the middle of a tune,
    /// and what follows `%%` may be an instruction.
    fn comment(&mut self, line: &str) {
        let instruction = line.strip_prefix("%%").unwrap_or_default().trim();
        let name = instruction.split_whitespace().next().unwrap_or_default();
        if let Some(block) = &self.in_block {
            if name.strip_prefix("end") == Some(block) {
                self.in_block = None;
            }
        } else if let Some(block @ ("text" | "ps" | "svg" | "ml")) = name.strip_prefix("begin") {
            self.in_block = Some(block.to_owned());
        } else {
            self.builder.instruction(without_comment(instruction).trim());
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
            self.builder.span = scanner.span(&token);
            self.builder.token(token);
            if self.builder.tune.too_long.is_some() {
                break;
            }
        }
    }

    /// The tune; the text is over.
    pub fn finish(mut self) -> Tune {
        if !self.pending.is_empty() {
            let line = std::mem::take(&mut self.pending);
            self.line(&line);
        }
        self.read_stray();
        let mut builder = self.builder;
        if !builder.header.is_over {
            builder.at.line = builder.at.line.max(1); // even where there is no line at all
            builder.problem("no K: line, so the tune has no music");
        }
        builder.graces_at_end();
        builder.cut_bar();
        if let Some(last) = builder.tune.bars.last_mut() {
            last.marks.append(&mut builder.next.marks);
        }
        builder.tune
    }
}

impl Builder {
    /// Whether a line without bar lines has a word: letters in a row, two of which are symbols of
    /// no meaning in small letters.
    fn is_prose(&self, line: &str) -> bool {
        let line = without_comment(line);
        let nothing = |c: &char| ('h'..='t').contains(c) && !self.header.symbols.contains_key(c);
        let is_word = |word: &str| word.len() > 3 && word.chars().filter(nothing).count() > 1;
        // what stands in quotation or exclamation marks may be words
        !line.contains(['|', '"', '!', '+'])
            && line.split(|c: char| !c.is_ascii_alphabetic()).any(is_word)
    }

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
        self.signs += 1;
        if self.signs > MOST_SIGNS {
            return self.stop(&format!("{MOST_SIGNS} signs"));
        }
        if self.in_overlay && !matches!(token, Token::Bar(_) | Token::Ending(_)) {
            return;
        }
        match token {
            Token::Note { letter, octave, alter, rounded, length } => {
                if rounded {
                    self.notice("quarter tones are not played; the note stands without them");
                }
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
                Some(mut graces) => self.next.graces.append(&mut graces),
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
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Overlay => {
                self.problem("overlays (&) are not read yet; the first voice is played");
                self.in_overlay = true;
            }
            Token::Bad(message) => self.problem(message),
        }
    }
}

/// What a line is.
#[derive(PartialEq)]
enum Kind {
    Blank,
    Comment,
    /// `</html>` where a page was copied; no music begins so.
    Markup,
    Field(char),
    Music,
}

/// Whether a body line that begins with `letter` and a colon is music (`A:|`, `z::`), not a field.
fn is_music(letter: char, after_colon: Option<char>) -> bool {
    let sounds = Pitch::letter_index(letter).is_some() || "xyzZ".contains(letter);
    sounds && matches!(after_colon, Some('|' | ':'))
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
