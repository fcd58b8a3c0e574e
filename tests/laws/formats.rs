//! What a run is goes into its files by name, and comes back: settings of old runs, of this hornpipe
//! and of a newer one.

use crate::checkpoints::{back, move_average, saved};
use crate::common::{
    AMID, CHECKSUM, HEADER, Nobody, about, config, format2, sealed, text, trainer,
};
use hornpipe::engine::real::Precision;
use hornpipe::hash::{weights_digest, weights_sha256};
use hornpipe::learn::config::{Config, Order};
use hornpipe::learn::text::Vocabulary;
use hornpipe::learn::train::train;
use hornpipe::run::checkpoint::{About, DecodeError, Format, decode, load, save};
use hornpipe::run::exchange::save_model;
use hornpipe::run::find::Which;
use hornpipe::run::open::open;

#[test]
fn each_setting_comes_back_alone_and_a_run_goes_on_with_it() {
    let text = text(4, 4);
    let plain = || about(&text, &config(&text, &[5, 3], 2, 6));
    let settings: [fn(&mut About); 8] = [
        |_| {},
        |about| about.config.precision = Precision::Bf16,
        |about| about.config.tonic = Some("F#".to_owned()),
        |about| about.config.order = Order::Shuffled,
        |about| about.config.average = Some(0.5),
        |about| about.book = Some("{}".to_owned()),
        |about| {
            let inputs = vec![("field".to_owned(), 28), ("bar".to_owned(), 34)];
            about.config = about.config.clone().reading(inputs);
        },
        |about| about.format = Format::Two,
    ];
    let mut seen = Vec::new();
    for set in settings {
        let mut about = plain();
        set(&mut about);
        let mut run = trainer(&text, &about.config);
        move_average(&mut run);
        let (checkpoint, bytes) = back(&run, &about);
        assert_eq!(checkpoint.meta.about(), about);
        let json = about.config.to_json();
        assert_eq!(Config::from_json(json.as_bytes()).expect("a config"), about.config);
        let mut run = trainer(&text, &about.config);
        checkpoint.restore(&mut run);
        assert!(back(&run, &about).1 == bytes, "{about:?} goes on as another run");
        assert!(!seen.contains(&bytes), "{about:?} is kept as another run");
        seen.push(bytes);
    }
}

/// The checkpoint with its structured part, JSON, changed as text, all lengths right.
fn with_structured(bytes: &[u8], change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[12..20].try_into().expect("8 bytes")) as usize;
    let (structured, rest) = bytes[HEADER..bytes.len() - CHECKSUM].split_at(length);
    let structured = change(std::str::from_utf8(structured).expect("JSON"));
    let length = (structured.len() as u64).to_le_bytes();
    sealed(&[&bytes[..12], &length, &bytes[20..HEADER], structured.as_bytes(), rest].concat())
}

#[test]
fn a_setting_that_is_not_named_is_as_ever_and_an_unknown_one_is_refused_by_name() {
    let text = text(4, 4);
    let about = about(&text, &config(&text, &[5, 3], 2, 6));
    let mut run = trainer(&text, &about.config);
    train(&mut run, &mut Nobody).expect("numbers");
    run.step().expect("a number");
    let (_, bytes) = back(&run, &about);
    let whole = with_structured(&bytes, |json| {
        for name in ["precision", "inputs", "tonic", "order", "average", "book"] {
            assert!(!json.contains(name), "{name} in {json}");
        }
        json.to_owned()
    });
    assert!(whole == bytes);
    // with what they stand for
    let named = with_structured(&bytes, |json| {
        let all =
            r#""precision":"f32","inputs":[],"tonic":null,"order":"as-written","average":null"#;
        json.replacen(r#""seed""#, &format!(r#"{all},"seed""#), 1).replacen(
            '{',
            r#"{"book":null,"#,
            1,
        )
    });
    assert_eq!(decode(&named).expect("the same run").meta, decode(&bytes).expect("it").meta);
    for place in ["{\"config\"", "{\"shape\"", "{\"vocab\"", "{\"paths\"", "{\"epoch\"", "{\"t\""] {
        let more = with_structured(&bytes, |json| {
            assert!(json.contains(place), "{place} in {json}");
            json.replace(place, &place.replacen('{', "{\"colour\":\"green\",", 1))
        });
        let problem = decode(&more).map(drop).expect_err(place).to_string();
        let named = problem.contains("unknown field `colour`, which a newer hornpipe may know");
        assert!(named, "{place}: {problem}");
    }
    for name in ["dropout", "history", "epoch", "first_loss", "t"] {
        let less = with_structured(&bytes, |json| json.replace(&format!("\"{name}\":"), "\"\":"));
        let problem = decode(&less).map(drop).expect_err(name).to_string();
        assert!(problem.contains("cannot be decoded"), "{name}: {problem}");
    }
}

