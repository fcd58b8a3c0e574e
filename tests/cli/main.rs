//! The command line as other people's scripts see it: files, figures, exit codes, sentences.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/soundfont.rs"]
mod soundfont;

mod choice;
mod curves;
mod default;
mod doors;
mod evaluate;
mod faults;
mod files;
mod from;
mod gradients;
mod info;
mod inspect;
mod keyboard;
mod learn;
mod odd;
#[cfg(unix)]
mod outputs;
mod places;
mod refusals;
mod resume;
mod shards;
mod shown;
mod streams;
mod wishes;

use assert_cmd::Command;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;

/// A run small enough to take a blink, of a model that any batch of characters fits.
const SMALL: &str =
    "train t.abc --lstm 12,8 --embedding 6 --batch 4 --steps 16 --inputs characters --quiet";

/// A text of 30 tunes of sixteen bars, no two alike.
fn tunes() -> String {
    let note = |n: usize, at: usize| {
        "ABcdefgGFE".chars().nth((7919 * n + 31 * at * at + n * at * at) % 101 % 10)
    };
    let bar = |n, bar: usize| (0..6).filter_map(move |at| note(n, 6 * bar + at)).chain(['|']);
    let tune = |n| {
        let music: String = (0..16).flat_map(|at| bar(n, at)).collect();
        format!("X:{n}\nT:Tune {n}\nR:jig\nM:6/8\nL:1/8\nK:G\n{music}]\n\n")
    };
    (1..=30).map(tune).collect()
}

/// A folder with the tunes in t.abc.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "t.abc", tunes().as_bytes());
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, bytes).expect("a file");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Runs hornpipe in `folder` with `line`, split at blanks: exit code, stdout, stderr.
fn hornpipe(folder: &Path, line: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("hornpipe").expect("the binary");
    command.current_dir(folder).args(line.split_whitespace()).env_remove("HORNPIPE_ISA");
    let done = command.timeout(std::time::Duration::from_secs(60)).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = done.status.code().unwrap_or(-1);
    (code, text(done.stdout), text(done.stderr))
}

/// Standard output of a command that must succeed.
fn ok(folder: &Path, line: &str) -> String {
    let (code, out, err) = hornpipe(folder, line);
    assert_eq!(code, 0, "hornpipe {line}\n{err}");
    out
}

/// Trains a small model for two epochs.
fn train(folder: &Path, out_and_flags: &str) -> String {
    ok(folder, &format!("{SMALL} --epochs 2 --out {out_and_flags}"))
}

/// The object on the last line of a command's standard output.
fn json(folder: &Path, line: &str) -> Value {
    let out = ok(folder, line);
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

/// A safetensors file of these tensors.
fn of_tensors(tensors: &[(&str, Dtype, &[usize], Vec<u8>)]) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, dims, bytes)| {
        (*name, TensorView::new(*dtype, dims.to_vec(), bytes).expect("a whole tensor"))
    });
    safetensors::serialize(views, None).expect("a file")
}

fn whole(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// A batch (2, 3) with x as given.
fn batch(x: &[i64]) -> Vec<u8> {
    let y = whole(&[1, 2, 3, 4, 5, 6]);
    of_tensors(&[("x", Dtype::I64, &[2, 3], whole(x)), ("y", Dtype::I64, &[2, 3], y)])
}

#[test]
fn a_run_leaves_the_promised_files() {
    let folder = folder();
    let here = folder.path();
    assert_eq!(train(here, "run --log-batches"), "run\n");
    let columns = "Epoch,Loss,Accuracy,mean_loss,mean_accuracy,validation_loss,\
                   validation_accuracy,gradient_norm,learning_rate,weights_sha256";
    // a tenth of the tunes is held out
    let learned =
        hornpipe::learn::split::split(&tunes(), 0.1).expect("tunes enough").training.len();
    let windows = (learned / 4 - 16).div_ceil(16);
    for (file, header, lines) in [
        ("run/log.csv", columns, 2),
        ("run/timing.csv", "Epoch,seconds,characters_per_second", 2),
        ("run/batches.csv", "Epoch,Batch,Loss,Accuracy", 2 * windows),
    ] {
        let text = read(here, file);
        assert_eq!(text.lines().next(), Some(header), "{file}");
        let width = header.split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == width), "{file}: {text}");
        assert_eq!(text.lines().count(), 1 + lines, "{file}: {text}");
    }
    assert!(windows > 10, "{windows}");
    let config: Value = serde_json::from_str(&read(here, "run/config.json")).expect("JSON");
    assert_eq!(config["text"]["paths"][0], "t.abc");
    let index: HashMap<String, usize> =
        serde_json::from_str(&read(here, "run/char_to_index.json")).expect("JSON");
    assert_eq!(index.get("\n"), Some(&0));
    for file in ["checkpoints/epoch-0000", "checkpoints/epoch-0002", "checkpoints/best"] {
        assert!(here.join(format!("run/{file}.hornpipe")).is_file(), "{file}");
    }
    assert!(read(here, "run/samples/epoch-0002.abc").starts_with("X:"));
}

