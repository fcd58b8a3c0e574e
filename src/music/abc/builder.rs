//! The state of reading music: all that a sign's meaning depends on.

use super::accidentals::Accidentals;
use super::clef::Settings;
use super::in_force::InForce;
use super::spelled::{Spelled, What};
use super::tune::{Bar, BarLine, Mark, Position, Problem, Tune, Tuplet};
use super::{Duration, Key, Pitch};
use std::collections::BTreeMap;
use std::ops::Range;

/// Problems of a tune that are kept, and notices; nobody reads more.
const MOST_NAMED: usize = 100;

/// A tune under construction. `events` adds what sounds, `fields` what is in force.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    /// What is complete.
    pub(super) tune: Tune,
    /// The bar that is not.
    pub(super) bar: Bar,
    /// Those written in this bar.
    pub(super) accidentals: Accidentals,
    pub(super) in_force: InForce,
    pub(super) header: Header,
    /// Fields that the file has for all its tunes.
    pub(super) file_headers: Vec<(char, String)>,
    pub(super) open: Open,
    pub(super) next: Next,
    /// Behind `&`: a second voice, up to the next bar line.
    pub(super) in_overlay: bool,
    /// Signs read so far.
    pub(super) signs: usize,
    /// Where the sign in hand begins.
    pub(super) at: Position,
    /// The same in bytes of its line, to its end; of a field, its text.
    pub(super) span: Range<usize>,
    /// Notes and keys as they are read, for who asked to be told.
    pub(super) told: Option<Vec<Spelled>>,
}

/// What music needs to know of the header.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) is_over: bool,
    /// The order of parts is given, so `P:` divides the music.
    pub(super) has_order: bool,
    /// A tempo, whose unit may be given after it.
    pub(super) tempo: Option<(Position, String)>,
    /// What `U:` says a symbol stands for: something or nothing.
    pub(super) symbols: BTreeMap<char, Option<Mark>>,
    /// How `K:` moves the notes of all voices.
    pub(super) settings: Settings,
    /// The voices of `V:` in their order, each with how it moves its notes.
    pub(super) voices: Vec<(String, Settings)>,
    /// How the notes to come are moved.
    pub(super) in_force: Settings,
}

/// Brackets that are not closed yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    pub(super) chord: Option<Chord>,
    pub(super) graces: Option<Vec<Pitch>>,
}

/// A chord between its brackets; its length is that of its first note.
#[derive(Clone, Debug, Default)]
pub(super) struct Chord {
    pub(super) pitches: Vec<Pitch>,
    pub(super) length: Option<Duration>,
    /// Those of its notes that are followed by `-`.
    pub(super) ties: Vec<Pitch>,
}

/// What waits for the next note.
#[derive(Clone, Debug, Default)]
pub(super) struct Next {
    pub(super) graces: Vec<Pitch>,
    /// Chord symbols, words and decorations.
    pub(super) marks: Vec<Mark>,
    /// The factor that broken rhythm gives it.
    pub(super) broken: Option<Duration>,
    /// Its place in a tuplet.
    pub(super) tuplet: Option<Tuplet>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let tune = Tune {
            headers: Vec::new(),
            meter: None,
            unit: Duration::new(1, 8),
            key: Key::none(),
            tempo: None,
            transposition: 0,
            left: BarLine::default(),
            bars: Vec::new(),
            problems: Vec::new(),
            notices: Vec::new(),
            too_long: None,
        };
        Self {
            tune,
            bar: Bar::default(),
            accidentals: Accidentals::default(),
            in_force: InForce::nothing(),
            header: Header::default(),
            file_headers: Vec::new(),
            open: Open::default(),
            next: Next::default(),
            in_overlay: false,
            signs: 0,
            at: Position { line: 0, column: 1 },
            span: 0..0,
            told: None,
        }
    }

    pub(super) fn problem(&mut self, message: impl Into<String>) {
        if self.tune.problems.len() < MOST_NAMED {
            self.tune.problems.push(Problem { at: self.at, message: message.into() });
        }
    }

    /// Notes what is passed over; the same thing once.
    pub(super) fn notice(&mut self, message: impl Into<String>) {
        let message = message.into();
        let notices = &mut self.tune.notices;
        if notices.len() < MOST_NAMED && notices.iter().all(|other| other.message != message) {
            notices.push(Problem { at: self.at, message });
        }
    }

    /// From here on nothing is read, and of what was nothing but the header is kept.
    pub(super) fn stop(&mut self, bound: &str) {
        let message = format!("a tune of more than {bound}, which nobody plays; cut it into tunes");
        let problem = Problem { at: Position { line: 1, column: 1 }, message };
        (self.tune.bars, self.bar) = (Vec::new(), Bar::default());
        self.tune.problems = vec![problem.clone()];
        self.tune.too_long = Some(problem);
    }

    /// Tells a note or a key, where somebody listens.
    pub(super) fn tell(&mut self, what: impl FnOnce(&mut Self) -> What) {
        if let Some(mut told) = self.told.take() {
            let what = what(self);
            told.push(Spelled { at: self.span.clone(), what });
            self.told = Some(told);
        }
    }

    pub(super) fn has_events(&self) -> bool {
        !self.tune.bars.is_empty() || !self.bar.events.is_empty()
    }
}