#[test]
fn settings_that_no_run_can_have_are_refused() {
    let text = text(4, 4);
    let (_, bytes) = back(
        &trainer(&text, &config(&text, &[5, 3], 2, 6)),
        &about(&text, &config(&text, &[5, 3], 2, 6)),
    );
    for lie in [
        r#""tonic":"H""#,
        r#""tonic":"Gm""#,
        r#""tonic":"""#,
        r#""average":1.0"#,
        r#""average":0.0"#,
        // no tensors are there for it
        r#""average":0.5"#,
        r#""inputs":[["bar",3]]"#,
        r#""inputs":[["bar",0]]"#,
        r#""inputs":[["bar",1],["bar",1]]"#,
        r#""inputs":[["bar",1048577]]"#,
        r#""inputs":[["a",18446744073709551615],["b",18446744073709551615]]"#,
    ] {
        let lying = with_structured(&bytes, |json| {
            json.replacen(r#""seed""#, &format!(r#"{lie},"seed""#), 1)
        });
        let problem = decode(&lying).map(drop).expect_err(lie);
        assert!(matches!(problem, DecodeError::Inconsistent), "{lie}: {problem}");
    }
}

/// The model is the average wherever it is not gone on with, and what it learned goes with it.
#[test]
fn a_model_is_opened_with_its_average_and_travels_with_all_that_is_said_of_it() {
    let here = tempfile::tempdir().expect("a folder");
    let [path, tensors] = ["a.hornpipe", "a.safetensors"].map(|name| here.path().join(name));
    let (run, about, ..) = saved(Format::Three);
    let average = run.average.as_ref().expect("an average");
    save(&run, &about, &path).expect("written");
    let silent = |notice| panic!("{notice}");
    let first = open(Some(&path), Which::Best, silent).expect("a model").exchanged;
    assert_ne!(average, run.model.weights());
    assert_eq!(first.sha256, weights_sha256(average));
    assert_eq!((&first.tonic, &first.book), (&about.config.tonic, &about.book));
    assert_eq!((first.precision, about.config.precision), (Precision::Bf16, Precision::Bf16));
    save_model(&first, &tensors).expect("written");
    let again = open(Some(&tensors), Which::Best, silent).expect("a model").exchanged;
    assert_eq!(again.weights, *average);
    assert_eq!((&again.tonic, &again.book), (&first.tonic, &first.book));
    assert_eq!(again.precision, first.precision);

    let inputs = vec![("field".to_owned(), 28), ("bar".to_owned(), 34)];
    let about = About::new(about.config.reading(inputs.clone()), about.vocabulary);
    save(&trainer(&text(4, 4), &about.config), &about, &path).expect("written");
    let first = open(Some(&path), Which::Best, silent).expect("a model").exchanged;
    save_model(&first, &tensors).expect("written");
    let again = open(Some(&tensors), Which::Best, silent).expect("a model").exchanged;
    assert_eq!((&first.inputs, &again.inputs), (&inputs, &inputs));
    assert_eq!(again.weights.shape(), about.config.shape);
    assert_eq!(again.weights, first.weights);
}

/// `fixtures/format2` is of a hornpipe that knew no other.
#[test]
fn what_was_written_in_format_2_is_read_and_written_as_it_was() {
    let settings = std::fs::read(format2("run/config.json")).expect("a config");
    let config = Config::from_json(&settings).expect("a config");
    assert_eq!(config.to_json().as_bytes(), settings);
    let text = std::fs::read_to_string(format2("format2.abc")).expect("a text");
    for name in [AMID, "run/checkpoints/best.hornpipe"] {
        let bytes = std::fs::read(format2(name)).expect("a checkpoint");
        let checkpoint = load(&format2(name)).expect(name);
        let about = checkpoint.meta.about();
        assert_eq!((&about.config, about.format), (&config, Format::Two));
        assert_eq!(about.vocabulary, Vocabulary::of(&text));
        let record = checkpoint.meta.history.last().expect("an epoch");
        assert_eq!(record.loss_last, 3.2796818216641745);
        assert_eq!(record.validation, Some((3.2790139052602982, 0.06944444444444443)));
        if name == AMID {
            assert_eq!(checkpoint.meta.progress.place(), (1, 14));
            assert_eq!(checkpoint.meta.clock.t, 47);
        } else {
            assert_eq!(weights_digest(&checkpoint.weights), record.weights_sha256);
        }
        let mut run = trainer(&text, &config);
        checkpoint.restore(&mut run);
        assert!(back(&run, &about).1 == bytes, "{name} is written otherwise");
    }
}

#[test]
fn differences_are_told_in_the_words_of_whoever_asked() {
    let text = text(4, 4);
    let plain = config(&text, &[5, 3], 2, 6);
    let inputs = |bar| vec![("field".to_owned(), 4), ("bar".to_owned(), bar)];
    let mut other = plain.clone().reading(inputs(7));
    (other.tonic, other.order, other.average) = (Some("G".into()), Order::Shuffled, Some(0.5));
    other.precision = Precision::Bf16;
    let told = |one: &Config, two: &Config| {
        let each = one.differences(two).into_iter();
        each.map(|d| format!("{} {} {}", d.name, d.mine, d.theirs)).collect::<Vec<_>>()
    };
    let all = [
        "average 0.5 none",
        "inputs places characters",
        "order shuffled as-written",
        "precision bf16 f32",
        "tonic G as-written",
    ];
    assert_eq!(told(&other, &plain), all);
    assert_eq!(told(&other, &other), [""; 0]);
    let wider = other.clone().reading(inputs(8));
    assert_eq!(told(&other, &wider), ["inputs field (4), bar (7) field (4), bar (8)"]);
}
