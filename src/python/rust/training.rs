//! `train`: the engine's threads compute, the thread that called runs the callback and hears Ctrl-C.

use crate::calls::{engines_threads, flags, joined, parsed, told, waited, wrong};
use crate::model::Model;
use hornpipe::cli::embedded::{self, Happening, Trained, listening};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;

/// Trains a model, as `hornpipe train` does: on `text`, tunes in ABC or anything else, or on the embedded
/// corpus without one. Returns (model, history).
///
/// config has the names of the flags: {"epochs": 3, "lstm": [64], "embedding": 32, "seed": 1, "dropout": 0.2,
/// "validation": 0.1, "inputs": "characters", "tonic": "as-written", "from": "runs/001", ...}, all of them optional;
/// `hornpipe train --help` says what they mean. Weights are those of the program with the same flags, to the last
/// bit. All is in memory, unless "out" names the folder of a run, which `hornpipe train --resume` can go on with.
///
/// callback gets a dictionary after each epoch: {"event": "epoch", "epoch": 1, "loss", "accuracy",
/// "validation_loss", "validation_accuracy", "loss_last", "accuracy_last", "gradient_norm", "learning_rate",
/// "weights_sha256", "seconds"}, as lines of `hornpipe train --json`; with batches=True also after each update:
/// {"event": "batch", "epoch", "batch", "loss", "accuracy"}. If it returns False, training stops there and what
/// was learned is returned; what it raises is raised. Ctrl-C stops after the update at hand.
///
/// history is a list of the epochs' dictionaries. which="best" returns the model with the lowest loss on what was
/// held out, as opening a run does (the last where nothing is held out), which="last" that of the end.
#[pyfunction]
#[pyo3(signature = (text=None, config=None, callback=None, batches=false, which="best"))]
pub(crate) fn train<'py>(
    py: Python<'py>,
    text: Option<&str>,
    config: Option<&Bound<'py, PyDict>>,
    callback: Option<&Bound<'py, PyAny>>,
    batches: bool,
    which: &str,
) -> PyResult<(Model, Bound<'py, PyList>)> {
    let last = match which {
        "best" => false,
        "last" => true,
        _ => return Err(wrong(format!("which is {which:?}; choose best or last"))),
    };
    let flags = flags(config)?;
    if let Some(flag) = flags.iter().find(|flag| !flag.starts_with("--")) {
        return Err(wrong(format!("config has {flag:?}, which is no name of a flag")));
    }
    let stop = AtomicBool::new(false);
    let (tell, mut hear) = channel::<Happening>();
    let (answer, answered) = channel::<bool>();
    let wanted = Wanted { epochs: callback.is_some(), batches: callback.is_some() && batches };
    let (made, raised) = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let desk = Desk { tell, answered, wanted, stop: &stop };
            let hear = move |what| desk.tell(what);
            engines_threads(|| listening(|| embedded::train(text, &flags, hear)))
        });
        let raised = attend(py, callback, &mut hear, &answer, &stop);
        (joined(py, worker), raised)
    });
    raised?;
    let Trained { best, last: end, history, .. } = told(py, made)?;
    let model = if last { end.unwrap_or(best) } else { best };
    let history: Vec<_> = history.iter().map(|line| parsed(py, line)).collect::<PyResult<_>>()?;
    Ok((Model::new(model), PyList::new(py, history)?))
}

/// What the callback wants to hear of.
#[derive(Clone, Copy)]
struct Wanted {
    epochs: bool,
    batches: bool,
}

/// Where the training tells what happens.
struct Desk<'a> {
    tell: Sender<Happening>,
    answered: Receiver<bool>,
    wanted: Wanted,
    stop: &'a AtomicBool,
}

impl Desk<'_> {
    fn tell(&self, what: Happening) -> ControlFlow<()> {
        let wanted = match what {
            Happening::Epoch(_) => self.wanted.epochs,
            _ => self.wanted.batches,
        };
        let goes_on = !wanted || {
            // who hears no more has stopped
            self.tell.send(what).is_ok() && self.answered.recv().unwrap_or(false)
        };
        match goes_on && !self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }
}

/// Answers what the training tells, until it is over.
fn attend(
    py: Python<'_>,
    callback: Option<&Bound<'_, PyAny>>,
    hear: &mut Receiver<Happening>,
    answer: &Sender<bool>,
    stop: &AtomicBool,
) -> PyResult<()> {
    let mut raised = Ok(());
    loop {
        let happened = waited(py, hear);
        let now = match &happened {
            Err(RecvTimeoutError::Disconnected) => return raised,
            Err(RecvTimeoutError::Timeout) => py.check_signals().map(|()| true),
            Ok(what) => py.check_signals().and_then(|()| match callback {
                Some(callback) if raised.is_ok() => goes_on(callback, what),
                _ => Ok(false),
            }),
        };
        let goes_on = matches!(now, Ok(true)) && raised.is_ok();
        if let Err(error) = now {
            raised = raised.and(Err(error));
        }
        if !goes_on {
            stop.store(true, Ordering::Relaxed);
        }
        if happened.is_ok() {
            answer.send(goes_on).ok();
        }
    }
}

/// Whether the callback says so.
fn goes_on(callback: &Bound<'_, PyAny>, what: &Happening) -> PyResult<bool> {
    let py = callback.py();
    let event = match what {
        Happening::Batch { epoch, batch, loss, accuracy } => {
            let event = PyDict::new(py);
            event.set_item("event", "batch")?;
            event.set_item("epoch", epoch)?;
            event.set_item("batch", batch)?;
            event.set_item("loss", loss)?;
            event.set_item("accuracy", accuracy)?;
            event.into_any()
        }
        Happening::Epoch(figures) => {
            let event = parsed(py, figures)?;
            event.set_item("event", "epoch")?;
            event
        }
        _ => return Ok(true),
    };
    let said = callback.call1((event,))?;
    Ok(!said.extract::<bool>().is_ok_and(|goes_on| !goes_on))
}
