//! Law 4 without the command line: a program keeps a run, leaves it, goes on and opens it by calls
//! of the library.

use crate::common::{Nobody, about, config, streams, text, trainer};
use hornpipe::engine::weights::Weights;
use hornpipe::error::{Error, Result};
use hornpipe::hash::weights_sha256;
use hornpipe::learn::evaluate::{Passage, evaluate_each};
use hornpipe::learn::group::Asked;
use hornpipe::learn::listener::Listener;
use hornpipe::learn::progress::Step;
use hornpipe::learn::train::{Trainer, Watcher, train};
use hornpipe::run::checkpoint::{Format, load, save};
use hornpipe::run::find::Which;
use hornpipe::run::folder::RunFolder;
use hornpipe::run::keep::{Keeper, Options};
use hornpipe::run::open::open;
use hornpipe::write::generate::{self, write_all};
use hornpipe::write::prompt::Prompt;
use std::path::Path;
use std::time::Duration;

/// Keeps a run and ends it as a crash would, after some steps.
struct Fragile {
    keeper: Keeper,
    steps: usize,
}

impl Watcher for Fragile {
    fn asks(&self) -> Asked {
        self.keeper.asks()
    }

    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.keeper.step(trainer, step)?;
        self.steps -= 1;
        if self.steps == 0 { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        Watcher::epoch(&mut self.keeper, trainer)
    }
}

fn keep(folder: RunFolder, text: &str, trainer: &mut Trainer) -> Keeper {
    let about = about(text, &config(text, &[7, 5], 2, 9));
    let options = Options::new().every(Duration::ZERO).batches(true);
    let loud = Box::new(|notice| panic!("{notice}"));
    Keeper::begin(folder, about, options, trainer, loud).expect("files")
}

fn read(run: &Path, name: &str) -> String {
    std::fs::read_to_string(run.join(name)).expect(name)
}

#[test]
fn a_program_keeps_a_run_goes_on_with_it_and_opens_it() {
    let text = text(8, 3);
    let config = config(&text, &[7, 5], 2, 9);
    let here = tempfile::tempdir().expect("a folder");
    let (whole, broken) = (here.path().join("whole"), here.path().join("broken"));

    let mut run = trainer(&text, &config);
    let mut keeper = keep(RunFolder::create(Some(&whole)).expect("new"), &text, &mut run);
    train(&mut run, &mut keeper).expect("numbers");
    keeper.finish(&run).expect("files");
    let mut unkept = trainer(&text, &config);
    train(&mut unkept, &mut Nobody).expect("numbers");
    assert_eq!(run.history, unkept.history, "keeping a run does not touch it");

    let mut stopped = trainer(&text, &config);
    let keeper = keep(RunFolder::create(Some(&broken)).expect("new"), &text, &mut stopped);
    let steps = stopped.windows() + 3;
    let end = train(&mut stopped, &mut Fragile { keeper, steps });
    assert!(matches!(end, Err(Error::Interrupted)));
    drop(stopped);

    let folder = RunFolder::reopen(&broken).expect("a run");
    let (_, checkpoint) = folder.last(|e| panic!("{e}")).expect("a checkpoint");
    assert_eq!(checkpoint.meta.progress.place(), (1, 3));
    let weights = Weights::zeros(&config.shape);
    let settings = checkpoint.meta.config.settings();
    let mut resumed = Trainer::new(settings, weights, streams(&text, &config), None);
    checkpoint.restore(&mut resumed);
    let mut keeper = keep(folder, &text, &mut resumed);
    train(&mut resumed, &mut keeper).expect("numbers");
    keeper.finish(&resumed).expect("files");
    for name in ["log.csv", "batches.csv", "config.json", "char_to_index.json", "curves.svg"] {
        assert_eq!(read(&broken, name), read(&whole, name), "{name}");
    }

    let opened = open(Some(&broken), Which::Best, |notice| panic!("{notice}")).expect("a model");
    assert_eq!(opened.exchanged.sha256, weights_sha256(run.model.weights()));
    let vocabulary = opened.vocabulary().expect("a checkpoint has one").clone();
    let (model, tunes) = (opened.model(), ["X:1\n", "", "K:D\nABc|\n"]);
    let options = generate::Options::new(Prompt::new(&vocabulary)).max_length(50);
    let written = write_all(&model, &vocabulary, &options, 2);
    assert_eq!(written, write_all(&run.model, &vocabulary, &options, 2));
    assert!(written.iter().all(|tune| tune.starts_with("X:")));
    let symbols = |text: &str| vocabulary.encode(text).expect("known characters");
    let passage = |lead: &str, text: &str| Passage { lead: symbols(lead), text: symbols(text) };
    let passages = [
        passage("", tunes[0]),
        passage("", ""),
        passage("", tunes[2]),
        passage(tunes[0], tunes[2]),
        passage("", &(tunes[0].to_owned() + tunes[2])),
    ];
    let foretold = evaluate_each(&model, &Listener::deaf(), &passages);
    assert_eq!(foretold.iter().map(Vec::len).collect::<Vec<_>>(), [3, 0, 8, 9, 12]);
    // what leads to a text is heard as if it were a part of it, and not counted
    assert_eq!(foretold[3], foretold[4][3..]);
}

