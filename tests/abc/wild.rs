//! ABC as it is met in collections: what the standard allows and few programs read, and what it
//! does not allow and people write.

use hornpipe::music::abc::{self, Duration, Performance, Tune};

/// A tune of that key field and music in 4/4, L:1/8.
fn read(key: &str, music: &str) -> Tune {
    abc::read(&format!("X:1\nT:Test\nM:4/4\nL:1/8\nK:{key}\n{music}\n"))
}

fn play(tune: &Tune) -> Performance {
    abc::perform(tune).unwrap()
}

/// MIDI numbers of what sounds.
fn sounding(tune: &Tune) -> Vec<i32> {
    play(tune).notes.iter().map(abc::Note::midi).collect()
}

/// Places and lengths in quavers, with the grace notes' pitches in a list of their own.
fn times(tune: &Tune) -> (Vec<(f64, f64)>, Vec<i32>) {
    let quavers = |time: Duration| 8.0 * *time.numer() as f64 / *time.denom() as f64;
    let performance = play(tune);
    let (graces, notes): (Vec<_>, Vec<_>) = performance.notes.iter().partition(|note| note.grace);
    let notes = notes.iter().map(|note| (quavers(note.onset), quavers(note.duration))).collect();
    (notes, graces.iter().map(|note| note.midi()).collect())
}

#[test]
fn what_is_passed_over_costs_no_note_and_is_no_problem() {
    for (music, notices) in [
        ("CDEF GABc|", 0),
        // symbols, defined or not
        ("TCuD.E~F HGvALBMc|", 0),
        ("hCiD jEkF wGNARBVc|", 1),
        ("hChD hEhF GABc|", 1),
        ("U:h=!trill!\nU:k = \"^gently\"\nhCkD EF GABc|", 0),
        ("U: h = !nil!\nhCD EF GABc|", 0),
        ("U: trill\nCDEF GABc|", 1),
        // information amid the music
        ("CDEF\nA:Sligo\nN:a note\nC: Trad.\nG:flute\nd:no field\nGABc|", 0),
        ("CDEF\nQ:Allegro\nGABc|", 1),
        ("CDEF\n%%beginsvg\n<g>abc</g>\n%%endtext\n%%endsvg\nGABc|", 0),
        ("CDEF\nK:treble+8 slowly\nK:clef=none\nGABc|", 1),
        ("I:propagate-accidentals always\nCDEF GABc|", 1),
        ("C0 CDEF [CE]0 GABc|", 1),
        ("m: nothing\nCDEF GABc|", 1),
        // decorations with blanks, and line breaks of old
        ("CDEF!D.C. al fine!GABc|", 0),
        ("CDEF!rit. e dim.!GABc|", 0),
        ("CD!EF GA!Bc|", 0),
        ("CDEF GABc|\u{1a}", 0),
        ("CDEF GABc|\n</pre></body></html>", 1),
        ("CD\u{ad}EF GABc|", 0),
        // marks with words
        ("[\"Coda\"CDEF GABc|", 0),
    ] {
        let tune = read("C", music);
        assert_eq!(tune.problems, [], "{music}");
        assert_eq!(tune.notices.len(), notices, "{music}: {:?}", tune.notices);
        let letters: Vec<i32> = tune.events().map(|event| event.top().unwrap().midi()).collect();
        assert_eq!(letters, [60, 62, 64, 65, 67, 69, 71, 72], "{music}");
    }
}

#[test]
fn a_symbol_is_what_the_tune_or_the_standard_says() {
    let marks = |music: &str| -> Vec<String> {
        read("C", music).marks().map(|mark| mark.text().to_owned()).collect()
    };
    assert_eq!(marks("SCODTE.F"), ["segno", "coda", "trill", "staccato"]);
    assert_eq!(
        marks("U:T=+fermata+\nU:w = \"^softly\"\nU:S=!none!\nTCwDSE"),
        ["fermata", "^softly"]
    );
}

