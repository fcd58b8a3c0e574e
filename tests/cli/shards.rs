//! `train --shards`: what a run remembers of them, and what is refused. Ranks are threads in
//! `tests/laws/shards.rs` and processes in `tests/scripts/mpi.sh`.

use super::{SMALL, folder, hornpipe, json, ok, read, train};

#[test]
fn a_run_in_shards_goes_on_in_as_many() {
    let folder = folder();
    let here = folder.path();
    train(here, "whole --shards 4");
    assert!(read(here, "whole/config.json").contains("\"shards\": 4"), "the config says so");
    assert!(ok(here, "info whole").contains("4 streams of 16 characters, in 4 shards"));
    assert_eq!(json(here, "info whole --json")["config"]["shards"], 4);

    ok(here, &format!("{SMALL} --epochs 1 --shards 4 --out parts"));
    let (code, _, err) = hornpipe(here, "train --resume parts --epochs 2 --shards 2");
    let sentence = "parts cannot go on with --shards 2 (the run has 4); leave that out";
    assert!(code == 2 && err.contains(sentence), "{err}");
    ok(here, "train --resume parts --epochs 2 --quiet");
    assert_eq!(read(here, "parts/log.csv"), read(here, "whole/log.csv"));

    // a run of one shard is one of before there were any
    train(here, "one --shards 1");
    train(here, "plain");
    assert_eq!(read(here, "one/config.json"), read(here, "plain/config.json"));
    assert_eq!(read(here, "one/log.csv"), read(here, "plain/log.csv"));
    assert_ne!(read(here, "one/log.csv"), read(here, "whole/log.csv"));
}

#[test]
fn what_learns_a_few_tunes_has_streams_enough_for_its_shards() {
    let folder = folder();
    let here = folder.path();
    train(here, "base");
    let last =
        json(here, "train t.abc --from base --shards 3 --steps 64 --epochs 1 --out more --json");
    assert_eq!(last["event"], "done");
    assert_eq!(json(here, "info more --json")["config"]["batch"], 3);
}

#[cfg(not(feature = "mpi"))]
#[test]
fn started_by_mpirun_a_hornpipe_without_mpi_says_so_once() {
    let folder = folder();
    let start = |rank: &str, args: &str| {
        let mut command = assert_cmd::Command::cargo_bin("hornpipe").expect("the binary");
        command.current_dir(folder.path()).args(args.split_whitespace());
        command.env("OMPI_COMM_WORLD_RANK", rank).env("OMPI_COMM_WORLD_SIZE", "2");
        command.output().expect("it runs")
    };
    let first = start("0", SMALL);
    let said = String::from_utf8_lossy(&first.stderr);
    assert_eq!(first.status.code(), Some(2));
    assert!(said.contains("was built without MPI") && said.contains("--features mpi"), "{said}");
    // by then mpirun has ended it
    let begun = std::time::Instant::now();
    assert_eq!(start("1", SMALL).status.code(), Some(2));
    assert!(begun.elapsed() > std::time::Duration::from_secs(1), "it would say the same at once");
    assert!(!folder.path().join("runs").exists(), "no run of its own");
    // what is no training is done as often as it was asked for
    assert_eq!(start("1", "info default").status.code(), Some(0));
}
