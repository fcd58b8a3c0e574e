//! `hornpipe judge`: how good and how new are these tunes?

use super::inputs::{Strictness, refuse_no_tune, refuse_over, say_skipped, written};
use super::notices::Notices;
use super::out::Out;
use crate::error::{Error, Result};
use crate::music::abc::{self, Written};
use crate::music::corpus::{Loaded, Source};
use crate::music::judge::{Figures, Known, Overlap, Verdict, judge, judge_corpus};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::PathBuf;

/// Say how good and how new tunes are, beside the corpus they learned from
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe judge new.abc
  hornpipe judge new.abc --each | grep near-copy
  hornpipe judge new.abc --against mytunes.abc --quiet --json | jq .good_and_new

A tune is good when it reads without complaint, every bar adds up, it ends on its tonic, and each
part has 8 or 16 bars, written or played, with at least 16 played in the tune. It is new when no
run of more than half of its notes is a corpus tune's, in any key. The corpus is judged each tune
against the others. An overlap says how alike the tunes' distances from the corpus tunes and theirs
from each other are distributed (Yang and Lerch 2020); in the corpus column one half is compared
with the other.

Fields at the head of a file (M:, L:, ...) hold for all its tunes. A tune of more than 1 MB of text,
100,000 signs, or 100,000 notes as it is played counts as not read and is named, and the exit code
is 1. Files that are not UTF-8 are read, and named with what they were taken for. One in a folder
that cannot be read is skipped and named; with --strict the exit code is 1.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    strictness: Strictness,
    /// The corpus to compare with: files or folders [default: the embedded corpus]
    #[arg(long, value_name = "CORPUS", num_args = 1..)]
    against: Vec<PathBuf>,
    /// Print a line for each tune first
    #[arg(long)]
    each: bool,
    /// Print the figures as one JSON object on the last line
    #[arg(long)]
    json: bool,
}

/// The object of `--json`.
#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    set: &'a Figures,
    overlap: Overlap,
    corpus: Yardstick<'a>,
}

/// The corpus's own figures.
#[derive(Serialize)]
struct Yardstick<'a> {
    #[serde(flatten)]
    corpus: &'a Figures,
    /// Of one half (every second tune) with the other.
    overlap: Overlap,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let Loaded { sources, mut skipped, .. } = self.strictness.load(&self.files)?;
        let (against, mut skipped_too) = self.strictness.load_corpus(&self.against)?;
        skipped.append(&mut skipped_too);
        refuse_no_tune(&sources)?;
        refuse_no_tune(&against)?;
        let (set, corpus) = (written(&sources), written(&against));
        let known = Known::new(&corpus);
        let bar = if out.quiet { ProgressBar::hidden() } else { progress_bar(set.len()) };
        let verdicts = judge(&set, &known, || bar.inc(1));
        bar.finish_and_clear();
        let yardstick = judge_corpus(&corpus, &known);
        if self.each {
            for (number, verdict) in verdicts.iter().enumerate() {
                out.result(line(number + 1, verdict, &corpus))?;
            }
        }
        let (ours, theirs) = (Figures::of(&verdicts, &set), Figures::of(&yardstick, &corpus));
        let overlap = Overlap::of(&verdicts, &yardstick);
        let (half, other) = (yardstick.iter().step_by(2), yardstick.iter().skip(1).step_by(2));
        let halves = Overlap::of(half, other);
        out.say_lines(table(&ours, &theirs, [overlap, halves]))?;
        if self.json {
            let corpus = Yardstick { corpus: &theirs, overlap: halves };
            let object = Object { set: &ours, overlap, corpus };
            let line = serde_json::to_string(&object)
                .map_err(|error| Error::Failed(format!("cannot write the figures: {error}")))?;
            out.data_line(line)?;
        }
        let over = name_over(&sources, &verdicts) + name_over(&against, &yardstick);
        say_skipped(&skipped);
        // the embedded corpus has none such
        let compared = if self.against.is_empty() { 0 } else { corpus.len() };
        refuse_over(over, set.len() + compared)
    }
}

/// What becomes of a tune over a bound.
const NOT_READ: &str = "counted as not read";

