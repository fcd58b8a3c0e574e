//! The lock of a run's folder: one process trains a run, for as long as the folder is where it was.

use crate::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Held as long as the value lives.
#[derive(Debug)]
pub(crate) struct Lock {
    run: PathBuf,
    file: File,
}

impl Lock {
    /// Locks the folder of a run.
    ///
    /// # Errors
    /// Another process holds it, or the system refuses.
    pub(crate) fn take(run: &Path) -> Result<Self> {
        let path = run.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|e| Error::io("write", &path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let problem = "another process is training this run; wait for it, or stop it first";
                return Err(Error::content(run, problem));
            }
            // better without than not at all
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path, e)),
        }
        let lock = Self { run: run.to_owned(), file };
        // between opening and locking it
        lock.check().map(|()| lock)
    }

    /// Whether the folder is still the one that was locked: another may lie there by now.
    ///
    /// # Errors
    /// [`Error::RunMoved`].
    pub(crate) fn check(&self) -> Result<()> {
        let gone = match self.is_there() {
            Ok(there) => !there,
            // where the system does not say, whoever writes next hears what it has to say
            Err(e) => matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        };
        if gone {
            return Err(Error::RunMoved { run: self.run.clone(), now: self.now() });
        }
        Ok(())
    }

    #[cfg(unix)]
    fn is_there(&self) -> std::io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let there = std::fs::metadata(self.run.join(LOCK))?;
        let ours = self.file.metadata()?;
        Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino()))
    }

    /// Elsewhere a folder with an open file is not easily moved.
    #[cfg(not(unix))]
    fn is_there(&self) -> std::io::Result<bool> {
        self.run.join(LOCK).try_exists()
    }

    /// The folder where the locked file lies now, if the system says so.
    fn now(&self) -> Option<PathBuf> {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            let number = self.file.as_raw_fd();
            let now = std::fs::read_link(format!("/proc/self/fd/{number}")).ok()?;
            // one that was removed is called "lock (deleted)"
            now.ends_with(LOCK).then(|| now.parent().map(Path::to_owned))?
        }
        #[cfg(not(target_os = "linux"))]
        None
    }
}

/// Its name in the folder of a run.
pub(crate) const LOCK: &str = "lock";
