//! `hornpipe judge`: how good and how new are these tunes?

use super::inputs::{Strictness, refuse_no_tune, refuse_over, say_skipped, written};
use super::notices::Notices;
use super::out::{Out, counted};
use crate::error::{Error, Result};
use crate::music::abc::{self, Written};
use crate::music::corpus::{Loaded, Source};
use crate::music::judge::{
    Again, Counts, Figures, Known, Overlap, Shares, Times, Verdict, judge, judge_corpus,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Say how good and how new tunes are, beside the corpus they learned from
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe judge new.abc
  hornpipe judge new.abc --each | grep near-copy
  hornpipe judge new.abc --against mytunes.abc --quiet --json | jq .good_and_new
  hornpipe judge new.abc --quiet --json | jq .by_rhythm.jig.good_and_new

A tune is good when it reads without complaint, every bar adds up, it ends on its tonic, and each
part has 8 or 16 bars, written or played, with at least 16 played in the tune. It is new when no
run of more than half of its notes is a corpus tune's, in any key. The corpus is judged each tune
against the others. An overlap says how alike the tunes' distances from the corpus tunes and theirs
from each other are distributed (Yang and Lerch 2020); in the corpus column one half is compared
with the other.

The first table counts the tunes of each rhythm by their R: line: 'other' is one that we do not
know, 'none' a tune without. Of tunes in which every part has 8 bars (an upbeat is none, the first
ending counts) the second says how often a bar is, note for note, one before it.

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

/// What is known of a set, as `--json` has it.
#[derive(Serialize)]
struct Side {
    #[serde(flatten)]
    figures: Figures,
    /// With the corpus; of the corpus, of one half (every second tune) with the other.
    overlap: Overlap,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    corpus: Option<Box<Side>>,
    by_rhythm: BTreeMap<&'static str, Shares>,
    again: Again,
}

impl Side {
    fn new(verdicts: &[Verdict], tunes: &[Written], overlap: Overlap) -> Self {
        let by_rhythm = Counts::by_rhythm(verdicts).into_iter();
        Self {
            figures: Figures::of(verdicts, tunes),
            overlap,
            corpus: None,
            by_rhythm: by_rhythm.map(|(name, of)| (name, of.shares(tunes.len()))).collect(),
            again: verdicts.iter().map(|verdict| verdict.again).sum(),
        }
    }
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let Loaded { sources, mut skipped, .. } = self.strictness.load(&self.files)?;
        let (against, mut skipped_too) = self.strictness.load_corpus(&self.against)?;
        skipped.append(&mut skipped_too);
        refuse_no_tune(&sources)?;
        refuse_no_tune(&against)?;
        let (set, corpus) = (written(&sources), written(&against));
        let bar = if out.quiet { ProgressBar::hidden() } else { progress_bar(set.len()) };
        let Judged { verdicts, yardstick, ours, theirs } = judged(&set, &corpus, || bar.inc(1));
        bar.finish_and_clear();
        if self.each {
            for (number, verdict) in verdicts.iter().enumerate() {
                out.result(line(number + 1, verdict, &corpus))?;
            }
        }
        out.say_lines(by_rhythm(&ours, &theirs))?;
        out.say_lines(table(&ours, &theirs))?;
        if self.json {
            out.data_line(object(ours, theirs)?)?;
        }
        let over = name_over(&sources, &verdicts) + name_over(&against, &yardstick);
        say_skipped(&skipped);
        // the embedded corpus has none such
        let compared = if self.against.is_empty() { 0 } else { corpus.len() };
        refuse_over(over, set.len() + compared)
    }
}

/// A set of tunes beside a corpus.
struct Judged {
    verdicts: Vec<Verdict>,
    /// Of the corpus.
    yardstick: Vec<Verdict>,
    ours: Side,
    theirs: Side,
}

/// Judges a set; `tick` hears of each tune that is done.
fn judged(set: &[Written], corpus: &[Written], tick: impl Fn() + Sync) -> Judged {
    let known = Known::new(corpus);
    let verdicts = judge(set, &known, tick);
    let yardstick = judge_corpus(corpus, &known);
    let (half, other) = (yardstick.iter().step_by(2), yardstick.iter().skip(1).step_by(2));
    let theirs = Side::new(&yardstick, corpus, Overlap::of(half, other));
    let ours = Side::new(&verdicts, set, Overlap::of(&verdicts, &yardstick));
    Judged { verdicts, yardstick, ours, theirs }
}

