//! Wishes: what the book has passes, and what is lost is known at the first place where it is.

use hornpipe::music::abc::{self, Key, Pitch};
use hornpipe::music::corpus::{EMBEDDED, Summary, Wish};
use hornpipe::music::judge::{Known, Verdict};
use hornpipe::music::wishes::{
    Broken, Compass, CompassError, Form, FormError, Instrument, KeepError, Stands, WishError,
    Wishes,
};

/// Reads a text along: which wish it breaks, and the text up to the character that showed it.
fn said<'a>(wishes: &Wishes, text: &'a str) -> Result<(), (Broken, &'a str)> {
    let mut prospect = wishes.prospect();
    for (at, c) in text.char_indices() {
        let said = prospect.push(c.encode_utf8(&mut [0; 4]));
        said.map_err(|broken| (broken, &text[..at + c.len_utf8()]))?;
    }
    prospect.end().map_err(|broken| (broken, text))
}

#[test]
fn every_good_tune_of_the_book_passes() {
    let wishes = Wishes::new().good();
    let known = Known::new::<&str>(&[]);
    let (mut good, mut endings) = (0, 0);
    for tune in abc::tunes(EMBEDDED) {
        let is_good = Verdict::of(tune, &known, None).is_good();
        assert_eq!(said(&wishes, tune).is_ok(), is_good, "{tune}");
        good += usize::from(is_good);
        endings += usize::from(is_good && (tune.contains("|1 ") || tune.contains("[1 ")));
    }
    println!("{good} good tunes, {endings} with first and second endings");
    assert!(good > 500 && endings > 30);
}

#[test]
fn a_draft_is_dropped_where_it_is_lost() {
    let good = || Wishes::new().good();
    let form = |text: &str| good().form(text.parse().expect("a form"));
    let in_key =
        |text: &str| Wishes::new().kind(Wish { key: Key::parse(text).ok(), ..Wish::default() });
    let eight = "GABc|GABc|GABc|GABc|GABc|GABc|GABc|G4";
    // in 2/4 in G: known within two characters of the end of each
    for (wishes, music, broken) in [
        (good(), "|:GABcd|".to_owned(), Broken::Bars), // five quavers, when the sixth sign is sure
        (good(), "|:GABc|GA|GABc|GABc".to_owned(), Broken::Bars), // no half of a bar
        (good(), format!("|:{eight}:|\n|:GABc|GABc:|\n|:GAB"), Broken::Parts), // of two bars
        (good(), format!("|:{eight}|{eight}|GABc"), Broken::Parts), // of seventeen
        (good(), "|:GA[^]c|GABc".to_owned(), Broken::Reads),
        (good(), format!("|:{eight}:|\nX:"), Broken::Reads), // another tune
        (good(), "|:GAnBc|GABc".to_owned(), Broken::Reads),  // a symbol that means nothing
        (form("AABB"), format!("|:{eight}|GABc"), Broken::Parts), // of nine
        (form("AABB"), format!("|:{eight}:|\n|:{eight}:|\n|:GAB"), Broken::Parts), // a third
        (form("AABB"), format!("|:{eight}|]\n|:GAB"), Broken::Parts), // played once
        (form("AB"), "|:GABc".to_owned(), Broken::Parts),
        (good().compass("G-g".parse().expect("a range")), "|:GABF |".to_owned(), Broken::Compass),
        (in_key("D"), "|:GABc".to_owned(), Broken::Kind),
        (in_key("G"), "|:GABc|[K:D]GABc".to_owned(), Broken::Kind),
    ] {
        let text = format!("X:1\nT:A\nR:polka\nM:2/4\nL:1/8\nK:G\n{music}defgabcdefgab|c4|]\n\n");
        let (found, read) = said(&wishes, &text).expect_err("it is lost");
        let late = read.len() as i64 - (text.len() - "defgabcdefgab|c4|]\n\n".len()) as i64;
        assert_eq!(found, broken, "{music}");
        assert!(late <= 2, "{late} characters too late: {read}");
    }
    for number in ["a", "", "1b"] {
        let text = format!("X:{number}\nT:A\nM:2/4\nL:1/8\nK:G\n|:GABc");
        assert_eq!(said(&good(), &text).map_err(|(broken, _)| broken), Err(Broken::Reads));
    }
    // what may come right is let go on
    for music in [
        "|:G|GABc|GABc",
        "|:GABc|GA|Bc|GABc",
        "|:GABc|GABc||GABc",
        "G|:GABc|GABc",
        "|:GABc|1 GABc:|2 ",
    ] {
        let text = format!("X:1\nT:A\nM:2/4\nL:1/8\nK:G\n{music}");
        assert_eq!(good().prospect().push(&text), Ok(()), "{music}");
    }
}

