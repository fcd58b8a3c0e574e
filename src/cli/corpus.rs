//! `hornpipe corpus`: tunes from anywhere in one canonical form.

use super::inputs::{expanded, say_read_as};
use super::out::{Out, counted};
use super::output::{Kind, Outputs, called, on_stdout};
use crate::error::{Error, Result};
use crate::music::corpus::{
    Book, Corpus, KNOWN_RHYTHMS, Kept, Options, Source, Statistics, Tonic, build, in_more_keys,
    in_tonic, load, statistics,
};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How many tunes are named for each reason.
const NAMED: usize = 3;

/// Write any ABC in one canonical form, the form that models learn best
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe corpus tunes.abc -o corpus.abc
  hornpipe corpus my-tunes/ more.txt -o corpus.abc --rhythm jig,hornpipe
  hornpipe corpus tunes.abc -o corpus.abc --transpose
  hornpipe corpus tunes.abc -o corpus.abc --tonic G
  curl -s https://example.org/tunes.abc | hornpipe corpus - -o - | hornpipe train -
  hornpipe corpus tunes.abc -o corpus.abc --quiet --json | jq .dropped

Rhythms: air, barndance, hornpipe, jig (with slip jigs), march, mazurka, polka, reel,
schottische, set dance, slide, slip jig, strathspey, waltz. They come from the R: field.
A tune's X: number says nothing, except with --book, for files copied from that book.

Every tune is read, written anew and read back; its notes are the source's or it is dropped.
A tune of more than 1 MB of text or 100,000 signs is dropped. Fields at the head of a file (M:, L:,
Z:, ...) hold for all its tunes. A file that cannot be read is an error, even in a folder: no tune
is lost unseen.
Kept: melody, repeats and endings, title, rhythm, metre, key. Left out: ornaments, grace notes,
chord symbols, lower notes of chords, lyrics, tempo.
Metres: 2/4, 3/4, 4/4, 3/2, 6/8, 9/8, 12/8. An upbeat before a repeat stays there ('D2|:G2G2 ...').
D.C. and D.S. in the music and an order of parts in P: drop a tune; a remark in N: or Z: does not.")]
pub(super) struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "FILES or FOLDERS")]
    files: Vec<PathBuf>,
    /// Where to write the corpus
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Keep only these rhythms
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    rhythm: Vec<String>,
    /// The files are copied from this book: its numbers give missing rhythms, and each number is
    /// kept once
    #[arg(long, value_name = "NAME")]
    book: Option<Book>,
    /// Write number, title, rhythm, transcriber and source file of each tune as CSV
    #[arg(long, value_name = "FILE")]
    credits: Option<PathBuf>,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Write each tune in up to three keys: after all tunes as they are come copies in those of
    /// their mode's three most frequent tonics that they are not in, as `train` without files has
    /// them; --credits lists no copies
    #[arg(long)]
    transpose: bool,
    /// Move each tune to this tonic by the nearest way, its mode kept: with G a tune in D is in G,
    /// one in Em in Gm
    #[arg(long, value_name = "NOTE", conflicts_with = "transpose")]
    tonic: Option<Tonic>,
    /// Print the figures as one JSON object on the last line
    #[arg(long)]
    json: bool,
}

