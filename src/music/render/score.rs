//! What a file of sound holds: everyone's notes, and the tempo, metre and key that hold.

use super::accompany::phases;
use super::clock::{Clock, default_tempo};
use super::players::{Band, Player, Stroke, players};
use super::swing::Swing;
use crate::music::abc::{
    Change, Duration, Key, Meter, Mode, Performance, Pitch, Position, Problem, Tune, checked_add,
    checked_sub,
};

/// What holds from some moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sign {
    /// Microseconds of a quarter note, less than 2^24.
    Tempo(u32),
    /// A metre.
    Meter(Meter),
    /// The key that sounds.
    Key {
        /// Sharps (flats are negative), at most seven.
        sharps: i8,
        /// A MIDI file knows no other modes than major and minor.
        minor: bool,
        /// The tonic in semitones above C.
        tonic: Option<u8>,
    },
}

/// What everyone plays, of one tune or of several in a row. Times are whole notes from the start.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// The title of the tune, or those of all.
    pub title: String,
    /// The band.
    pub players: Vec<Player>,
    /// The clicks before the music.
    pub clicks: Vec<Stroke>,
    /// Tempo, metre and key in the order of time; there is a tempo at the start.
    pub signs: Vec<(Duration, Sign)>,
    /// When the music begins: after the clicks, if there are any.
    pub start: Duration,
    /// When it is over.
    pub length: Duration,
    /// Where the tune is written, for whoever finds fault with it.
    pub(super) at: Position,
    /// The first bar's metre, and at which place of such a bar the music begins: not at 0 if there
    /// is an upbeat.
    pub(super) first: (Option<Meter>, Duration),
    /// How much the last bar lacks.
    pub(super) gap: Duration,
}

impl Score {
    /// A tune as a band plays it, once and as it is written.
    pub fn new(tune: &Tune, performance: &Performance, band: Band) -> Self {
        let places = phases(&performance.bars);
        let first = performance.bars.first().and_then(|bar| bar.meter);
        let last = performance.bars.last().zip(places.last()).and_then(|(bar, place)| {
            let lacks = checked_sub(bar.meter?.bar(), *place)?;
            checked_sub(lacks, bar.duration)
        });
        let mut score = Self {
            title: tune.header('T').unwrap_or_default().to_owned(),
            players: players(performance, band),
            clicks: Vec::new(),
            signs: Vec::new(),
            start: Duration::ZERO,
            length: performance.length,
            at: tune.bars.first().map_or(Position { line: 1, column: 1 }, |bar| bar.at),
            first: (first, places.first().copied().unwrap_or_default()),
            gap: last.unwrap_or_default().max(Duration::ZERO),
        };
        let tempo = tune.tempo.unwrap_or_else(|| default_tempo(tune));
        score.tell(Duration::ZERO, Sign::Tempo(tempo.microseconds_per_quarter()));
        let (mut key, mut semitones) = (&tune.key, 0);
        for (time, change) in &performance.changes {
            let sign = match change {
                Change::Tempo(tempo) => Sign::Tempo(tempo.microseconds_per_quarter()),
                Change::Meter(Some(meter)) => Sign::Meter(*meter),
                Change::Meter(None) | Change::Unit(_) => continue,
                Change::Key(new) => {
                    key = new;
                    sounding(key, semitones)
                }
                Change::Transposition(new) => {
                    semitones = i32::from(*new);
                    sounding(key, semitones)
                }
            };
            score.tell(*time, sign);
        }
        score
    }

    /// The same with the beats that swing.
    pub fn swung(mut self, swing: &Swing) -> Self {
        let strokes = self.players.iter_mut().flat_map(|player| &mut player.strokes);
        for stroke in strokes {
            let stop = checked_add(stroke.onset, stroke.duration).map(|stop| swing.moved(stop));
            stroke.onset = swing.moved(stroke.onset);
            let length = stop.and_then(|stop| checked_sub(stop, stroke.onset));
            stroke.duration =
                length.filter(|length| *length > Duration::ZERO).unwrap_or(stroke.duration);
        }
        self.signs.iter_mut().for_each(|(time, _)| *time = swing.moved(*time));
        self
    }

    /// The same at so many per cent of its speed.
    ///
    /// # Errors
    /// Where a quarter note would last longer than a MIDI file can say, 16.7 seconds.
    ///
    /// # Panics
    /// Where that is 0.
    pub fn at_speed(mut self, percent: u32) -> Result<Self, Problem> {
        for (_, sign) in &mut self.signs {
            if let Sign::Tempo(tempo) = sign {
                let slower = u64::from(*tempo) * 100 / u64::from(percent);
                let fits = u32::try_from(slower).ok().filter(|slower| *slower < 1 << 24);
                *tempo = fits.map(|slower| slower.max(1)).ok_or_else(|| Problem {
                    at: self.at,
                    message: "slower than a MIDI file can say, 16.7 seconds a crotchet".to_owned(),
                })?;
            }
        }
        Ok(self)
    }

    /// Its tempos.
    pub fn clock(&self) -> Clock {
        Clock::of(self.signs.iter().filter_map(|(time, sign)| match sign {
            Sign::Tempo(tempo) => Some((*time, *tempo)),
            _ => None,
        }))
    }

    /// How long it lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        self.clock().seconds(self.length)
    }

    /// Everything that is struck.
    pub fn strokes(&self) -> impl Iterator<Item = &Stroke> {
        self.players.iter().flat_map(|player| &player.strokes).chain(&self.clicks)
    }

    /// A sign from a time on, which is not before that of any other; what says nothing new is left
    /// out.
    pub(super) fn tell(&mut self, time: Duration, sign: Sign) {
        let kind = std::mem::discriminant(&sign);
        let same_kind = |(_, other): &(Duration, Sign)| std::mem::discriminant(other) == kind;
        match self.signs.iter().rposition(same_kind) {
            Some(at) if self.signs[at].1 == sign => {}
            Some(at) if self.signs[at].0 == time => self.signs[at].1 = sign,
            _ => self.signs.push((time, sign)),
        }
    }
}

/// A key so many semitones higher than it is written.
fn sounding(key: &Key, semitones: i32) -> Sign {
    let written: i32 = key.signature.iter().copied().map(i32::from).sum();
    // a semitone is seven steps on the circle of fifths
    let sharps = match semitones.rem_euclid(12) {
        0 => written.clamp(-7, 7),
        up => (written + 7 * up + 5).rem_euclid(12) - 5,
    };
    let tonic = key.tonic.map(|(letter, alter)| {
        let pitch = Pitch { letter, alter, octave: 4 };
        (pitch.midi() + semitones).rem_euclid(12) as u8
    });
    Sign::Key { sharps: sharps as i8, minor: key.mode == Mode::Minor, tonic }
}
