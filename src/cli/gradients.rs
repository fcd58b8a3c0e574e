//! `hornpipe gradients`: the checker's door.

use super::out::{Out, noted, taken};
use super::output::{Kind, Outputs, called, on_stdout};
use super::values::Choice;
use crate::engine::layers::dropout::Dropout;
use crate::engine::layers::embedding::Input;
use crate::engine::model::Tape;
use crate::engine::real::{Precision, Real};
use crate::engine::weights::Weights;
use crate::error::Result;
use crate::run::batch::load_batch;
use crate::run::exchange::ours;
use crate::run::notice::Notice;
use std::path::PathBuf;

/// Compute loss, gradients and final states of one batch, for comparison with a reference
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe gradients --model M.safetensors --batch B.safetensors -o G.safetensors
  hornpipe gradients --model runs/001 --batch B.safetensors -o G.safetensors --precision f32
  hornpipe gradients --model default --batch B.safetensors -o G.safetensors --precision bf16

The batch file holds x and y (B,T) as I64 or I32; for a model with inputs beside the character
places (B,T,K), likewise, a column for each in the order of the model's metadata `inputs`, whose
one-hot rows stand behind the embedding in lstm.0.kernel; optionally lstm.K.h0 and lstm.K.c0 (B,H;
zero when absent) and dropout.K.mask (B,T,H): the factor itself, 0 or 1/(1-p), on the output of
layer K.
The output holds loss (mean over B*T, in nats), accuracy, grad.NAME for each weight NAME,
lstm.K.h and lstm.K.c (final states, h before dropout).")]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, .h5 or the word default
    #[arg(long, value_name = "M")]
    model: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Symbols, places, states and masks as .safetensors
    #[arg(long, value_name = "B")]
    batch: PathBuf,
    /// File to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Arithmetic, whatever the model was trained with: f64 goes through the same layers with another
    /// matrix product; bf16 is f32 but for both sides of every product
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Arithmetic::F64)]
    precision: Arithmetic,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Arithmetic {
    F64,
    F32,
    Bf16,
}

impl Args {
    pub(super) fn run(&self, out: &Out) -> Result<()> {
        let out = &out.aside_of(on_stdout([&self.output], false)?);
        let (loss, accuracy) = match self.precision {
            Arithmetic::F64 => self.compute::<f64>(Precision::F32, out)?,
            Arithmetic::F32 => self.compute::<f32>(Precision::F32, out)?,
            Arithmetic::Bf16 => self.compute::<f32>(Precision::Bf16, out)?,
        };
        out.say(format!("loss {loss}, accuracy {accuracy}; wrote {}", called(&self.output)))
    }

    fn compute<R: Real>(&self, precision: Precision, out: &Out) -> Result<(f64, f64)> {
        let mut opened = self.choice.open_in::<R>(Some(&self.model), None)?;
        let inputs = [&opened.path, &self.batch];
        let output = Outputs::new(inputs, self.force).file(&self.output, Kind::Safetensors)?;
        opened.exchanged.precision = precision;
        let (taken, model) = (taken(&opened), opened.model());
        let shape = model.weights().shape();
        let mut batch = load_batch::<R>(&self.batch, &shape)?;
        if !batch.unused.is_empty() {
            let names = std::mem::take(&mut batch.unused);
            noted(Notice::Unused { path: self.batch.clone(), names });
        }
        let (steps, rows) = batch.x.dim();
        let mut tape = Tape::new(&shape, steps, rows);
        let mut d = Weights::zeros(&shape);
        let masks = Dropout::Given(&batch.masks);
        let x = Input { symbols: batch.x.view(), places: batch.places.view() };
        model.forward(x, &mut batch.states, masks, &mut tape);
        let score = model.score(batch.y.view(), &mut tape);
        model.backward(&mut tape, &mut d);

        let scalars = [R::from_f64(score.loss), R::from_f64(score.accuracy)];
        let mut tensors = vec![
            ("loss".to_owned(), Vec::new(), &scalars[..1]),
            ("accuracy".to_owned(), Vec::new(), &scalars[1..]),
        ];
        for ((name, dims), d) in shape.tensors().into_iter().zip(d.tensors()) {
            tensors.push((format!("grad.{name}"), dims, d));
        }
        for (k, state) in batch.states.iter().enumerate() {
            for (name, x) in [("h", &state.h), ("c", &state.c)] {
                let data = x.as_slice().expect("states are row-major");
                tensors.push((format!("lstm.{k}.{name}"), x.shape().to_vec(), data));
            }
        }
        let bytes = ours::encode(tensors.into_iter(), None);
        output.write(&bytes.map_err(ours::unwritable(&self.output))?)?;
        out.say_taken(taken);
        Ok((score.loss, score.accuracy))
    }
}
