//! Music character by character: when each note begins, where bars, parts and endings do.

use super::bars::Bars;
use super::length::{LONGEST, Length};
use crate::music::abc::{Duration, Key, Meter};

/// Parts of a whole note: lengths down to 1/64 of a quaver and tuplets of 3, 5, 7 and 9 are whole.
const WHOLE: i64 = 64 * 10_080;
/// Bar signs as they are being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sign {
    /// None, or it is over.
    #[default]
    None,
    /// `|`
    Line,
    /// `:`
    Colon,
    /// `:|`
    End,
    /// `|:`
    Begin,
    /// `||`, `[|`
    Double,
    /// `|]`
    Last,
    /// `::`, `:|:`
    Both,
    /// `[`
    Open,
    /// The number of an ending.
    Ending,
}

/// What the last character is within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Nothing,
    /// `"Am"`, `!trill!`, `{gf}`: up to this character.
    Until(char),
    /// `(3:2:3`
    Tuplet,
    /// `[CEG]`
    Chord,
    /// `[M:3/4]`
    Field,
}

/// The note or rest that the last character belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Element {
    /// Not begun.
    #[default]
    None,
    /// Accidentals, ornaments or a chord's bracket.
    Begun,
    /// The note itself.
    Noted,
}

/// Where the music stands.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pub(super) bars: Bars,
    /// Letter of the last note, C being 0.
    letter: Option<u32>,
    pub(super) sign: Sign,
    /// Length of a bar, 0 in free metre, and of L.
    bar: i64,
    unit: Option<i64>,
    /// Letter of the tonic, C being 0.
    tonic: Option<u32>,
    within: Within,
    /// The character before.
    last: (char, u32),
    element: Element,
    /// When the element begins, or would.
    time: i64,
    length: Length,
    /// Text of an inline field.
    field: String,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            bars: Bars::default(),
            letter: None,
            sign: Sign::None,
            bar: 0,
            unit: None,
            tonic: None,
            within: Within::Nothing,
            last: (' ', 0),
            element: Element::None,
            time: 0,
            length: Length::new(),
            field: String::new(),
        }
    }

    /// The metre from here on.
    pub(super) fn set_meter(&mut self, meter: Option<Meter>) {
        self.bar = meter.map_or(0, |meter| whole_notes(meter.bar()));
    }

    /// The unit from here on.
    pub(super) fn set_unit(&mut self, unit: Duration) {
        self.unit = Some(whole_notes(unit).max(4));
    }

    /// The key from here on.
    fn set_key(&mut self, key: &Key) {
        self.tonic = key.tonic.map(|(letter, _)| u32::from(letter));
    }

    /// L; where no field says, what the metre says.
    fn unit(&self) -> i64 {
        let short = self.bar > 0 && self.bar < WHOLE * 3 / 4;
        self.unit.unwrap_or(if short { WHOLE / 16 } else { WHOLE / 8 })
    }

    /// Quarters of L from the bar line, and to the end of the bar.
    pub(super) fn position(&self) -> (u32, u32) {
        let quarters = |time: i64| (4 * time / self.unit()).clamp(0, 63) as u32;
        (quarters(self.time), quarters(self.bar - self.time))
    }

    /// The first bar begins.
    pub(super) fn begin(&mut self) {
        self.bars.begin();
    }

    /// The music goes on with this character.
    pub(super) fn push(&mut self, c: char, symbol: u32) {
        self.read(c, symbol);
        self.last = (c, symbol);
    }

    fn read(&mut self, c: char, symbol: u32) {
        match self.within {
            Within::Until(end) => {
                if c == end {
                    self.within = Within::Nothing;
                }
                return self.bars.push(symbol);
            }
            Within::Field => return self.inline_field(c),
            Within::Tuplet if c.is_ascii_digit() || c == ':' => {
                self.length.push_tuplet(c);
                return self.bars.push(symbol);
            }
            Within::Tuplet => self.end_tuplet(),
            Within::Chord if c == ']' => {
                self.length.end_chord();
                self.within = Within::Nothing;
                return self.bars.push(symbol);
            }
            Within::Chord | Within::Nothing => {}
        }
        if self.sign == Sign::Open && self.opened(c) {
            return;
        }
        match c {
            '|' | ':' => self.bar_sign(c),
            ']' if self.sign == Sign::Line => self.bar_sign(c),
            '[' => {
                self.close();
                self.sign = Sign::Open;
            }
            '0'..='9' | ',' | '-' if self.sign == Sign::Ending => {}
            '1'..='9' if matches!(self.sign, Sign::Line | Sign::End) => self.ending(c),
            ' ' | '\t' => self.blank(symbol),
            _ => {
                self.sign = Sign::None;
                self.sound(c, symbol);
            }
        }
    }

    /// What comes behind `[`; false for a chord.
    fn opened(&mut self, c: char) -> bool {
        match c {
            '|' => self.bar_sign(c),
            '1'..='9' => self.ending(c),
            'H'..='Z' | 'h'..='w' => {
                (self.within, self.sign) = (Within::Field, Sign::None);
                self.field.clear();
                self.field.push(c);
            }
            _ => {
                self.sign = Sign::None;
                self.begin_element(self.last.1);
                self.within = Within::Chord;
                return false;
            }
        }
        true
    }

    /// Notes and what belongs to them.
    fn sound(&mut self, c: char, symbol: u32) {
        match c {
            'A'..='G' | 'a'..='g' | 'z' | 'x' | 'Z' | 'X' => self.note(c, symbol),
            '0'..='9' | '/' if self.element == Element::Noted => {
                self.length.push(c);
                self.bars.push(symbol);
            }
            '0'..='9' if self.last.0 == '(' => {
                self.within = Within::Tuplet;
                self.length.begin_tuplet();
                self.length.push_tuplet(c);
                self.bars.push(symbol);
            }
            '>' | '<' => {
                if self.element == Element::Noted {
                    self.length.lengthen(c, self.last.0 == c);
                }
                self.bars.push(symbol);
            }
            '&' => {
                self.close();
                self.time = 0;
                self.bars.push(symbol);
            }
            '"' | '!' | '{' => {
                self.begin_element(symbol);
                self.within = Within::Until(if c == '{' { '}' } else { c });
            }
            '^' | '_' | '=' | '.' | '~' | '(' | 'H'..='W' | 'h'..='w' => self.begin_element(symbol),
            _ => self.bars.push(symbol),
        }
    }

    fn note(&mut self, c: char, symbol: u32) {
        if self.within == Within::Chord {
            self.bars.push(symbol);
        } else {
            self.begin_element(symbol);
        }
        if self.element != Element::Noted {
            let whole_bar = matches!(c, 'Z' | 'X');
            self.length.begin(if whole_bar { self.bar } else { self.unit() });
            self.element = Element::Noted;
        }
        if let Some(letter) = "CDEFGAB".find(c.to_ascii_uppercase()) {
            self.letter = Some(letter as u32);
        }
    }

    /// The last note's letter above that of `tonic`, else of the key's, from 1; 0 where there is none.
    pub(super) fn degree(&self, tonic: Option<u8>) -> u32 {
        let tonic = tonic.map(u32::from).or(self.tonic);
        self.letter.zip(tonic).map_or(0, |(letter, tonic)| 1 + (letter + 7 - tonic) % 7)
    }

    /// A note, or what stands before one: the note before it is over.
    fn begin_element(&mut self, symbol: u32) {
        if self.within != Within::Chord {
            if self.element == Element::Noted {
                self.close();
            }
            if self.element == Element::None {
                self.bars.note(self.time);
                self.element = Element::Begun;
            }
        }
        self.bars.push(symbol);
    }

    /// The time of the element is over.
    fn close(&mut self) {
        if self.element == Element::Noted {
            self.time = (self.time + self.length.end()).min(LONGEST);
        }
        self.element = Element::None;
    }

    fn end_tuplet(&mut self) {
        self.within = Within::Nothing;
        let in_threes = self.bar > 0 && self.bar % (WHOLE * 3 / 8) == 0;
        self.length.end_tuplet(in_threes && self.bar != WHOLE * 3 / 4);
    }

    fn inline_field(&mut self, c: char) {
        if c != ']' {
            if self.field.len() < 64 {
                self.field.push(c);
            }
            return;
        }
        self.within = Within::Nothing;
        let field = std::mem::take(&mut self.field);
        if let Some((name, text)) = field.split_once(':') {
            self.set(name.chars().next().unwrap_or(' '), text);
        }
    }

    /// What a field says of time and tonic.
    pub(super) fn set(&mut self, letter: char, text: &str) {
        match letter {
            'M' => {
                if let Ok(meter) = Meter::parse(text) {
                    self.set_meter(meter);
                }
            }
            'L' => {
                let parts = text.trim().split_once('/');
                let parts = parts.and_then(|(above, below)| {
                    Some((above.trim().parse::<i64>().ok()?, below.trim().parse::<i64>().ok()?))
                });
                if let Some((above @ 1..=64, below @ 1..=64)) = parts {
                    self.set_unit(Duration::new(above, below));
                }
            }
            'K' => {
                if let Ok(key) = Key::parse(text) {
                    self.set_key(&key);
                }
            }
            _ => {}
        }
    }

    fn blank(&mut self, symbol: u32) {
        self.close();
        self.sign = Sign::None;
        // one between a bar sign and the first note belongs to neither
        if !self.bars.is_empty() {
            self.bars.push(symbol);
        }
        self.bars.at(self.time);
    }

    /// The line is over: whatever was open is not.
    pub(super) fn end_line(&mut self) {
        if self.within == Within::Tuplet {
            self.end_tuplet();
        }
        self.within = Within::Nothing;
        self.close();
        self.sign = Sign::None;
        self.bars.at(self.time);
        self.last = ('\n', 0);
    }

    fn end_bar(&mut self) {
        self.close();
        let full = self.time > 0 && 4 * self.time >= 3 * self.bar;
        self.bars.end(self.time, full);
        self.time = 0;
    }

    fn bar_sign(&mut self, c: char) {
        if matches!(self.sign, Sign::None | Sign::Open | Sign::Ending) {
            self.end_bar();
        }
        self.sign = match (self.sign, c) {
            (Sign::Colon | Sign::Both, ':') | (Sign::End, ':') => Sign::Both,
            (Sign::Colon, _) => Sign::End,
            (Sign::End | Sign::Both, _) => self.sign,
            (Sign::Line | Sign::Double | Sign::Begin, ':') => Sign::Begin,
            (Sign::Line, ']') => Sign::Last,
            (Sign::Line | Sign::Double | Sign::Open, '|') => Sign::Double,
            (_, ':') => Sign::Colon,
            _ => Sign::Line,
        };
        match self.sign {
            Sign::End if c == '|' => self.bars.repeat(),
            Sign::Begin | Sign::Double | Sign::Last | Sign::Both => self.bars.new_part(),
            _ => {}
        }
    }

    fn ending(&mut self, c: char) {
        self.sign = Sign::Ending;
        self.bars.ending(c.to_digit(10).unwrap_or(1));
    }
}

/// A length in parts of a whole note.
fn whole_notes(length: Duration) -> i64 {
    WHOLE * *length.numer() / *length.denom()
}
