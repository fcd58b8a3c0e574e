//! The interpreter let go while we compute; errors, notes and Ctrl-C as Python has them.

use hornpipe::cli::embedded::{self, listening, words};
use hornpipe::error::{Error, Result};
use pyo3::exceptions::{PyKeyboardInterrupt, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::cell::OnceCell;
use std::ffi::CString;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long Ctrl-C waits until somebody looks.
const GLANCE: Duration = Duration::from_millis(50);

/// Whether anything can be computed here.
pub(crate) fn ready(py: Python<'_>) -> PyResult<()> {
    told(py, listening(embedded::ready))
}

/// An error as Python has it: the words of the binary, and the system's own class where it refused.
pub(crate) fn raised(error: &Error) -> PyErr {
    match error {
        Error::Interrupted => PyKeyboardInterrupt::new_err(()),
        Error::Io { source, .. } => std::io::Error::new(source.kind(), words(error)).into(),
        _ => PyValueError::new_err(words(error)),
    }
}

/// What is wrong with an argument.
pub(crate) fn wrong(problem: impl Into<String>) -> PyErr {
    PyValueError::new_err(problem.into())
}

/// The value, its notes as warnings.
pub(crate) fn told<T>(py: Python<'_>, (made, notes): (Result<T>, Vec<String>)) -> PyResult<T> {
    for note in notes {
        // no text of ours has a zero byte, but a title may
        let note = CString::new(note.replace('\0', " ")).unwrap_or_default();
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), &note, 1)?;
    }
    made.map_err(|error| raised(&error))
}

/// The engine's threads: as many as there are cores, or as `RAYON_NUM_THREADS` says. Not rayon's own pool,
/// which a thread that computes [`here`] could not reach.
pub(crate) fn engines_threads<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<ThreadPool> = OnceLock::new();
    let pool = || ThreadPoolBuilder::new().build().expect("the system starts threads");
    POOL.get_or_init(pool).install(work)
}

/// Computes on the engine's threads; other threads of Python go on meanwhile.
pub(crate) fn computed<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(|| engines_threads(work))
}

/// The same on this thread alone, for work that is done before another thread would be awake.
pub(crate) fn here<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    thread_local! {
        static ALONE: OnceCell<ThreadPool> = const { OnceCell::new() };
    }
    let alone = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok();
    py.detach(|| {
        ALONE.with(|pool| {
            if pool.get().is_none() {
                // a thread that belongs to another pool has other threads to compute on
                alone().map(|made| pool.set(made));
            }
            match pool.get() {
                Some(pool) => pool.install(work),
                None => work(),
            }
        })
    })
}

/// The same for what takes long: Ctrl-C is looked for meanwhile, and `work` is told to stop.
pub(crate) fn attended<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&AtomicBool) -> Result<T> + Send,
) -> PyResult<T> {
    let (stop, (done, mut end)) = (AtomicBool::new(false), channel::<()>());
    let (made, interrupt) = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let _done = done; // dropped, it says so
            engines_threads(|| listening(|| work(&stop)))
        });
        let mut interrupt = None;
        while let Err(RecvTimeoutError::Timeout) = waited(py, &mut end) {
            if let Err(error) = py.check_signals() {
                stop.store(true, Ordering::Relaxed);
                interrupt.get_or_insert(error);
            }
        }
        (joined(py, worker), interrupt)
    });
    match interrupt {
        Some(interrupt) => Err(interrupt),
        None => told(py, made),
    }
}

/// What another thread tells within a glance, the interpreter let go.
pub(crate) fn waited<T: Send>(
    py: Python<'_>,
    hear: &mut Receiver<T>,
) -> std::result::Result<T, RecvTimeoutError> {
    // moved: a receiver may go to another thread, and not be seen from two
    py.detach(move || hear.recv_timeout(GLANCE))
}

/// What a thread made; a panic of it is ours.
pub(crate) fn joined<T: Send>(py: Python<'_>, worker: thread::ScopedJoinHandle<'_, T>) -> T {
    py.detach(|| worker.join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// JSON as Python's own values.
pub(crate) fn parsed<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (json,))
}

/// Keyword arguments as flags: `top_k=5` is `--top-k=5`, `good=True` is `--good`; what is False or None
/// is left out, a list is joined by commas, and `for_` and `from_` are the words that Python keeps for itself.
pub(crate) fn flags(given: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<String>> {
    let mut flags = Vec::new();
    for (name, value) in given.into_iter().flatten() {
        let name = name.extract::<String>()?;
        let name = name.trim_end_matches('_').replace('_', "-");
        let flag = if name.len() == 1 { format!("-{name}") } else { format!("--{name}") };
        if value.is_none() || value.extract::<bool>().is_ok_and(|is| !is) {
            continue;
        }
        flags.push(match value.extract::<bool>() {
            Ok(_) => flag,
            Err(_) => format!("{flag}={}", text_of(&value)?),
        });
    }
    Ok(flags)
}

fn text_of(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let each: Vec<String> =
            value.try_iter()?.map(|item| text_of(&item?)).collect::<PyResult<_>>()?;
        return Ok(each.join(","));
    }
    Ok(value.str()?.to_string())
}
