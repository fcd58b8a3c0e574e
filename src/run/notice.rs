//! What opening or keeping a run has to say beside an error.

use crate::error::Error;
use std::fmt;
use std::path::PathBuf;

/// Something went on otherwise than asked for; whoever calls decides who hears of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A checkpoint that cannot be read; another was taken.
    PassedOver(Error),
    /// Tensors that a file holds for nobody: a slip in a name shows there.
    Unused {
        /// The file.
        path: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
    /// There is no run, so the default model was taken.
    NoRun {
        /// The folder of runs.
        folder: PathBuf,
        /// The newest of those that have not finished an epoch.
        begun: Option<PathBuf>,
    },
    /// Something of a run that could not be written while it trains.
    Unwritten(Error),
    /// Lines of a table that could not be written to the end.
    LinesLost(Error),
    /// The file of a run's best model was not that of its best epoch, as a process was killed
    /// before it could write it.
    BestDiffers {
        /// The file.
        path: PathBuf,
        /// The best epoch.
        best: usize,
        /// The epoch that counts as the best from now on: of the file, or made from the epoch's own
        /// checkpoint.
        now: Option<usize>,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedOver(e) => write!(f, "{e}; passed over"),
            Self::Unused { path, names } => {
                let (path, names) = (path.display(), names.join(", "));
                write!(f, "{path}: not used, as no tensor is called so: {names}")
            }
            Self::NoRun { folder, begun } => {
                let folder = folder.display();
                let begun = begun.as_ref().map_or(String::new(), |run| {
                    format!(" that has finished an epoch ({} has begun)", run.display())
                });
                write!(
                    f,
                    "there is no run in ./{folder} yet{begun}, so this is the model that comes \
                     with hornpipe; hornpipe train makes your own"
                )
            }
            Self::Unwritten(e) => write!(f, "{e}; the training goes on"),
            Self::LinesLost(e) => write!(f, "{e}; its last lines are lost"),
            Self::BestDiffers { path, best, now } => {
                let path = path.display();
                match now {
                    Some(now) if now == best => {
                        write!(f, "{path} was not that of epoch {best}, the best: written anew")
                    }
                    Some(now) => write!(
                        f,
                        "{path} is that of epoch {now}, as that of epoch {best} was never written: \
                         it counts as the best"
                    ),
                    None => write!(
                        f,
                        "{path}, of epoch {best}, is missing or cannot be read: the best is looked \
                         for anew among the epochs to come"
                    ),
                }
            }
        }
    }
}
