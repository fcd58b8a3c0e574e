//! A run that was stopped in any way goes on as if it had never stopped.

use super::common::{AMID, format2};
use super::{folder, hornpipe, json, ok, read, write};
use hornpipe::hash::{hex, text_sha256};
use hornpipe::music::abc::tunes;
use hornpipe::music::corpus::{EMBEDDED, in_more_keys};
use hornpipe_kernels::Isa;
use ndarray_rand::rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Small and with all that a run can have: two layers, dropout, a tenth held out, every table.
pub(super) const TRAIN: &str =
    "train t.abc --lstm 12,8 --embedding 6 --batch 4 --steps 16 --log-batches";
/// Checkpoints so often that writing them is a good part of the run.
const OFTEN: &str = "--checkpoint-every 4ms --quiet";

/// Both are to be stopped and to go on.
const PRECISIONS: [&str; 2] = ["f32", "bf16"];

/// Starts hornpipe with both outputs piped.
pub(super) fn start(folder: &Path, line: &str) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("hornpipe"));
    command.current_dir(folder).args(line.split_whitespace()).env_remove("HORNPIPE_ISA");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Sends a signal by its name.
pub(super) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

/// The exit code and standard error of a process that ends by itself.
pub(super) fn end(mut child: Child) -> (Option<i32>, String) {
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
    (child.wait().expect("it ends").code(), err)
}

/// Reads JSON lines of a process up to the first that is of this kind; the reader reads on.
pub(super) fn wait_for(lines: &mut impl BufRead, event: &str) -> Value {
    let values = lines.lines().map(|line| serde_json::from_str(&line.expect("UTF-8")));
    let mut values = values.map(|value: Result<Value, _>| value.expect("JSON"));
    values.find(|value| value["event"] == event).unwrap_or_else(|| panic!("no {event}"))
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|e| e.file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// Asserts that two runs are the same, file by file and byte by byte; only the clock may differ.
pub(super) fn assert_same(here: &Path, one: &str, two: &str) {
    for below in ["", "checkpoints", "samples"] {
        let (one, two) = (here.join(one).join(below), here.join(two).join(below));
        assert_eq!(names(&one), names(&two), "{}", two.display());
        for name in names(&one) {
            let (one, two) = (one.join(&name), two.join(&name));
            if one.is_dir() {
                continue;
            }
            let [one, two] = [one, two].map(|path| std::fs::read(path).expect("a file"));
            if name == "timing.csv" {
                let epochs = |bytes: &[u8]| -> Vec<String> {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    text.lines().map(|l| l.split(',').next().unwrap_or("").to_owned()).collect()
                };
                assert_eq!(epochs(&one), epochs(&two), "{name}");
            } else {
                assert!(one == two, "{name} differs in {}", here.join(below).display());
            }
        }
    }
}

/// What `files::write_atomically` leaves where it is killed.
fn half_written(run: &Path) -> BTreeSet<String> {
    let folders = ["", "checkpoints", "samples"].map(|below| run.join(below));
    let names = folders.iter().filter(|folder| folder.is_dir()).flat_map(|folder| names(folder));
    names.filter(|name| name.ends_with(".tmp")).collect()
}

#[test]
#[cfg(unix)]
fn a_run_killed_at_any_moment_ends_as_if_never_stopped() {
    use std::os::unix::process::ExitStatusExt;
    let folder = folder();
    let here = folder.path();
    let line = |precision| format!("{TRAIN} --epochs 6 {OFTEN} --precision {precision} --out");
    let begun = Instant::now();
    for precision in PRECISIONS {
        ok(here, &format!("{} {precision}", line(precision)));
    }
    let whole = begun.elapsed() / 2;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut killed, mut in_write, mut too_late) = (0, 0, 0);
    for run in 0.. {
        let (out, precision) = (format!("run{run}"), PRECISIONS[run % 2]);
        loop {
            let run = here.join(&out);
            let begun = run.join("checkpoints/epoch-0000.hornpipe").exists();
            let earlier = half_written(&run);
            let mut child = match begun {
                true => start(here, &format!("train --resume {out} {OFTEN}")),
                false => start(here, &format!("{} {out}", line(precision))),
            };
            std::thread::sleep(whole.mul_f64(0.5 * random.random::<f64>()));
            // half of them wait for the next write
            if killed % 2 == 1 {
                let writes = || !half_written(&run).is_subset(&earlier);
                while !writes() && child.try_wait().expect("a process").is_none() {}
            }
            child.kill().expect("SIGKILL");
            let status = child.wait().expect("it ends");
            if status.success() {
                too_late += 1;
                break;
            }
            assert_eq!(status.signal(), Some(9), "{out}: {:?}", end(child));
            killed += 1;
            in_write += usize::from(!half_written(&run).is_subset(&earlier));
        }
        assert_same(here, precision, &out);
        std::fs::remove_dir_all(here.join(&out)).expect("a run");
        if killed >= 100 {
            break;
        }
    }
    println!("{killed} kills struck, {in_write} inside a write; {too_late} came too late");
    assert!(in_write >= 5, "{in_write} of {killed} kills were inside a write");
}

