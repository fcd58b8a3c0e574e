//! `hornpipe info`: what a model is.

use super::out::{Out, counted, model_table};
use super::told::Told;
use super::values::Choice;
use crate::error::Result;
use crate::learn::config::{Order, named};
use crate::music::corpus::{Summary, Wish};
use crate::run::exchange::Exchanged;
use crate::run::open::Opened;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Show what a model is: sizes, settings, how far it was trained, a hash of its weights
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe info                 the newest run, its best checkpoint
  hornpipe info runs/001 --last --json
  hornpipe info model.safetensors")]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, .h5 or the word default [default: the newest
    /// run; where there is none the model that comes with hornpipe, which is what the word means]
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    told: Told,
    /// End with one JSON object: config, epoch, parameters, weights_sha256, book
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(&self, out: &Out) -> Result<()> {
        let opened = self.told.open(self.choice, self.model.as_deref(), out)?;
        if self.json {
            return out.data_line(object(&opened).to_string());
        }
        lines(&opened).iter().try_for_each(|line| out.result(line))?;
        out.result("")?;
        let table = model_table(&opened.exchanged.weights.shape(), None);
        table.lines().try_for_each(|line| out.result(line))
    }
}

/// What programs are told.
pub(super) fn object(opened: &Opened) -> Value {
    let Exchanged { weights, sha256, inputs, tonic, book, .. } = &opened.exchanged;
    let shape = weights.shape();
    // a model from elsewhere has no config but its sizes
    let mut config = match &opened.meta {
        Some(meta) => serde_json::to_value(&meta.config).expect("a config is JSON"),
        None => json!({
            "shape": shape,
            "activation": opened.exchanged.activation().name(),
            "dropout": opened.exchanged.dropout,
            "inputs": inputs,
            "tonic": tonic,
        }),
    };
    // config.json has it where it is not f32
    config["precision"] = opened.exchanged.precision.name().into();
    let book = book.as_ref().and_then(|json| serde_json::from_str::<Value>(json).ok());
    json!({
        "config": config,
        "epoch": opened.meta.as_ref().map(|meta| meta.progress.epoch),
        "parameters": shape.parameters(),
        "weights_sha256": sha256,
        "book": book,
    })
}

/// What people are told before the sizes.
fn lines(opened: &Opened) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |name: &str, what: String| lines.push(format!("{name:<15} {what}"));
    let Exchanged { sha256, dropout, vocabulary, inputs, tonic, book, .. } = &opened.exchanged;
    say("file", opened.path.display().to_string());
    say("activation", opened.exchanged.activation().name().to_owned());
    say("precision", opened.exchanged.precision.name().to_owned());
    say("dropout", dropout.map_or("not said".to_owned(), |rate| rate.to_string()));
    let symbols = vocabulary.as_ref().map(|known| format!("{} that it names", known.len()));
    say("symbols", symbols.unwrap_or_else(|| "not said".to_owned()));
    if !inputs.is_empty() {
        say("inputs", named(inputs));
    }
    if let Some(tonic) = tonic {
        say("tonic", tonic.clone());
    }
    if let Some(book) = book {
        say("book", summed_up(book));
    }
    if let Some(meta) = &opened.meta {
        let config = &meta.config;
        say("epoch", format!("{} of {}", meta.progress.epoch, config.epochs));
        if let Some(record) = meta.history.last() {
            say("loss", format!("{:.4}", record.loss_mean));
        }
        if let Some((epoch, loss)) = meta.progress.best {
            say("best", format!("{loss:.4} on held-out text, epoch {epoch}"));
        }
        if let Some(kept) = config.average {
            say("weights", format!("averaged, each update keeps {kept}"));
        }
        let (streams, steps) =
            (counted(config.batch, "stream"), counted(config.steps, "character"));
        let shards = match config.shards {
            1 => String::new(),
            shards => format!(", in {shards} shards"),
        };
        say("window", format!("{streams} of {steps}{shards}"));
        say("text", format!("{} (SHA-256 {})", config.text.name(), config.text.sha256));
        if let Some(from) = &config.from {
            say("on top of", format!("{} (weights SHA-256 {})", from.path, from.weights_sha256));
        }
        if config.order != Order::AsWritten {
            say("order", config.order.name().to_owned());
        }
    }
    say("weights SHA-256", sha256.clone());
    lines
}

/// How many tunes a book has, and of which rhythms.
fn summed_up(book: &str) -> String {
    let Ok(book) = serde_json::from_str::<Summary>(book) else {
        return "no summary of tunes".to_owned();
    };
    if book.tunes() == 0 {
        return "no tunes".to_owned();
    }
    let all = Wish::default();
    let count = |rhythm: &&str| {
        let of =
            book.kinds().filter(|(kind, _)| kind.rhythm_name() == *rhythm).map(|(_, count)| count);
        format!("{} {rhythm}", of.sum::<usize>())
    };
    let rhythms: Vec<String> = book.rhythms(&all).iter().take(6).map(count).collect();
    format!("{}: {}", counted(book.tunes(), "tune"), rhythms.join(", "))
}
