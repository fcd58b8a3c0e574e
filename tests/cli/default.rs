//! The model that comes with hornpipe, and who is given it.

use super::{folder, hornpipe, json, ok, train, write};
use std::path::Path;

fn sha256(here: &Path, model: &str) -> String {
    json(here, &format!("info {model} --json"))["weights_sha256"].as_str().expect("a hash").into()
}

#[test]
fn the_default_model_is_the_one_that_is_documented() {
    let empty = tempfile::tempdir().expect("a folder");
    let readme = include_str!("../../data/README.md");
    assert!(readme.contains(&sha256(empty.path(), "default")), "data/README.md names another");
}

#[test]
fn where_there_is_no_run_there_is_the_default_model() {
    let (empty, says) = (tempfile::tempdir().expect("a folder"), "the model that comes with");
    let here = empty.path();
    let alone = hornpipe(here, "generate -n 2");
    assert!(alone.0 == 0 && alone.2.contains(says), "{}", alone.2);
    assert_eq!(alone.1, ok(here, "generate default -n 2"));
    assert!(!hornpipe(here, "generate default").2.contains(says));
    let (code, _, err) = hornpipe(here, "generate --last");
    assert!(code == 2 && err.contains("there is no run"), "{err}");
    let (code, _, err) = hornpipe(here, "info default --epoch 3");
    assert!(code == 2 && err.contains("default is no run, so --epoch says nothing"), "{err}");

    // a run wins, and so does whatever else is called so
    let folder = folder();
    let here = folder.path();
    ok(here, "train t.abc --lstm 4 --embedding 4 --epochs 1 --quiet");
    assert_eq!(sha256(here, ""), sha256(here, "runs/001"));
    let shipped = sha256(here, "default");
    train(here, "default");
    assert_eq!(sha256(here, "default"), sha256(here, "./default"));
    assert_ne!(sha256(here, "default"), shipped);
    std::fs::remove_dir_all(here.join("default")).expect("a folder");
    write(here, "default", b"no model");
    assert_eq!(hornpipe(here, "info default").0, 1);
}
