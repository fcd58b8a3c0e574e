//! What the page's script needs of a tune, as JSON: its text for the engraver, and what sounds.
//!
//! Times are ticks from the start, [`TICKS`] a quarter note, so that a file of them is in time; the
//! tempos say what seconds they are.

use super::text::{Places, for_engraver};
use crate::music::abc::{Change, Duration, Meter, Performance, Tune, Written, checked_add, parts};
use crate::music::render::{Clock, Feel, Swing, TICKS, accompany, nearest_tick};
use num_traits::Zero;
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
    /// Notes that sound: when, how long, MIDI number, how loud; in the order of time.
    notes: Vec<(u64, u64, u8, u8)>,
    /// Where in the text the music is: when, and the place from then on.
    cursor: Vec<(u64, usize)>,
    /// The bars as they are played: when each begins, and which it is as written, from 0.
    bars: Vec<(u64, usize)>,
    /// The first bar as written of each part.
    parts: Vec<usize>,
    /// When the tune ends.
    end: u64,
    /// From when there are so many microseconds in a quarter note.
    tempos: Vec<(u64, u64)>,
    /// The metre at the start, its two numbers and how many beats one counts in a bar.
    meter: Option<(u32, u32, u32)>,
    /// The tonic at the start, in semitones above C.
    tonic: Option<i32>,
    /// The corpus tune with the longest run of notes that it shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) near: Option<Near>,
}

/// A corpus tune that shares a run of notes.
#[derive(Serialize)]
pub(super) struct Near {
    /// Its place in the corpus.
    pub(super) place: usize,
    /// Places in the text, of the run's notes in the page's tune and in that one.
    pub(super) shared: [Vec<usize>; 2],
}

impl Music {
    /// A tune to be seen and heard.
    pub(super) fn new(written: &Written, tune: &Tune, performance: &Performance) -> Self {
        let mut music = Self::silent(written, tune);
        let swing = Swing::of(Feel::ByRhythm, tune, performance);
        let ticks = |time| ticks(swing.moved(time));
        let mut strike = |onset, duration, pitch, strength| {
            let end = checked_add(onset, duration).unwrap_or(onset);
            let start = ticks(onset);
            music.notes.push((start, ticks(end) - start, pitch, strength));
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
            music.bars.push((ticks(bar.onset), bar.index));
            let mut onset = bar.onset;
            for event in &tune.bars[bar.index].events[bar.events.clone()] {
                music.cursor.extend(places.get(event.at).map(|place| (ticks(onset), place)));
                // such sums were reckoned once already
                onset = checked_add(onset, event.duration).unwrap_or(onset);
            }
        }
        music.parts = beginnings(tune);
        music.end = ticks(performance.length);
        music.tempos = tempos(tune, performance);
        music
    }

    /// A tune to be seen only.
    pub(super) fn silent(written: &Written, tune: &Tune) -> Self {
        let counted = |meter: Meter| {
            let beats = if meter.is_compound() { meter.beats / 3 } else { meter.beats };
            (meter.beats, meter.unit, beats)
        };
        Self {
            abc: for_engraver(written),
            notes: Vec::new(),
            cursor: Vec::new(),
            bars: Vec::new(),
            parts: Vec::new(),
            end: 0,
            tempos: Vec::new(),
            meter: tune.meter.map(counted),
            tonic: tune.key.tonic_class(),
            near: None,
        }
    }
}

/// The nearest tick to a time in whole notes.
fn ticks(time: Duration) -> u64 {
    nearest_tick(time) as u64
}

/// The first bars of the parts; an upbeat that stands before a repeat sign goes with what follows.
fn beginnings(tune: &Tune) -> Vec<usize> {
    let full = tune.meter.map(Meter::bar);
    let mut beginnings = Vec::new();
    let mut after_upbeat = false;
    for part in parts(tune) {
        if !after_upbeat {
            beginnings.push(part.body.start);
        }
        let bar = &tune.bars[part.body.start];
        after_upbeat = part.body.len() == 1
            && part.endings.is_empty()
            && full.is_some_and(|full| bar.duration < full);
    }
    beginnings
}

