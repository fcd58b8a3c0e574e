//! Tunes without a model: read, judged, rendered.

use crate::arrays::given_away;
use crate::calls::{attended, computed, flags, parsed, raised, wrong};
use hornpipe::cli::embedded;
use hornpipe::music::abc::{self, Duration, Performance, Problem, Tune, Written};
use numpy::ndarray::Array1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

/// Tunes as one text: a text, or a list of one for each tune.
fn text_of(tunes: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = tunes.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned());
    }
    let mut all = String::new();
    for tune in tunes.try_iter()? {
        let tune: String = tune?.extract()?;
        all.push_str(tune.trim_end());
        all.push_str("\n\n");
    }
    Ok(all)
}

/// How good and how new tunes are, beside others (the embedded corpus): the dictionary of `hornpipe judge
/// --json`. Both are a text of tunes or a list with a text for each.
#[pyfunction]
#[pyo3(signature = (tunes, against=None))]
pub(crate) fn judge<'py>(
    py: Python<'py>,
    tunes: &Bound<'py, PyAny>,
    against: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (tunes, against) = (text_of(tunes)?, against.map(text_of).transpose()?);
    let figures = attended(py, |_| embedded::judge(&tunes, against.as_deref()))?;
    parsed(py, &figures)
}

/// A tune as the bytes of a file, format "midi" or "wav" to listen to, several in a row with set=True, or
/// "musicxml" as it is written.
///
/// Other keywords are the flags of `hornpipe render`: melody="fiddle", chords="harp", bass, accompany=True,
/// no_chords, soundfont="piano.sf2", speed="70%", transpose=2, times=3, count_in, swing="off". Raises ValueError
/// for a tune that cannot be played, with its line and column.
#[pyfunction]
#[pyo3(signature = (tune, format="midi", **flags))]
pub(crate) fn render<'py>(
    py: Python<'py>,
    tune: &Bound<'py, PyAny>,
    format: &str,
    flags: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (tune, mut flags) = (text_of(tune)?, self::flags(flags)?);
    match format {
        "midi" | "wav" | "musicxml" => flags.push(format!("--format={format}")),
        _ => return Err(wrong(format!("format is {format:?}; choose midi, wav or musicxml"))),
    }
    let bytes = attended(py, |_| embedded::render(&tune, &flags))?;
    Ok(PyBytes::new(py, &bytes))
}

/// The tunes of a text, in dictionaries: see `hornpipe.abc.read`.
#[pyfunction]
pub(crate) fn read<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyList>> {
    let source = embedded::source(text).map_err(|error| raised(&error))?;
    let tunes = PyList::empty(py);
    for written in abc::written(&source.text) {
        let (tune, sound) = computed(py, || {
            let tune = written.read();
            let sound = abc::perform(&tune);
            (tune, sound)
        });
        tunes.append(one(py, &written, &tune, sound)?)?;
    }
    Ok(tunes)
}

fn one<'py>(
    py: Python<'py>,
    written: &Written,
    tune: &Tune,
    sound: Result<Performance, Problem>,
) -> PyResult<Bound<'py, PyDict>> {
    let mut problems: Vec<Problem> = tune.problems.clone();
    let mut notices = tune.notices.clone();
    let sound = sound.unwrap_or_else(|problem| {
        problems.push(problem);
        Performance::default()
    });
    notices.extend(sound.notices.iter().cloned());
    let all = PyDict::new(py);
    all.set_item("text", written.text())?;
    let headers: Vec<(String, &str)> =
        tune.headers.iter().map(|(letter, text)| (letter.to_string(), text.as_str())).collect();
    all.set_item("headers", headers)?;
    for (name, letter) in [("title", 'T'), ("rhythm", 'R')] {
        all.set_item(name, tune.header(letter))?;
    }
    all.set_item("key", tune.key.name())?;
    all.set_item("meter", tune.meter.map(|meter| meter.to_string()))?;
    let sound = match common_ticks(&sound) {
        Some(ticks) => {
            all.set_item("ticks", ticks)?;
            set_sound(py, &all, &sound, ticks)
        }
        None => Err(wrong("the durations of a tune have no common unit; leave that tune out")),
    };
    sound?;
    for (name, problems) in [("problems", problems), ("notices", notices)] {
        let all_of: Vec<Bound<'py, PyDict>> =
            problems.into_iter().map(|p| said(py, &written.placed(p))).collect::<PyResult<_>>()?;
        all.set_item(name, all_of)?;
    }
    Ok(all)
}

/// What sounds, in ticks.
fn set_sound<'py>(
    py: Python<'py>,
    all: &Bound<'py, PyDict>,
    sound: &Performance,
    ticks: i64,
) -> PyResult<()> {
    let in_ticks = |time: &Duration| time.numer() * (ticks / time.denom());
    let notes = &sound.notes;
    let times = |each: Vec<i64>| given_away(py, Array1::from_vec(each));
    all.set_item("onset", times(notes.iter().map(|note| in_ticks(&note.onset)).collect()))?;
    all.set_item("duration", times(notes.iter().map(|note| in_ticks(&note.duration)).collect()))?;
    let pitches: Vec<i32> = notes.iter().map(|note| note.midi()).collect();
    all.set_item("pitch", given_away(py, Array1::from_vec(pitches)))?;
    let graces: Vec<bool> = notes.iter().map(|note| note.grace).collect();
    all.set_item("grace", given_away(py, Array1::from_vec(graces)))?;
    all.set_item("bars", times(sound.bars.iter().map(|bar| in_ticks(&bar.onset)).collect()))?;
    let chords: Vec<(i64, &str)> =
        sound.chords.iter().map(|(at, chord)| (in_ticks(at), chord.as_str())).collect();
    all.set_item("chords", chords)?;
    all.set_item("length", in_ticks(&sound.length))
}

/// The least number of ticks to a whole note in which all times are whole; none if it is past counting.
fn common_ticks(sound: &Performance) -> Option<i64> {
    let notes = sound.notes.iter().flat_map(|note| [&note.onset, &note.duration]);
    let bars = sound.bars.iter().map(|bar| &bar.onset);
    let chords = sound.chords.iter().map(|(at, _)| at);
    let mut times = notes.chain(bars).chain(chords).chain([&sound.length]);
    let ticks = times.try_fold(1i64, |ticks, time| {
        let denom = *time.denom();
        (ticks / gcd(ticks, denom)).checked_mul(denom)
    })?;
    // and so that the last of them can be told
    sound.length.numer().checked_mul(ticks / sound.length.denom())?;
    Some(ticks)
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn said<'py>(py: Python<'py>, problem: &Problem) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    all.set_item("line", problem.at.line)?;
    all.set_item("column", problem.at.column)?;
    all.set_item("message", &problem.message)?;
    Ok(all)
}
