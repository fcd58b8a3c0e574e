//! Hearing the tunes: what a [`Performance`](super::abc::Performance) sounds like.
//!
//! `chord` reads chord symbols, `harmony` chooses some where there are none, `accompany` plays them
//! in the rhythm of the dance, `players` gives melody, chords and bass their notes; with tempo, metre
//! and key these are a `score`. `swing` bends its time as people do, `practice` makes it slower,
//! higher or longer. `midi` writes it as a MIDI file; `voice`, by `clock`, or a `soundfont` makes it
//! sound, and `wav` writes that, as loud as `loudness` finds all alike. All times are exact until a
//! file format or a sample rounds them. `musicxml` writes a tune as it stands, for programs that
//! engrave.
//!
//! It uses [`abc`](super::abc), and of [`corpus`](super::corpus) the names of rhythms. Read
//! `studio` first, where all of it comes together, then `players` and `accompany`.

mod accompany;
mod chord;
mod clock;
mod harmony;
mod instrument;
mod loudness;
mod midi;
mod musicxml;
mod players;
mod practice;
mod score;
mod sound_error;
mod soundfont;
mod studio;
mod swing;
mod synthesis;
mod voice;
mod wav;

pub use accompany::{Accompaniment, Hit, accompany};
pub use chord::Chord;
pub use clock::{Clock, LONGEST_PERFORMANCE};
pub use harmony::choose_chords;
pub use instrument::Instrument;
pub use loudness::loudness;
#[cfg(feature = "page")]
pub(super) use midi::nearest_tick;
pub use midi::{TICKS, midi};
pub use musicxml::{MusicXml, Symbols, musicxml};
pub use players::{Band, Player, Stroke, players};
pub use practice::{Practice, transpose};
pub use score::{Score, Sign};
pub use sound_error::SoundError;
pub use soundfont::SoundFont;
pub use studio::{RecordError, Recording, Studio, file_name, play, set_name};
pub use swing::{Feel, Swing};
pub use synthesis::{LONGEST, length, synthesize};
pub use wav::{RATE, wav};
