//! The same tunes in more keys.
//!
//! Players take a tune where it lies under their fingers, and a model that has heard it in several
//! keys learns how it goes rather than where. For each mode the corpus has its favourite keys: the
//! three most frequent tonics. A tune is copied into those of them that it is not in, two at most:
//!
//! | mode in [`EMBEDDED`](super::EMBEDDED) | copies are in |
//! |---|---|
//! | major | G D A |
//! | minor | Am Em Gm |
//! | mixolydian | Dmix Amix Gmix |
//! | dorian | Ddor Edor |
//! | lydian | Dlyd alone: no copy |
//!
//! Every note moves as [`Mover`](super::Mover) moves it, letter and semitones. So notes of the key stay in the key, and a raised seventh stays a raised
//! seventh: `^G` in Am is `^F` in Gm and `^D` in Em.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::build::rhythm_of;
use super::canonical::canonical;
use super::duplicates::{MIN_STEPS, steps};
use super::mover::moved;
use crate::music::abc::{self, Key};

/// Keys that a tune stands in at most: its own and those of its copies.
pub const MOST_KEYS: usize = 3;

/// Keys of each mode that tunes are copied into.
const FAVOURITES: usize = 3;

/// A text of tunes followed by copies of them in other keys: first the text, byte for byte, then
/// the first copy of every tune, then the second.
///
/// Copies go to the three most frequent tonics of the tune's mode, the most frequent first; of
/// equally frequent ones the first in the alphabet. They are in canonical form. A tune has none
/// where its key is more than a tonic and a mode, where its mode has no other tonic, where it does
/// not fit that form, or where it has too few notes for
/// [`near_duplicate_groups`](super::near_duplicate_groups) to know the copy by.
pub fn in_more_keys(text: &str) -> String {
    let tunes = abc::tunes(text);
    let keys = frequent_keys(&tunes);
    let copies: Vec<Vec<String>> = tunes.par_iter().map(|tune| copies(tune, &keys)).collect();
    let mut all = text.to_owned();
    for nth in 0..MOST_KEYS - 1 {
        for copy in copies.iter().filter_map(|copies| copies.get(nth)) {
            abc::end_with_blank_line(&mut all);
            all.push_str(copy);
        }
    }
    all
}

/// All keys of the tunes that are a tonic and a mode, the most frequent first.
fn frequent_keys(tunes: &[&str]) -> Vec<Key> {
    let keys: Vec<Key> = tunes.par_iter().map(|tune| abc::read(tune).key).collect();
    let mut counts: BTreeMap<String, (usize, Key)> = BTreeMap::new();
    for key in keys {
        if let Some(name) = key.name() {
            counts.entry(name).or_insert((0, key)).0 += 1;
        }
    }
    let mut counts: Vec<(usize, Key)> = counts.into_values().collect();
    counts.sort_by_key(|(count, _)| Reverse(*count)); // stable: the alphabet decides
    counts.into_iter().map(|(_, key)| key).collect()
}

/// The copies of a tune, in the order of `keys`.
fn copies(text: &str, keys: &[Key]) -> Vec<String> {
    let tune = abc::read(text);
    if tune.key.name().is_none() || steps(&tune).len() < MIN_STEPS {
        return Vec::new();
    }
    let of_mode = keys.iter().filter(|key| key.mode == tune.key.mode).take(FAVOURITES);
    let others = of_mode.filter(|key| key.tonic_class() != tune.key.tonic_class());
    let Ok(own) = canonical(&tune, rhythm_of(&tune, None)) else { return Vec::new() };
    others.take(MOST_KEYS - 1).filter_map(|key| moved(&own.text, &tune.key, key)).collect()
}
