//! The order of playing: repeats, endings and jumps, and how long it may be.

use hornpipe::music::abc::{self, Duration, MOST_NOTES, Performance, perform};
use hornpipe::music::render;

fn play(text: &str) -> Performance {
    let tune = abc::read(text);
    assert_eq!(tune.problems, [], "{text}");
    perform(&tune).unwrap()
}

/// The letters of the notes that music in L:1/8 and C sounds, and its notices.
fn order(music: &str) -> (String, Vec<String>) {
    let performance = play(&format!("X:1\nL:1/8\nK:C\n{music}\n"));
    let letter = |note: &abc::Note| "CDEFGAB".as_bytes()[usize::from(note.pitch.letter)] as char;
    let notices = performance.notices.iter().map(|notice| notice.to_string()).collect();
    (performance.notes.iter().map(letter).collect(), notices)
}

#[track_caller]
fn plays(music: &str, expected: &str) {
    assert_eq!(order(music), (expected.to_owned(), vec![]), "{music}");
}

/// What is played all the same, and a notice with this column.
#[track_caller]
fn plays_with_notice(music: &str, expected: &str, column: usize, words: &str) {
    let (played, notices) = order(music);
    assert_eq!(played, expected, "{music}");
    let [notice] = notices.as_slice() else { panic!("{music}: {notices:?}") };
    let place = format!("line 4, column {column}: ");
    assert!(notice.starts_with(&place) && notice.contains(words), "{music}: {notice}");
}

#[test]
fn a_last_ending_that_runs_on_to_a_repeat_sign_is_repeated() {
    let runs_on = "runs on";
    plays_with_notice("|:G|[1A:|[2B|C|D:|", "GAGBCDBCD", 12, runs_on);
    plays_with_notice("|:G|1A:|2B|C|D:|:E:|", "GAGBCDBCDEE", 10, runs_on);
    plays_with_notice("|:G|[1A:|[2B|C::|D|]", "GAGBCBCBCD", 12, runs_on);
    plays_with_notice("|:G|[1A:|[2B:|[3C|D:|", "GAGBGCDCD", 17, runs_on);
    // not where both endings are closed, or one of them is for a pass that is not the last
    plays("|:G|[1A:|[2B:|C|]", "GAGBC");
    plays("|:G|[1A|A:|[2B|B:|:C:|", "GAAGBBCC");
    plays("|:G|[1A|A:|[2B:|C|]", "GAAGBC");
    plays("|:G|[1,3A:|[2B|B:|C|]", "GAGBBGAC");
    // nor where a double bar ends the ending, so that the sign has a start
    plays("|:G|[1A:|[2B||C|D:|", "GAGBCDCD");
    plays("|:G|[1A:|[2B|B|]", "GAGBB");
}

