//! What strangers wrote is shown with its control characters escaped: none reaches the terminal.

use super::{TempDir, batch, of_tensors, ok, whole, write};
use assert_cmd::Command;
use safetensors::Dtype;
use std::path::Path;

/// A sequence that sets the terminal's title, one that clears it in C1, and text turned around.
const EVIL: &str = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c}\u{7f}\u{2028}\u{feff}";

/// The same in a name, where a line break is possible too.
fn evil_name(ending: &str) -> String {
    format!("e\nrror: {}{ending}", EVIL.replace('/', ""))
}

fn is_evil(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || (!c.is_ascii() && EVIL.contains(c))
}

/// Exit code, stdout and stderr.
fn hornpipe(here: &Path, line: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("hornpipe").expect("the binary");
    let done = command.current_dir(here).args(line).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (done.status.code().unwrap_or(-1), text(done.stdout), text(done.stderr))
}

/// A folder with a tune in a file of an evil name, all of whose text fields are evil; its name.
fn evil_folder() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let name = evil_name(".abc");
    let bars = "GAB cde|gfe dcB|ABc def|gdB G3|GAB cde|gfe dcB|ABc def|g3 G3:|\n";
    let tune = |title: &str, key: &str| {
        format!(
            "X:1{EVIL}\nT:{title}{EVIL}\nR:jig{EVIL}\nM:6/8\nL:1/8\nK:{key}\n|:{bars}|:{bars}\n"
        )
    };
    let flawed =
        tune("Flawed", "G").replace("cde", &format!("c\"{EVIL}\"de \u{1b} \u{202e} !{EVIL}!"));
    let text = [tune("Good", "G"), tune("Bad", &format!("H{EVIL}")), flawed].concat();
    write(folder.path(), &name, text.as_bytes());
    write(folder.path(), "good.abc", tune("Good", "G").as_bytes());
    (folder, name)
}

/// Runs one command after the other and looks at all that they print.
fn look(here: &Path, lines: &[(&[&str], i32)]) {
    for (line, wanted) in lines {
        let (code, out, err) = hornpipe(here, line);
        let all = format!("{line:?}\nexit {code}\nstdout {out:?}\nstderr {err:?}");
        assert_eq!(code, *wanted, "{all}");
        assert!(!out.contains(is_evil) && !err.contains(is_evil), "{all}");
        let begins = |line: &str| line.starts_with("error: ") || line.starts_with("note: ");
        assert!(!out.lines().any(begins), "a name breaks the line\n{all}");
        let forged = format!("rror: {}", &EVIL[..1]).escape_default().to_string();
        assert!(!err.lines().any(|line| line.starts_with(&forged[..6])), "{all}");
        if code != 2 {
            assert!(err.lines().all(begins), "a name breaks the line\n{all}");
        }
    }
}

#[test]
fn tunes_are_shown_without_what_moves_a_terminal() {
    let (folder, name) = evil_folder();
    let (here, name) = (folder.path(), name.as_str());
    let (missing, out) = (evil_name("missing"), evil_name("out"));
    let (missing, out) = (missing.as_str(), out.as_str());
    let (both, page) = (format!("{out}2"), format!("{out}3"));
    look(
        here,
        &[
            (&["corpus", name, "-o", out], 0),
            (&["corpus", name, "-o", out, "--rhythm", "reel"], 1),
            (&["corpus", name, "-o", name], 2),
            (&["corpus", missing, "-o", "x"], 1),
            (&["corpus", name, "-o", "x", "--rhythm", EVIL], 2),
            (&["render", name, "-o", &both], 0),
            (&["render", "good.abc", "-o", name], 1),
            (&["page", name, "-o", &page], 0),
            (&["page", name, "-o", name], 2),
            (&["page", missing, "-o", out], 1),
            (&["judge", name, "--each", "--against", name], 0),
            (&["judge", name, "--each"], 0),
            (&["judge", missing], 1),
            (&["info", missing], 1),
            (&["info", name], 1),
        ],
    );
    let (_, said, _) = hornpipe(here, &["judge", name, "--each"]);
    assert!(said.contains("Good\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}\\u{2066}"), "{said}");
    let (_, _, said) = hornpipe(here, &["info", missing]);
    assert!(said.contains("cannot read e\\nrror: \\u{1b}]0;x"), "{said}");
}

