//! `hornpipe train`: learn tunes, show how it goes, keep what comes of it.

use super::generate::{Header, sampling};
use super::info;
use super::model::{Text, read_text, warn_unused};
use super::out::{Out, duration, grouped};
use crate::config::{Config, activation_of};
use crate::error::{Error, Result};
use crate::exchange;
use crate::generate::write_all;
use crate::run::{RunFolder, Table};
use crate::split::split;
use crate::text::{Streams, Vocabulary};
use crate::train::{EpochRecord, Step, Trainer, Watcher, train};
use crate::weights::{Shape, Weights};
use hornpipe_kernels::{Activation, Isa};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Learn tunes: the embedded jigs and hornpipes, or your own files of ABC
///
/// Writes a run folder with checkpoints, samples, log.csv and config.json. The text is taken as it
/// is; `hornpipe corpus` brings ABC into the form that models learn best.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe train                                the embedded corpus, 80 epochs
  hornpipe train mytunes/ more.abc --epochs 40  your own tunes: files or folders
  hornpipe train --lstm 64 --embedding 32       a small model, for a first look
  hornpipe train --init runs/001.safetensors    go on from exported weights
  hornpipe train --preset notebook tunes.txt    everything as the published notebook:
                                                hard_sigmoid, nothing held out")]
pub(super) struct Args {
    /// Files or folders of tunes [default: the embedded corpus]
    files: Vec<PathBuf>,
    /// A set of defaults; flags given beside it win
    #[arg(long, value_enum)]
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
    /// Width of each LSTM layer, from the input upwards [default: 256,128]
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = count::<1>)]
    lstm: Option<Vec<usize>>,
    /// Probability of dropping a layer's output in training [default: 0.2]
    #[arg(long, value_name = "P", value_parser = share)]
    dropout: Option<f64>,
    /// Rate of Adam
    #[arg(long, value_name = "RATE", default_value_t = 1e-3, value_parser = positive)]
    learning_rate: f64,
    /// Shorten gradients to this length (global norm) [default: never]
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
    /// Begin with these weights instead of drawing them
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

/// A whole number from `LEAST` to a million.
pub(super) fn count<const LEAST: usize>(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=1_000_000).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {LEAST} to 1,000,000")),
    }
}

/// A number in [0, 1).
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
        let Text { text, source } = read_text(&self.files)?;
        let init = self.initial_model(&text)?;
        let notebook = self.preset == Some(Preset::Notebook);
        let validation = self.validation.unwrap_or(if notebook { 0.0 } else { 0.1 });
        let parts = split(&text, validation)?;
        let default = if notebook { Activation::HardSigmoid } else { Activation::Sigmoid };
        let config = Config {
            shape: init.shape,
            activation: self.activation.or(init.activation).unwrap_or(default),
            dropout: self.dropout.or(init.dropout).unwrap_or(0.2),
            batch: self.batch,
            steps: self.steps,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            clip: self.clip,
            seed: self.seed,
            validation,
            text: source,
        };
        refuse_gigantic(&config)?;
        let vocabulary = init.vocabulary;
        let encode = |text: &str| vocabulary.encode(text).map_err(|c| unknown(c, &self.init));
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
        let mut trainer = Trainer::new(config, training, held_out, init.weights);
        let folder = RunFolder::create(self.out.as_deref())?;
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
            let shape = Shape { vocab: vocabulary.len(), embedding, lstm };
            return Ok(Initial {
                shape,
                vocabulary,
                weights: None,
                activation: None,
                dropout: None,
            });
        };
        let model = exchange::load_model::<f32>(path)?;
        warn_unused(path, &model.unused);
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
        let (activation, dropout) = (Some(model.activation), Some(model.dropout));
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

fn unknown(c: char, init: &Option<PathBuf>) -> Error {
    let model = init.as_ref().map_or("the model".into(), |path| path.display().to_string());
    Error::Usage(format!("the text has the character {c:?}, which {model} does not know"))
}

/// A mistyped size should be a sentence, not a machine brought to its knees.
fn refuse_gigantic(config: &Config) -> Result<()> {
    const MOST_GIB: f64 = 64.0;
    let samples = (config.batch * config.steps) as f64;
    let widths: usize = config.shape.lstm.iter().sum();
    // weights, gradients, moments and two packed copies; the arrays of the tape
    let numbers = 6.0 * config.shape.parameters() as f64
        + samples * (14.0 * widths as f64 + 2.0 * config.shape.vocab as f64);
    let gib = 4.0 * numbers / (1u64 << 30) as f64;
    if gib > MOST_GIB {
        return Err(Error::Usage(format!(
            "this model would take about {gib:.0} GiB of memory; choose a smaller --lstm, \
             --embedding, --batch or --steps"
        )));
    }
    Ok(())
}

/// Epochs from one milestone checkpoint to the next.
const MILESTONE: usize = 10;

/// Shows a run and writes its folder.
struct Watch<'a> {
    out: &'a Out,
    folder: RunFolder,
    vocabulary: Vocabulary,
    bar: ProgressBar,
    timing: Table,
    batches: Option<Table>,
    begun: Instant,
    epoch_begun: Instant,
    steps_done: usize,
    estimated: bool,
}