#[test]
#[cfg(unix)]
fn threads_and_instruction_sets_may_change_on_the_way() {
    PRECISIONS.into_iter().for_each(threads_and_instruction_sets_in);
}

fn threads_and_instruction_sets_in(precision: &str) {
    let folder = folder();
    let here = folder.path();
    let train = format!("{TRAIN} --epochs 2 --precision {precision}");
    let said = ok(here, &format!("{train} --out whole"));
    assert_eq!(said.contains(" kernels, products in bf16\n"), precision == "bf16", "{said}");
    let mut line = format!("{train} --out run");
    let mut places = Vec::new();
    for isa in Isa::available() {
        for threads in [1, 3, 2] {
            let mut command = Command::new(assert_cmd::cargo::cargo_bin("hornpipe"));
            command.current_dir(here).args(line.split_whitespace()).env("HORNPIPE_ISA", isa.name());
            command.args(["--json", "--checkpoint-every", "0s", "--threads"]);
            command.arg(threads.to_string()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            let mut lines = BufReader::new(child.stdout.take().expect("piped"));
            let begin = wait_for(&mut lines, "begin");
            assert_eq!(begin["kernels"], isa.name());
            assert_eq!(begin["threads"], threads);
            assert_eq!(begin["precision"], precision);
            (0..3).for_each(|_| drop(wait_for(&mut lines, "checkpoint")));
            signal(&child, "TERM");
            let stopped = wait_for(&mut lines, "stopped");
            places.push((stopped["epoch"].as_u64(), stopped["batch"].as_u64()));
            let (code, err) = end(child);
            assert_eq!(code, Some(130), "{err}");
            let slow = precision == "bf16" && isa.name() != "avx512bf16";
            let said = err.matches("no instruction for products in bf16").count();
            assert_eq!(said, usize::from(slow), "{err}");
            line = "train --resume run".to_owned();
        }
    }
    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    ok(here, &line);
    assert_same(here, "whole", "run");
}

#[test]
fn more_epochs_may_be_asked_for_and_nothing_else() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 3 --quiet --out three"));
    ok(here, &format!("{TRAIN} --epochs 1 --quiet --out run"));
    for (flags, sentence) in [
        ("--batch 5", "--batch 5 (the run has 4)"),
        ("--lstm 12", "--lstm 12 (the run has 12,8)"),
        ("--seed 2 --clip 5", "--clip 5.0 (the run has none), --seed 2 (the run has 1)"),
        ("--preset notebook", "--activation hard_sigmoid (the run has sigmoid)"),
        ("--precision bf16", "--precision bf16 (the run has f32)"),
        ("--epochs 0", "has 1 epoch already; ask for at least 1 with --epochs"),
        ("--out other", "cannot be used with"),
        ("--init run", "cannot be used with"),
    ] {
        let (code, _, err) = hornpipe(here, &format!("train --resume run {flags}"));
        assert!(code == 2 && err.contains(sentence), "{flags}: {code} {err}");
    }
    ok(here, "train --resume run --epochs 3 --batch 4 --lstm 12,8 --learning-rate 0.001");
    assert!(ok(here, "train --resume run").contains("3 epochs were done already"));
    for file in ["log.csv", "batches.csv", "checkpoints/epoch-0003.hornpipe", "config.json"] {
        let [three, run] = ["three", "run"].map(|run| here.join(run).join(file));
        let [three, run] = [three, run].map(|path| std::fs::read(path).expect("a file"));
        assert!(three == run, "{file} differs");
    }
}

