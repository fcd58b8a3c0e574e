//! What sounds: against an outside reader, and where that one says nothing.

use hornpipe::music::abc::{self, Change, Duration, Performance, perform};

/// A time in ticks of 1/480 crotchet, as the fixture has them.
fn ticks(time: Duration) -> i64 {
    (time * Duration::from_integer(4 * 480)).round().to_integer()
}

fn play(text: &str) -> Performance {
    let tune = abc::read(text);
    assert_eq!(tune.problems, [], "{text}");
    perform(&tune).unwrap()
}

/// Plays music in L:1/4, C and free metre.
fn play_music(music: &str) -> Performance {
    play(&format!("X:1\nL:1/4\nK:C\n{music}\n"))
}

/// Onset, MIDI number and duration of each note, times in semiquavers.
fn semiquavers(performance: &Performance) -> Vec<(i64, i32, i64)> {
    let whole = |time: Duration| {
        let time = time * Duration::from_integer(16);
        assert!(time.is_integer());
        time.to_integer()
    };
    let notes = performance.notes.iter();
    notes.map(|n| (whole(n.onset), n.pitch.midi(), whole(n.duration))).collect()
}

#[test]
fn the_sample_sounds_as_abc2midi_plays_it() {
    // abc2midi's times: a tick late, a tick or two short, chord notes ten ticks apart
    const APART: i64 = 24;
    let text = std::fs::read_to_string("tests/fixtures/sample.abc").unwrap();
    let table = std::fs::read_to_string("tests/fixtures/sample.notes.csv").unwrap();
    let mut expected: Vec<[i64; 4]> = Vec::new();
    for line in table.lines().skip(1) {
        let numbers: Vec<i64> = line.split(',').map(|number| number.parse().unwrap()).collect();
        expected.push(numbers.try_into().unwrap());
    }
    let tunes = abc::tunes(&text);
    assert_eq!(tunes.len(), 6);
    for (at, tune) in tunes.into_iter().enumerate() {
        let mut left: Vec<[i64; 4]> =
            expected.iter().copied().filter(|note| note[0] == at as i64 + 1).collect();
        for note in play(tune).notes {
            let (onset, duration) = (ticks(note.onset), ticks(note.duration));
            let found = left.iter().position(|[_, on, pitch, length]| {
                *pitch == i64::from(note.pitch.midi())
                    && (on - onset).abs() <= APART
                    && (length - duration).abs() <= APART
            });
            left.remove(found.unwrap_or_else(|| panic!("{note:?} of tune {}", at + 1)));
        }
        assert_eq!(left, [] as [[i64; 4]; 0], "not played in tune {}", at + 1);
    }
}

#[test]
fn ties_join_the_notes_that_are_played_one_after_the_other() {
    for (music, expected) in [
        ("C-C", vec![(0, 60, 8)]),
        ("[C-E][CE]", vec![(0, 60, 8), (0, 64, 4), (4, 64, 4)]),
        // into the repeat, and only on the pass that it follows
        (
            "|:C D-|1 D2:|2 E2|]",
            vec![(0, 60, 4), (4, 62, 12), (16, 60, 4), (20, 62, 4), (24, 64, 8)],
        ),
        ("C-z", vec![(0, 60, 4)]),
        ("[CC]2", vec![(0, 60, 8)]),
    ] {
        assert_eq!(semiquavers(&play_music(music)), expected, "{music}");
    }
}

#[test]
fn grace_notes_take_their_time_from_the_note_after_them() {
    let performance = play_music("{ga}C2 D");
    let graces: Vec<bool> = performance.notes.iter().map(|note| note.grace).collect();
    assert_eq!(graces, [true, true, false, false]);
    // a demisemiquaver each, but never more than half of the note
    let onsets = |music| -> Vec<Duration> {
        play_music(music).notes.iter().map(|note| note.onset).collect()
    };
    let in_64ths = |times: [i64; 3]| times.map(|time| Duration::new(time, 64));
    assert_eq!(onsets("{ga}C2"), in_64ths([0, 2, 4]));
    assert_eq!(onsets("{ga}C/4"), in_64ths([0, 1, 2]));
}

#[test]
fn parts_are_played_in_the_order_of_the_header() {
    // Each part is one note; A is repeated.
    for (order, expected) in [
        ("AB", "AAB"),
        ("BA.B", "BAAB"),
        ("A(BC)2", "AABCBC"),
        ("((AB)2C)2", "AABAABCAABAABC"),
        ("B3C", "BBBC"),
        ("CXB", "CB"),
        ("B C last time only", "BC"),
        ("played slowly", "AABC"),
        ("A)B(", "AAB"),
        ("", "AABC"),
    ] {
        let header = format!("X:1\nL:1/4\nP:{order}\nK:C\n");
        let names: String = play(&format!("{header}P:A\n|:A:|\nP:B\nB\nP:C\nC|"))
            .notes
            .iter()
            .map(|note| "CDEFGAB".as_bytes()[usize::from(note.pitch.letter)] as char)
            .collect();
        assert_eq!(names, expected, "{order}");
    }
    // what stands before the first name is played once, and no order is endless
    let notes = |order: &str| {
        let text = format!("X:1\nP:{order}\nK:C\nCD|\nP:A\nE|");
        play(&text).notes.len()
    };
    assert_eq!(notes("A3"), 5);
    assert_eq!(notes("((((A9)9)9)9)9"), 2 + 64);
}

#[test]
fn what_is_in_force_goes_back_with_the_repeat() {
    let performance = play("X:1\nL:1/4\nM:2/4\nQ:1/4=90\nK:C\n|:CC|[M:3/4][Q:1/4=60]CCC:|[K:G]C3|");
    let of = |wanted: fn(&Change) -> bool| -> Vec<i64> {
        let changes = performance.changes.iter().filter(|(_, change)| wanted(change));
        changes.map(|(time, _)| (time * Duration::from_integer(4)).to_integer()).collect()
    };
    assert_eq!(of(|change| matches!(change, Change::Meter(_))), [0, 2, 5, 7]);
    assert_eq!(of(|change| matches!(change, Change::Tempo(_))), [0, 2, 5, 7]);
    assert_eq!(of(|change| matches!(change, Change::Key(_))), [0, 10]);
}

#[test]
fn times_that_cannot_be_reckoned_are_a_problem_with_a_place() {
    let primes = [9973, 9967, 9949, 9941, 9931, 9929];
    let music: String = primes.iter().map(|prime| format!("A/{prime}\n")).collect();
    let tune = abc::read(&format!("X:1\nL:1/8\nK:C\n{music}"));
    let problem = perform(&tune).map(|score| score.length).unwrap_err();
    assert_eq!((problem.at.line, problem.at.column), (8, 1), "{problem}");
}
