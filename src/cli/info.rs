//! `hornpipe info`: what a model is.

use super::out::{Out, model_table};
use super::values::Choice;
use crate::error::Result;
use std::path::PathBuf;

/// Show what a model is: sizes, settings, how far it was trained, a hash of its weights
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe info                 the newest run, its best checkpoint
  hornpipe info runs/001 --last --json
  hornpipe info model.safetensors")]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint or .safetensors [default: the newest run]
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// End with one JSON object: config, epoch, parameters, weights_sha256
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(&self, out: &Out) -> Result<()> {
        let opened = self.choice.open(self.model.as_deref())?;
        let shape = opened.exchanged.weights.shape();
        let sha256 = &opened.exchanged.sha256;
        let epoch = opened.meta.as_ref().map(|meta| meta.progress.epoch);
        if self.json {
            // a model from elsewhere has no config but its sizes
            let config = match &opened.meta {
                Some(meta) => serde_json::to_value(&meta.config).expect("a config is JSON"),
                None => serde_json::json!({
                    "shape": shape,
                    "activation": opened.exchanged.activation().name(),
                    "dropout": opened.exchanged.dropout,
                }),
            };
            let object = serde_json::json!({
                "config": config,
                "epoch": epoch,
                "parameters": shape.parameters(),
                "weights_sha256": sha256,
            });
            return out.data_line(object.to_string());
        }
        out.result(format!("file            {}", opened.path.display()))?;
        out.result(format!("activation      {}", opened.exchanged.activation()))?;
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
        out.result(format!("weights SHA-256 {sha256}"))?;
        out.result("")?;
        model_table(&shape, None).lines().try_for_each(|line| out.result(line))
    }
}