impl<'a> Watch<'a> {
    fn new(
        folder: RunFolder,
        vocabulary: Vocabulary,
        trainer: &Trainer,
        out: &'a Out,
        log_batches: bool,
    ) -> Result<Self> {
        folder.describe(trainer, &vocabulary)?;
        folder.log(&trainer.history)?;
        folder.checkpoint(trainer, &vocabulary, false)?;
        let timing = folder.table("timing.csv", &["Epoch", "seconds", "characters_per_second"])?;
        let header = ["Epoch", "Batch", "Loss", "Accuracy"];
        let batches = log_batches.then(|| folder.table("batches.csv", &header)).transpose()?;
        out.say(format!(
            "{}: {} epochs of {} batches, {} threads, {} kernels",
            folder.path().display(),
            trainer.config.epochs,
            trainer.windows(),
            rayon::current_num_threads(),
            Isa::current()
        ))?;
        let bar = if out.quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        bar.set_length((trainer.config.epochs * trainer.windows()) as u64);
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {msg} {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        let (begun, epoch_begun, steps_done, estimated) = (now, now, 0, false);
        Ok(Self {
            out,
            folder,
            vocabulary,
            bar,
            timing,
            batches,
            begun,
            epoch_begun,
            steps_done,
            estimated,
        })
    }

    fn characters_per_second(&self, trainer: &Trainer) -> f64 {
        let window = trainer.config.batch * trainer.config.steps;
        (self.steps_done * window) as f64 / self.begun.elapsed().as_secs_f64()
    }

    /// A line for people, above the bar.
    fn say(&self, line: impl AsRef<str>) -> Result<()> {
        self.bar.suspend(|| self.out.say(line))
    }

    /// After the first seconds: how long the whole will take.
    fn estimate(&mut self, trainer: &Trainer) -> Result<()> {
        if self.estimated || self.begun.elapsed() < Duration::from_secs(3) {
            return Ok(());
        }
        self.estimated = true;
        let all = trainer.config.epochs * trainer.windows();
        let whole = self.begun.elapsed().as_secs_f64() * all as f64 / self.steps_done as f64;
        self.say(format!(
            "about {} for all {} epochs, at {} characters/s",
            duration(whole),
            trainer.config.epochs,
            grouped(self.characters_per_second(trainer) as usize)
        ))
    }

    fn milestone(&self, trainer: &Trainer) -> Result<()> {
        self.folder.checkpoint(trainer, &self.vocabulary, false)?;
        let epoch = trainer.progress.epoch;
        let options = sampling(&self.vocabulary, epoch as u64, "", &Header::default())?;
        let tunes = write_all(&trainer.model, &self.vocabulary, &options, 2).concat();
        self.folder.sample(epoch, &tunes)?;
        self.say(format!("\nafter {epoch} epochs it writes:\n\n{}", tunes.trim_end()))?;
        self.say("")
    }

    fn finish(self, trainer: &Trainer) -> Result<()> {
        self.bar.finish_and_clear();
        let epochs = trainer.progress.epoch;
        if !epochs.is_multiple_of(MILESTONE) {
            self.milestone(trainer)?;
        }
        let path = self.folder.path().display();
        if let Some((epoch, loss)) = trainer.progress.best {
            self.out.say(format!("best on held-out tunes: loss {loss:.4} after epoch {epoch}"))?;
        }
        self.out.say(format!(
            "{epochs} epochs in {}; now try:\n  hornpipe generate {path} -n 3\n  hornpipe evaluate \
             {path}",
            duration(self.begun.elapsed().as_secs_f64())
        ))?;
        if self.out.quiet { self.out.result(path.to_string()) } else { Ok(()) }
    }
}

impl Watcher for Watch<'_> {
    fn step(&mut self, trainer: &Trainer, step: Step) -> Result<()> {
        self.steps_done += 1;
        if let Some(batches) = &mut self.batches {
            let (epoch, batch) = (trainer.progress.epoch + 1, trainer.progress.window);
            let (loss, accuracy) = (step.score.loss, step.score.accuracy);
            let cells = [epoch.to_string(), batch.to_string(), loss.to_string()];
            batches.line(cells.into_iter().chain([accuracy.to_string()]))?;
        }
        self.bar.inc(1);
        let (loss, accuracy) = (step.score.loss, 100.0 * step.score.accuracy);
        if self.steps_done % 8 == 1 {
            let speed = grouped(self.characters_per_second(trainer) as usize);
            self.bar.set_message(format!("loss {loss:.3} accuracy {accuracy:.1}% {speed} chars/s"));
        }
        self.estimate(trainer)
    }

    fn epoch(&mut self, trainer: &Trainer) -> Result<()> {
        let record = trainer.history.last().expect("an epoch has just ended");
        self.folder.log(&trainer.history)?;
        let seconds = self.epoch_begun.elapsed().as_secs_f64();
        self.epoch_begun = Instant::now();
        let speed = trainer.characters() as f64 / seconds;
        self.timing.line([
            record.epoch.to_string(),
            format!("{seconds:.3}"),
            format!("{speed:.0}"),
        ])?;
        self.say(line(record, trainer.config.epochs, seconds))?;
        if trainer.progress.best.is_some_and(|(epoch, _)| epoch == record.epoch) {
            self.folder.checkpoint(trainer, &self.vocabulary, true)?;
        }
        if record.epoch.is_multiple_of(MILESTONE) { self.milestone(trainer) } else { Ok(()) }
    }
}

fn line(record: &EpochRecord, epochs: usize, seconds: f64) -> String {
    let EpochRecord { epoch, loss_mean: loss, .. } = record;
    let accuracy = 100.0 * record.accuracy_mean;
    let held_out = match record.validation {
        Some((loss, accuracy)) => format!("  held out {loss:.4} {:5.1}%", 100.0 * accuracy),
        None => String::new(),
    };
    format!("epoch {epoch:3}/{epochs}  loss {loss:.4} {accuracy:5.1}%{held_out}  {seconds:.1} s")
}
