//! A tune as data.

use super::{Duration, Key, Meter, Pitch, Tempo};

/// A place in the text of a tune.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// From 1, counted from the tune's `X:` line.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// Something the reader did not understand or nobody can play, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", at.line, at.column)]
#[non_exhaustive]
pub struct Problem {
    /// Where it stands.
    pub at: Position,
    /// A lower-case sentence.
    pub message: String,
}

/// `p` notes in the time of `q`, for the next `r` notes: `(p:q:r`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the standard's own names")]
pub struct Tuplet {
    pub p: u32,
    pub q: u32,
    pub r: u32,
    /// Which of the `r` this note is, from 0.
    pub index: u32,
}

impl Tuplet {
    /// What a written length is multiplied by.
    ///
    /// # Panics
    /// Where `p` is 0; no tuplet of a tune is so.
    pub fn factor(self) -> Duration {
        Duration::new(i64::from(self.q), i64::from(self.p))
    }

    /// The `q` that the standard gives for `p` notes: 3 for 2, 4 and 8; 2 for 3 and 6; else a
    /// whole beat.
    pub(crate) fn default_q(p: u32, meter: Option<Meter>) -> u32 {
        match p {
            2 | 4 | 8 => 3,
            3 | 6 => 2,
            _ if meter.is_some_and(Meter::is_compound) => 3,
            _ => 2,
        }
    }
}

/// What is written at a note besides the note; texts are as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `"Am"`: a chord to be played along, or what stands where such chords do.
    Chord(String),
    /// `"^slowly"`: words above (`^`), below (`_`) or beside the note; the sign is part of the text.
    Text(String),
    /// `!trill!`, `+fermata+`, or a symbol such as `T`, by the name of what it stands for.
    Decoration(String),
}

impl Mark {
    /// What stands between quotation marks.
    pub(super) fn of_words(text: &str) -> Self {
        if text.starts_with(['^', '_', '<', '>', '@']) {
            Self::Text(text.to_owned())
        } else {
            Self::Chord(text.to_owned())
        }
    }

    /// What is written between the quotation or exclamation marks.
    pub fn text(&self) -> &str {
        match self {
            Self::Chord(text) | Self::Text(text) | Self::Decoration(text) => text,
        }
    }
}

/// A note, a chord or a rest.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The notes that sound together, in written order; empty for a rest.
    pub pitches: Vec<Pitch>,
    /// How long it sounds in whole notes, tuplets and broken rhythm included.
    pub duration: Duration,
    /// The tuplet it is part of.
    pub tuplet: Option<Tuplet>,
    /// Its highest note goes on into the next event as written, which has the same pitch.
    pub tie: bool,
    /// The notes followed by `-`. They go on into the next event *played*, if it has them.
    pub ties: Vec<Pitch>,
    /// The grace notes before it.
    pub grace: Vec<Pitch>,
    /// The grace notes after it, before a bar line.
    pub grace_after: Vec<Pitch>,
    /// Chord symbols, words and decorations before it.
    pub marks: Vec<Mark>,
    /// Where it is written.
    pub at: Position,
}

impl Event {
    /// The highest of the notes; `None` for a rest.
    pub fn top(&self) -> Option<Pitch> {
        self.pitches.iter().copied().max_by_key(|pitch| pitch.midi())
    }
}

/// What stands between two bars; several signs in a row, such as `:|` and `|:`, are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BarLine {
    /// `:|` is 1; `::|` (play three times) 2.
    pub repeat_end: u32,
    /// `|:` is 1.
    pub repeat_start: u32,
    /// `||`, `|]` or `[|`: the end of a part.
    pub double: bool,
    /// No sign at all: an ending (`[1`) begins, or the text stops, inside a bar.
    pub missing: bool,
}

impl BarLine {
    /// Whether a part may end here.
    pub fn divides(self) -> bool {
        self.repeat_end > 0 || self.repeat_start > 0 || self.double
    }

    /// This bar line and another one right after it, as one.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            repeat_end: self.repeat_end.max(other.repeat_end),
            repeat_start: self.repeat_start.max(other.repeat_start),
            double: self.double || other.double,
            missing: self.missing && other.missing,
        }
    }
}

/// A key, metre or unit that changes inside the tune.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `K:`
    Key(Key),
    /// `M:`; `None` for free metre.
    Meter(Option<Meter>),
    /// `L:`. Durations are absolute, so this only matters to who writes the tune again.
    Unit(Duration),
    /// `Q:`
    Tempo(Tempo),
    /// `transpose=` and clefs such as `treble-8`: semitones by which notes sound higher than they
    /// are written.
    Transposition(i8),
}

/// The music between two bar lines.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Bar {
    /// Changes, each with the number of events of this bar before it.
    pub changes: Vec<(usize, Change)>,
    /// The numbers of the ending (`|1`, `[2`, `[1,3`) that begins with this bar.
    pub ending: Option<Vec<u32>>,
    /// The name of the part (`P:A`) that begins with this bar.
    pub part: Option<char>,
    /// Notes, chords and rests. Never empty in a [`Tune`].
    pub events: Vec<Event>,
    /// Sum of the events' durations, in whole notes.
    pub duration: Duration,
    /// Words and decorations after its last note, such as `!D.C.!`.
    pub marks: Vec<Mark>,
    /// The bar line at its end.
    pub right: BarLine,
    /// Where its first event is written.
    pub at: Position,
}

/// A tune as it was read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tune {
    /// The fields before the music, in order: letter and trimmed text, comments removed, continued
    /// lines (`+:`) joined.
    pub headers: Vec<(char, String)>,
    /// The metre in force at the first note; `None` where it is free or not given.
    pub meter: Option<Meter>,
    /// The unit note length in force at the first note, in whole notes.
    pub unit: Duration,
    /// The key in force at the first note.
    pub key: Key,
    /// The tempo at the first note, if `Q:` gives one.
    pub tempo: Option<Tempo>,
    /// Semitones by which the first note sounds higher than it is written.
    pub transposition: i8,
    /// The bar line before the first note.
    pub left: BarLine,
    /// The bars in written order; [`super::played`] gives the order of playing.
    pub bars: Vec<Bar>,
    /// What was not understood; another reader may find other notes there.
    pub problems: Vec<Problem>,
    /// What was passed over or understood in one of several ways, though the notes are sure.
    pub notices: Vec<Problem>,
    /// Why the rest of the tune was not read: no tune is so long. Nobody plays such a tune.
    pub too_long: Option<Problem>,
}

impl Tune {
    /// The text of the first header with this letter.
    pub fn header(&self, letter: char) -> Option<&str> {
        self.headers.iter().find(|(l, _)| *l == letter).map(|(_, text)| text.as_str())
    }

    /// All events in written order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.bars.iter().flat_map(|bar| &bar.events)
    }

    /// Chord symbols, words and decorations in written order.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.bars
            .iter()
            .flat_map(|bar| bar.events.iter().flat_map(|event| &event.marks).chain(&bar.marks))
    }

    /// Number of notes that are struck: chords count once, the later notes of a tie do not.
    pub fn notes(&self) -> usize {
        let mut held = false;
        self.events()
            .filter(|event| {
                let struck = !event.pitches.is_empty() && !held;
                held = event.tie;
                struck
            })
            .count()
    }
}