#[test]
fn every_command_takes_a_run_a_checkpoint_and_a_safetensors_file() {
    ["f32", "bf16"].into_iter().for_each(every_command_takes_all_of_precision);
}

fn every_command_takes_all_of_precision(precision: &str) {
    let folder = folder();
    let here = folder.path();
    train(here, &format!("run --precision {precision}"));
    ok(here, "export run -o m.safetensors");
    ok(here, "export m.safetensors -o n.safetensors");
    let bytes = |name: &str| std::fs::read(here.join(name)).expect("a file");
    assert!(bytes("m.safetensors") == bytes("n.safetensors"), "an export of an export differs");
    write(here, "b", &batch(&[0, 1, 2, 3, 4, 5]));

    let models = ["run", "run/checkpoints/epoch-0002.hornpipe", "m.safetensors"];
    let all = |line: &dyn Fn(&str) -> String| models.map(|model| json(here, &line(model)));
    let info = all(&|model| format!("info {model} --json --quiet"));
    let [run, _, exported] = &info;
    assert_eq!((&run["epoch"], &exported["epoch"]), (&2.into(), &Value::Null));
    assert_eq!(run["config"]["shape"]["lstm"], serde_json::json!([12, 8]));
    assert!(run["parameters"].as_u64().expect("a number") > 1000);
    assert_eq!(run["weights_sha256"].as_str().map(str::len), Some(64));
    assert!(info.iter().all(|info| info["config"]["precision"] == precision));
    assert!(info.iter().all(|info| info["weights_sha256"] == run["weights_sha256"]));

    // the best epoch is the last here, so that all three are the same model
    let scores = all(&|model| format!("evaluate {model} t.abc --batch 2 --json --quiet"));
    assert!(scores.iter().all(|score| *score == scores[0]), "{scores:?}");
    let number = |key: &str| scores[0][key].as_f64().expect(key);
    assert!(number("loss") > 0.5 && number("loss") < 5.0 && number("accuracy") > 0.0);
    let bits = number("loss") / std::f64::consts::LN_2;
    approx::assert_relative_eq!(number("bits_per_character"), bits, max_relative = 1e-12);
    assert_eq!(number("characters") % 128.0, 0.0);
    ok(here, "evaluate m.safetensors t.abc --vocabulary run/char_to_index.json --per-tune");

    // what was exported does not know its epoch
    let tunes = models.map(|model| {
        ok(here, &format!("generate {model} --no-good --max-length 200")).replace(", epoch 2", "")
    });
    assert!(tunes.iter().all(|tune| *tune == tunes[0]));
    for model in models {
        ok(here, &format!("gradients --model {model} --batch b -o g"));
        ok(here, &format!("{SMALL} --epochs 0 --init {model} --out from"));
        let begun = json(here, "info from --json");
        assert_eq!(begun["weights_sha256"], run["weights_sha256"], "--init {model}");
        assert_eq!(begun["config"]["precision"], precision, "--init {model}");
        std::fs::remove_dir_all(here.join("from")).expect("a run");
    }
}

#[test]
fn a_seed_gives_the_same_run_on_any_number_of_threads() {
    let folder = folder();
    let here = folder.path();
    let train = |flags: &str, out: &str| {
        train(here, &format!("{out} {flags}"));
        (json(here, &format!("info {out} --json"))["weights_sha256"].clone(), {
            read(here, &format!("{out}/log.csv"))
        })
    };
    let one = train("--seed 3 --threads 1", "a");
    assert!(one == train("--seed 3 --threads 1", "b"), "not repeatable");
    assert!(one == train("--seed 3 --threads 2", "c"), "threads change the bits");
    assert!(one.0 != train("--seed 4", "d").0, "the seed changes nothing");
}

