//! The built-in voices, so that a tune sounds without a SoundFont.
//!
//! Each is a few partials of the pitch, partial k at k times its frequency f. Those of a string
//! that is plucked die away, the k-th k times as fast as the first:
//!
//! ```text
//! y(t) = strength² · envelope(t) · sum over k of amplitude(k) · exp(-k t / decay) · sin(k φ(t))
//! φ'(t) = 2π f · (1 + vibrato(t))
//! ```
//!
//! Every partial begins at sin 0 and the envelope rises from 0 and falls to 0 with level ends, so
//! no note begins or ends with a click. A sum of partials is exactly in tune; a delay line (Karplus
//! and Strong 1983) sounds at whole fractions of the sample rate only, up to a sixth of a semitone
//! off in the second octave of a whistle, unless it is interpolated.

use super::instrument::Instrument;
use std::f64::consts::{LN_2, PI};

/// What a note sounds like.
#[derive(Clone, Copy)]
pub(super) struct Voice {
    /// Amplitudes of the partials, the fundamental's first; brought to one power.
    partials: &'static [f64],
    /// Seconds in which the fundamental falls to 1/e; infinite where breath or bow go on.
    decay: f64,
    /// Seconds of rise and fall.
    attack: f64,
    release: f64,
    /// How far vibrato goes up and down, in cents.
    vibrato: f64,
    /// How far two reeds or strings of one note are apart, in cents; 0 for a single one.
    apart: f64,
}

/// Cycles of vibrato a second, and seconds of a note in which it sets in.
const VIBRATO: f64 = 5.6;
const STEADY: f64 = 0.15;
/// Seconds that a plucked note sounds on after its end; other notes are shorter.
pub(super) const RING: f64 = 0.1;
/// Samples over which the pitch stands still.
const STEP: usize = 64;

const fn blown(partials: &'static [f64], attack: f64, release: f64) -> Voice {
    Voice { partials, decay: f64::INFINITY, attack, release, vibrato: 0.0, apart: 0.0 }
}

const fn plucked(partials: &'static [f64], decay: f64) -> Voice {
    Voice { partials, decay, attack: 0.003, release: RING, vibrato: 0.0, apart: 0.0 }
}

/// A wood block.
pub(super) const CLICK: Voice =
    Voice { attack: 0.001, ..plucked(&[1.0, 0.0, 0.4, 0.0, 0.2], 0.02) };
/// What the drones of pipes sound like.
pub(super) const DRONE: Voice = blown(&[1.0, 0.5, 0.6, 0.3, 0.25, 0.15, 0.1], 0.3, 0.1);

impl Voice {
    pub(super) fn of(instrument: Instrument) -> Self {
        match instrument {
            Instrument::Whistle => blown(&[1.0, 0.35, 0.12, 0.04], 0.012, 0.03),
            Instrument::Recorder => blown(&[1.0, 0.1, 0.25, 0.04, 0.06], 0.02, 0.03),
            Instrument::Flute => blown(&[1.0, 0.6, 0.3, 0.1, 0.05], 0.035, 0.05).vibrato(5.0),
            // even reeds that neither swell nor sing
            Instrument::Pipes => {
                blown(&[1.0, 0.8, 0.75, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2], 0.005, 0.012)
            }
            // a bow takes hold slowly and lets go slowly
            Instrument::Fiddle => {
                blown(&[1.0, 0.75, 0.5, 0.4, 0.35, 0.2, 0.15, 0.1, 0.08], 0.045, 0.07).vibrato(14.0)
            }
            Instrument::Cello => blown(&[1.0, 0.8, 0.5, 0.3, 0.2, 0.15], 0.06, 0.09).vibrato(12.0),
            Instrument::Accordion => {
                blown(&[1.0, 0.6, 0.45, 0.3, 0.25, 0.15, 0.1], 0.02, 0.04).apart(10.0)
            }
            Instrument::Concertina => blown(&[1.0, 0.35, 0.6, 0.2, 0.3, 0.1, 0.1], 0.015, 0.03),
            Instrument::Harmonica => {
                blown(&[1.0, 0.7, 0.35, 0.3, 0.15, 0.1], 0.03, 0.05).vibrato(10.0)
            }
            Instrument::Banjo => plucked(&[1.0, 0.9, 0.8, 0.6, 0.45, 0.3, 0.2], 0.5),
            Instrument::Guitar => plucked(&[1.0, 0.5, 0.3, 0.15, 0.1, 0.06], 0.9),
            Instrument::Harp => plucked(&[1.0, 0.4, 0.12, 0.05], 1.4),
            Instrument::Dulcimer => plucked(&[1.0, 0.7, 0.35, 0.3, 0.2, 0.15], 1.0).apart(5.0),
            Instrument::Piano => plucked(&[1.0, 0.5, 0.25, 0.2, 0.1, 0.05], 1.2).apart(2.0),
            Instrument::Bass => plucked(&[1.0, 0.7, 0.35, 0.15], 0.9),
        }
    }

