//! Many tunes: which are kept, which are alike, and the embedded corpus.

use super::shared_run::shared_run;
use super::{TIDY, UNTIDY, build_all, down_a_tone};
use hornpipe::music::abc::{self, Duration, Tune};
use hornpipe::music::corpus::{
    Book, EMBEDDED, Options, Reason, Source, build, near_duplicate_groups, statistics,
};
use std::collections::BTreeMap;

#[test]
fn the_same_notes_are_kept_once_and_numbers_mean_nothing_without_a_book() {
    let transposed = TIDY.replace("K:D", "K:C").replace("X:1", "X:2");
    let lower: String = transposed
        .lines()
        .map(|line| if line.contains('|') { down_a_tone(line) } else { line.to_owned() + "\n" })
        .collect();
    let unnamed = TIDY.replace("R:jig\n", "").replace("X:1", "X:1600").replace("GEC", "GFC");
    let corpus = build_all(&format!("{TIDY}\n{lower}\n{unnamed}"));
    assert_eq!(corpus.kept.len(), 2);
    assert_eq!(corpus.dropped[0].reason, Reason::SameNotes("The Rolling Wave".to_owned()));
    assert_eq!((corpus.kept[0].rhythm, corpus.kept[1].rhythm), (Some("jig"), None));

    let options = Options::default().book(Some(Book::Oneills));
    let text = format!("{unnamed}\n{}", UNTIDY.replace("R:double jig\n", ""));
    let corpus = build(&[Source::new("o.abc", text)], &options);
    assert_eq!(corpus.kept[0].rhythm, Some("jig"));
    assert_eq!(corpus.kept[0].transcriber, "A. Nobody");
    assert_eq!(corpus.dropped[0].reason, Reason::MeterAgainstRhythm);
}

#[test]
fn the_embedded_corpus_is_canonical_and_every_bar_is_right() {
    let corpus = build_all(EMBEDDED);
    let reasons: Vec<_> = corpus.dropped.iter().map(|d| (&d.title, &d.reason)).collect();
    // Building checks every bar; writing what was written changes nothing.
    assert_eq!(reasons, []);
    assert!(corpus.text() == EMBEDDED, "normalising the embedded corpus changed it");

    let figures = statistics(EMBEDDED);
    assert_eq!(figures.tunes, corpus.kept.len());
    assert!((600..700).contains(&figures.tunes), "{figures}");
    assert!((140_000..160_000).contains(&figures.bytes), "{figures}");
    assert!((68_000..75_000).contains(&figures.notes), "{figures}");
    assert!(figures.symbols < 80 && EMBEDDED.is_ascii(), "{figures}");
    let rhythms: Vec<&str> = figures.rhythms.keys().map(String::as_str).collect();
    assert_eq!(rhythms, ["hornpipe", "jig", "slip jig"]);
    let credits = std::fs::read_to_string("data/credits.csv").unwrap();
    assert_eq!(credits.lines().count(), figures.tunes + 1);
    // Bars inside a part are full, by a count that shares nothing with `build`.
    for text in abc::tunes(EMBEDDED) {
        let tune = abc::read(text);
        let full = tune.meter.unwrap().bar();
        for part in abc::parts(&tune) {
            let inside = part.body.clone().skip(1).take(part.body.len().saturating_sub(2));
            assert!(inside.into_iter().all(|bar| tune.bars[bar].duration == full), "{text}");
        }
    }
}

#[test]
fn near_duplicates_are_found_whatever_their_key_unit_and_barring() {
    let melody = "dDDcDDBDDADDdDDcBAAGFEFAdDDcDDBDDADDBcdcBAGECED";
    let other = "GABcdefgfedcBAGABAGFEDEFGABGABcABcdBcdefgagfed";
    let tune =
        |key: &str, body: &str| format!("X:1\nT:{body:.5}\nM:C|\nL:1/8\nK:{key}\n{body}|]\n");
    let long: String = melody.chars().flat_map(|c| [c, '2']).collect();
    let (head, tail) = (&melody[..30], &other[..14]);
    let less = &melody[..22];
    let tunes = [
        tune("D", melody),
        tune("D", other),
        // The same shape one step lower in C: transposed by a tone.
        tune("C", &down_a_tone(melody)),
        tune("D", &long),
        // Over half of it, then something else.
        tune("D", &format!("{head}{tail}")),
        // Under half of it.
        tune("D", &format!("{less}{}", &other[..40])),
        // Too short to compare; equal text is equal all the same.
        tune("D", "ABc"),
        tune("G", "ABc"),
        tune("D", "ABc"),
        "no tune at all".to_owned(),
    ];
    let views: Vec<&str> = tunes.iter().map(String::as_str).collect();
    assert_eq!(near_duplicate_groups(&views), [0, 1, 0, 0, 0, 1, 2, 3, 2, 4]);
    assert!(near_duplicate_groups::<&str>(&[]).is_empty());
}

#[test]
fn near_duplicates_agree_with_comparing_all_pairs() {
    // Tunes, and hybrids that take their first lines from one tune and the others from the next.
    let plain = |tune: &&str| !abc::read(tune).events().any(|e| e.tie || e.top().is_none());
    let whole: Vec<&str> = abc::tunes(EMBEDDED).into_iter().filter(plain).collect();
    let mut tunes: Vec<String> = whole.iter().map(|tune| (*tune).to_owned()).collect();
    for (at, pair) in whole.windows(2).take(40).enumerate() {
        let (a, b) = (pair[0].split_inclusive('\n'), pair[1].split_inclusive('\n'));
        let from_a = 7 + at % 3;
        tunes.push(a.take(from_a).chain(b.skip(from_a)).collect());
    }
    let mut numbers = BTreeMap::new();
    let mut number = |step| {
        let next = numbers.len();
        *numbers.entry(step).or_insert(next)
    };
    let melodies: Vec<Vec<usize>> = tunes
        .iter()
        .map(|tune| melody(&abc::read(tune)))
        .map(|m| m.windows(2).map(|w| number((w[1].0 - w[0].0, w[1].1 / w[0].1))).collect())
        .collect();
    let mut expected: Vec<usize> = (0..tunes.len()).collect();
    for a in 0..tunes.len() {
        for b in 0..a {
            let shorter = melodies[a].len().min(melodies[b].len());
            if shared_run(&melodies[a], &melodies[b]) > shorter / 2 {
                let (from, to) = (expected[a], expected[b]);
                expected.iter_mut().filter(|group| **group == from).for_each(|g| *g = to);
            }
        }
    }
    let (mut firsts, mut joined) = (BTreeMap::new(), 0);
    for group in &mut expected {
        let next = firsts.len();
        let number = *firsts.entry(*group).or_insert(next);
        (*group, joined) = (number, joined + usize::from(number != next));
    }
    assert_eq!(near_duplicate_groups(&tunes), expected);
    assert!((20..60).contains(&joined), "{joined} tunes are like an earlier one: too easy a case");
}

/// Pitch and length of each note, for tunes without rests and ties.
fn melody(tune: &Tune) -> Vec<(i32, Duration)> {
    assert!(tune.events().all(|event| !event.tie && event.top().is_some()));
    tune.events().map(|e| (e.top().unwrap().midi(), e.duration)).collect()
}
