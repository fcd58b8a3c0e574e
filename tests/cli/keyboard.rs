//! The person at the keyboard, and whoever is not there: Ctrl-C, a second process, no terminal.

use super::resume::{TRAIN, assert_same, end, names, signal, start, wait_for};
use super::{folder, hornpipe, ok};
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Command, Stdio};

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_the_step_and_says_how_to_go_on() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 40 --quiet --out whole"));
    let mut child = start(here, &format!("{TRAIN} --epochs 40 --out run --json"));
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    wait_for(&mut lines, "epoch");
    signal(&child, "INT");
    let stopped = wait_for(&mut lines, "stopped");
    let (code, err) = end(child);
    assert_eq!(code, Some(130), "{err}");
    let [epoch, batch] = ["epoch", "batch"].map(|key| stopped[key].as_u64().expect("a number"));
    let kept = format!("run/checkpoints/epoch-{epoch:04}-batch-{batch:06}.hornpipe");
    assert!(here.join(&kept).exists(), "no {kept}");
    assert!(
        err.contains("nothing is lost") && err.contains("hornpipe train --resume run"),
        "{err}"
    );
    assert_eq!(stopped["resume"], "hornpipe train --resume run");
    ok(here, "train --resume run");
    assert_same(here, "whole", "run");
}

/// A run whose steps are long, after its first line.
#[cfg(unix)]
fn long_step(here: &Path) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("hornpipe"));
    let line = "train t.abc --lstm 700 --embedding 4 --batch 2 --steps 1500 --json --out run";
    command.current_dir(here).args(line.split_whitespace()).env("HORNPIPE_ISA", "portable");
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    wait_for(&mut BufReader::new(child.stdout.as_mut().expect("piped")), "begin");
    child
}

#[test]
#[cfg(unix)]
fn a_second_request_ends_at_once() {
    let folder = folder();
    let here = folder.path();
    let child = long_step(here);
    // two signals, for two of one kind may arrive as one
    signal(&child, "INT");
    signal(&child, "TERM");
    let (code, err) = end(child);
    assert_eq!(code, Some(130));
    assert!(!err.contains("--resume"), "{err}");
    let kept = names(&here.join("run/checkpoints"));
    assert_eq!(kept, ["epoch-0000.hornpipe"], "the step was not waited for");
}

#[test]
#[cfg(unix)]
fn a_run_is_trained_by_one_process_at_a_time() {
    let folder = folder();
    let here = folder.path();
    let mut child = long_step(here);
    let (code, _, err) = hornpipe(here, "train --resume run");
    assert!(code == 1 && err.contains("another process is training this run"), "{err}");
    let (code, _, err) = hornpipe(here, "train t.abc --out run --batch 2");
    assert!(code == 2 && err.contains("already holds a run"), "{err}");
    ok(here, "info run");
    child.kill().expect("SIGKILL");
    child.wait().expect("it ends");
    // the lock has died with the process
    let (code, _, err) = hornpipe(here, "train --resume run --epochs 0");
    assert_eq!(code, 0, "{err}");
}

#[test]
fn without_a_terminal_a_line_comes_now_and_then() {
    let folder = folder();
    let here = folder.path();
    let lines = |flags: &str| -> Vec<String> {
        let out = ok(here, &format!("{TRAIN} --epochs 1 {flags}"));
        let lines = out.lines().filter(|line| line.starts_with("epoch   1/1  batch "));
        lines.map(str::to_owned).collect()
    };
    let every = lines("--progress-every 0s --out every");
    let batches = super::read(here, "every/batches.csv").lines().count() - 1;
    assert_eq!(every.len(), batches);
    assert!(every[4].contains(&format!("batch 5/{batches}  loss ")), "{}", every[4]);
    assert!(every[4].ends_with(" characters/s"), "{}", every[4]);
    assert!(lines("--out seldom").is_empty(), "half a minute has not passed");
    assert!(lines("--progress-every 0s --quiet --out quiet").is_empty());
}