#[test]
fn a_key_is_kept_with_whatever_stands_beside_it() {
    for (key, c_and_f, notices) in [
        ("G", [60, 66], 0),
        ("G bass3", [60, 66], 0),
        ("G clef=alto4 middle=d", [60, 66], 0),
        ("Ador (capo 2)", [60, 66], 1),
        ("Gmi", [60, 65], 0),
        ("g Treble-8", [48, 54], 0),
        ("E minor", [60, 66], 0),
        ("Dm^c", [61, 65], 0),
        ("Amix^c=f", [61, 65], 0),
        // how notes are moved
        ("G octave=-1", [48, 54], 0),
        ("G treble-8", [48, 54], 0),
        ("G clef=treble+8", [72, 78], 0),
        ("G transpose=-2", [58, 64], 0),
        ("C treble-8 octave=1 transpose=3", [63, 68], 0),
        ("C\nV:1 clef=treble-8", [48, 53], 0),
        ("C octave=1\nV:1", [72, 77], 0),
    ] {
        let tune = read(key, "CF|");
        assert_eq!((sounding(&tune), tune.notices.len()), (c_and_f.to_vec(), notices), "{key}");
        assert_eq!(tune.problems, [], "{key}");
    }
    assert_eq!(
        sounding(&read("D", "c|[K:Dmix=f]cf|[K:octave=-1]c|[K:octave=0 t=2]c|")),
        [73, 72, 77, 60, 74]
    );
    // repeats go back to what was in force
    assert_eq!(sounding(&read("C", "|:C|[K:transpose=1]C:|")), [60, 61, 60, 61]);
    for (key, hint) in [("H", true), ("Es", true), ("Q", false)] {
        let tune = read("C", &format!("C[K:{key}]|"));
        assert_eq!((tune.problems.len(), tune.problems[0].message.contains("German")), (1, hint));
    }
    assert_eq!(read("C octave=4", "c'''|").problems.len(), 1);
}

#[test]
fn bar_lines_are_what_people_make_of_them() {
    for (music, bars) in [
        ("|:C8|D8[|]:|", [60, 62, 60, 62].as_slice()),
        ("C8|D8[|]E8|]", &[60, 62, 64]),
        ("C8|D8 ]\nE8 ][ F8|]", &[60, 62, 64, 65]),
        ("C8][D8|E8|", &[60, 62, 64]),
        ("C8 [ | D8 |", &[60, 62]),
        ("C8 ]|[1D8:|][2E8|]", &[60, 62, 60, 64]),
        ("C8|[\"1st time\"D8:|[\"2nd time\"E8|]", &[60, 62, 60, 64]),
        ("C8|[\"first\" D8:|[\"last time\" E8|]", &[60, 62, 60, 64]),
        ("[\"Am\"CE]8|[\"Dm\"D8]|", &[64, 62]),
        ("|:C8|[1,3D8:|2,4E8:|", &[60, 62, 60, 64, 60, 62, 60, 64]),
        ("A:|", &[69, 69]),
        ("C8|1D8:|2 E8|]", &[60, 62, 60, 64]),
        ("C8| 1 D8:| 2 \"Am\"E8|]", &[60, 62, 60, 64]),
        ("C8|\nA:|", &[60, 69, 60, 69]),
        ("C4&E4|&D8|F4|", &[60, 65]),
    ] {
        let tune = read("C", music);
        let top = |index: usize| tune.bars[index].events[0].top().unwrap().midi();
        let played: Vec<i32> = abc::played(&tune).into_iter().map(top).collect();
        assert_eq!(played, bars, "{music}");
        assert_eq!(tune.problems.is_empty(), !music.contains('&'), "{music}: {:?}", tune.problems);
    }
    assert!(!read("C", "|:C8|D8[|]E8:|").bars[1].right.divides());
}

