//! How loud a sound is to a listener: ITU-R BS.1770-4.
//!
//! The sound goes through two filters, a shelf that lifts what the head lifts and a high pass for
//! the bass that we hear less ("K"), and its power is averaged over blocks of 0.4 s that overlap by
//! three quarters. Blocks more than 10 dB below the average of those above -70 dB do not count.
//!
//! ```text
//! loudness = -0.691 + 10 log10(sum over channels of mean(K(x)²))     in LUFS
//! ```

use std::f64::consts::PI;

/// Seconds of a block.
const BLOCK: f64 = 0.4;
/// What is quieter than this is silence, in LUFS.
const SILENCE: f64 = -70.0;
/// Blocks so much below the others are left out, in dB.
const GATE: f64 = -10.0;

/// A filter of second order: numerator, denominator (the first of which is 1), and the last two
/// inputs and outputs.
struct Filter {
    b: [f64; 3],
    a: [f64; 2],
    past: [f64; 4],
}

impl Filter {
    /// The shelf: 4 dB above some 1.7 kHz. The recommendation gives coefficients for 48 kHz only;
    /// these are the analogue filter's that they come from.
    fn shelf(rate: f64) -> Self {
        let (frequency, q) = (1_681.974_450_955_533, 0.707_175_236_955_419_6);
        let high = libm::pow(10.0, 3.999_843_853_973_347 / 20.0);
        let band = libm::pow(high, 0.499_666_774_154_541_6);
        let k = libm::tan(PI * frequency / rate);
        let b = [high + band * k / q + k * k, 2.0 * (k * k - high), high - band * k / q + k * k];
        Self::new(b, k, q)
    }

    /// The high pass, at 38 Hz.
    fn high_pass(rate: f64) -> Self {
        let (frequency, q) = (38.135_470_876_024_44, 0.500_327_037_323_877_3);
        let k = libm::tan(PI * frequency / rate);
        // the recommendation leaves its gain as it is
        let scale = 1.0 + k / q + k * k;
        Self::new([scale, -2.0 * scale, scale], k, q)
    }

    fn new(b: [f64; 3], k: f64, q: f64) -> Self {
        let scale = 1.0 + k / q + k * k;
        let a = [2.0 * (k * k - 1.0) / scale, (1.0 - k / q + k * k) / scale];
        Self { b: b.map(|b| b / scale), a, past: [0.0; 4] }
    }

    fn next(&mut self, x: f64) -> f64 {
        let [x1, x2, y1, y2] = self.past;
        let y = self.b[0] * x + self.b[1] * x1 + self.b[2] * x2 - self.a[0] * y1 - self.a[1] * y2;
        self.past = [x, x1, y, y1];
        y
    }
}

/// The loudness of some samples (those of one moment side by side, a channel each) in LUFS; `None`
/// for silence.
///
/// # Panics
/// Where there is no channel.
pub fn loudness(channels: u16, samples: &[f32], rate: u32) -> Option<f64> {
    assert!(channels > 0, "a sound without a channel");
    let (channels, rate) = (usize::from(channels), f64::from(rate));
    // power of a quarter of a block each, the channels' sum
    let quarter = ((BLOCK / 4.0 * rate) as usize).max(1);
    let mut powers = vec![0.0; samples.len().div_ceil(quarter * channels).max(4)];
    for channel in 0..channels {
        let (mut shelf, mut high_pass) = (Filter::shelf(rate), Filter::high_pass(rate));
        for (at, sample) in samples.iter().skip(channel).step_by(channels).enumerate() {
            let heard = high_pass.next(shelf.next(f64::from(*sample)));
            powers[at / quarter] += heard * heard / quarter as f64;
        }
    }
    let blocks: Vec<f64> = powers.windows(4).map(|four| four.iter().sum::<f64>() / 4.0).collect();
    let average = |least: f64| {
        let loud = blocks.iter().filter(|power| **power > least);
        let (sum, count) = loud.fold((0.0, 0.0), |(sum, count), power| (sum + power, count + 1.0));
        (count > 0.0).then(|| sum / count)
    };
    let power = |level: f64| libm::pow(10.0, (level + 0.691) / 10.0);
    let silence = power(SILENCE);
    let gate = average(silence)? * libm::pow(10.0, GATE / 10.0);
    Some(10.0 * libm::log10(average(gate.max(silence))?) - 0.691)
}
