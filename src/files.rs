//! Reading files that have an end, and writing them whole or not at all.

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// No model that fits into a machine is larger; a file with holes may say it is.
const MOST_BYTES: u64 = 1 << 35;

/// How the files are called that [`write_atomically`] writes first, the number of the process
/// between the two. Whoever writes one holds its lock: one without is what a killed process left.
const TEMPORARY: (&str, &str) = (".hornpipe-", ".tmp");

/// Whether a path is the word for standard input, or output: `-`. A file of that name is `./-`.
pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// All of standard input, or `most` bytes and one more.
///
/// # Errors
/// The system refuses, or it was read before: what is gone can not be read again.
pub(crate) fn standard_input(most: u64) -> Result<Vec<u8>> {
    static READ: AtomicBool = AtomicBool::new(false);
    if READ.swap(true, Ordering::Relaxed) {
        return Err(Error::Usage("standard input (-) can be read once; name a file".to_owned()));
    }
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| Error::io("read", "standard input", e))?;
    Ok(bytes)
}

/// All bytes of a regular file, or of standard input.
///
/// # Errors
/// The system refuses, it is no regular file, or it is longer than 32 GiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    if is_standard(path) {
        return standard_input(MOST_BYTES);
    }
    let fail = |e| Error::io("read", path, e);
    let mut file = open(path)?;
    if file.metadata().map_err(fail)?.len() > MOST_BYTES {
        return Err(Error::content(path, "longer than 32 GiB; name a model or a batch"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// The first `count` bytes of a regular file, or all it has.
///
/// # Errors
/// The system refuses, or it is no regular file.
#[cfg(feature = "cli")]
pub(crate) fn start(path: &Path, count: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(count).read_to_end(&mut bytes);
    read.map_err(|e| Error::io("read", path, e))?;
    Ok(bytes)
}

/// Opens a regular file: a device may never end, and to open a pipe may mean to wait for ever.
fn open(path: &Path) -> Result<File> {
    let fail = |e| Error::io("read", path, e);
    if !std::fs::metadata(path).map_err(fail)?.is_file() {
        return Err(Error::content(path, "not a regular file; name a file"));
    }
    File::open(path).map_err(fail)
}

/// Writes `bytes` to `path`, whole or not at all: see [`stream_atomically`].
///
/// # Errors
/// The system refuses; `path` is what it was.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    stream_atomically(path, |file| file.write_all(bytes))
}

/// The same without waiting for the disk: for many files, which [`sync_folder`] ends.
///
/// # Errors
/// The system refuses; `path` is what it was.
#[cfg(feature = "cli")]
pub(crate) fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, false, |file| file.write_all(bytes))
}

/// Lets `write` fill a file beside `path`, syncs it and moves it into place, so that `path` always
/// holds either its old content or all of the new. A link stays a link; what is neither file nor
/// folder (a pipe, /dev/stdout) is written to and stays what it is.
///
/// # Errors
/// The system or `write` refuses; `path` is what it was.
pub(crate) fn stream_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<()> {
    replace(path, true, write)
}

/// Makes a file beside `path`, as [`stream_atomically`] will, and takes it away again.
///
/// # Errors
/// The system refuses.
#[cfg(feature = "cli")]
pub(crate) fn refuse_closed_folder(path: &Path) -> Result<()> {
    let made = temporary_in(folder_of(&followed(path)));
    made.map(drop).map_err(|source| Error::io("write", path, source))
}

