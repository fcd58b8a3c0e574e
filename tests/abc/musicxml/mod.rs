//! MusicXML files, read back.

mod reading;

use hornpipe::music::abc::{self, Duration, Tune};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::render::{Instrument, MusicXml, Symbols, musicxml};
use proptest::prelude::*;
use reading::{Element, measures, played, read, sounds};

fn write(tune: &Tune) -> MusicXml {
    try_write(tune).unwrap_or_else(|problem| panic!("{problem}"))
}

fn try_write(tune: &Tune) -> Result<MusicXml, abc::Problem> {
    let performance = abc::perform(tune)?;
    musicxml(tune, &performance, Instrument::Fiddle, Symbols::Written)
}

/// The score of a tune with these lines behind `T:`, the last its music.
fn score(lines: &str) -> Element {
    read(&write(&abc::read(&format!("X:3\nT:A & <B>\n{lines}\n"))).bytes)
}

/// The score of music in 4/4 and C, L:1/8.
fn music(music: &str) -> Element {
    score(&format!("M:4/4\nL:1/8\nK:C\n{music}"))
}

/// What an element and those in it say, without blanks: `key(fifths=2 mode=major)`.
fn said(element: &Element) -> String {
    let mut said = element.name.clone();
    for (name, value) in &element.attributes {
        said += &format!("[{name}={value}]");
    }
    if !element.text.is_empty() {
        said += &format!("={}", element.text);
    }
    if !element.children.is_empty() {
        let inside: Vec<String> = element.children.iter().map(self::said).collect();
        said += &format!("({})", inside.join(" "));
    }
    said
}

/// That what a score asks for is what sounds, graces apart, and that every bar is full.
fn check(tune: &Tune, file: &MusicXml) {
    let score = read(&file.bytes);
    let performance = abc::perform(tune).expect("it was performed before");
    if file.notices.is_empty() {
        let notes = performance.notes.iter();
        let mut sounding: Vec<_> = notes.map(|n| (n.onset, n.midi(), n.duration)).collect();
        sounding.sort_unstable();
        assert_eq!(played(&score), sounding);
    }
    let (divisions, mut moved) = (score.number("divisions").unwrap(), 0);
    let all = measures(&score);
    let lengths = all.iter().map(|measure| sounds(measure, divisions, &mut moved).length);
    let lengths: Vec<Duration> = lengths.collect();
    let whole = lengths.iter().fold(Duration::ZERO, |sum, length| sum + length);
    assert_eq!(whole, tune.bars.iter().fold(Duration::ZERO, |sum, bar| sum + bar.duration));
    if all.len() == tune.bars.len() {
        assert!(lengths.iter().zip(&tune.bars).all(|(length, bar)| *length == bar.duration));
    }
}

#[test]
fn every_tune_of_the_book_is_its_score() {
    for text in abc::tunes(EMBEDDED) {
        let tune = abc::read(text);
        let file = write(&tune);
        assert_eq!(file.notices, []);
        check(&tune, &file);
        assert_eq!(file, write(&abc::read(text)), "the same tune is the same bytes");
    }
}

#[test]
fn the_tunes_with_every_sign_are_their_scores() {
    let texts =
        [include_str!("../../fixtures/sample.abc"), include_str!("../../scripts/payloads.abc")];
    let mut orders = 0;
    for written in texts.into_iter().flat_map(abc::written) {
        let tune = written.read();
        let file = write(&tune);
        orders += file.notices.len();
        // grace notes take time from others as they are played
        match tune.events().any(|event| !event.grace.is_empty() || !event.grace_after.is_empty()) {
            true => assert!(read(&file.bytes).has("grace")),
            false => check(&tune, &file),
        }
    }
    assert_eq!(orders, 1, "P:(AB)2.CA");
}

