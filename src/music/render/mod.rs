//! Hearing the tunes: what a [`Performance`] sounds like.
//!
//! `chord` reads chord symbols, `harmony` chooses some where there are none, `accompany` plays them
//! in the rhythm of the dance, `players` gives melody, chords and bass their notes. `midi` writes
//! these as a MIDI file; `voice`, by `clock`, or a `soundfont` makes them sound, and `wav` writes
//! that. All times are exact until a file format or a sample rounds them.

mod accompany;
mod chord;
mod clock;
mod harmony;
mod instrument;
mod midi;
mod players;
mod soundfont;
mod voice;
mod wav;

pub use accompany::{Accompaniment, Hit, accompany};
pub use chord::Chord;
pub use clock::Clock;
pub use harmony::choose_chords;
pub use instrument::Instrument;
pub use midi::{TICKS, midi};
pub use players::{Band, Player, Stroke, players};
pub use soundfont::SoundFont;
pub use voice::{LONGEST, length, synthesize};
pub use wav::{RATE, wav};

use crate::music::abc::{self, Duration, Performance, Problem, Tempo, Tune};
use crate::music::corpus::rhythm_name;

/// How fast a tune goes that does not say so: by its rhythm as dancers like it, else by its metre.
pub fn default_tempo(tune: &Tune) -> Tempo {
    let rhythm = tune.header('R').and_then(|text| rhythm_name(text, tune.meter));
    let compound = tune.meter.is_some_and(crate::music::abc::Meter::is_compound);
    let (upper, lower, per_minute) = match rhythm {
        Some("jig" | "slip jig") => (3, 8, 112),
        Some("slide") => (3, 8, 130),
        Some("reel") => (1, 2, 96),
        Some("hornpipe" | "set dance") => (1, 2, 76),
        Some("polka") => (1, 4, 126),
        Some("waltz") => (1, 4, 132),
        Some("mazurka") => (1, 4, 140),
        Some("march") => (1, 4, 108),
        Some("strathspey" | "schottische" | "barndance") => (1, 4, 144),
        Some("air") => (1, 4, 80),
        _ if compound => (3, 8, 104),
        _ => (1, 4, 120),
    };
    Tempo { beat: Duration::new(upper, lower), per_minute }
}

/// What sounds, or the reason why nothing does.
///
/// # Errors
/// A tune without a note, or with times beyond reckoning: what is wrong and where.
pub fn play(tune: &Tune) -> Result<Performance, Problem> {
    if tune.notes() == 0 {
        let first = tune.problems.first().cloned();
        let at = abc::Position { line: 1, column: 1 };
        return Err(first.unwrap_or(Problem { at, message: "no note to play".to_owned() }));
    }
    abc::perform(tune)
}
