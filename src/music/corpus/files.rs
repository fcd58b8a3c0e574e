//! Files and folders as texts.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::source::Source;
use crate::error::{Error, Result};
use crate::files::{is_standard, standard_input};

/// No collection of tunes is larger; a device that never ends is.
const MOST_BYTES: u64 = 1 << 30;

/// What was read of files and folders, and what was not.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Loaded {
    /// The files that could be read.
    pub sources: Vec<Source>,
    /// Why each of the others could not.
    pub skipped: Vec<Error>,
}

/// Reads files, and folders with all `*.abc` and `*.txt` files below them in sorted order.
///
/// A path named on its own is read whatever its name. The order is that of `paths`, and a file
/// found twice is read once. In folders, names that begin with a dot are passed over (what editors
/// and archives leave there is no tune), and links to folders are not followed, for they may lead
/// back. What is not UTF-8 is read as [`Source::encoding`] says. `-` is standard input.
///
/// # Errors
/// Where a path cannot be read, a folder has no such file, or a file is empty or no text; the
/// message names the path and what to do. Before any file is read all of `paths` are looked for.
/// One bad file among many is an error too: what is learned should not depend on an accident.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Source>> {
    let files = look(paths)?.into_iter().map(|Found { path, .. }| path);
    let mut left = MOST_BYTES;
    files.map(|path| read(path?, &mut left)).collect()
}

/// The same, but what is bad inside a folder is skipped.
///
/// # Errors
/// As [`load`] where a path of `paths` itself is bad, or nothing can be read in any of them.
pub fn load_readable(paths: &[PathBuf]) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut left = MOST_BYTES;
    for Found { path, named } in look(paths)? {
        match path.and_then(|path| read(path, &mut left)) {
            Ok(source) => loaded.sources.push(source),
            Err(error) if named => return Err(error),
            Err(error) => loaded.skipped.push(error),
        }
    }
    if loaded.sources.is_empty() && !loaded.skipped.is_empty() {
        return Err(loaded.skipped.swap_remove(0));
    }
    Ok(loaded)
}

/// The files that [`load`] reads for these paths, in its order.
///
/// # Errors
/// Where a path cannot be read or a folder has no such file.
pub fn found(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    look(paths)?.into_iter().map(|found| found.path).collect()
}

/// A file, or why there is none where one seemed to be.
struct Found {
    path: Result<PathBuf>,
    /// It was asked for by its own name.
    named: bool,
}

/// Looks for the files of some paths.
fn look(paths: &[PathBuf]) -> Result<Vec<Found>> {
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(Error::Usage("standard input (-) can be read once; name it once".to_owned()));
    }
    let is_folder = |path: &PathBuf| match fs::metadata(path) {
        _ if is_standard(path) => Ok(false),
        Ok(kind) => Ok(kind.is_dir()),
        Err(e) => Err(Error::io("read", path, e)),
    };
    let are_folders: Vec<bool> = paths.iter().map(is_folder).collect::<Result<_>>()?;
    let mut all = Vec::new();
    for (path, is_folder) in paths.iter().zip(are_folders) {
        if is_folder {
            let mut below = Vec::new();
            collect(path, &mut below)?;
            if below.is_empty() {
                let problem = "this folder has no *.abc or *.txt file; name a folder with tunes";
                return Err(Error::content(path, problem));
            }
            all.extend(below.into_iter().map(|path| Found { path, named: false }));
        } else {
            all.push(Found { path: Ok(path.clone()), named: true });
        }
    }
    let named: BTreeSet<&PathBuf> = paths.iter().collect();
    let mut seen = BTreeSet::new();
    all.retain_mut(|Found { path, named: is_named }| {
        let Ok(path) = path else { return true };
        *is_named |= named.contains(path);
        seen.insert(path.clone())
    });
    Ok(all)
}

/// Adds the files of tunes below `folder`, sorted by path, and what cannot be looked at in their
/// midst.
fn collect(folder: &Path, found: &mut Vec<Result<PathBuf>>) -> Result<()> {
    let failed = |error| Error::io("read", folder, error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push((entry.path(), entry.file_type().map_err(failed)?));
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in entries {
        if kind.is_dir() {
            if let Err(error) = collect(&path, found) {
                found.push(Err(error));
            }
        } else if has_tune_extension(&path) {
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => found.push(Ok(path)),
                Ok(_) => {}
                // a link that leads nowhere is an error, not a file fewer
                Err(error) => found.push(Err(Error::io("read", &path, error))),
            }
        }
    }
    Ok(())
}

fn has_tune_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|e| e.eq_ignore_ascii_case("abc") || e.eq_ignore_ascii_case("txt"))
}

/// Reads a file of at most `left` bytes, which are then fewer.
fn read(path: PathBuf, left: &mut u64) -> Result<Source> {
    let (path, bytes) = if is_standard(&path) {
        (PathBuf::from("standard input"), standard_input(*left)?)
    } else {
        let mut bytes = Vec::new();
        fs::File::open(&path)
            .and_then(|file| file.take(*left + 1).read_to_end(&mut bytes))
            .map_err(|e| Error::io("read", &path, e))?;
        (path, bytes)
    };
    let Some(rest) = left.checked_sub(bytes.len() as u64) else {
        let problem = "this file, or all up to here together, is longer than 1 GiB; name less";
        return Err(Error::content(path, problem));
    };
    *left = rest;
    Source::decode(path, bytes)
}
