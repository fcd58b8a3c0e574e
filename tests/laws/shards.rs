//! Law 3 for a run in shards: its bits depend on how many there are, and never on how many processes
//! compute them, here as threads that share nothing but messages.

use crate::common::{Nobody, about, config, held_out, on_threads, text, trainer};
use hornpipe::engine::real::Precision;
use hornpipe::error::{Divergence, Error, Result};
use hornpipe::learn::config::Config;
use hornpipe::learn::group::{self, Asked, Group, threads};
use hornpipe::learn::progress::Step;
use hornpipe::learn::train::{Trainer, Watcher, train};
use hornpipe::music::places;
use hornpipe::run::folder::RunFolder;
use hornpipe::run::keep::{Keeper, Options};
use hornpipe::run::ranks::{Follower, join};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const LATE: Duration = Duration::from_secs(3600);

/// Settings of a small run of ten streams.
fn settings(shards: usize) -> Config {
    let mut config = config(&text(9, 3), &[7, 5], 10, 8);
    (config.shards, config.epochs, config.learning_rate) = (shards, 2, 0.02);
    config
}

/// Keeps a run that is asked to end before step `stop` of this process.
struct Stopped<'a> {
    keeper: &'a mut Keeper,
    stop: Option<usize>,
    steps: AtomicUsize,
    /// Times that the run went back.
    back: usize,
}

impl Watcher for Stopped<'_> {
    fn asks(&self) -> Asked {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        Asked { stop: Some(step) == self.stop, ..self.keeper.asks() }
    }

    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        if !trainer.asked.stop {
            return self.keeper.step(trainer, step);
        }
        self.keeper.batch(trainer, step)?;
        self.keeper.between(trainer)?;
        Err(Error::Interrupted)
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        Watcher::epoch(self.keeper, trainer)
    }

    fn diverged(&mut self, trainer: &mut Trainer, problem: Divergence) -> Result<()> {
        self.back += 1;
        self.keeper.diverged(trainer, problem)
    }
}

/// Trains as a rank that has the folder, from its last checkpoint if it has one; how often it went back.
fn lead(path: &Path, config: &Config, group: Box<dyn Group>, stop: Option<usize>) -> Result<usize> {
    let mut trainer = held_out(config).in_group(group);
    let folder = if path.exists() {
        let folder = RunFolder::reopen(path)?;
        folder.last(|e| panic!("{e}"))?.1.restore(&mut trainer);
        folder
    } else {
        RunFolder::create(Some(path))?
    };
    let options = Options::new().every(LATE).batches(true);
    let loud = Box::new(|notice| panic!("{notice}"));
    let about = about(&text(9, 3), config);
    let mut keeper = Keeper::begin(folder, about, options, &mut trainer, loud)?;
    let steps = AtomicUsize::new(0);
    let mut watcher = Stopped { keeper: &mut keeper, stop, steps, back: 0 };
    train(&mut trainer, &mut watcher)?;
    let back = watcher.back;
    keeper.finish(&trainer)?;
    Ok(back)
}

/// The same run on so many ranks; `stop` is the step and the rank that then wants to end.
fn together(
    path: &Path,
    config: &Config,
    ranks: usize,
    stop: Option<(usize, usize)>,
) -> Result<usize> {
    let stop_of = |rank| stop.filter(|stop| stop.1 == rank).map(|stop| stop.0);
    let mut members = threads(ranks).into_iter();
    let first = members.next().expect("a rank");
    std::thread::scope(|scope| {
        for (member, rank) in members.zip(1..) {
            let stop = stop_of(rank);
            scope.spawn(move || {
                let mut trainer = join(Box::new(member)).expect("what rank 0 sends");
                let steps = AtomicUsize::new(0);
                let asked = || Some(steps.fetch_add(1, Ordering::SeqCst)) == stop;
                match train(&mut trainer, &mut Follower { stop: asked }) {
                    Ok(()) | Err(Error::Interrupted) => {}
                    Err(e) => panic!("rank {rank}: {e}"),
                }
            });
        }
        lead(path, config, Box::new(first), stop_of(0))
    })
}

/// The files of a run that are the same whenever the run is.
fn files(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in [run, &run.join("checkpoints"), &run.join("samples")] {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let paths = entries.map(|entry| entry.expect("an entry").path());
        for path in paths.filter(|path| path.is_file() && !path.ends_with("timing.csv")) {
            let name = path.strip_prefix(run).expect("below it").to_owned();
            files.insert(name, std::fs::read(path).expect("a file"));
        }
    }
    files
}

