//! Reading ABC: pitches, lengths, ties, repeats, problems.

use hornpipe::music::abc::{self, Duration, Mark, Tune};

/// Reads music in L:1/8 under the given metre and key.
fn read(meter: &str, key: &str, music: &str) -> Tune {
    abc::read(&format!("X:1\nT:Test\nM:{meter}\nL:1/8\nK:{key}\n{music}\n"))
}

/// MIDI numbers of the top notes in written order; rests are 0.
fn pitches(tune: &Tune) -> Vec<i32> {
    tune.events().map(|event| event.top().map_or(0, abc::Pitch::midi)).collect()
}

/// Lengths in written order as (numerator, denominator) in quavers.
fn quavers(tune: &Tune) -> Vec<(i64, i64)> {
    let quavers = |event: &abc::Event| event.duration * Duration::from_integer(8);
    tune.events().map(|event| (*quavers(event).numer(), *quavers(event).denom())).collect()
}

#[test]
fn a_file_is_cut_at_its_x_lines() {
    let text = "a header\nX:1\nK:C\nCDE\n\n\nX: 2\nK:C\n X:no\nE";
    assert_eq!(abc::tunes(text), ["X:1\nK:C\nCDE\n\n\n", "X: 2\nK:C\n X:no\nE"]);
    assert_eq!(abc::tune_spans(text)[0], 9..23);
    assert!(abc::tunes("no tune\n").is_empty());
}