#[test]
fn rhythms_go_on_over_bar_lines() {
    let thirds = [2.0 / 3.0; 3];
    for (music, lengths, notices) in [
        ("A>|B", [1.5, 0.5].as_slice(), 1),
        ("A<<|[1 B", &[0.25, 1.75], 1),
        ("A|>B", &[1.5, 0.5], 1),
        ("(3AB|c", &thirds, 0),
        ("(12:8AB|cdefgabc'd'e'", &[2.0 / 3.0; 12], 0),
        ("(10:6:4c3/2c3/2c3c3c", &[0.9, 0.9, 1.8, 1.8, 1.0], 0),
        ("(3::4ABcdA", &[2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 1.0], 0),
    ] {
        let tune = read("C", music);
        let found: Vec<f64> = times(&tune).0.iter().map(|(_, length)| *length).collect();
        let same = found.iter().zip(lengths).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(same && found.len() == lengths.len(), "{music}: {found:?}");
        assert_eq!((tune.problems.len(), tune.notices.len()), (0, notices), "{music}");
    }
    for music in ["(10AB", "(100:3AB", "(3:0AB"] {
        assert_eq!(read("C", music).problems.len(), 1, "{music}");
    }
    // a digit glued to a note is no ending
    let slip = read("C", "CDEF | 4GABc | defg | 2AAAA |");
    assert_eq!((abc::played(&slip).len(), slip.problems.len()), (4, 2));
    let tokens = read("C", "c 3 d / 2 e2");
    assert!(tokens.problems[0].message.contains("blanks"), "{}", tokens.problems[0]);
}

#[test]
fn accidentals_hold_as_far_as_the_tune_says() {
    for (how, music, pitches) in [
        ("", "^cCc|c", [73, 61, 73, 72]),
        ("pitch", "^cCc|c", [73, 61, 73, 72]),
        ("octave", "^cCc|c", [73, 60, 73, 72]),
        ("not", "^cCc|c", [73, 60, 72, 72]),
    ] {
        for field in ["I:propagate-accidentals", "%%propagate-accidentals"] {
            let line = if how.is_empty() { String::new() } else { format!("{field} {how}\n") };
            let tune = abc::read(&format!("X:1\n{line}L:1/8\nK:C\n{music}\n"));
            assert_eq!(sounding(&tune), pitches, "{line}");
        }
    }
    // a grace note's holds for graces, a note's for both
    for (music, graces, notes) in [
        ("{^f}gf{f}g|{f}g", [78, 78, 77].as_slice(), [79, 77, 79, 79].as_slice()),
        ("^f{f}g", &[78], &[78, 79]),
        ("^f-|f{f}g", &[77], &[78, 79]),
    ] {
        let performance = play(&read("C", music));
        let of = |grace| performance.notes.iter().filter(move |note| note.grace == grace);
        assert_eq!(of(true).map(abc::Note::midi).collect::<Vec<_>>(), graces, "{music}");
        assert_eq!(of(false).map(abc::Note::midi).collect::<Vec<_>>(), notes, "{music}");
    }
    // a tie stands right behind its note
    assert_eq!(play(&read("C", "GB{c}-BA|")).notes.len(), 5);
    // quarter tones are left out, and said
    let tune = read("C", "^/C_/D^3/2E=F|");
    assert_eq!(sounding(&tune), [60, 62, 65, 65]);
    assert_eq!((tune.problems.len(), tune.notices.len()), (0, 1));
}

#[test]
fn grace_notes_take_their_time_from_their_note() {
    for (music, notes, graces) in [
        ("{g}A2B2", [(0.25, 1.75), (2.0, 2.0)].as_slice(), [79].as_slice()),
        ("{gf}A/B2", &[(0.25, 0.25), (0.5, 2.0)], &[79, 77]),
        // before a bar line they belong to the note before it
        ("A4{cd}|B4", &[(0.0, 3.5), (4.0, 4.0)], &[72, 74]),
        ("{g}A/{cd}|B4", &[(0.25, 0.125), (0.5, 4.0)], &[79, 72, 74]),
        ("A4{cd}", &[(0.0, 3.5)], &[72, 74]),
        // before an ending within the bar to the note after it
        ("A4{c}[1B4", &[(0.0, 4.0), (4.25, 3.75)], &[72]),
    ] {
        let tune = read("C", music);
        assert_eq!(times(&tune), (notes.to_vec(), graces.to_vec()), "{music}");
    }
}

