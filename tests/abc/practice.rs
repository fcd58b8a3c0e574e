//! Scores to practise with: where notes come when they swing, follow each other, are counted in.

use hornpipe::music::abc::{self, Duration, Problem};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::render::{
    Band, Feel, Instrument, Player, Practice, Score, Sign, Studio, Swing, midi, play,
};
use midly::{MidiMessage, Smf, TrackEventKind};

const BAND: Band = Band::new(Instrument::Fiddle).with_chords(Instrument::Guitar, Instrument::Bass);

/// Tunes in a row as a studio has them.
fn arranged(texts: &[&str], practice: Practice) -> Result<Score, Problem> {
    let studio = Studio::new(BAND).practice(practice);
    let tunes = texts.iter().map(|text| studio.record(&abc::read(text)));
    let scores = tunes.map(|tune| Ok(tune?.score)).collect::<Result<Vec<_>, Problem>>()?;
    studio.arrange(&scores.iter().collect::<Vec<_>>())
}

/// A time in 48ths of a whole note, which must be whole.
fn parts(time: Duration) -> i64 {
    let parts = time * Duration::from_integer(48);
    assert!(parts.is_integer(), "{time}");
    parts.to_integer()
}

fn onsets(player: &Player) -> Vec<i64> {
    player.strokes.iter().map(|stroke| parts(stroke.onset)).collect()
}

#[test]
fn the_second_of_two_equal_quavers_comes_later_in_a_hornpipe() {
    let ratio = Feel::Ratio;
    // rhythm, metre, unit, feel, a bar, and its onsets in 48ths of a whole note
    for (rhythm, meter, unit, feel, bar, expected) in [
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "GABc d2ef", &[0, 8, 12, 20, 24, 36, 44][..]),
        ("hornpipe", "C|", 8, Feel::ByRhythm, "GABc d4", &[0, 8, 12, 20, 24]),
        ("hornpipe", "2/4", 16, Feel::ByRhythm, "GABc d2ef", &[0, 4, 6, 10, 12, 18, 22]),
        ("hornpipe", "2/4", 8, Feel::ByRhythm, "GABc", &[0, 8, 12, 20]),
        // an upbeat of two falls on a beat, one of one is no pair
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "ef|GABc d2ef", &[0, 8, 12, 20, 24, 32, 36, 48, 56]),
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "f|GABc d4", &[0, 6, 14, 18, 26, 30]),
        // triplets, longer and shorter notes, and what stands off the beat stay
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "(3GAB cd G3A", &[0, 4, 8, 12, 20, 24, 42]),
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "G2 A/B/c dGA2", &[0, 12, 15, 18, 24, 32, 36]),
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "GA2B cd G2", &[0, 6, 18, 24, 32, 36]),
        // a grace takes its part of a longer note, a rest is half of a pair
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "{A}GA zc d4", &[0, 2, 8, 20, 24]),
        // written out: as written; a few dotted pairs are not enough
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "G>AB>c d>efg", &[0, 9, 12, 21, 24, 33, 36, 42]),
        ("hornpipe", "4/4", 8, Feel::ByRhythm, "GABc d<ef2", &[0, 8, 12, 20, 24, 27, 36]),
        ("strathspey", "C", 8, Feel::ByRhythm, "GABc d4", &[0, 9, 12, 21, 24]),
        ("strathspey", "C", 8, Feel::ByRhythm, "G>AB<c dfe2", &[0, 9, 12, 15, 24, 30, 36]),
        ("hornpipe", "3/2", 8, Feel::ByRhythm, "GABc d4 e4", &[0, 6, 12, 18, 24, 48]),
        ("reel", "4/4", 8, Feel::ByRhythm, "GABc d4", &[0, 6, 12, 18, 24]),
        ("hornpipe", "4/4", 8, Feel::Straight, "GABc d4", &[0, 6, 12, 18, 24]),
        ("reel", "4/4", 8, ratio(3, 1), "GABc d>ef2", &[0, 9, 12, 21, 24, 33, 36]),
        ("waltz", "3/4", 8, ratio(2, 1), "GA B2 cd", &[0, 8, 12, 24, 32]),
        ("jig", "6/8", 8, ratio(2, 1), "GAB cde", &[0, 6, 12, 18, 24, 30]),
        ("reel", "4/4", 8, ratio(1, 1), "GABc d4", &[0, 6, 12, 18, 24]),
    ] {
        let text = format!("X:1\nR:{rhythm}\nM:{meter}\nL:1/{unit}\nK:G\n{bar}|\n");
        let practice = Practice { swing: feel, ..Practice::default() };
        let score = arranged(&[&text], practice).unwrap();
        assert_eq!(onsets(&score.players[0]), expected, "{text}");
        let tune = abc::read(&text);
        let performance = play(&tune).unwrap();
        assert_eq!(score.length, performance.length, "{text}");
        // every note lasts until the next as it is written to
        let swing = Swing::of(feel, &tune, &performance);
        for (note, stroke) in performance.notes.iter().zip(&score.players[0].strokes) {
            let (at, stop) = (stroke.onset, stroke.onset + stroke.duration);
            for (written, played) in [(note.onset, at), (note.onset + note.duration, stop)] {
                assert_eq!(swing.moved(written), played, "{text}{written}");
            }
        }
    }
}

