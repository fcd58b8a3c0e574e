//! The files of tunes that commands read, found by name or in folders, and what is said of them.

use super::notices::NAMED;
use super::out::{counted, note};
use crate::error::{Error, Result};
use crate::learn::text::UnknownCharacter;
use crate::music::abc::{self, Written};
use crate::music::corpus::{self, EMBEDDED, Loaded, ReadAs, Source};
use glob::{MatchOptions, glob_with};
use std::path::PathBuf;

/// What becomes of a file in a folder that cannot be read.
#[derive(clap::Args, Debug, Clone, Copy)]
pub(super) struct Strictness {
    /// Fail if a file in a folder cannot be read, instead of skipping it
    #[arg(long)]
    strict: bool,
}

impl Strictness {
    /// Reads files and folders; says which are not UTF-8.
    pub(super) fn load(self, paths: &[PathBuf]) -> Result<Loaded> {
        let (mut loaded, paths) = (Loaded::default(), expanded(paths));
        if self.strict {
            loaded.sources = corpus::load(&paths)?;
        } else {
            loaded = corpus::load_readable(&paths)?;
        }
        say_read_as(loaded.sources.iter().filter_map(Source::read_as));
        Ok(loaded)
    }

    /// A corpus to compare with, the embedded one if no path is given, and what was skipped.
    pub(super) fn load_corpus(self, paths: &[PathBuf]) -> Result<(Vec<Source>, Vec<Error>)> {
        if paths.is_empty() {
            return Ok((vec![Source::new("the embedded corpus", EMBEDDED)], Vec::new()));
        }
        let Loaded { sources, skipped, .. } = self.load(paths)?;
        Ok((sources, skipped))
    }
}

/// Paths, of which patterns such as `*.abc` that the shell has left as they are become the files and
/// folders they fit, sorted. One that fits none, or is a file's name, stays.
pub(super) fn expanded(paths: &[PathBuf]) -> Vec<PathBuf> {
    let visible = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
    let expand = |path: &PathBuf| {
        let pattern = path.to_str().filter(|_| !path.exists());
        let fits = pattern.and_then(|pattern| glob_with(pattern, visible).ok());
        let fits: Vec<PathBuf> = fits.into_iter().flatten().flatten().collect();
        if fits.is_empty() { vec![path.clone()] } else { fits }
    };
    paths.iter().flat_map(expand).collect()
}

/// Says which files are not UTF-8 and what they were taken for.
pub(super) fn say_read_as(read_as: impl IntoIterator<Item = ReadAs>) {
    let mut read_as = read_as.into_iter();
    read_as.by_ref().take(NAMED).for_each(|file| note(file.to_string()));
    match read_as.count() {
        0 => {}
        more => note(format!("{more} more files are not UTF-8 and were read as what they are")),
    }
}

/// Says, at the end, which files were skipped.
pub(super) fn say_skipped(skipped: &[Error]) {
    skipped.iter().for_each(|error| note(format!("skipped: {error}")));
    match skipped.len() {
        0 => {}
        1 => note("1 file was skipped"),
        files => note(format!("{files} files were skipped")),
    }
}

/// The tunes of all sources.
pub(super) fn written(sources: &[Source]) -> Vec<Written<'_>> {
    sources.iter().flat_map(|source| abc::written(&source.text)).collect()
}

/// Refuses sources without a single tune.
pub(super) fn refuse_no_tune(sources: &[Source]) -> Result<()> {
    if sources.iter().any(|source| abc::written(&source.text).next().is_some()) {
        return Ok(());
    }
    let path = sources.first().map(|source| source.path.clone()).unwrap_or_default();
    Err(Error::content(path, "no tune here; a tune begins with 'X:'"))
}

/// The text of that name has, from a byte on, a character that a model lacks which is to `deal` with
/// it, as "evaluate".
pub(super) fn unknown(
    UnknownCharacter(c): UnknownCharacter,
    (text, from): (&str, usize),
    name: &str,
    deal: &str,
) -> Error {
    let at = text[from..].find(c).map_or(from, |at| from + at);
    let line = text[..at].matches('\n').count() + 1;
    Error::Failed(format!(
        "{name} has the character {c:?} (line {line}), which the model does not know; {deal} it \
         on text like what it learned (hornpipe corpus brings ABC into one form)"
    ))
}

/// The end of a command that did all but the tunes over a bound, which it has named.
pub(super) fn refuse_over(over: usize, number: usize) -> Result<()> {
    match over {
        0 => Ok(()),
        1 => {
            Err(Error::Failed(format!("1 of {} is too long to be played", counted(number, "tune"))))
        }
        _ => Err(Error::Failed(format!("{over} of {number} tunes are too long to be played"))),
    }
}
