//! Which bars come again, in tunes of 8-bar parts.

use hornpipe::music::judge::{Again, Known, Times, Verdict};

fn again(music: &str) -> Again {
    let tune = format!("X:1\nM:2/4\nL:1/8\nK:C\n{music}\n");
    Verdict::of(&tune, &Known::new::<&str>(&[]), None).again
}

/// A bar of its own for each letter.
fn bar(letter: char) -> String {
    let number = letter as usize - 'a' as usize;
    let notes = [b"CDEFGAB"[number % 7], b"cdef"[number / 7]].map(char::from);
    format!("{}2{}2", notes[0], notes[1])
}

/// A part, repeated, of one bar for each letter.
fn part(letters: &str) -> String {
    format!("|:{}:|", letters.chars().map(bar).collect::<Vec<_>>().join("|"))
}

/// Each figure as (the same, compared), in their order.
fn figures(again: Again) -> [(usize, usize); 6] {
    let each = [
        again.bar_2_before,
        again.bar_4_before,
        again.bar_8_before,
        again.last_bar_of_part_before,
        again.part_2_opens_as_part_1,
        again.bar_5_is_bar_1,
    ];
    each.map(|Times { same, of, .. }| (same, of))
}

#[test]
fn each_figure_counts_its_own_pairs_of_bars() {
    for (parts, same) in [
        (vec!["abcdefgh"], [0, 0, 0, 0, 0, 0]),
        (vec!["abcdefgh", "ijklmnop"], [0, 0, 0, 0, 0, 0]),
        (vec!["abcdecgh", "ijklmnop"], [0, 0, 0, 0, 0, 0]), // 3 before, which nobody asks for
        (vec!["abadefgh", "ijklmnop"], [1, 0, 0, 0, 0, 0]),
        (vec!["abcdefgh", "gjklmnop"], [1, 0, 0, 0, 0, 0]), // across parts
        (vec!["abcdebgh", "ijklmnop"], [0, 1, 0, 0, 0, 0]),
        (vec!["abcdefgh", "ijklmjop"], [0, 1, 0, 0, 0, 0]),
        (vec!["abcdefgh", "ijkdmnop"], [0, 0, 1, 0, 0, 0]),
        (vec!["abcdefgh", "ijklmnoh"], [0, 0, 1, 1, 0, 0]),
        (vec!["abcdefgh", "ajklmnop"], [0, 0, 1, 0, 1, 0]),
        (vec!["abcdafgh", "ijklmnop"], [0, 1, 0, 0, 0, 1]),
        (vec!["abcdafgh", "ijklinop"], [0, 2, 0, 0, 0, 2]),
        (vec!["abcdefgh", "ejklmnop"], [0, 1, 0, 0, 0, 0]), // as bar 5, in another part
        (vec!["abcdefgh", "abcdefgh"], [0, 0, 8, 1, 1, 0]),
        (vec!["aaaaaaaa", "aaaaaaaa"], [14, 12, 8, 1, 1, 2]),
        // the third part ends and opens as the second, but is not part 2
        (vec!["abcdefgh", "ijklmnop", "iqrstuvp"], [0, 0, 2, 1, 0, 0]),
    ] {
        let of = match parts.len() {
            1 => [6, 4, 0, 0, 0, 1],
            2 => [14, 12, 8, 1, 1, 2],
            _ => [22, 20, 16, 2, 1, 3],
        };
        let again = again(&parts.iter().map(|letters| part(letters)).collect::<String>());
        assert_eq!(again.tunes, 1, "{parts:?}");
        assert_eq!(figures(again).map(|(same, _)| same), same, "{parts:?}");
        assert_eq!(figures(again).map(|(_, of)| of), of, "{parts:?}");
    }
}

#[test]
fn bars_are_counted_as_players_count_them() {
    let (six, seven) = ("C2c2|D2c2|E2c2|F2c2|C2c2|A2c2|", "C2c2|D2c2|E2c2|F2c2|C2c2|A2c2|B2c2|");
    let expected = figures(again(&format!("|:{seven}G4:||:{seven}G4:|")));
    assert_eq!(expected, [(0, 14), (3, 12), (8, 8), (1, 1), (1, 1), (2, 2)]);
    for music in [
        format!("{seven}G4||{seven}G4|]"),
        format!("|:g|{seven}G4:||:g2|{seven}G4:|"), // upbeats
        format!("g|{seven}G4:|g|:{seven}G4:|"),     // one of them outside of the repeat
        format!("|:{six}B2c2|1 G4:|2 d4||{seven}G4|]"), // the first ending
        format!("|:{seven}1 G4:|2 d4||{seven}1 G4:|2 e4|]"),
        format!("|:{six}B2[1 c2|G4:|2 d2|e4||{seven}G4|]"), // which cuts a bar
        format!("|:{six}B2||c2|G4:||:{seven}G4:|"),         // a double bar that splits one
    ] {
        let again = again(&music);
        assert_eq!((again.tunes, figures(again)), (1, expected), "{music}");
    }
    for music in [
        format!("|:{seven}:|"),
        format!("|:{six}G4:||:{seven}G4:|"),
        format!("|:{seven}G4|{seven}G4:|"),  // 16 bars
        format!("|:{seven}G4:||:{six}G4:|"), // one part of 7 is enough
        format!("|:{seven}G4 ^:|"),          // does not read
        String::new(),
    ] {
        assert_eq!(again(&music), Again::default(), "{music}");
    }
}

#[test]
fn the_same_bar_has_the_same_pitches_and_durations() {
    // the second of these bars stands two after the first
    for (one, other, same) in [
        ("C2c2", "C2c2", true),
        ("C2c2", "CCc2", false),
        ("C2c2", "C3c", false),
        ("C2c2", "c2C2", false),
        ("C2c2", "C2^c2", false),
        ("C2c2", "C2z2", false),
        ("C2c2", "C2[ec]2", false),
        ("[ce]2c2", "[ce]2 c2", true),
        ("^C2e2", "_D2e2", true),
        ("C2c2", "{d}C2\"Am\"c2", true),
        ("C4", "C2-C2", false),
    ] {
        let again = again(&format!("|:D4|{one}|E4|{other}|F4|G4|A4|B4:|"));
        assert_eq!((again.tunes, again.bar_2_before.same), (1, usize::from(same)), "{other}");
    }
}

#[test]
fn figures_of_a_set_are_of_all_its_pairs() {
    let tunes = [part("abcdafgh"), part("abcdefgh") + &part("abcdefgh"), part("abc")];
    let sum: Again = tunes.iter().map(|music| again(music)).sum();
    assert_eq!(sum.tunes, 2);
    assert_eq!(figures(sum), [(0, 20), (1, 16), (8, 8), (1, 1), (1, 1), (1, 3)]);
    assert_eq!(sum.bar_5_is_bar_1.share(), Some(1.0 / 3.0));
    let json = serde_json::to_value(again(&part("abcdefgh"))).unwrap();
    assert_eq!((&json["tunes"], &json["bar_5_is_bar_1"]), (&1.into(), &0.0.into()));
    assert!(json["bar_8_before"].is_null(), "nothing to compare is no share: {json}");
}
