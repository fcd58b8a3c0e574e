//! `hornpipe info` of models that are more than sizes and a rate; what it says goes with them.

use super::common::{Nobody, about, config, trainer};
use super::{folder, json, ok, tunes};
use hornpipe::engine::real::Precision;
use hornpipe::hash::weights_sha256;
use hornpipe::learn::config::Order;
use hornpipe::learn::train::train;
use hornpipe::run::checkpoint::{About, save};
use hornpipe::run::folder::RunFolder;
use hornpipe::run::keep::{Keeper, Options};
use serde_json::json;

const BOOK: &str =
    r#"{"tunes":30,"kinds":[["jig","6/8","G",20],["reel","4/4","D",4]],"words":[["The",3]]}"#;

/// A run on the tunes of [`folder`] that has all but inputs.
fn learned_in_one_tonic() -> About {
    let mut about = about(&tunes(), &config(&tunes(), &[5, 3], 4, 16));
    about.book = Some(BOOK.to_owned());
    let config = &mut about.config;
    config.text.paths = vec!["t.abc".to_owned()];
    config.text.sha256 = hornpipe::hash::text_sha256(&tunes());
    (config.tonic, config.precision) = (Some("G".to_owned()), Precision::Bf16);
    (config.order, config.average, config.epochs) = (Order::Shuffled, Some(0.9), 1);
    about
}

#[test]
fn precision_tonic_order_average_and_book_are_shown_kept_and_exported() {
    let folder = folder();
    let here = folder.path();
    let about = learned_in_one_tonic();
    let mut run = trainer(&tunes(), &about.config);
    let path = here.join("run");
    let begun = RunFolder::create(Some(&path)).expect("new");
    let loud = Box::new(|notice| panic!("{notice}"));
    let mut keeper = Keeper::begin(begun, about, Options::new(), &mut run, loud).expect("files");
    train(&mut run, &mut Nobody).expect("numbers");
    let average = run.average.iter_mut().flat_map(|average| average.tensors_mut()).flatten();
    average.for_each(|x| *x += 1.0);
    keeper.finish(&run).expect("files");
    drop(keeper);

    let shown = ok(here, "info run");
    for line in [
        "precision       bf16\n",
        "tonic           G\n",
        "order           shuffled\n",
        "weights         averaged, each update keeps 0.9\n",
        "book            30 tunes: 20 jig, 4 reel\n",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    let info = json(here, "info run --json");
    assert_eq!(info["book"], serde_json::from_str::<serde_json::Value>(BOOK).expect("JSON"));
    let sha256 = weights_sha256(run.average.as_ref().expect("an average"));
    assert_eq!(info["weights_sha256"], sha256.as_str());
    ok(here, "export run -o m.safetensors");
    let exported = json(here, "info m.safetensors --json");
    assert_eq!(exported["config"]["tonic"], "G");
    assert_eq!(exported["config"]["precision"], "bf16");
    for key in ["book", "weights_sha256"] {
        assert_eq!(exported[key], info[key]);
    }

    ok(here, "train --resume run --epochs 2");
    let later = json(here, "info run --last --json");
    assert_eq!(later["epoch"], 2);
    for key in ["precision", "tonic", "order", "average", "text"] {
        assert_eq!(later["config"][key], info["config"][key], "{key}");
    }
    assert_eq!(later["book"], info["book"]);
}

#[test]
fn inputs_are_shown_by_name_and_their_rows_are_counted() {
    let folder = folder();
    let here = folder.path();
    let inputs = vec![("field".to_owned(), 28), ("bar".to_owned(), 34)];
    let config = config(&tunes(), &[5, 3], 4, 16).reading(inputs);
    let run = trainer(&tunes(), &config);
    save(&run, &about(&tunes(), &config), &here.join("a.hornpipe")).expect("written");
    ok(here, "export a.hornpipe -o m.safetensors");
    for model in ["a.hornpipe", "m.safetensors"] {
        let shown = ok(here, &format!("info {model}"));
        assert!(shown.contains("inputs          field (28), bar (34)\n"), "{shown}");
        assert!(shown.contains("precision       f32\n"), "{shown}");
        let row = |name: &str| {
            let line = shown.lines().find(|line| line.starts_with(name)).expect(name);
            let words: Vec<&str> = line.split_whitespace().collect();
            words[words.len() - 1].replace(',', "").parse::<usize>().expect("a number")
        };
        assert!(shown.contains("places, one-hot (.., 62)"), "{shown}");
        assert_eq!(row("lstm 0"), 4 * 5 * (9 + 62 + 5 + 1));
        let rows = ["embedding", "places", "lstm 0", "lstm 1", "dense"].map(row);
        assert_eq!(row("all"), rows.iter().sum::<usize>());
        let info = json(here, &format!("info {model} --json"));
        assert_eq!(info["parameters"], row("all"));
        assert_eq!(info["config"]["precision"], "f32");
        assert_eq!(info["config"]["inputs"], json!([["field", 28], ["bar", 34]]));
    }
}
