//! Law 9 for a run on disk: what cannot be written for a while is written later, what is said is
//! what is there, and a run whose folder has gone touches no other.

use crate::common::{about, config, held_out, text};
use hornpipe::error::{Error, Result};
use hornpipe::hash::weights_digest;
use hornpipe::learn::config::Config;
use hornpipe::learn::group::Asked;
use hornpipe::learn::progress::Step;
use hornpipe::learn::train::{Trainer, Watcher, train};
use hornpipe::run::checkpoint;
use hornpipe::run::folder::RunFolder;
use hornpipe::run::keep::{Keeper, Options};
use hornpipe::run::notice::Notice;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

const EPOCHS: usize = 5;
/// The epoch that is best on the tunes held out, and the one that was before.
const BEST: usize = 4;
const EARLIER: usize = 3;

/// A checkpoint after every step, and none that the epochs do not ask for.
const SOON: Duration = Duration::ZERO;
const LATE: Duration = Duration::from_secs(3600);

fn settings(seed: u64) -> Config {
    let mut config = config(&text(9, 3), &[7, 5], 2, 9);
    (config.epochs, config.learning_rate, config.seed) = (EPOCHS, 0.03, seed);
    config
}

/// A keeper and what it has to tell.
fn keep(
    folder: RunFolder,
    config: &Config,
    every: Duration,
    trainer: &mut Trainer,
) -> (Keeper, Rc<RefCell<Vec<String>>>) {
    let told = Rc::new(RefCell::new(Vec::new()));
    let hears = told.clone();
    let notify = Box::new(move |notice: Notice| hears.borrow_mut().push(notice.to_string()));
    let options = Options::new().every(every).batches(true);
    let about = about(&text(9, 3), config);
    let keeper = Keeper::begin(folder, about, options, trainer, notify).expect("files");
    (keeper, told)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// Before a step is kept.
    Step,
    /// Before an epoch is kept, and after.
    Epoch,
    Kept,
    /// Before the last files are written.
    End,
}

/// Keeps a run and does something to it on the way.
struct Disturbed<'a, F> {
    keeper: &'a mut Keeper,
    disturb: F,
}

impl<F: FnMut(&Trainer, Moment) -> Result<()>> Watcher for Disturbed<'_, F> {
    fn asks(&self) -> Asked {
        self.keeper.asks()
    }

    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        (self.disturb)(trainer, Moment::Step)?;
        self.keeper.step(trainer, step)
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        (self.disturb)(trainer, Moment::Epoch)?;
        Watcher::epoch(self.keeper, trainer)?;
        (self.disturb)(trainer, Moment::Kept)
    }
}

/// Trains to the end.
fn go(
    trainer: &mut Trainer,
    keeper: &mut Keeper,
    disturb: impl FnMut(&Trainer, Moment) -> Result<()>,
) -> Result<()> {
    let mut watcher = Disturbed { keeper, disturb };
    train(trainer, &mut watcher)?;
    (watcher.disturb)(trainer, Moment::End)?;
    watcher.keeper.finish(trainer)
}

/// A run of these settings to its end, undisturbed.
fn whole(path: &Path, config: &Config) -> Trainer {
    let mut trainer = held_out(config);
    let folder = RunFolder::create(Some(path)).expect("new");
    let (mut keeper, told) = keep(folder, config, LATE, &mut trainer);
    go(&mut trainer, &mut keeper, |_, _| Ok(())).expect("numbers and files");
    assert_eq!(*told.borrow(), [""; 0]);
    trainer
}

fn best_of(run: &Path) -> PathBuf {
    run.join("checkpoints/best.hornpipe")
}

/// The epoch of a checkpoint, if there is one.
fn epoch_of(path: &Path) -> Option<usize> {
    Some(checkpoint::load(path).ok()?.meta.progress.epoch)
}