#[test]
fn the_text_is_found_again_or_the_run_does_not_go_on() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 1 --quiet --out run"));
    std::fs::rename(here.join("t.abc"), here.join("moved.abc")).expect("renamed");
    let (code, _, err) = hornpipe(here, "train --resume run --epochs 2");
    assert!(code == 1 && err.contains("cannot read t.abc") && err.contains("say where"), "{err}");
    ok(here, "train --resume run --epochs 2 moved.abc");
    assert_eq!(json(here, "info run --json")["config"]["text"]["paths"][0], "moved.abc");
    write(here, "moved.abc", read(here, "moved.abc").replacen('A', "B", 1).as_bytes());
    let (code, _, err) = hornpipe(here, "train --resume run --epochs 3");
    assert!(code == 1 && err.contains("moved.abc is not the text that run learns"), "{err}");
    let (code, _, err) = hornpipe(here, "train --resume runs/001");
    assert!(code == 1 && err.contains("no checkpoint here"), "{err}");
}

#[test]
fn without_files_the_embedded_tunes_are_learned_on_one_tonic_or_in_more_keys() {
    let folder = folder();
    let here = folder.path();
    let tiny = "--lstm 3 --embedding 2 --epochs 0";
    let on_g = "636 tunes on G, shuffled, 153,884 characters, 76 different; 58 ";
    let in_keys =
        "636 tunes, each in up to 3 keys: 1,904 tunes, 461,714 characters, 76 different; ";
    let shuffled =
        "636 tunes, each in up to 3 keys: 1,904 tunes, shuffled, 461,715 characters, 76 ";
    for (run, flags, says) in [
        ("run", "", on_g),
        ("preset", "--preset notebook", in_keys),
        ("keys", "--inputs characters --tonic as-written", shuffled),
    ] {
        let told = ok(here, &format!("train {tiny} {flags} --out {run}"));
        assert!(told.starts_with(says), "{told}");
        assert!(ok(here, &format!("train --resume {run}")).contains(says), "not the same again");
    }
    write(here, "plain.abc", EMBEDDED.as_bytes());
    let told = ok(here, &format!("train {tiny} plain.abc --preset notebook --out plain"));
    assert!(told.starts_with("636 tunes, 151,237 characters, 76 different; 0 "), "{told}");
    let hash = |run: &str| json(here, &format!("info {run} --json"))["config"]["text"].clone();
    assert_eq!(hash("preset")["sha256"], text_sha256(&in_more_keys(EMBEDDED)));
    assert_eq!(hash("keys"), hash("preset"));
    for run in ["run", "plain"] {
        assert_eq!(hash(run)["sha256"], text_sha256(EMBEDDED));
    }
    let held_out = read(here, "run/held-out.abc");
    assert_eq!(held_out.matches("X:1\n").count(), 58);
    assert!(held_out.contains("K:D\n") && tunes(&held_out).iter().all(|t| EMBEDDED.contains(t)));

    // a run of a hornpipe that had other tunes
    let old = read(here, "preset/config.json").replace("\"sha256\": \"", "\"sha256\": \"0");
    write(here, "preset/config.json", old.as_bytes());
    let (code, _, err) = hornpipe(here, "train --resume preset");
    assert!(code == 1 && err.contains("another SHA-256 of the text"), "{err}");
}

