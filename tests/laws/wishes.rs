//! Law 8: a wish is kept, and the model is sampled given the wishes, not bent to them.

use crate::common::{Nobody, config, on_threads, trainer};
use hornpipe::engine::model::Model;
use hornpipe::learn::manner::Manner;
use hornpipe::learn::text::Vocabulary;
use hornpipe::learn::train::train;
use hornpipe::music::abc;
use hornpipe::music::corpus::{Summary, Wish};
use hornpipe::music::judge::{Known, Verdict};
use hornpipe::music::places;
use hornpipe::music::wishes::{Broken, Form, Stands, WishError, Wishes};
use hornpipe::write::drafts::Drafts;
use hornpipe::write::generate::{AskError, End, Growth, Options, write_all, write_tunes};
use hornpipe::write::prompt::Prompt;
use hornpipe::write::titles::Titles;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;

/// Little polkas and marches of a few bars; every eighth ends off its tonic.
fn book() -> String {
    let bars = ["GABc", "dBAB", "cAFA", "BGDG", "ABcd", "edcB", "b2a2"];
    let mut state = 7_u32;
    let mut below = |n: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % n
    };
    let mut book = String::new();
    for tune in 0..24 {
        let rhythm = if tune % 4 == 0 { "march" } else { "polka" };
        let title = [["The", "My"][below(2)], ["Old", "Red"][below(2)], ["Cat", "Dog"][below(2)]];
        book += &format!("X:1\nT:{}\nR:{rhythm}\nM:2/4\nL:1/8\nK:G\n", title.join(" "));
        for part in 0..2 {
            let end = if part == 1 && tune % 8 == 0 { "D4" } else { "G4" };
            let mut bar = || bars[below(bars.len())];
            let part = [(); 7].map(|()| bar());
            book += &format!("|:{}|\n{}|{end}:|\n", part[..4].join("|"), part[4..].join("|"));
        }
        book += "\n";
    }
    book
}

/// A model that has learned them, and its vocabulary.
static LEARNED: LazyLock<(Model<f32>, Vocabulary)> = LazyLock::new(|| {
    let text = book();
    let vocabulary = Vocabulary::of(&text);
    let mut config = config(&text, &[32], 4, 32).reading(places::inputs(vocabulary.len()));
    (config.epochs, config.learning_rate, config.clip) = (24, 0.02, None);
    config.dropout = 0.0;
    let mut trainer = trainer(&text, &config);
    train(&mut trainer, &mut Nobody).expect("numbers");
    (trainer.model, vocabulary)
});

fn options(seed: u64) -> Options {
    let vocabulary = &LEARNED.1;
    let manner = Manner::plain().hearing(vocabulary, &places::inputs(vocabulary.len()));
    let manner = manner.expect("its own inputs").book(Some(Summary::new(&book())));
    Options::new(Prompt::new(vocabulary)).manner(manner).temperature(1.0).seed(seed)
}

fn asking(seed: u64, wishes: Wishes) -> Options {
    options(seed).wishes(&LEARNED.1, wishes).expect("what the book has")
}

fn rhythm(name: &str) -> Wish {
    Wish { rhythm: Some(name.to_owned()), ..Wish::default() }
}

/// The tunes, which draft each is, and what became of all drafts.
fn written(options: &Options, count: usize) -> (Vec<(String, usize)>, Drafts) {
    let mut tunes = vec![(String::new(), 0); count];
    let (model, vocabulary) = &*LEARNED;
    let hear = |Growth { number, text, draft, .. }: Growth| {
        tunes[number].0 += text;
        tunes[number].1 = draft;
        ControlFlow::Continue(())
    };
    let drafts = write_tunes(model, vocabulary, options, count, hear);
    (tunes, drafts)
}

fn is_good(tune: &str) -> bool {
    Verdict::of(tune, &Known::new::<&str>(&[]), None).is_good()
}

/// Whether a whole tune keeps the wish to be good, which is more than that.
fn keeps(tune: &str) -> bool {
    let mut prospect = Wishes::new().good().prospect();
    prospect.push(tune).is_ok() && prospect.end().is_ok()
}

