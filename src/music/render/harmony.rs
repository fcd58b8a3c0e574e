//! Simple chords for a tune that has no chord symbols, chosen from its melody.
//!
//! A chord may change where the bass sounds (see `accompany`). The triads on the degrees of the key
//! compete for each such stretch: a triad scores the time of the notes that it has, less how
//! reluctant players are to use it in the mode, less the price of a change. The sequence with the
//! highest sum over the whole tune is found by dynamic programming (Viterbi 1967), in time linear
//! in the tune.

use super::accompany::bass_places;
use crate::music::abc::{Change, Duration, Key, Mode, Performance, Pitch};

/// What a change of chord costs at a bar line and within a bar, in quavers of melody.
const CHANGE: [f64; 2] = [0.5, 1.5];
/// What it costs not to end on the tonic's chord where the melody ends on the tonic.
const END_ELSEWHERE: f64 = 6.0;
/// A note on the beat says more about the chord than its length does.
const ON_THE_BEAT: f64 = 1.5;

/// How reluctant players are to use the triads of the seven degrees, in quavers of melody.
fn reluctance(mode: Mode) -> [f64; 7] {
    match mode {
        Mode::Major | Mode::Lydian => [0.0, 1.0, 1.5, 0.5, 0.5, 1.0, 3.0],
        Mode::Mixolydian => [0.0, 1.5, 3.0, 0.5, 1.0, 1.5, 0.5],
        Mode::Minor | Mode::Dorian | Mode::Phrygian | Mode::Locrian => {
            [0.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.5]
        }
    }
}

/// A triad of a key.
struct Triad {
    name: String,
    classes: [i32; 3],
}

/// The triads on the degrees of a key; `None` for one that is neither major nor minor, or whose
/// root chord symbols cannot name.
fn triads(key: &Key) -> Option<[Option<Triad>; 7]> {
    let (tonic, _) = key.tonic?;
    let note = |degree: u8| {
        let letter = (tonic + degree) % 7;
        let alter = key.signature[usize::from(letter)];
        (letter, alter, Pitch { letter, alter, octave: 4 }.midi().rem_euclid(12))
    };
    let triad = |degree: u8| {
        let (letter, alter, root) = note(degree);
        let (third, fifth) = (note(degree + 2).2, note(degree + 4).2);
        let quality = match ((third - root).rem_euclid(12), (fifth - root).rem_euclid(12)) {
            (4, 7) => "",
            (3, 7) => "m",
            _ => return None,
        };
        let sign = ["b", "", "#"].get(usize::try_from(alter + 1).ok()?)?;
        let letter = char::from(b"CDEFGAB"[usize::from(letter)]);
        Some(Triad { name: format!("{letter}{sign}{quality}"), classes: [root, third, fifth] })
    };
    Some([0, 1, 2, 3, 4, 5, 6].map(triad))
}

/// From one bass note to the next.
struct Stretch {
    onset: Duration,
    begins_bar: bool,
    /// The degree's triads, and how well each fits.
    triads: [Option<Triad>; 7],
    fits: [f64; 7],
}

/// Chord symbols for a performance, each with its time, as [`Performance::chords`] holds them; none
/// where there is no metre or no tonic.
pub fn choose_chords(performance: &Performance) -> Vec<(Duration, String)> {
    let stretches = stretches(performance);
    let mut chords: Vec<(Duration, String)> = Vec::new();
    for (stretch, degree) in stretches.iter().zip(best_degrees(&stretches)) {
        if let Some(triad) = &stretch.triads[degree]
            && chords.last().is_none_or(|(_, before)| *before != triad.name)
        {
            chords.push((stretch.onset, triad.name.clone()));
        }
    }
    chords
}

fn stretches(performance: &Performance) -> Vec<Stretch> {
    let keys: Vec<(Duration, &Key)> = performance.changes.iter().filter_map(key_change).collect();
    let places = bass_places(performance);
    let onsets: Vec<Duration> = places.iter().map(|(onset, _)| *onset).collect();
    let melody = melody(performance, &onsets);
    let tonic = |key: &Key| key.tonic_class();
    let last_note = performance.notes.last().map(|note| note.pitch.midi().rem_euclid(12));
    let count = places.len();
    let mut stretches = Vec::with_capacity(count);
    for (at, ((onset, begins_bar), classes)) in places.into_iter().zip(melody).enumerate() {
        let now = keys.partition_point(|(from, _)| *from <= onset);
        let Some((_, key)) = now.checked_sub(1).map(|now| keys[now]) else { continue };
        let Some(triads) = triads(key) else { continue };
        let mut fits = reluctance(key.mode).map(|reluctance| -reluctance);
        for (fit, triad) in fits.iter_mut().zip(&triads) {
            *fit += match triad {
                Some(triad) => triad.classes.iter().fold(0.0, |sum, c| sum + classes[*c as usize]),
                None => f64::NEG_INFINITY,
            };
        }
        if at + 1 == count && tonic(key) == last_note {
            fits[1..].iter_mut().for_each(|fit| *fit -= END_ELSEWHERE);
        }
        stretches.push(Stretch { onset, begins_bar, triads, fits });
    }
    stretches
}

fn key_change((time, change): &(Duration, Change)) -> Option<(Duration, &Key)> {
    match change {
        Change::Key(key) => Some((*time, key)),
        _ => None,
    }
}

/// How long each pitch class sounds from each onset to the next, in quavers; notes on the onset
/// count for more.
fn melody(performance: &Performance, onsets: &[Duration]) -> Vec<[f64; 12]> {
    let quavers = |time: Duration| 8.0 * *time.numer() as f64 / *time.denom() as f64;
    let mut all = vec![[0.0; 12]; onsets.len()];
    for note in performance.notes.iter().filter(|note| !note.grace) {
        let class = note.pitch.midi().rem_euclid(12) as usize;
        let (start, end) = (quavers(note.onset), quavers(note.onset) + quavers(note.duration));
        let first = onsets.partition_point(|onset| *onset <= note.onset).saturating_sub(1);
        for (at, onset) in onsets.iter().enumerate().skip(first) {
            let from = quavers(*onset);
            if from >= end {
                break;
            }
            let until = onsets.get(at + 1).map_or(end, |next| end.min(quavers(*next)));
            let weight = if from == start { ON_THE_BEAT } else { 1.0 };
            all[at][class] += weight * (until - start.max(from)).max(0.0);
        }
    }
    all
}

/// The degree of each stretch in the sequence with the highest sum.
fn best_degrees(stretches: &[Stretch]) -> Vec<usize> {
    let mut sums = [0.0; 7];
    let mut origins: Vec<[usize; 7]> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let price = CHANGE[usize::from(!stretch.begins_bar)];
        let reach = |from: usize, to: usize| sums[from] - if from == to { 0.0 } else { price };
        let origin = [0, 1, 2, 3, 4, 5, 6].map(|to| {
            (0..7)
                .fold(to, |best, from| if reach(from, to) > reach(best, to) { from } else { best })
        });
        let mut next = stretch.fits;
        next.iter_mut().enumerate().for_each(|(to, sum)| *sum += reach(origin[to], to));
        sums = next;
        origins.push(origin);
    }
    let mut degree = (0..7).fold(0, |best, at| if sums[at] > sums[best] { at } else { best });
    let mut degrees = Vec::with_capacity(stretches.len());
    for origin in origins.iter().rev() {
        degrees.push(degree);
        degree = origin[degree];
    }
    degrees.reverse();
    degrees
}
