//! `hornpipe export`: weights for other programs.

use super::out::Out;
use super::output::{Kind, Outputs, called, on_stdout};
use super::values::Choice;
use crate::error::Result;
use crate::run::exchange::{encode_model, unwritable};
use crate::run::open::Opened;
use serde_json::json;
use std::path::PathBuf;

/// Write a model's weights as .safetensors, for other programs
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe export runs/001 -o tunes.safetensors
  hornpipe export runs/001/checkpoints/best.hornpipe -o best.safetensors
  hornpipe export default -o - | sha256sum

Tensors: embedding.weight (V,E), lstm.K.kernel (D,4H), lstm.K.recurrent_kernel (H,4H),
lstm.K.bias (4H), dense.kernel (H,V), dense.bias (V); gates in the order i f g o.
Metadata: recurrent_activation, precision (of a model with products in bf16), dropout, vocabulary,
inputs (a JSON array of [name, size]; the first kernel has as many rows more, one a value, in this
order), tonic, book (a JSON object), and weights_sha256 as info has it, which is checked when such
a file is read.")]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, or the word default
    model: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// File to write
    #[arg(short, long, value_name = "M.safetensors")]
    output: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Print one JSON object: file, bytes, parameters, weights_sha256
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let out = &out.aside_of(on_stdout([&self.output], self.json)? || self.json);
        let Opened { path, exchanged, .. } = self.choice.open(Some(&self.model), out)?;
        let output = Outputs::new([&path], self.force).file(&self.output, Kind::Safetensors)?;
        let bytes = encode_model(&exchanged).map_err(unwritable(&self.output))?;
        output.write(&bytes)?;
        if self.json {
            let object = json!({
                "file": self.output,
                "bytes": bytes.len(),
                "parameters": exchanged.weights.shape().parameters(),
                "weights_sha256": exchanged.sha256,
            });
            return out.data_line(object.to_string());
        }
        out.say(format!("wrote {} from {}", called(&self.output), path.display()))
    }
}