#[test]
fn models_are_shown_without_what_moves_a_terminal() {
    let (folder, name) = evil_folder();
    let (here, name) = (folder.path(), name.as_str());
    let (run, out) = (evil_name("run"), evil_name("out"));
    let (run, out) = (run.as_str(), out.as_str());
    write(here, "plain.abc", "X:1\nK:G\nABc|\n".repeat(50).as_bytes());
    let odd = "X:1\nT:\u{1b}\u{7}\u{9b}\u{202e}\u{1b}\u{7}\u{9b}\u{202e}\n".repeat(50);
    write(here, "odd.abc", odd.as_bytes());
    write(here, "b", &batch(&[0, 1, 2, 3, 4, 5]));
    let bytes = whole(&[0, 1, 2, 3, 4, 5]);
    let (x, y) = (("x", Dtype::I64), ("y", Dtype::I64));
    let tensors =
        [x, y, (EVIL, Dtype::I64)].map(|(name, dtype)| (name, dtype, &[2, 3][..], bytes.clone()));
    write(here, name, &of_tensors(&tensors));
    write(here, "bad.hornpipe", b"");
    let tiny = "--lstm 3 --embedding 2 --batch 2 --steps 3 --epochs 1 --validation 0";
    let train = |more: &[&'static str]| -> Vec<&str> {
        ["train", "odd.abc"]
            .into_iter()
            .chain(tiny.split(' '))
            .chain(more.iter().copied())
            .collect()
    };
    let [first, second] =
        [["--out", run], ["--init", run]].map(|more| [train(&[]), more.to_vec()].concat());
    look(
        here,
        &[
            (&first, 0),
            (&first, 2),
            (&[&second[..], &["--out", out]].concat(), 0),
            (&["train", "--resume", run, "--epochs", "2", "--progress-every", "0s"], 0),
            (&["train", "--resume", run, "--seed", "9"], 2),
            (&["train", "plain.abc", "--validation", "0", "--init", run], 1),
            (&["info", run], 0),
            (&["evaluate", run, "odd.abc", "--per-tune", "--batch", "1", "--steps", "3"], 0),
            (&["evaluate", run, "plain.abc"], 1),
            (&["evaluate", run, name], 1),
            (&["generate", run, "--key", EVIL], 2),
            (&["generate", run, "--prime", "ü"], 2),
            (&["generate", run, "-n", "3", "--max-length", "20", "-o", out], 1),
            (&["export", run, "-o", "m"], 0),
            (&["gradients", "--model", "m", "--batch", name, "-o", "g"], 0),
            (&["gradients", "--model", "m", "--batch", "b", "-o", &format!("{out}.g")], 0),
            (&["gradients", "--model", "m", "--batch", out, "-o", "g"], 1),
        ],
    );
    // a checkpoint that cannot be read is passed over by name
    let epoch = here.join(run).join("checkpoints/epoch-0009.hornpipe");
    std::fs::write(epoch, b"hornpipe").expect("a file");
    look(here, &[(&["info", run], 0), (&["train", "--resume", run], 0)]);
    // a name is found again by whoever asked for it; tunes are data
    let quiet = [&train(&["--quiet"])[..], &["--out", EVIL]].concat();
    assert_eq!(hornpipe(here, &quiet).1, format!("{EVIL}\n"));
    let (_, tunes, err) = hornpipe(here, &["generate", run, "-n", "3", "--max-length", "20"]);
    assert!(tunes.contains('\u{1b}') && !err.contains(is_evil), "{tunes:?} {err:?}");
    ok(here, "info m --json");
}

#[test]
fn wrong_usage_is_shown_without_what_moves_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let flag = format!("--{EVIL}");
    for line in [
        &[EVIL][..],
        &["train", &flag],
        &["train", "--lstm", EVIL],
        &["train", "--lstm", &format!("{EVIL}\nx")],
        &["train", &format!("--seed={EVIL}")],
        &["generate", "--key=G", EVIL, EVIL],
        &["render", "x", "-o", "y", "--melody", EVIL],
        &["completions", EVIL],
    ] {
        look(folder.path(), &[(line, 2)]);
        let (_, _, err) = hornpipe(folder.path(), line);
        assert!(err.contains("\\u{1b}]0;x\\u{7}\\u{9b}2J"), "{line:?} {err}");
    }
}
