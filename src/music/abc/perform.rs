//! A tune as it sounds: repeats unfolded, ties joined, every note with its place in time.

use super::in_force::InForce;
use super::tune::{Change, Event, Position, Problem, Tune};
use super::{Duration, Mark, Meter, Pitch};
use super::{checked_add, checked_div, checked_mul, checked_sub, performed};

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

/// A bar that is played.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlayedBar {
    /// Its index in [`Tune::bars`].
    pub index: usize,
    /// When it begins, in whole notes from the start.
    pub onset: Duration,
    /// How long it is, in whole notes.
    pub duration: Duration,
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
/// Where the tune is too long, or times add up to more than can be reckoned exactly: the note with
/// which they do.
pub fn perform(tune: &Tune) -> Result<Performance, Problem> {
    if let Some(problem) = &tune.too_long {
        return Err(problem.clone());
    }
    let in_force = in_force_at_bars(tune);
    let mut player = Player::new(tune);
    for index in performed(tune) {
        let bar = &tune.bars[index];
        player.adopt(&in_force[index]);
        let (onset, duration, meter) = (player.now, bar.duration, in_force[index].meter);
        player.score.bars.push(PlayedBar { index, onset, duration, meter });
        // those before the first note are in force already
        let mut changes = bar.changes.iter().filter(|(before, _)| *before > 0).peekable();
        for (at, event) in bar.events.iter().enumerate() {
            while let Some((_, change)) = changes.next_if(|(before, _)| *before <= at) {
                player.change(change);
            }
            player.event(event).ok_or_else(|| beyond_reckoning(event.at))?;
        }
        changes.for_each(|(_, change)| player.change(change));
    }
    player.score.length = player.now;
    Ok(player.score)
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
        Self { now: start, in_force, open: Vec::new(), score }
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

    /// Plays a note, chord or rest; `None` where its time can not be reckoned.
    fn event(&mut self, event: &Event) -> Option<()> {
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