    const fn vibrato(self, vibrato: f64) -> Self {
        Self { vibrato, ..self }
    }

    const fn apart(self, apart: f64) -> Self {
        Self { apart, ..self }
    }

    /// Adds a note of `seconds` to the samples, the first of which is its beginning; `strength` is
    /// a MIDI velocity.
    pub(super) fn sound(
        &self,
        samples: &mut [f32],
        rate: f64,
        note: u8,
        strength: u8,
        seconds: f64,
    ) {
        // what is blown or bowed goes over into the next note
        let ring = if self.decay.is_finite() { RING } else { self.release / 2.0 };
        let length = seconds + ring;
        let power: f64 = self.partials.iter().map(|amplitude| amplitude * amplitude).sum();
        // as General MIDI advises: twice as hard is 12 dB louder
        let strength = f64::from(strength) / 127.0;
        let loud = strength * strength / power.sqrt();
        let detuned: &[f64] = if self.apart > 0.0 { &[-0.5, 0.5] } else { &[0.0] };
        for side in detuned {
            let semitones = f64::from(note) - 69.0 + side * self.apart / 100.0;
            let turn = 2.0 * PI * 440.0 * libm::exp(LN_2 * semitones / 12.0) / rate;
            let loud = loud / (detuned.len() as f64).sqrt();
            self.string(samples, rate, turn, loud, length);
        }
    }

    /// One of a note's reeds or strings: its fundamental turns by an angle each sample.
    fn string(&self, samples: &mut [f32], rate: f64, turn: f64, loud: f64, length: f64) {
        let (attack, release) = (self.attack.min(length / 2.0), self.release.min(length / 2.0));
        let within = self.partials.iter().zip((1..).map(f64::from));
        let within = within.take_while(|(_, k)| k * turn < 0.9 * PI);
        // (k, sine, cosine)
        let mut partials: Vec<[f64; 3]> = within.map(|(a, k)| [k, 0.0, *a]).collect();
        let number = ((length * rate) as usize).min(samples.len());
        for (block, samples) in samples[..number].chunks_mut(STEP).enumerate() {
            let first = block * STEP;
            let bent = turn * self.bend(first as f64 / rate);
            let mut sums = [0.0; STEP];
            for [k, sine, cosine] in &mut partials {
                let shrink = libm::exp(-*k / (self.decay * rate));
                let (up, along) = (shrink * libm::sin(*k * bent), shrink * libm::cos(*k * bent));
                for sum in &mut sums[..samples.len()] {
                    *sum += *sine;
                    (*sine, *cosine) = (*sine * along + *cosine * up, *cosine * along - *sine * up);
                }
            }
            for (at, (sample, sum)) in samples.iter_mut().zip(sums).enumerate() {
                let time = (first + at) as f64 / rate;
                let envelope = smooth(time / attack) * smooth((length - time) / release);
                *sample += (loud * envelope * sum) as f32;
            }
        }
    }

    /// By what vibrato multiplies the frequency.
    fn bend(&self, time: f64) -> f64 {
        let depth = self.vibrato / 1200.0 * smooth((time - STEADY) / STEADY);
        libm::exp(LN_2 * depth * libm::sin(2.0 * PI * VIBRATO * (time - STEADY)))
    }
}

/// From 0 at 0 to 1 at 1 and beyond, level at both.
fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
