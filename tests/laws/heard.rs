//! What is heard beside the characters is the text's, wherever it is cut and however a run goes.

use crate::common::{Nobody, about, bits, config, text, trainer};
use hornpipe::learn::config::Config;
use hornpipe::learn::group::Asked;
use hornpipe::learn::listener::Listener;
use hornpipe::learn::manner::Manner;
use hornpipe::learn::material::{Material, share_of_tunes};
use hornpipe::learn::progress::Step;
use hornpipe::learn::text::{Streams, Vocabulary};
use hornpipe::learn::train::{Trainer, Watcher, train};
use hornpipe::music::abc::{self, Key};
use hornpipe::music::corpus::{EMBEDDED, Summary, Tonic, Wish, near_duplicate_groups};
use hornpipe::music::places;
use hornpipe::run::checkpoint::{load, save};
use hornpipe::write::generate::{Options, write_all};
use hornpipe::write::prompt::Prompt;
use ndarray::Array3;

fn listener(vocabulary: &Vocabulary) -> Listener {
    Listener::new(vocabulary.symbols(), &places::inputs(vocabulary.len())).expect("its own inputs")
}

/// A run on `text` that hears places, of which the weights are averaged.
fn hearing(text: &str) -> (Config, Trainer) {
    let vocabulary = Vocabulary::of(text);
    let mut config = config(text, &[7, 5], 3, 10).reading(places::inputs(vocabulary.len()));
    config.average = Some(0.65);
    (config.clone(), trainer(text, &config))
}

#[test]
fn windows_hear_the_whole_text_in_any_order() {
    let text = &EMBEDDED[..9_000];
    let vocabulary = Vocabulary::of(text);
    let symbols = vocabulary.encode(text).expect("its own characters");
    let mut whole = listener(&vocabulary);
    let mut said = Vec::new();
    for &symbol in &symbols {
        let mut now = vec![0; whole.len()];
        whole.hear(symbol);
        whole.say(&mut now);
        said.push(now);
    }
    let (batch, steps) = (7, 23);
    let streams = Streams::new(symbols, batch, steps).expect("long enough");
    let streams = streams.heard_by(listener(&vocabulary));
    let mut room = streams.room();
    let length = said.len() / batch;
    let windows = streams.windows();
    for window in (0..windows).chain([windows - 1, 3, 2, 3, 4, 0, 0]) {
        streams.fill(window, &mut room);
        let dim = (steps, batch, whole.len());
        let at = |(t, row, k): (usize, usize, usize)| said[row * length + window * steps + t][k];
        assert_eq!(room.places, Array3::from_shape_fn(dim, at), "window {window}");
    }
}

#[test]
fn a_run_that_is_resumed_inside_a_tune_hears_on_and_averages_on() {
    let text = text(6, 3);
    let (config, mut whole) = hearing(&text);
    train(&mut whole, &mut Nobody).expect("numbers");
    for stop in [1, 5, whole.windows() + 2] {
        let (_, mut first) = hearing(&text);
        let mut watch = StopAfter(stop);
        train(&mut first, &mut watch).expect_err("stopped");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.hornpipe");
        save(&first, &about(&text, &config), &path).expect("written");
        let (_, mut second) = hearing(&text);
        load(&path).expect("read").restore(&mut second);
        train(&mut second, &mut Nobody).expect("numbers");
        let of = |run: &Trainer| bits(run.model.weights().tensors().flatten());
        let average = |run: &Trainer| bits(run.average.iter().flat_map(|w| w.tensors()).flatten());
        assert_eq!(of(&second), of(&whole), "after {stop} steps");
        assert_eq!(average(&second), average(&whole), "after {stop} steps");
        assert_eq!(second.history, whole.history);
        assert_ne!(of(&whole), average(&whole));
    }
}

/// Ends a run after so many steps.
struct StopAfter(usize);

impl Watcher for StopAfter {
    fn asks(&self) -> Asked {
        Asked::default()
    }
    fn step(&mut self, _: &Trainer, _: Step) -> hornpipe::error::Result<()> {
        self.0 -= 1;
        if self.0 == 0 { Err(hornpipe::error::Error::Interrupted) } else { Ok(()) }
    }
    fn epoch(&mut self, _: &Trainer) -> hornpipe::error::Result<()> {
        Ok(())
    }
}

#[test]
fn the_average_is_what_its_share_of_each_update_makes_it() {
    let text = text(4, 3);
    let (_, mut run) = hearing(&text);
    let weight = |run: &Trainer| run.model.weights().dense.bias[1];
    let mut average = weight(&run);
    for t in 1..8 {
        run.step().expect("a number");
        // 2/5, 3/6, ... of what was, at most 0.65
        let kept = f64::from(1 + t) / f64::from(4 + t);
        average += (1.0 - kept.min(0.65)) as f32 * (weight(&run) - average);
        assert_eq!(run.average.as_ref().expect("one").dense.bias[1].to_bits(), average.to_bits());
    }
    assert_eq!(run.with_heard(|model| model.weights().dense.bias[1]), average);
}

