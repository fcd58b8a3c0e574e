//! Nothing that a text may hold makes the reader panic or hang.

use hornpipe::music::abc::{self, Duration, Reader};
use hornpipe::music::corpus::{EMBEDDED, Reason, canonical, in_more_keys, near_duplicate_groups};
use hornpipe::music::judge::{Known, Verdict};
use hornpipe::music::render::{Band, Instrument, Score, midi};
use proptest::prelude::*;

const BAND: Band = Band::new(Instrument::Pipes).with_chords(Instrument::Banjo, Instrument::Cello);

/// Reads a text every way there is; only panics and endless loops can make this fail.
fn survive(text: &str) {
    let lines = text.lines().count();
    for tune in abc::tunes(text).into_iter().chain([text]) {
        let read = abc::read(tune);
        let mut reader = Reader::new();
        tune.chars().for_each(|c| reader.push(c));
        assert!(reader.finish() == read, "read by characters: {tune}");
        assert!(abc::played(&read).len() <= 8 * read.bars.len());
        if let Ok(performance) = abc::perform(&read) {
            assert!(performance.notes.iter().all(|note| note.duration > Duration::from(0)));
            midi(&Score::new(&read, &performance, BAND)).ok();
        }
        let covered: usize = abc::parts(&read)
            .iter()
            .map(|p| p.body.len() + p.endings.iter().map(|(_, bars)| bars.len()).sum::<usize>())
            .sum();
        assert_eq!(covered, read.bars.len(), "every bar is in one part");
        assert!(read.problems.iter().all(|p| p.at.line <= lines.max(1) && p.at.column >= 1));
        match canonical(&read, None) {
            Ok(written) => {
                let again = canonical(&abc::read(&written.text), None).unwrap();
                assert_eq!(again.text, written.text);
            }
            Err(reason) => assert_ne!(reason, Reason::ReadBack, "{tune}"),
        }
    }
    near_duplicate_groups(&[text, text]);
    let beside = format!("{text}\nX:2\nK:F#\nG|\nX:3\nK:Ebm\nG|\n"); // keys to be copied into
    assert!(in_more_keys(&beside).starts_with(&beside));
    let verdict = Verdict::of(text, &Known::new(&[text]), None);
    assert_eq!(verdict.copied.notes, verdict.copied.of, "a tune is its own copy: {text}");
}

/// What replaces a part of a tune.
const EDIT: &str = "[|:\\[\\]0-9(A-Ga-g/<>\n-]{0,3}";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_strange(text in "(?s).{0,200}") {
        survive(&text);
    }

    #[test]
    fn no_music_is_too_strange(
        music in r#"[A-Ga-g^_=,'0-9/|:\[\]()<>{}+!"z&~\-KMLPQy% \n\\]{0,120}"#
    ) {
        survive(&format!("X:1\nP:AB2\nM:6/8\nK:D\n{music}\n"));
    }

    #[test]
    fn no_damage_to_a_tune_is_too_strange(
        which in 0..600usize,
        edits in prop::collection::vec((0..400usize, 0..4usize, EDIT), 1..6),
    ) {
        let tunes = abc::tunes(EMBEDDED);
        let mut chars: Vec<char> = tunes[which % tunes.len()].chars().collect();
        for (at, cut, insert) in edits {
            let at = at.min(chars.len());
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, insert.chars());
        }
        survive(&chars.into_iter().collect::<String>());
    }
}