#[test]
fn forms_are_played_as_they_are_meant() {
    for (form, bars) in [
        ("C8|D8:|", "CDCD"),
        ("C8|:D8::E8:|F8|]", "CDDEEF"),
        ("|:C8|D8|", "CD"),
        ("C8|D8||E8|F8:|G8|]", "CDEFEFG"),
        ("|::C8::|D8|]", "CCCD"),
        ("|:C8|1D8:|2E8|]", "CDCE"),
        ("|:C8|1,3D8:|2E8:|4F8||G8|]", "CDCECDCFG"),
        ("|:C8|1D8:|2E8:|3F8|]", "CDCECF"),
        ("|:C8|1,3D8:|2,4E8:|F8|]", "CDCECDCEF"),
        ("C8|1D8|2E8|]F8|]", "CDCEF"),
        ("|:C8|1D8:|E8|F8|]", "CDCEF"),
        ("|:C8|2D8|E8|]", "CCDE"),
        ("C8|[1D8:|[2E8|F8|G8:|", "CDCEFGEFG"),
        ("|:C8|1D8:|2E8|:F8|1G8:|2A8|]", "CDCEFGFA"),
        ("C8|D8!fine!|E8!D.C.!|]", "CDECD"),
        ("C8|!segno!D8|E8!fine!|F8!D.S.!|]", "CDEFDE"),
        ("|:C8:|D8!dacoda!|E8!D.C.!|!coda!F8|]", "CCDECDF"),
        ("|:C8|1D8:|2E8!fine!|F8!D.C.!|]", "CDCEFCE"),
        ("[P:A]C8|[P:B]D8|]", "CD"),
        // "D.C." without an end is passed over
        ("C8|D8!D.C.!|]", "CD"),
    ] {
        let tune = abc::read(&format!("X:1\nT:T\nM:4/4\nL:1/8\nK:C\n{form}\n"));
        let file = write(&tune);
        let letter = |midi: i32| match midi {
            60 => 'C',
            62 => 'D',
            64 => 'E',
            65 => 'F',
            67 => 'G',
            _ => 'A',
        };
        let order: String = played(&read(&file.bytes)).iter().map(|note| letter(note.1)).collect();
        assert_eq!(order, bars, "{form}");
        check(&tune, &file);
    }
}

#[test]
fn parts_that_follow_one_another_several_times_are_repeats() {
    for (order, bars, notices) in [
        ("AABB", 4, 0),
        ("A2B", 3, 0),
        ("AB", 2, 0),
        ("ABA", 3, 0),
        ("AABA", 4, 0),
        ("ABAB", 4, 0),
        ("BA", 2, 1),
        ("ABAA", 2, 1),
    ] {
        let text = format!("X:1\nT:T\nP:{order}\nM:4/4\nL:1/8\nK:C\nP:A\nC8|\nP:B\nD8|\n");
        let tune = abc::read(&text);
        let file = write(&tune);
        let score = read(&file.bytes);
        assert_eq!((played(&score).len(), file.notices.len()), (bars, notices), "{order}");
        assert_eq!(score.find("words").map(|words| words.text.as_str()), Some(order));
        let names: Vec<&str> = score.all("rehearsal").iter().map(|it| it.text.as_str()).collect();
        assert_eq!(names, ["A", "B"]);
        check(&tune, &file);
    }
}

#[test]
fn what_a_tune_says_has_its_element() {
    let of = |score: Element, name: &str| score.all(name).into_iter().map(said).collect::<Vec<_>>();
    let key = |key: &str| of(score(&format!("K:{key}\nC8|")), "key").join(" ");
    for (field, element) in [
        ("D", "key(fifths=2 mode=major)"),
        ("Ebmin", "key(fifths=-6 mode=minor)"),
        ("Cb", "key(fifths=-7 mode=major)"),
        ("Ador", "key(fifths=1 mode=dorian)"),
        ("D =c", "key(fifths=1 mode=mixolydian)"),
        ("none", "key(fifths=0 mode=none)"),
        ("HP", "key(fifths=2 mode=none)"),
        ("Dm ^c", "key(key-step=C key-alter=1 key-step=B key-alter=-1)"),
    ] {
        assert_eq!(key(field), element, "{field}");
    }
    for (field, element) in [
        ("6/8", "time(beats=6 beat-type=8)"),
        ("C", "time[symbol=common](beats=4 beat-type=4)"),
        ("C|", "time[symbol=cut](beats=2 beat-type=2)"),
        ("none", "time(senza-misura)"),
    ] {
        let found = of(score(&format!("M:{field}\nK:C\nC8|")), "time");
        assert_eq!(found, [element], "{field}");
    }
    for (field, element) in [
        ("1/4=120", "metronome(beat-unit=quarter per-minute=120) sound[tempo=120]"),
        ("3/8=70", "metronome(beat-unit=quarter beat-unit-dot per-minute=70) sound[tempo=105]"),
        (
            "\"Slow\" 1/8=99",
            "words=Slow metronome(beat-unit=eighth per-minute=99) sound[tempo=49.5]",
        ),
        ("5/8=60", "words=5/8 = 60 sound[tempo=150]"),
        ("\"Slow\"", "words=Slow sound[tempo=120]"),
    ] {
        let score = score(&format!("M:4/4\nQ:{field}\nK:C\nC8|"));
        let named = |name| score.all(name).into_iter().map(said);
        let all = named("words").chain(named("metronome")).chain(named("sound"));
        assert_eq!(all.collect::<Vec<_>>().join(" "), element, "{field}");
    }
}

