//! What fields such as `M:6/8` do, in the header and in the music.

use super::accidentals::Propagation;
use super::builder::Builder;
use super::clef::{Settings, words};
use super::key::KeyField;
use super::signs::Sign;
use super::spelled::What;
use super::tune::{Change, Mark};
use super::tunes::FOR_ALL;
use super::value::{shortened, small_number};
use super::{Duration, Meter, Position, Tempo};

/// Bytes of what a symbol stands for; each use of it is a copy.
const LONGEST_MEANING: usize = 64;
/// Voices of a tune that we tell apart.
const MOST_VOICES: usize = 64;

impl Builder {
    /// A field on its own line or in brackets.
    pub(super) fn field(&mut self, letter: char, text: &str) {
        if letter == 'X' && !self.header.is_over && self.tune.header('X').is_none() {
            self.end_file_header();
        }
        if !self.header.is_over {
            self.keep(letter, text);
        }
        match letter {
            'M' => match Meter::parse(text) {
                Ok(meter) => self.change(Change::Meter(meter)),
                Err(error) => self.problem(error.to_string()),
            },
            'L' => match unit_length(text) {
                Some(unit) => self.change(Change::Unit(unit)),
                None => self.problem("L: wants a length such as 1/8"),
            },
            // a bare number counts units, and L: may come after it
            'Q' if !self.header.is_over => self.header.tempo = Some((self.at, text.to_owned())),
            'Q' => self.tempo(text),
            'K' => self.key_field(text),
            'P' if self.header.is_over => self.part(text),
            'V' => self.voice(text),
            'U' => self.define_symbol(text),
            'I' => self.instruction(text),
            _ => {}
        }
    }

    /// The lines so far were the file's: the tune begins here, with them behind its own.
    fn end_file_header(&mut self) {
        self.tune.headers.retain(|(letter, _)| FOR_ALL.contains(*letter));
        self.file_headers = std::mem::take(&mut self.tune.headers);
        self.at = Position { line: 1, column: 1 };
        // what is wrong there is no tune's fault
        self.tune.notices.append(&mut self.tune.problems);
        for notice in &mut self.tune.notices {
            notice.at = self.at;
            notice.message = format!("in the header of the file: {}", notice.message);
        }
    }

    fn tempo(&mut self, text: &str) {
        match Tempo::parse(text, self.in_force.unit(), self.in_force.meter) {
            Ok(Some(tempo)) => self.change(Change::Tempo(tempo)),
            Ok(None) => {}
            Err(error) => self.notice(format!("{error}; it is passed over")),
        }
    }

    /// `I:`, or a `%%` line.
    pub(super) fn instruction(&mut self, text: &str) {
        if let Some(("propagate-accidentals", how)) = text.split_once(char::is_whitespace) {
            match Propagation::parse(how.trim()) {
                Some(propagation) => self.accidentals.propagation = propagation,
                None => self.notice("propagate-accidentals wants one of not, octave, pitch"),
            }
        }
    }

    /// `U:T = !trill!`
    fn define_symbol(&mut self, text: &str) {
        let (left, right) = text.split_once('=').unwrap_or((text, ""));
        let (mut left, right) = (left.trim().chars(), right.trim());
        let (Some(symbol), None, ..=LONGEST_MEANING) = (left.next(), left.next(), right.len())
        else {
            return self.notice("U: wants a symbol and what it stands for, such as T = !trill!");
        };
        let mark = if let Some(words) = right.strip_prefix('"') {
            Some(Mark::of_words(words.trim_end_matches('"')))
        } else {
            let name = right.trim_matches(['!', '+']);
            let nothing = ["", "nil", "none"].contains(&name);
            (!nothing).then(|| Mark::Decoration(name.to_owned()))
        };
        self.header.symbols.insert(symbol, mark);
    }

    /// A symbol among the notes.
    pub(super) fn symbol(&mut self, symbol: char) {
        let mark = match self.header.symbols.get(&symbol) {
            Some(mark) => mark.clone(),
            None => match common_symbol(symbol) {
                Some(name) => Some(Mark::Decoration(name.to_owned())),
                None => {
                    return self.notice("a symbol that no U: field defines; such are passed over");
                }
            },
        };
        self.next.marks.extend(mark);
    }

    /// Keeps a header's field; `+:` continues the one before it.
    fn keep(&mut self, letter: char, text: &str) {
        match self.tune.headers.last_mut() {
            Some((_, before)) if letter == '+' => {
                before.push(' ');
                before.push_str(text);
            }
            _ => self.tune.headers.push((letter, text.to_owned())),
        }
    }

