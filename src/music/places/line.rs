//! Which line a character is on: a header's, one of music, or neither.

use super::clock::Clock;
use super::column::{Column, InputError, METRES, columns};
use crate::music::abc::{Key, Meter};
use crate::music::corpus::{KNOWN_RHYTHMS, rhythm_name};

/// Letters of fields that may stand between lines of music; there others with a colon are notes.
const IN_BODY: &str = "IKLMmNOPQRrsTUVWwX";
/// What is kept of a field's text.
const LONGEST_FIELD: usize = 64;

/// What the line is, as far as it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Start,
    /// Its first character and its symbol, if a colon can make it a field.
    Letter(char, u32),
    Field(char),
    Music,
    /// Neither: a comment, prose.
    Other,
}

/// Reads a text character by character and says, after each, the inputs of a model.
///
/// ```
/// use hornpipe::music::places::{Reader, inputs};
/// let text = "X:1\nM:6/8\nL:1/8\nK:G\n|:GAB";
/// let inputs = inputs(128);
/// let mut reader = Reader::new(&inputs, 128).unwrap();
/// text.chars().for_each(|c| reader.push(c, c as u32));
/// let mut now = vec![0; inputs.len()];
/// reader.fill(&mut now);
/// let at = |name: &str| now[inputs.iter().position(|(n, _)| n == name).unwrap()];
/// // in music, on the third quaver of six, which is the third degree
/// assert_eq!([at("field"), at("position"), at("left"), at("degree")], [27, 8, 16, 3]);
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    columns: Vec<Column>,
    /// The letter that notes are above, if it is the same whatever `K:` says.
    tonic: Option<u8>,
    line: Line,
    /// Whether the line so far is blank.
    blank: bool,
    /// Between an `X:` line and the end of that tune; behind its `K:` line.
    in_tune: bool,
    in_body: bool,
    /// Text of the field.
    text: String,
    metre: u32,
    key: u32,
    rhythm: u32,
    clock: Clock,
}

impl Reader {
    /// Before the first character, for these inputs, by name and size, of a model of `vocab` symbols.
    ///
    /// # Errors
    /// An input that nobody here knows, or of another size.
    pub fn new(inputs: &[(String, usize)], vocab: usize) -> Result<Self, InputError> {
        Ok(Self::of(columns(inputs, vocab)?))
    }

    /// Of no input at all.
    pub fn deaf() -> Self {
        Self::of(Vec::new())
    }

    fn of(columns: Vec<Column>) -> Self {
        Self {
            columns,
            tonic: None,
            line: Line::Start,
            blank: true,
            in_tune: false,
            in_body: false,
            text: String::new(),
            metre: 0,
            key: 0,
            rhythm: 0,
            clock: Clock::new(),
        }
    }

    /// For a text whose notes are all on one tonic, this letter (C being 0), whatever its keys are.
    pub fn on_tonic(self, tonic: Option<u8>) -> Self {
        Self { tonic, ..self }
    }

    /// How many inputs there are, K.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Goes back to before the first character.
    pub fn reset(&mut self) {
        *self = Self::of(std::mem::take(&mut self.columns)).on_tonic(self.tonic);
    }

    /// Reads the next character, which has this symbol.
    pub fn push(&mut self, c: char, symbol: u32) {
        if self.columns.is_empty() {
            return;
        }
        if c == '\n' {
            return self.end_line();
        }
        self.blank &= c.is_whitespace();
        match self.line {
            Line::Start => self.begin_line(c, symbol),
            Line::Letter('X', _) if c == ':' => {
                self.reset();
                (self.in_tune, self.blank, self.line) = (true, false, Line::Field('X'));
            }
            Line::Letter(letter, _) if c == ':' => self.line = Line::Field(letter),
            Line::Letter(letter, before) => {
                self.line = if self.in_body { Line::Music } else { Line::Other };
                self.music(letter, before);
                self.music(c, symbol);
            }
            Line::Field(_) => {
                if self.text.len() < LONGEST_FIELD {
                    self.text.push(c);
                }
            }
            Line::Music => self.music(c, symbol),
            Line::Other => {}
        }
    }

