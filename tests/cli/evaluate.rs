//! `hornpipe evaluate` against itself and against `hornpipe gradients`.

use super::gradients::tensors;
use super::{folder, json, of_tensors, ok, read, train, tunes, whole, write};
use safetensors::Dtype;
use std::collections::HashMap;
use std::path::Path;

/// Symbols of a text, by the run's own char_to_index.json.
fn symbols(here: &Path, text: &str) -> Vec<i64> {
    let index: HashMap<char, i64> =
        serde_json::from_str(&read(here, "run/char_to_index.json")).expect("JSON");
    text.chars().map(|c| index[&c]).collect()
}

/// Loss and accuracy that `gradients` gives for one window (B, T) of the f32 engine, from silence.
fn one_window(here: &Path, x: &[i64], y: &[i64], rows: usize) -> [f64; 2] {
    let dims = [rows, x.len() / rows];
    let both = [("x", Dtype::I64, &dims[..], whole(x)), ("y", Dtype::I64, &dims[..], whole(y))];
    write(here, "b", &of_tensors(&both));
    ok(here, "gradients --model run --batch b -o g --precision f32");
    let found = tensors(&here.join("g"));
    ["loss", "accuracy"].map(|name| found[name].1[[]])
}

#[test]
fn a_window_is_evaluated_as_gradients_does() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    // three streams of 50 characters, and one left over
    let text: String = tunes().chars().take(151).collect();
    write(here, "some.abc", text.as_bytes());
    let score = json(here, "evaluate run some.abc --batch 3 --steps 40 --json --quiet");
    assert_eq!(score["characters"], 120);
    let (symbols, mut x, mut y) = (symbols(here, &text), Vec::new(), Vec::new());
    for stream in [0, 50, 100] {
        x.extend(&symbols[stream..stream + 40]);
        y.extend(&symbols[stream + 1..stream + 41]);
    }
    let expected = one_window(here, &x, &y, 3);
    let ours = ["loss", "accuracy"].map(|name| score[name].as_f64().expect("a number"));
    // the file has them in f32
    assert_eq!(ours.map(|x| x as f32), expected.map(|x| x as f32));
}

/// The line of each tune, by its title.
fn lines(here: &Path, files: &str) -> HashMap<String, String> {
    let out = ok(here, &format!("evaluate run {files} --per-tune --batch 1 --steps 16"));
    let title = |line: &str| line.split_once("Tune ").map(|(_, number)| number.to_owned());
    out.lines().filter_map(|line| Some((title(line)?, line.to_owned()))).collect()
}

#[test]
fn a_tune_scores_the_same_alone_and_among_others() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    // of all lengths from less than one window of 64 characters to a little over two
    let all = tunes();
    let tunes = all.split_inclusive("\n\n").enumerate();
    let tunes: Vec<String> =
        tunes.map(|(n, tune)| format!("{}\n\n", &tune[..50 + 17 * n % 95])).collect();
    write(here, "all.abc", tunes.concat().as_bytes());
    let among = lines(here, "all.abc");
    assert_eq!(among.len(), 30);
    for (n, tune) in tunes.iter().enumerate() {
        write(here, "one.abc", tune.as_bytes());
        let number = (n + 1).to_string();
        assert_eq!(
            lines(here, "one.abc"),
            HashMap::from([(number.clone(), among[&number].clone())])
        );

        let symbols = symbols(here, tune);
        let last = symbols.len() - 1;
        let [loss, accuracy] = one_window(here, &symbols[..last], &symbols[1..], 1);
        let figures: Vec<f64> = among[&number]
            .split_whitespace()
            .take(3)
            .map(|figure| figure.trim_end_matches('%').parse().expect("a number"))
            .collect();
        // printed with four digits and with one
        assert!((figures[0] - loss).abs() <= 6e-5, "{loss}: {figures:?}");
        assert!((figures[1] - 100.0 * accuracy).abs() <= 6e-2, "{accuracy}: {figures:?}");
        assert_eq!(figures[2], last as f64);
    }
}