/// Edits `config.json` of the run called run.
fn edit(here: &Path, what: &str, into: &str) {
    let edited = read(here, "run/config.json").replacen(what, into, 1);
    write(here, "run/config.json", edited.as_bytes());
}

#[test]
fn an_edited_config_is_heeded_or_refused_but_never_overwritten_in_silence() {
    let folder = folder();
    let here = folder.path();
    let train = format!("{TRAIN} --inputs characters --quiet");
    ok(here, &format!("{train} --epochs 3 --out three"));
    ok(here, &format!("{train} --epochs 1 --out run"));
    let before = read(here, "run/config.json");
    for (what, into, sentence) in [
        ("\"batch\": 4", "\"batch\": 5", "--batch 5 (the run has 4); change that back"),
        ("{", "{\"tonic\": \"G\",", "--tonic G (the run has as-written); change that back"),
        ("{", "{\"inputs\": [[\"bar\", 34]],", "--inputs places (the run has characters)"),
        ("\"order\": \"shuffled\"", "\"order\": \"as-written\"", "--order as-written (the run has"),
        ("{", "{\"average\": 0.99,", "--average 0.99 (the run has none)"),
        ("{", "{\"tonic\": \"Gm\",", "settings that no run can have; put it right"),
        ("\"order\": \"shuffled\"", "\"order\": \"sorted\"", "unknown variant `sorted`"),
        ("{", "{\"precision\": \"bf16\",", "--precision bf16 (the run has f32); change that back"),
        ("{", "{\"precision\": \"fp8\",", "unknown variant `fp8`, expected `f32` or `bf16`"),
        ("\"sha256\": \"", "\"sha256\": \"0", "another SHA-256 of the text; change that back"),
        ("\"epochs\": 1", "\"epochs\": 1e9", "run/config.json: not the settings of a run"),
        ("\"epochs\": 1", "\"epochs\": 9000000", "settings that no run can have; put it right"),
        (
            "\"epochs\": 1",
            "\"epoch\": 3, \"epochs\": 1",
            "unknown field `epoch`, which a newer hornpipe may know",
        ),
        ("{", "", "put it right or remove it"),
    ] {
        edit(here, what, into);
        let edited = read(here, "run/config.json");
        let (code, _, err) = hornpipe(here, "train --resume run --epochs 2");
        assert!(code == 1 && err.contains(sentence) && err.lines().count() == 1, "{into}: {err}");
        assert_eq!(read(here, "run/config.json"), edited, "it was overwritten");
        write(here, "run/config.json", before.as_bytes());
    }
    // so `--resume run --epochs 2` leaves it where it is killed before its next checkpoint
    edit(here, "\"epochs\": 1", "\"epochs\": 2");
    ok(here, "train --resume run");
    assert_eq!(json(here, "info run --json")["epoch"], 2);
    std::fs::remove_file(here.join("run/config.json")).expect("removed");
    ok(here, "train --resume run --epochs 3");
    for file in ["log.csv", "config.json"] {
        assert_eq!(read(here, &format!("three/{file}")), read(here, &format!("run/{file}")));
    }
}

/// A run that a hornpipe has begun which knew no format but 2, stopped amid an epoch.
#[test]
fn a_run_of_format_2_goes_on_in_it_and_ends_as_it_would_have() {
    let here = tempfile::tempdir().expect("a folder");
    let here = here.path();
    for name in ["format2.abc", "run/config.json", "run/checkpoints/best.hornpipe", AMID] {
        write(here, name, &std::fs::read(format2(name)).expect("a fixture"));
    }
    for flags in ["--preset notebook", "--seed 2"] {
        let (code, _, err) = hornpipe(here, &format!("train --resume run {flags}"));
        assert!(code == 2 && err.contains("cannot go on with"), "{flags}: {err}");
    }
    ok(here, "train --resume run");
    let config = std::fs::read(format2("run/config.json")).expect("a fixture");
    assert_eq!(read(here, "run/config.json").as_bytes(), config, "older ones read it too");
    for name in ["epoch-0002.hornpipe", "best.hornpipe"] {
        let bytes = std::fs::read(here.join("run/checkpoints").join(name)).expect(name);
        let sha256 = hex(&Sha256::digest(&bytes));
        assert_eq!(sha256, FORMAT_2_END, "{name} is not as that hornpipe ended it");
    }
}