#[test]
fn what_a_killed_process_left_out_is_made_again_and_no_more_is_kept_than_said() {
    let text = text(8, 3);
    let config = config(&text, &[7, 5], 2, 9);
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("run");
    let mut run = trainer(&text, &config);
    let mut keeper = keep(RunFolder::create(Some(&path)).expect("new"), &text, &mut run);
    train(&mut run, &mut keeper).expect("numbers");
    let names = || std::fs::read_dir(path.join("checkpoints")).expect("a folder").flatten();
    let between = names().filter(|entry| entry.path().to_string_lossy().contains("-batch-"));
    assert_eq!(between.count(), 3, "checkpoints amid epochs");
    keeper.finish(&run).expect("files");
    drop(keeper);
    let sample = path.join("samples/epoch-0002.abc");
    let written = std::fs::read(&sample).expect("a sample");
    std::fs::remove_file(&sample).expect("removed");
    keep(RunFolder::reopen(&path).expect("a run"), &text, &mut run);
    assert_eq!(std::fs::read(&sample).expect("made again"), written);
}

#[test]
#[should_panic(expected = "shapes of the run and of the checkpoint")]
fn a_checkpoint_is_not_restored_into_another_model() {
    let text = text(8, 3);
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("a.hornpipe");
    let config = |lstm: &[usize]| config(&text, lstm, 2, 9);
    let run = trainer(&text, &config(&[7, 5]));
    save(&run, &about(&text, &config(&[7, 5])), &path).expect("written");
    load(&path).expect("read").restore(&mut trainer(&text, &config(&[7, 6])));
}

#[test]
#[should_panic(expected = "(T, B) of config and streams")]
fn a_run_is_not_kept_under_the_config_of_another() {
    let text = text(8, 3);
    let here = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::create(Some(&here.path().join("run"))).expect("new");
    keep(folder, &text, &mut trainer(&text, &config(&text, &[7, 5], 2, 8)));
}

#[test]
#[should_panic(expected = "what format 2 cannot say")]
fn a_run_that_was_begun_in_format_2_is_not_kept_with_more_than_that_can_say() {
    let text = text(8, 3);
    let here = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::create(Some(&here.path().join("run"))).expect("new");
    let mut about = about(&text, &config(&text, &[7, 5], 2, 9));
    let mut run = trainer(&text, &about.config);
    (about.format, about.book) = (Format::Two, Some("{}".to_owned()));
    let loud = Box::new(|notice| panic!("{notice}"));
    drop(Keeper::begin(folder, about, Options::new(), &mut run, loud));
}
