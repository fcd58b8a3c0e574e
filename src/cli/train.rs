//! `hornpipe train`: learn tunes, show how it goes, keep what comes of it.

use super::inputs::say_read_as;
use super::out::{Out, grouped, model_table, noted, taken};
use super::output::Outputs;
use super::values::{EMBEDDED_EPOCHS, activation, count, positive, share};
use super::watch::{Lines, Watch, bar};
use crate::engine::init::initial_weights;
use crate::engine::weights::{Shape, Weights};
use crate::error::{Error, Result};
use crate::learn::config::{Config, Settings};
use crate::learn::limits::{MOST_LAYERS, refuse_gigantic};
use crate::learn::source::Text;
use crate::learn::split::split;
use crate::learn::text::{Streams, UnknownCharacter, Vocabulary};
use crate::learn::train::{Trainer, train};
use crate::music::abc::tunes;
use crate::music::corpus::{EMBEDDED, MOST_KEYS, found};
use crate::run::checkpoint::About;
use crate::run::find::Which;
use crate::run::folder::RunFolder;
use crate::run::keep::{self, Keeper};
use crate::run::open::open;
use hornpipe_kernels::Activation;
use std::path::PathBuf;
use std::time::Duration;

/// Learn tunes: the embedded jigs and hornpipes, or your own files of ABC
///
/// Writes a run folder with checkpoints, samples, log.csv and config.json. The embedded tunes are
/// learned in up to three keys each. The text of files is taken as it is; `hornpipe corpus` brings
/// ABC into the form that models learn best, with --transpose in three keys too.
///
/// Ctrl-C finishes the step, writes a checkpoint and says how to go on; a second one ends at once.
/// SIGTERM does the same, and on Linux a terminal that closes, unless nohup says otherwise.
/// A run that was stopped in any way, killed too, goes on with --resume and ends bit for bit as if
/// it had never stopped.
#[derive(clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe train                                the embedded corpus, 25 epochs
  hornpipe train mytunes/ more.abc --epochs 40  your own tunes: files or folders
  hornpipe train --lstm 64 --embedding 32       a small model, for a first look
  hornpipe train --resume runs/001              go on where that run was stopped
  hornpipe train --resume runs/001 --epochs 120 ... and further than it was to go
  hornpipe train --init runs/001 more.abc       begin with the weights of an earlier run
  hornpipe train --preset notebook tunes.txt    everything as the published notebook:
                                                hard_sigmoid, dropout 0.2, nothing held out"
)]
pub(super) struct Args {
    /// Files or folders of tunes [default: the embedded corpus, each tune in up to 3 keys, with any
    /// --preset]; with --resume, where they are now
    pub(super) files: Vec<PathBuf>,
    /// Go on with this run from its last checkpoint; other flags must be left out or be as they
    /// were, but for --epochs
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "init"])]
    resume: Option<PathBuf>,
    /// A set of defaults, which win over what an --init file says; flags given beside it win
    #[arg(long, value_enum, value_name = "NAME")]
    preset: Option<Preset>,
    /// Folder of the run [default: the next number in runs/]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Passes over the text [default: 80; 25 over the embedded corpus, as three keys make it three
    /// times as long]
    #[arg(long, value_name = "N", value_parser = count::<0>)]
    epochs: Option<usize>,
    /// Streams of text learned side by side [default: 16]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    batch: Option<usize>,
    /// Characters of a window, through which gradients flow back [default: 64]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    steps: Option<usize>,
    /// Width of the embedding [default: 512]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    embedding: Option<usize>,
    /// Width of each LSTM layer, from the input upwards, at most 64 layers [default: 256,128]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = count::<1>)]
    lstm: Option<Vec<usize>>,
    /// Probability of dropping a layer's output in training [default: 0.2]
    #[arg(long, value_name = "P", value_parser = share)]
    dropout: Option<f64>,
    /// Learning rate of Adam [default: 0.001]
    #[arg(long, value_name = "RATE", value_parser = positive)]
    learning_rate: Option<f64>,
    /// Shorten longer gradients to this length (global norm) [default: never]
    #[arg(long, value_name = "NORM", value_parser = positive)]
    clip: Option<f64>,
    /// Seed of the initial weights and the dropout masks [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Share of the text held out, as whole tunes without near-duplicates [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    validation: Option<f64>,
    /// Recurrent activation, sigmoid or hard_sigmoid [default: sigmoid]
    #[arg(long, value_name = "NAME", value_parser = activation())]
    activation: Option<Activation>,
    /// Begin with the weights of this .safetensors file, checkpoint or run (its best checkpoint)
    #[arg(long, value_name = "MODEL.safetensors")]
    init: Option<PathBuf>,
    /// Also write batches.csv, one line a batch
    #[arg(long)]
    log_batches: bool,
    /// Write a checkpoint this often, also amid an epoch (90s, 5min, 1h); the newest three are kept
    #[arg(long, value_name = "TIME", default_value = "60s")]
    #[arg(value_parser = humantime::parse_duration)]
    checkpoint_every: Duration,
    /// Where there is no terminal to draw a bar on, print a line this often
    #[arg(long, value_name = "TIME", default_value = "30s")]
    #[arg(value_parser = humantime::parse_duration)]
    progress_every: Duration,
    /// Print JSON lines for machines: what happened ("event"), in which run, at which epoch and
    /// batch
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Preset {
    /// The published Keras notebook
    Notebook,
}