/// The tempos as the clock has them.
fn tempos(tune: &Tune, performance: &Performance) -> Vec<(u64, u64)> {
    let clock = Clock::new(tune, performance);
    let changed = performance.changes.iter().filter_map(|(time, change)| match change {
        Change::Tempo(_) if !time.is_zero() => Some(*time),
        _ => None,
    });
    let begin = std::iter::once(Duration::zero()).chain(changed.clone());
    let end = changed.chain([performance.length]);
    let stretches = begin.zip(end).filter(|(begin, end)| ticks(*begin) < ticks(*end));
    stretches
        .map(|(begin, end)| {
            let seconds = clock.seconds(end) - clock.seconds(begin);
            let quarters = (ticks(end) - ticks(begin)) as f64 / f64::from(TICKS);
            (ticks(begin), (1e6 * seconds / quarters).round() as u64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{BELOW, GRACE, MELODY, Music};
    use crate::music::abc::{perform, written};

    fn music(text: &str) -> Music {
        let source = written(text).next().expect("a tune");
        let tune = source.read();
        Music::new(&source, &tune, &perform(&tune).expect("few notes"))
    }

    #[test]
    fn repeats_ties_and_tempos_are_heard_when_they_should_be() {
        let text = "X:1\nM:2/4\nL:1/8\nQ:1/4=120\nK:D\n|:^B,2-B,D:|[Q:1/4=60]{B}\"C\"E4|]\n";
        let music = music(text);
        let grace = 120; // a demisemiquaver
        let expected = [
            (0, 1440, 60, MELODY),
            (1440, 480, 62, MELODY),
            (1920, 1440, 60, MELODY),
            (3360, 480, 62, MELODY),
            (3840, grace, 71, GRACE),
            (3840, 480, 36, BELOW),
            (3840 + grace, 1920 - grace, 64, MELODY),
            (4320, 240, 60, BELOW),
            (4320, 240, 64, BELOW),
            (4320, 240, 55, BELOW),
            (4800, 480, 43, BELOW),
        ];
        assert_eq!(music.notes[..expected.len()], expected);
        let written = |place: usize| text[place..].chars().next().expect("a character");
        let seen: Vec<_> =
            music.cursor.iter().map(|(time, place)| (*time, written(*place))).collect();
        let part = [(0, '^'), (960, 'B'), (1440, 'D')];
        let again = part.map(|(time, letter)| (time + 1920, letter));
        assert_eq!(seen, [&part[..], &again, &[(3840, 'E')]].concat());
        assert_eq!(music.bars, [(0, 0), (1920, 0), (3840, 1)]);
        assert_eq!(music.tempos, [(0, 500_000), (3840, 1_000_000)]);
        assert_eq!((music.end, music.meter, music.tonic), (5760, Some((2, 4, 2)), Some(2)));
    }

    #[test]
    fn a_tune_without_tempo_goes_as_its_dance_does() {
        let jig = music("X:1\nR:jig\nM:6/8\nK:G\nGAB c2d|\n");
        // 112 dotted crotchets a minute
        assert_eq!((jig.tempos, jig.meter), (vec![(0, 357_142)], Some((6, 8, 2))));
    }

    #[test]
    fn parts_begin_with_their_upbeats() {
        let cases = [
            ("|:CDEF|GABc:||:cBAG|FEDC:|", &[0, 2][..]),
            ("C|:DEFG|GABc|GAB:|c|:cBAG|FED:|", &[0, 4]),
            ("|:CDEF|1GABc:|2c4||c4|]", &[0, 3]),
            ("CDEF|GABc|", &[0]),
        ];
        for (text, expected) in cases {
            let music = music(&format!("X:1\nM:2/4\nL:1/8\nK:C\n{text}\n"));
            assert_eq!(music.parts, expected, "{text}");
        }
    }
}
