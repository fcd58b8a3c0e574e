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
    /// Something of a run that could not be written while it trains.
    Unwritten(Error),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedOver(e) => write!(f, "{e}; passed over"),
            Self::Unused { path, names } => {
                let (path, names) = (path.display(), names.join(", "));
                write!(f, "{path}: not used, as no tensor is called so: {names}")
            }
            Self::Unwritten(e) => write!(f, "{e}; the training goes on"),
        }
    }
}
