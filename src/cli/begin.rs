//! What comes before the first step of `hornpipe train`: text, flags and perhaps a model become a run.

use super::inputs::say_read_as;
use super::out::{Out, model_table, noted, taken};
use super::output::Outputs;
use super::ranks::check_shards;
use super::train::{Args, Preset};
use crate::engine::init::initial_weights;
use crate::engine::real::Precision;
use crate::engine::weights::{Shape, Weights};
use crate::error::{Error, Result};
use crate::files::is_standard;
use crate::learn::group::Group;
use crate::learn::limits::{MOST_LAYERS, refuse_gigantic};
use crate::learn::material::Material;
use crate::learn::source::{ModelSource, Text};
use crate::learn::text::Vocabulary;
use crate::learn::train::Trainer;
use crate::music::corpus::{EMBEDDED, Summary, found};
use crate::run::checkpoint::About;
use crate::run::exchange::Exchanged;
use crate::run::find::Which;
use crate::run::folder::RunFolder;
use crate::run::open::{Opened, open};
use hornpipe_kernels::Activation;
use std::path::Path;

/// A run before its first step.
pub(super) struct Begun<F> {
    /// Where it is kept.
    pub(super) folder: F,
    pub(super) about: About,
    pub(super) material: Material,
    pub(super) trainer: Trainer,
    /// What was read, if it cannot be read again.
    pub(super) text: Option<String>,
}

impl Args {
    pub(super) fn begin(self, group: Box<dyn Group>, out: &Out) -> Result<()> {
        let mut read = Text::learned(&self.files)?;
        say_read_as(std::mem::take(&mut read.read_as));
        self.refuse_folder()?;
        let create = || RunFolder::create(self.out.as_deref());
        let Begun { folder, mut about, material, trainer, text } =
            self.begun(read, group, create, out)?;
        if let Some(text) = text {
            keep_text(&folder, &mut about, &text)?;
        }
        self.go(folder, about, material, trainer, out)
    }

    /// An error where the folder that is named cannot be that of a new run.
    pub(super) fn refuse_folder(&self) -> Result<()> {
        let Some(folder) = &self.out else { return Ok(()) };
        if is_standard(folder) {
            let problem = "--out: a run is a folder, not a stream; name one";
            return Err(Error::Usage(problem.to_owned()));
        }
        let inputs = found(&self.files)?.into_iter().chain(self.model().map(Path::to_owned));
        Outputs::new(inputs, false).run(folder)
    }

    /// A run over this text, with the folder that `create` makes as soon as nothing else can go wrong.
    pub(super) fn begun<F>(
        &self,
        mut read: Text,
        group: Box<dyn Group>,
        create: impl FnOnce() -> Result<F>,
        out: &Out,
    ) -> Result<Begun<F>> {
        let init = self.model().map(|path| open(Some(path), Which::Best, noted));
        let init = init.transpose()?;
        let mut way = self.way(&read.text, init.as_ref(), out)?;
        if self.files.is_empty() && way.tonic.is_none() {
            read = Text::in_more_keys();
        }
        let Text { text, source, .. } = read;
        let notebook = self.preset == Some(Preset::Notebook);
        let validation = self.validation.unwrap_or(if notebook { 0.0 } else { 0.1 });
        let seed = self.seed.unwrap_or(1);
        let material = self.first_material(&text, (validation, seed), &mut way, out)?;
        let took = init.as_ref().and_then(taken);
        let initial = match init {
            Some(model) if self.from.is_some() => {
                self.on_top_of(model, &material, &mut way, out)?
            }
            init => self.initial_model(init, &material)?,
        };
        let config = self.first_config(&initial, (source, validation), &way, &material);
        check_shards(&config, group.size(), false)?;
        let Initial { vocabulary, weights, .. } = initial;
        // not of copies in other keys
        let own = if self.files.is_empty() { EMBEDDED } else { &text };
        let is_book = way.is_book || material.tunes == (0, 0);
        let book = is_book.then(|| book(own, way.earlier.as_ref())).flatten();
        // any other is not needed any more, and may be large
        let text = Some(text).filter(|_| self.files.iter().any(|path| is_standard(path)));
        refuse_gigantic::<f32>(&config.shape, config.batch / config.shards * config.steps)?;
        let (training, held_out) = self.streams(&material, &config, &vocabulary, out)?;
        if let Some(took) = took {
            out.say(took)?;
        }
        let window = (config.batch, config.steps);
        out.say_lines(format!("\n{}\n", model_table(&config.shape, Some(window))))?;
        let folder = create()?;
        if weights.is_none() && takes_long(&config.shape) {
            out.say("drawing initial weights: to make so many rows orthogonal takes a while")?;
            out.say("")?;
        }
        let weights = weights.unwrap_or_else(|| initial_weights(&config.shape, config.seed));
        if config.from.is_some() {
            self.say_before(&config, &weights, held_out.as_ref(), out)?;
        }
        let trainer = Trainer::new(config.settings(), weights, training, held_out).in_group(group);
        let mut about = About::new(config, vocabulary);
        about.book = book;
        Ok(Begun { folder, about, material, trainer, text })
    }