/// Bytes of text from which on the search for near-duplicates takes more than a moment.
const SLOW_TEXT: usize = 10_000_000;

impl Args {
    pub(super) fn run(mut self, out: &Out) -> Result<()> {
        let silent = Out::new(true);
        let out = if self.json { &silent } else { out };
        match self.resume.take() {
            Some(run) => self.resume(&run, out),
            None => self.begin(out),
        }
    }

    fn begin(self, out: &Out) -> Result<()> {
        let Text { text, source, read_as, .. } = Text::learned(&self.files)?;
        say_read_as(read_as);
        if let Some(folder) = &self.out {
            let inputs = found(&self.files)?.into_iter().chain(self.init.clone());
            Outputs::new(inputs, false).run(folder)?;
        }
        let Initial { shape, vocabulary, weights, activation, dropout, from } =
            self.initial_model(&text)?;
        let mut settings = Settings::new().epochs(self.default_epochs());
        settings.activation = activation.unwrap_or(settings.activation);
        settings.dropout = dropout.unwrap_or(settings.dropout);
        let config = self.config(Config {
            validation: 0.1,
            text: source,
            ..Config::new(shape, 16, 64, settings)
        });
        refuse_gigantic::<f32>(&config.shape, config.batch * config.steps)?;
        let (training, held_out) = self.streams(&text, &config, &vocabulary, out)?;
        let (batch, steps) = (config.batch, config.steps);
        if let Some(from) = from {
            out.say(from)?;
        }
        out.say_lines(format!("\n{}\n", model_table(&config.shape, Some((batch, steps)))))?;
        let folder = RunFolder::create(self.out.as_deref())?;
        if weights.is_none() && takes_long(&config.shape) {
            out.say("drawing initial weights: to make so many rows orthogonal takes a while")?;
            out.say("")?;
        }
        let weights = weights.unwrap_or_else(|| initial_weights(&config.shape, config.seed));
        let trainer = Trainer::new(config.settings(), weights, training, held_out);
        self.go(folder, About::new(config, vocabulary), trainer, out)
    }

    /// The notebook's number of passes; fewer over a text that has every tune three times.
    fn default_epochs(&self) -> usize {
        if self.files.is_empty() && self.preset.is_none() { EMBEDDED_EPOCHS } else { 80 }
    }

