//! Chords and bass in the rhythm of the dance.
//!
//! A bar is a row of equal steps. Bass sounds on some, the chord on the others: oom-pah-pah for
//! each beat of a jig and each bar of a waltz, oom-pah in crotchets for 4/4 and in quavers for 2/4.

use super::chord::Chord;
use crate::music::abc::{
    Change, Duration, Meter, Performance, PlayedBar, checked_add, checked_mul, checked_sub,
};

/// The bass sounds from C2 up.
const BASS_C: u8 = 36;
/// The chord's notes lie within the octave from G3 up, below most of the melody.
const LOWEST_OF_CHORD: u8 = 55;

/// Notes struck together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hit {
    /// When, in whole notes from the start.
    pub onset: Duration,
    /// How long, in whole notes.
    pub duration: Duration,
    /// MIDI numbers.
    pub notes: Vec<u8>,
}

/// What is played below a melody.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Accompaniment {
    /// The chords.
    pub chords: Vec<Hit>,
    /// The bass notes.
    pub bass: Vec<Hit>,
}

/// Plays the chord symbols of a performance; nothing sounds before the first, and what is no chord
/// symbol is passed over. Where the melody sounds in another key than it is written in, so do these.
pub fn accompany(performance: &Performance) -> Accompaniment {
    let mut symbols = performance
        .chords
        .iter()
        .filter_map(|(onset, text)| Some((*onset, Chord::parse(text)?)))
        .peekable();
    let moves = |(time, change): &(Duration, Change)| match change {
        Change::Transposition(semitones) => Some((*time, semitones.rem_euclid(12) as u8)),
        _ => None,
    };
    let mut moves = performance.changes.iter().filter_map(moves).peekable();
    let mut semitones = 0;
    let mut accompaniment = Accompaniment::default();
    let mut chord: Option<Chord> = None;
    for Step { onset, length, number, group } in steps(performance) {
        while let Some((_, next)) = symbols.next_if(|(at, _)| *at <= onset) {
            chord = Some(next);
        }
        while let Some((_, next)) = moves.next_if(|(at, _)| *at <= onset) {
            semitones = next;
        }
        let Some(chord) = chord.as_ref().map(|chord| chord.transposed(semitones)) else { continue };
        if number % group == 0 {
            let again = number % (2 * group) != 0;
            let notes = vec![bass_note(&chord, again)];
            accompaniment.bass.push(Hit { onset, duration: length, notes });
        } else {
            let notes = chord_notes(&chord);
            accompaniment.chords.push(Hit { onset, duration: length / 2, notes });
        }
    }
    accompaniment
}

/// Where the bass sounds, and whether a bar begins there.
pub(super) fn bass_places(performance: &Performance) -> Vec<(Duration, bool)> {
    let bass = steps(performance).filter(|step| step.number % step.group == 0);
    bass.map(|step| (step.onset, step.number == 0)).collect()
}

/// A step of a bar.
struct Step {
    onset: Duration,
    length: Duration,
    /// Which of a full bar's steps this is, from 0.
    number: i64,
    /// How many there are from one bass note to the next.
    group: i64,
}

/// The steps of all bars in a metre, in the order of playing.
fn steps(performance: &Performance) -> impl Iterator<Item = Step> {
    let bars = performance.bars.iter().zip(phases(&performance.bars));
    bars.filter_map(|(bar, phase)| Some((bar, phase, bar.meter?))).flat_map(
        |(bar, phase, meter)| {
            let (length, group) = rhythm(meter);
            let count = (meter.bar() / length).to_integer();
            (0..count).filter_map(move |number| {
                // a short bar holds only some of the steps of its metre
                let within = checked_mul(length, Duration::from_integer(number))
                    .and_then(|place| checked_sub(place, phase))
                    .filter(|within| (Duration::ZERO..bar.duration).contains(within))?;
                Some(Step { onset: checked_add(bar.onset, within)?, length, number, group })
            })
        },
    )
}

/// The length of a step, and how many there are from one bass note to the next.
fn rhythm(meter: Meter) -> (Duration, i64) {
    let unit = Duration::new(1, i64::from(meter.unit));
    let beats = i64::from(meter.beats);
    match (meter.beats, meter.unit) {
        _ if meter.is_compound() => (unit, 3),
        (2, 2) | (4, 4) => (Duration::new(1, 4), 2),
        (2, 4) => (Duration::new(1, 8), 2),
        _ => (unit, beats),
    }
}

/// For each bar played the place in a full bar of its metre at which it begins; zero for all but
/// short bars.
///
/// A short bar goes on where the short bar before it stopped. Between full bars, or at the start
/// before one, it is an upbeat, which ends where a bar ends.
pub(super) fn phases(bars: &[PlayedBar]) -> Vec<Duration> {
    let full = |bar: &PlayedBar| bar.meter.map_or(Duration::ZERO, Meter::bar);
    let is_short = |bar: &PlayedBar| bar.duration < full(bar);
    let mut reached = None; // where the bar before stopped, if it was short
    let mut phases = Vec::with_capacity(bars.len());
    for (at, bar) in bars.iter().enumerate() {
        let fits = |from: &Duration| {
            checked_add(*from, bar.duration).is_some_and(|stop| stop <= full(bar))
        };
        let before_full = bars.get(at + 1).is_some_and(|next| !is_short(next));
        let phase = match reached.filter(fits) {
            _ if !is_short(bar) => None,
            Some(place) => Some(place),
            None if reached.is_none() && before_full => checked_sub(full(bar), bar.duration),
            None => None,
        };
        let phase = phase.unwrap_or(Duration::ZERO);
        let stop = checked_add(phase, bar.duration);
        reached = stop.filter(|stop| is_short(bar) && *stop < full(bar));
        phases.push(phase);
    }
    phases
}

/// The root or the bass asked for; the second time in a bar the fifth.
fn bass_note(chord: &Chord, again: bool) -> u8 {
    let fifth = chord.intervals.iter().copied().find(|interval| (6..=8).contains(interval));
    let pitch = match (chord.bass, fifth) {
        (Some(bass), _) => bass,
        (None, Some(fifth)) if again => chord.root + fifth,
        _ => chord.root,
    };
    BASS_C + pitch % 12
}

/// The chord's notes within one octave.
fn chord_notes(chord: &Chord) -> Vec<u8> {
    let place = |interval: &u8| {
        let above = (chord.root + interval + 12 - LOWEST_OF_CHORD % 12) % 12;
        LOWEST_OF_CHORD + above
    };
    chord.intervals.iter().map(place).collect()
}
