//! The built-in voices: a pipe and a plucked string, so that a tune sounds without a SoundFont.
//!
//! Both are a few partials of the pitch, partial k at k times its frequency f. Those of a string
//! die away, the k-th k times as fast as the first:
//!
//! ```text
//! y(t) = strength · envelope(t) · sum over k of amplitude(k) · exp(-k t / decay) · sin(2π k f t)
//! ```
//!
//! Every partial begins at sin 0 and the envelope rises from 0 and falls to 0 with level ends, so
//! no note begins or ends with a click. A sum of partials is exactly in tune; a delay line (Karplus
//! and Strong 1983) sounds at whole fractions of the sample rate only, up to a sixth of a semitone
//! off in the second octave of a whistle, unless it is interpolated.

use super::clock::Clock;
use super::instrument::Instrument;
use super::players::{Band, Stroke, players};
use crate::music::abc::{Performance, Position, Problem, Tune, checked_add};
use std::f64::consts::{LN_2, PI};

/// The longest tune that is made sound, in seconds.
pub const LONGEST: f64 = 15.0 * 60.0;
/// The most sound, in seconds of all its notes.
const MOST: f64 = 8.0 * LONGEST;
/// Silence at the end, in seconds.
const REST: f64 = 0.1;

/// What a note sounds like.
struct Voice {
    /// Amplitudes of the partials, the fundamental's first.
    partials: &'static [f64],
    /// Seconds in which the fundamental falls to 1/e; infinite where breath or bow go on.
    decay: f64,
    /// Seconds of rise and fall.
    attack: f64,
    release: f64,
    /// Seconds that it sounds on after its end.
    ring: f64,
}

const PIPE: Voice = Voice {
    partials: &[1.0, 0.35, 0.12, 0.04],
    decay: f64::INFINITY,
    attack: 0.012,
    release: 0.03,
    ring: 0.0,
};
const STRING: Voice = Voice {
    partials: &[1.0, 0.5, 0.3, 0.15, 0.1, 0.06],
    decay: 0.9,
    attack: 0.003,
    release: 0.1,
    ring: 0.1,
};

impl Voice {
    fn of(instrument: Instrument) -> &'static Self {
        if instrument.is_plucked() { &STRING } else { &PIPE }
    }

    /// Adds a note of `seconds` to the samples, the first of which is its beginning.
    fn sound(&self, samples: &mut [f32], rate: f64, note: u8, strength: f64, seconds: f64) {
        let frequency = 440.0 * libm::exp(LN_2 * (f64::from(note) - 69.0) / 12.0);
        let length = seconds + self.ring;
        let (attack, release) = (self.attack.min(length / 2.0), self.release.min(length / 2.0));
        // a partial turns by an angle each sample, and shrinks: (sine, cosine, and what each step
        // does)
        let mut partials: Vec<[f64; 4]> = Vec::with_capacity(self.partials.len());
        for (k, amplitude) in (1..).map(f64::from).zip(self.partials) {
            let turn = 2.0 * PI * k * frequency / rate;
            if turn < 0.9 * PI {
                let shrink = libm::exp(-k / (self.decay * rate));
                let step = (shrink * libm::sin(turn), shrink * libm::cos(turn));
                partials.push([0.0, *amplitude, step.0, step.1]);
            }
        }
        for (at, sample) in samples.iter_mut().take((length * rate) as usize).enumerate() {
            let time = at as f64 / rate;
            let envelope = smooth(time / attack) * smooth((length - time) / release);
            let mut sum = 0.0;
            for [sine, cosine, up, along] in &mut partials {
                sum += *sine;
                (*sine, *cosine) = (*sine * *along + *cosine * *up, *cosine * *along - *sine * *up);
            }
            *sample += (strength * envelope * sum) as f32;
        }
    }
}

/// From 0 at 0 to 1 at 1 and beyond, level at both.
fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// A tune as the built-in voices play it: `rate` samples a second, one channel, of any loudness.
///
/// # Errors
/// Where there is more than [`LONGEST`] of it, or eight times that in notes.
pub fn synthesize(
    tune: &Tune,
    performance: &Performance,
    band: Band,
    rate: u32,
) -> Result<Vec<f32>, Problem> {
    let clock = Clock::new(tune, performance);
    let players = players(performance, band);
    let span = |stroke: &Stroke| {
        let stop = checked_add(stroke.onset, stroke.duration).unwrap_or(stroke.onset);
        let start = clock.seconds(stroke.onset);
        (start, clock.seconds(stop) - start)
    };
    let strokes = players.iter().flat_map(|player| &player.strokes);
    let sum = strokes.fold(0.0, |sum, stroke| sum + span(stroke).1);
    let end = length(tune, performance)?;
    if sum > MOST {
        return Err(too_long(tune));
    }
    let rate = f64::from(rate);
    let mut samples = vec![0.0; ((end + STRING.ring + REST) * rate) as usize];
    for player in &players {
        let voice = Voice::of(player.instrument);
        for stroke in &player.strokes {
            let (start, seconds) = span(stroke);
            let from = ((start * rate) as usize).min(samples.len());
            let strength = f64::from(stroke.strength) / 127.0;
            voice.sound(&mut samples[from..], rate, stroke.note, strength, seconds);
        }
    }
    Ok(samples)
}

/// How long a tune sounds, in seconds.
///
/// # Errors
/// Where that is more than [`LONGEST`].
pub fn length(tune: &Tune, performance: &Performance) -> Result<f64, Problem> {
    let seconds = Clock::new(tune, performance).seconds(performance.length);
    if seconds > LONGEST { Err(too_long(tune)) } else { Ok(seconds) }
}

fn too_long(tune: &Tune) -> Problem {
    Problem {
        at: tune.bars.first().map_or(Position { line: 1, column: 1 }, |bar| bar.at),
        message: "more than a quarter of an hour of sound, or eight times that in notes".to_owned(),
    }
}