    /// The model training begins with, as far as the flags and `--init` say.
    fn initial_model(&self, init: Option<Opened>, material: &Material) -> Result<Initial> {
        let all = || Vocabulary::of_all(material.characters());
        let Some(Opened { path, exchanged: model, .. }) = init else {
            let vocabulary = all();
            let embedding = self.embedding.unwrap_or(512);
            let lstm = self.lstm.clone().unwrap_or_else(|| vec![256, 128]);
            if lstm.len() > MOST_LAYERS {
                let layers = lstm.len();
                return Err(Error::Usage(format!(
                    "--lstm names {layers} layers; give at most {MOST_LAYERS}"
                )));
            }
            let shape = Shape { vocab: vocabulary.len(), embedding, inputs: vec![], lstm };
            return Ok(Initial {
                shape,
                vocabulary,
                weights: None,
                activation: None,
                precision: Precision::F32,
                dropout: None,
                from: None,
            });
        };
        let shape = model.weights.shape();
        let differs = |flag: &str, has: &dyn std::fmt::Debug| {
            Err(Error::Usage(format!("{} has {flag} {has:?}; leave {flag} out", path.display())))
        };
        if self.embedding.is_some_and(|embedding| embedding != shape.embedding) {
            return differs("--embedding", &shape.embedding);
        }
        if self.lstm.as_ref().is_some_and(|lstm| *lstm != shape.lstm) {
            return differs("--lstm", &shape.lstm);
        }
        let vocabulary = model.vocabulary.unwrap_or_else(all);
        if vocabulary.len() != shape.vocab {
            return Err(Error::content(
                path,
                format!(
                    "it has {} symbols and does not name them, but the text has {}; put a \
                     vocabulary into its metadata",
                    shape.vocab,
                    vocabulary.len()
                ),
            ));
        }
        let Exchanged { activation, precision, dropout, .. } = model;
        let weights = Some(model.weights);
        Ok(Initial { shape, vocabulary, weights, activation, precision, dropout, from: None })
    }
}

/// The run keeps a text that cannot be read again.
pub(super) fn keep_text(folder: &RunFolder, about: &mut About, text: &str) -> Result<()> {
    about.config.text.paths = vec![folder.keep_text(text)?.display().to_string()];
    Ok(())
}

/// What a run begins with.
pub(super) struct Initial {
    pub(super) shape: Shape,
    pub(super) vocabulary: Vocabulary,
    /// None: they are drawn.
    pub(super) weights: Option<Weights<f32>>,
    pub(super) activation: Option<Activation>,
    pub(super) precision: Precision,
    pub(super) dropout: Option<f64>,
    /// The model on top of which the run learns.
    pub(super) from: Option<ModelSource>,
}

/// The summary of a book, for files; none where it has tunes, but none says what kind it is. What titles
/// are made of is from an earlier book, too: a few tunes have too few words.
fn book(text: &str, earlier: Option<&Summary>) -> Option<String> {
    let book = Summary::new(text);
    if book.tunes() > 0 && book.is_empty() {
        return None;
    }
    let book = earlier.into_iter().fold(book, Summary::with_words_of);
    Some(serde_json::to_string(&book).expect("a summary is JSON"))
}

/// True if [`initial_weights`] takes more than a moment: the work grows with the cube of a width.
fn takes_long(shape: &Shape) -> bool {
    shape.lstm.iter().any(|&hidden| hidden >= 1000)
}
