//! What helps to practise: slower, higher, again and again, several tunes in a row, a count-in.

use super::clock::LONGEST_PERFORMANCE;
use super::players::{Player, Stroke};
use super::score::Score;
use super::swing::Feel;
use crate::music::abc::{
    Change, Duration, Performance, Position, Problem, checked_add, checked_sub,
};

/// The most strokes of tunes in a row.
const MOST_STROKES: usize = 1_000_000;
/// A high wood block for the first beat of a bar and a low one for the others, and how hard.
const CLICKS: [(u8, u8); 2] = [(76, 100), (77, 76)];

/// How tunes are played to be practised; by default once, as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Practice {
    /// Per cent of the tempo, not 0.
    pub speed: u32,
    /// Semitones higher.
    pub transpose: i8,
    /// How often the whole tune is played.
    pub times: usize,
    /// A bar of clicks before the music.
    pub count_in: bool,
    /// How quavers swing.
    pub swing: Feel,
}

impl Default for Practice {
    fn default() -> Self {
        Self { speed: 100, transpose: 0, times: 1, count_in: false, swing: Feel::ByRhythm }
    }
}

/// Lets a performance sound so many semitones higher: the melody does, chords and bass keep to the
/// range that they have.
///
/// # Errors
/// Where a note would leave those that MIDI knows.
pub fn transpose(performance: &mut Performance, semitones: i8) -> Result<(), Problem> {
    if semitones == 0 {
        return Ok(());
    }
    let beyond = || Problem {
        at: Position { line: 1, column: 1 },
        message: format!("{semitones:+} semitones lead beyond the notes that MIDI knows"),
    };
    for note in &mut performance.notes {
        let moved = note.transposition.checked_add(semitones).ok_or_else(beyond)?;
        note.transposition = moved;
        if !(0..=127).contains(&note.midi()) {
            return Err(beyond());
        }
    }
    let mut written = true; // no other transposition holds at the start
    for (time, change) in &mut performance.changes {
        if let Change::Transposition(other) = change {
            *other = other.checked_add(semitones).ok_or_else(beyond)?;
            written &= *time > Duration::ZERO;
        }
    }
    if written {
        performance.changes.insert(0, (Duration::ZERO, Change::Transposition(semitones)));
    }
    Ok(())
}

impl Score {
    /// Scores one after another, on the beat: an upbeat falls into what the last bar before it
    /// lacks. If that is longer, the rest is waited for; if it is shorter, the last note before
    /// gives way, unless less than half of it would be left, and then nothing does.
    ///
    /// # Errors
    /// Where they last more than [`LONGEST_PERFORMANCE`], or have more than a million notes.
    ///
    /// # Panics
    /// Where there is none.
    pub fn in_a_row(scores: &[&Self]) -> Result<Self, Problem> {
        let [first, ..] = scores else { panic!("no score to play") };
        let problem = |message: &str| Problem { at: first.at, message: message.to_owned() };
        let seconds: f64 = scores.iter().map(|score| score.seconds()).sum();
        let strokes: usize = scores.iter().map(|score| score.strokes().count()).sum();
        if scores.len() > 1 && (seconds > LONGEST_PERFORMANCE || strokes > MOST_STROKES) {
            return Err(problem("more than an hour or a million notes in a row"));
        }
        let mut row = Self { length: Duration::ZERO, ..(*first).clone() };
        row.players.clear();
        row.signs.clear();
        let mut titles: Vec<&str> = scores.iter().map(|score| score.title.as_str()).collect();
        titles.retain(|title| !title.is_empty());
        titles.dedup();
        row.title = titles.join(" / ");
        for (at, score) in scores.iter().enumerate() {
            let mut score = (*score).clone();
            if let Some(next) = scores.get(at + 1) {
                score.make_way(next.upbeat());
            }
            row.append(score).ok_or_else(|| problem("times too long or too odd to add up"))?;
        }
        Ok(row)
    }