#[test]
fn macros_are_written_out() {
    let tune = abc::read("X:1\nL:1/8\nm:~G2 = {A}G{F}G\nm: n9 = [kn]3\nK:C\n~G2C2D9[\"~G2\"G2]|\n");
    assert_eq!(times(&tune).1, [69, 65]);
    assert_eq!(sounding(&tune), [69, 67, 65, 67, 60, 57, 62, 67]);
    assert_eq!((tune.problems, tune.notices), (vec![], vec![]));
}

#[test]
fn prose_in_a_header_is_no_music_unless_no_key_comes() {
    let tune = abc::read("X:1\nL:1/8\nBars 1 and 2 are marked Bis\nand so on\nK:D\nF|\n");
    assert_eq!(sounding(&tune), [66]);
    assert_eq!((tune.problems.len(), tune.notices.len()), (0, 1));
    assert_eq!(tune.notices[0].at.line, 3);
    let tune = abc::read("X:1\nL:1/8\nA story\n\nmore of it\nK:D\nF|\n");
    assert_eq!((sounding(&tune), tune.problems.len()), (vec![66], 0));
    // amid the music words are a problem
    for (line, problems) in [("Second part", 1), ("uAvBTcud", 0), ("U:m=!x!\nhAmB", 0)] {
        assert_eq!(read("C", &format!("CDEF|\n{line}\nGABc|")).problems.len(), problems, "{line}");
    }
    let tune = abc::read("X:1\nL:1/8\nCDE|\nFGA|\n\nwhat else\n");
    assert_eq!(sounding(&tune), [60, 62, 64, 65, 67, 69]);
    assert_eq!((tune.problems.len(), tune.problems[0].at.line), (1, 3));
}

#[test]
fn the_header_of_a_file_holds_for_its_tunes() {
    let header = "M:3/4\nL:1/4\nR:waltz\nT:My book\nU:h=!trill!\nZ:Somebody\nM:7\n";
    let tune = abc::read(&format!("{header}X:4\nT:One\nZ:Another\nK:D\nhF3&|\n"));
    assert_eq!((sounding(&tune), tune.bars[0].duration), (vec![66], Duration::new(3, 4)));
    let of = |letter| tune.header(letter);
    assert_eq!([of('T'), of('R'), of('Z')], [Some("One"), Some("waltz"), Some("Another")]);
    assert_eq!(tune.meter.unwrap().to_string(), "3/4");
    // what is wrong there costs no tune its place
    assert_eq!((tune.problems.len(), tune.problems[0].at.line), (1, 5), "{:?}", tune.problems);
    assert_eq!((tune.notices.len(), tune.notices[0].at.line), (1, 1), "{:?}", tune.notices);
    assert!(tune.notices[0].message.starts_with("in the header of the file: "));
}

#[test]
fn a_tempo_counts_what_the_tune_counts() {
    for (header, beat) in [
        ("M:4/4\nQ:120\nL:1/2\n", (1, 2)),
        ("M:2/4\nL:1/16\nQ:90\n", (1, 4)),
        ("Q:90\nM:6/8\n", (1, 8)),
        ("Q:C2=90\nL:1/4\n", (1, 2)),
    ] {
        let tune = abc::read(&format!("X:1\n{header}K:C\nC|"));
        let tempo = tune.tempo.unwrap();
        assert_eq!((*tempo.beat.numer(), *tempo.beat.denom()), beat, "{header}");
        assert_eq!(tune.notices, [], "{header}");
    }
}

#[test]
fn a_tune_beyond_all_bounds_is_not_read() {
    let long = read("C", &"C ".repeat(500_001));
    let dense = read("C", &"C".repeat(100_001));
    for tune in [long, dense] {
        assert!(tune.too_long.is_some() && tune.problems.len() == 1);
        assert_eq!(abc::perform(&tune).err(), tune.too_long);
    }
    let most = read("C", &"C|\n".repeat(49_999));
    assert!(most.too_long.is_none() && abc::perform(&most).is_ok());
}