/// Where two runs are not the same.
fn differences(one: &Path, other: &Path) -> Vec<PathBuf> {
    let (one, other) = (files(one), files(other));
    assert!(one.keys().any(|name| name.ends_with("best.hornpipe")), "{:?}", one.keys());
    let names = one.keys().chain(other.keys());
    names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

#[test]
fn a_run_in_shards_is_the_same_on_any_number_of_ranks() {
    let here = tempfile::tempdir().expect("a folder");
    for (shards, precision, average) in
        [(2, Precision::F32, None), (5, Precision::Bf16, Some(0.9)), (10, Precision::F32, None)]
    {
        let mut config = settings(shards);
        (config.precision, config.average) = (precision, average);
        let alone = here.path().join(format!("{shards} alone"));
        on_threads(2, || lead(&alone, &config, group::alone(), None)).expect("a run");
        for ranks in 1..=shards.min(7) {
            let path = here.path().join(format!("{shards} on {ranks}"));
            together(&path, &config, ranks, None).expect("a run");
            let differ = differences(&path, &alone);
            assert!(differ.is_empty(), "{shards} shards, {ranks} ranks: {differ:?}");
        }
    }
}

#[test]
fn a_run_goes_on_with_another_number_of_ranks() {
    let here = tempfile::tempdir().expect("a folder");
    let (config, whole) = (settings(5), here.path().join("whole"));
    together(&whole, &config, 1, None).expect("a run");
    let windows = held_out(&config).windows();
    // amid an epoch, after its last window, and twice; by the rank that keeps the run or another
    for (name, parts) in [
        ("amid", vec![(3, Some((2, 1))), (2, None)]),
        ("at the end", vec![(2, Some((windows - 1, 0))), (5, None)]),
        ("twice", vec![(4, Some((1, 3))), (1, Some((windows, 0))), (3, None)]),
    ] {
        let path = here.path().join(name);
        for (ranks, stop) in parts {
            let ended = together(&path, &config, ranks, stop);
            let stopped = matches!(ended, Err(Error::Interrupted));
            assert!(ended.is_ok() || stopped, "{name}: {ended:?}");
            assert_eq!(stopped, stop.is_some(), "{name}");
        }
        let differ = differences(&path, &whole);
        assert!(differ.is_empty(), "{name}: {differ:?}");
    }
}

#[test]
fn all_ranks_go_back_where_the_numbers_go_wrong() {
    let here = tempfile::tempdir().expect("a folder");
    let mut config = settings(5);
    (config.clip, config.learning_rate) = (None, 20.0);
    let paths = [1, 3].map(|ranks| {
        let path = here.path().join(ranks.to_string());
        let back = together(&path, &config, ranks, None).expect("a lower rate will do");
        assert!(back > 0, "nothing went wrong");
        path
    });
    let differ = differences(&paths[0], &paths[1]);
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn shards_make_the_batch_that_they_are_parts_of() {
    let text = text(9, 3);
    let config = config(&text, &[14, 9], 16, 8);
    let vocab = config.shape.vocab;
    for inputs in [vec![], places::inputs(vocab)] {
        let mut config = config.clone().reading(inputs);
        let mut steps = |shards| {
            config.shards = shards;
            let mut run = trainer(&text, &config);
            let step = |_| {
                run.progress.window %= run.windows();
                let step = run.step().expect("numbers");
                let norm = step.gradient_norm.expect("clipping needs it");
                [step.score.loss, step.score.accuracy, norm]
            };
            (0..12).map(step).collect::<Vec<_>>()
        };
        // dropout is on: in whichever shard a row is, its mask is its own, and so is what it hears
        let whole = steps(1);
        for shards in [2, 4, 16] {
            let parts = steps(shards);
            assert_ne!(parts, whole, "{shards}: sums of another shape have other bits");
            for (part, whole) in parts.iter().flatten().zip(whole.iter().flatten()) {
                let apart = (part - whole).abs() / whole;
                assert!(apart < 1e-6, "{shards} shards: {part} and {whole}, {apart:.1e} apart");
            }
        }
    }
}

/// Wants a checkpoint after every step.
struct Careful;

impl Watcher for Careful {
    fn asks(&self) -> Asked {
        Asked { checkpoint: true, stop: false }
    }

    fn step(&mut self, _: &Trainer, _: Step) -> Result<()> {
        panic!("weights that differ are written nowhere")
    }

    fn epoch(&mut self, _: &Trainer) -> Result<()> {
        unreachable!()
    }
}

#[test]
fn a_rank_with_other_weights_is_named() {
    let ends = |watch: fn(&mut Trainer) -> Result<()>| -> Vec<String> {
        let config = settings(5);
        std::thread::scope(|scope| {
            let member = |(rank, member)| {
                let config = &config;
                scope.spawn(move || {
                    let mut trainer = held_out(config).in_group(Box::new(member));
                    if rank == 2 {
                        trainer.model.update(|weights| weights.dense.bias[0] += 1e-3);
                    }
                    watch(&mut trainer).expect_err("other weights").to_string()
                })
            };
            let ranks: Vec<_> = threads(4).into_iter().enumerate().map(member).collect();
            ranks.into_iter().map(|rank| rank.join().expect("no panic")).collect()
        })
    };
    // at the end of an epoch, and before a checkpoint amid one
    for ends in [ends(|run| train(run, &mut Nobody)), ends(|run| train(run, &mut Careful))] {
        let sentence = "rank 2 has other weights than rank 0 in epoch 1";
        assert!(ends[0].starts_with(sentence), "{ends:?}");
        assert!(ends.iter().all(|end| *end == ends[0]), "all know: {ends:?}");
    }
}
