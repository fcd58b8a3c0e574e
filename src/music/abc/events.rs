//! What the tokens of music do to the bar under construction.

use num_rational::Ratio;
use num_traits::Zero;

use super::builder::Builder;
use super::signs::Sign;
use super::spelled::{SpelledNote, What};
use super::tune::{BarLine, Event, Mark, Tuplet};
use super::{Duration, Pitch, checked_add, checked_mul, checked_sub};

/// Notes of one chord that we follow; every two of them are compared.
const MAX_CHORD: usize = 32;

const BROKEN_ACROSS: &str = "broken rhythm across a bar line; the next note is the other half";

impl Builder {
    pub(super) fn note(&mut self, letter: u8, octave: i8, alter: Option<i8>, length: Duration) {
        let octave = octave.saturating_add(self.header.in_force.octave.unwrap_or(0));
        if !(0..=8).contains(&octave) {
            return self.problem("no instrument plays this octave");
        }
        let grace = self.open.graces.is_some();
        if let Some(alter) = alter {
            self.accidentals.write(letter, octave, grace, alter);
        }
        let held = || if grace { None } else { self.held(letter, octave) };
        let in_force = || self.accidentals.of(letter, octave, grace, &self.in_force.key);
        let alter = alter.or_else(held).unwrap_or_else(in_force);
        let pitch = Pitch { letter, octave, alter };
        self.tell(|now| {
            let shift = now.header.in_force.octave.unwrap_or(0);
            let before = now.last_event().filter(|_| !grace);
            let held = before.map_or(Vec::new(), |before| before.ties.clone());
            let fresh = now.accidentals.take_fresh();
            What::Note(SpelledNote { pitch, shift, grace, fresh, held })
        });
        if let Some(graces) = &mut self.open.graces {
            graces.push(pitch);
            return;
        }
        if let Some(chord) = &mut self.open.chord {
            if chord.pitches.len() == MAX_CHORD {
                return self.problem("no instrument plays so many notes at once");
            }
            chord.pitches.push(pitch);
            chord.length.get_or_insert(length);
            return;
        }
        self.event(vec![pitch], length);
    }

    /// A `-` after a note or a chord, or inside a chord after one of its notes.
    pub(super) fn tie(&mut self) {
        if let Some(chord) = &mut self.open.chord {
            if chord.ties.last() != chord.pitches.last() {
                chord.ties.extend(chord.pitches.last());
            }
        } else if self.open.graces.is_some()
            || !self.next.graces.is_empty()
            || (self.bar.events.is_empty() && self.bar.ending.is_some())
        {
            // from a grace note, behind one, or from the note before the repeat into another ending:
            // no tie
        } else if let Some(last) = self.last_event_mut() {
            last.ties = last.pitches.clone();
        }
    }

    /// The alteration that a note tied over the bar line keeps.
    fn held(&self, letter: u8, octave: i8) -> Option<i8> {
        let same = |pitch: &&Pitch| pitch.letter == letter && pitch.octave == octave;
        self.last_event()?.ties.iter().find(same).map(|pitch| pitch.alter)
    }

    fn last_event(&self) -> Option<&Event> {
        let before = || self.tune.bars.last().and_then(|bar| bar.events.last());
        self.bar.events.last().or_else(before)
    }

    fn last_event_mut(&mut self) -> Option<&mut Event> {
        let before = self.tune.bars.last_mut().and_then(|bar| bar.events.last_mut());
        self.bar.events.last_mut().or(before)
    }

    pub(super) fn close_chord(&mut self, length: Duration) {
        let Some(chord) = self.open.chord.take() else {
            return self.problem("']' without '['");
        };
        match chord.length.and_then(|first| checked_mul(first, length)) {
            Some(length) if !chord.pitches.is_empty() => {
                self.event(chord.pitches, length);
                if let Some(last) = self.last_event_mut() {
                    last.ties = chord.ties;
                }
            }
            _ => self.problem("a chord without notes"),
        }
    }

    pub(super) fn bar_rest(&mut self, bars: u32) {
        let full = self.in_force.meter.map(|meter| meter.bar() / self.in_force.unit());
        match full.and_then(|full| checked_mul(full, Ratio::from_integer(i64::from(bars)))) {
            Some(length) if !length.is_zero() => self.event(Vec::new(), length),
            _ => self.problem("a bar's rest where no metre is given"),
        }
    }