#[test]
fn pitches_follow_key_and_accidentals() {
    for (key, music, expected) in [
        ("C", "C, C c c'", vec![48, 60, 72, 84]),
        ("D", "FfcC", vec![66, 78, 73, 61]),
        // An accidental holds to the bar line, in every octave.
        ("C", "^FFf|F", vec![66, 66, 78, 65]),
        ("G", "=FF|F", vec![65, 65, 66]),
        ("C", "^^C__D_E", vec![62, 60, 63]),
        // ... but not past an ending inside the bar, nor from a grace note.
        ("C", "^FF|1 F:|2 F", vec![66, 66, 65, 65]),
        ("C", "{^f}gf", vec![79, 77]),
        // A tie carries it over the bar line, a slur does not.
        ("C", "^f-|f", vec![78, 78]),
        ("C", "^f-|ef", vec![78, 76, 77]),
        // A key change clears it.
        ("C", "^F[K:F]F=B[K:G]FB", vec![66, 65, 71, 66, 71]),
        ("Ador", "FfBb", vec![66, 78, 71, 83]),
        ("D =c", "cfC", vec![72, 78, 60]),
        // Old chords and new ones: the top note.
        ("C", "[CEG]+EC+c", vec![67, 64, 72]),
        ("C", "~A.B!trill!c+fermata+d\"Am\"eTf", vec![69, 71, 72, 74, 76, 77]),
        ("C", "A:|", vec![69]),
    ] {
        let tune = read("4/4", key, music);
        assert_eq!(pitches(&tune), expected, "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
}

#[test]
fn lengths_are_exact() {
    for (meter, music, expected) in [
        ("4/4", "A2A/A//A3/2A/4", vec![(2, 1), (1, 2), (1, 4), (3, 2), (1, 4)]),
        ("4/4", "A>BA<B", vec![(3, 2), (1, 2), (1, 2), (3, 2)]),
        ("4/4", "A>>B2A<<<B", vec![(7, 4), (1, 2), (1, 8), (15, 8)]),
        ("4/4", "A{g}>B", vec![(3, 2), (1, 2)]),
        ("4/4", "(3ABc d", vec![(2, 3), (2, 3), (2, 3), (1, 1)]),
        ("6/8", "(2AB(4ABcd", vec![(3, 2), (3, 2), (3, 4), (3, 4), (3, 4), (3, 4)]),
        // Five in the time of two, or of a beat in compound metres; and all three numbers given.
        ("4/4", "(5ABcde", vec![(2, 5); 5]),
        ("6/8", "(5ABcde", vec![(3, 5); 5]),
        ("4/4", "(3:2:2AB c", vec![(2, 3), (2, 3), (1, 1)]),
        ("4/4", "(3::2A2B c", vec![(4, 3), (2, 3), (1, 1)]),
        ("4/4", "(3(A>BA)B", vec![(1, 1), (1, 3), (2, 3), (1, 1)]),
        ("4/4", "[A2c2]2z3", vec![(4, 1), (3, 1)]),
        ("3/4", "Z|[L:1/4]A[L:1/16]A", vec![(6, 1), (2, 1), (1, 2)]),
    ] {
        let tune = read(meter, "C", music);
        assert_eq!(quavers(&tune), expected, "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
}

#[test]
fn the_unit_depends_on_the_metre_where_no_field_gives_it() {
    for (header, length) in
        [("M:6/8\n", (1, 8)), ("M:2/4\n", (1, 16)), ("", (1, 8)), ("M:2/4\nL:1/4\n", (1, 4))]
    {
        let tune = abc::read(&format!("X:1\n{header}K:C\nA"));
        let duration = tune.bars[0].duration;
        assert_eq!((*duration.numer(), *duration.denom()), length, "{header}");
    }
}

#[test]
fn fields_in_the_body_override_the_header_and_later_ones_are_changes() {
    let tune = abc::read("X:1\nM:4/4\nL:1/8\nK:C\nM:6/8\nK:G\nFFF FFF|\nM:9/8\nw:no music\nF3|]\n");
    assert_eq!(tune.meter.unwrap().to_string(), "6/8");
    assert_eq!(tune.key.name().unwrap(), "G");
    assert_eq!(tune.bars[0].changes, []);
    assert_eq!(tune.bars[1].changes.len(), 1);
    assert_eq!(tune.notes(), 7);
}

#[test]
fn a_tie_joins_equal_pitches_only() {
    for (music, ties, notes) in [
        ("A-A", [true, false], 1),
        ("A-|A", [true, false], 1),
        ("A-B", [false, false], 2),
        ("(A-A)", [true, false], 1),
        ("A-\\\nA", [true, false], 1),
        ("[CA-][EA]", [true, false], 1),
        ("A-z", [false, false], 1),
    ] {
        let tune = read("4/4", "C", music);
        let found: Vec<bool> = tune.events().map(|event| event.tie).collect();
        assert_eq!(found, ties, "{music}");
        assert_eq!(tune.notes(), notes, "{music}");
    }
}

#[test]
fn repeats_and_endings_give_the_order_of_playing() {
    // Each bar is named by its only note.
    for (music, expected) in [
        ("C|D|E|]", "CDE"),
        ("|:C|D:|E|]", "CDCDE"),
        ("C|D:|E|]", "CDCDE"),
        ("C|D::E|F:|", "CDCDEFEF"),
        ("C|D:|\n|:E|F:|", "CDCDEFEF"),
        ("C|D:|\n||E|F:|", "CDCDEFEF"),
        ("C|D||E|F:|", "CDEFEF"),
        ("|:C||D:|", "CDCD"),
        ("|:C|1 D:|2 E|F|]", "CDCEF"),
        ("|:C[1 D:|[2 E||F|]", "CDCEF"),
        ("|:C|[1,3 D:|[2 E:|F|]", "CDCECDF"),
        ("|:C|1 D:|2 E:|\n|:F|1 G:|2 A|]", "CDCEFGFA"),
        ("|::C::|", "CCC"),
        ("|:C|1 D:|E|F|]", "CDCEF"),
        // A bar line at the end of a line and at the start of the next is one.
        ("C|D|\n|E|F:|", "CDEFCDEF"),
        ("|:C", "C"),
    ] {
        let tune = read("1/8", "C", music);
        let letters = "CDEFGAB".chars().zip([60, 62, 64, 65, 67, 69, 71]);
        let name = |bar: usize| {
            let midi = tune.bars[bar].events[0].top().unwrap().midi();
            letters.clone().find(|(_, pitch)| *pitch == midi).unwrap().0
        };
        let played: String = abc::played(&tune).into_iter().map(name).collect();
        assert_eq!(played, expected, "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
}

#[test]
fn problems_have_a_place_and_do_not_stop_reading() {
    for (music, line, column) in [
        ("A£B", 6, 2),
        ("AB|\nA99999999999999/3B", 7, 1),
        ("AA/0B", 6, 2),
        ("A>>>>B", 6, 2),
        ("(1AB", 6, 1),
        ("AB}", 6, 3),
        ("[ABc", 6, 2),
        ("A \"open", 6, 3),
        ("A[K:Q]B", 6, 2),
        ("A & B", 6, 3),
        ("V:1\nA\nV:2\nB", 8, 1),
        ("AB : c", 6, 4),
        ("{abA", 6, 2),
    ] {
        let tune = read("4/4", "C", music);
        let problem = tune.problems.first().unwrap_or_else(|| panic!("{music} is no problem"));
        assert_eq!((problem.at.line, problem.at.column > 0), (line, true), "{music}");
        if !music.starts_with(['[', '{']) {
            assert_eq!(problem.at.column, column, "{music}: {problem}");
            assert!(tune.notes() >= 1, "{music}");
        }
    }
    assert_eq!(abc::read("X:1\nT:no key\n").problems.len(), 1);
}

#[test]
fn music_ends_at_a_blank_line_and_comments_are_no_music() {
    let tune = abc::read("X:1\n\nK:C % comment\r\nCD%EF\r\n% GA\r\nE\r\n\r\nFGA\r\n");
    assert_eq!(pitches(&tune), [60, 62, 64]);
    assert_eq!(tune.header('K'), Some("C"));
    assert_eq!(tune.problems, []);
}

#[test]
fn marks_belong_to_the_note_after_them() {
    let tune = read("4/4", "C", "\"Am\"~A\"^up\"!trill!B|\"G7\"|c\"_end\"!D.C.!|");
    let of = |bar: usize, event: usize| tune.bars[bar].events[event].marks.as_slice();
    assert_eq!(of(0, 0), [Mark::Chord("Am".into()), Mark::Decoration("roll".into())]);
    assert_eq!(of(0, 1), [Mark::Text("^up".into()), Mark::Decoration("trill".into())]);
    assert_eq!(of(1, 0), [Mark::Chord("G7".into())]);
    assert_eq!(tune.bars[1].marks, [Mark::Text("_end".into()), Mark::Decoration("D.C.".into())]);
    assert_eq!(tune.marks().last().map(Mark::text), Some("D.C."));
}

#[test]
fn old_and_rare_habits_change_no_note() {
    let plain = read("4/4", "C", "AB|1 c:|2 d");
    for music in [
        "AB|\n1 c:|\n2 d",
        "Ay2By|1 c:|2 d",
        "A\n%%begintext\ncde\n%%endtext\nB|1 c:|2 d",
        "A[K:clef=bass]B|1 c:|2 d",
        "A\nK:treble\nB|1 c:|2 d",
        "A[Q:1/4=90]B|1 c:|[P:B][2 d",
        "(AB)|1c:|2d",
    ] {
        let tune = read("4/4", "C", music);
        assert_eq!(pitches(&tune), pitches(&plain), "{music}");
        assert_eq!(abc::played(&tune), abc::played(&plain), "{music}");
        assert_eq!(tune.problems, [], "{music}");
    }
    let tune = abc::read("X:1\nT:Long\n+:title\nQ:1/4=90\nM:2/4\nK:C\nM:4/4\nA|");
    assert_eq!((tune.header('T'), tune.tempo.unwrap().per_minute), (Some("Long title"), 90));
    // the unit is that of the metre at the end of the header
    assert_eq!(quavers(&tune), [(1, 2)]);
}
