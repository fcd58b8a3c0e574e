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

/// A terminal that goes away is heard of twice, from the shell and from the system.
#[test]
#[cfg(unix)]
fn a_hang_up_keeps_the_step_and_one_that_was_ignored_is_none() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 60 --quiet --out whole"));
    let line = format!("{TRAIN} --epochs 60 --json --out");
    let mut child = start(here, &format!("{line} run"));
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    wait_for(&mut lines, "epoch");
    signal(&child, "HUP");
    signal(&child, "HUP");
    wait_for(&mut lines, "stopped");
    let (code, err) = end(child);
    assert!(code == Some(130) && err.contains("nothing is lost"), "{err}");
    ok(here, "train --resume run");
    assert_same(here, "whole", "run");

    let mut bash = Command::new("bash");
    let deaf =
        format!("trap '' HUP; exec {:?} {line} deaf", assert_cmd::cargo::cargo_bin("hornpipe"));
    bash.current_dir(here).args(["-c", &deaf]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = bash.spawn().expect("bash");
    wait_for(&mut BufReader::new(child.stdout.as_mut().expect("piped")), "epoch");
    signal(&child, "HUP");
    let done = child.wait_with_output().expect("it ends");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_same(here, "whole", "deaf");
}

/// A terminal that has gone takes no lines, neither what is said nor the bar; to whom it is all the
/// same, the training goes on.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_goes_away_ends_a_run_as_a_request_does() {
    let folder = folder();
    let here = folder.path();
    let hornpipe = assert_cmd::cargo::cargo_bin("hornpipe");
    for (out, deaf) in [("run", ""), ("deaf", "trap '' HUP; ")] {
        let run = format!("{TRAIN} --epochs 100000 --checkpoint-every 1h --out {out}");
        let run = format!("{deaf}echo $$ >pid; exec {} {run}", hornpipe.display());
        let mut script = Command::new("script");
        script.current_dir(here).args(["--quiet", "--command", &run, "/dev/null"]);
        let mut script =
            script.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("script");
        let log = here.join(format!("{out}/log.csv"));
        let epochs = || std::fs::read_to_string(&log).unwrap_or_default().lines().count();
        wait_until("no epoch", || epochs() > 3);
        script.kill().expect("SIGKILL");
        script.wait().expect("it ends");
        let pid = super::read(here, "pid");
        if !deaf.is_empty() {
            let now = epochs();
            wait_until("it does not go on", || epochs() > now + 20);
            let sent = Command::new("kill").arg(pid.trim()).status();
            assert!(sent.expect("kill").success());
        }
        wait_until("still there", || !Path::new("/proc").join(pid.trim()).exists());
        let kept = names(&here.join(format!("{out}/checkpoints")));
        let between = kept.iter().filter(|name| name.contains("-batch-"));
        assert_eq!(between.count(), 1, "nothing was kept: {kept:?}");
    }
}

#[cfg(target_os = "linux")]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !done() {
        assert!(begun.elapsed().as_secs() < 60, "{what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
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