#[test]
fn titles_and_people_stand_above() {
    let score = score("T:Other\nC:Trad.\nZ:me\nS:a book\nR:reel\nN:n\u{1}1\nM:C\nK:C\nC8|");
    assert_eq!(score.said("work-title"), Some("A & <B>"));
    assert_eq!(
        (score.said("work-number"), score.said("movement-title")),
        (Some("3"), Some("Other"))
    );
    let named = |name| score.all(name).into_iter().map(said).collect::<Vec<_>>();
    assert_eq!(named("creator"), ["creator[type=composer]=Trad.", "creator[type=transcriber]=me"]);
    assert_eq!(score.said("source"), Some("a book"));
    assert_eq!(
        named("miscellaneous-field"),
        ["miscellaneous-field[name=rhythm]=reel", "miscellaneous-field[name=notes]=n1"]
    );
    let software = format!("hornpipe {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(score.said("software"), Some(software.as_str()));
    assert_eq!(score.said("midi-program"), Some("41"));
}

/// Notes in short: letter, accidental shown, value, dots, tuplet, ties.
fn notes(score: &Element) -> String {
    let short = |note: &&Element| {
        let mut short = note.said("step").unwrap_or("z").to_owned();
        short += match note.said("accidental") {
            Some("sharp") => "^",
            Some("flat") => "_",
            Some("natural") => "=",
            Some(other) => other,
            None => "",
        };
        short += note.said("type").unwrap_or("bar");
        short += &".".repeat(note.all("dot").len());
        if note.has("time-modification") {
            let number = |name| note.said(name).unwrap_or_default();
            short += &format!("({}:{})", number("actual-notes"), number("normal-notes"));
        }
        for end in note.all("tied").iter().chain(&note.all("tuplet")) {
            let start = end.attribute("type") == Some("start");
            short.push(match (end.name.as_str(), start) {
                ("tied", true) => '-',
                ("tied", false) => '~',
                (_, true) => '[',
                (_, false) => ']',
            });
        }
        if note.has("chord") { format!("+{short}") } else { short }
    };
    score.all("note").iter().map(short).collect::<Vec<_>>().join(" ")
}

#[test]
fn lengths_are_drawn_as_people_draw_them() {
    for (text, drawn) in [
        ("C5 z3|", "Chalf- Ceighth~ zquarter."),
        ("C>D C>>D C7|", "Ceighth. D16th Ceighth.. D32nd Chalf.."),
        (
            "(3CDE (3C2D2E2|",
            "Ceighth(3:2)[ Deighth(3:2) Eeighth(3:2)] \
            Cquarter(3:2)[ Dquarter(3:2) Equarter(3:2)]",
        ),
        ("(2CD|", "Ceighth(2:3)[ Deighth(2:3)]"),
        ("C2/3D2/3E2/3|", "Ceighth(3:2)[ Deighth(3:2) Eeighth(3:2)]"),
        ("(3CD|E|", "Ceighth(3:2)[ Deighth(3:2)] Eeighth(3:2)[]"),
        ("z8|Z2|C|", "zbar zbar zbar Ceighth"),
        ("[CE-]2[E-G]2|E2|", "Cquarter +Equarter- Equarter~- +Gquarter Equarter~"),
        ("C4-|C2 c|", "Chalf- Cquarter~ Ceighth"),
        ("C20|", "Cbreve- Chalf~"),
        // accidentals: shown where the page does not say them, in their octave
        ("^CC c =C|", "C^eighth Ceighth C^eighth C=eighth"),
        ("^C4-|C2C2|", "C^half- Cquarter~ Cquarter"),
        ("{^c}c2 c2|", "C^eighth C=quarter Cquarter"),
        ("_B__B^^B|", "B_eighth Bflat-flateighth Bdouble-sharpeighth"),
        // tied over a repeat sign and into a second ending
        ("C4-|1C8:|2C8|]", "Chalf- Cwhole~ Cwhole~"),
        ("C8-:|", "Cwhole~-"),
        ("C4-D4|", "Chalf Dhalf"),
    ] {
        assert_eq!(notes(&music(text)), drawn, "{text}");
    }
}

#[test]
fn bars_are_numbered_as_people_count() {
    for (text, numbers) in [
        ("C|D8|E7:|F|G8|A7|]", "0X 1 2 X1X 3 4"),
        ("C4|C8|[1C2:|[2C8|]", "0X 1 2 3"),
        ("C8|C4[1C4:|[2C4|]", "1 2 X1X 3"),
        ("Z3|C8|", "1 2 3 4"),
        ("[M:none]C2|C8|", "1 2"),
    ] {
        let score = music(text);
        let number = |measure: &&Element| {
            let implicit = if measure.attribute("implicit") == Some("yes") { "X" } else { "" };
            format!("{}{implicit}", measure.attribute("number").unwrap_or_default())
        };
        let found: Vec<String> = measures(&score).iter().map(number).collect();
        assert_eq!(found.join(" "), numbers, "{text}");
    }
}

#[test]
fn bar_lines_say_where_players_turn_back() {
    for (text, lines) in [
        ("C8:|", "right(bar-style=light-heavy repeat[direction=backward])"),
        (
            "|::C8::|",
            "left(bar-style=heavy-light repeat[direction=forward]) \
            right(bar-style=light-heavy repeat[direction=backward][times=3])",
        ),
        ("C8||D8|]", "right(bar-style=light-light) right(bar-style=light-heavy)"),
        (
            "C8|1D8:|2E8|]",
            "left(ending[number=1][type=start]) \
            right(bar-style=light-heavy ending[number=1][type=stop] repeat[direction=backward]) \
            left(ending[number=2][type=start]) \
            right(bar-style=light-heavy ending[number=2][type=discontinue])",
        ),
        (
            "C4[1D4:|[2E4|]",
            "right(bar-style=none) left(ending[number=1][type=start]) \
            right(bar-style=light-heavy ending[number=1][type=stop] repeat[direction=backward]) \
            left(ending[number=2][type=start]) \
            right(bar-style=light-heavy ending[number=2][type=discontinue])",
        ),
        ("C8!fermata!|", "right(fermata)"),
    ] {
        let said: Vec<String> = music(text).all("barline").into_iter().map(self::said).collect();
        let said = said.join(" ").replace("barline[location=left]", "left");
        assert_eq!(said.replace("barline[location=right]", "right"), lines, "{text}");
    }
}

#[test]
fn marks_stand_where_programs_look_for_them() {
    for (text, element, expected) in [
        (
            "\"Am7/G\"C8|",
            "harmony",
            "harmony(root(root-step=A) kind[text=m7]=minor-seventh \
            bass(bass-step=G))",
        ),
        ("\"Bb\"C8|", "harmony", "harmony(root(root-step=B root-alter=-1) kind[text=]=major)"),
        ("\"N.C.\"C8|", "direction", "direction[placement=above](direction-type(words=N.C.))"),
        ("\"^up\"C8|", "direction", "direction[placement=above](direction-type(words=up))"),
        ("\"_low\"C8|", "direction", "direction[placement=below](direction-type(words=low))"),
        ("\"@5,-3 by\"C8|", "direction", "direction(direction-type(words=by))"),
        ("!mf!C8|", "dynamics", "dynamics(mf)"),
        ("!<(!C8!<)!|", "wedge", "wedge[type=crescendo] wedge[type=stop]"),
        ("TC~D|", "ornaments", "ornaments(trill-mark) ornaments(turn)"),
        (".CLD|", "articulations", "articulations(staccato) articulations(accent)"),
        ("uCvD!3!E|", "technical", "technical(up-bow) technical(down-bow) technical(fingering=3)"),
        (
            "HC10|",
            "note",
            "note(pitch(step=C octave=4) duration=4 tie[type=start] voice=1 type=whole \
            notations(tied[type=start])) note(pitch(step=C octave=4) duration=1 tie[type=stop] voice=1 \
            type=quarter notations(tied[type=stop] fermata[type=upright]))",
        ),
        ("!odd!C8|", "other-notation", "other-notation[type=single]=odd"),
        ("{cd}C8|", "grace", "grace grace"),
        ("C8{c}|", "grace", "grace[steal-time-previous=25]"),
        (
            "C8|D8!fine!|E8!D.C.!|]",
            "direction",
            "direction[placement=above](direction-type(words=Fine) \
            sound[fine=yes]) direction[placement=above](direction-type(words=D.C. al Fine) \
            sound[dacapo=yes])",
        ),
        (
            "C8|SD8!dacoda!|E8!D.S.!|OF8|]",
            "sound",
            "sound[tempo=120] sound[segno=segno] \
            sound[tocoda=coda] sound[dalsegno=segno] sound[coda=coda]",
        ),
        (
            "C8|[K:D][M:3/4]D6|",
            "attributes",
            "attributes(divisions=1 key(fifths=0 mode=major) \
            time(beats=4 beat-type=4) clef(sign=G line=2)) \
            attributes(key(fifths=2 mode=major) time(beats=3 beat-type=4))",
        ),
        // a metre amid a bar holds from the next
        ("C4[M:2/4]C4|C4|", "beats", "beats=4 beats=2"),
    ] {
        let score = music(text);
        let found: Vec<String> = score.all(element).into_iter().map(said).collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }
}

#[test]
fn what_sounds_elsewhere_than_it_stands_is_an_octave_clef_or_a_transposition() {
    for (settings, octave, clef, transpose) in [
        ("", "4", "clef(sign=G line=2)", None),
        ("treble-8", "3", "clef(sign=G line=2 clef-octave-change=-1)", None),
        ("t=-2", "4", "clef(sign=G line=2)", Some("transpose(diatonic=-1 chromatic=-2)")),
        ("treble-8 t=3", "4", "clef(sign=G line=2)", Some("transpose(diatonic=-5 chromatic=-9)")),
        (
            "treble-8 t=-24",
            "4",
            "clef(sign=G line=2)",
            Some("transpose(diatonic=0 chromatic=0 octave-change=-3)"),
        ),
    ] {
        let tune = abc::read(&format!("X:1\nM:4/4\nL:1/8\nK:C {settings}\nC8|[K:treble t=0]D8|\n"));
        let file = write(&tune);
        let score = read(&file.bytes);
        assert_eq!(score.said("octave"), Some(octave), "{settings}");
        assert_eq!(score.find("clef").map(said).as_deref(), Some(clef), "{settings}");
        let first = &measures(&score)[0];
        assert_eq!(first.find("transpose").map(said).as_deref(), transpose, "{settings}");
        check(&tune, &file);
    }
}

#[test]
fn what_no_score_holds_is_refused_with_a_sentence() {
    let long = format!("X:1\nM:4/4\nK:C\nC|{}\n", "Z9999|".repeat(11));
    let odd: String = [7, 11, 13, 17, 19, 23, 29, 31, 37].map(|n| format!("C/{n}")).concat();
    for (text, message) in [
        ("X:1\nK:C\nz8|\n".to_owned(), "no note to write"),
        ("X:1\nL:1/1\nK:C\nC/2048|\n".to_owned(), "a note shorter than 1/1024"),
        ("X:1\nL:1/1\nK:C\nC9999|\n".to_owned(), "a note longer than anybody draws"),
        (format!("X:1\nK:C\n{odd}|\n"), "lengths of too many kinds"),
        (long, "more than 100,000 bars"),
    ] {
        let problem = try_write(&abc::read(&text)).expect_err(message);
        assert!(problem.message.starts_with(message), "{problem}");
    }
}

#[test]
fn chosen_chords_stand_where_they_sound_first() {
    let tune = abc::read("X:1\nM:4/4\nL:1/8\nK:C\n|:C4E4|c8:|\n");
    let mut performance = abc::perform(&tune).unwrap();
    let whole = Duration::from_integer;
    performance.chords = [(whole(0), "C"), (Duration::new(3, 2), "G7"), (whole(3), "F")]
        .map(|(time, name)| (time, name.to_owned()))
        .to_vec();
    let harmonies = |symbols| {
        let file = musicxml(&tune, &performance, Instrument::Fiddle, symbols).unwrap();
        let score = read(&file.bytes);
        score.all("harmony").into_iter().map(said).collect::<Vec<_>>()
    };
    assert_eq!(
        harmonies(Symbols::Chosen),
        [
            "harmony(root(root-step=C) kind[text=]=major)",
            "harmony(root(root-step=G) kind[text=7]=dominant offset=2)"
        ]
    );
    assert!(harmonies(Symbols::Written).is_empty());
}

#[test]
fn characters_that_xml_forbids_are_left_out() {
    let breaks = |c: &char| !"\n\r".contains(*c);
    for c in (0..0x20).chain([0x7f, 0xfffe, 0xffff]).filter_map(char::from_u32).filter(breaks) {
        let text = format!("X:1\nT:a{c}b\nK:C\n\"^x{c}<&>\"!o{c}!C|\n");
        for tune in abc::written(&text) {
            read(&write(&tune.read()).bytes);
        }
    }
}

/// A bar of one or several notes and rests; ties and chords included.
fn bar() -> impl Strategy<Value = String> {
    let note = prop::sample::select(vec![
        "C", "^D2", "E-", "E-", "E", "z", "z3/2", "[CE]2", "[C-E-]", "[CE]", "_B/", "A>B", "F<<G",
        "(3ABc", "(5cdcde", "(2AB", "c2/3", "d5", "[K:Eb]e", "[M:3/4]f", "\"Am\"g", "e7/4",
        "(4:3:2ab", "Z", "z8", "Z2",
    ]);
    prop::collection::vec(note, 1..5).prop_map(|notes| notes.concat())
}

/// A part in one of the ways in which people write its repeats.
fn part() -> impl Strategy<Value = String> {
    (prop::collection::vec(bar(), 4), 0..9usize).prop_map(|(bars, form)| {
        let [a, b, c, d] = &bars[..] else { unreachable!() };
        match form {
            0 => format!("{a}|{b}||{c}|{d}||"),
            1 => format!("|:{a}|{b}|{c}:|"),
            2 => format!("{a}|{b}:|{c}||"),
            3 => format!("|::{a}|{b}::|"),
            4 => format!("|:{a}|1{b}:|2{c}||"),
            5 => format!("|:{a}|1,3{b}:|2{c}:|4{d}||"),
            6 => format!("|:{a}|{b}[1{c}:|[2{d}||"),
            7 => format!("|:{a}|1{b}:||:{c}|{d}:|"),
            _ => format!("||{a}|{b}|1{c}:|2{d}||"),
        }
    })
}

const MARKS: &[&str] = &["", "", "", "!D.C.!", "!fine!", "!segno!", "!D.S.!", "!coda!", "!dacoda!"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tune_is_its_score(parts in prop::collection::vec(part(), 1..4)) {
        let text = format!("X:1\nM:4/4\nL:1/8\nK:D\n{}\n", parts.concat());
        let tune = abc::read(&text);
        if tune.notes() > 0 {
            check(&tune, &write(&tune));
        }
    }

    #[test]
    fn any_jump_is_its_score(
        bars in prop::collection::vec((0..MARKS.len(), bar(), 0..MARKS.len()), 2..8)
    ) {
        let bar = |(before, bar, after): &(usize, String, usize)| {
            format!("{}{bar}{}|", MARKS[*before], MARKS[*after])
        };
        let music: String = bars.iter().map(bar).collect();
        let tune = abc::read(&format!("X:1\nM:4/4\nL:1/8\nK:D\n{music}]\n"));
        if tune.notes() > 0 {
            check(&tune, &write(&tune));
        }
    }

    #[test]
    fn no_music_is_too_strange_for_xml(
        music in r#"[A-Ga-g^_=,'0-9/|:\[\]()<>{}+!"z&~\-KMLPQy% \n\\]{0,120}"#
    ) {
        let tune = abc::read(&format!("X:1\nP:AB2\nM:6/8\nK:D\n{music}\n"));
        if let Ok(file) = try_write(&tune) {
            read(&file.bytes);
        }
    }
}
