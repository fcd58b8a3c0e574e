//! `hornpipe evaluate`: how well a model foretells a text.

use super::inputs::say_read_as;
use super::out::{Out, note, taken};
use super::values::{Choice, count};
use crate::error::{Error, Result};
use crate::files;
use crate::learn::evaluate::{TextScore, evaluate, evaluate_each};
use crate::learn::limits::refuse_gigantic;
use crate::learn::material;
use crate::learn::source::Text;
use crate::learn::text::{Streams, UnknownCharacter, Vocabulary};
use crate::music::abc;
use crate::music::corpus::{InTonic, Tonic};
use crate::run::open::Opened;
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
the same windows that training visits; dropout is off. A model that learned its tunes on one tonic
hears these there, too. Most of the embedded corpus is what a default run has learned; what it has
not is the run's held-out.abc (its loss there is that of log.csv but for the order of the tunes)."
)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint or .safetensors [default: the newest run]
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
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
        let opened = self.choice.open(self.model.as_deref())?;
        let taken = taken(&opened);
        let vocabulary = self.symbols(&opened)?;
        let read = Text::unhashed(&self.files)?;
        say_read_as(read.read_as);
        let (name, mut text) = (read.source.name(), read.text);
        let manner = opened.manner_with(&vocabulary)?;
        if let Some(tonic) = manner.tonic {
            text = on_tonic(&text, tonic, out)?;
        }
        let unknown = |error: UnknownCharacter| unknown(error, &text, &name);
        let symbols = vocabulary.encode(&text).map_err(unknown)?;
        refuse_gigantic::<f32>(&opened.exchanged.weights.shape(), self.batch * self.steps)?;
        let path = opened.path.clone();
        let listener = manner.listener;
        let model = opened.model();
        if self.per_tune {
            let tunes = abc::tunes(&text);
            let scores = evaluate_each(&model, &vocabulary, &listener, &tunes).map_err(unknown)?;
            per_tune(&tunes, &scores, out)?;
        }
        let streams = match Streams::new(symbols, self.batch, self.steps) {
            // each tune is what was asked for, and has been told
            Err(short @ Error::ShortText { .. }) if self.per_tune && !self.json => {
                out.say_taken(taken);
                note(format!("no figure of all the text: {short}"));
                return Ok(());
            }
            streams => streams?.heard_by(listener),
        };
        let score = evaluate(&model, &streams);
        if !score.loss.is_finite() {
            return Err(Error::content(
                &path,
                "its weights are too large to compute with; use an earlier checkpoint",
            ));
        }
        out.say_taken(taken);
        let bits = score.loss / std::f64::consts::LN_2;
        if self.json {
            let object = serde_json::json!({
                "loss": score.loss,
                "bits_per_character": bits,
                "perplexity": libm::exp(score.loss),
                "accuracy": score.accuracy,
                "characters": streams.characters(),
            });
            return out.data_line(object.to_string());
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

/// The text as a model hears it that learned all tunes on one tonic.
fn on_tonic(text: &str, tonic: Tonic, out: &Out) -> Result<String> {
    let InTonic { text, moved, there, as_written, .. } = material::on_tonic(text, tonic);
    out.say(format!(
        "the model reads tunes on {tonic}: {moved} moved there, {there} were, {as_written} stay as \
         written"
    ))?;
    Ok(text)
}

fn unknown(UnknownCharacter(c): UnknownCharacter, text: &str, name: &str) -> Error {
    let line = text[..text.find(c).unwrap_or(0)].matches('\n').count() + 1;
    Error::Failed(format!(
        "{name} has the character {c:?} (line {line}), which the model does not know; evaluate it \
         on text like what it learned"
    ))
}

/// Prints mean loss and accuracy of each tune, the most surprising first.
fn per_tune(tunes: &[&str], scores: &[TextScore], out: &Out) -> Result<()> {
    let mut lines: Vec<(f64, String)> = Vec::new();
    for (tune, score) in tunes.iter().zip(scores).filter(|(_, score)| score.characters > 0) {
        let count = score.characters as f64;
        let (loss, accuracy) = (score.loss / count, 100.0 * score.hits as f64 / count);
        let line = format!("{loss:7.4} {accuracy:6.1}% {:6}  {}", score.characters, title(tune));
        lines.push((loss, line));
    }
    lines.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    out.result(format!("{:>7} {:>7} {:>6}  tune", "loss", "correct", "chars"))?;
    lines.iter().try_for_each(|(_, line)| out.result(line))
}

fn title(tune: &str) -> &str {
    let field = |letter| tune.lines().find_map(|line| line.strip_prefix(letter));
    field("T:").or_else(|| field("X:")).unwrap_or("(without a title)").trim()
}
