//! `hornpipe page`: tunes to look at and listen to in a browser.

use super::out::{Out, grouped, note};
use super::output::{Kind, Outputs};
use crate::error::{Error, Result};
use crate::music::abc;
use crate::music::corpus::{EMBEDDED, Source, load};
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
A tune that cannot be played is named with line and column and shown as text.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "TUNES")]
    tunes: Vec<PathBuf>,
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
        let sources = load(&self.tunes)?;
        let against = if self.against.is_empty() { Vec::new() } else { load(&self.against)? };
        let inputs = sources.iter().chain(&against).map(|source| &source.path);
        let output = Outputs::new(inputs, self.force).file(&self.out, Kind::Html)?;
        let tunes: Vec<&str> = sources.iter().flat_map(|source| abc::tunes(&source.text)).collect();
        let corpus: Vec<&str> = match against.as_slice() {
            [] => abc::tunes(EMBEDDED),
            sources => sources.iter().flat_map(|source| abc::tunes(&source.text)).collect(),
        };
        for (tunes, path) in [(&tunes, self.tunes.first()), (&corpus, self.against.first())] {
            if tunes.is_empty() {
                let path = path.cloned().unwrap_or_default();
                return Err(Error::content(path, "no tune here; a tune begins with 'X:'"));
            }
        }
        sources.iter().for_each(name_unplayable);
        let verdicts = judge(&tunes, &Known::new(&corpus), || {});
        let html = Page::new(&tunes, &verdicts, &corpus).title(&self.title).html();
        output.write(html.as_bytes())?;
        let (number, path) = (grouped(tunes.len()), self.out.display());
        let megabytes = html.len() as f64 / 1e6;
        out.say(format!("{number} tunes in {path} ({megabytes:.1} MB); open it in a browser"))
    }
}

/// Says which tunes of a file are shown as text alone, and why.
fn name_unplayable(source: &Source) {
    for span in abc::tune_spans(&source.text) {
        if let Err(problem) = play(&abc::read(&source.text[span.clone()])) {
            let problem = problem.within(&source.text, span.start);
            note(format!("{}, {problem}; this tune is shown as text", source.path.display()));
        }
    }
}