/// Puts something in the place of the best checkpoint that no file replaces, or takes it away.
fn block(run: &Path, blocked: bool) {
    let (best, aside) = (best_of(run), run.join("aside"));
    if blocked {
        fs::rename(&best, aside).expect("a best of before");
        fs::create_dir_all(best.join("full")).expect("a folder");
    } else {
        fs::remove_dir_all(&best).expect("blocked");
        fs::rename(aside, best).expect("a best of before");
    }
}

#[test]
fn a_best_model_that_could_not_be_written_is_written_later() {
    let here = tempfile::tempdir().expect("a folder");
    let config = settings(2);
    let whole_run = here.path().join("whole");
    let trainer = whole(&whole_run, &config);
    assert_eq!(trainer.progress.best.map(|best| best.0), Some(BEST));
    let best = fs::read(best_of(&whole_run)).expect("a best");
    for (name, every, from, to) in [
        ("between", SOON, BEST, Some((BEST, Moment::Kept))),
        ("end", LATE, BEST, Some((EPOCHS, Moment::End))),
        ("newer", LATE, EARLIER, Some((BEST, Moment::Kept))),
        ("never", LATE, BEST, None),
    ] {
        let path = here.path().join(name);
        let mut trainer = held_out(&config);
        let folder = RunFolder::create(Some(&path)).expect("new");
        let (mut keeper, told) = keep(folder, &config, every, &mut trainer);
        let mut written_between = false;
        let ended = go(&mut trainer, &mut keeper, |trainer, moment| {
            let epoch = trainer.progress.epoch;
            if (epoch, moment) == (from, Moment::Epoch) {
                block(&path, true);
            } else if Some((epoch, moment)) == to {
                block(&path, false);
            }
            written_between |=
                trainer.progress.place() == (BEST, 2) && epoch_of(&best_of(&path)) == Some(BEST);
            Ok(())
        });
        let told = told.borrow();
        assert_eq!(told.len(), BEST - from + 1, "{name}: {told:?}");
        assert!(told[0].contains("best.hornpipe"), "{told:?}");
        let error = ended.map_err(|e| e.to_string()).err();
        if to.is_some() {
            assert_eq!(error, None, "{name}");
            assert!(fs::read(best_of(&path)).expect("a best") == best, "{name}: another best");
            assert_eq!(written_between, every == SOON, "{name}");
        } else {
            let error = error.expect("something is lost");
            assert!(error.contains("best.hornpipe") && error.contains("epoch 4"), "{error}");
            assert!(path.join("checkpoints/epoch-0005.hornpipe").exists(), "the last is kept");
        }
        let log = |run: &Path| fs::read_to_string(run.join("log.csv")).expect("a log");
        assert_eq!(log(&path), log(&whole_run), "{name}");
    }
}

#[test]
fn a_last_checkpoint_that_could_not_be_written_is_written_at_the_end() {
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("run");
    let (last, mut config) = (path.join("checkpoints/epoch-0010.hornpipe"), settings(1));
    config.epochs = 10;
    let mut trainer = held_out(&config);
    let folder = RunFolder::create(Some(&path)).expect("new");
    let (mut keeper, told) = keep(folder, &config, LATE, &mut trainer);
    let ended = go(&mut trainer, &mut keeper, |trainer, moment| {
        match (trainer.progress.epoch, moment) {
            (10, Moment::Epoch) => fs::create_dir_all(last.join("full")).expect("a folder"),
            (10, Moment::End) => fs::remove_dir_all(&last).expect("blocked"),
            _ => {}
        }
        Ok(())
    });
    ended.expect("files");
    assert_eq!(told.borrow().len(), 1, "{:?}", told.borrow());
    // as the best, which is this epoch's, was written
    assert_eq!([epoch_of(&best_of(&path)), epoch_of(&last)], [Some(10); 2]);
}

