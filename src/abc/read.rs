//! From tokens to bars: everything that depends on the music before.
//!
//! [`Reader`] holds all of that state in plain fields: what is in force (key, metre, unit, the
//! accidentals of this bar), what waits for the next note (grace notes, a tie, broken rhythm, the
//! rest of a tuplet) and the bar under construction.

use super::scanner::Scanner;
use super::token::Token;
use super::tune::{Bar, BarLine, Change, Position, Problem, Tune, Tuplet};
use super::{Duration, Key, Meter, Pitch};

/// Reads one tune: the text from its `X:` line on. Never fails; see [`Tune::problems`].
///
/// The tune ends at the first blank line after its music has begun, or with the text.
pub fn read(text: &str) -> Tune {
    let mut reader = Reader::new();
    for line in text.lines() {
        reader.at = Position { line: reader.at.line + 1, column: 1 };
        if reader.line(line.trim_end_matches('\r')).is_none() {
            break;
        }
    }
    reader.finish()
}

/// A chord between its brackets; its length is that of its first note.
#[derive(Default)]
pub(super) struct Chord {
    pub(super) pitches: Vec<Pitch>,
    pub(super) length: Option<Duration>,
    /// One of its notes is followed by `-`.
    pub(super) tie: bool,
}

/// The state of reading; see the module's documentation.
pub(super) struct Reader {
    pub(super) tune: Tune,
    /// Where the token in hand begins.
    pub(super) at: Position,
    /// The header is over.
    pub(super) in_body: bool,
    pub(super) key: Key,
    pub(super) meter: Option<Meter>,
    /// The `L:` in force; without one the metre decides.
    pub(super) unit: Option<Duration>,
    /// Accidentals of this bar by letter C to B; they hold in every octave (standard 2.1, 11.3).
    pub(super) accidentals: [Option<i8>; 7],
    /// The first `V:`; another one is a second voice.
    pub(super) voice: Option<String>,
    pub(super) bar: Bar,
    pub(super) grace: Option<Vec<Pitch>>,
    /// Grace notes read, waiting for their note.
    pub(super) graces: Vec<Pitch>,
    pub(super) chord: Option<Chord>,
    /// A `-` follows the last event.
    pub(super) tie: bool,
    /// Broken rhythm that waits for its second note: its factor.
    pub(super) broken: Option<Duration>,
    /// The next note's place in a tuplet.
    pub(super) tuplet: Option<Tuplet>,
}

impl Reader {
    fn new() -> Self {
        let tune = Tune {
            headers: Vec::new(),
            meter: None,
            unit: Duration::new(1, 8),
            key: Key::none(),
            left: BarLine::default(),
            bars: Vec::new(),
            marks: Vec::new(),
            problems: Vec::new(),
        };
        Self {
            tune,
            at: Position { line: 0, column: 1 },
            in_body: false,
            key: Key::none(),
            meter: None,
            unit: None,
            accidentals: [None; 7],
            voice: None,
            bar: Bar::default(),
            grace: None,
            graces: Vec::new(),
            chord: None,
            tie: false,
            broken: None,
            tuplet: None,
        }
    }

    pub(super) fn problem(&mut self, message: impl Into<String>) {
        self.tune.problems.push(Problem { at: self.at, message: message.into() });
    }

    /// Reads a line; `None` when the tune is over.
    fn line(&mut self, line: &str) -> Option<()> {
        if line.trim().is_empty() {
            return if self.in_body { None } else { Some(()) };
        }
        if line.trim_start().starts_with('%') {
            return Some(());
        }
        let mut chars = line.chars();
        let (first, second, third) = (chars.next(), chars.next(), chars.next());
        match (first, second) {
            (Some(letter), Some(':'))
                if (letter.is_ascii_alphabetic() || letter == '+')
                    && !(self.in_body && is_music(letter, third)) =>
            {
                self.field(letter, without_comment(&line[2..]).trim());
            }
            _ => {
                if !self.in_body {
                    self.problem("music before the K: line that ends the header");
                    self.in_body = true;
                }
                self.music(line);
            }
        }
        Some(())
    }

    /// A field on its own line or in brackets.
    fn field(&mut self, letter: char, text: &str) {
        if !self.in_body {
            self.tune.headers.push((letter, text.to_owned()));
        }
        match letter {
            'M' => match Meter::parse(text) {
                Ok(meter) => {
                    self.meter = meter;
                    self.change(Change::Meter(meter));
                }
                Err(message) => self.problem(message),
            },
            'L' => match unit_length(text) {
                Some(unit) => {
                    self.unit = Some(unit);
                    self.change(Change::Unit(unit));
                }
                None => self.problem("L: wants a length such as 1/8"),
            },
            'K' => {
                match Key::parse(text) {
                    Ok(key) => {
                        self.key = key.clone();
                        self.accidentals = [None; 7];
                        self.change(Change::Key(key));
                    }
                    Err(message) => self.problem(message),
                }
                self.in_body = true;
            }
            'V' => {
                let name = text.split_whitespace().next().unwrap_or_default();
                if self.voice.get_or_insert_with(|| name.to_owned()) != name {
                    self.problem("several voices are not read yet");
                }
            }
            _ => {}
        }
    }

    /// Notes a change after the first note; before it, [`Self::begin`] takes what is in force.
    pub(super) fn change(&mut self, change: Change) {
        if self.has_events() {
            self.bar.changes.push((self.bar.events.len(), change));
        }
    }

    pub(super) fn has_events(&self) -> bool {
        !self.tune.bars.is_empty() || !self.bar.events.is_empty()
    }

    /// The unit note length in force.
    pub(super) fn unit(&self) -> Duration {
        let by_meter = || self.meter.map_or(Duration::new(1, 8), Meter::default_unit);
        self.unit.unwrap_or_else(by_meter)
    }

    fn music(&mut self, line: &str) {
        let mut scanner = Scanner::new(line);
        while let Some((column, token)) = scanner.next() {
            self.at.column = column;
            self.token(token);
        }
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
                if !self.bar.events.is_empty() {
                    self.bar_line(BarLine { missing: true, ..BarLine::default() });
                }
                self.bar.ending = Some(numbers);
            }
            Token::Field { letter, text } => self.field(letter, &text),
            Token::Mark(text) => self.tune.marks.push((self.at, text)),
            Token::Overlay => self.problem("overlays (&) are not read yet"),
            Token::Bad(message) => self.problem(message),
        }
    }

    fn finish(mut self) -> Tune {
        if !self.in_body {
            self.at.line = self.at.line.max(1); // even where there is no line at all
            self.problem("no K: line, so the tune has no music");
        }
        if !self.bar.events.is_empty() {
            self.bar_line(BarLine { missing: true, ..BarLine::default() });
        }
        self.tune
    }
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

/// The text of an `L:` field: `1/8` or `1`.
fn unit_length(text: &str) -> Option<Duration> {
    let (upper, lower) = text.split_once('/').unwrap_or((text, "1"));
    let number = |text: &str| super::meter::small_number(text.trim()).filter(|n| *n > 0);
    Some(Duration::new(i64::from(number(upper)?), i64::from(number(lower)?)))
}
