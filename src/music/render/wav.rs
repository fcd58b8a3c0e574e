//! WAV files: 16 bits, all equally loud.

use super::loudness::loudness;
use super::sound_error::SoundError;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::io::Cursor;

/// Samples a second.
pub const RATE: u32 = 44_100;
/// How loud a file is, in LUFS: what every voice can be below [`PEAK`].
const LOUDNESS: f64 = -18.0;
/// The loudest sample that may be: 1 dB below the loudest that there is.
const PEAK: f64 = 0.89;
/// Seconds in which the end fades to silence.
const FADE: f64 = 0.05;

/// Samples (those of one moment side by side, a channel each) as the bytes of a WAV file.
///
/// They are brought to one loudness, less where a sample would be too loud, and the end to silence.
///
/// # Errors
/// Where a sample is no number, or there is more sound than fits such a file.
///
/// # Panics
/// Where there is no channel.
pub fn wav(channels: u16, mut samples: Vec<f32>) -> Result<Vec<u8>, SoundError> {
    assert!(channels > 0, "a sound without a channel");
    let peak = samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
    if !samples.iter().all(|sample| sample.is_finite()) {
        return Err(SoundError::NotANumber);
    }
    let gain = loudness(channels, &samples, RATE).map_or(0.0, |found| {
        let equal = libm::pow(10.0, (LOUDNESS - found) / 20.0);
        equal.min(PEAK / f64::from(peak)) as f32
    });
    let fade = (FADE * f64::from(RATE)) as usize * usize::from(channels);
    for (at, sample) in samples.iter_mut().rev().enumerate() {
        *sample *= gain * (at as f32 / fade as f32).min(1.0);
    }
    let spec = WavSpec {
        channels,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::with_capacity(2 * samples.len() + 44));
    let write = |bytes: &mut Cursor<Vec<u8>>| {
        let mut writer = WavWriter::new(bytes, spec)?;
        for sample in &samples {
            writer.write_sample((sample * f32::from(i16::MAX)).round() as i16)?;
        }
        writer.finalize()
    };
    write(&mut bytes).map_err(|error| SoundError::TooLarge(error.to_string()))?;
    Ok(bytes.into_inner())
}