/// What programs are told.
fn object(mut ours: Side, theirs: Side) -> Result<String> {
    ours.corpus = Some(Box::new(theirs));
    serde_json::to_string(&ours)
        .map_err(|error| Error::Failed(format!("cannot write the figures: {error}")))
}

/// The same of texts that are at hand: notes name the tunes over a bound.
pub(super) fn figures(set: &[Source], against: &[Source]) -> Result<String> {
    refuse_no_tune(set)?;
    refuse_no_tune(against)?;
    let Judged { verdicts, yardstick, ours, theirs } =
        judged(&written(set), &written(against), || ());
    name_over(set, &verdicts);
    name_over(against, &yardstick);
    object(ours, theirs)
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
    let (run, of) = (copied.notes, counted(copied.of, "note"));
    format!("{number:>5}  {:<32} {form:<24} {near}{run} of {of}{from}", verdict.title)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The tunes of each rhythm in the set, and below them those in the corpus; ends with an empty line.
fn by_rhythm(ours: &Side, theirs: &Side) -> String {
    let mut table = format!("{:<19}{:>6}", "rhythm", "tunes");
    for column in ["share", "read", "bars", "tonic", "parts"] {
        table += &format!("{column:>8}");
    }
    table += "  good+new\n";
    let names: BTreeSet<&str> =
        ours.by_rhythm.keys().chain(theirs.by_rhythm.keys()).copied().collect();
    for rhythm in names {
        for (name, whose, side) in [(rhythm, "these", ours), ("", "corpus", theirs)] {
            let of = side.by_rhythm.get(rhythm).copied().unwrap_or_default();
            table += &format!("{name:<12}{whose:<7}{:>6}{:>8}", of.tunes, percent(of.share));
            if of.tunes > 0 {
                for share in [of.reads, of.bars, of.tonic, of.parts] {
                    table += &format!("{:>8}", percent(share));
                }
                table += &format!("{:>10}", percent(of.good_and_new));
            }
            table.push('\n');
        }
    }
    table
}

/// The figures of the set beside the corpus's own; the verdict is the last line.
fn table(ours: &Side, theirs: &Side) -> String {
    let mut table = format!("{:<28}{:>10}{:>10}", "", "these", "corpus");
    for ((name, ours), (_, theirs)) in rows(ours).into_iter().zip(rows(theirs)) {
        table += &format!("\n{name:<28}{ours:>10}{theirs:>10}");
    }
    table
}

/// What the table says of one of them.
fn rows(Side { figures, overlap, again, .. }: &Side) -> [(&'static str, String); 28] {
    let plain = |value: f64| format!("{value:.1}");
    let times = |times: Times| times.share().map_or("-".to_owned(), percent);
    [
        ("tunes", figures.tunes.to_string()),
        ("read without complaint", percent(figures.reads)),
        ("every bar adds up", percent(figures.bars)),
        ("end on the tonic", percent(figures.tonic)),
        ("parts of 8 or 16 bars", percent(figures.parts)),
        ("repeats pair up", percent(figures.repeats)),
        ("near-copies", percent(figures.near_copies)),
        ("duplicates in the set", percent(figures.duplicates)),
        ("notes in the key", percent(figures.in_key)),
        ("range in semitones", plain(figures.range)),
        ("leaps", percent(figures.leaps)),
        ("different bars", percent(figures.distinct_bars)),
        ("tunes of 8-bar parts", again.tunes.to_string()),
        ("  bar is the bar 2 before", times(again.bar_2_before)),
        ("  bar is the bar 4 before", times(again.bar_4_before)),
        ("  bar is the bar 8 before", times(again.bar_8_before)),
        ("  last bar as in part before", times(again.last_bar_of_part_before)),
        ("  part 2 opens as part 1", times(again.part_2_opens_as_part_1)),
        ("  bar 5 is bar 1", times(again.bar_5_is_bar_1)),
        ("notes a tune", plain(figures.notes)),
        ("longest shared run, notes", plain(figures.longest_run)),
        ("  as a share of the tune", percent(figures.longest_share)),
        ("good", percent(figures.good)),
        ("new", percent(figures.new)),
        ("overlap of pitch classes", percent(overlap.pitch_class)),
        ("overlap of intervals", percent(overlap.interval)),
        ("overlap of durations", percent(overlap.duration)),
        ("good and new", percent(figures.good_and_new)),
    ]
}