#[test]
fn a_tune_and_its_draft_are_the_seeds_and_the_first_draft_is_the_tune_unasked() {
    let asked = || asking(3, Wishes::new().good());
    let (all, drafts) = written(&asked(), 100);
    assert!(all.iter().all(|(tune, _)| is_good(tune)), "a wish is kept in every tune");
    assert_eq!(drafts.drafts, all.iter().map(|(_, draft)| draft).sum::<usize>());
    assert_eq!((drafts.kept, drafts.given_up.len(), drafts.refused), (100, 0, false));
    assert_eq!(drafts.broken.values().sum::<usize>() + drafts.kept, drafts.drafts);
    for (count, threads) in [(1, 1), (33, 1), (70, 1), (70, 2), (70, 5)] {
        let some = on_threads(threads, || written(&asked(), count).0);
        assert_eq!(some, all[..count], "{count} tunes, {threads} threads");
    }
    // the header is drawn before the first draft, and stays
    let (unasked, none) = written(&options(3), 100);
    assert_eq!((none.drafts, none.share()), (0, None), "nothing asked, nothing drafted");
    let header = |tune: &str| tune.lines().find(|line| line.starts_with("R:")).map(str::to_owned);
    let first = all.iter().zip(&unasked).filter(|((_, draft), _)| *draft == 1).count();
    println!("{first} of 100 tunes are their first draft");
    assert!((20..80).contains(&first), "{first}: both cases have to occur");
    for ((tune, draft), (unasked, _)) in all.iter().zip(&unasked) {
        assert_eq!(*draft == 1, keeps(unasked), "{unasked}");
        assert!((tune == unasked) == (*draft == 1), "{tune}\n{unasked}");
        assert_eq!(header(tune), header(unasked));
    }
}

/// Something of a tune.
type Feature = Box<dyn Fn(&str) -> String>;

/// How many tunes have each value.
fn counts(tunes: &[String], of: impl Fn(&str) -> String) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    tunes.iter().for_each(|tune| *counts.entry(of(tune)).or_default() += 1.0);
    counts
}

#[test]
fn the_model_is_sampled_given_the_wishes() {
    // of one header, or the two would be mixed otherwise than in the good ones of those unasked
    let (model, vocabulary) = &*LEARNED;
    let polka = || Wishes::new().kind(rhythm("polka"));
    let asked = write_all(model, vocabulary, &asking(1, polka().good()), 3000);
    let mut unasked = write_all(model, vocabulary, &asking(2, polka()), 9000);
    unasked.retain(|tune| keeps(tune));
    println!("{} asked, {} of 9000 unasked", asked.len(), unasked.len());
    assert!(unasked.len() > 2000);
    let body = |tune: &str| tune.split_once("K:G\n").map_or("", |(_, body)| body).to_owned();
    let features: [(&str, Feature); 4] = [
        ("first bar", Box::new(move |tune| body(tune).chars().take(7).collect())),
        ("title", Box::new(|tune| tune.lines().nth(1).unwrap_or_default().to_owned())),
        ("bars", Box::new(|tune| tune.matches('|').count().to_string())),
        ("last notes", Box::new(|tune| tune.trim_end().chars().rev().take(12).collect())),
    ];
    for (name, of) in features {
        let (ours, theirs) = (counts(&asked, &of), counts(&unasked, &of));
        let (n, m) = (asked.len() as f64, unasked.len() as f64);
        // chi-square of two samples over the values that are not rare
        let (mut chi, mut cells) = (0.0, 0.0);
        for (value, a) in &ours {
            let b = theirs.get(value).copied().unwrap_or(0.0);
            if a + b >= 20.0 {
                let weigh = (m / n).sqrt() * a - (n / m).sqrt() * b;
                chi += weigh * weigh / (a + b);
                cells += 1.0;
            }
        }
        println!("{name}: chi-square {chi:.1} of {cells} values");
        // its mean is below the number of values, its variance twice that: five deviations
        assert!(cells >= 3.0 && chi < cells + 5.0 * (2.0_f64 * cells).sqrt(), "{name}: {chi}");
    }
}

#[test]
fn without_hope_nothing_is_written_and_one_tune_is_given_up_alone() {
    // no book of tunes in 2/4 says how a part of three bars goes
    let form = "AAB".parse::<Form>().and_then(|form| form.with_bars(&[3, 5])).expect("a form");
    let odd = Wishes::new().good().form(form).kind(rhythm("march"));
    let (tunes, drafts) = written(&asking(1, odd), 3);
    assert!(drafts.refused && tunes.iter().all(|(tune, _)| tune.is_empty()), "{drafts:?}");
    assert!(drafts.kept == 0 && (2000..4000).contains(&drafts.drafts), "{drafts:?}");
    assert!(drafts.broken.contains_key(&Broken::Parts));
    // one draft is all there is
    let cold = |wishes| asking(1, wishes).temperature(0.0);
    let range = |text: &str| Wishes::new().compass(text.parse().expect("a range"));
    let (tunes, drafts) = written(&cold(range("B-b")), 3);
    assert!(drafts.refused && drafts.drafts <= 3 && tunes[0].0.is_empty(), "{drafts:?}");
    let (tunes, drafts) = written(&cold(range("D-b")), 3);
    assert_eq!((drafts.drafts, tunes[0].1), (3, 1), "{drafts:?}");
    // nobody hears any more of a tune that is given up than that
    let mut ends = Vec::new();
    let (model, vocabulary) = &*LEARNED;
    let mixed = cold(Wishes::new().good());
    let drafts = write_tunes(model, vocabulary, &mixed, 40, |growth| {
        ends.extend(growth.end.map(|end| (growth.number, end, growth.text.is_empty())));
        ControlFlow::Continue(())
    });
    assert_eq!(ends.len(), 40);
    for (number, end, empty) in ends {
        let given_up = drafts.given_up.contains(&number);
        assert_eq!((end == End::GivenUp, empty), (given_up, given_up), "{number}");
    }
}

