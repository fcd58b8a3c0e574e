//! What somebody means who names a model: a run, a checkpoint, a safetensors file, the default.
//!
//! The default model is part of the program: `hornpipe train` makes its weights from the embedded
//! corpus and nothing else, to the last bit, so whoever doubts it can train it (`data/README.md`).

use crate::engine::model::Model;
use crate::engine::real::Real;
use crate::engine::weights::Weights;
use crate::error::{Error, Result};
use crate::files;
use crate::hash::weights_sha256;
use crate::learn::manner::Manner;
use crate::learn::text::Vocabulary;
use crate::run::checkpoint::{self, Meta};
use crate::run::exchange::{self, Exchanged};
use crate::run::find::{self, Which};
use crate::run::manner::manner;
use crate::run::notice::Notice;
use hornpipe_kernels::Activation;
use std::path::{Path, PathBuf};

/// The word for the model that is part of the program; a file or a folder of that name wins.
pub const DEFAULT: &str = "default";
static DEFAULT_MODEL: &[u8] = include_bytes!("../../data/default.safetensors");

/// A model from a run, a checkpoint or a safetensors file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened<R: Real = f32> {
    /// The file it was read from; [`DEFAULT`] for the model in the program.
    pub path: PathBuf,
    /// The run that was meant, if one was.
    pub run: Option<PathBuf>,
    /// Weights, vocabulary and what else travels.
    pub exchanged: Exchanged<R>,
    /// What a checkpoint knows beyond the weights.
    pub meta: Option<Meta>,
}

/// Opens `model`, or the newest run if none is named. Of a run `which` checkpoint is taken. Where
/// there is no run, and any checkpoint would do, it is the default model, and a notice says so.
///
/// # Errors
/// There is no such file or run, or it holds no model.
pub fn open(model: Option<&Path>, which: Which, notice: impl FnMut(Notice)) -> Result<Opened<f32>> {
    open_told(model, which, None, notice)
}

/// The same of a file that may leave it to others to say which recurrent activation its model has.
///
/// # Errors
/// As [`open`], or the file says something else.
pub fn open_told(
    model: Option<&Path>,
    which: Which,
    told: Option<Activation>,
    notice: impl FnMut(Notice),
) -> Result<Opened<f32>> {
    open_through(model, which, told, notice, |weights| weights) // not copied
}

/// The same in another precision: an F64 file is not rounded on its way to f64.
///
/// # Errors
/// As [`open_told`].
pub fn open_in<R: Real>(
    model: Option<&Path>,
    which: Which,
    told: Option<Activation>,
    notice: impl FnMut(Notice),
) -> Result<Opened<R>> {
    open_through(model, which, told, notice, |weights| weights.convert())
}

fn open_through<R: Real>(
    model: Option<&Path>,
    which: Which,
    told: Option<Activation>,
    mut notice: impl FnMut(Notice),
    of_checkpoint: impl FnOnce(Weights<f32>) -> Weights<R>,
) -> Result<Opened<R>> {
    let named = match model.map_or_else(find::newest, |path| Ok(path.to_owned())) {
        Err(Error::NoRun { folder, begun }) if which == Which::Best => {
            notice(Notice::NoRun { folder, begun });
            return default_model(told);
        }
        named => named?,
    };
    if is_default(&named) {
        return default_model(told);
    }
    let run = (named.is_dir() && !files::is_standard(&named)).then(|| named.clone());
    let path = match &run {
        Some(run) => find::checkpoint_of(run, which, |e| notice(Notice::PassedOver(e)))?,
        None => named,
    };
    let bytes = files::read(&path)?;
    let path = if files::is_standard(&path) { "standard input".into() } else { path };
    if bytes.is_empty() {
        return Err(Error::content(path, "the file is empty; name a run, a checkpoint or a model"));
    }
    if checkpoint::is_checkpoint(&bytes) {
        let decoded = checkpoint::decode(&bytes).map_err(|problem| Error::content(&path, problem));
        let (weights, meta) = decoded?.into_model();
        exchange::refuse_other(&path, Some(meta.config.activation), told)?;
        let opened = Opened::learned(path, weights, meta, of_checkpoint);
        return Ok(Opened { run, ..opened });
    }
    let (exchanged, names) = exchange::decode_told(&path, &bytes, told)?;
    if !names.is_empty() {
        notice(Notice::Unused { path: path.clone(), names });
    }
    Ok(Opened { path, run, exchanged, meta: None })
}

/// Whether a path is the word for the model in the program, and not a file or a folder.
pub fn is_default(path: &Path) -> bool {
    path == Path::new(DEFAULT) && !path.exists()
}

/// The model in the program.
fn default_model<R: Real>(told: Option<Activation>) -> Result<Opened<R>> {
    let path = PathBuf::from(DEFAULT);
    let (exchanged, _) = exchange::decode_told(&path, DEFAULT_MODEL, told)?;
    Ok(Opened { path, run: None, exchanged, meta: None })
}

impl<R: Real> Opened<R> {
    /// What a run has learned: these weights, of which `meta` says the rest.
    pub(crate) fn learned(
        path: PathBuf,
        weights: Weights<f32>,
        meta: Meta,
        converted: impl FnOnce(Weights<f32>) -> Weights<R>,
    ) -> Self {
        let exchanged = Exchanged {
            sha256: weights_sha256(&weights),
            weights: converted(weights),
            activation: Some(meta.config.activation),
            precision: meta.config.precision,
            dropout: Some(meta.config.dropout),
            vocabulary: Vocabulary::from_symbols(meta.vocabulary.clone()),
            inputs: meta.config.inputs.clone(),
            tonic: meta.config.tonic.clone(),
            book: meta.book.clone(),
        };
        Self { path, run: None, exchanged, meta: Some(meta) }
    }

    /// The vocabulary.
    ///
    /// # Errors
    /// The model does not say which symbols it knows.
    pub fn vocabulary(&self) -> Result<&Vocabulary> {
        let vocabulary = self.exchanged.vocabulary.as_ref();
        vocabulary.ok_or_else(|| Error::NoVocabulary { path: self.path.clone() })
    }

    /// How it is to be asked.
    ///
    /// # Errors
    /// It hears, or says of itself, what nobody here understands; or does not say which symbols it
    /// knows.
    pub fn manner(&self) -> Result<Manner> {
        self.manner_with(self.vocabulary()?)
    }

    /// The same of a model whose symbols are known from elsewhere.
    ///
    /// # Errors
    /// As [`Opened::manner`].
    pub fn manner_with(&self, vocabulary: &Vocabulary) -> Result<Manner> {
        let Exchanged { inputs, tonic, book, .. } = &self.exchanged;
        let manner = manner(vocabulary, inputs, tonic.as_deref(), book.as_deref());
        manner.map_err(|problem| Error::content(&self.path, problem))
    }

    /// Ready to run, in f32 with products in the precision that it was trained with.
    pub fn model(self) -> Model<R> {
        let (activation, precision) = (self.exchanged.activation(), self.exchanged.precision);
        Model::in_precision(self.exchanged.weights, activation, precision)
    }
}
