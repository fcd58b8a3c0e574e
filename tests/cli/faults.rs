//! Faults of the disk, made for real: the training goes on, says so, and the last checkpoint stays
//! whole.

use super::resume::{TRAIN, assert_same, end, signal, start, wait_for};
use super::{folder, hornpipe, ok, read};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const WHOLE: &str = "--epochs 2 --quiet --out whole";

/// Exit code and standard error of a line of bash in `here`, where $HORNPIPE is the program.
fn bash(here: &Path, line: &str) -> (Option<i32>, String) {
    let mut bash = Command::new("bash");
    bash.current_dir(here).env("HORNPIPE", assert_cmd::cargo::cargo_bin("hornpipe"));
    let done = bash.args(["-c", line]).output().expect("bash");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_may_not_grow_stops_no_training() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} {WHOLE}"));
    let first = std::fs::metadata(here.join("whole/checkpoints/epoch-0000.hornpipe"));
    // room for the first checkpoint, but not for one with a line of history
    let limit = first.expect("a checkpoint").len() + 20;
    let limited = format!("prlimit --fsize={limit} $HORNPIPE");
    let (code, err) = bash(here, &format!("{limited} {TRAIN} --epochs 2 --quiet --out run"));
    let told = "best.hornpipe: File too large (os error 27)";
    assert_eq!((code, err.matches(told).count()), (Some(1), 2), "{err}");
    let last = err.lines().last().expect("an error");
    assert!(last.starts_with("error: cannot write") && last.contains("--resume run"), "{err}");
    assert_eq!(read(here, "run/log.csv"), read(here, "whole/log.csv"));
    ok(here, "info run/checkpoints/epoch-0000.hornpipe");
    ok(here, "train --resume run");
    assert_same(here, "whole", "run");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_may_not_grow_is_a_sentence_in_every_command() {
    let folder = folder();
    let here = folder.path();
    super::train(here, "run");
    super::write(here, "b", &super::batch(&[0, 1, 2, 3, 4, 5]));
    for line in [
        "corpus t.abc -o x/y",
        "corpus t.abc -o c.abc --credits x/y",
        "export run -o x/y",
        "generate run --no-good -n 20 -o x/y",
        "gradients --model run --batch b -o x/y",
        "page t.abc --against t.abc --verdict -o x/y",
        "render t.abc -o x",
    ] {
        std::fs::create_dir(here.join("x")).expect("a folder");
        let (code, err) = bash(here, &format!("prlimit --fsize=50 $HORNPIPE {line}"));
        assert_eq!(code, Some(1), "{line}: {err}");
        assert!(err.starts_with("error: cannot write ") && err.lines().count() == 1, "{err}");
        assert!(err.contains("File too large (os error 27)"), "{err}");
        std::fs::remove_dir(here.join("x")).expect("still empty");
    }
}

#[test]
fn curves_that_cannot_be_drawn_stop_no_training_and_are_told_of_once() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} {WHOLE}"));
    std::fs::create_dir_all(here.join("run/curves.svg")).expect("a folder");
    let (code, _, err) = hornpipe(here, &format!("{TRAIN} --epochs 2 --quiet --out run"));
    assert_eq!((code, err.lines().count()), (0, 1), "{err}");
    assert!(err.contains("run/curves.svg") && err.contains("the training goes on"), "{err}");
    std::fs::remove_dir(here.join("run/curves.svg")).expect("still empty");
    ok(here, "train --resume run");
    assert_same(here, "whole", "run");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_no_training() {
    let folder = folder();
    let here = folder.path();
    if bash(here, "unshare --map-root-user --mount mount -t tmpfs none /mnt").0 != Some(0) {
        eprintln!("not tested: this system lets nobody mount a disk of his own");
        return;
    }
    ok(here, &format!("{TRAIN} {WHOLE}"));
    let one =
        std::fs::metadata(here.join("whole/checkpoints/best.hornpipe")).expect("a file").len();
    // a disk of its own, seen by nobody else: room for two checkpoints and a part of a third
    let size = 5 * one / 2 + 30_000;
    let script = format!(
        "set -e; mkdir disk; mount -t tmpfs -o size={size} none disk
         $HORNPIPE {TRAIN} --epochs 2 --quiet --out disk/run && exit 9
         $HORNPIPE info disk/run/checkpoints/epoch-0000.hornpipe >/dev/null
         mount -o remount,size=9m disk
         $HORNPIPE train --resume disk/run >/dev/null
         cp -r disk/run ."
    );
    let script = format!("unshare --map-root-user --mount bash -c '{script}'");
    let (code, err) = bash(here, &script);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        err.contains("No space left on device") && err.contains("the training goes on"),
        "{err}"
    );
    assert_same(here, "whole", "run");
}

