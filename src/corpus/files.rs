//! Files and folders as texts.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// No collection of tunes is larger; a device that never ends is.
const MOST_BYTES: u64 = 1 << 30;

/// One file of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it was read.
    pub path: PathBuf,
    /// What it says, without byte-order mark and carriage returns; otherwise as it is.
    pub text: String,
}

/// Reads files, and folders with all `*.abc` and `*.txt` files below them in sorted order.
///
/// A path named on its own is read whatever its name. The order is that of `paths`, and a file
/// found twice is read once. Links to folders are not followed, for they may lead back.
///
/// # Errors
/// Where a path cannot be read, a folder has no such file, or a file is empty or not UTF-8; the
/// message names the path, for bad UTF-8 also the byte, and what to do.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Source>> {
    let mut files = Vec::new();
    for path in paths {
        let metadata = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
        if metadata.is_dir() {
            let mut found = Vec::new();
            collect(path, &mut found)?;
            if found.is_empty() {
                let problem = "this folder has no *.abc or *.txt file; name a folder with tunes";
                return Err(Error::content(path, problem));
            }
            files.append(&mut found);
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    files.into_iter().map(read_text).collect()
}

/// Adds the files of tunes below `folder`, sorted by path.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| Error::io("read", folder, error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((entry.path(), entry.file_type().map_err(failed)?));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in entries {
        if kind.is_dir() {
            collect(&path, found)?;
        } else if has_tune_extension(&path) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn has_tune_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|e| e.eq_ignore_ascii_case("abc") || e.eq_ignore_ascii_case("txt"))
}

fn read_text(path: PathBuf) -> Result<Source> {
    let mut bytes = Vec::new();
    std::fs::File::open(&path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::io("read", &path, e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::content(path, "longer than 1 GiB; name a smaller file"));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let problem = format!("not UTF-8 at byte {at}; convert it with `iconv -t UTF-8` first");
            return Err(Error::content(path, problem));
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace('\r', "");
    if text.trim().is_empty() {
        return Err(Error::content(path, "this file is empty; name a file with tunes"));
    }
    Ok(Source { path, text })
}
