//! Playing by a SoundFont (`.sf2`): recorded instruments in a file.

use super::sound_error::SoundError;
use super::wav::RATE;
use rustysynth::{MidiFile, MidiFileSequencer, Synthesizer, SynthesizerSettings};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Once};

/// Seconds in which the last notes die away.
const TAIL: f64 = 2.0;

/// The instruments of a SoundFont.
pub struct SoundFont(Arc<rustysynth::SoundFont>);

impl SoundFont {
    /// Reads a SoundFont.
    ///
    /// # Errors
    /// Where these are not the bytes of one, or of one that the synthesizer refuses.
    pub fn read(bytes: &[u8]) -> Result<Self, SoundError> {
        // the synthesizer reserves what a chunk says it holds
        if !chunks_fit(bytes) {
            return Err(SoundError::NotASoundFont);
        }
        let read = guarded(|| rustysynth::SoundFont::new(&mut &*bytes))?;
        let font = read.map_err(|error| SoundError::Unusable(error.to_string()))?;
        Ok(Self(Arc::new(font)))
    }

    /// A MIDI file of so many seconds as samples, [`RATE`] a second, left and right side by side,
    /// of any loudness.
    ///
    /// # Errors
    /// Where the SoundFont is damaged, or the bytes are no MIDI file.
    pub fn play(&self, midi: &[u8], seconds: f64) -> Result<Vec<f32>, SoundError> {
        let settings = SynthesizerSettings::new(RATE as i32);
        let file = MidiFile::new(&mut &*midi);
        let file = file.map_err(|error| SoundError::NotMidi(error.to_string()))?;
        let length = ((seconds + TAIL) * f64::from(RATE)) as usize;
        let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
        guarded(|| {
            let synthesizer = Synthesizer::new(&self.0, &settings)
                .map_err(|error| SoundError::Unplayable(error.to_string()))?;
            let mut sequencer = MidiFileSequencer::new(synthesizer);
            sequencer.play(&Arc::new(file), false);
            sequencer.render(&mut left, &mut right);
            Ok(left.iter().zip(&right).flat_map(|(left, right)| [*left, *right]).collect())
        })?
    }
}

thread_local! {
    /// Whether a panic of this thread is one of the synthesizer's, of which nothing is printed.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The synthesizer takes indices from the file as they are and panics where they lead outside.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, SoundError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                print(panic);
            }
        }));
    });
    GUARDED.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    done.map_err(|_| SoundError::Damaged)
}

/// Whether every chunk, and every chunk in a list, lies within the bytes.
fn chunks_fit(bytes: &[u8]) -> bool {
    let mut rest = match bytes.strip_prefix(b"RIFF") {
        Some(rest) if rest.get(4..8) == Some(b"sfbk") => &rest[8..],
        _ => return false,
    };
    while let Some((head, content)) = rest.split_at_checked(8) {
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // into a list, past anything else
        let skip = if head.starts_with(b"LIST") { 4 } else { size };
        if size > content.len() || skip > content.len() {
            return false;
        }
        rest = &content[skip..];
    }
    true
}
