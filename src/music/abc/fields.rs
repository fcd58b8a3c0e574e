//! What fields such as `M:6/8` do, in the header and in the music.

use super::meter::small_number;
use super::read::Reader;
use super::tune::Change;
use super::{Duration, Key, Meter, Tempo};

impl Reader {
    /// A field on its own line or in brackets.
    pub(super) fn field(&mut self, letter: char, text: &str) {
        if !self.in_body() {
            self.keep(letter, text);
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
            'Q' => match Tempo::parse(text, self.unit()) {
                Ok(Some(tempo)) => {
                    self.tempo = Some(tempo);
                    self.change(Change::Tempo(tempo));
                }
                Ok(None) => {}
                Err(message) => self.problem(message),
            },
            'K' => self.key_field(text),
            'P' if self.in_body() => self.part(text),
            'V' => {
                let name = text.split_whitespace().next().unwrap_or_default();
                if self.voice.get_or_insert_with(|| name.to_owned()) != name {
                    self.problem("several voices are not read yet");
                }
            }
            _ => {}
        }
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
        let first = text.split_whitespace().next().unwrap_or_default();
        let is_clef = ["treble", "bass", "alto", "tenor", "perc"].contains(&first);
        // in the music a clef alone changes no note
        if !(self.in_body() && (is_clef || first.contains('='))) {
            match Key::parse(text) {
                Ok(key) => {
                    self.key = key.clone();
                    self.accidentals = [None; 7];
                    self.change(Change::Key(key));
                }
                Err(message) => self.problem(message),
            }
        }
        if !self.in_body() {
            self.end_header();
        }
    }

    /// `P:A` in the music: a part begins, if the header says in which order parts are played.
    fn part(&mut self, text: &str) {
        let name = text.chars().next().filter(char::is_ascii_uppercase);
        if self.has_order && name.is_some() {
            self.cut_bar();
            self.bar.part = name;
        }
    }

    /// Notes a change after the first note; before it, what is in force is the tune's own.
    fn change(&mut self, change: Change) {
        if self.has_events() {
            self.bar.changes.push((self.bar.events.len(), change));
        }
    }
}

/// The text of an `L:` field: `1/8` or `1`.
fn unit_length(text: &str) -> Option<Duration> {
    let (upper, lower) = text.split_once('/').unwrap_or((text, "1"));
    let number = |text: &str| small_number(text.trim()).filter(|n| *n > 0);
    Some(Duration::new(i64::from(number(upper)?), i64::from(number(lower)?)))
}