/// Says which tunes count as not read because they are over a bound; their number.
fn name_over(sources: &[Source], verdicts: &[Verdict]) -> usize {
    let mut verdicts = verdicts.iter();
    let mut over = 0;
    for source in sources {
        let mut notices = Notices::new(&source.path);
        for (piece, verdict) in abc::written(&source.text).zip(verdicts.by_ref()) {
            if let Some(problem) = &verdict.unplayable {
                over += 1;
                notices.unplayable(&piece, problem, NOT_READ);
            }
        }
        notices.finish(NOT_READ);
    }
    over
}

fn progress_bar(tunes: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} tunes");
    let bar = ProgressBar::new(tunes as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// One tune in one line.
fn line(number: usize, verdict: &Verdict, corpus: &[Written]) -> String {
    let passed = [
        ("reads", verdict.reads),
        ("bars", verdict.bars),
        ("tonic", verdict.tonic),
        ("parts", verdict.parts),
    ];
    let failed: Vec<&str> = passed.iter().filter(|(_, passed)| !passed).map(|(n, _)| *n).collect();
    let form = if !verdict.reads {
        "does not read".to_owned()
    } else if verdict.is_good() {
        "good".to_owned()
    } else {
        format!("wrong: {}", failed.join(", "))
    };
    let copied = &verdict.copied;
    let near = if copied.is_near_copy() { "near-copy, " } else { "" };
    let title = |place: usize| corpus[place].read().header('T').unwrap_or_default().to_owned();
    let from = copied.from.map_or(String::new(), |place| format!(" with {}", title(place)));
    let (run, of) = (copied.notes, copied.of);
    format!("{number:>5}  {:<32} {form:<24} {near}{run} of {of} notes{from}", verdict.title)
}

/// The figures of the set beside the corpus's own; the verdict is the last line.
fn table(set: &Figures, corpus: &Figures, [overlap, halves]: [Overlap; 2]) -> String {
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    let plain = |value: f64| format!("{value:.1}");
    let rows: [(&str, String, String); 17] = [
        ("tunes", set.tunes.to_string(), corpus.tunes.to_string()),
        ("read without complaint", percent(set.reads), percent(corpus.reads)),
        ("every bar adds up", percent(set.bars), percent(corpus.bars)),
        ("end on the tonic", percent(set.tonic), percent(corpus.tonic)),
        ("parts of 8 or 16 bars", percent(set.parts), percent(corpus.parts)),
        ("repeats pair up", percent(set.repeats), percent(corpus.repeats)),
        ("near-copies", percent(set.near_copies), percent(corpus.near_copies)),
        ("duplicates in the set", percent(set.duplicates), percent(corpus.duplicates)),
        ("notes in the key", percent(set.in_key), percent(corpus.in_key)),
        ("range in semitones", plain(set.range), plain(corpus.range)),
        ("leaps", percent(set.leaps), percent(corpus.leaps)),
        ("different bars", percent(set.distinct_bars), percent(corpus.distinct_bars)),
        ("notes a tune", plain(set.notes), plain(corpus.notes)),
        ("longest shared run, notes", plain(set.longest_run), plain(corpus.longest_run)),
        ("  as a share of the tune", percent(set.longest_share), percent(corpus.longest_share)),
        ("good", percent(set.good), percent(corpus.good)),
        ("new", percent(set.new), percent(corpus.new)),
    ];
    let mut table = format!("{:<28}{:>10}{:>10}\n", "", "these", "corpus");
    for (name, ours, theirs) in rows {
        table += &format!("{name:<28}{ours:>10}{theirs:>10}\n");
    }
    for (name, ours, theirs) in [
        ("overlap of pitch classes", overlap.pitch_class, halves.pitch_class),
        ("overlap of intervals", overlap.interval, halves.interval),
        ("overlap of durations", overlap.duration, halves.duration),
    ] {
        table += &format!("{name:<28}{:>10}{:>10}\n", percent(ours), percent(theirs));
    }
    let (ours, theirs) = (percent(set.good_and_new), percent(corpus.good_and_new));
    table += &format!("{:<28}{ours:>10}{theirs:>10}", "good and new");
    table
}