#[test]
fn an_instrument_has_its_notes() {
    let has = |compass: Compass, note: &str| {
        let tune = abc::read(&format!("X:1\nL:1/8\nK:C\n{note}"));
        tune.bars[0].events[0].pitches.iter().all(|pitch: &Pitch| compass.has(*pitch))
    };
    for (instrument, notes, not, as_text) in [
        (Instrument::Whistle, "D b ^f _b", "C ^C c' ^b", "D-b"),
        (Instrument::Flute, "D d' =c'", "^C _e'", "D-d'"),
        (Instrument::Uilleann, "D d'", "C e'", "D-d'"),
        (Instrument::Fiddle, "G, b C", "F, ^F, c'", "G,-b"),
        (Instrument::Pipes, "G A B ^c d e ^f g a", "F c f ^g ^a b", "G-a"),
    ] {
        let compass = Compass::of(instrument);
        assert_eq!(compass.to_string(), as_text);
        assert_eq!(Instrument::ALL.iter().filter(|one| one.name() == instrument.name()).count(), 1);
        notes.split(' ').for_each(|note| assert!(has(compass, note), "{instrument:?} {note}"));
        not.split(' ').for_each(|note| assert!(!has(compass, note), "{instrument:?} {note}"));
    }
    // of its keys the pipes are asked for those that they play, whoever asks for one gets it
    let book = Summary::new(EMBEDDED);
    let pipes = |key: Option<&str>| {
        let kind = Wish { key: key.and_then(|key| Key::parse(key).ok()), ..Wish::default() };
        let wishes = Wishes::new().good().kind(kind);
        let narrowed = wishes.compass(Compass::of(Instrument::Pipes)).narrow(&book);
        narrowed
            .map(|book| book.kinds().filter_map(|(kind, _)| kind.key.name()).collect::<Vec<_>>())
    };
    let keys = pipes(None).expect("D is in the book");
    assert!(
        keys.iter().all(|key| ["D", "Bm", "Edor", "Amix", "Glyd"].contains(&&**key)),
        "{keys:?}"
    );
    assert!(pipes(Some("A")).is_ok());
    assert!(matches!(pipes(Some("C")), Err(WishError::Tonic { .. })));
}

#[test]
fn forms_ranges_and_bars_are_read_or_refused_in_words() {
    for (text, form) in [("AABB", "8x2 8x2"), ("ABB", "8x1 8x2"), ("A", "8x1"), ("cca", "8x2 8x1")]
    {
        let parts = text.parse::<Form>().expect("a form");
        let parts = parts.parts().iter().map(|p| format!("{}x{}", p.bars, p.times.unwrap_or(0)));
        assert_eq!(parts.collect::<Vec<_>>().join(" "), form);
    }
    for text in ["", "A B", "AA1", "É"] {
        assert!(matches!(text.parse::<Form>(), Err(FormError::NotLetters(_))), "{text}");
    }
    for text in ["ABA", "AAA", "AABBA"] {
        assert!(matches!(text.parse::<Form>(), Err(FormError::ComesBack('A'))), "{text}");
    }
    assert_eq!(Form::of_bars(&[]), Err(FormError::OutOfBounds));
    assert_eq!(Form::of_bars(&[8, 0]), Err(FormError::OutOfBounds));
    let two: Form = "AB".parse().expect("a form");
    let lengths = Err(FormError::OtherLengths { form: 2, lengths: 3 });
    assert_eq!(two.with_bars(&[8, 8, 8]), lengths);
    for text in ["G,-b", "D-d'", "^F-_b"] {
        assert_eq!(text.parse::<Compass>().map(|compass| compass.to_string()), Ok(text.to_owned()));
    }
    for text in ["", "D", "D-", "D-b-c", "D2-b", "[DF]-b", "z-b", "H-b", "D - \nK:D"] {
        assert!(matches!(text.parse::<Compass>(), Err(CompassError::NotNotes(_))), "{text}");
    }
    assert!(matches!("b-D".parse::<Compass>(), Err(CompassError::UpsideDown(_))));
    assert!(matches!("D-F".parse::<Compass>(), Err(CompassError::Narrow { notes: 3, .. })));

    let tune = "X:1\nT:A\nR:polka\nM:2/4\nL:1/8\nK:G\nD|:GABc|d4|B2A2|GFED|\n\
                GABc|d4|edcA|1 G3D:|2 G4||\n|:B|dBdB|cAcA|BGBG|AFD2|\ndBdB|cAcA|edcA|G3:|\n";
    let bars = |range, key: Option<&str>| {
        let key = key.and_then(|key| Key::parse(key).ok());
        Stands::bars_of(tune, range, key.as_ref()).map(|stands| stands.text().to_owned())
    };
    assert_eq!(bars(1..=2, None).as_deref(), Ok("D|:GA Bc|d4"));
    assert_eq!(bars(3..=3, None).as_deref(), Ok("B2 A2"));
    assert_eq!(bars(7..=8, None).as_deref(), Ok("ed cA|1 G3D"));
    assert_eq!(bars(9..=10, None).as_deref(), Ok("B|dB dB|cA cA"), "the first ending counts");
    assert_eq!(bars(9..=9, Some("A")).as_deref(), Ok("c|ec ec"));
    for (first, last) in [(0, 1), (9, 4), (16, 17)] {
        let wrong = KeepError::NotThere { first, last, bars: 16 };
        assert_eq!(bars(first..=last, None), Err(wrong));
    }
    assert!(matches!(bars(1..=2, Some("Am")), Err(KeepError::OtherKey { .. })));
    assert_eq!(bars(1..=16, None), Err(KeepError::All));
    let odd = "X:1\nM:2/4\nL:1/16\nK:G\nGABc|GABcd|\n";
    assert!(matches!(Stands::bars_of(odd, 1..=1, None), Err(KeepError::Form(_))));
}