    fn key_field(&mut self, text: &str) {
        match KeyField::parse(text) {
            Ok(field) => {
                if let Some(key) = field.key {
                    self.accidentals.clear();
                    self.tell(|_| What::Key(key.clone()));
                    self.change(Change::Key(key));
                }
                self.header.settings = field.settings.or(self.header.settings);
                self.settle(field.settings);
                if !field.unknown.is_empty() {
                    let unknown = shortened(&field.unknown);
                    self.notice(format!("'{unknown}' in K: is passed over"));
                }
            }
            Err(error) => {
                let german = text.starts_with('H') || text.chars().nth(1) == Some('s');
                let hint = if german { "; a German H is B, Es is Eb, Fis is F#" } else { "" };
                self.problem(format!("{error}{hint}"));
            }
        }
        if !self.header.is_over {
            self.end_header();
        }
    }

    /// From here on the unit is what it is, whatever the metre becomes.
    pub(super) fn end_header(&mut self) {
        self.in_force.unit = Some(self.in_force.unit());
        self.header.has_order = self.tune.header('P').is_some();
        self.header.is_over = true;
        self.tune.headers.append(&mut self.file_headers);
        if let Some((at, text)) = self.header.tempo.take() {
            let here = std::mem::replace(&mut self.at, at);
            self.tempo(&text);
            self.at = here;
        }
    }

    /// `V:name` and how the voice moves its notes.
    fn voice(&mut self, text: &str) {
        let mut words = words(text);
        let name = words.next().unwrap_or_default();
        let mut settings = Settings::default();
        words.for_each(|word| {
            settings.take(word);
        });
        let voices = &mut self.header.voices;
        let known = voices.len();
        let place = voices.iter().position(|voice| voice.0 == name).unwrap_or_else(|| {
            if voices.len() < MOST_VOICES {
                voices.push((name.to_owned(), Settings::default()));
            }
            voices.len() - 1
        });
        let is_second = known == 1 && voices.len() == 2;
        let voice = &mut voices[place].1;
        *voice = settings.or(*voice);
        let settings = voice.or(self.header.settings);
        if place == 0 || self.header.is_over {
            let all = Settings { octave: Some(0), transpose: Some(0), clef: Some(0) };
            self.settle(settings.or(all));
        }
        if is_second {
            self.problem("several voices are not read yet; they are played one after another");
        }
    }

    /// Makes what is given of `settings` what is in force.
    fn settle(&mut self, settings: Settings) {
        let now = settings.or(self.header.in_force);
        self.header.in_force = now;
        let transposition = now.transpose.unwrap_or(0) + now.clef.unwrap_or(0);
        if transposition != self.in_force.transposition {
            self.change(Change::Transposition(transposition));
        }
    }

    /// `P:A` in the music: a part begins, if the header says in which order parts are played. It may
    /// say `P:D.C. al Fine`, too.
    fn part(&mut self, text: &str) {
        let mark = Mark::Text(text.to_owned());
        match (Sign::of(&mark), self.tune.bars.last_mut()) {
            (Some(Sign::Back { .. } | Sign::Fine), Some(last)) if self.bar.events.is_empty() => {
                return last.marks.push(mark);
            }
            (Some(_), _) => return self.next.marks.push(mark),
            (None, _) => {}
        }
        let name = text.chars().next().filter(char::is_ascii_uppercase);
        if self.header.has_order && name.is_some() {
            self.cut_bar();
            self.bar.part = name;
        }
    }

    /// Makes a change, and notes it after the first note; before it, what is in force is the tune's
    /// own.
    fn change(&mut self, change: Change) {
        self.in_force.change(&change);
        if self.has_events() {
            self.bar.changes.push((self.bar.events.len(), change));
        }
    }
}

/// What a symbol stands for where no `U:` says it (standard 2.1, 4.16).
fn common_symbol(symbol: char) -> Option<&'static str> {
    match symbol {
        '~' => Some("roll"),
        '.' => Some("staccato"),
        'H' => Some("fermata"),
        'L' => Some("accent"),
        'M' => Some("lowermordent"),
        'O' => Some("coda"),
        'P' => Some("uppermordent"),
        'S' => Some("segno"),
        'T' => Some("trill"),
        'u' => Some("upbow"),
        'v' => Some("downbow"),
        _ => None,
    }
}

/// The text of an `L:` field: `1/8` or `1`.
fn unit_length(text: &str) -> Option<Duration> {
    let (upper, lower) = text.split_once('/').unwrap_or((text, "1"));
    let number = |text: &str| small_number(text.trim()).filter(|n| *n > 0);
    Some(Duration::new(i64::from(number(upper)?), i64::from(number(lower)?)))
}