    /// What the flags make of a config.
    pub(super) fn config(&self, base: Config) -> Config {
        let notebook = self.preset == Some(Preset::Notebook);
        let activation = self.activation.or(notebook.then_some(Activation::HardSigmoid));
        let validation = self.validation.or(notebook.then_some(0.0));
        Config {
            shape: Shape {
                vocab: base.shape.vocab,
                embedding: self.embedding.unwrap_or(base.shape.embedding),
                inputs: base.shape.inputs,
                lstm: self.lstm.clone().unwrap_or(base.shape.lstm),
            },
            activation: activation.unwrap_or(base.activation),
            dropout: self.dropout.or(notebook.then_some(0.2)).unwrap_or(base.dropout),
            batch: self.batch.unwrap_or(base.batch),
            steps: self.steps.unwrap_or(base.steps),
            epochs: self.epochs.unwrap_or(base.epochs),
            learning_rate: self.learning_rate.unwrap_or(base.learning_rate),
            clip: self.clip.or(base.clip),
            seed: self.seed.unwrap_or(base.seed),
            validation: validation.unwrap_or(base.validation),
            ..base
        }
    }

    /// The text cut into streams: to learn from, and held out.
    pub(super) fn streams(
        &self,
        text: &str,
        config: &Config,
        vocabulary: &Vocabulary,
        out: &Out,
    ) -> Result<(Streams, Option<Streams>)> {
        if config.validation > 0.0 && text.len() > SLOW_TEXT {
            out.say(format!(
                "comparing the tunes in {} MB of text, so that no near-duplicate is held out; this \
                 takes a while (--validation 0 does without)",
                text.len() / 1_000_000
            ))?;
        }
        let parts = split(text, config.validation)?;
        let name = config.text.name();
        let encode =
            |text: &str| vocabulary.encode(text).map_err(|e| unknown(e, &name, &self.init));
        let training = Streams::new(encode(&parts.training)?, config.batch, config.steps)?;
        let held_out = match parts.validation.as_str() {
            "" => None,
            text => Some(Streams::fitting(encode(text)?, config.batch, config.steps)?),
        };
        let in_keys = match config.text.paths[..] {
            [] => format!("{} tunes, each in up to {MOST_KEYS} keys: ", tunes(EMBEDDED).len()),
            _ => String::new(),
        };
        out.say(format!(
            "{in_keys}{} tunes, {} characters, {} different; {} tunes held out for validation",
            grouped(parts.training_tunes + parts.validation_tunes),
            grouped(text.chars().count()),
            vocabulary.len(),
            parts.validation_tunes,
        ))?;
        Ok((training, held_out))
    }

    /// Trains to the end.
    pub(super) fn go(
        &self,
        folder: RunFolder,
        about: About,
        mut trainer: Trainer,
        out: &Out,
    ) -> Result<()> {
        let bar = bar(!out.quiet);
        let options = keep::Options::new().every(self.checkpoint_every).batches(self.log_batches);
        let above = bar.clone();
        let notify = Box::new(move |notice| above.suspend(|| noted(notice)));
        let keeper = Keeper::begin(folder, about, options, &mut trainer, notify)?;
        let lines = Lines { every: self.progress_every, json: self.json };
        let mut watch = Watch::new(keeper, bar, &trainer, out, lines)?;
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
            let shape = Shape { vocab: vocabulary.len(), embedding, inputs: vec![], lstm };
            return Ok(Initial {
                shape,
                vocabulary,
                weights: None,
                activation: None,
                dropout: None,
                from: None,
            });
        };
        let opened = open(Some(path), Which::Best, noted)?;
        let from = taken(&opened);
        let model = opened.exchanged;
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
        let weights = Some(model.weights);
        Ok(Initial { shape, vocabulary, weights, activation, dropout, from })
    }
}

struct Initial {
    shape: Shape,
    vocabulary: Vocabulary,
    weights: Option<Weights<f32>>,
    activation: Option<Activation>,
    dropout: Option<f64>,
    /// Which checkpoint of a run they are.
    from: Option<String>,
}

fn unknown(error: UnknownCharacter, text: &str, init: &Option<PathBuf>) -> Error {
    let UnknownCharacter(c) = error;
    let model = init.as_ref().map_or("the model".into(), |path| path.display().to_string());
    Error::Failed(format!(
        "{text} has the character {c:?}, which {model} does not know; take such characters out, or \
         leave --init out"
    ))
}

/// True if [`initial_weights`] takes more than a moment: the work grows with the cube of a width.
fn takes_long(shape: &Shape) -> bool {
    shape.lstm.iter().any(|&hidden| hidden >= 1000)
}