    /// The length of the music before the first full bar.
    fn upbeat(&self) -> Duration {
        match self.first {
            (Some(meter), place) if place > Duration::ZERO => {
                checked_sub(meter.bar(), place).unwrap_or_default()
            }
            _ => Duration::ZERO,
        }
    }

    /// Ends such that an upbeat follows on the beat.
    fn make_way(&mut self, upbeat: Duration) {
        if upbeat <= self.gap {
            let wait = checked_sub(self.gap, upbeat);
            let end = wait.and_then(|wait| checked_add(self.length, wait));
            self.length = end.unwrap_or(self.length);
            return;
        }
        let Some(end) = checked_sub(upbeat, self.gap)
            .and_then(|lacks| checked_sub(self.length, lacks))
            .filter(|end| *end > Duration::ZERO)
        else {
            return;
        };
        let left = |stroke: &Stroke| checked_sub(end, stroke.onset);
        let stays = |stroke: &Stroke| {
            let most = left(stroke).and_then(|left| checked_add(left, left));
            most.is_some_and(|most| stroke.duration <= most)
        };
        if self.players.first().is_none_or(|melody| melody.strokes.iter().all(stays)) {
            for player in &mut self.players {
                player.strokes.retain(|stroke| stroke.onset < end);
                for stroke in &mut player.strokes {
                    stroke.duration = left(stroke).unwrap_or(stroke.duration).min(stroke.duration);
                }
            }
            self.length = end;
        }
    }

    /// Goes on with another score; `None` where times cannot be reckoned.
    fn append(&mut self, score: Self) -> Option<()> {
        for player in score.players {
            let same = self.players.iter().position(|other| other.name == player.name);
            let at = same.unwrap_or_else(|| {
                self.players.push(Player { strokes: Vec::new(), ..player.clone() });
                self.players.len() - 1
            });
            for mut stroke in player.strokes {
                stroke.onset = checked_add(stroke.onset, self.length)?;
                self.players[at].strokes.push(stroke);
            }
        }
        for (time, sign) in score.signs {
            self.tell(checked_add(time, self.length)?, sign);
        }
        self.gap = score.gap;
        self.length = checked_add(self.length, score.length)?;
        Some(())
    }

    /// The same after a full bar of clicks, four crotchets where there is no metre. An upbeat sounds
    /// in its place at the end of that bar; one of more than half a bar has two bars of clicks.
    ///
    /// # Errors
    /// Where times cannot be reckoned.
    pub fn counted_in(mut self) -> Result<Self, Problem> {
        let (meter, place) = self.first;
        let (bar, beat) = meter.map_or((Duration::ONE, Duration::new(1, 4)), |meter| {
            let parts = if meter.is_compound() { 3 } else { 1 };
            (meter.bar(), Duration::new(parts, i64::from(meter.unit)))
        });
        let more = if place < bar / 2 { bar } else { Duration::ZERO };
        let beats = (bar / beat).to_integer();
        let at = self.at;
        let before = checked_add(place, more).filter(|before| self.delay(*before).is_some());
        let before = before.ok_or_else(|| Problem {
            at,
            message: "times too long or too odd to add up".to_owned(),
        })?;
        let click = |number| {
            let (note, strength) = CLICKS[usize::from(number % beats != 0)];
            let onset = beat * Duration::from_integer(number);
            Stroke { onset, duration: Duration::new(1, 16).min(beat), note, strength }
        };
        let clicks = if before > bar { 2 * beats } else { beats };
        self.clicks = (0..clicks).map(click).collect();
        Ok(self)
    }

    /// Lets the music begin later; what holds at its start holds before it.
    fn delay(&mut self, before: Duration) -> Option<()> {
        for stroke in self.players.iter_mut().flat_map(|player| &mut player.strokes) {
            stroke.onset = checked_add(stroke.onset, before)?;
        }
        for (time, _) in self.signs.iter_mut().filter(|(time, _)| *time > Duration::ZERO) {
            *time = checked_add(*time, before)?;
        }
        self.start = checked_add(self.start, before)?;
        self.length = checked_add(self.length, before)?;
        Some(())
    }
}
