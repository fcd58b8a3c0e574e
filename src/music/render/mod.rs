//! Hearing the tunes: what a [`Performance`](super::abc::Performance) sounds like.
//!
//! `chord` reads chord symbols, `harmony` chooses some where there are none, `accompany` plays them
//! in the rhythm of the dance, `players` gives melody, chords and bass their notes. `midi` writes
//! these as a MIDI file; `voice`, by `clock`, or a `soundfont` makes them sound, and `wav` writes
//! that. All times are exact until a file format or a sample rounds them.
//!
//! It uses [`abc`](super::abc), and of [`corpus`](super::corpus) the names of rhythms. Read
//! `studio` first, where all of it comes together, then `players` and `accompany`.

mod accompany;
mod chord;
mod clock;
mod harmony;
mod instrument;
mod midi;
mod players;
mod sound_error;
mod soundfont;
mod studio;
mod voice;
mod wav;

pub use accompany::{Accompaniment, Hit, accompany};
pub use chord::Chord;
pub use clock::Clock;
pub use harmony::choose_chords;
pub use instrument::Instrument;
pub use midi::{TICKS, midi};
pub use players::{Band, Player, Stroke, players};
pub use sound_error::SoundError;
pub use soundfont::SoundFont;
pub use studio::{LONGEST_PERFORMANCE, RecordError, Recording, Studio, file_name, play};
pub use voice::{LONGEST, length, synthesize};
pub use wav::{RATE, wav};
