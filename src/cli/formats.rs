//! The flags that say as what kinds of files tunes are written.

use super::output::Kind;
use super::practice::Practised;
use crate::error::{Error, Result};
use clap::ValueEnum;

/// Kinds of files that tunes are written as.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Formats {
    /// What to write, several with commas between: midi and wav to listen to, musicxml (the tune as it
    /// is written) for MuseScore, Dorico or Sibelius [default: midi]
    #[arg(
        long,
        value_enum,
        value_name = "KINDS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    format: Vec<Format>,
    /// Short for --format midi
    #[arg(long)]
    midi: bool,
    /// Short for --format wav
    #[arg(long)]
    wav: bool,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Midi,
    Wav,
    #[value(name = "musicxml")]
    MusicXml,
}

impl Formats {
    /// The endings of a tune's files and what they hold.
    pub(super) fn kinds(&self) -> Vec<(&'static str, Kind)> {
        let has = |format| self.format.contains(&format);
        let (wav, musicxml) = (self.wav || has(Format::Wav), has(Format::MusicXml));
        let midi = self.midi || has(Format::Midi) || !(wav || musicxml);
        let kinds = [
            (wav, "wav", Kind::Wav),
            (midi, "mid", Kind::Midi),
            (musicxml, "musicxml", Kind::MusicXml),
        ];
        kinds.into_iter().filter(|kind| kind.0).map(|(_, end, kind)| (end, kind)).collect()
    }

    /// Whether anything is written to listen to.
    pub(super) fn sound(&self) -> bool {
        self.kinds().iter().any(|(_, kind)| *kind != Kind::MusicXml)
    }

    /// Refuses what no file that is asked for can show: what is played is not what is written.
    pub(super) fn refuse_nonsense(&self, practised: Practised, soundfont: bool) -> Result<()> {
        let has = |kind| self.kinds().iter().any(|(_, other)| *other == kind);
        let problem = if soundfont && !has(Kind::Wav) {
            "--soundfont has the instruments of WAV files; add --wav, or leave it out".to_owned()
        } else if practised.set && has(Kind::MusicXml) {
            "--set makes one file to listen to, and MusicXML is one file a tune; leave one of them out"
                .to_owned()
        } else if let Some(flag) = practised.given().filter(|_| !self.sound()) {
            format!(
                "{flag} says how tunes are played, and MusicXML has them as they are written; add midi \
                 or wav to --format, or leave it out"
            )
        } else {
            return Ok(());
        };
        Err(Error::Usage(problem))
    }
}
