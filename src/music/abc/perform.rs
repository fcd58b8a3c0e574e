//! A tune as it sounds: repeats unfolded, ties joined, every note with its place in time.

use std::ops::Range;

use super::in_force::InForce;
use super::order::{Order, Turn};
use super::tune::{Change, Event, Position, Problem, Tune};
use super::{Duration, Mark, Meter, Pitch};
use super::{checked_add, checked_div, checked_mul, checked_sub};

/// The most notes of a performance, graces among them; also the most rests, chord symbols and
/// changes. Repeats of repeats multiply fast.
pub const MOST_NOTES: usize = 100_000;

/// A note that sounds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Note {
    /// When it begins, in whole notes from the start.
    pub onset: Duration,
    /// How long it sounds in whole notes, ties joined.
    pub duration: Duration,
    /// What it is.
    pub pitch: Pitch,
    /// A grace note; its time is taken from the note after it, or before it at the end of a bar.
    pub grace: bool,
    /// Semitones by which it sounds higher than it is written: `transpose=`, `treble-8`.
    pub transposition: i8,
}

impl Note {
    /// MIDI number of what sounds.
    pub fn midi(&self) -> i32 {
        self.pitch.midi() + i32::from(self.transposition)
    }
}

/// A bar that is played, or what is played of it: a fine may stand inside.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlayedBar {
    /// Its index in [`Tune::bars`].
    pub index: usize,
    /// When it begins, in whole notes from the start.
    pub onset: Duration,
    /// How long it is played, in whole notes.
    pub duration: Duration,
    /// The indices of its events that are played, at least one.
    pub events: Range<usize>,
    /// The metre in force at its beginning.
    pub meter: Option<Meter>,
}

/// What sounds, in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Performance {
    /// The bars, and when each begins.
    pub bars: Vec<PlayedBar>,
    /// The notes; of a chord those in written order.
    pub notes: Vec<Note>,
    /// The chord symbols, each with its time in whole notes from the start.
    pub chords: Vec<(Duration, String)>,
    /// Key, metre and tempo at the start (a tempo only if one is given), then their changes.
    pub changes: Vec<(Duration, Change)>,
    /// When the last bar ends, in whole notes from the start.
    pub length: Duration,
    /// Where the order of playing is a guess, or not what the signs ask for.
    pub notices: Vec<Problem>,
}

/// Works out what sounds.
///
/// # Errors
/// Where the tune is too long as written, or has more than [`MOST_NOTES`] notes as it is played, or
/// times add up to more than can be reckoned exactly: the note with which they do.
pub fn perform(tune: &Tune) -> Result<Performance, Problem> {
    if let Some(problem) = &tune.too_long {
        return Err(problem.clone());
    }
    let in_force = in_force_at_bars(tune);
    let order = Order::of(tune);
    let mut player = Player::new(tune);
    for Turn { bar: index, events } in order.turns(tune) {
        let bar = &tune.bars[index];
        player.adopt(&in_force[index]);
        let (onset, meter) = (player.now, in_force[index].meter);
        // those before the first note are in force already
        let changes = bar.changes.iter().filter(|(before, _)| *before > 0);
        let mut changes = changes.filter(|(before, _)| *before <= events.end).peekable();
        for at in events.clone() {
            while let Some((_, change)) = changes.next_if(|(before, _)| *before <= at) {
                player.change(change);
            }
            let event = &bar.events[at];
            player.event(event).ok_or_else(|| beyond_reckoning(event.at))?;
            if player.is_tired() {
                return Err(too_many(event.at));
            }
        }
        changes.for_each(|(_, change)| player.change(change));
        let whole = events.len() == bar.events.len();
        let played = checked_sub(player.now, onset).filter(|_| !whole);
        let duration = played.unwrap_or(bar.duration);
        player.score.bars.push(PlayedBar { index, onset, duration, events, meter });
    }
    player.score.length = player.now;
    player.score.notices = order.notices;
    Ok(player.score)
}

fn too_many(at: Position) -> Problem {
    let message = format!(
        "more than {MOST_NOTES} notes as it is played; take fewer repeats or a shorter tune"
    );
    Problem { at, message }
}

fn beyond_reckoning(at: Position) -> Problem {
    Problem { at, message: "times too long or too odd to add up".to_owned() }
}

/// What is in force at the first note.
fn at_start(tune: &Tune) -> InForce {
    InForce {
        key: tune.key.clone(),
        meter: tune.meter,
        unit: Some(tune.unit),
        tempo: tune.tempo,
        transposition: tune.transposition,
    }
}

/// What is in force at the beginning of each bar as written: a repeat goes back to it.
fn in_force_at_bars(tune: &Tune) -> Vec<InForce> {
    let mut now = at_start(tune);
    let mut all = Vec::with_capacity(tune.bars.len());
    for bar in &tune.bars {
        // what changes before the first note holds from the bar's beginning
        let (first, later) = bar.changes.split_at(bar.changes.partition_point(|(at, _)| *at == 0));
        first.iter().for_each(|(_, change)| now.change(change));
        all.push(now.clone());
        later.iter().for_each(|(_, change)| now.change(change));
    }
    all
}

