//! What fields such as `M:6/8` do, in the header and in the music.

use super::builder::Builder;
use super::tune::Change;
use super::value::small_number;
use super::{Duration, Key, Meter, Tempo};

impl Builder {
    /// A field on its own line or in brackets.
    pub(super) fn field(&mut self, letter: char, text: &str) {
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
            'Q' => match Tempo::parse(text, self.in_force.unit()) {
                Ok(Some(tempo)) => self.change(Change::Tempo(tempo)),
                Ok(None) => {}
                Err(error) => self.problem(error.to_string()),
            },
            'K' => self.key_field(text),
            'P' if self.header.is_over => self.part(text),
            'V' => {
                let name = text.split_whitespace().next().unwrap_or_default();
                if self.header.voice.get_or_insert_with(|| name.to_owned()) != name {
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
        if !(self.header.is_over && (is_clef || first.contains('='))) {
            match Key::parse(text) {
                Ok(key) => {
                    self.accidentals = [None; 7];
                    self.change(Change::Key(key));
                }
                Err(error) => self.problem(error.to_string()),
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
    }

    /// `P:A` in the music: a part begins, if the header says in which order parts are played.
    fn part(&mut self, text: &str) {
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

/// The text of an `L:` field: `1/8` or `1`.
fn unit_length(text: &str) -> Option<Duration> {
    let (upper, lower) = text.split_once('/').unwrap_or((text, "1"));
    let number = |text: &str| small_number(text.trim()).filter(|n| *n > 0);
    Some(Duration::new(i64::from(number(upper)?), i64::from(number(lower)?)))
}
