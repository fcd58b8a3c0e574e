//! Files and folders as texts.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// No collection of tunes is larger; a device that never ends is.
const MOST_BYTES: u64 = 1 << 30;

const BYTE_ORDER_MARK: &str = "\u{feff}";

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
/// found twice is read once. In folders, names that begin with a dot are passed over (what editors
/// and archives leave there is no tune), and links to folders are not followed, for they may lead
/// back.
///
/// # Errors
/// Where a path cannot be read, a folder has no such file, or a file is empty, not UTF-8 or without
/// a line end that we know; the message names the path, for bad UTF-8 also the byte, and what to do.
/// One bad file among many is an error too: what is learned should not depend on an accident.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Source>> {
    let files = found(paths)?;
    let mut left = MOST_BYTES;
    let mut sources = Vec::with_capacity(files.len());
    for path in files {
        let bytes = read_up_to(left, &path)?;
        left -= bytes.len() as u64;
        sources.push(Source { text: text_of(bytes).map_err(|e| Error::content(&path, e))?, path });
    }
    Ok(sources)
}

/// The files that [`load`] reads for these paths, in its order.
///
/// # Errors
/// Where a path cannot be read or a folder has no such file.
pub fn found(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
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
    Ok(files)
}

/// Adds the files of tunes below `folder`, sorted by path.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
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
            collect(&path, found)?;
        } else if has_tune_extension(&path) {
            // a link that leads nowhere is an error, not a file fewer
            if fs::metadata(&path).map_err(|e| Error::io("read", &path, e))?.is_file() {
                found.push(path);
            }
        }
    }
    Ok(())
}

fn has_tune_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|e| e.eq_ignore_ascii_case("abc") || e.eq_ignore_ascii_case("txt"))
}

fn read_up_to(most: u64, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::io("read", path, e))?;
    if bytes.len() as u64 > most {
        let problem = "this file, or all up to here together, is longer than 1 GiB; name less";
        return Err(Error::content(path, problem));
    }
    Ok(bytes)
}

/// The text in the bytes of a file, or what is wrong with them.
fn text_of(bytes: Vec<u8>) -> std::result::Result<String, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("this is UTF-16; convert it with `iconv -f UTF-16 -t UTF-8` first".into());
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!(
            "not UTF-8 at byte {at}; convert it first, if it is Latin-1 with `iconv -f LATIN1 -t \
             UTF-8`"
        )
    })?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
    if text.contains('\r') {
        if !text.contains('\n') {
            return Err(
                "its lines end with CR alone; convert it with `tr '\\r' '\\n'` first".into()
            );
        }
        // in place, as a text may be large
        text.retain(|c| c != '\r');
    }
    if text.trim().is_empty() {
        return Err("this file is empty; name a file with tunes".into());
    }
    Ok(text)
}