#[test]
fn a_jump_back_is_played_once_and_without_repeats() {
    for (music, expected) in [
        // to the fine, after the note at which it stands
        ("C|D!fine!|E|F!D.C.!|]", "CDEFCD"),
        ("C|!fine!D|E|F!D.C.!|]", "CDEFCD"),
        ("C|DE!fine!FG|A|!D.C.!B|]", "CDEFGABCDEF"),
        ("C|!segno!D|E!fine!|F!D.S.!|]", "CDEFDE"),
        ("C|!segno!D|E!fine!|!segno!F!segno!!D.S.!|]", "CDEFDE"),
        ("CDE!segno!F|G!fine!|A!D.S.!|]", "CDEFGAFG"),
        ("C!segno!|D|E!fine!|F!D.S.!|]", "CDEFDE"),
        ("|:C|D!fine!:|:E|F!D.C.!:|", "CDCDEFEFCD"),
        ("|:C|1D:|2E!fine!|]F|G!D.C.!|]", "CDCEFGCE"),
        ("|:C|1D!fine!:|2E|]F|G!D.C.!|]", "CDCEFGCD"),
        ("|:C|1D:|2E|]F!fine!|G!D.C.!|]", "CDCEFGCEF"),
        ("|:C|1D:|2E!fine!!D.C.!|]", "CDCECE"),
        ("C|D!D.C.!!fine!|]", "CDCD"),
        // a sign at the first note of a part says what ends before it
        ("C|D||!fine!E|F|G!D.C.!|]", "CDEFGCD"),
        ("C|D|:!fine!E|F:|G!D.C.!|]", "CDEFEFGCD"),
        ("C|D||!fine!E||F|G!D.C.!|]", "CDEFGCDE"),
        // to the coda
        ("C|D!coda!|E|F!D.C.alcoda!||!coda!G|A|]", "CDEFCDGA"),
        ("C|D|!coda!E|F!D.C.alcoda!||!coda!G|A|]", "CDEFCDGA"),
        ("C|D!dacoda!|E|F!dacapo!||!coda!|:G|A:|", "CDEFCDGAGA"),
        ("C|!segno!D|E!coda!|F!D.S.alcoda!||!coda!G|]", "CDEFDEG"),
        ("C|\"^To Coda\"D|E|F!D.C.!|\"^Coda\"G!fine!|]", "CDEFCDG"),
        // several words for one jump, in many spellings
        ("C|D\"^Fine\"|E|F!D.C.!\"^D.C. al Fine\"|]", "CDEFCD"),
        ("C|\"Fine\"D|E|\"D.C.\"F|]", "CDEFCD"),
        ("C|D\"Fine\"||E|F\"D.C.\"|]", "CDEFCD"),
        ("C|D\"fine\"|E|F\"_Da Capo al fine\"|]", "CDEFCD"),
        ("C|D\"End\"|E|F\"D.C.\"|]", "CDEFCD"),
        ("C|D\"_FINE.\"|E|F\"@D. C. to Fine\"|]", "CDEFCD"),
        ("C|\"^Segno\"D|\">Fine\"E|F+D.S.alfine+|]", "CDEFDE"),
        ("C|\"Segno\"D|\"Fine\"E|F\"Dal Segno al Fine\"|]", "CDEFDE"),
        // neither words of another sense nor chords
        ("C|\"^a fine tune\"D|\"D C\"E|\"D/C\"F|\"^trio\"G|]", "CDEFG"),
        // nothing to jump from, and nothing left to play
        ("C|D!fine!|]", "CD"),
        ("C|\"Fine\"D|]", "CD"),
    ] {
        plays(music, expected);
    }
}

#[test]
fn a_sign_that_does_not_pair_up_is_passed_over_and_said() {
    for (music, expected, column, words) in [
        ("C|D|E!D.S.!|]", "CDE", 5, "without a segno before it; it is passed over"),
        ("C|D!D.S.!|E|!segno!F|]", "CDEF", 3, "D.S. without a segno"),
        ("C|D!D.C.!|E|F|]", "CDEF", 3, "before the end"),
        ("|:C|1D!D.C.!:|2E|]", "CDCE", 6, "before the end"),
        ("C|D|E!D.C.alfine!|]", "CDE", 5, "without a fine"),
        ("C!fine!|D|!segno!E|F!D.S.alfine!|]", "CDEF", 20, "without a fine"),
        ("C|!segno!D|E!D.S.!|]", "CDE", 12, "without a fine"),
        ("C|D|E!D.C.!|]", "CDE", 5, "without a fine"),
        ("C|D!D.C.alcoda!|E|]", "CDE", 3, "'al coda' without"),
        ("C|D!D.C.alcoda!|!coda!E|]", "CDE", 3, "'al coda' without"),
        ("C|D!coda!!D.C.alcoda!|E|]", "CDE", 3, "'al coda' without"),
        ("C|D!segno!|E|]", "CDE", 3, "a segno that no"),
        ("C|D!fine!|E|]", "CDE", 3, "a fine that no"),
        ("C|D!coda!|E|]", "CDE", 3, "a coda that no"),
        ("C|\"^D.C. as often as you like\"D|E|]", "CDE", 31, "is not clear"),
        ("C|\"^play the coda twice\"D|E|]", "CDE", 25, "is not clear"),
        // followed, but not all that is said
        ("C|!segno!D|E!fine!|F!D.C.!|]", "CDEFCDE", 10, "a segno that no"),
        ("C|D!coda!|E!fine!|F!D.C.!|!coda!G|]", "CDEFCDG", 11, "a fine that no"),
        ("C!fine!|!segno!D|E!fine!|F!D.S.!|]", "CDEFDE", 1, "a fine that no"),
        ("C|D!fine!|E!D.C.!|F!D.C.!|]", "CDEFCD", 11, "before the end"),
    ] {
        plays_with_notice(music, expected, column, words);
    }
    let (played, notices) = order(&"C!D.C.!!fine!|".repeat(1000));
    assert_eq!((played.len(), notices.len()), (1000, 1), "{notices:?}");
    let parts = "X:1\nP:BA\nL:1/8\nK:C\nP:A\nC|D!fine!|\nP:B\nE|F!D.C.!|]\n";
    let performance = play(parts);
    assert_eq!(performance.bars.iter().map(|bar| bar.index).collect::<Vec<_>>(), [2, 3, 0, 1]);
    assert_eq!(performance.notices.len(), 1);
    assert!(performance.notices[0].message.contains("the header's P:"));
}

