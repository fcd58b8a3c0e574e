//! `hornpipe evaluate` against itself and against `hornpipe gradients`.

use super::gradients::tensors;
use super::{folder, hornpipe, json, of_tensors, ok, read, train, tunes, whole, write};
use safetensors::Dtype;
use std::collections::HashMap;
use std::path::Path;

/// Symbols of a text, by the run's own char_to_index.json.
fn symbols(here: &Path, text: &str) -> Vec<i64> {
    let index: HashMap<char, i64> =
        serde_json::from_str(&read(here, "run/char_to_index.json")).expect("JSON");
    text.chars().map(|c| index[&c]).collect()
}

/// Loss and accuracy that `gradients` gives for one window (B, T) in f32 and in bf16, from silence,
/// as the file has them in f32.
fn one_window(here: &Path, x: &[i64], y: &[i64], rows: usize) -> [[f32; 2]; 2] {
    let dims = [rows, x.len() / rows];
    let both = [("x", Dtype::I64, &dims[..], whole(x)), ("y", Dtype::I64, &dims[..], whole(y))];
    write(here, "b", &of_tensors(&both));
    ["f32", "bf16"].map(|precision| {
        ok(here, &format!("gradients --model run --batch b -o g --precision {precision}"));
        let found = tensors(&here.join("g"));
        assert_eq!(found["loss"].0, Dtype::F32);
        ["loss", "accuracy"].map(|name| found[name].1[[]] as f32)
    })
}

#[test]
fn a_window_is_evaluated_as_gradients_does_in_the_precision_of_the_model() {
    for (at, precision) in ["f32", "bf16"].iter().enumerate() {
        a_window_in(at, precision);
    }
}

fn a_window_in(at: usize, precision: &str) {
    let folder = folder();
    let here = folder.path();
    train(here, &format!("run --precision {precision}"));
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
    assert_eq!(ours.map(|x| x as f32), expected[at]);
    assert_ne!(expected[0][0], expected[1][0]);
}

/// The line of each tune, by its title.
fn lines(here: &Path, files: &str) -> HashMap<String, String> {
    let out = ok(here, &format!("evaluate run {files} --per-tune --batch 1 --steps 16"));
    let number = |number: &str| number.trim_end_matches(" *").to_owned();
    let title = |line: &str| line.split_once("Tune ").map(|(_, rest)| number(rest));
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
    }
}

/// The form is the model's own, so how a file spells a tune says nothing, nor what else is in it.
#[test]
fn a_tune_is_brought_into_the_form_that_the_model_learned() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let plain = "X:1\nT:Tune 1\nR:jig\nM:6/8\nL:1/8\nK:G\n\
                 |:GAB cde|gfe dcB|ABc def|gdB G3|GAB cde|gfe dcB|ABc def|g3 G3:|\n\n";
    let spelled = "X:77\nT:Tune 1\nC:Trad\nR:Jigs\nL:1/16\nM:6/8\nQ:1/4=90\nK:G maj\n\
                   |:\"G\"G2A2B2 c2d2e2|!trill!g2f2e2 d2c2B2|A2B2c2 d2e2f2|g2d2B2 G6 |\n\
                   G2A2B2 c2d2e2|g2f2e2 d2c2B2|A2B2c2 d2e2f2|g6 G6:|\n\n";
    let strange = "X:2\nT:Tune 2\nM:6/8\nK:G\n|:GAΩ|\n\n";
    let says = |text: &str| {
        write(here, "t.abc", text.as_bytes());
        let (code, out, err) = hornpipe(here, "evaluate default t.abc --per-tune");
        assert_eq!(code, 0, "{err}");
        (out.lines().find(|line| line.contains("Tune 1")).expect("a line").to_owned(), err)
    };
    let (line, err) = says(plain);
    assert!(err.contains("are one stream and one window"), "{err}");
    assert_eq!(says(spelled).0, line);
    let (among, err) = says(&format!("{spelled}{strange}"));
    assert_eq!(among, line);
    assert!(err.contains("left out: 1 tune with a character"), "{err}");
}

/// A state of zero, which no training has known, would cost this model a tenth of a nat a character.
#[test]
fn tunes_surprise_as_much_as_the_text_they_stand_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let small = "--inputs characters --lstm 64,32 --embedding 32 --epochs 4";
    ok(here, &format!("train {small} --quiet --out run"));
    let out = ok(here, "evaluate run --per-tune");
    let losses: Vec<f64> = out
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1)?.parse().ok())
        .filter(|loss: &f64| loss.is_finite())
        .collect();
    let mean = losses.iter().fold(0.0, |sum, loss| sum + loss) / losses.len() as f64;
    let all = json(here, "evaluate run --json")["loss"].as_f64().expect("a loss");
    assert!(losses.len() >= 636 && (mean - all).abs() < 0.03, "{mean} a tune, {all} of all");
}
