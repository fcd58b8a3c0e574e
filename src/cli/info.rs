//! `hornpipe info`: what a model is.

use super::model::open;
use super::out::{Out, grouped};
use crate::engine::weights::Shape;
use crate::error::Result;
use crate::learn::config::name_of;
use crate::run::folder::Which;
use std::path::PathBuf;

/// Show what a model is: sizes, settings, how far it was trained, a hash of its weights
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe info                 the newest run, its last checkpoint
  hornpipe info runs/001 --json
  hornpipe info model.safetensors")]
pub(super) struct Args {
    /// Run, checkpoint or .safetensors [default: the newest run]
    model: Option<PathBuf>,
    /// End with one JSON object: config, epoch, parameters, weights_sha256
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(&self, out: &Out) -> Result<()> {
        let opened = open(self.model.as_deref(), Which::Last)?;
        let shape = opened.exchanged.weights.shape();
        let sha256 = &opened.exchanged.sha256;
        let epoch = opened.meta.as_ref().map(|meta| meta.progress.epoch);
        if self.json {
            // a model from elsewhere has no config but its sizes
            let config = match &opened.meta {
                Some(meta) => serde_json::to_value(&meta.config).expect("a config is JSON"),
                None => serde_json::json!({
                    "shape": shape,
                    "activation": name_of(opened.exchanged.activation()),
                    "dropout": opened.exchanged.dropout,
                }),
            };
            let object = serde_json::json!({
                "config": config,
                "epoch": epoch,
                "parameters": shape.parameters(),
                "weights_sha256": sha256,
            });
            return out.result(object.to_string());
        }
        out.result(format!("file            {}", opened.path.display()))?;
        out.result(format!("activation      {}", name_of(opened.exchanged.activation())))?;
        let dropout =
            opened.exchanged.dropout.map_or("not said".to_owned(), |rate| rate.to_string());
        out.result(format!("dropout         {dropout}"))?;
        if let Some(meta) = &opened.meta {
            let config = &meta.config;
            out.result(format!("epoch           {} of {}", meta.progress.epoch, config.epochs))?;
            if let Some(record) = meta.history.last() {
                out.result(format!("loss            {:.4}", record.loss_mean))?;
            }
            if let Some((epoch, loss)) = meta.progress.best {
                out.result(format!("best            {loss:.4} on held-out tunes, epoch {epoch}"))?;
            }
            let (batch, steps) = (config.batch, config.steps);
            out.result(format!("window          {batch} streams of {steps} characters"))?;
            let text = config.text.name();
            out.result(format!("text            {text} (SHA-256 {})", config.text.sha256))?;
        }
        out.result(format!("weights SHA-256 {sha256}\n"))?;
        out.result(table(&shape, None))
    }
}

/// The model as a table; `window` is (batch, steps), if there is one.
pub(super) fn table(shape: &Shape, window: Option<(usize, usize)>) -> String {
    let output = |width: usize| match window {
        Some((batch, steps)) => format!("({batch}, {steps}, {width})"),
        None => format!("(.., {width})"),
    };
    let mut rows = vec![(
        "embedding".to_owned(),
        output(shape.embedding),
        grouped(shape.vocab * shape.embedding),
    )];
    for (k, &hidden) in shape.lstm.iter().enumerate() {
        let parameters = 4 * hidden * (shape.input_of(k) + hidden + 1);
        rows.push((format!("lstm {k}"), output(hidden), grouped(parameters)));
    }
    let dense = (shape.top() + 1) * shape.vocab;
    rows.push(("dense, softmax".to_owned(), output(shape.vocab), grouped(dense)));
    rows.push(("all".to_owned(), String::new(), grouped(shape.parameters())));
    let mut text = format!("{:<16}{:<18}{:>12}", "layer", "output shape", "parameters");
    for (layer, output, parameters) in rows {
        text += &format!("\n{layer:<16}{output:<18}{parameters:>12}");
    }
    text
}
