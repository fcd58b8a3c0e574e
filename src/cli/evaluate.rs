//! `hornpipe evaluate`: how well a model foretells a text.

use super::inputs::{expanded, say_read_as, unknown};
use super::out::{Out, counted, note, taken};
use super::told::Told;
use super::values::{Choice, count};
use crate::engine::layers::loss::Score;
use crate::engine::model::Model;
use crate::error::{Error, Result};
use crate::learn::evaluate::evaluate;
use crate::learn::limits::refuse_gigantic;
use crate::learn::material;
use crate::learn::source::Text;
use crate::learn::text::{Streams, UnknownCharacter, Vocabulary};
use crate::music::abc::{self, Written};
use crate::music::corpus::{InTonic, Tonic};
use crate::run::open::Opened;
use crate::write::surprise::{Surprise, surprises};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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
  hornpipe evaluate Weights_10.h5 Data_Tunes.txt   the notebook's own weights, on its own text
  hornpipe evaluate torch.safetensors text.txt     a character LSTM of PyTorch's, whatever its names

The text is cut into --batch streams that are read side by side, the state carried from zero, over
the same windows that training visits; dropout is off. A model that learned its tunes on one tonic
hears these there, too. Most of the embedded corpus is what a default run has learned; what it has
not is the run's held-out.abc (its loss there is that of log.csv but for the order of the tunes)."
)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, .h5 or the word default [default: the newest
    /// run; where there is none the model that comes with hornpipe, which is what the word means]
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Files or folders of tunes [default: the embedded corpus]
    files: Vec<PathBuf>,
    /// Streams of text read side by side [default: 16, with windows of 64 characters; of a text too
    /// short for that 1, with one window]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    batch: Option<usize>,
    /// Characters of a window [default: 64]
    #[arg(long, value_name = "N", value_parser = count::<1>)]
    steps: Option<usize>,
    #[command(flatten)]
    told: Told,
    /// List each tune, read behind a tune of its kind and in the model's form, the most surprising
    /// first: by the nats a note of its music
    #[arg(long)]
    per_tune: bool,
    /// Print JSON lines: one for each tune with --per-tune, the last one for all: loss (nats),
    /// bits_per_character, perplexity, accuracy, characters
    #[arg(long)]
    json: bool,
}

/// Windows that are read where nobody asks for others: those of the notebook.
const BATCH: usize = 16;
const STEPS: usize = 64;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let out = &out.aside_of(self.json);
        let opened = self.told.open(self.choice, self.model.as_deref(), out)?;
        let taken = taken(&opened);
        let read = Text::unhashed(&expanded(&self.files))?;
        say_read_as(read.read_as);
        let (name, mut text) = (read.source.name(), read.text);
        let vocabulary = symbols(&opened, &text)?;
        let manner = opened.manner_with(&vocabulary)?;
        let path = opened.path.clone();
        let shape = opened.exchanged.weights.shape();
        let (batch, steps) = (self.batch.unwrap_or(BATCH), self.steps.unwrap_or(STEPS));
        refuse_gigantic::<f32>(&shape, batch * steps)?;
        let model = opened.model();
        if self.per_tune {
            let tunes: Vec<Written> = abc::written(&text).collect();
            if tunes.is_empty() {
                return Err(Error::Usage(format!(
                    "--per-tune: {name} has no tune, which would begin with 'X:'; leave it out"
                )));
            }
            let scores = surprises(&model, &vocabulary, &manner, &tunes);
            per_tune(&tunes, scores, self.json, out)?;
        }
        if let Some(tonic) = manner.tonic {
            text = on_tonic(&text, tonic, out)?;
        }
        let encoded =
            vocabulary.encode(&text).map_err(|error| unknown(error, (&text, 0), &name, "evaluate"));
        let streams = match encoded.and_then(|symbols| self.streams(symbols)) {
            // each tune is what was asked for, and has been told
            Err(why @ (Error::ShortText { .. } | Error::Failed(_)))
                if self.per_tune && !self.json =>
            {
                out.say_taken(taken);
                note(format!("no figure of all the text: {why}"));
                return Ok(());
            }
            streams => streams?.heard_by(manner.listener),
        };
        let score = scored(&model, &streams, &path)?;
        out.say_taken(taken);
        self.report(score, streams.characters(), out)
    }

    /// Prints the figures of all the text.
    fn report(&self, score: Score, characters: usize, out: &Out) -> Result<()> {
        let bits = score.loss / std::f64::consts::LN_2;
        if self.json {
            return out.data_line(object(&score, characters).to_string());
        }
        out.result(format!(
            "loss {:.6} nats a character ({bits:.4} bits), perplexity {:.3}, accuracy {:.6} over \
             {} character{}",
            score.loss,
            libm::exp(score.loss),
            score.accuracy,
            characters,
            if characters == 1 { "" } else { "s" },
        ))
    }

    /// The text cut into streams; a short one into one where nobody has said how.
    pub(super) fn streams(&self, symbols: Vec<u32>) -> Result<Streams> {
        let characters = symbols.len();
        let asked = self.batch.is_some() || self.steps.is_some();
        let short = (2..BATCH * (STEPS + 1)).contains(&characters);
        if asked || !short {
            return Streams::new(symbols, self.batch.unwrap_or(BATCH), self.steps.unwrap_or(STEPS));
        }
        note(format!(
            "{characters} characters are too few for {BATCH} streams in windows of {STEPS}, so they \
             are one stream and one window"
        ));
        Streams::new(symbols, 1, characters - 1)
    }
}