#[test]
fn a_bar_played_in_part_is_as_long_as_what_is_played_of_it() {
    let performance =
        play("X:1\nL:1/8\nK:C\nC2[M:3/8]!segno!D E[M:4/8]F|!fine!G[M:2/8]A!D.S.!|]\n");
    let eighths = |time: Duration| (time * Duration::from_integer(8)).to_integer();
    let bars: Vec<_> = performance
        .bars
        .iter()
        .map(|bar| (bar.index, bar.events.clone(), eighths(bar.onset), eighths(bar.duration)))
        .collect();
    let expected = [(0, 0..4, 0, 5), (1, 0..2, 5, 2), (0, 1..4, 7, 3), (1, 0..1, 10, 1)];
    assert_eq!(bars, expected);
    assert_eq!(eighths(performance.length), 11);
    // what changes inside the bar holds on both ways through, and nothing behind the fine does
    let meters = performance.changes.iter().filter_map(|(time, change)| match change {
        abc::Change::Meter(meter) => Some((eighths(*time), meter.map(|meter| meter.beats))),
        _ => None,
    });
    let meters: Vec<_> = meters.collect();
    let way = [(2, Some(3)), (4, Some(4)), (6, Some(2))];
    let again = [(7, None), (7, Some(3)), (9, Some(4)), (11, Some(2))];
    assert_eq!(meters, [&[(0, None)][..], &way, &again].concat());
}

#[test]
fn a_performance_is_bounded_before_it_is_built() {
    let of = |music: &str, times| {
        let text = format!("X:1\nP:A9A9A9A9A9A9A9A\nL:1/64\nK:C\nP:A\n{}", music.repeat(times));
        perform(&abc::read(&text)).map(|performance| performance.notes.len())
    };
    // 64 parts of 8 passes of 195 notes are 99,840
    assert_eq!(of("|::::::::C::::::::|", 195), Ok(195 * 512));
    for music in [
        "|::::::::C::::::::|",
        "|::::::::z::::::::|",
        "|::::::::{ab}[CEG]::::::::|",
        "|::::::::\"C\"\"D\"z::::::::|",
        "|::::::::[K:D]C[K:C]::::::::|",
    ] {
        let problem = of(music, 5_000).unwrap_err();
        assert!(problem.message.contains(&MOST_NOTES.to_string()), "{problem}");
        assert!(problem.at.line >= 6, "{problem}");
    }
    let hour = |minutes: usize| {
        let music = "C120|".repeat(minutes);
        let text = format!("X:1\nQ:1/4=60\nL:1/8\nK:C\n{music}");
        render::play(&abc::read(&text)).map(|performance| performance.bars.len())
    };
    let most = (render::LONGEST_PERFORMANCE / 60.0) as usize;
    assert_eq!((hour(most), most), (Ok(60), 60));
    let problem = hour(most + 1).unwrap_err();
    assert!(problem.message.contains("an hour"), "{problem}");
}

#[test]
fn a_jump_may_be_a_line_of_its_own_and_a_fine_have_other_words() {
    plays("C|\"_Fin\"D|E|F|\nP:D.C. al Fine\n", "CDEFCD");
    plays("C|\"^Fine:\"D|E|F!D.C. al fine!|", "CDEFCD");
    plays("C|\"^𝄋\"D|E!fine!|F!D.S.!|", "CDEFDE");
    plays("\"D/C\"C|D|E|\"D/C\"F|", "CDEF");
}
