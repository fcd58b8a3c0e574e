//! What a model of another program does not say of itself, and people can.

use super::out::Out;
use super::values::{Choice, activation};
use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::files;
use crate::learn::text::Vocabulary;
use crate::run::open::Opened;
use hornpipe_kernels::Activation;
use std::path::{Path, PathBuf};

/// What is told of a model beside its file.
#[derive(clap::Args, Debug)]
pub(super) struct Told {
    /// The recurrent activation, of a file that does not say: sigmoid or hard_sigmoid
    #[arg(long, value_name = "NAME", value_parser = activation())]
    activation: Option<Activation>,
    /// The model's symbols: a JSON object of characters and numbers, as char_to_index.json, or an array of them
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
}

impl Told {
    /// Opens MODEL, the newest run if none is named, with what is told of it.
    pub(super) fn open(&self, choice: Choice, model: Option<&Path>, out: &Out) -> Result<Opened> {
        self.named(choice.open_told(model, self.activation, out)?)
    }

    /// The same in another precision.
    pub(super) fn open_in<R: Real>(
        &self,
        choice: Choice,
        model: Option<&Path>,
    ) -> Result<Opened<R>> {
        self.named(choice.open_in(model, self.activation)?)
    }

    /// With the symbols that are told.
    fn named<R: Real>(&self, mut opened: Opened<R>) -> Result<Opened<R>> {
        if let Some(path) = &self.vocabulary {
            let vocab = opened.exchanged.weights.shape().vocab;
            let told = symbols(path, vocab)?;
            if opened.exchanged.vocabulary.as_ref().is_some_and(|own| *own != told) {
                return Err(Error::Usage(format!(
                    "--vocabulary: {} names its symbols itself, and others than {}; leave it out",
                    opened.path.display(),
                    path.display()
                )));
            }
            opened.exchanged.vocabulary = Some(told);
        }
        Ok(opened)
    }
}

/// The vocabulary in a file, for a model with `vocab` symbols.
fn symbols(path: &Path, vocab: usize) -> Result<Vocabulary> {
    let json = String::from_utf8(files::read(path)?)
        .map_err(|e| Error::content(path, format!("not a map of characters: {e}")))?;
    // metadata of models have the symbols as an array
    let array = serde_json::from_str(&json).ok().and_then(Vocabulary::from_symbols);
    let map = || Vocabulary::from_json(&json).map_err(|e| Error::content(path, e));
    let vocabulary = array.map_or_else(map, Ok)?;
    if vocabulary.len() == vocab {
        return Ok(vocabulary);
    }
    let problem = format!(
        "it names {} symbols, but the model has {vocab}; name the file that belongs to the model",
        vocabulary.len()
    );
    Err(Error::content(path, problem))
}
