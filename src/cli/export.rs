//! `hornpipe export`: weights for other programs.

use super::out::{Out, note};
use super::output::{Kind, Outputs, called, on_stdout};
use super::told::Told;
use super::values::Choice;
use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::run::exchange::{
    Exchanged, encode_for_pytorch, encode_model, encode_onnx, ours::unwritable,
};
use crate::run::open::Opened;
use clap::ValueEnum;
use hornpipe_kernels::Activation;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Write a model for other programs: PyTorch, Keras, ONNX runtimes, or your own
///
/// The ending of the file decides: .safetensors (and any other), .weights.h5 for Keras 3, .onnx. A file
/// of PyTorch's or Keras's can be the MODEL, so this also turns theirs into ours.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, .h5, or the word default
    model: PathBuf,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    told: Told,
    /// File to write
    #[arg(short, long, value_name = "M.safetensors")]
    output: PathBuf,
    /// How the tensors of a .safetensors file are called and laid out
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t = Names::Hornpipe)]
    names: Names,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Print one JSON object: file, bytes, parameters, weights_sha256
    #[arg(long)]
    json: bool,
}

/// Whose names.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Names {
    /// Those below
    Hornpipe,
    /// Those of the module below
    Pytorch,
}

const HELP: &str = r#"Examples:
  hornpipe export runs/001 -o tunes.safetensors
  hornpipe export runs/001 -o tunes.safetensors --names pytorch
  hornpipe export default -o tunes.weights.h5
  hornpipe export default -o tunes.onnx
  hornpipe export Weights_10.h5 --vocabulary char_to_index.json -o ours.safetensors
  hornpipe export default -o - | sha256sum

Tensors: embedding.weight (V,E), lstm.K.kernel (D,4H), lstm.K.recurrent_kernel (H,4H),
lstm.K.bias (4H), dense.kernel (H,V), dense.bias (V); gates in the order i f g o.
Metadata: recurrent_activation, precision (of a model with products in bf16), dropout, vocabulary,
inputs (a JSON array of [name, size]; the first kernel has as many rows more, one a value, in this
order), tonic, book (a JSON object), and weights_sha256 as info has it, which is checked when such
a file is read. In .onnx they are metadata, too, in .weights.h5 attributes of the file.

The default model, and those trained as it was, hear places beside the characters (inputs of info): of a text
hornpipe.Model.places(text, one_hot=True) of the Python module gives them (src/python/README.md).
A model without, by train --inputs characters, is easier to take elsewhere.

--names pytorch is for this module, by safetensors.torch.load_model(model, "tunes.safetensors"); of a
model with inputs N is the sum of their sizes, and places are their one-hot rows side by side:
  class Tunes(torch.nn.Module):
      def __init__(self, V, E, lstm, N=0):
          super().__init__()
          self.embedding = torch.nn.Embedding(V, E)
          self.lstm = torch.nn.ModuleList(map(torch.nn.LSTM, [E + N, *lstm], lstm))
          self.dense = torch.nn.Linear(lstm[-1], V)
      def forward(self, x, states=None, places=None):  # (T, B), one (h, c) a layer, (T, B, N)
          out, states = self.embedding(x), list(states or [None] * len(self.lstm))
          out = out if places is None else torch.cat([out, places], -1)
          for k, lstm in enumerate(self.lstm):
              out, states[k] = lstm(out, states[k])
          return self.dense(out), states  # (T, B, V)

tunes.weights.h5 is for this model of Keras 3, by model.load_weights("tunes.weights.h5"); s is "sigmoid",
or of a model with hard_sigmoid lambda x: keras.ops.clip(0.2 * x + 0.5, 0, 1), for what Keras 3 calls
hard_sigmoid is another function:
  def tunes(V, E, lstm, N=0, s="sigmoid"):
      x = [keras.Input((None,), dtype="int32")] + [keras.Input((None, N))] * (N > 0)
      out = keras.layers.Embedding(V, E)(x[0])
      out = keras.layers.Concatenate()([out, x[1]]) if N else out
      for H in lstm:
          out = keras.layers.LSTM(H, return_sequences=True, recurrent_activation=s)(out)
      return keras.Model(x, keras.layers.Dense(V)(out))  # logits (B, T, V)

tunes.onnx: x (T,B) I64, lstm.K.h0 and lstm.K.c0 (B,H), and of a model with inputs places (T,B,N) in;
logits (T,B,V), lstm.K.h and lstm.K.c out. A text goes through at once or character by character.

MODEL may be a .safetensors of a PyTorch module, whatever its names: an embedding or one-hot characters,
nn.LSTM or nn.LSTMCell, a linear layer; or weights (.h5, .weights.h5) or a whole model (.h5) of Keras 2 or
3. Bare weights of Keras do not say which recurrent activation they are for: --activation does. A plain stack
is assumed where a file holds tensors alone: what else a module did with its layers they do not show."#;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let out = &out.aside_of(on_stdout([&self.output], self.json)? || self.json);
        let kind = kind(&self.output)?;
        if kind != Kind::Safetensors && self.names == Names::Pytorch {
            let problem = "--names pytorch is for .safetensors; leave it out, or name the file so";
            return Err(Error::Usage(problem.to_owned()));
        }
        let Opened { path, exchanged, .. } = self.told.open(self.choice, Some(&self.model), out)?;
        let output = Outputs::new([&path], self.force).file(&self.output, kind)?;
        let bytes = match self.names {
            Names::Pytorch => encode_for_pytorch(&exchanged, &self.output)?,
            Names::Hornpipe => encoded(kind, &exchanged, &self.output)?,
        };
        output.write(&bytes)?;
        if kind == Kind::Hdf5 && exchanged.activation() == Activation::HardSigmoid {
            note(
                "what Keras 3 calls hard_sigmoid is another function; give its LSTM layers \
                 recurrent_activation=lambda x: keras.ops.clip(0.2 * x + 0.5, 0, 1)",
            );
        }
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

/// What kind of file an ending asks for.
pub(super) fn kind(path: &Path) -> Result<Kind> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let problem = if ends(&[".weights.h5"]) {
        return Ok(Kind::Hdf5);
    } else if ends(&[".onnx"]) {
        return Ok(Kind::Onnx);
    } else if ends(&[".h5", ".hdf5", ".keras"]) {
        "Keras 3 reads weights from files that end in .weights.h5; name it so"
    } else if ends(&[".pt", ".pth", ".bin", ".ckpt"]) {
        "for PyTorch hornpipe writes .safetensors; name it so, with --names pytorch"
    } else if ends(&[".gguf"]) {
        "a GGUF file holds no LSTM; name a .safetensors"
    } else {
        return Ok(Kind::Safetensors);
    };
    Err(Error::Usage(format!("{}: {problem}", path.display())))
}

/// The bytes of a file of this kind, under our own names.
pub(super) fn encoded<R: Real>(kind: Kind, model: &Exchanged<R>, path: &Path) -> Result<Vec<u8>> {
    match kind {
        Kind::Onnx => Ok(encode_onnx(model)),
        Kind::Hdf5 => for_keras(model, path),
        _ => encode_model(model).map_err(unwritable(path)),
    }
}

#[cfg(feature = "keras")]
fn for_keras<R: Real>(model: &Exchanged<R>, path: &Path) -> Result<Vec<u8>> {
    crate::run::exchange::encode_for_keras(model, path)
}

#[cfg(not(feature = "keras"))]
fn for_keras<R: Real>(_: &Exchanged<R>, path: &Path) -> Result<Vec<u8>> {
    let problem = "this hornpipe was built without the feature keras, which writes such files";
    Err(Error::content(path, problem))
}