#[test]
fn chords_and_bass_swing_with_the_melody() {
    let text = "X:1\nR:hornpipe\nM:2/4\nL:1/8\nK:G\n\"G\"GAB2|GABc|\n";
    let score = arranged(&[text], Practice::default()).unwrap();
    // oom-pah in quavers: where the melody has a pair, pah comes with its second note
    assert_eq!(onsets(&score.players[2]), [0, 12, 24, 36]);
    assert_eq!(onsets(&score.players[1]), [8, 18, 32, 44].map(|at| [at; 3]).concat());
}

#[test]
fn tunes_follow_each_other_on_the_beat() {
    let tune =
        |meter: &str, music: &str| format!("X:1\nM:{meter}\nL:1/8\nQ:1/4=60\nK:G\n{music}\n");
    // two tunes, when the second begins and all is over in quavers, and the last note before
    for (first, second, begins, over, last) in [
        (("4/4", "GABcd4|"), ("4/4", "e8|"), 8, 16, (4, 4)),
        // the upbeat falls into what the last bar lacks, and if that is more, it is waited for
        (("6/8", "D|G6|G3G2|"), ("6/8", "A|B6|"), 12, 19, (10, 2)),
        (("6/8", "D|G6|G3G2|"), ("6/8", "B6|"), 13, 19, (10, 2)),
        (("6/8", "D|G6|G3G2|"), ("4/4", "B8|"), 13, 21, (10, 2)),
        (("6/8", "G6|G3|"), ("6/8", "A|B6|"), 11, 18, (6, 3)),
        // the last note gives way, and so does a rest, but a short note does not
        (("4/4", "GABcd4|"), ("4/4", "ef|g8|"), 6, 16, (4, 2)),
        (("4/4", "GABcd2z2|"), ("4/4", "ef|g8|"), 6, 16, (4, 2)),
        (("4/4", "GABcdefg|"), ("4/4", "ef|g8|"), 8, 18, (7, 1)),
    ] {
        let texts = [tune(first.0, first.1), tune(second.0, second.1)];
        let texts = texts.each_ref().map(String::as_str);
        let quavers = |time: Duration| parts(time) / 6;
        let score = arranged(&texts, Practice::default()).unwrap();
        let strokes = &score.players[0].strokes;
        let before = abc::read(texts[0]).notes();
        let places = (strokes[before].onset, score.length);
        assert_eq!((quavers(places.0), quavers(places.1)), (begins, over), "{texts:?}");
        let end = strokes[before - 1];
        assert_eq!((quavers(end.onset), quavers(end.duration)), last, "{texts:?}");
        // each as often as asked for, before the next begins
        let practice = Practice { times: 3, ..Practice::default() };
        let thrice = arranged(&texts, practice).unwrap();
        let pitches = |score: &Score| -> Vec<u8> {
            score.players[0].strokes.iter().map(|stroke| stroke.note).collect()
        };
        let once = pitches(&score);
        let expected = [once[..before].repeat(3), once[before..].repeat(3)].concat();
        assert_eq!(pitches(&thrice), expected, "{texts:?}");
        for pair in thrice.players[0].strokes.windows(2) {
            assert!(pair[0].onset + pair[0].duration <= pair[1].onset, "{texts:?} overlap");
        }
    }
}

#[test]
fn each_tune_of_a_set_has_its_own_tempo_key_and_chords() {
    let jig = "X:1\nT:A Jig\nR:jig\nM:6/8\nL:1/8\nK:Em\n\"Em\"GAB cde|\n";
    let reel = "X:2\nT:A Reel\nR:reel\nM:4/4\nL:1/8\nQ:1/4=60\nK:D\nDEFG ABcd|\n";
    let score = arranged(&[jig, reel], Practice { speed: 50, ..Practice::default() }).unwrap();
    assert_eq!(score.title, "A Jig / A Reel");
    let chords = score.players[1].strokes.iter().chain(&score.players[2].strokes);
    assert!(chords.clone().all(|stroke| parts(stroke.onset) < 36), "the jig's chords go on");
    let tempos = score.signs.iter().filter(|(_, sign)| matches!(sign, Sign::Tempo(_)));
    let tempos: Vec<_> = tempos.map(|(time, sign)| (parts(*time), *sign)).collect();
    assert_eq!(tempos, [(0, Sign::Tempo(714_284)), (36, Sign::Tempo(2_000_000))]);
    let keys = score.signs.iter().filter_map(|(time, sign)| match sign {
        Sign::Key { sharps, minor, .. } => Some((parts(*time), *sharps, *minor)),
        _ => None,
    });
    assert_eq!(keys.collect::<Vec<_>>(), [(0, 1, true), (36, 2, false)]);
    assert!((score.seconds() - (3.0 * 0.714_284 + 4.0 * 2.0)).abs() < 1e-9);
    let slow = jig.replace("R:jig", "Q:1/4=4");
    assert!(arranged(&[&slow], Practice { speed: 50, ..Practice::default() }).is_err());
}