/// SHA-256 of `epoch-0002.hornpipe` where the hornpipe that began `fixtures/format2/run` ends it.
const FORMAT_2_END: &str = "af9f8362c5041fa74c3bcbc17fadaa83b3e32b4640d5210d28b59ddc9083845e";

#[test]
fn a_run_goes_on_from_the_checkpoint_that_is_furthest_on() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 1 --quiet --out run"));
    // so a kill leaves it after the best and before the last is written
    std::fs::remove_file(here.join("run/checkpoints/epoch-0001.hornpipe")).expect("removed");
    let last = json(here, "info run --last --json");
    assert_eq!(last["epoch"], 1, "the best is further on than the start");
    write(here, "run/checkpoints/epoch-0001-batch-000003.hornpipe", b"HORNPIPE");
    let (code, out, err) = hornpipe(here, "train --resume run");
    assert!(code == 0 && out.contains("read run/checkpoints/best.hornpipe"), "{out} {err}");
    assert!(err.contains("batch-000003.hornpipe: it is cut short"), "{err}");
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 3 --quiet --out whole"));
    ok(here, &format!("{TRAIN} --epochs 1 --quiet --out run"));
    write(here, "run/checkpoints/epoch-0002-batch-000003.hornpipe", b"HORNPIPE");
    write(here, "run/checkpoints/best.hornpipe", b"");
    let (code, _, err) = hornpipe(here, "train --resume run --epochs 3");
    assert!(code == 0 && err.contains("batch-000003.hornpipe: it is cut short"), "{err}");
    let ends = ["whole", "run"].map(|run| read(here, &format!("{run}/log.csv")));
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn a_training_that_blows_up_goes_back_and_lowers_its_rate() {
    let folder = folder();
    let here = folder.path();
    let line = format!("{TRAIN} --learning-rate 10 --json --out");
    let (code, out, err) = hornpipe(here, &format!("{line} whole --epochs 12"));
    let events: Vec<Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let went_back: Vec<_> = events.iter().filter(|event| event["event"] == "went_back").collect();
    assert!(code == 0 && (1..=5).contains(&went_back.len()), "{code} {out} {err}");
    assert_eq!(err.matches("back to whole/checkpoints/").count(), went_back.len(), "{err}");
    assert!(err.contains("note: the loss is ") && err.contains("(epoch 1, batch 2)"), "{err}");
    let rate = went_back.iter().fold(10.0, |rate, _| rate / 4.0);
    let log = read(here, "whole/log.csv");
    let last = log.lines().last().expect("a line");
    assert!(last.starts_with("12,") && last.contains(&format!(",{rate},")), "{rate} {last}");

    // where it goes back to does not depend on when it was stopped
    ok(here, &format!("{line} run --epochs 1 --checkpoint-every 0s"));
    ok(here, "train --resume run --epochs 12");
    assert_eq!(log, read(here, "run/log.csv"));
    assert_eq!(read(here, "whole/batches.csv"), read(here, "run/batches.csv"));
}

#[test]
fn a_training_that_cannot_be_helped_says_what_to_change() {
    let folder = folder();
    let here = folder.path();
    // one update an epoch: nothing but the end of the epoch can see that it overflowed
    let once = "train t.abc --lstm 4 --embedding 4 --batch 1 --steps 2000 --epochs 1 --out x";
    let (code, _, err) = hornpipe(here, &format!("{once} --learning-rate 1e300"));
    assert!(code == 1 && err.contains("with a lower --learning-rate or with --clip 5"), "{err}");
    assert_eq!(err.matches("note: ").count(), 5, "{err}");
    assert!(err.contains("inf in the weights of dense.bias (epoch 1, batch 1)"), "{err}");
    assert!(!here.join("x/checkpoints/epoch-0001.hornpipe").exists());
    ok(here, "info x");
}
