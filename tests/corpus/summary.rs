//! What a book has: counted, drawn, and read from a stranger's file.

use hornpipe::music::abc::{Key, Meter, Mode};
use hornpipe::music::corpus::{EMBEDDED, Summary, Wish};
use std::collections::BTreeMap;

fn rhythm(name: &str) -> Wish {
    Wish { rhythm: Some(name.to_owned()), ..Wish::default() }
}

fn meter(text: &str) -> Meter {
    Meter::parse(text).unwrap().unwrap()
}

#[test]
fn the_embedded_book_is_jigs_hornpipes_and_slip_jigs() {
    let summary = Summary::new(EMBEDDED);
    assert_eq!((summary.tunes(), summary.kinds().map(|(_, count)| count).sum()), (636, 636));
    assert_eq!(summary.rhythms(&Wish::default()), ["jig", "hornpipe", "slip jig"]);
    let count = |name| -> usize {
        let of_it = summary.kinds().filter(|(kind, _)| kind.rhythm == name);
        of_it.map(|(_, count)| count).sum()
    };
    assert_eq!(["jig", "hornpipe", "slip jig"].map(count), [377, 210, 49]);
    assert_eq!(summary.meters(&rhythm("jig")), [meter("6/8"), meter("12/8")]);
    assert_eq!(summary.meters(&rhythm("reel")), []);
    let modes = [Mode::Major, Mode::Minor, Mode::Mixolydian];
    assert_eq!(summary.modes(&rhythm("hornpipe")), modes);
    let (first, count) = summary.kinds().next().unwrap();
    assert_eq!((first.key.name().as_deref(), count), (Some("G"), 131));
    assert_eq!((summary.word(0.0), summary.word(0.999_999)).0, Some("The"));
    assert!(serde_json::to_string(&summary).unwrap().len() < 20_000);
}

#[test]
fn kinds_are_drawn_as_often_as_the_book_has_them() {
    let summary = Summary::new(EMBEDDED);
    let draws = 636 * 4;
    for wish in [Wish::default(), rhythm("hornpipe")] {
        let mut drawn: BTreeMap<String, usize> = BTreeMap::new();
        let fitting = |name: &str| wish.rhythm.as_deref().is_none_or(|wished| wished == name);
        let all: usize = summary.kinds().filter(|(k, _)| fitting(&k.rhythm)).map(|(_, n)| n).sum();
        for at in 0..draws {
            let kind = summary.draw(&wish, (at as f64 + 0.5) / draws as f64).unwrap();
            *drawn.entry(format!("{kind:?}")).or_default() += 1;
        }
        for (kind, count) in summary.kinds().filter(|(kind, _)| fitting(&kind.rhythm)) {
            let times = drawn.remove(&format!("{kind:?}")).unwrap_or_default();
            let due = (count * draws) as f64 / all as f64;
            assert!((times as f64 - due).abs() <= 1.0, "{kind:?}: {times} for {due}");
        }
        assert!(drawn.is_empty());
    }
    // any tonic will do for a wished key, if the book has its mode
    let key = Key::parse("Ebmix").unwrap();
    let wish = Wish { key: Some(key.clone()), ..rhythm("jig") };
    let kind = summary.draw(&wish, 0.5).unwrap();
    assert_eq!((kind.rhythm.as_str(), kind.meter), ("jig", meter("6/8")));
    assert_eq!((kind.key.mode, kind.key == key), (Mode::Mixolydian, false));
    // where the book has it, it is that
    let key = Key::parse("Amix").unwrap();
    let wish = Wish { key: Some(key.clone()), ..rhythm("jig") };
    assert!((0..9).all(|at| summary.draw(&wish, f64::from(at) / 9.0).unwrap().key == key));
    let nothing = [
        Wish { key: Key::parse("Ddor").ok(), ..rhythm("hornpipe") },
        Wish { mode: Some(Mode::Lydian), ..rhythm("slip jig") },
        Wish { meter: Some(meter("6/8")), ..rhythm("hornpipe") },
        Wish { mode: Some(Mode::Minor), key: Key::parse("D").ok(), ..Wish::default() },
        rhythm("reel"),
    ];
    for wish in nothing {
        assert_eq!(summary.draw(&wish, 0.5), None, "{wish:?}");
    }
    for u in [-1.0, 1.0, 2.0, f64::NAN, f64::INFINITY] {
        assert!(summary.draw(&Wish::default(), u).is_some() && summary.word(u).is_some());
    }
    assert_eq!(
        (Summary::default().draw(&Wish::default(), 0.5), Summary::default().word(0.5)),
        (None, None)
    );
}

