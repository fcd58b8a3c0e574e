//! A text and where it was read.

use std::fmt;
use std::path::PathBuf;

/// One file of text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// Where it was read.
    pub path: PathBuf,
    /// What it says, without byte-order mark, its lines ended by line feeds; otherwise as it is.
    pub text: String,
    /// What its bytes were taken for where they are not UTF-8, as `windows-1252`.
    pub encoding: Option<&'static str>,
}

impl Source {
    /// A text, and the file that it is from.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), encoding: None }
    }

    /// How its bytes were read, where that was not plain.
    pub fn read_as(&self) -> Option<ReadAs> {
        self.encoding.map(|encoding| ReadAs { path: self.path.clone(), encoding })
    }
}

/// A file was not UTF-8, and was read as something else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadAs {
    /// The file.
    pub path: PathBuf,
    /// The encoding that was taken, by the name it has on the web.
    pub encoding: &'static str,
}

impl fmt::Display for ReadAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.encoding {
            "windows-1252" => "Latin-1 (windows-1252)",
            name => name,
        };
        write!(f, "{}: read as {name}", self.path.display())
    }
}