#[test]
fn a_tune_is_its_seed_and_wears_the_header_asked_for() {
    let folder = folder();
    let here = folder.path();
    // long enough for the model to write header lines
    ok(here, &format!("{SMALL} --epochs 40 --learning-rate 0.02 --out run"));
    let flags = "--no-good --max-length 150 --prime X:1 --seed 5";
    let one = ok(here, &format!("generate run {flags}"));
    assert!(one.starts_with("X:1") && one.ends_with("\n\n"), "{one}");
    let hash = json(here, "info run/checkpoints/best.hornpipe --json")["weights_sha256"].clone();
    let made_by = format!("weights {}, epoch ", &hash.as_str().expect("a hash")[..12]);
    let comments: Vec<&str> = one.lines().filter(|line| line.starts_with('%')).collect();
    assert!(comments.len() == 2 && comments[0].contains(&made_by), "{one}");
    assert_eq!(comments[1], "% seed 5, tune 1, temperature 0.8, prime \"X:1\"");
    assert_eq!(one, ok(here, &format!("generate run {flags} --threads 2")));
    assert_ne!(one, ok(here, &format!("generate run {flags}1")));
    let three = ok(here, &format!("generate run {flags} -n 3"));
    assert!(three.starts_with(&one) && three.len() > one.len() + 100, "{three}");
    ok(here, &format!("generate run {flags} -n 3 -o tunes.abc --quiet"));
    assert_eq!(read(here, "tunes.abc"), three);
    let (_, _, err) = hornpipe(here, &format!("generate run {flags} -n 3"));
    let (took, judged) = err.split_once('\n').expect("two notes");
    assert!(took.starts_with("note: run: took best.hornpipe, after epoch "), "{err}");
    assert!(judged.starts_with("note: ") && judged.contains(" of 3 good and new ("), "{err}");
    assert!(err.ends_with("new beside t.abc)\n") && err.lines().count() == 2, "{err}");
    assert_eq!(hornpipe(here, &format!("generate run {flags} --quiet")).2, "");
    // a tune that is cut in its first line wears its comments too
    let cut = "generate run --no-good --prime X:1 --max-length 3 --quiet";
    assert_eq!(ok(here, cut).lines().filter(|line| line.starts_with('%')).count(), 2);
    // another text than the run learned is no yardstick
    write(here, "t.abc", b"X:1\nK:C\nCDE|\n");
    let (_, _, err) = hornpipe(here, &format!("generate run {flags}"));
    assert!(err.ends_with("new beside the embedded corpus)\n"), "{err}");
    let draw = "--top-k 30 --top-p 0.99";
    let forced = ok(
        here,
        &format!("generate run {flags} -n 20 --key Emajor --meter 6/8 --rhythm jig {draw}"),
    );
    // a kind is a wish, so that a tune that was cut is none
    let made =
        "temperature 0.8, top-k 30, top-p 0.99, rhythm jig, meter 6/8, key E, prime \"X:1\"\nT:";
    let tunes: Vec<&str> = forced.split_terminator("\n\n").collect();
    assert_eq!(tunes.len(), 20, "{forced}");
    for (tune, number) in tunes.iter().zip(1..) {
        let (_, draft) = tune.split_once(&format!("% seed 5, tune {number}, draft ")).expect(tune);
        let (draft, made_by) = draft.split_once(", ").expect("what it was made by");
        assert!(draft.parse::<usize>().is_ok() && made_by.starts_with(made), "{tune}");
        for line in ["K:E", "M:6/8", "R:jig"] {
            let mut lines = tune.lines().filter(|other| other.starts_with(&line[..2])).peekable();
            assert!(lines.peek().is_some() && lines.all(|other| other == line), "{tune}");
        }
    }
}

#[test]
fn no_name_of_an_instruction_set_is_none() {
    let folder = folder();
    write(folder.path(), "m", &common::fixture_bytes("two_layers.model"));
    let info = |isa: &str| {
        let mut command = Command::cargo_bin("hornpipe").expect("the binary");
        command.current_dir(folder.path()).args(["info", "m"]).env("HORNPIPE_ISA", isa);
        command.output().expect("it runs").status.code()
    };
    assert_eq!(["", "portable", "sse9"].map(info), [Some(0), Some(0), Some(2)]);
}

#[test]
fn a_corpus_is_written_once_and_for_all() {
    let folder = folder();
    let here = folder.path();
    let text = format!("\u{feff}{}", tunes().replace('\n', "\r\n"));
    write(here, "windows/t.abc", text.as_bytes());
    let figures = json(here, "corpus windows -o c.abc --json --quiet");
    assert_eq!(figures["read"], 30);
    assert!(figures["tunes"].as_u64().expect("a number") > 20, "{figures}");
    ok(here, "corpus c.abc -o again.abc");
    assert_eq!(read(here, "c.abc"), read(here, "again.abc"));
    ok(here, "corpus t.abc -o plain.abc");
    assert_eq!(read(here, "c.abc"), read(here, "plain.abc"));
}

#[test]
fn a_shell_is_told_every_command_and_flag() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ok(folder.path(), &format!("completions {shell}"));
        for word in ["generate", "temperature", "completions", "log-batches"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}