    /// Adds a note, chord or rest whose written length is `length` units.
    pub(super) fn event(&mut self, pitches: Vec<Pitch>, length: Duration) {
        if self.open.chord.is_some() || self.open.graces.is_some() {
            return self.problem("rests stand neither in chords nor among grace notes");
        }
        if length.is_zero() {
            return self.notice("a note of length 0 is drawn, not played");
        }
        if !self.has_events() {
            self.begin();
        }
        let tuplet = self.next_in_tuplet();
        let factors =
            [Some(self.in_force.unit()), self.next.broken.take(), tuplet.map(Tuplet::factor)];
        let duration = factors.into_iter().flatten().try_fold(length, checked_mul);
        let Some(duration) = duration else {
            return self.problem("a length beyond reckoning");
        };
        let event = Event {
            pitches,
            duration,
            tuplet,
            tie: false,
            ties: Vec::new(),
            grace: std::mem::take(&mut self.next.graces),
            grace_after: Vec::new(),
            marks: std::mem::take(&mut self.next.marks),
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
        self.tune.key = self.in_force.key.clone();
        self.tune.meter = self.in_force.meter;
        self.tune.unit = self.in_force.unit();
        self.tune.tempo = self.in_force.tempo;
        self.tune.transposition = self.in_force.transposition;
    }

    /// A `-` ties only to the same pitch; to another one it is a slur.
    fn settle_tie(&mut self, next: &Event) {
        if let Some(last) = self.last_event_mut() {
            last.tie = last.top() == next.top() && last.ties.iter().any(|p| Some(*p) == last.top());
        }
    }

    fn next_in_tuplet(&mut self) -> Option<Tuplet> {
        let now = self.next.tuplet?;
        let next = Tuplet { index: now.index + 1, ..now };
        self.next.tuplet = (next.index < next.r).then_some(next);
        Some(now)
    }

    pub(super) fn open_tuplet(&mut self, p: u32, q: Option<u32>, r: Option<u32>) {
        if self.open.graces.is_some() {
            return;
        }
        if self.next.tuplet.is_some() {
            self.problem("a tuplet begins inside a tuplet");
        }
        let q = q.unwrap_or_else(|| Tuplet::default_q(p, self.in_force.meter));
        self.next.tuplet = Some(Tuplet { p, q, r: r.unwrap_or(p), index: 0 });
    }

    /// `a>b`: a gets 3/2 of its length and b 1/2; `>>` 7/4 and 1/4.
    pub(super) fn broken(&mut self, signs: i32) {
        let short = Ratio::new(1, 1 << signs.abs());
        let long = Ratio::from_integer(2) - short;
        let (first, second) = if signs > 0 { (long, short) } else { (short, long) };
        if self.next.broken.is_some() || self.open.graces.is_some() || self.open.chord.is_some() {
            return self.problem("broken rhythm between what is not two notes");
        }
        // at the beginning of a line it is no music
        if self.at.column > 1
            && self.bar.events.is_empty()
            && self.tune.bars.last().is_some_and(|bar| !bar.right.missing)
        {
            return self.broken_behind(first, second);
        }
        match self.bar.events.last_mut().map(|e| (checked_mul(e.duration, first), e)) {
            Some((Some(duration), event)) => {
                event.duration = duration;
                self.next.broken = Some(second);
            }
            _ => self.problem("broken rhythm without a note before it in its bar"),
        }
    }

    /// `a|>b`: the sign stands behind the bar line.
    fn broken_behind(&mut self, first: Duration, second: Duration) {
        let Some(bar) = self.tune.bars.last_mut() else { return };
        let longer = bar.events.last_mut().and_then(|event| {
            let duration = checked_mul(event.duration, first)?;
            let more = checked_sub(duration, event.duration)?;
            event.duration = duration;
            checked_add(bar.duration, more)
        });
        match longer {
            Some(duration) => bar.duration = duration,
            None => return self.problem("a length beyond reckoning"),
        }
        self.next.broken = Some(second);
        self.notice(BROKEN_ACROSS);
    }

    /// The text is over: grace notes that wait for a note belong to the last one.
    pub(super) fn graces_at_end(&mut self) {
        let graces = std::mem::take(&mut self.next.graces);
        if let Some(last) = self.bar.events.last_mut() {
            last.grace_after.extend(graces);
        }
    }

    pub(super) fn bar_line(&mut self, line: BarLine) {
        if self.next.broken.is_some() {
            self.notice(BROKEN_ACROSS);
        }
        self.accidentals.clear();
        self.in_overlay = false;
        if self.bar.events.is_empty() {
            let before =
                self.tune.bars.last_mut().map_or(&mut self.tune.left, |bar| &mut bar.right);
            *before = before.and(line);
            return;
        }
        let mut bar = std::mem::take(&mut self.bar);
        bar.right = line;
        bar.events.shrink_to_fit();
        if let Some(last) = bar.events.last_mut().filter(|_| !line.missing) {
            last.grace_after = std::mem::take(&mut self.next.graces);
        }
        // a chord symbol belongs to the note that comes, even beyond the bar line; "Fine" is none
        (self.next.marks, bar.marks) = std::mem::take(&mut self.next.marks)
            .into_iter()
            .partition(|mark| matches!(mark, Mark::Chord(_)) && Sign::of(mark).is_none());
        let sum = bar
            .events
            .iter()
            .try_fold(Duration::zero(), |sum, event| checked_add(sum, event.duration));
        match sum {
            Some(sum) => bar.duration = sum,
            None => self.problem("a bar longer than can be reckoned"),
        }
        self.tune.bars.push(bar);
    }

    /// Something begins inside a bar: what is there so far becomes a bar.
    pub(super) fn cut_bar(&mut self) {
        if !self.bar.events.is_empty() {
            self.bar_line(BarLine { missing: true, ..BarLine::default() });
        }
    }
}
