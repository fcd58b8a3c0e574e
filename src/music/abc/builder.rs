//! The state of reading music: all that a sign's meaning depends on.

use super::in_force::InForce;
use super::tune::{Bar, BarLine, Mark, Position, Problem, Tune, Tuplet};
use super::{Duration, Key, Pitch};

/// A tune under construction. `events` adds what sounds, `fields` what is in force.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    /// What is complete.
    pub(super) tune: Tune,
    /// The bar that is not.
    pub(super) bar: Bar,
    /// Accidentals of this bar by letter C to B; they hold in every octave (standard 2.1, 11.3).
    pub(super) accidentals: [Option<i8>; 7],
    pub(super) in_force: InForce,
    pub(super) header: Header,
    pub(super) open: Open,
    pub(super) next: Next,
    /// Where the sign in hand begins.
    pub(super) at: Position,
}

/// What music needs to know of the header.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) is_over: bool,
    /// The order of parts is given, so `P:` divides the music.
    pub(super) has_order: bool,
    /// The first `V:`; another one is a second voice.
    pub(super) voice: Option<String>,
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
            left: BarLine::default(),
            bars: Vec::new(),
            problems: Vec::new(),
            notices: Vec::new(),
            too_long: None,
        };
        Self {
            tune,
            bar: Bar::default(),
            accidentals: [None; 7],
            in_force: InForce::nothing(),
            header: Header::default(),
            open: Open::default(),
            next: Next::default(),
            at: Position { line: 0, column: 1 },
        }
    }

    pub(super) fn problem(&mut self, message: impl Into<String>) {
        self.tune.problems.push(Problem { at: self.at, message: message.into() });
    }

    pub(super) fn notice(&mut self, message: impl Into<String>) {
        self.tune.notices.push(Problem { at: self.at, message: message.into() });
    }

    pub(super) fn has_events(&self) -> bool {
        !self.tune.bars.is_empty() || !self.bar.events.is_empty()
    }
}