/// The state of playing.
struct Player {
    now: Duration,
    in_force: InForce,
    /// Indices of the notes that are tied to the next event.
    open: Vec<usize>,
    /// How many events were played.
    events: usize,
    score: Performance,
}

impl Player {
    fn new(tune: &Tune) -> Self {
        let in_force = at_start(tune);
        let mut score = Performance::default();
        let start = Duration::ZERO;
        score.changes.push((start, Change::Key(in_force.key.clone())));
        score.changes.push((start, Change::Meter(in_force.meter)));
        score.changes.extend(in_force.tempo.map(|tempo| (start, Change::Tempo(tempo))));
        if in_force.transposition != 0 {
            score.changes.push((start, Change::Transposition(in_force.transposition)));
        }
        Self { now: start, in_force, open: Vec::new(), events: 0, score }
    }

    /// Makes `new` what is in force.
    fn adopt(&mut self, new: &InForce) {
        if self.in_force.key != new.key {
            self.change(&Change::Key(new.key.clone()));
        }
        if self.in_force.meter != new.meter {
            self.change(&Change::Meter(new.meter));
        }
        if let Some(tempo) = new.tempo.filter(|_| self.in_force.tempo != new.tempo) {
            self.change(&Change::Tempo(tempo));
        }
        if self.in_force.transposition != new.transposition {
            self.change(&Change::Transposition(new.transposition));
        }
    }

    fn change(&mut self, change: &Change) {
        self.in_force.change(change);
        self.score.changes.push((self.now, change.clone()));
    }

    /// Whether anything is more than a performance may have of it.
    fn is_tired(&self) -> bool {
        let Performance { notes, chords, changes, .. } = &self.score;
        let most = notes.len().max(chords.len()).max(changes.len()).max(self.events);
        most > MOST_NOTES
    }

    /// Plays a note, chord or rest; `None` where its time can not be reckoned.
    fn event(&mut self, event: &Event) -> Option<()> {
        self.events += 1;
        for mark in &event.marks {
            if let Mark::Chord(text) = mark {
                self.score.chords.push((self.now, text.clone()));
            }
        }
        let next = checked_add(self.now, event.duration)?;
        let after = grace_length(event.duration, &event.grace_after, 4)?;
        let end = checked_sub(next, checked_mul(after, count(&event.grace_after))?)?;
        let held = std::mem::take(&mut self.open);
        let goes_on = |pitch: Pitch| {
            let same = |at: &&usize| self.score.notes[**at].pitch.midi() == pitch.midi();
            held.iter().find(same).copied()
        };
        let struck: Vec<Option<usize>> = event.pitches.iter().map(|p| goes_on(*p)).collect();
        let mut onset = self.now;
        if struck.contains(&None) {
            let each = grace_length(event.duration, &event.grace, 2)?;
            onset = self.graces(onset, each, &event.grace)?;
        }
        for (at, (&pitch, held)) in event.pitches.iter().zip(struck).enumerate() {
            if event.pitches[..at].iter().any(|other| other.midi() == pitch.midi()) {
                continue; // written twice in one chord
            }
            let index = held.unwrap_or(self.score.notes.len());
            match held {
                Some(at) => {
                    let note = &mut self.score.notes[at];
                    note.duration = checked_sub(end, note.onset)?;
                }
                None => {
                    let duration = checked_sub(end, onset)?;
                    self.strike(onset, duration, pitch, false);
                }
            }
            if event.ties.contains(&pitch) {
                self.open.push(index);
            }
        }
        self.graces(end, after, &event.grace_after)?;
        self.now = next;
        Some(())
    }

    fn strike(&mut self, onset: Duration, duration: Duration, pitch: Pitch, grace: bool) {
        let transposition = self.in_force.transposition;
        self.score.notes.push(Note { onset, duration, pitch, grace, transposition });
    }

    /// Plays grace notes one after another from `onset`, and says when they end.
    fn graces(&mut self, onset: Duration, each: Duration, pitches: &[Pitch]) -> Option<Duration> {
        let mut now = onset;
        for &pitch in pitches {
            self.strike(now, each, pitch, true);
            now = checked_add(now, each)?;
        }
        Some(now)
    }
}

/// How long each grace note of an event is: a demisemiquaver, but all of them at most one part in
/// `share` of the event.
fn grace_length(event: Duration, graces: &[Pitch], share: i64) -> Option<Duration> {
    if graces.is_empty() {
        return Some(Duration::ZERO);
    }
    let most = checked_div(event, checked_mul(count(graces), Duration::from_integer(share))?)?;
    Some(Duration::new(1, 32).min(most))
}

fn count(graces: &[Pitch]) -> Duration {
    Duration::from_integer(graces.len() as i64)
}
