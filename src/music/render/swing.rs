//! Swing: where the second of two equal quavers comes, in hornpipes as people play them.
//!
//! A beat that is written as two equal notes is played long and short. Time itself is bent for it:
//! what sounds in the first half of such a beat is stretched, what sounds in the second is pressed,
//! so that graces, chords and bass go along, and every beat begins when it did. With `l` the share
//! of the long note, in a beat of `2 h` from 0:
//!
//! ```text
//! moved(t) = 2 l t              for t <= h
//! moved(t) = 2 h - 2 (1 - l) (2 h - t)   for t >= h
//! ```

use super::accompany::phases;
use crate::music::abc::{
    Duration, Event, Meter, Performance, Tune, checked_add, checked_div, checked_mul, checked_sub,
};
use crate::music::corpus::rhythm_name;
use std::str::FromStr;

/// How unequal equal quavers are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feel {
    /// Hornpipes 2:1 and strathspeys 3:1, unless dotted pairs are written in them; all else as
    /// written.
    #[default]
    ByRhythm,
    /// As written.
    Straight,
    /// The first so long and the second so short, whatever the rhythm.
    Ratio(u8, u8),
}

impl FromStr for Feel {
    type Err = &'static str;

    /// `off`, or `2:1`: from 1:1 to 4:1, of numbers up to 9.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ratio = text.split_once(':').and_then(|(long, short)| {
            let number = |text: &str| text.parse().ok().filter(|n| (1..=9).contains(n));
            Some((number(long)?, number(short)?))
        });
        match ratio {
            _ if text == "off" => Ok(Self::Straight),
            Some((long, short)) if (short..=4 * short).contains(&long) => {
                Ok(Self::Ratio(long, short))
            }
            _ => Err("not a swing; write it as 2:1 or 3:2, up to 4:1, or off"),
        }
    }
}

/// Which beats of a performance swing, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// When such a beat begins and how long half of it is, in the order of time.
    pairs: Vec<(Duration, Duration)>,
    /// The share of the long note.
    long: Duration,
}

impl Swing {
    /// How a tune swings as it is performed.
    ///
    /// A beat swings that is two equal notes and no more (one may be a rest), in metres of 2 to 4
    /// halves or quarters: quavers, or semiquavers in a 2/4 that has more of them.
    pub fn of(feel: Feel, tune: &Tune, performance: &Performance) -> Self {
        let ratio = match feel {
            Feel::ByRhythm => ratio_of_rhythm(tune),
            Feel::Straight => None,
            Feel::Ratio(long, short) => Some((long, short)),
        };
        let (long, short) = ratio.filter(|(long, short)| long != short).unwrap_or((1, 1));
        let share = Duration::new(i64::from(long), i64::from(long) + i64::from(short));
        let mut swing = Self { pairs: Vec::new(), long: share };
        if long > short {
            let dotted = swing.find_pairs(tune, performance);
            if feel == Feel::ByRhythm && dotted >= swing.pairs.len() {
                swing.pairs.clear(); // it is written out
            }
        }
        swing
    }

    /// Whether it leaves everything as written.
    pub fn is_straight(&self) -> bool {
        self.pairs.is_empty()
    }

    /// When that comes which is written at `time`; both in whole notes from the start.
    pub fn moved(&self, time: Duration) -> Duration {
        let before = self.pairs.partition_point(|(onset, _)| *onset <= time);
        let moved = || {
            let (onset, half) = *self.pairs.get(before.checked_sub(1)?)?;
            let end = checked_add(onset, half + half)?;
            let part = |share: Duration, span| checked_mul(share + share, span);
            let within = checked_sub(time, onset)?;
            if within <= half {
                checked_add(onset, part(self.long, within)?)
            } else {
                let short = Duration::ONE - self.long;
                checked_sub(
                    end,
                    part(short, checked_sub(end, time).filter(|left| *left > Duration::ZERO)?)?,
                )
            }
        };
        moved().unwrap_or(time)
    }

    /// Finds the beats of two equal notes; the number of those of two unequal ones.
    fn find_pairs(&mut self, tune: &Tune, performance: &Performance) -> usize {
        let fine = has_semiquavers(tune);
        let mut dotted = 0;
        for (bar, phase) in performance.bars.iter().zip(phases(&performance.bars)) {
            let Some(half) = bar.meter.and_then(|meter| half_beat(meter, fine)) else { continue };
            let beat = half + half;
            let events = &tune.bars[bar.index].events[bar.events.clone()];
            let mut place = Some(Duration::ZERO);
            for (at, event) in events.iter().enumerate() {
                let Some(now) = place else { break };
                place = checked_add(now, event.duration);
                let Some(next) = events.get(at + 1) else { break };
                let on_beat = checked_add(phase, now).and_then(|p| checked_div(p, beat));
                if !on_beat.is_some_and(|p| p.is_integer()) || !is_pair(event, next, beat) {
                    continue;
                }
                if event.duration == half {
                    self.pairs.extend(checked_add(bar.onset, now).map(|onset| (onset, half)));
                } else {
                    dotted += 1;
                }
            }
        }
        dotted
    }
}

/// Whether two events are a beat, outside tuplets, and anything sounds.
fn is_pair(first: &Event, second: &Event, beat: Duration) -> bool {
    let plain = first.tuplet.is_none() && second.tuplet.is_none();
    let sounds = !first.pitches.is_empty() || !second.pitches.is_empty();
    plain && sounds && checked_add(first.duration, second.duration) == Some(beat)
}

/// Half of what swings in a metre; `None` for metres that do not.
fn half_beat(meter: Meter, fine: bool) -> Option<Duration> {
    match (meter.beats, meter.unit) {
        (2, 4) if fine => Some(Duration::new(1, 16)),
        (2..=4, 2 | 4) => Some(Duration::new(1, 8)),
        _ => None,
    }
}

/// Whether there are more semiquavers than quavers.
fn has_semiquavers(tune: &Tune) -> bool {
    let number = |lower| {
        let length = Duration::new(1, lower);
        tune.events().filter(|event| event.tuplet.is_none() && event.duration == length).count()
    };
    number(16) > number(8)
}

/// The older hornpipes, in 3/2, are not dotted.
fn ratio_of_rhythm(tune: &Tune) -> Option<(u8, u8)> {
    let two_or_four = tune.meter.is_some_and(|meter| matches!(meter.beats, 2 | 4));
    match tune.header('R').and_then(|text| rhythm_name(text, tune.meter))? {
        "hornpipe" if two_or_four => Some((2, 1)),
        "strathspey" if two_or_four => Some((3, 1)),
        _ => None,
    }
}
