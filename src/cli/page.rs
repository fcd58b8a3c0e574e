//! `hornpipe page`: tunes to look at and listen to in a browser.

use super::inputs::{Strictness, refuse_no_tune, refuse_over, say_skipped, written};
use super::notices::Notices;
use super::out::{Out, grouped};
use super::output::{Kind, Outputs};
use crate::error::Result;
use crate::music::abc;
use crate::music::corpus::{Loaded, Source};
use crate::music::judge::{Known, judge};
use crate::music::page::Page;
use crate::music::render::play;
use std::path::PathBuf;

/// Write tunes as one HTML file: scores, sound, and what the judge says of each
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe page new.abc -o page.html
  hornpipe generate -n 12 -o new.abc && hornpipe page new.abc -o page.html --title \"Twelve tunes\"
  hornpipe page new.abc -o page.html --against mytunes.abc

The file is all there is: open it in any browser or mail it to a friend; it needs no network. Beside
each tune stands the corpus tune that shares the longest run of notes with it, in any key, those
notes coloured. Comment lines (%) of a tune's header are shown below it.
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
    /// What stands above the tunes
    #[arg(long, default_value = "New tunes", value_name = "TEXT")]
    title: String,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let Loaded { sources, mut skipped, .. } = self.strictness.load(&self.tunes)?;
        let (corpus, mut skipped_too) = self.strictness.load_corpus(&self.against)?;
        skipped.append(&mut skipped_too);
        let inputs = sources.iter().chain(&corpus).map(|source| &source.path);
        let output = Outputs::new(inputs, self.force).file(&self.out, Kind::Html)?;
        refuse_no_tune(&sources)?;
        refuse_no_tune(&corpus)?;
        let (tunes, known) = (written(&sources), written(&corpus));
        let over = name_unplayable(&sources);
        let verdicts = judge(&tunes, &Known::new(&known), || {});
        let page = Page::new(&tunes, &verdicts, &known).title(&self.title);
        let mut bytes = 0;
        output.fill(|to| page.write(to).map(|written| bytes = written))?;
        let (number, path) = (grouped(tunes.len()), self.out.display());
        let megabytes = bytes as f64 / 1e6;
        out.say(format!("{number} tunes in {path} ({megabytes:.1} MB); open it in a browser"))?;
        say_skipped(&skipped);
        refuse_over(over, tunes.len())
    }
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
