//! From tokens to bars: everything that depends on the music before.
//!
//! [`Reader`] holds all of that state in plain fields: what is in force (key, metre, unit, the
//! accidentals of this bar), what waits for the next note (grace notes, chord symbols, broken
//! rhythm, the rest of a tuplet) and the bar under construction.

use super::scanner::{Place, Scanner};
use super::token::Token;
use super::tune::{Bar, BarLine, Mark, Position, Problem, Tune, Tuplet};
use super::{Duration, Key, Meter, Pitch, Tempo};

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

/// A chord between its brackets; its length is that of its first note.
#[derive(Clone, Debug, Default)]
pub(super) struct Chord {
    pub(super) pitches: Vec<Pitch>,
    pub(super) length: Option<Duration>,
    /// Those of its notes that are followed by `-`.
    pub(super) ties: Vec<Pitch>,
}

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
    pub(super) tune: Tune,
    /// Where the token in hand begins.
    pub(super) at: Position,
    /// The line that [`Reader::push`] has so far, and how much of it is read.
    pending: String,
    place: Place,
    /// The header is over.
    in_body: bool,
    /// The music is over.
    over: bool,
    /// Between `%%begintext` and `%%endtext`.
    in_text: bool,
    pub(super) key: Key,
    pub(super) meter: Option<Meter>,
    /// The `L:` in force; without one the metre decides, once, at the end of the header.
    pub(super) unit: Option<Duration>,
    pub(super) tempo: Option<Tempo>,
    /// Accidentals of this bar by letter C to B; they hold in every octave (standard 2.1, 11.3).
    pub(super) accidentals: [Option<i8>; 7],
    /// The first `V:`; another one is a second voice.
    pub(super) voice: Option<String>,
    /// The order of parts is given, so `P:` divides the music.
    pub(super) has_order: bool,
    pub(super) bar: Bar,
    pub(super) grace: Option<Vec<Pitch>>,
    /// Grace notes read, waiting for their note.
    pub(super) graces: Vec<Pitch>,
    /// Chord symbols, words and decorations, waiting for their note.
    pub(super) marks: Vec<Mark>,
    pub(super) chord: Option<Chord>,
    /// Broken rhythm that waits for its second note: its factor.
    pub(super) broken: Option<Duration>,
    /// The next note's place in a tuplet.
    pub(super) tuplet: Option<Tuplet>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader before the first character.
    pub fn new() -> Self {
        let tune = Tune {
            headers: Vec::new(),
            meter: None,
            unit: Duration::new(1, 8),
            key: Key::none(),
            tempo: None,
            left: BarLine::default(),
            bars: Vec::new(),
            problems: Vec::new(),
        };
        Self {
            tune,
            at: Position { line: 0, column: 1 },
            pending: String::new(),
            place: Place::default(),
            in_body: false,
            over: false,
            in_text: false,
            key: Key::none(),
            meter: None,
            unit: None,
            tempo: None,
            accidentals: [None; 7],
            voice: None,
            has_order: false,
            bar: Bar::default(),
            grace: None,
            graces: Vec::new(),
            marks: Vec::new(),
            chord: None,
            broken: None,
            tuplet: None,
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
        if short && !self.over && self.pending.chars().nth(2).is_some() {
            let line = std::mem::take(&mut self.pending);
            if self.kind(&line) == Kind::Music && self.in_body {
                self.at.line += 1;
                self.music(&line, true);
                self.at.line -= 1;
            }
            self.pending = line;
        }
    }

    /// What is read already; its last bar may not be complete, see [`Reader::bar`].
    pub fn tune(&self) -> &Tune {
        &self.tune
    }

    /// The bar under construction; its duration is not summed up yet.
    pub fn bar(&self) -> &Bar {
        &self.bar
    }

    /// Whether a blank line has ended the music.
    pub fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn problem(&mut self, message: impl Into<String>) {
        self.tune.problems.push(Problem { at: self.at, message: message.into() });
    }

    /// Reads a line, or what [`Self::push`] has left of it.
    fn line(&mut self, line: &str) {
        if self.over {
            return;
        }
        let line = line.trim_end_matches('\r');
        let begun = self.place.left(line.len()) < line.len();
        let column = if begun { self.at.column } else { 1 };
        self.at = Position { line: self.at.line + 1, column };
        match self.kind(line) {
            Kind::Blank => self.over = self.in_body,
            Kind::Comment => self.comment(line),
            Kind::Field(letter) => self.field(letter, without_comment(&line[2..]).trim()),
            Kind::Music => {
                if !self.in_body {
                    self.problem("music before the K: line that ends the header");
                    self.end_header();
                }
                self.music(line, false);
                self.end_line();
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
                    && !(self.in_body && is_music(letter, third)) =>
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

    /// From here on the unit is what it is, whatever the metre becomes.
    pub(super) fn end_header(&mut self) {
        self.unit = Some(self.unit());
        self.has_order = self.tune.header('P').is_some();
        self.in_body = true;
    }

    pub(super) fn in_body(&self) -> bool {
        self.in_body
    }

    pub(super) fn has_events(&self) -> bool {
        !self.tune.bars.is_empty() || !self.bar.events.is_empty()
    }

    /// The unit note length in force.
    pub(super) fn unit(&self) -> Duration {
        let by_meter = || self.meter.map_or(Duration::new(1, 8), Meter::default_unit);
        self.unit.unwrap_or_else(by_meter)
    }

    /// Reads the signs of a line from where it was left; of an unfinished line those that are
    /// sure.
    fn music(&mut self, line: &str, unfinished: bool) {
        let mut scanner = Scanner::resume(line, self.place);
        while let Some((column, token)) = scanner.next() {
            if unfinished && !scanner.is_sure() {
                break;
            }
            self.place = scanner.place();
            self.at.column = column;
            self.token(token);
        }
    }

    fn end_line(&mut self) {
        if self.chord.take().is_some() {
            self.problem("a chord is not closed on its line");
        }
        if let Some(graces) = self.grace.take() {
            self.graces = graces;
            self.problem("grace notes are not closed on their line");
        }
    }

    fn token(&mut self, token: Token) {
        match token {
            Token::Note { letter, octave, alter, length } => {
                self.note(letter, octave, alter, length);
            }
            Token::Rest { length } => self.event(Vec::new(), length),
            Token::BarRest { bars } => self.bar_rest(bars),
            Token::ChordOpen => {
                if self.chord.replace(Chord::default()).is_some() {
                    self.problem("a chord begins inside a chord");
                }
            }
            Token::ChordClose { length } => self.close_chord(length),
            Token::GraceOpen => self.grace = Some(Vec::new()),
            Token::GraceClose => match self.grace.take() {
                Some(graces) => self.graces = graces,
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
            Token::Mark(mark) => self.marks.push(mark),
            Token::Overlay => self.problem("overlays (&) are not read yet"),
            Token::Bad(message) => self.problem(message),
        }
    }

    /// Something begins inside a bar: what is there so far becomes a bar.
    pub(super) fn cut_bar(&mut self) {
        if !self.bar.events.is_empty() {
            self.bar_line(BarLine { missing: true, ..BarLine::default() });
        }
    }

    /// The tune; the text is over.
    pub fn finish(mut self) -> Tune {
        if !self.pending.is_empty() {
            let line = std::mem::take(&mut self.pending);
            self.line(&line);
        }
        if !self.in_body {
            self.at.line = self.at.line.max(1); // even where there is no line at all
            self.problem("no K: line, so the tune has no music");
        }
        self.cut_bar();
        if let Some(last) = self.tune.bars.last_mut() {
            last.marks.append(&mut self.marks);
        }
        self.tune
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
