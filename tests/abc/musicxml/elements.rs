//! How what is written in a tune is written in its score.

use super::reading::{Element, measures, read};
use super::{check, music, said, score, write};
use hornpipe::music::abc;

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
        ("treble+8", "5", "clef(sign=G line=2 clef-octave-change=1)", None),
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