#[test]
fn tunes_are_shuffled_by_the_seed_and_copies_do_not_meet() {
    let some = &EMBEDDED[..abc::tune_spans(EMBEDDED)[60].start];
    let book = hornpipe::music::corpus::in_more_keys(some);
    let made = |seed| Material::new(&book, 0.1, seed, None).expect("tunes enough");
    let (first, as_given) = (made(Some(1)), made(None));
    assert_eq!(first.training, made(Some(1)).training);
    assert_ne!(first.training, made(Some(2)).training);
    let sorted = |text: &str| {
        let mut tunes: Vec<String> = abc::tunes(text).iter().map(|t| t.trim().to_owned()).collect();
        tunes.sort();
        tunes
    };
    for (mine, theirs) in [
        (&first.training, &as_given.training),
        (&first.held_out, &as_given.held_out),
        (&first.held_out, &first.held_out_as_given),
    ] {
        assert_eq!(sorted(mine), sorted(theirs));
        assert_ne!(mine, theirs);
    }
    assert_eq!(first.held_out_as_given, as_given.held_out);
    let groups = near_duplicate_groups(&abc::tunes(&first.training));
    assert!(groups.windows(2).all(|pair| pair[0] != pair[1]), "{groups:?}");
    // in G, nothing else changes
    let tonic: Tonic = "G".parse().expect("a tonic");
    let moved = Material::new(some, 0.1, Some(1), Some(tonic)).expect("tunes enough");
    assert!(moved.moved > 20 && moved.as_written == 0);
    let lines = |text: &str, of: &dyn Fn(&str) -> bool| -> Vec<String> {
        text.lines().filter(|line| of(line)).map(str::to_owned).collect()
    };
    let as_given = Material::new(some, 0.1, Some(1), None).expect("tunes enough");
    // but for the notes nothing changes: keys say where the tune will lie
    let header = |line: &str| line.starts_with(char::is_alphabetic) && line[1..].starts_with(':');
    assert_eq!(lines(&moved.training, &header), lines(&as_given.training, &header));
    let music = |line: &str| !header(line);
    let (here, there) = (lines(&moved.training, &music), lines(&as_given.training, &music));
    let same = here.iter().zip(&there).filter(|(here, there)| here == there).count();
    assert!(here.len() == there.len() && same > 50 && same < here.len() - 50, "{same}");
}

#[test]
fn a_text_is_a_book_by_the_share_of_its_tunes() {
    let tune = "X:1\nM:2/4\nL:1/8\nK:G\nABcd|\n\n";
    let wrong = "X:1\nM:2/4\nL:1/8\nK:G\nABcd| ^\n\n";
    for (text, share) in [
        (String::new(), 0.0),
        ("no tune at all".to_owned(), 0.0),
        (tune.repeat(9), 1.0),
        (tune.repeat(3) + wrong, 0.736),
    ] {
        assert!((share_of_tunes(&text) - share).abs() < 1e-3, "{text}");
    }
}

#[test]
fn what_is_not_wished_is_drawn_as_the_book_has_it() {
    let vocabulary = Vocabulary::of(EMBEDDED);
    let (config, run) = hearing(EMBEDDED);
    let manner = |tonic: &str| {
        let manner = Manner::plain().tonic(tonic.parse().ok()).book(Some(Summary::new(EMBEDDED)));
        manner.hearing(&vocabulary, &config.inputs).expect("its own inputs")
    };
    // the line that follows `field` in each tune; an untrained model would begin none
    let lines = |tonic: &str, wish: &Wish, field: &str, count: usize| -> Vec<String> {
        let begun = format!("X:1\n{field}:");
        let prompt = Prompt::new(&vocabulary).wish(wish.clone());
        let prompt = prompt.prime(&vocabulary, &begun).expect("known");
        let options = Options::new(prompt).manner(manner(tonic)).max_length(20);
        let tunes = write_all(&run.model, &vocabulary, &options, count);
        let line = |tune: &String| tune[begun.len()..].lines().next().map(str::to_owned);
        tunes.iter().map(|tune| line(tune).expect("a line")).collect()
    };
    let all = Wish::default();
    let rhythms = lines("G", &all, "R", 1000);
    for (name, in_book) in [("jig", 59.3), ("hornpipe", 33.0), ("slip jig", 7.7)] {
        let share = rhythms.iter().filter(|line| *line == name).count() as f64 / 10.0;
        assert!((share - in_book).abs() < 3.0, "{share} % are {name}");
    }
    let asked = |rhythm: &str, key: Option<&str>| Wish {
        rhythm: Some(rhythm.to_owned()),
        key: key.map(|key| Key::parse(key).expect("a key")),
        ..Wish::default()
    };
    let hornpipe = asked("hornpipe", Some("Em"));
    assert_eq!(lines("G", &hornpipe, "R", 5), ["hornpipe"; 5]);
    assert_eq!(lines("G", &hornpipe, "M", 5), ["4/4"; 5]);
    // heard in Gm, read in Em; a model that has no tonic writes it so
    for tonic in ["G", "none"] {
        assert_eq!(lines(tonic, &hornpipe, "K", 5), ["Em"; 5]);
    }
    let slip = lines("G", &asked("slip jig", None), "M", 20);
    assert!(slip.iter().all(|line| line == "9/8"), "{slip:?}");
    let keys = lines("G", &all, "K", 200);
    let of = |key: &str| keys.iter().filter(|line| *line == key).count();
    assert!(
        of("G") > 50 && of("D") > 30 && of("Em") > 1,
        "as often as the book has them: {keys:?}"
    );
    // law 7: a tune is its seed, whatever is written beside it
    assert_eq!(rhythms[..7], lines("G", &all, "R", 7));
}
