//! What the page's script needs of a tune, as JSON: its text for the engraver, and what sounds.
//!
//! Times are milliseconds from the start.

use super::text::{Places, for_engraver};
use crate::music::abc::{Duration, Performance, Position, Tune, Written, checked_add};
use crate::music::render::{Clock, accompany};
use serde::Serialize;

/// How loud, of 127: the melody, its grace notes, chords and bass.
const MELODY: u8 = 100;
const GRACE: u8 = 70;
const BELOW: u8 = 44;

/// A tune as the script gets it.
#[derive(Serialize)]
pub(super) struct Music {
    /// The text to engrave.
    abc: String,
    /// Places in it of the notes that are shared.
    shared: Vec<usize>,
    /// Notes that sound: when, how long, MIDI number, how loud; in the order of time.
    notes: Vec<(u64, u64, u8, u8)>,
    /// Where in the text the music is: when, how long, place.
    cursor: Vec<(u64, u64, usize)>,
}

impl Music {
    /// A tune to be seen and heard.
    pub(super) fn new(
        written: &Written,
        tune: &Tune,
        performance: &Performance,
        shared: &[Position],
    ) -> Self {
        let mut music = Self::silent(written, shared);
        let clock = Clock::new(tune, performance);
        let mut strike = |onset, duration, pitch, strength| {
            let (start, length) = span(&clock, onset, duration);
            music.notes.push((start, length, pitch, strength));
        };
        for note in &performance.notes {
            let strength = if note.grace { GRACE } else { MELODY };
            strike(note.onset, note.duration, note.midi().clamp(0, 127) as u8, strength);
        }
        let below = accompany(performance);
        for hit in below.chords.iter().chain(&below.bass) {
            hit.notes.iter().for_each(|pitch| strike(hit.onset, hit.duration, *pitch, BELOW));
        }
        music.notes.sort_by_key(|note| note.0);
        let places = Places::of(written);
        for bar in &performance.bars {
            let mut onset = bar.onset;
            for event in &tune.bars[bar.index].events[bar.events.clone()] {
                let (start, length) = span(&clock, onset, event.duration);
                music.cursor.extend(places.get(event.at).map(|place| (start, length, place)));
                // such sums were reckoned once already
                onset = checked_add(onset, event.duration).unwrap_or(onset);
            }
        }
        music
    }

    /// A tune to be seen only.
    pub(super) fn silent(written: &Written, shared: &[Position]) -> Self {
        let places = Places::of(written);
        let shared = shared.iter().filter_map(|at| places.get(*at)).collect();
        Self { abc: for_engraver(written), shared, notes: Vec::new(), cursor: Vec::new() }
    }
}

/// When in milliseconds a note begins, and how long it is.
fn span(clock: &Clock, onset: Duration, duration: Duration) -> (u64, u64) {
    let milliseconds = |time| (1000.0 * clock.seconds(time)).round() as u64;
    let start = milliseconds(onset);
    let end = checked_add(onset, duration).map_or(start, milliseconds);
    (start, end - start)
}

#[cfg(test)]
mod tests {
    use super::{BELOW, GRACE, MELODY, Music};
    use crate::music::abc::{perform, written};

    #[test]
    fn repeats_ties_and_tempos_are_heard_when_they_should_be() {
        let text = "X:1\nM:2/4\nL:1/8\nQ:1/4=120\nK:C\n|:C2-CD:|[Q:1/4=60]{B}\"C\"E4|]\n";
        let source = written(text).next().expect("a tune");
        let tune = source.read();
        let performance = perform(&tune).expect("few notes");
        let music = Music::new(&source, &tune, &performance, &[]);
        let grace = 125; // a demisemiquaver of crotchets that last a second
        let expected = [
            (0, 750, 60, MELODY),
            (750, 250, 62, MELODY),
            (1000, 750, 60, MELODY),
            (1750, 250, 62, MELODY),
            (2000, grace, 71, GRACE),
            (2000, 500, 36, BELOW),
            (2000 + grace, 2000 - grace, 64, MELODY),
            (2500, 250, 60, BELOW),
            (2500, 250, 64, BELOW),
            (2500, 250, 55, BELOW),
            (3000, 500, 43, BELOW),
        ];
        assert_eq!(music.notes[..expected.len()], expected);
        let written = |place: usize| text[place..].chars().next().expect("a character");
        let seen: Vec<_> =
            music.cursor.iter().map(|step| (step.0, step.1, written(step.2))).collect();
        let part = [(0, 500, 'C'), (500, 250, 'C'), (750, 250, 'D')];
        let again = part.map(|(time, length, letter)| (time + 1000, length, letter));
        assert_eq!(seen, [&part[..], &again, &[(2000, 2000, 'E')]].concat());
    }
}
