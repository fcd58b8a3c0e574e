//! What can go wrong with sound.

/// Why there is no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SoundError {
    /// The bytes are not those of a SoundFont, or not all of them.
    #[error("not a SoundFont, or cut off; name an .sf2 file")]
    NotASoundFont,
    /// The synthesizer refuses the SoundFont, and says why.
    #[error("not a SoundFont that can be used: {0}")]
    Unusable(String),
    /// The SoundFont contradicts itself.
    #[error("this SoundFont is damaged; name another")]
    Damaged,
    /// The synthesizer cannot be set up with the SoundFont, and says why.
    #[error("the SoundFont cannot be played: {0}")]
    Unplayable(String),
    /// What should be played is no MIDI file; the reader says why.
    #[error("no MIDI file: {0}")]
    NotMidi(String),
    /// A sample is infinite or no number.
    #[error("the sound is beyond all numbers")]
    NotANumber,
    /// More than a WAV file can hold; the writer says what of.
    #[error("the sound does not fit a WAV file: {0}")]
    TooLarge(String),
}
