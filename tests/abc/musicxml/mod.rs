//! MusicXML files, read back.

mod elements;
mod random;
mod reading;

use hornpipe::music::abc::{self, Duration, Tune};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::render::{Instrument, MusicXml, Symbols, musicxml};
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
        let text = format!("X:1\nT:T\nP:{order}\nM:4/4\nL:1/8\nK:C\nP:A\nC8|\nP:B\nD8!D.S.!|\n");
        let tune = abc::read(&text);
        let file = write(&tune);
        let score = read(&file.bytes);
        assert_eq!((played(&score).len(), file.notices.len()), (bars, notices), "{order}");
        assert_eq!(score.find("words").map(|words| words.text.as_str()), Some(order));
        assert!(!score.all("words").iter().any(|words| words.text == "D.S.") || notices > 0);
        let names: Vec<&str> = score.all("rehearsal").iter().map(|it| it.text.as_str()).collect();
        assert_eq!(names, ["A", "B"]);
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
