//! Reading files that have an end, and writing them whole or not at all.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// No model that fits into a machine is larger; a file with holes may say it is.
const MOST_BYTES: u64 = 1 << 35;

/// How the files are called that [`write_atomically`] writes first: a killed process leaves one.
const TEMPORARY: (&str, &str) = (".hornpipe-", ".tmp");

/// All bytes of a regular file.
///
/// # Errors
/// The system refuses, it is no regular file, or it is longer than 32 GiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
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

/// Lets `write` fill a file beside `path`, syncs it and moves it into place, so that `path` always
/// holds either its old content or all of the new. A link stays a link; what is neither file nor
/// folder (a pipe, /dev/stdout) is written to and stays what it is.
///
/// # Errors
/// The system or `write` refuses; `path` is what it was.
pub(crate) fn stream_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> Result<()> {
    let fail = |source| Error::io("write", path, source);
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(&target).is_ok_and(|old| !old.is_file() && !old.is_dir()) {
        return File::create(&target).and_then(|mut device| write(&mut device)).map_err(fail);
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // what a plain create gives before the umask; tempfile's own default is private
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // only the kind of error: its text would name a temporary file that nobody knows
    let mut file = builder.tempfile_in(folder).map_err(|e| fail(e.kind().into()))?;
    write(file.as_file_mut()).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(&target).map_err(|e| fail(e.error))?;
    // the rename itself is only safe on disk once the folder is; not every system can open one or
    // sync it
    let Ok(folder) = File::open(folder) else { return Ok(()) };
    match folder.sync_all() {
        Err(e) if !matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Err(fail(e))
        }
        _ => Ok(()),
    }
}

/// Removes what writes that were killed have left in `folder`. Nobody else may be writing there.
///
/// # Errors
/// The system refuses.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("read", folder, e))?;
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1));
        if ours {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(|e| Error::io("remove", &path, e))?;
        }
    }
    Ok(())
}
