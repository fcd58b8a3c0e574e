//! `hornpipe audit --learn`: the other half of `audit`, mistakes at work.

use super::out::{Out, grouped, note};
use super::output::Output;
use super::stop::Stop;
use super::watch::bar;
use crate::engine::check::audit::{CENTRAL_CEILING, Case};
use crate::engine::check::naive::Bug;
use crate::error::{Error, Result};
use crate::look::gallery::{Exhibit, Gallery, Lesson, Run, name};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Updates of each run, of all mistakes and of one: a minute on two cores.
const UPDATES: (usize, usize) = (1200, 4000);

/// The mistakes that a name, or none, stands for.
///
/// # Errors
/// No mistake has this name.
pub(super) fn bugs(named: Option<&str>) -> Result<Vec<Bug>> {
    let Some(named) = named else { return Ok(Bug::ALL.into()) };
    let bug = Bug::ALL.into_iter().find(|bug| name(*bug) == named);
    bug.map(|bug| vec![bug]).ok_or_else(|| {
        let names = Bug::ALL.map(name).join(", ");
        Error::Usage(format!("--learn: no mistake is called {named:?}; choose from: {names}"))
    })
}

/// Trains with these mistakes and without, and writes the page.
pub(super) fn learn(
    (bugs, updates): (&[Bug], Option<usize>),
    (case, seed): (&Case, u64),
    (output, path): (&Output, &Path),
    json: bool,
    out: &Out,
) -> Result<()> {
    let usual = if let [_] = bugs { UPDATES.1 } else { UPDATES.0 };
    let lesson = Lesson::new(seed, updates.unwrap_or(usual))?;
    output.refuse_closed_folder()?;
    let gallery = train(lesson, bugs, case, out)?;
    let page = gallery.page().map_err(|e| Error::content(path, e.to_string()))?;
    output.write(page.as_bytes())?;
    if json {
        let runs = runs(&gallery);
        let all = json!({ "file": path, "bytes": page.len(), "runs": runs.len(),
                          "mistakes": gallery.broken.len(), "caught": caught(&gallery),
                          "allowed": CENTRAL_CEILING });
        runs.iter().chain([&all]).try_for_each(|line| out.data_line(line.to_string()))?;
    } else {
        out.say_lines(table(&gallery))?;
        let (path, kilobytes) = (path.display(), page.len() as f64 / 1e3);
        out.say_lines(format!("\n{path} ({kilobytes:.0} kB); open it in a browser"))?;
    }
    if gallery.is_sound() {
        return Ok(());
    }
    Err(Error::Failed(
        "a gradient without a mistake is off, or one with a mistake is not; try another --seed, and \
         report what `hornpipe audit` shows if it stays so"
            .to_owned(),
    ))
}

/// Trains under a bar, or with a line now and then where there is none.
fn train(lesson: Lesson, bugs: &[Bug], case: &Case, out: &Out) -> Result<Gallery> {
    let runs = Gallery::runs(bugs.len());
    let (stop, bar, done) = (Stop::listen()?, bar(!out.quiet), AtomicUsize::new(0));
    let all = runs * lesson.updates();
    bar.set_length(all as u64);
    out.say(format!(
        "{runs} runs, {} right and {} with a mistake, of {} characters, {} at a time",
        runs - bugs.len(),
        bugs.len(),
        grouped(lesson.characters()),
        rayon::current_num_threads().min(runs),
    ))?;
    let going = || {
        bar.inc(1);
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        // who can not be told is not told
        if bar.is_hidden() && done < all && done.is_multiple_of(all / 4) {
            out.say(format!("{}% learned", 100 * done / all)).ok();
        }
        !stop.asked()
    };
    let gallery = Gallery::new(lesson, bugs, case, going);
    bar.finish_and_clear();
    if let Err(Error::Interrupted) = gallery {
        note("stopped; nothing was written");
    }
    gallery
}

fn table(gallery: &Gallery) -> String {
    let mut lines = format!(
        "{:46}  {:>6}  {:>6}  tensors off",
        "held out, in nats a character", "right", "broken"
    );
    for broken in &gallery.broken {
        let shown = gallery.shown(broken);
        let bug = broken.run.bug.map(|bug| bug.to_string()).unwrap_or_default();
        let (off, all) = shown.off;
        let (right, broken) = (shown.right, shown.broken);
        lines += &format!("\n{bug:46}  {right:6.3}  {broken:6.3}  {off} of {all}");
    }
    lines
}

/// How many mistakes show in some gradient.
fn caught(gallery: &Gallery) -> usize {
    gallery.broken.iter().filter(|broken| gallery.shown(broken).off.0 > 0).count()
}

/// What programs are told of each run: the right ones first.
fn runs(gallery: &Gallery) -> Vec<Value> {
    let exhibit = |exhibit: &Exhibit| line(&exhibit.run, Some(&exhibit.errors));
    let others = gallery.others.iter().map(|run| line(run, None));
    let broken = gallery.broken.iter().map(exhibit);
    [exhibit(&gallery.right)].into_iter().chain(others).chain(broken).collect()
}

fn line(run: &Run, errors: Option<&Vec<(String, f64)>>) -> Value {
    let errors = errors.map(|errors| {
        let errors = errors.iter().map(|(tensor, error)| (tensor.clone(), json!(error)));
        errors.collect::<serde_json::Map<_, _>>()
    });
    let points = || run.points.iter();
    json!({
        "bug": run.bug.map(name),
        "seed": run.seed,
        "characters": points().map(|point| point.characters).collect::<Vec<_>>(),
        "training": points().map(|point| point.training).collect::<Vec<_>>(),
        "held_out": points().map(|point| point.held_out).collect::<Vec<_>>(),
        "errors": errors,
    })
}
