//! The text that is learned or read, and the model that learns it: where they come from, and proof
//! that they are still the same.

use crate::error::Result;
use crate::hash::text_sha256;
use crate::music::abc::end_with_blank_line;
use crate::music::corpus::{self, EMBEDDED, ReadAs, Source};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where a text came from, and proof that it is still the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSource {
    /// Files or folders as given; empty for the embedded corpus.
    pub paths: Vec<String>,
    /// SHA-256 of the text as read: in UTF-8, files joined, BOM and CR removed.
    pub sha256: String,
}

impl TextSource {
    /// Where the text is from, for messages.
    pub fn name(&self) -> String {
        if self.paths.is_empty() {
            return "the embedded corpus".to_owned();
        }
        if self.paths == ["-"] {
            return "standard input".to_owned();
        }
        self.paths.join(", ")
    }
}

/// Where the weights that a run begins with came from, and proof of what they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSource {
    /// The file.
    pub path: String,
    /// SHA-256 of its weights, before they got rows for what is new.
    pub weights_sha256: String,
}

/// A text and where it came from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Text {
    /// The characters.
    pub text: String,
    /// Their origin.
    pub source: TextSource,
    /// The files that are not UTF-8, and what they were taken for.
    pub read_as: Vec<ReadAs>,
}

impl Text {
    /// What is learned: files and folders as one text, as it is; none given is the embedded corpus.
    ///
    /// # Errors
    /// A file cannot be read or is no text.
    pub fn learned(paths: &[PathBuf]) -> Result<Self> {
        let mut read = Self::unhashed(paths)?;
        read.source.sha256 = text_sha256(&read.text);
        Ok(read)
    }

    /// The embedded corpus as it is learned where its tunes keep their keys: each in up to three.
    pub fn in_more_keys() -> Self {
        let text = corpus::in_more_keys(EMBEDDED);
        let source = TextSource { sha256: text_sha256(&text), ..TextSource::default() };
        Self { text, source, read_as: Vec::new() }
    }

    /// Files and folders as one text, the embedded corpus as it is if there are none, for whoever
    /// keeps nothing and so needs no hash: it is empty.
    ///
    /// # Errors
    /// A file cannot be read or is no text.
    pub fn unhashed(paths: &[PathBuf]) -> Result<Self> {
        let sources = corpus::load(paths)?;
        let read_as = sources.iter().filter_map(Source::read_as).collect();
        let text = match paths {
            [] => EMBEDDED.to_owned(),
            _ => join(sources.into_iter().map(|source| source.text)),
        };
        let paths = paths.iter().map(|path| path.display().to_string()).collect();
        Ok(Self { text, source: TextSource { paths, sha256: String::new() }, read_as })
    }
}

/// Files one after the other, a blank line between them where a file does not end with one.
fn join(mut texts: impl Iterator<Item = String>) -> String {
    // the first is not copied: it may be large, and the only one
    let mut all = texts.next().unwrap_or_default();
    for text in texts {
        end_with_blank_line(&mut all);
        all.push_str(&text);
    }
    all
}