#[test]
fn clicks_fill_a_bar_and_an_upbeat_sounds_in_its_place() {
    // metre and music, the clicks and the first note in 48ths of a whole note
    for (meter, music, clicks, first) in [
        ("4/4", "GABcd4|", &[0, 12, 24, 36][..], 48),
        ("C|", "GABcd4|", &[0, 24], 48),
        ("6/8", "A|B6|", &[0, 18], 30),
        ("9/8", "A9|", &[0, 18, 36], 54),
        ("3/4", "A2|B6|", &[0, 12, 24], 24),
        ("3/4", "A4|B6|", &[0, 12, 24, 36, 48, 60], 48),
        ("none", "GAB|", &[0, 12, 24, 36], 48),
    ] {
        let text = format!("X:1\nM:{meter}\nL:1/8\nQ:1/4=60\nK:G\n{music}\n");
        let practice = Practice { count_in: true, times: 2, ..Practice::default() };
        let (counted, plain) = (
            arranged(&[&text, &text], practice).unwrap(),
            arranged(&[&text, &text], Practice { count_in: false, ..practice }).unwrap(),
        );
        let onsets: Vec<i64> = counted.clicks.iter().map(|click| parts(click.onset)).collect();
        assert_eq!((&onsets[..], parts(counted.players[0].strokes[0].onset)), (clicks, first));
        assert_eq!(parts(counted.length), parts(plain.length) + first, "{text}");
        let bytes = midi(&counted).unwrap();
        let file = Smf::parse(&bytes).unwrap();
        let percussion = file.tracks.iter().flatten().filter(|event| match event.kind {
            TrackEventKind::Midi { channel, message: MidiMessage::NoteOn { .. } } => channel == 9,
            _ => false,
        });
        assert_eq!(percussion.count(), clicks.len(), "{text}");
    }
}

#[test]
fn a_tune_sounds_as_many_semitones_higher_as_asked_for() {
    let text = abc::tunes(EMBEDDED)[7];
    let as_written = arranged(&[text], Practice::default()).unwrap();
    for semitones in [-24, -3, 2, 12, 24] {
        let practice = Practice { transpose: semitones, ..Practice::default() };
        let moved = arranged(&[text], practice).unwrap();
        for (a, b) in as_written.players[0].strokes.iter().zip(&moved.players[0].strokes) {
            assert_eq!(i32::from(a.note) + i32::from(semitones), i32::from(b.note));
        }
    }
    let text = "X:1\nM:4/4\nL:1/4\nK:Dm\n\"Dm\"D4|[K:D transpose=-2]\"D\"D4|\n";
    let moved = arranged(&[text], Practice { transpose: 2, ..Practice::default() }).unwrap();
    let notes = |at: usize| moved.players[at].strokes.iter().map(|stroke| stroke.note);
    assert_eq!(notes(0).collect::<Vec<_>>(), [64, 62]);
    assert_eq!(notes(2).collect::<Vec<_>>(), [40, 47, 38, 45], "the bass goes along");
    let keys = moved.signs.iter().filter_map(|(_, sign)| match sign {
        Sign::Key { sharps, tonic, .. } => Some((*sharps, *tonic)),
        _ => None,
    });
    assert_eq!(keys.collect::<Vec<_>>(), [(1, Some(4)), (2, Some(2))]); // Em, D
    let high = "X:1\nK:C\nc'''|\n";
    let problem = arranged(&[high], Practice { transpose: 24, ..Practice::default() }).unwrap_err();
    assert_eq!(problem.message, "+24 semitones lead beyond the notes that MIDI knows");
}

#[test]
fn an_hour_in_a_row_is_enough() {
    let text = "X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\nCDEF|\n".to_owned();
    let bar = |bars: usize, practice| {
        arranged(&[&text.replace("CDEF|", &"CDEF|".repeat(bars))], practice).map(|_| ())
    };
    let times = Practice { times: 100, ..Practice::default() };
    assert_eq!(bar(9, times), Ok(()));
    assert!(bar(10, times).unwrap_err().message.starts_with("more than an hour"));
    assert!(bar(9, Practice { speed: 80, ..times }).is_err());
}