/// Starts hornpipe so that the permissions of files bind it: root's do not, but for a root without
/// that capability they do.
#[cfg(unix)]
fn bound_by_permissions(here: &Path, line: &str) -> Child {
    let id = Command::new("id").arg("-u").output().expect("id").stdout;
    if id != b"0\n" {
        return start(here, line);
    }
    let mut command = Command::new("setpriv");
    command.arg("--bounding-set=-dac_override").arg(assert_cmd::cargo::cargo_bin("hornpipe"));
    command.current_dir(here).args(line.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("setpriv")
}

#[test]
#[cfg(unix)]
fn a_folder_that_may_not_be_written_stops_no_training() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let here = folder.path();
    let line = format!("{TRAIN} --epochs 100000 --out run --json --checkpoint-every 0s");
    let mut child = bound_by_permissions(here, &line);
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    wait_for(&mut lines, "checkpoint");
    let checkpoints = here.join("run/checkpoints");
    let allow = |mode| set_permissions(&checkpoints, Permissions::from_mode(mode)).expect("mine");
    allow(0o555);
    let mut told = String::new();
    let mut warnings = BufReader::new(child.stderr.as_mut().expect("piped"));
    warnings.read_line(&mut told).expect("UTF-8");
    assert!(told.contains("cannot write") && told.contains("goes on"), "{told}");
    allow(0o755);
    wait_for(&mut lines, "checkpoint");
    signal(&child, "TERM");
    let stopped = wait_for(&mut lines, "stopped");
    assert_eq!(end(child).0, Some(130));
    let epochs = stopped["epoch"].as_u64().expect("a number") + 1;
    ok(here, &format!("train --resume run --epochs {epochs}"));
    ok(here, &format!("{TRAIN} --epochs {epochs} --quiet --out whole"));
    assert_eq!(read(here, "run/log.csv"), read(here, "whole/log.csv"));
    assert_eq!(read(here, "run/batches.csv"), read(here, "whole/batches.csv"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_is_moved_or_removed_while_it_trains_ends_with_a_sentence() {
    let folder = folder();
    let here = folder.path();
    let run = here.join("run");
    for moved in [true, false] {
        let line = format!("{TRAIN} --epochs 100000 --out run --json --checkpoint-every 0s");
        let mut child = start(here, &line);
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        wait_for(&mut lines, "checkpoint");
        drop(lines);
        if moved {
            std::fs::rename(&run, here.join("old")).expect("renamed");
        }
        // what is written meanwhile may be in the way
        while run.exists() {
            std::fs::remove_dir_all(&run).ok();
        }
        let (code, err) = end(child);
        let last = err.lines().last().expect("an error");
        assert!(code == Some(1) && last.starts_with("error: run is no longer"), "{code:?} {err}");
        let old = std::fs::canonicalize(here).expect("a folder").join("old").display().to_string();
        let (place, next) = if moved {
            (format!("moved to {old};"), format!("train --resume {old}"))
        } else {
            ("moved, replaced or removed;".into(), "train --resume FOLDER".into())
        };
        assert!(last.contains(&place) && last.ends_with(&next), "{err}");
        assert!(!run.exists(), "it was made anew");
    }
    ok(here, "info old");
}

#[test]
fn the_next_command_removes_what_a_killed_one_left() {
    let folder = folder();
    let here = folder.path();
    ok(here, &format!("{TRAIN} --epochs 1 --quiet --out run"));
    let left = |below: &str| here.join(below).join(".hornpipe-1-abcdef.tmp");
    for below in ["", "run", "run/checkpoints", "run/samples", "sound"] {
        std::fs::create_dir_all(here.join(below)).expect("a folder");
        std::fs::write(left(below), b"HORN").expect("a file");
    }
    ok(here, "export run -o m.safetensors");
    assert!(!left("").exists() && left("run").exists());
    ok(here, "render t.abc -o sound");
    assert!(!left("sound").exists());
    ok(here, "train --resume run");
    assert!(["run", "run/checkpoints", "run/samples"].iter().all(|below| !left(below).exists()));
}
