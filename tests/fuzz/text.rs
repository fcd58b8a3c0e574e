//! Texts: tunes, settings, vocabularies.

use crate::common::config;
use crate::damage::{Damage, damaged, damages};
use crate::memory::within;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::learn::config::Config;
use hornpipe::learn::text::Vocabulary;
use hornpipe::music::abc;
use hornpipe::music::corpus::{EMBEDDED, canonical};

/// What is between two marks of a tune does not matter to the reader: replace those with others.
const MUSIC: &[u8] = b"|:[](){}0123456789/<>-=^_,'AGabgzxX\n\"%&~$*!+KMLRT \\\xe9";

/// The damaged text; inserted bytes become such that mean something in a tune.
pub(crate) fn damaged_tune(tune: &str, damages: &[Damage]) -> String {
    let music = |damage: &Damage| match damage.clone() {
        Damage::Set(place, byte) => Damage::Set(place, MUSIC[usize::from(byte) % MUSIC.len()]),
        Damage::Insert(place, bytes, count) => {
            Damage::Insert(place, bytes.map(|byte| MUSIC[usize::from(byte) % MUSIC.len()]), count)
        }
        other => other,
    };
    let damages: Vec<Damage> = damages.iter().map(music).collect();
    String::from_utf8_lossy(&damaged(tune.as_bytes(), &damages)).into_owned()
}

#[test]
fn tunes_from_strangers() {
    let tunes = abc::tunes(EMBEDDED);
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator((damages(), 0..tunes.len())).for_each(
        |(damages, which)| {
            let text = damaged_tune(tunes[*which], damages);
            // bars are structures: a mark of one byte makes one, and endings repeat them
            within(FIXED + 2000 * text.len(), || {
                for tune in abc::tunes(&text).into_iter().chain([text.as_str()]) {
                    let read = abc::read(tune);
                    assert!(abc::played(&read).len() <= 8 * read.bars.len());
                    abc::parts(&read);
                    count.one(canonical(&read, None).is_ok());
                }
            });
        },
    );
    count.finish("tunes");
}

#[test]
fn configs_from_strangers() {
    let text = "X:1\nK:D\n";
    let seed = config(text, &[5, 3], 2, 6).to_json();
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator(damages()).for_each(|damages| {
        let bytes = damaged(seed.as_bytes(), damages);
        let config = within(FIXED + 64 * bytes.len(), || Config::from_json(&bytes));
        count.one(config.is_ok());
        match config {
            Ok(read) => assert_eq!(Config::from_json(read.to_json().as_bytes()).ok(), Some(read)),
            Err(problem) => check_sentence(&problem.to_string()),
        }
    });
    count.finish("configs");
}

#[test]
fn vocabularies_from_strangers() {
    let seed = Vocabulary::of("\n\" ABCdé|:12/♯").to_json();
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator(damages()).for_each(|damages| {
        let bytes = damaged(seed.as_bytes(), damages);
        let text = String::from_utf8_lossy(&bytes);
        let vocabulary = within(FIXED + 64 * text.len(), || Vocabulary::from_json(&text));
        count.one(vocabulary.is_ok());
        match vocabulary {
            Ok(read) => {
                let object: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!(object.as_object().map(|object| object.len()), Some(read.len()));
                assert_eq!(Vocabulary::from_json(&read.to_json()).ok(), Some(read));
            }
            Err(problem) => check_sentence(&problem.to_string()),
        }
    });
    count.finish("vocabularies");
}
