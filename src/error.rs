//! What can go wrong with anything that comes from the world: files, flags, texts, checkpoints.
//!
//! Every message is one lower-case sentence that names the path and says what to do next. Wrong
//! shapes inside the engine are bugs and panic with a message instead.

use std::path::{Path, PathBuf};

/// A failure the user can act on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something impossible; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The operating system refused to read or write `path`.
    #[error("cannot {action} {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes of `path` are not what they should be.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do next.
        problem: String,
    },
    /// Whoever read our output has gone (`hornpipe generate | head`): no failure at all.
    #[error("the output was closed")]
    ClosedPipe,
    /// The numbers of a run are no longer of any use.
    #[error("{0}; start again with a lower --learning-rate or with --clip 5")]
    Diverged(Divergence),
    /// Somebody pressed Ctrl-C or asked the process to end, and was already told what is kept;
    /// exit code 130.
    #[error("interrupted")]
    Interrupted,
    /// A run went wrong in a way no single file explains.
    #[error("{0}")]
    Failed(String),
}

/// Where and how a training went wrong: NaN, infinity, or a loss far above the first.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{what} (epoch {epoch}, batch {batch})")]
pub struct Divergence {
    /// What is wrong, with the tensor it was found in.
    pub what: String,
    /// Counted from 1.
    pub epoch: usize,
    /// Counted from 1.
    pub batch: usize,
    /// Adam's rate at that time.
    pub learning_rate: f64,
}

/// Result of everything that touches the world.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An operating-system failure on `path` while trying to `action` it.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { action, path: path.as_ref().to_owned(), source }
    }

    /// A file whose content is wrong.
    pub fn content(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::Content { path: path.as_ref().to_owned(), problem: problem.into() }
    }

    /// The exit code of the process: 2 for usage, 130 for an interruption, 1 for failures.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::ClosedPipe => 0,
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}
