//! `hornpipe train`: learn tunes, show how it goes, keep what comes of it.

use super::info;
use super::model::{Text, open, read_text, refuse_gigantic};
use super::out::{Out, grouped};
use super::watch::Watch;
use crate::config::{Config, activation_of};
use crate::error::{Error, Result};
use crate::init::takes_long;
use crate::run::{RunFolder, Which};
use crate::split::split;
use crate::text::{Streams, Vocabulary};
use crate::train::{Trainer, train};
use crate::weights::{MOST_LAYERS, Shape, Weights};
use hornpipe_kernels::Activation;
use std::path::PathBuf;

/// Learn tunes: the embedded jigs and hornpipes, or your own files of ABC
///
/// Writes a run folder with checkpoints, samples, log.csv and config.json. The text is taken as it
/// is; `hornpipe corpus` brings ABC into the form that models learn best.
#[derive(clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe train                                the embedded corpus, 80 epochs
  hornpipe train mytunes/ more.abc --epochs 40  your own tunes: files or folders
  hornpipe train --lstm 64 --embedding 32       a small model, for a first look
  hornpipe train --init runs/001 more.abc       begin with the weights of an earlier run
  hornpipe train --preset notebook tunes.txt    everything as the published notebook:
                                                hard_sigmoid, dropout 0.2, nothing held out"
)]
pub(super) struct Args {
    /// Files or folders of tunes [default: the embedded corpus]
    files: Vec<PathBuf>,
    /// A set of defaults, which win over what an --init file says; flags given beside it win
    #[arg(long, value_enum, value_name = "NAME")]
    preset: Option<Preset>,
    /// Folder of the run [default: the next number in runs/]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Passes over the text
    #[arg(long, value_name = "N", default_value_t = 80, value_parser = count::<0>)]
    epochs: usize,
    /// Streams of text learned side by side
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = count::<1>)]
    batch: usize,
    /// Characters of a window, through which gradients flow back
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count::<1>)]
    steps: usize,
    /// Width of the embedding [default: 512]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    embedding: Option<usize>,
    /// Width of each LSTM layer, from the input upwards, at most 64 layers [default: 256,128]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = count::<1>)]
    lstm: Option<Vec<usize>>,
    /// Probability of dropping a layer's output in training [default: 0.2]
    #[arg(long, value_name = "P", value_parser = share)]
    dropout: Option<f64>,
    /// Learning rate of Adam
    #[arg(long, value_name = "RATE", default_value_t = 1e-3, value_parser = positive)]
    learning_rate: f64,
    /// Shorten longer gradients to this length (global norm) [default: never]
    #[arg(long, value_name = "NORM", value_parser = positive)]
    clip: Option<f64>,
    /// Seed of the initial weights and the dropout masks
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Share of the text held out, as whole tunes without near-duplicates [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    validation: Option<f64>,
    /// Recurrent activation, sigmoid or hard_sigmoid [default: sigmoid]
    #[arg(long, value_name = "NAME", value_parser = activation)]
    activation: Option<Activation>,
    /// Begin with the weights of this .safetensors file, checkpoint or run (its last checkpoint)
    #[arg(long, value_name = "MODEL.safetensors")]
    init: Option<PathBuf>,
    /// Also write batches.csv, one line a batch
    #[arg(long)]
    log_batches: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Preset {
    /// The published Keras notebook
    Notebook,
}

/// Bytes of text from which on the search for near-duplicates takes more than a moment.
const SLOW_TEXT: usize = 10_000_000;

/// A whole number from `LEAST` to a million.
pub(super) fn count<const LEAST: usize>(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=1_000_000).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {LEAST} to 1,000,000")),
    }
}

/// A number in [0, 1), as of a share.
fn share(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|x| (0.0..1.0).contains(x)).ok_or("not a number in [0, 1)".into())
}

/// A finite number above 0.
pub(super) fn positive(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| x.is_finite() && *x > 0.0);
    number.ok_or("not a number above 0".into())
}