/// How well a model from `path` foretells a text.
///
/// # Errors
/// Its weights are too large for numbers.
pub(super) fn scored(model: &Model<f32>, streams: &Streams, path: &Path) -> Result<Score> {
    let score = evaluate(model, streams);
    if score.loss.is_finite() {
        return Ok(score);
    }
    let problem = "its weights are too large to compute with; use an earlier checkpoint";
    Err(Error::content(path, problem))
}

/// What programs are told of all the text.
pub(super) fn object(score: &Score, characters: usize) -> Value {
    json!({
        "loss": score.loss,
        "bits_per_character": score.loss / std::f64::consts::LN_2,
        "perplexity": libm::exp(score.loss),
        "accuracy": score.accuracy,
        "characters": characters,
    })
}

/// The symbols of a model: those that it names, or those of the text where they are as many.
pub(super) fn symbols(opened: &Opened, text: &str) -> Result<Vocabulary> {
    let named = opened.vocabulary().cloned();
    let vocab = opened.exchanged.weights.shape().vocab;
    let Err(Error::NoVocabulary { .. }) = named else { return named };
    let those = Vocabulary::of(text);
    if those.len() != vocab {
        return named;
    }
    note(format!(
        "{} does not say which symbols it knows: they are taken to be the {vocab} characters of this text \
         in the order of Unicode",
        opened.path.display()
    ));
    Ok(those)
}

/// The text as a model hears it that learned all tunes on one tonic.
pub(super) fn on_tonic(text: &str, tonic: Tonic, out: &Out) -> Result<String> {
    let InTonic { text, moved, there, as_written, .. } = material::on_tonic(text, tonic);
    if moved + there + as_written == 0 {
        return Ok(text);
    }
    out.say(format!(
        "the model reads tunes on {tonic}: {moved} moved there, {there} were, {as_written} stay as \
         written"
    ))?;
    Ok(text)
}

/// Prints what each tune is to the model, the most surprising first.
fn per_tune(
    tunes: &[Written],
    scores: Vec<std::result::Result<Surprise, UnknownCharacter>>,
    json: bool,
    out: &Out,
) -> Result<()> {
    let mut lines: Vec<(f64, String)> = Vec::new();
    let (mut strange, mut as_written, mut silent) = (Vec::new(), 0, 0);
    for (tune, score) in tunes.iter().zip(scores) {
        let score = match score {
            Err(UnknownCharacter(c)) => {
                strange.push(format!("{} ({c:?})", title(tune.text())));
                continue;
            }
            Ok(score) if score.notes == 0 => {
                silent += 1;
                continue;
            }
            Ok(score) => score,
        };
        let (count, nats) = (score.characters.max(1) as f64, score.a_note());
        let (loss, accuracy) = (score.loss / count, 100.0 * score.hits as f64 / count);
        as_written += usize::from(score.as_written);
        let mark = if score.as_written { " *" } else { "" };
        let (notes, title) = (score.notes, title(tune.text()));
        let line = match json {
            false => format!("{nats:7.4} {loss:7.4} {accuracy:6.1}% {notes:6}  {title}{mark}"),
            true => json!({ "title": title, "nats_a_note": nats, "loss": loss,
                            "accuracy": accuracy / 100.0, "notes": notes,
                            "characters": score.characters, "as_written": score.as_written })
            .to_string(),
        };
        lines.push((nats, line));
    }
    lines.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    if json {
        lines.iter().try_for_each(|(_, line)| out.data_line(line))?;
    } else {
        out.result(format!("{:>7} {:>7} {:>7} {:>6}  tune", "a note", "loss", "correct", "notes"))?;
        lines.iter().try_for_each(|(_, line)| out.result(line))?;
    }
    if as_written > 0 {
        let tunes = counted(as_written, "tune");
        note(format!("* {tunes} read as written, not in the form that the model learned"));
    }
    if silent > 0 {
        note(format!("left out: {} without a note", counted(silent, "tune")));
    }
    if let Some(first) = strange.first() {
        let tunes = counted(strange.len(), "tune");
        note(format!(
            "left out: {tunes} with a character that the model does not know; the first is {first}"
        ));
    }
    Ok(())
}

fn title(tune: &str) -> &str {
    let field = |letter| tune.lines().find_map(|line| line.strip_prefix(letter));
    field("T:").or_else(|| field("X:")).unwrap_or("(without a title)").trim()
}
