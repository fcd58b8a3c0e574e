//! `hornpipe page`: tunes to look at and listen to in a browser.

use super::inputs::{Strictness, refuse_no_tune, refuse_over, say_skipped, written};
use super::notices::Notices;
use super::out::{Out, counted, note};
use super::output::{Kind, Outputs, on_stdout};
use crate::error::Result;
use crate::music::abc::{self, Written};
use crate::music::corpus::{Loaded, Source};
use crate::music::judge::{Counts, Known, Verdict};
use crate::music::page::{Page, is_ours};
use crate::music::render::play;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Write tunes as one HTML file: scores to read, print, hear and practise with
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe page new.abc -o page.html
  hornpipe generate -n 12 | hornpipe page - -o page.html --title \"Twelve tunes\"
  hornpipe page new.abc -o page.html --against mytunes.abc
  hornpipe page mytunes.abc -o page.html --verdict

The file is all there is: open it in any browser or mail it to a friend; it needs no network. The
bar at its foot plays the tune at hand: parts or bars that you click, again and again, at any
speed, in any key, on another instrument. It prints three or four tunes a page. Without scripts the
tunes are there as ABC. Comment lines (%) of a tune's header are shown below it.
What the judge says stands below those tunes that `generate` wrote, as their comment tells, with
the corpus tune that shares the longest run of notes, in any key, folded into a line.
Fields at the head of a file (M:, L:, Z:, ...) hold for all its tunes. A tune that cannot be played
is named with line and column and shown as text, one of more than 1 MB of text or 100,000 signs by
its title alone; of each file at most five are named, then how many more there are. One of more
than 1 MB, 100,000 signs, 100,000 notes as it is played, or an hour makes the exit code 1.
Files that are not UTF-8 are read, and named with what they were taken for. One in a folder that
cannot be read is skipped and named; with --strict the exit code is 1.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "TUNES")]
    tunes: Vec<PathBuf>,
    #[command(flatten)]
    strictness: Strictness,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// The corpus to compare with: files or folders [default: the embedded corpus]
    #[arg(long, value_name = "CORPUS", num_args = 1..)]
    against: Vec<PathBuf>,
    /// Say what the judge says of every tune, not only of those that `generate` wrote
    #[arg(long)]
    verdict: bool,
    /// Print JSON lines: one for each tune that the judge was asked of, the last one for all
    #[arg(long)]
    json: bool,
    /// What stands above the tunes
    #[arg(long, default_value = "New tunes", value_name = "TEXT")]
    title: String,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let to_stdout = on_stdout([&self.out], self.json)?;
        let Loaded { sources, mut skipped, .. } = self.strictness.load(&self.tunes)?;
        let (corpus, mut skipped_too) = self.strictness.load_corpus(&self.against)?;
        skipped.append(&mut skipped_too);
        let inputs = sources.iter().chain(&corpus).map(|source| &source.path);
        let output = Outputs::new(inputs, self.force).file(&self.out, Kind::Html)?;
        refuse_no_tune(&sources)?;
        refuse_no_tune(&corpus)?;
        let (tunes, known) = (written(&sources), written(&corpus));
        let over = name_unplayable(&sources);
        let judged: Vec<bool> =
            tunes.iter().map(|tune| self.verdict || is_ours(tune.text())).collect();
        if !self.against.is_empty() && !judged.contains(&true) {
            note("no tune here is by `generate`, so that none is compared; --verdict compares all");
        }
        let verdicts = verdicts(&tunes, &judged, &known);
        let page = Page::new(&tunes, &verdicts, &known).title(&self.title);
        let mut bytes = 0;
        output.fill(|to| page.write(to).map(|written| bytes = written))?;
        if !self.json && !to_stdout {
            let (number, path) = (counted(tunes.len(), "tune"), self.out.display());
            let megabytes = bytes as f64 / 1e6;
            out.say(format!("{number} in {path} ({megabytes:.1} MB); open it in a browser"))?;
        }
        if self.json {
            lines(&verdicts).iter().try_for_each(|line| out.data_line(line.to_string()))?;
            let counts = Counts::of(verdicts.iter().flatten());
            let all = json!({ "tunes": tunes.len(), "file": self.out, "bytes": bytes,
                              "counts": counts });
            out.data_line(all.to_string())?;
        }
        say_skipped(&skipped);
        refuse_over(over, tunes.len())
    }
}

/// What programs are told of each tune.
fn lines(verdicts: &[Option<Verdict>]) -> Vec<Value> {
    let judged = verdicts.iter().enumerate();
    let judged = judged.filter_map(|(at, verdict)| Some((at + 1, verdict.as_ref()?)));
    judged
        .map(|(number, verdict)| {
            json!({ "number": number, "title": verdict.title, "good": verdict.is_good(),
                    "new": verdict.is_new(), "shared": verdict.copied.share() })
        })
        .collect()
}

/// The verdicts of those tunes that are to have one.
fn verdicts(tunes: &[Written], judged: &[bool], corpus: &[Written]) -> Vec<Option<Verdict>> {
    let known = Known::new(if judged.contains(&true) { corpus } else { &[] });
    let verdict =
        |(tune, judged): (&Written, &bool)| judged.then(|| Verdict::of(tune, &known, None));
    tunes.par_iter().zip(judged).map(verdict).collect()
}

/// What becomes of a tune that cannot be played, and of one that is not even read.
const AS_TEXT: &str = "shown as text";
const BY_TITLE: &str = "shown by its title alone";

/// Says which tunes are shown without their score, and why; the number of those over a bound.
fn name_unplayable(sources: &[Source]) -> usize {
    let mut over = 0;
    for source in sources {
        let mut notices = Notices::new(&source.path);
        for piece in abc::written(&source.text) {
            let tune = piece.read();
            match play(&tune) {
                Ok(performance) => notices.played(&piece, &tune, &performance),
                Err(problem) => {
                    // one without a note is no tune, but within all bounds
                    over += usize::from(tune.too_long.is_some() || tune.notes() > 0);
                    let fate = if tune.too_long.is_some() { BY_TITLE } else { AS_TEXT };
                    notices.unplayable(&piece, &problem, fate);
                }
            }
        }
        notices.finish(AS_TEXT);
    }
    over
}
