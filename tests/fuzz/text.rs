//! Texts: tunes, settings, vocabularies.

use crate::common::config;
use crate::damage::{Damage, damaged, damages};
use crate::memory::within;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::learn::config::Config;
use hornpipe::learn::text::Vocabulary;
use hornpipe::music::abc::{self, MOST_NOTES};
use hornpipe::music::corpus::{EMBEDDED, canonical};

/// What is between two marks of a tune does not matter to the reader: replace those with others.
const MUSIC: &[u8] = b"|:[](){}0123456789/<>-=^_,'AGabgzxXhkuS.#@;mUVI\n\"%&~$*!+KMLRT \\\xe9";

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

/// A performance's own bound, with the room of growing vectors.
const PERFORMANCE: usize = 512 * MOST_NOTES;

/// What changes the meaning of what comes after it, and some notes for it to change.
const SIGNS: &[&str] = &[
    "A",
    "b2",
    "z",
    "[CE]",
    "(AB)",
    "{c}",
    "{c",
    "|",
    "|:",
    ":|",
    "::",
    "||",
    "[|]",
    "]",
    "][",
    "[1",
    "|2",
    "[\"1st time\"",
    "[\"Coda\"",
    "[2,4",
    "A>",
    "A<<|",
    "(3",
    "(10:4:9",
    "(3::",
    "^",
    "_/",
    "^3/2",
    "=",
    "0",
    "3/2",
    "-",
    "&",
    "h",
    "T",
    "S",
    "!D.C.!",
    "|::::::::",
    "::::::::|",
    "!segno!",
    "!dacoda!",
    "\"^D.C. al Coda\"",
    "\"_Coda\"",
    "\"^Da Capo twice\"",
    "!D.S.alcoda!",
    "!coda!",
    "!fine!",
    "\"^Fine\"",
    "\"Am\"",
    "'",
    ",,,,",
    "\nU:h=!segno!\n",
    "\nU:T=\"^x\"\n",
    "\nm:A=b{n}c|\n",
    "\nm:~n2=(3o/n/m/n\n",
    "~G2",
    "[K:Dm^c]",
    "\nK:G treble-8 octave=-4\n",
    "[K:octave=4 t=-48]",
    "\nV:2 clef=bass+15\n",
    "\nV:1\n",
    "\nA:text\n",
    "\nA:|",
    "\nP:A\n",
    "\nP:B\n",
    "[M:12/8]",
    "[L:1/64]",
    "[Q:1/4. = ca. 60]",
    "\nI:propagate-accidentals not\n",
    "\n%%beginsvg\n",
    "\n%%endsvg\n",
    "\nprose\n",
    "\n",
    "\n\n",
    "X:1\n",
    "K:none\n",
    "P:(AB9)9\n",
    "\"",
    "!",
    "+",
    "%",
];

#[test]
fn tunes_of_any_signs() {
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_type::<Vec<u8>>().for_each(|signs| {
        let sign = |sign: &u8| SIGNS[usize::from(*sign) % SIGNS.len()];
        let music: String = signs.iter().map(sign).collect();
        for header in ["X:1\nP:A2(BA)3\nK:C\n", "X:1\n", "L:1/4\nm:B=A2\n"] {
            let text = format!("{header}{music}");
            within(FIXED + PERFORMANCE + 2000 * text.len(), || {
                let read = abc::read(&text);
                let mut reader = abc::Reader::new();
                text.chars().for_each(|c| reader.push(c));
                assert_eq!(reader.finish(), read, "by characters");
                count.one(abc::perform(&read).is_ok());
                canonical(&read, None).ok();
            });
        }
    });
    count.finish("signs");
}

#[test]
fn orders_of_playing_from_strangers() {
    let mut count = Count::default();
    let signs = bolero::produce::<Vec<u8>>().with().len(0..120usize);
    bolero::check!().with_iterations(RUNS).with_generator((signs, 0..8usize)).for_each(
        |(signs, header)| {
            let header =
                ["", "", "", "", "P:AB\n", "P:BA3\n", "P:(A9B)9\n", "P:A9A9A9A9A9\n"][*header];
            let music = signs.iter().map(|sign| SIGNS[usize::from(*sign) % SIGNS.len()]);
            let text = format!("X:1\nL:1/8\n{header}K:C\n{}\n", music.collect::<String>());
            within(FIXED + PERFORMANCE + 2000 * text.len(), || {
                let tune = abc::read(&text);
                let performance = abc::perform(&tune);
                count.one(performance.as_ref().is_ok_and(|it| it.bars.len() > tune.bars.len()));
                let performance = match performance {
                    Ok(performance) => performance,
                    Err(problem) => return check_sentence(&problem.to_string()),
                };
                for bar in &performance.bars {
                    assert!(!tune.bars[bar.index].events[bar.events.clone()].is_empty(), "{text}");
                }
                // without an order of parts a jump adds at most one way through and a coda
                let most = 9 * tune.bars.len() * if header.is_empty() { 1 } else { 64 };
                assert!(performance.bars.len() <= most, "{text}");
                performance.notices.iter().for_each(|notice| check_sentence(&notice.to_string()));
            });
        },
    );
    count.finish("orders");
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
