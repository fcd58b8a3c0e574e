//! All tunes on one home note.
//!
//! A tune is the same tune wherever it begins. A model that hears all of them on one tonic learns
//! once what a key's notes do, and ends at home; what it writes moves to any key.

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::build::rhythm_of;
use super::canonical::is_canonical;
use super::mover::moved;
use crate::music::abc::{self, Key, Mode};

/// A home note: `G`, `Bb`, `F#`. Its major key has at most seven sharps or flats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tonic {
    letter: u8,
    alter: i8,
}

/// A text that names no [`Tonic`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a tonic; choose from: A, Ab, B, Bb, C, Cb, C#, D, Db, E, Eb, F, F#, G, Gb")]
pub struct NotATonic(String);

impl Tonic {
    /// C is 0, B is 6.
    pub fn letter(self) -> u8 {
        self.letter
    }

    /// The key of a mode on it, whose name is `G`, `Gm`, `Gmix`, ...; `None` where that takes more
    /// than seven sharps or flats, as Dbm does.
    pub fn key(self, mode: Mode) -> Option<Key> {
        Key::of((self.letter, self.alter), mode)
    }
}

impl FromStr for Tonic {
    type Err = NotATonic;

    fn from_str(text: &str) -> Result<Self, NotATonic> {
        let is_note = matches!(text.as_bytes(), [_] | [_, b'#' | b'b']);
        let key = Some(text).filter(|_| is_note).and_then(|text| Key::parse(text).ok());
        let tonic = key.and_then(|key| key.tonic);
        let (letter, alter) = tonic.ok_or_else(|| NotATonic(text.chars().take(20).collect()))?;
        Ok(Self { letter, alter })
    }
}

impl TryFrom<String> for Tonic {
    type Error = NotATonic;

    fn try_from(text: String) -> Result<Self, NotATonic> {
        text.parse()
    }
}

impl From<Tonic> for String {
    fn from(tonic: Tonic) -> Self {
        tonic.to_string()
    }
}

impl fmt::Display for Tonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key(Mode::Major).and_then(|key| key.name()).unwrap_or_default())
    }
}

/// A text with its tunes on one tonic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InTonic {
    /// All of the text; what stands before the first tune and between tunes as it was.
    pub text: String,
    /// Tunes that moved.
    pub moved: usize,
    /// Tunes that were on the tonic.
    pub there: usize,
    /// Tunes that stay as written.
    pub as_written: usize,
    /// The title of the first of those, or its number where it has no title.
    pub first_as_written: Option<String>,
}

/// What becomes of a tune.
enum Fate {
    Moved(String),
    There,
    AsWritten,
}

/// Tunes that are in memory twice at a time.
const TOGETHER: usize = 1 << 12;

/// The text with its tunes on one tonic, each in its own mode.
///
/// Tunes in the canonical form move, as [`Mover`](super::Mover) moves them: there and back gives
/// the same bytes. A tune stays as written if it is in another form, or where the mode has no key
/// on the tonic or a note no name there. Time and memory are linear in the length of the text.
pub fn in_tonic(text: &str, tonic: Tonic) -> InTonic {
    in_tonic_with(text, tonic, |_, moved| moved)
}

/// The same; `finish` gets a tune and what it was moved to, and says how that is written.
pub(crate) fn in_tonic_with(
    text: &str,
    tonic: Tonic,
    finish: impl Fn(&str, String) -> String + Sync,
) -> InTonic {
    let spans = abc::tune_spans(text);
    let mut all =
        InTonic { text: String::with_capacity(text.len() + text.len() / 16), ..InTonic::default() };
    all.text += &text[..spans.first().map_or(text.len(), |first| first.start)];
    for some in spans.chunks(TOGETHER) {
        let fate = |tune: &str| match fate(tune, tonic) {
            Fate::Moved(moved) => Fate::Moved(finish(tune, moved)),
            other => other,
        };
        let fates: Vec<Fate> = some.par_iter().map(|span| fate(&text[span.clone()])).collect();
        for (span, fate) in some.iter().zip(fates) {
            let tune = &text[span.clone()];
            match &fate {
                Fate::Moved(_) => all.moved += 1,
                Fate::There => all.there += 1,
                Fate::AsWritten => {
                    all.as_written += 1;
                    all.first_as_written.get_or_insert_with(|| name(tune));
                }
            }
            all.text += if let Fate::Moved(moved) = &fate { moved } else { tune };
        }
    }
    all
}

fn fate(text: &str, tonic: Tonic) -> Fate {
    // all that is in the form begins so; the rest need not be read
    if !text.starts_with("X:1\nT:") {
        return Fate::AsWritten;
    }
    let tune = abc::read(text);
    if !is_canonical(text, &tune, rhythm_of(&tune, None)) {
        return Fate::AsWritten;
    }
    match tonic.key(tune.key.mode) {
        Some(key) if key == tune.key => Fate::There,
        Some(key) => moved(text, &tune.key, &key).map_or(Fate::AsWritten, Fate::Moved),
        None => Fate::AsWritten,
    }
}

/// What a tune is called.
fn name(text: &str) -> String {
    let header = |letter| text.lines().find_map(|line| line.strip_prefix(letter));
    let title = header("T:").map(str::trim).filter(|title| !title.is_empty());
    title.map_or_else(|| format!("X:{}", header("X:").unwrap_or_default()), str::to_owned)
}