/// The notes of the bars that are full; there are no endings in the book.
fn full_bars(tune: &str) -> Vec<Vec<i32>> {
    let tune = abc::read(tune);
    let full = tune.bars.iter().filter(|bar| bar.duration == abc::Duration::new(1, 2));
    full.map(|bar| bar.events.iter().filter_map(|e| Some(e.top()?.midi())).collect()).collect()
}

#[test]
fn what_is_given_stands_and_the_rest_is_new() {
    let (model, vocabulary) = &*LEARNED;
    let (like, _) = written(&asking(9, Wishes::new().good()), 1);
    let like = &like[0].0;
    let bars = full_bars(like);
    assert_eq!(bars.len(), 16, "{like}");
    for range in [1..=4, 5..=8, 9..=12, 15..=16] {
        let stands = Stands::bars_of(like, range.clone(), None).expect("bars");
        let wishes = Wishes::new().good().unlike(&abc::read(like)).stands(stands);
        let tunes = write_all(model, vocabulary, &asking(9, wishes), 10);
        for tune in &tunes {
            let there = full_bars(tune);
            let kept = range.start() - 1..*range.end();
            assert_eq!(there[kept.clone()], bars[kept], "bars {range:?} of\n{tune}\n{like}");
            assert!(is_good(tune) && there != bars, "{tune}");
        }
        assert!(tunes.windows(2).any(|pair| full_bars(&pair[0]) != full_bars(&pair[1])));
    }
    let begun = Wishes::new().good().stands(Stands::beginning("|:BGDG|edc"));
    for tune in write_all(model, vocabulary, &asking(1, begun), 10) {
        assert!(tune.contains("K:G\n|:BGDG|edc") && is_good(&tune), "{tune}");
    }
}

#[test]
fn what_no_tune_can_be_is_refused_at_once() {
    let ask = |wishes: Wishes| options(1).wishes(&LEARNED.1, wishes).err();
    let begin = |text: &str| Wishes::new().good().stands(Stands::beginning(text));
    for (wishes, right) in [
        (Wishes::new().kind(rhythm("reel")), "choose from: polka, march"),
        (begin("GABcd|"), "its bar 1 does not fit 2/4"),
        (begin("GABc|G|"), "its bar 2 does not fit 2/4"),
        (begin("GABc|GABcd"), "its bar 2 does not fit 2/4"),
        (begin("GABc|G4||"), "goes on behind it"),
        (begin("GABc|/"), "cannot begin it"),
        (begin("C").compass("D-b".parse().unwrap()), "a note out of the range"),
        (begin("GZ"), "none that the model knows"),
        (Wishes::new().good().compass("A-f".parse().unwrap()), "the tonic of G"),
    ] {
        let error = ask(wishes).map(|error: AskError| error.to_string()).unwrap_or_default();
        assert!(error.contains(right), "{error:?}, not {right:?}");
    }
    assert_eq!(ask(Wishes::new().compass("A-f".parse().unwrap())), None, "it may end anywhere");
    let form = Wishes::new().form("AABB".parse().unwrap());
    assert_eq!(form.fit_into(20), Err(WishError::TooShort { least: 44 }));
    assert_eq!((form.fit_into(44), Wishes::new().fit_into(1)), (Ok(()), Ok(())));
}

#[test]
fn titles_are_of_words_that_the_book_has() {
    let summary = Summary::new(&book());
    let known: Vec<String> = summary.words().map(str::to_owned).collect();
    let titles = || Titles::of(&summary).expect("titles");
    // hot, so that words go wrong
    let free = options(4).temperature(1.6).max_length(40);
    let of_words = || free.clone().titles(Some(titles()));
    let foreign = |tunes: &[(String, usize)]| {
        let title = |tune: &str| tune.lines().find_map(|l| l.strip_prefix("T:").map(str::to_owned));
        let all = tunes.iter().filter_map(|(tune, _)| title(tune));
        all.filter(|title| !title.split(' ').all(|word| known.iter().any(|k| k == word))).count()
    };
    let (free, none) = written(&free, 60);
    let (tunes, drafts) = written(&of_words(), 60);
    println!("{} free, {} of words", foreign(&free), foreign(&tunes));
    assert!(foreign(&free) >= 20 && foreign(&tunes) <= 6);
    assert!(none.words == 0 && drafts.words > 20 && drafts.drafts == 0, "no drafts: {drafts:?}");
    assert_eq!(on_threads(2, || written(&of_words(), 20).0), tunes[..20]);
}