#[test]
fn what_a_tune_says_of_itself_is_counted_as_it_says_and_asked_for_as_we_spell_it() {
    let tune = |title: &str, head: &str| format!("X:1\nT:{title}\n{head}\nG|\n\n");
    let text = [
        tune("Slip, the  Jig!", "R:hop jig\nM:9/8\nK:E minor"),
        tune("The Jig", "R:Slip Jigs\nM:9/8\nK:Em"),
        tune("\"...\"", "R: Odd Dance \nM:C|\nK:G"),
        // a kind without a rhythm; none for lack of a metre; a key that is more than a tonic and a mode
        tune("", "M:6/8\nK:G"),
        tune("the", "R:jig\nK:G"),
        tune("the", "R:jig\nM:6/8\nK:G =f"),
    ];
    let json = "{\"tunes\":6,\"kinds\":[[\"\",\"6/8\",\"G\",1],[\"Odd Dance\",\"C|\",\"G\",1],\
                [\"Slip Jigs\",\"9/8\",\"Em\",1],[\"hop jig\",\"9/8\",\"Em\",1]],\
                \"words\":[[\"the\",3],[\"Jig\",2],[\"Slip\",1],[\"The\",1]]}";
    let summary = Summary::new(&text.concat());
    assert_eq!(serde_json::to_string(&summary).unwrap(), json);
    assert_eq!(serde_json::from_str::<Summary>(json).unwrap(), summary);
    assert_eq!(summary.rhythms(&Wish::default()), ["slip jig", "Odd Dance"]);
    assert!(summary.draw(&rhythm("slip jig"), 0.9).is_some_and(|kind| kind.rhythm == "hop jig"));
    assert_eq!(Summary::new("prose"), Summary::default());
    // what the head of a file says holds
    let text = format!("R:jig\nM:6/8\n\n{}", tune("A", "K:D"));
    assert_eq!(Summary::new(&text).rhythms(&Wish::default()), ["jig"]);
}

#[test]
fn a_small_book_has_the_words_of_another_and_its_own_kinds() {
    let all = Summary::new(EMBEDDED);
    let own = Summary::new("X:1\nT:The Wild Kesh Quxix\nR:reel\nM:4/4\nK:D\nd4|]\n");
    let both = own.clone().with_words_of(&all);
    assert_eq!(both.kinds().collect::<Vec<_>>(), own.kinds().collect::<Vec<_>>());
    assert_eq!((both.tunes(), both.words().next()), (1, Some("The")));
    let words: Vec<&str> = both.words().collect();
    assert!(own.words().all(|word| words.contains(&word)), "{words:?}");
    assert!(words.len() > 800 && words.len() <= 1000, "{}", words.len());
}

#[test]
fn a_strangers_summary_is_checked() {
    let kinds = |kinds: &str| format!("{{\"tunes\":9,\"kinds\":[{kinds}],\"words\":[]}}");
    let words = |words: &str| format!("{{\"tunes\":9,\"kinds\":[],\"words\":[{words}]}}");
    for (json, sentence) in [
        (kinds("[\"jig\\nK:C\",\"6/8\",\"G\",1]"), "an odd rhythm 'jig\\nK:C'"),
        (kinds("[\"jig\",\"6/0\",\"G\",1]"), "an odd metre or key 'jig 6/0 G'"),
        (kinds("[\"jig\",\"none\",\"G\",1]"), "an odd metre or key"),
        (kinds("[\"jig\",\"6/8\",\"G major\",1]"), "an odd metre or key"),
        (kinds("[\"jig\",\"6/8\",\"none\",1]"), "an odd metre or key"),
        (kinds("[\"jig\",\"6/8\",\"G\",0]"), "no tune of its kind 'jig 6/8 G'"),
        (kinds("[\"jig\",\"6/8\",\"G\",10]"), "more tunes of its kinds than tunes"),
        (kinds("[\"jig\",\"6/8\",\"G\",-1]"), "invalid value"),
        (words("[\"a\\nb\",1]"), "an odd word or count"),
        (words("[\"a\",0]"), "an odd word or count"),
        (words(&format!("[\"{}\",1]", "a".repeat(65))), "an odd word or count"),
        (words(&vec!["[\"a\",1]"; 100_001].join(",")), "more than 100000 kinds of tunes or words"),
        ("{}".to_owned(), "missing field"),
    ] {
        let error = serde_json::from_str::<Summary>(&json).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}
