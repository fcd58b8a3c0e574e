//! MIDI files, read back.

use hornpipe::music::abc::{self, Performance, perform};
use hornpipe::music::render::{Band, Instrument, Score, TICKS, accompany, midi, players};
use midly::{Format, MetaMessage, MidiMessage, Smf, TrackEventKind};

const BAND: Band = Band::new(Instrument::Fiddle).with_chords(Instrument::Harp, Instrument::Bass);

const JIG: &str = "X:1\nT:The Test\nR:jig\nM:6/8\nL:1/8\nK:Em\n\
    |:\"Em\"E|EFG \"D/f+\"A2B|\"Em\"e2d- [dB]2:|\n";

fn play(text: &str) -> (abc::Tune, Performance) {
    let tune = abc::read(text);
    let performance = perform(&tune).unwrap();
    (tune, performance)
}

/// Tick, MIDI number and length in ticks of a track's notes; every note must end.
fn notes(track: &[midly::TrackEvent]) -> Vec<(u32, u8, u32)> {
    let (mut now, mut notes, mut sounding) = (0, Vec::new(), Vec::new());
    for event in track {
        now += event.delta.as_int();
        let TrackEventKind::Midi { message, .. } = event.kind else { continue };
        match message {
            MidiMessage::NoteOn { key, vel } => {
                let key = key.as_int();
                let held = sounding.iter().any(|(_, other)| *other == key);
                assert!(vel > 0 && !held, "{key} is struck while it sounds");
                sounding.push((now, key));
            }
            MidiMessage::NoteOff { key, .. } => {
                let at = sounding.iter().position(|(_, other)| *other == key.as_int()).unwrap();
                let (from, key) = sounding.remove(at);
                assert!(now > from, "a note without length");
                notes.push((from, key, now - from));
            }
            _ => {}
        }
    }
    assert_eq!(sounding, []);
    notes.sort_unstable();
    notes
}

#[test]
fn a_file_holds_the_performance_to_the_tick() {
    let text = format!("{JIG}\"Am\"(3ABc (5ABcde (7ABcdefg|{{fg}}A/64A/64z|]\n");
    let (tune, performance) = play(&text);
    let bytes = midi(&Score::new(&tune, &performance, BAND)).unwrap();
    let file = Smf::parse(&bytes).unwrap();
    assert_eq!((file.header.format, file.tracks.len()), (Format::Parallel, 4));
    let whole = 4.0 * f64::from(TICKS);
    let tick =
        |time: abc::Duration| (*time.numer() as f64 / *time.denom() as f64 * whole).round() as u32;
    let mut expected: Vec<(u32, u8, u32)> = performance
        .notes
        .iter()
        .map(|n| {
            let from = tick(n.onset);
            (from, n.pitch.midi() as u8, tick(n.onset + n.duration) - from)
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(notes(&file.tracks[1]), expected);
    let metas: Vec<MetaMessage> = file.tracks[0]
        .iter()
        .filter_map(|event| match event.kind {
            TrackEventKind::Meta(meta) => Some(meta),
            _ => None,
        })
        .collect();
    assert_eq!(metas[0], MetaMessage::TrackName(b"The Test"));
    // 112 dotted crotchets a minute, a jig's
    assert!(metas.contains(&MetaMessage::Tempo(357_142.into())), "{metas:?}");
    assert!(metas.contains(&MetaMessage::TimeSignature(6, 3, 36, 8)), "{metas:?}");
    assert!(metas.contains(&MetaMessage::KeySignature(1, true)), "{metas:?}");
}

#[test]
fn chords_and_bass_keep_the_rhythm_of_the_dance() {
    // Onsets in quavers and notes: bass, then chords.
    type Hits = Vec<(i64, Vec<u8>)>;
    let cases: [(&str, Hits, Hits); 4] = [
        // Upbeat of a quaver, then two beats; D with F sharp below; the upbeat comes again.
        (
            JIG,
            vec![(1, vec![40]), (4, vec![42]), (7, vec![40]), (10, vec![47])],
            vec![
                (0, vec![64, 55, 59]),
                (2, vec![64, 55, 59]),
                (3, vec![64, 55, 59]),
                (5, vec![62, 66, 57]),
                (6, vec![62, 66, 57]),
                (8, vec![64, 55, 59]),
                (9, vec![64, 55, 59]),
                (11, vec![64, 55, 59]),
            ],
        ),
        (
            "X:1\nM:3/4\nL:1/8\nK:C\n\"C\"C6|",
            vec![(0, vec![36])],
            vec![(2, vec![60, 64, 55]), (4, vec![60, 64, 55])],
        ),
        // a bar that is split goes on where it was
        (
            "X:1\nM:3/4\nL:1/8\nK:C\n\"C\"C2||C4|",
            vec![(0, vec![36])],
            vec![(2, vec![60, 64, 55]), (4, vec![60, 64, 55])],
        ),
        (
            "X:1\nM:4/4\nL:1/8\nK:C\nz2\"C\"C2\"Fine\"\"G7\"B4|",
            vec![(4, vec![38])],
            vec![(2, vec![60, 64, 55]), (6, vec![55, 59, 62, 65])],
        ),
    ];
    for (text, bass, chords) in cases {
        let (_, performance) = play(text);
        let below = accompany(&performance);
        let first = |hits: Vec<hornpipe::music::render::Hit>, count: usize| -> Hits {
            let quavers =
                |time: abc::Duration| (time * abc::Duration::from_integer(8)).to_integer();
            hits.into_iter().take(count).map(|hit| (quavers(hit.onset), hit.notes)).collect()
        };
        let step = below.bass[0].duration;
        assert!(below.bass.iter().all(|hit| hit.duration == step), "{text}");
        assert!(below.chords.iter().all(|hit| hit.duration + hit.duration == step), "{text}");
        assert_eq!(first(below.bass, bass.len()), bass, "{text}");
        assert_eq!(first(below.chords, chords.len()), chords, "{text}");
    }
}

#[test]
fn bars_begin_strongly_and_grace_notes_are_light() {
    let (_, performance) = play("X:1\nM:2/4\nL:1/8\nK:C\n[CE]D-DE|z4|z4|\"C\"C{B}D2E|");
    let players = players(&performance, BAND);
    let names = players.iter().map(|player| (player.name, player.instrument));
    let (harp, bass) = (("chords", Instrument::Harp), ("bass", Instrument::Bass));
    assert_eq!(names.collect::<Vec<_>>(), [("melody", Instrument::Fiddle), harp, bass]);
    let strengths = |at: usize| players[at].strokes.iter().map(|stroke| stroke.strength);
    let melody: Vec<u8> = strengths(0).collect();
    let (strong, plain, light) = (melody[0], melody[2], melody[5]);
    assert_eq!(melody, [strong, strong, plain, plain, strong, light, plain, plain]);
    assert!(strong > plain && plain > light && strengths(1).chain(strengths(2)).all(|s| s < light));
}

#[test]
fn a_tune_too_long_for_a_file_is_a_problem() {
    let (tune, performance) = play("X:1\nL:9999\nK:C\nA9999 A9999|");
    let problem = midi(&Score::new(&tune, &performance, BAND)).unwrap_err();
    assert_eq!((problem.at.line, problem.at.column), (4, 1), "{problem}");
}
