//! Instruments by the names that players use.

/// An instrument of General MIDI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say all")]
pub enum Instrument {
    Whistle,
    Flute,
    Recorder,
    Fiddle,
    Pipes,
    Accordion,
    Concertina,
    Harmonica,
    Banjo,
    Guitar,
    Harp,
    Dulcimer,
    Piano,
    Bass,
    Cello,
}

impl Instrument {
    /// All of them, winds first.
    pub const ALL: [Self; 15] = [
        Self::Whistle,
        Self::Flute,
        Self::Recorder,
        Self::Fiddle,
        Self::Pipes,
        Self::Accordion,
        Self::Concertina,
        Self::Harmonica,
        Self::Banjo,
        Self::Guitar,
        Self::Harp,
        Self::Dulcimer,
        Self::Piano,
        Self::Bass,
        Self::Cello,
    ];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whistle => "whistle",
            Self::Flute => "flute",
            Self::Recorder => "recorder",
            Self::Fiddle => "fiddle",
            Self::Pipes => "pipes",
            Self::Accordion => "accordion",
            Self::Concertina => "concertina",
            Self::Harmonica => "harmonica",
            Self::Banjo => "banjo",
            Self::Guitar => "guitar",
            Self::Harp => "harp",
            Self::Dulcimer => "dulcimer",
            Self::Piano => "piano",
            Self::Bass => "bass",
            Self::Cello => "cello",
        }
    }

    /// Its program number in General MIDI, from 0.
    pub fn program(self) -> u8 {
        match self {
            Self::Piano => 0,
            Self::Dulcimer => 15,
            Self::Accordion => 21,
            Self::Harmonica => 22,
            Self::Concertina => 23,
            Self::Guitar => 25,
            Self::Bass => 32,
            Self::Fiddle => 40,
            Self::Cello => 42,
            Self::Harp => 46,
            Self::Flute => 73,
            Self::Recorder => 74,
            Self::Whistle => 78,
            Self::Banjo => 105,
            Self::Pipes => 109,
        }
    }

    /// Whether its notes die away, rather than go on as long as they are blown or bowed.
    pub fn is_plucked(self) -> bool {
        use Instrument::{Banjo, Bass, Dulcimer, Guitar, Harp, Piano};
        matches!(self, Banjo | Bass | Dulcimer | Guitar | Harp | Piano)
    }
}