/// The figures of `--json`.
#[derive(Serialize)]
struct Figures {
    /// Tunes read.
    read: usize,
    /// Dropped tunes by reason.
    dropped: std::collections::BTreeMap<&'static str, usize>,
    /// Copies in other keys; `tunes` counts them too.
    copies: usize,
    #[serde(flatten)]
    kept: Statistics,
    /// Tunes moved to the tonic that was asked for.
    moved: usize,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let files = [&self.out].into_iter().chain(&self.credits);
        let out = &out.aside_of(on_stdout(files, self.json)?);
        let options = Options::default().rhythms(rhythms(&self.rhythm)?).book(self.book);
        let sources = load(&expanded(&self.files))?;
        say_read_as(sources.iter().filter_map(Source::read_as));
        let mut outputs = Outputs::new(sources.iter().map(|source| &source.path), self.force);
        let tunes = outputs.file(&self.out, Kind::Abc)?;
        let table = match &self.credits {
            Some(path) => Some((path, outputs.file(path, Kind::Csv)?)),
            None => None,
        };
        let corpus = build(&sources, &options);
        out.say_lines(dropped_table(&corpus).trim_end())?;
        if corpus.kept.is_empty() {
            return Err(nothing_left(&corpus, &sources));
        }
        let mut text = corpus.text();
        if self.transpose {
            text = in_more_keys(&text);
        }
        let mut moved = 0;
        if let Some(tonic) = self.tonic {
            let all = in_tonic(&text, tonic);
            moved = all.moved;
            let stay = match all.first_as_written {
                Some(first) => format!("; {} stay, the first of them {first}", all.as_written),
                None => String::new(),
            };
            let moved = counted(moved, "tune");
            out.say(format!("moved    {moved} to {tonic}, {} were there{stay}", all.there))?;
            text = all.text;
        }
        if let Some((path, table)) = table {
            table.write(&credits(&corpus.kept, path)?)?;
        }
        tunes.write(text.as_bytes())?;
        let figures = statistics(&text);
        let copies = figures.tunes - corpus.kept.len();
        if self.transpose {
            out.say(format!("added    {copies} copies in other keys, counted in what follows"))?;
        }
        out.say_lines(figures.to_string().trim_end())?;
        out.say(format!("written  {}", called(&self.out)))?;
        if self.json {
            let dropped = corpus.reasons().iter().map(|(name, all)| (*name, all.len())).collect();
            let read = corpus.kept.len() + corpus.dropped.len();
            let line =
                serde_json::to_string(&Figures { read, dropped, copies, kept: figures, moved })
                    .map_err(|error| Error::Failed(format!("cannot write the figures: {error}")))?;
            out.data_line(line)?;
        }
        Ok(())
    }
}

impl ValueEnum for Book {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Oneills]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Oneills => Some(
                PossibleValue::new("oneills")
                    .help("O'Neill's Music of Ireland (1903): 1,850 tunes in sections by rhythm"),
            ),
        }
    }
}

/// The rhythms asked for in our spelling.
fn rhythms(asked: &[String]) -> Result<Vec<String>> {
    let known = |name: &String| {
        let plain = name.trim().to_lowercase();
        KNOWN_RHYTHMS.contains(&plain.as_str()).then_some(plain).ok_or_else(|| {
            let list = KNOWN_RHYTHMS.join(", ");
            Error::Usage(format!("'{name}' is not a rhythm; choose from: {list}"))
        })
    };
    asked.iter().map(known).collect()
}

/// Everything was dropped: the commonest reason, or that there were no tunes at all.
fn nothing_left(corpus: &Corpus, sources: &[Source]) -> Error {
    match corpus.reasons().first() {
        Some((reason, tunes)) => Error::Failed(format!(
            "no tune is left of {}: {} dropped because: {reason}; try other files or --rhythm",
            corpus.dropped.len(),
            tunes.len(),
        )),
        None => {
            let path = sources.first().map(|source| source.path.clone()).unwrap_or_default();
            Error::content(path, "no tune here or in the other files; a tune begins with 'X:'")
        }
    }
}

/// One line for each reason with its count and the first few tunes.
fn dropped_table(corpus: &Corpus) -> String {
    let total = corpus.kept.len() + corpus.dropped.len();
    let mut table = format!("read     {}, kept {}\n", counted(total, "tune"), corpus.kept.len());
    for (reason, tunes) in corpus.reasons() {
        table += &format!("dropped  {:>5}  {reason}\n", tunes.len());
        for dropped in tunes.iter().take(NAMED) {
            let title: String = dropped.title.chars().take(40).collect();
            let detail = dropped.reason.detail();
            let colon = if detail.is_empty() { "" } else { ": " };
            table += &format!("                  X:{} {title}{colon}{detail}\n", dropped.number);
        }
    }
    table
}

/// The credits as CSV.
fn credits(kept: &[Kept], path: &Path) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::io("write", path, std::io::Error::other(error));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["number", "title", "rhythm", "transcriber", "source"]).map_err(failed)?;
    for tune in kept {
        let file = tune.path.file_name().unwrap_or_default().to_string_lossy();
        let rhythm = tune.rhythm.unwrap_or_default();
        let record = [&tune.number, &tune.tune.title, rhythm, &tune.transcriber, file.as_ref()];
        writer.write_record(record).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| failed(error.into_error().into()))
}