    fn begin_line(&mut self, c: char, symbol: u32) {
        if c.is_ascii_alphabetic() && (!self.in_body || IN_BODY.contains(c)) {
            self.line = Line::Letter(c, symbol);
            return;
        }
        self.line = if self.in_body { Line::Music } else { Line::Other };
        self.music(c, symbol);
    }

    /// A character of a line that is music up to here, if any.
    fn music(&mut self, c: char, symbol: u32) {
        match self.line {
            Line::Music if c == '%' => self.line = Line::Other,
            Line::Music => self.clock.push(c, symbol),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        match std::mem::replace(&mut self.line, Line::Start) {
            _ if self.blank && self.in_body => return self.reset(),
            Line::Letter(letter, symbol) if self.in_body => self.clock.push(letter, symbol),
            Line::Field(letter) => self.end_field(letter),
            _ => {}
        }
        if self.in_body {
            self.clock.end_line();
        }
        self.text.clear();
        self.blank = true;
    }

    fn end_field(&mut self, letter: char) {
        if !self.in_tune {
            return;
        }
        let text = self.text.split('%').next().unwrap_or_default().trim();
        self.clock.set(letter, text);
        match letter {
            'M' => {
                self.metre =
                    number(METRES.iter().position(|name| *name == metre(text)), METRES.len())
            }
            'R' => {
                let known = rhythm_name(text, None);
                let nth = KNOWN_RHYTHMS.iter().position(|name| Some(*name) == known);
                self.rhythm = number(nth, KNOWN_RHYTHMS.len());
            }
            'K' => {
                self.key = key_number(text);
                if !self.in_body {
                    self.in_body = true;
                    self.clock.begin();
                }
            }
            _ => {}
        }
    }

    /// Says the inputs after the last character, each below its size, into `now` (K).
    ///
    /// # Panics
    /// If there is not room for each.
    pub fn fill(&self, now: &mut [u32]) {
        assert_eq!(now.len(), self.columns.len(), "a number for each input");
        let in_music = match self.line {
            Line::Start | Line::Letter(..) => self.in_body,
            line => line == Line::Music,
        };
        let degree = self.clock.degree(self.tonic);
        let (position, left) = if in_music { self.clock.position() } else { (0, 0) };
        for (now, column) in now.iter_mut().zip(&self.columns) {
            *now = match column {
                Column::Field => self.field(in_music),
                Column::Metre => self.metre,
                Column::Key => self.key,
                Column::Rhythm => self.rhythm,
                _ if !in_music => 0,
                Column::Position => position,
                Column::Left => left,
                Column::Bar => self.clock.bars.number.min(33) as u32,
                Column::Part => self.clock.bars.part.min(6) as u32,
                Column::Degree => degree,
                Column::Sign => self.clock.sign as u32,
                Column::Lookback(back) => self.clock.bars.lookback(*back),
                Column::Agrees(back) => self.clock.bars.agrees(*back),
            };
        }
    }

    fn field(&self, in_music: bool) -> u32 {
        match self.line {
            Line::Field(letter) => u32::from(letter.to_ascii_uppercase()) - u32::from('A') + 1,
            _ if in_music => 27,
            _ => 0,
        }
    }
}

/// A place in a table of so many, from 1; what is not in it is one more.
fn number(nth: Option<usize>, of: usize) -> u32 {
    nth.map_or(of + 1, |nth| nth + 1) as u32
}

/// A metre as the table has it.
fn metre(text: &str) -> String {
    match Meter::parse(text) {
        Ok(Some(Meter { beats, unit, .. })) => format!("{beats}/{unit}"),
        _ => String::new(),
    }
}

/// 1 + 12 mode + pitch class of the tonic; 85 where a tonic and a mode are not all.
fn key_number(text: &str) -> u32 {
    let plain = Key::parse(text).ok().filter(|key| key.name().is_some());
    let number = plain.and_then(|key| Some(1 + 12 * key.mode as u32 + key.tonic_class()? as u32));
    number.unwrap_or(85)
}