fn activation(text: &str) -> std::result::Result<Activation, String> {
    activation_of(text).ok_or("not sigmoid or hard_sigmoid".into())
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let read = read_text(&self.files)?;
        let name = read.source.name();
        let Text { text, source } = read;
        let init = self.initial_model(&text)?;
        let notebook = self.preset == Some(Preset::Notebook);
        let validation = self.validation.unwrap_or(if notebook { 0.0 } else { 0.1 });
        if validation > 0.0 && text.len() > SLOW_TEXT {
            out.say(format!(
                "comparing the tunes in {} MB of text, so that no near-duplicate is held out; this \
                 takes a while (--validation 0 does without)",
                text.len() / 1_000_000
            ))?;
        }
        let parts = split(&text, validation)?;
        let preset = notebook.then_some(Activation::HardSigmoid);
        let activation = self.activation.or(preset).or(init.activation);
        let config = Config {
            shape: init.shape,
            activation: activation.unwrap_or(Activation::Sigmoid),
            dropout: self.dropout.or(notebook.then_some(0.2)).or(init.dropout).unwrap_or(0.2),
            batch: self.batch,
            steps: self.steps,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            clip: self.clip,
            seed: self.seed,
            validation,
            text: source,
        };
        refuse_gigantic::<f32>(&config.shape, self.batch * self.steps)?;
        let vocabulary = init.vocabulary;
        let encode =
            |text: &str| vocabulary.encode(text).map_err(|c| unknown(c, &name, &self.init));
        let training = Streams::new(encode(&parts.training)?, self.batch, self.steps)?;
        let held_out = match parts.validation.as_str() {
            "" => None,
            text => Some(Streams::fitting(encode(text)?, self.batch, self.steps)?),
        };

        out.say(format!(
            "{} tunes, {} characters, {} different; {} tunes held out for validation",
            grouped(parts.training_tunes + parts.validation_tunes),
            grouped(text.chars().count()),
            vocabulary.len(),
            parts.validation_tunes,
        ))?;
        out.say(format!("\n{}\n", info::table(&config.shape, Some((self.batch, self.steps)))))?;
        let folder = RunFolder::create(self.out.as_deref())?;
        if init.weights.is_none() && takes_long(&config.shape) {
            out.say("drawing initial weights: to make so many rows orthogonal takes a while\n")?;
        }
        let mut trainer = Trainer::new(config, training, held_out, init.weights);
        let mut watch = Watch::new(folder, vocabulary, &trainer, out, self.log_batches)?;
        train(&mut trainer, &mut watch)?;
        watch.finish(&trainer)
    }

    /// The model training begins with, as far as the flags and `--init` say.
    fn initial_model(&self, text: &str) -> Result<Initial> {
        let Some(path) = &self.init else {
            let vocabulary = Vocabulary::of(text);
            let embedding = self.embedding.unwrap_or(512);
            let lstm = self.lstm.clone().unwrap_or_else(|| vec![256, 128]);
            if lstm.len() > MOST_LAYERS {
                let layers = lstm.len();
                return Err(Error::Usage(format!(
                    "--lstm names {layers} layers; give at most {MOST_LAYERS}"
                )));
            }
            let shape = Shape { vocab: vocabulary.len(), embedding, lstm };
            return Ok(Initial {
                shape,
                vocabulary,
                weights: None,
                activation: None,
                dropout: None,
            });
        };
        let model = open(Some(path), Which::Last)?.exchanged;
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
        let vocabulary = model.vocabulary.unwrap_or_else(|| Vocabulary::of(text));
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
        let (activation, dropout) = (model.activation, model.dropout);
        Ok(Initial { shape, vocabulary, weights: Some(model.weights), activation, dropout })
    }
}

struct Initial {
    shape: Shape,
    vocabulary: Vocabulary,
    weights: Option<Weights<f32>>,
    activation: Option<Activation>,
    dropout: Option<f64>,
}

fn unknown(c: char, text: &str, init: &Option<PathBuf>) -> Error {
    let model = init.as_ref().map_or("the model".into(), |path| path.display().to_string());
    Error::Failed(format!(
        "{text} has the character {c:?}, which {model} does not know; take such characters out, or \
         leave --init out"
    ))
}