#[test]
fn where_numbers_go_wrong_a_best_model_that_is_not_written_yet_is_gone_back_to() {
    let here = tempfile::tempdir().expect("a folder");
    let (config, path) = (settings(2), here.path().join("run"));
    let mut trainer = held_out(&config);
    let folder = RunFolder::create(Some(&path)).expect("new");
    let (mut keeper, _) = keep(folder, &config, LATE, &mut trainer);
    let stopped = go(&mut trainer, &mut keeper, |trainer, moment| {
        if (trainer.progress.epoch, moment) == (BEST, Moment::Epoch) {
            block(&path, true);
        }
        if trainer.progress.place() == (BEST, 5) { Err(Error::Interrupted) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(Error::Interrupted)));
    let sha256 = trainer.history[BEST - 1].weights_sha256;
    trainer.model.update(|weights| weights.dense.bias.fill(f32::NAN));
    let Err(Error::Diverged(problem)) = trainer.step() else { panic!("NaN is no loss") };
    let back = keeper.go_back(&mut trainer, &problem).expect("a checkpoint");
    assert_eq!(back, best_of(&path));
    assert_eq!(trainer.progress.place(), (BEST, 0));
    assert_eq!(weights_digest(trainer.model.weights()), sha256);
    assert_eq!(
        keeper.unwritten(&trainer),
        ["what came after the last checkpoint", "the best model, that after epoch 4"]
    );
}

/// A process that was killed while its best model could not be written leaves an older or none.
#[test]
fn the_best_model_that_is_there_counts_when_a_run_goes_on() {
    let here = tempfile::tempdir().expect("a folder");
    let config = settings(2);
    let whole_run = here.path().join("whole");
    whole(&whole_run, &config);
    let log = |run: &Path| fs::read_to_string(run.join("log.csv")).expect("a log");
    for (name, counts, told_of) in [
        ("as it was", Some(BEST), ""),
        ("older", Some(EARLIER), "that of epoch 3"),
        ("own", Some(BEST), "epoch 4"),
        ("missing", None, "epoch 4"),
        ("damaged", None, "epoch 4"),
    ] {
        let path = here.path().join(name);
        let (best, older) = (best_of(&path), here.path().join("older.hornpipe"));
        let mut trainer = held_out(&config);
        let folder = RunFolder::create(Some(&path)).expect("new");
        let (mut keeper, _) = keep(folder, &config, LATE, &mut trainer);
        let killed = go(&mut trainer, &mut keeper, |trainer, moment| {
            if (trainer.progress.epoch, moment) == (EARLIER, Moment::Kept) {
                fs::copy(&best, &older).expect("a best");
            }
            if trainer.progress.place() == (BEST, 5) { Err(Error::Interrupted) } else { Ok(()) }
        });
        assert!(matches!(killed, Err(Error::Interrupted)));
        keeper.between(&trainer).expect("a folder").expect("written");
        drop(keeper);
        match name {
            "older" => drop(fs::copy(&older, &best).expect("written")),
            "own" => {
                let own = path.join("checkpoints/epoch-0004.hornpipe");
                fs::rename(&best, own).expect("renamed");
                fs::copy(&older, &best).expect("written");
            }
            "missing" => fs::remove_file(&best).expect("removed"),
            "damaged" => fs::write(&best, b"HORNPIPE").expect("written"),
            _ => {}
        }
        let folder = RunFolder::reopen(&path).expect("a run");
        let (_, checkpoint) = folder.last(drop).expect("a checkpoint");
        let mut trainer = held_out(&config);
        checkpoint.restore(&mut trainer);
        assert_eq!(trainer.progress.place(), (BEST, 5));
        let (mut keeper, told) = keep(folder, &config, LATE, &mut trainer);
        assert_eq!(trainer.progress.best.map(|best| best.0), counts, "{name}");
        let told = told.borrow();
        assert_eq!(told.len(), usize::from(name != "as it was"), "{name}: {told:?}");
        assert!(told.iter().all(|line| line.contains(told_of)), "{name}: {told:?}");
        if name == "own" {
            assert_eq!(epoch_of(&best), Some(BEST));
        }
        go(&mut trainer, &mut keeper, |_, _| Ok(())).expect("numbers and files");
        assert_eq!(trainer.progress.best.map(|best| best.0), epoch_of(&best), "{name}");
        assert_eq!(log(&path), log(&whole_run), "{name}");
    }
}

/// All files below a folder but the clock's.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else if !path.ends_with("timing.csv") {
            files.insert(path.clone(), fs::read(path).expect("a file"));
        }
    }
    files
}

