//! What MODEL on a command line means, and the text a command reads.

use super::out::note;
use crate::engine::model::Model;
use crate::error::{Error, Result};
use crate::files;
use crate::hash::{text_sha256, weights_sha256};
use crate::learn::config::TextSource;
use crate::learn::text::Vocabulary;
use crate::music::abc::end_with_blank_line;
use crate::music::corpus;
use crate::run::checkpoint::{self, Checkpoint, Meta};
use crate::run::exchange::{self, Exchanged};
use crate::run::folder::{self, Which};
use std::path::{Path, PathBuf};

pub(super) use crate::engine::weights::refuse_gigantic;

/// A model from a run, a checkpoint or a safetensors file.
pub(super) struct Opened {
    /// The file it was read from.
    pub(super) path: PathBuf,
    pub(super) exchanged: Exchanged<f32>,
    /// What a checkpoint knows beyond the weights.
    pub(super) meta: Option<Meta>,
}

/// The file behind MODEL: a run means one of its checkpoints, nothing the newest run.
pub(super) fn locate(model: Option<&Path>, which: Which) -> Result<PathBuf> {
    let path = match model {
        Some(path) => path.to_owned(),
        None => folder::newest()?,
    };
    match path.is_dir() {
        true => folder::checkpoint_of(&path, which, |e| note(format!("{e}; passed over"))),
        false => Ok(path),
    }
}

/// True if the file begins like a checkpoint.
pub(super) fn is_checkpoint(path: &Path) -> Result<bool> {
    let start = files::start(path, 8)?;
    if start.is_empty() {
        return Err(Error::content(path, "the file is empty; name a run, a checkpoint or a model"));
    }
    Ok(checkpoint::is_checkpoint(&start))
}

/// Tells of tensors that a file holds for nobody.
pub(super) fn warn_unused(path: &Path, unused: &[String]) {
    if !unused.is_empty() {
        let names = unused.join(", ");
        note(format!("{}: not used, as no tensor is called so: {names}", path.display()));
    }
}

/// Opens MODEL.
pub(super) fn open(model: Option<&Path>, which: Which) -> Result<Opened> {
    let path = locate(model, which)?;
    if is_checkpoint(&path)? {
        let Checkpoint { weights, meta, .. } = checkpoint::load(&path)?;
        let exchanged = Exchanged {
            sha256: weights_sha256(&weights),
            weights,
            activation: Some(meta.config.activation),
            dropout: Some(meta.config.dropout),
            vocabulary: Vocabulary::from_symbols(meta.vocabulary.clone()),
        };
        return Ok(Opened { path, exchanged, meta: Some(meta) });
    }
    let (exchanged, unused) = exchange::load_model(&path)?;
    warn_unused(&path, &unused);
    Ok(Opened { path, exchanged, meta: None })
}

impl Opened {
    /// The vocabulary, or how to come by one.
    pub(super) fn vocabulary(&self) -> Result<&Vocabulary> {
        self.exchanged.vocabulary.as_ref().ok_or_else(|| {
            Error::content(
                &self.path,
                "it does not say which symbols it knows; put a vocabulary into its metadata \
                 (evaluate also takes --vocabulary char_to_index.json)",
            )
        })
    }

    /// Ready to run.
    pub(super) fn model(self) -> Model<f32> {
        let activation = self.exchanged.activation();
        Model::new(self.exchanged.weights, activation)
    }
}

/// A text and where it came from.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) source: TextSource,
}

/// Reads what is learned: files and folders as one text, as it is; none given is the embedded
/// corpus in more keys.
pub(super) fn read_text(paths: &[PathBuf]) -> Result<Text> {
    let mut read = read_unhashed(paths)?;
    if paths.is_empty() {
        read.text = corpus::in_more_keys(&read.text);
    }
    read.source.sha256 = text_sha256(&read.text);
    Ok(read)
}

/// Reads files and folders as one text, the embedded corpus if there are none, for a command that
/// keeps nothing and so needs no hash: it is empty.
pub(super) fn read_unhashed(paths: &[PathBuf]) -> Result<Text> {
    let text = match paths {
        [] => corpus::EMBEDDED.to_owned(),
        paths => join(corpus::load(paths)?.into_iter().map(|source| source.text)),
    };
    let paths = paths.iter().map(|path| path.display().to_string()).collect();
    Ok(Text { text, source: TextSource { paths, sha256: String::new() } })
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