/// Where a path leads, through links.
fn followed(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file of our own, which goes with its handle until it gets a name.
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    if first_time(folder) {
        remove_leftovers(folder);
    }
    let prefix = format!("{}{}-", TEMPORARY.0, std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(TEMPORARY.1);
    builder.make_in(folder, create_locked)
}

fn replace(path: &Path, sync: bool, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let fail = |source| Error::io("write", path, source);
    let target = followed(path);
    if std::fs::metadata(&target).is_ok_and(|old| !old.is_file() && !old.is_dir()) {
        return File::create(&target).and_then(|mut device| write(&mut device)).map_err(fail);
    }
    let folder = folder_of(&target);
    let mut file = temporary_in(folder).map_err(fail)?;
    write(file.as_file_mut()).map_err(fail)?;
    if sync {
        file.as_file().sync_all().map_err(fail)?;
    }
    // its lock is held until it has its name
    file.persist(&target).map_err(|e| fail(e.error))?;
    // the rename itself is only safe on disk once the folder is
    if sync { synced(folder).map_err(fail) } else { Ok(()) }
}

/// A new file with the permissions of any other; tempfile's own are private, and its errors name a
/// file that nobody knows instead of saying what the system said.
fn create_locked(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).write(true).create_new(true).open(path)?;
    // a system without locks: better without than not at all
    file.lock().ok();
    // somebody who removes leftovers may have been faster; tempfile then tries another name
    if path.try_exists().unwrap_or(true) { Ok(file) } else { Err(ErrorKind::AlreadyExists.into()) }
}

/// Waits until the names in `folder` are on the disk.
///
/// # Errors
/// The system refuses.
#[cfg(feature = "cli")]
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    synced(folder).map_err(|e| Error::io("write", folder, e))
}

/// Not every system can open a folder or sync it.
fn synced(folder: &Path) -> io::Result<()> {
    let Ok(folder) = File::open(folder) else { return Ok(()) };
    match folder.sync_all() {
        Err(e) if !matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Err(e),
        _ => Ok(()),
    }
}

/// Whether this process has not yet looked for leftovers in `folder`, which may be long.
fn first_time(folder: &Path) -> bool {
    static SEEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(folder)
}

/// Removes what writes that were killed have left in `folder`, as far as the system lets us: it is
/// in nobody's way.
pub(crate) fn remove_leftovers(folder: &Path) {
    first_time(folder);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            remove_unlocked(&entry.path());
        }
    }
}

fn remove_unlocked(path: &Path) {
    if let Ok(file) = File::options().write(true).open(path)
        && file.try_lock().is_ok()
    {
        std::fs::remove_file(path).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::{remove_leftovers, stream_atomically, write_atomically};
    use std::fs::{self, File};
    use std::io::Write;
    use std::path::Path;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }

    #[test]
    fn what_dead_processes_left_is_removed_once_and_what_living_ones_write_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        let (dead, living) =
            (here.join(".hornpipe-1-dead.tmp"), here.join(".hornpipe-2-alive.tmp"));
        fs::write(&dead, "half").expect("written");
        let held = File::create(&living).expect("a file");
        held.lock().expect("locked");
        write_atomically(&here.join("a"), b"1").expect("written");
        assert_eq!(names(here), [".hornpipe-2-alive.tmp", "a"]);
        // a folder is listed once by a process that writes many files, or where a run begins
        fs::write(&dead, "half").expect("written");
        write_atomically(&here.join("b"), b"2").expect("written");
        assert!(dead.exists() && living.exists());
        drop(held);
        remove_leftovers(here);
        assert_eq!(names(here), ["a", "b"]);
        assert_eq!(fs::read(here.join("b")).expect("a file"), b"2");
    }

    #[test]
    fn a_file_that_is_being_written_is_no_leftover() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        let written = stream_atomically(&here.join("a"), |file| {
            let [name] = &names(here)[..] else { panic!("one file") };
            assert!(name.starts_with(&format!(".hornpipe-{}-", std::process::id())), "{name}");
            remove_leftovers(here);
            file.write_all(b"1")
        });
        written.expect("written");
        assert_eq!(names(here), ["a"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_error_has_the_words_of_the_system_and_no_temporary_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        fs::write(here.join("file"), "").expect("written");
        for (path, words) in [
            ("none/a", "No such file or directory (os error 2)"),
            ("file/a", "Not a directory (os error 20)"),
            ("..", "Is a directory (os error 21)"),
        ] {
            let error = write_atomically(&here.join(path), b"1").expect_err("refused").to_string();
            assert!(error.contains(words) && !error.contains(".tmp-"), "{error}");
            assert!(!error.contains(".hornpipe"), "{error}");
        }
        let long = here.join("a".repeat(300));
        let error = write_atomically(&long, b"1").expect_err("refused").to_string();
        assert!(error.contains("File name too long (os error 36)"), "{error}");
    }
}