#[test]
fn a_run_whose_folder_was_moved_ends_and_touches_no_other() {
    let here = tempfile::tempdir().expect("a folder");
    let here = fs::canonicalize(here.path()).expect("a folder");
    let (first, second) = (settings(2), settings(3));
    let path = here.join("run");
    whole(&path, &second);
    let alone = tree(&path);
    fs::remove_dir_all(&path).expect("a run");
    for (number, at) in [Moment::Step, Moment::Epoch, Moment::End].into_iter().enumerate() {
        let old = here.join(format!("old{number}"));
        let mut trainer = held_out(&first);
        let folder = RunFolder::create(Some(&path)).expect("new");
        let (mut keeper, told) = keep(folder, &first, LATE, &mut trainer);
        let ended = go(&mut trainer, &mut keeper, |trainer, moment| {
            let epoch = if at == Moment::End { EPOCHS } else { BEST };
            if (trainer.progress.epoch, moment) == (epoch, at) && !old.exists() {
                fs::rename(&path, &old).expect("renamed");
                whole(&path, &second);
            }
            Ok(())
        });
        let touched: Vec<PathBuf> = {
            let now = tree(&path);
            let differs = |path: &&PathBuf| now.get(*path) != alone.get(*path);
            now.keys().chain(alone.keys()).filter(differs).cloned().collect()
        };
        assert_eq!(touched, [""; 0].map(PathBuf::from), "{at:?}");
        let error = ended.expect_err("its folder has gone");
        let (code, error) = (error.exit_code(), error.to_string());
        assert!(code == 1 && error.contains("moved"), "{at:?}: {code} {error}");
        if cfg!(target_os = "linux") {
            assert!(error.contains(&format!("moved to {}", old.display())), "{error}");
        }
        assert_eq!(*told.borrow(), [""; 0], "{at:?}");
        drop(keeper);
        RunFolder::reopen(&old).expect("a run").last(|e| panic!("{e}")).expect("a checkpoint");
        fs::remove_dir_all(&path).expect("a run");
    }
}

#[test]
fn a_run_whose_folder_was_removed_ends() {
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("run");
    let mut trainer = held_out(&settings(2));
    let folder = RunFolder::create(Some(&path)).expect("new");
    let (mut keeper, told) = keep(folder, &settings(2), LATE, &mut trainer);
    let ended = go(&mut trainer, &mut keeper, |trainer, _| {
        if trainer.progress.place() == (1, 3) {
            fs::remove_dir_all(&path).expect("a run");
        }
        Ok(())
    });
    let error = ended.map_err(|e| e.to_string()).expect_err("its folder has gone");
    assert!(error.contains("moved, replaced or removed"), "{error}");
    assert_eq!(*told.borrow(), [""; 0]);
    assert!(!path.exists(), "made again");
}

/// Between the look for a run and the lock somebody else may have begun one, and ended it.
#[test]
fn of_many_who_begin_a_run_in_one_folder_one_does() {
    let here = tempfile::tempdir().expect("a folder");
    for round in 0..50 {
        let path = here.path().join(round.to_string());
        let barrier = std::sync::Barrier::new(4);
        let begin = || {
            barrier.wait();
            let folder = RunFolder::create(Some(&path))?;
            fs::write(path.join("config.json"), "{}").expect("written");
            drop(folder);
            Ok::<_, Error>(())
        };
        let begun = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(begin));
            threads.map(|thread| thread.join().expect("no panic").is_ok())
        });
        assert!(begun.iter().filter(|begun| **begun).count() <= 1, "round {round}: {begun:?}");
    }
}
