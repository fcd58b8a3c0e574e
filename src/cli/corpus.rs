//! `hornpipe corpus`: tunes from anywhere in one canonical form.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::corpus::{
    Book, Corpus, KNOWN_RHYTHMS, Kept, Options, Source, Statistics, build, load, statistics,
};
use crate::error::{Error, Result};

/// How many tunes are named for each reason.
const NAMED: usize = 3;

/// Arguments of `hornpipe corpus`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  hornpipe corpus tunes.abc -o corpus.abc
  hornpipe corpus my-tunes/ more.txt -o corpus.abc --rhythm jig,hornpipe
  hornpipe corpus tunes.abc -o corpus.abc --quiet --json | jq .dropped

Rhythms: air, barndance, hornpipe, jig (with slip jigs), march, mazurka, polka, reel,
schottische, set dance, slide, slip jig, strathspey, waltz. They come from the R: field.
A tune's X: number says nothing, except with --book, for files copied from that book.

Every tune is read, written anew and read back; its notes are the source's or it is dropped.
Kept: melody, repeats and endings, title, rhythm, metre, key. Left out: ornaments, grace notes,
chord symbols, lower notes of chords, lyrics.")]
pub struct Args {
    /// ABC files, or folders: all *.abc and *.txt below them
    #[arg(required = true, value_name = "FILES or FOLDERS")]
    pub files: Vec<PathBuf>,
    /// Where to write the corpus
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
    /// Keep only these rhythms
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub rhythm: Vec<String>,
    /// The files are copied from this book: its numbers give missing rhythms, and each number is
    /// kept once
    #[arg(long)]
    pub book: Option<Book>,
    /// Write number, title, rhythm, transcriber and source file of each tune as CSV
    #[arg(long, value_name = "FILE")]
    pub credits: Option<PathBuf>,
    /// Print nothing but results
    #[arg(long)]
    pub quiet: bool,
    /// Print the figures as one JSON object on the last line
    #[arg(long)]
    pub json: bool,
}

/// The figures of `--json`.
#[derive(Serialize)]
struct Figures {
    /// Tunes read.
    read: usize,
    /// Dropped tunes by reason.
    dropped: std::collections::BTreeMap<&'static str, usize>,
    #[serde(flatten)]
    kept: Statistics,
}

/// Reads, normalises and writes a corpus and says what it dropped.
///
/// # Errors
/// Where a source can not be read, a rhythm is not known, no tune is left, or a file can not be
/// written.
pub fn run(args: &Args) -> Result<()> {
    let options = Options { rhythms: rhythms(&args.rhythm)?, book: args.book };
    let sources = load(&args.files)?;
    refuse_to_replace(&args.out, &sources)?;
    let corpus = build(&sources, &options);
    let mut out = std::io::stdout().lock();
    let mut say = |text: &str| quietly(out.write_all(text.as_bytes()));
    if !args.quiet {
        say(&dropped_table(&corpus))?;
    }
    if corpus.kept.is_empty() {
        return Err(nothing_left(&corpus, &sources));
    }
    let text = corpus.text();
    write_atomically(&args.out, text.as_bytes())?;
    if let Some(path) = &args.credits {
        write_atomically(path, &credits(&corpus.kept, path)?)?;
    }
    let figures = statistics(&text);
    if !args.quiet {
        say(&format!("{figures}written  {}\n", args.out.display()))?;
    }
    if args.json {
        let dropped = corpus.reasons().iter().map(|(name, all)| (*name, all.len())).collect();
        let read = corpus.kept.len() + corpus.dropped.len();
        let line = serde_json::to_string(&Figures { read, dropped, kept: figures })
            .map_err(|error| Error::Failed(format!("cannot write the figures: {error}")))?;
        say(&(line + "\n"))?;
    }
    Ok(())
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

/// The corpus is not its source: what is left out would be lost.
fn refuse_to_replace(out: &Path, sources: &[Source]) -> Result<()> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let target = real(out);
    if target.is_some() && sources.iter().any(|source| real(&source.path) == target) {
        let problem = "is one of the files to read; write the corpus to another --out";
        return Err(Error::Usage(format!("{} {problem}", out.display())));
    }
    Ok(())
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
    let mut table = format!("read     {total} tunes, kept {}\n", corpus.kept.len());
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

/// Writes beside the target and renames, so that the target is never half written.
fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    readable_by_all(file.as_file()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A temporary file is its owner's alone; a corpus is an ordinary file.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// `hornpipe corpus ... | head` is no failure.
fn quietly(written: std::io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::io("write", "standard output", error))
        }
        _ => Ok(()),
    }
}
