//! From tokens to bars: everything that depends on the music before.
//!
//! [`Reader`] holds all of that state in plain fields: what is in force (key, metre, unit, the
//! accidentals of this bar), what waits for the next note (grace notes, a tie, broken rhythm, the
//! rest of a tuplet) and the bar under construction.

use num_rational::Ratio;
use num_traits::Zero;

use super::token::{Scanner, Token};
use super::tune::{Bar, BarLine, Change, Event, Position, Problem, Tune, Tuplet};
use super::{Duration, Key, Meter, Pitch, checked_add, checked_mul};

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
struct Chord {
    pitches: Vec<Pitch>,
    length: Option<Duration>,
}

/// The state of reading; see the module's documentation.
struct Reader {
    tune: Tune,
    /// Where the token in hand begins.
    at: Position,
    /// The header is over.
    in_body: bool,
    key: Key,
    meter: Option<Meter>,
    /// The `L:` in force; without one the metre decides.
    unit: Option<Duration>,
    /// Accidentals of this bar by letter C to B; they hold in every octave (standard 2.1, 11.3).
    accidentals: [Option<i8>; 7],
    bar: Bar,
    grace: Option<Vec<Pitch>>,
    /// Grace notes read, waiting for their note.
    graces: Vec<Pitch>,
    chord: Option<Chord>,
    /// A `-` follows the last event.
    tie: bool,
    /// Broken rhythm that waits for its second note: its factor.
    broken: Option<Duration>,
    /// The next note's place in a tuplet.
    tuplet: Option<Tuplet>,
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
            at: Position::default(),
            in_body: false,
            key: Key::none(),
            meter: None,
            unit: None,
            accidentals: [None; 7],
            bar: Bar::default(),
            grace: None,
            graces: Vec::new(),
            chord: None,
            tie: false,
            broken: None,
            tuplet: None,
        }
    }

    fn problem(&mut self, message: impl Into<String>) {
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
            'V' => self.problem("several voices are not read yet"),
            _ => {}
        }
    }

    /// Notes a change after the first note; before it, [`Self::begin`] takes what is in force.
    fn change(&mut self, change: Change) {
        if self.has_events() {
            self.bar.changes.push((self.bar.events.len(), change));
        }
    }

    fn has_events(&self) -> bool {
        !self.tune.bars.is_empty() || !self.bar.events.is_empty()
    }

    /// The unit note length in force.
    fn unit(&self) -> Duration {
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
            Token::Tie => self.tie = self.chord.is_none() && self.has_events(),
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

    fn note(&mut self, letter: u8, octave: i8, alter: Option<i8>, length: Duration) {
        let slot = usize::from(letter);
        let held = if self.tie && alter.is_none() { self.held(letter, octave) } else { None };
        let in_force = self.accidentals[slot].unwrap_or(self.key.signature[slot]);
        let pitch = Pitch { letter, octave, alter: alter.or(held).unwrap_or(in_force) };
        if let Some(graces) = &mut self.grace {
            graces.push(pitch); // its accidental does not hold for the bar
            return;
        }
        if alter.is_some() {
            self.accidentals[slot] = alter;
        }
        if let Some(chord) = &mut self.chord {
            chord.pitches.push(pitch);
            chord.length.get_or_insert(length);
            return;
        }
        self.event(vec![pitch], length);
    }

    /// The alteration that a note tied over the bar line keeps.
    fn held(&self, letter: u8, octave: i8) -> Option<i8> {
        let before = self.last_event()?;
        let same = |pitch: &&Pitch| pitch.letter == letter && pitch.octave == octave;
        before.pitches.iter().find(same).map(|pitch| pitch.alter)
    }

    fn last_event(&self) -> Option<&Event> {
        let before = || self.tune.bars.last().and_then(|bar| bar.events.last());
        self.bar.events.last().or_else(before)
    }

    fn last_event_mut(&mut self) -> Option<&mut Event> {
        let before = self.tune.bars.last_mut().and_then(|bar| bar.events.last_mut());
        self.bar.events.last_mut().or(before)
    }

    fn close_chord(&mut self, length: Duration) {
        let Some(chord) = self.chord.take() else {
            return self.problem("']' without '['");
        };
        match chord.length.and_then(|first| checked_mul(first, length)) {
            Some(length) if !chord.pitches.is_empty() => self.event(chord.pitches, length),
            _ => self.problem("a chord without notes"),
        }
    }

    fn bar_rest(&mut self, bars: u32) {
        let full = self.meter.map(|meter| meter.bar() / self.unit());
        match full.and_then(|full| checked_mul(full, Ratio::from_integer(i64::from(bars)))) {
            Some(length) if !length.is_zero() => self.event(Vec::new(), length),
            _ => self.problem("a bar's rest where no metre is given"),
        }
    }

    /// Adds a note, chord or rest whose written length is `length` units.
    fn event(&mut self, pitches: Vec<Pitch>, length: Duration) {
        if self.chord.is_some() || self.grace.is_some() {
            return self.problem("rests stand neither in chords nor among grace notes");
        }
        if !self.has_events() {
            self.begin();
        }
        let tuplet = self.next_in_tuplet();
        let factors = [
            Some(self.unit()),
            self.broken.take(),
            tuplet.map(Tuplet::factor),
        ];
        let duration = factors.into_iter().flatten().try_fold(length, checked_mul);
        let Some(duration) = duration else {
            return self.problem("a length beyond reckoning");
        };
        let event = Event {
            pitches,
            duration,
            tuplet,
            tie: false,
            grace: std::mem::take(&mut self.graces),
            at: self.at,
        };
        self.settle_tie(&event);
        if self.bar.events.is_empty() {
            self.bar.at = self.at;
        }
        self.bar.events.push(event);
    }

    /// The first event is here: what is in force now is the tune's.
    fn begin(&mut self) {
        self.tune.key = self.key.clone();
        self.tune.meter = self.meter;
        self.tune.unit = self.unit();
    }

    /// A `-` ties only to the same pitch; to another one it is a slur.
    fn settle_tie(&mut self, next: &Event) {
        if std::mem::take(&mut self.tie)
            && let Some(last) = self.last_event_mut()
        {
            last.tie = last.top().is_some() && last.top() == next.top();
        }
    }

    fn next_in_tuplet(&mut self) -> Option<Tuplet> {
        let now = self.tuplet?;
        let next = Tuplet { index: now.index + 1, ..now };
        self.tuplet = (next.index < next.r).then_some(next);
        Some(now)
    }

    fn open_tuplet(&mut self, p: u32, q: Option<u32>, r: Option<u32>) {
        if self.tuplet.is_some() {
            self.problem("a tuplet begins inside a tuplet");
        }
        let q = q.unwrap_or_else(|| Tuplet::default_q(p, self.meter));
        self.tuplet = Some(Tuplet { p, q, r: r.unwrap_or(p), index: 0 });
    }

    /// `a>b`: a gets 3/2 of its length and b 1/2; `>>` 7/4 and 1/4.
    fn broken(&mut self, signs: i32) {
        let short = Ratio::new(1, 1 << signs.abs());
        let long = Ratio::from_integer(2) - short;
        let (first, second) = if signs > 0 { (long, short) } else { (short, long) };
        if self.broken.is_some() || self.grace.is_some() || self.chord.is_some() {
            return self.problem("broken rhythm between what is not two notes");
        }
        match self.bar.events.last_mut().map(|e| (checked_mul(e.duration, first), e)) {
            Some((Some(duration), event)) => {
                event.duration = duration;
                self.broken = Some(second);
            }
            _ => self.problem("broken rhythm without a note before it in its bar"),
        }
    }

    fn bar_line(&mut self, line: BarLine) {
        if self.broken.take().is_some() {
            self.problem("broken rhythm across a bar line");
        }
        if self.tuplet.take().is_some() {
            self.problem("a tuplet across a bar line");
        }
        self.accidentals = [None; 7];
        if self.bar.events.is_empty() {
            let before = self.tune.bars.last_mut().map_or(&mut self.tune.left, |bar| &mut bar.right);
            *before = before.and(line);
            return;
        }
        let mut bar = std::mem::take(&mut self.bar);
        bar.right = line;
        let sum = bar.events.iter().try_fold(Duration::zero(), |sum, event| {
            checked_add(sum, event.duration)
        });
        match sum {
            Some(sum) => bar.duration = sum,
            None => self.problem("a bar longer than can be reckoned"),
        }
        self.tune.bars.push(bar);
    }

    fn finish(mut self) -> Tune {
        if !self.in_body {
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
