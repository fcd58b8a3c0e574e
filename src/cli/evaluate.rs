//! `hornpipe evaluate`: how well a model foretells a text.

use super::model::{Opened, open, read_unhashed, refuse_gigantic};
use super::out::Out;
use super::train::count;
use crate::engine::inference::Inference;
use crate::engine::model::Model;
use crate::error::{Error, Result};
use crate::files;
use crate::learn::text::{Streams, Vocabulary};
use crate::learn::train::evaluate;
use crate::music::abc;
use crate::run::folder::Which;
use ndarray::Array2;
use std::path::PathBuf;

/// Measure how well a model foretells a text: loss, bits a character, perplexity, accuracy
#[derive(clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe evaluate                          the newest run, on the embedded corpus
  hornpipe evaluate runs/001 mytunes.abc --json
  hornpipe evaluate runs/001 mytunes.abc --per-tune
  hornpipe evaluate M.safetensors text.txt --vocabulary char_to_index.json

The text is cut into --batch streams that are read side by side, the state carried from zero, over
the same windows that training visits; dropout is off."
)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint or .safetensors [default: the newest run]
    model: Option<PathBuf>,
    /// Files or folders of tunes [default: the embedded corpus]
    files: Vec<PathBuf>,
    /// Streams of text read side by side
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = count::<1>)]
    batch: usize,
    /// Characters of a window
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count::<1>)]
    steps: usize,
    /// The model's symbols, as char_to_index.json
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// List each tune, read from a zero state, the most surprising first
    #[arg(long)]
    per_tune: bool,
    /// End with one JSON object: loss (nats), bits_per_character, perplexity, accuracy, characters
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let opened = open(self.model.as_deref(), Which::Best)?;
        let vocabulary = self.symbols(&opened)?;
        let read = read_unhashed(&self.files)?;
        let (name, text) = (read.source.name(), read.text);
        let symbols = vocabulary.encode(&text).map_err(|c| {
            let at = text.find(c).unwrap_or(0);
            let line = text[..at].matches('\n').count() + 1;
            Error::Failed(format!(
                "{name} has the character {c:?} (line {line}), which the model does not know; \
                 evaluate it on text like what it learned"
            ))
        })?;
        refuse_gigantic::<f32>(&opened.exchanged.weights.shape(), self.batch * self.steps)?;
        let path = opened.path.clone();
        let model = opened.model();
        if self.per_tune {
            per_tune(&model, &vocabulary, &text, out)?;
        }
        let streams = Streams::new(symbols, self.batch, self.steps)?;
        let score = evaluate(&model, &streams);
        if !score.loss.is_finite() {
            return Err(Error::content(
                &path,
                "its weights are too large to compute with; use an earlier checkpoint",
            ));
        }
        let bits = score.loss / std::f64::consts::LN_2;
        if self.json {
            let object = serde_json::json!({
                "loss": score.loss,
                "bits_per_character": bits,
                "perplexity": libm::exp(score.loss),
                "accuracy": score.accuracy,
                "characters": streams.characters(),
            });
            return out.result(object.to_string());
        }
        out.result(format!(
            "loss {:.6} nats a character ({bits:.4} bits), perplexity {:.3}, accuracy {:.6} over \
             {} characters",
            score.loss,
            libm::exp(score.loss),
            score.accuracy,
            streams.characters()
        ))
    }

    fn symbols(&self, opened: &Opened) -> Result<Vocabulary> {
        let Some(path) = &self.vocabulary else {
            return opened.vocabulary().cloned();
        };
        let json = String::from_utf8(files::read(path)?)
            .map_err(|e| Error::content(path, format!("not a map of characters: {e}")))?;
        let vocabulary = Vocabulary::from_json(&json).map_err(|e| Error::content(path, e))?;
        let vocab = opened.exchanged.weights.shape().vocab;
        if vocabulary.len() == vocab {
            return Ok(vocabulary);
        }
        let problem = format!(
            "it names {} symbols, but the model has {vocab}; name the file that belongs to the model",
            vocabulary.len()
        );
        Err(Error::content(path, problem))
    }
}

/// Tunes read side by side, and characters of each at a time.
const ROWS: usize = 16;
const STEPS: usize = 64;

/// Prints mean loss and accuracy of each tune read from a zero state, the most surprising first.
fn per_tune(model: &Model<f32>, vocabulary: &Vocabulary, text: &str, out: &Out) -> Result<()> {
    let tunes = abc::tunes(text);
    let mut lines: Vec<(f64, String)> = Vec::new();
    // tunes of like length together, so that few rows wait for others
    let mut order: Vec<usize> = (0..tunes.len()).collect();
    order.sort_by_key(|&at| tunes[at].len());
    let mut inference = model.inference(STEPS, ROWS);
    for some in order.chunks(ROWS) {
        let symbols: Vec<Vec<u32>> =
            some.iter().map(|&at| vocabulary.encode(tunes[at]).unwrap_or_default()).collect();
        for (&at, (loss, hits, count)) in
            some.iter().zip(score_side_by_side(model, &mut inference, &symbols))
        {
            if count > 0 {
                let (loss, accuracy) = (loss / count as f64, 100.0 * hits as f64 / count as f64);
                let line = format!("{loss:7.4} {accuracy:6.1}% {count:6}  {}", title(tunes[at]));
                lines.push((loss, line));
            }
        }
    }
    lines.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    out.result(format!("{:>7} {:>7} {:>6}  tune", "loss", "correct", "chars"))?;
    lines.iter().try_for_each(|(_, line)| out.result(line))
}

/// (sum of losses, hits, characters foretold) of each of up to [`ROWS`] texts.
fn score_side_by_side(
    model: &Model<f32>,
    inference: &mut Inference<f32>,
    symbols: &[Vec<u32>],
) -> Vec<(f64, usize, usize)> {
    let mut sums = vec![(0.0, 0, 0); symbols.len()];
    let mut states = model.zero_states(ROWS);
    let longest = symbols.iter().map(Vec::len).max().unwrap_or(0);
    for start in (0..longest.saturating_sub(1)).step_by(STEPS) {
        // a row whose text is over reads symbol 0, and what it says is not counted
        let at = |t: usize, row: usize| symbols.get(row)?.get(start + t).copied();
        let x = Array2::from_shape_fn((STEPS, ROWS), |(t, row)| at(t, row).unwrap_or(0));
        let y = Array2::from_shape_fn((STEPS, ROWS), |(t, row)| at(t + 1, row).unwrap_or(0));
        inference.evaluate(x.view(), y.view(), &mut states);
        let said = inference.loss();
        for (sample, (&loss, &hit)) in said.losses.iter().zip(&said.hits).enumerate() {
            let (t, row) = (sample / ROWS, sample % ROWS);
            if at(t + 1, row).is_some() {
                let sum = &mut sums[row];
                *sum = (sum.0 + f64::from(loss), sum.1 + usize::from(hit), sum.2 + 1);
            }
        }
    }
    sums
}

fn title(tune: &str) -> &str {
    let field = |letter| tune.lines().find_map(|line| line.strip_prefix(letter));
    field("T:").or_else(|| field("X:")).unwrap_or("(without a title)").trim()
}
