//! `hornpipe inspect`: a look inside a model while it reads a tune.

use super::inputs::{say_read_as, unknown};
use super::like::numbered;
use super::out::{Out, counted, grouped, note, taken};
use super::output::{Kind, Outputs, on_stdout};
use super::values::Choice;
use crate::error::{Error, Result};
use crate::files::is_standard;
use crate::learn::limits::refuse_gigantic;
use crate::look::inspect::{Inspection, LONGEST, Page, Subject};
use crate::music::abc::{self, Written};
use crate::music::corpus::{Source, load};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Look inside a model as it reads a tune: what surprised it, what its cells hold, what it heard
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe inspect default mytunes.abc -o page.html
  hornpipe inspect runs/001 mytunes.abc#3 -o page.html
  hornpipe generate -n 1 | hornpipe inspect default - -o page.html

The file is all there is: open it in any browser; it needs no network. Each character has the colour
of what it cost, in nats; point at one, tap it or go there with the arrow keys, and the likeliest
alternatives stand beside it. Below are the bars by what they cost, the score, the cells with their
gates along the tune and what they follow, and how much each input beside the characters mattered.
A tune is brought into the form that the model learned, and read behind one of its kind. A text
without tunes is read as it is. Characters that the model does not know are left out and named. Of a
longer text the first 4,000 characters are looked at, up to the end of a line.")]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, .h5 or the word default: the model that comes
    /// with hornpipe
    model: PathBuf,
    /// File of the tune, or FILE#3 for its third; or any other text
    tune: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Print JSON lines: one for each character with its loss in nats, the last one for all
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let to_stdout = on_stdout([&self.out], self.json)?;
        if is_standard(&self.model) && is_standard(&self.tune) {
            return Err(Error::Usage(
                "the model and the tune are both from standard input (-); name a file for one"
                    .to_owned(),
            ));
        }
        let (file, number) = numbered(&self.tune);
        let output = Outputs::new([&self.model, &file], self.force).file(&self.out, Kind::Html)?;
        let source = self.source(&file)?;
        say_read_as(source.read_as());
        let opened = self.choice.open(Some(&self.model), out)?;
        let taken = taken(&opened);
        let vocabulary = opened.vocabulary()?.clone();
        let manner = opened.manner()?;
        let name = called(&self.model);
        let path = opened.path.clone();
        let chosen = chosen(&source, &file, number)?;
        // where in the file the text is
        let from = chosen.as_ref().map_or(0, |(_, from)| *from);
        let subject = match &chosen {
            Some((tune, _)) => Subject::tune(tune, &vocabulary, &manner),
            None => Subject::text(called(&file), &source.text, &vocabulary),
        };
        if let (true, Some(unknown)) = (subject.text.trim().is_empty(), subject.unknown()) {
            let problem = format!("the model knows none of its characters: {unknown}");
            return Err(Error::content(&file, problem));
        }
        if subject.text.chars().count() + usize::from(subject.tune.is_some()) < 2 {
            let problem = "one character alone is foretold by nothing; give a longer text";
            return Err(Error::content(&file, problem));
        }
        refuse_gigantic::<f32>(&opened.exchanged.weights.shape(), LONGEST)?;
        let model = opened.model();
        let inspection = Inspection::of(&model, &vocabulary, &manner, subject)
            .map_err(|error| unknown(error, (&source.text, from), &called(&file), "inspect"))?;
        if !inspection.loss().is_finite() {
            let problem = "its weights are too large to compute with; use an earlier checkpoint";
            return Err(Error::content(&path, problem));
        }
        let page = Page::new(&inspection, &vocabulary, &name).html();
        output.write(page.as_bytes())?;
        out.say_taken(taken);
        say_how(&inspection);
        if self.json {
            return lines(&inspection, &self.out, page.len())
                .iter()
                .try_for_each(|line| out.data_line(line.to_string()));
        }
        if to_stdout {
            return Ok(());
        }
        out.say(summary(&inspection, &self.out, page.len()))
    }

    /// The one file of the tune.
    fn source(&self, file: &Path) -> Result<Source> {
        if file.is_dir() {
            let name = file.display();
            return Err(Error::Usage(format!("{name} is a folder; name one file, as {name}/FILE")));
        }
        let sources = load(&[file.to_owned()])?;
        sources.into_iter().next().ok_or_else(|| Error::content(file, "nothing here"))
    }
}

fn called(path: &Path) -> String {
    if is_standard(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// The tune that is meant and the byte where it begins; none of a text without one.
fn chosen<'a>(
    source: &'a Source,
    file: &Path,
    number: Option<usize>,
) -> Result<Option<(Written<'a>, usize)>> {
    let spans = abc::tune_spans(&source.text);
    let (name, count) = (called(file), spans.len());
    let nth = match number {
        None if count == 0 => return Ok(None),
        Some(_) if count == 0 => {
            return Err(Error::Usage(format!(
                "{name} holds no tune to be numbered, which would begin with 'X:'; leave # out"
            )));
        }
        None => {
            if count > 1 {
                note(format!("{name} holds {count} tunes; this is the first of them, {name}#1"));
            }
            0
        }
        Some(number) if (1..=count).contains(&number) => number - 1,
        Some(_) => return Err(Error::Usage(format!("{name} holds tunes 1 to {count} only"))),
    };
    Ok(abc::written(&source.text).nth(nth).map(|tune| (tune, spans[nth].start)))
}

/// Says what was done to the text.
fn say_how(inspection: &Inspection) {
    let subject = &inspection.subject;
    if subject.as_written {
        note("the tune is read as written, not in the form that the model learned");
    }
    if let Some(unknown) = subject.unknown() {
        note(format!("left out, because the model does not know them: {unknown}"));
    }
    let shown = inspection.reading.len();
    if shown < subject.whole {
        let whole = counted(subject.whole, "character");
        note(format!(
            "these are the first {} of {whole}: no more than {} are looked at",
            grouped(shown),
            grouped(LONGEST)
        ));
    }
}

fn summary(inspection: &Inspection, path: &Path, bytes: usize) -> String {
    let megabytes = bytes as f64 / 1e6;
    let nats = inspection.loss();
    let mut line = format!("{nats:.3} nats a character");
    if let Some(most) = inspection.most_surprising() {
        line += &format!(", most surprising {} ({:.1} nats)", most.name, most.nats);
    }
    format!("{line}; in {} ({megabytes:.1} MB); open it in a browser", path.display())
}

/// What programs are told: each character, then all.
fn lines(inspection: &Inspection, path: &Path, bytes: usize) -> Vec<Value> {
    let subject = &inspection.subject;
    let characters = subject.text.chars().zip(&inspection.reading.expected);
    let mut lines: Vec<Value> = characters
        .map(|(c, expected)| {
            let loss = expected.as_ref().map(|expected| expected.loss);
            json!({ "character": c, "loss": loss })
        })
        .collect();
    let stretches = inspection.stretches.iter().map(|of| {
        json!({ "name": of.name, "from": of.characters.start, "characters": of.characters.len(),
                "nats": of.nats })
    });
    let inputs = inspection.inputs.iter();
    let inputs = inputs.map(|of| json!({ "input": of.name, "nats": of.mean, "spread": of.spread }));
    let follows = inspection.features.iter().enumerate().filter_map(|(at, feature)| {
        let following = inspection.follows.iter().filter(|cell| cell.share(at) > 0.0);
        let best = following.max_by(|a, b| a.share(at).total_cmp(&b.share(at)))?;
        Some(json!({ "feature": feature.name, "layer": best.layer, "unit": best.unit,
                     "share": best.share(at), "characters": feature.characters() }))
    });
    lines.push(json!({
        "title": subject.title,
        "loss": inspection.loss(),
        "perplexity": libm::exp(inspection.loss()),
        "nats_a_note": inspection.a_note(),
        "notes": subject.notes,
        "characters": inspection.reading.foretold(),
        "of": subject.whole,
        "as_written": subject.as_written,
        "most_surprising": inspection.most_surprising().map(|most| &most.name),
        "stretches": stretches.collect::<Vec<_>>(),
        "inputs": inputs.collect::<Vec<_>>(),
        "follows": follows.collect::<Vec<_>>(),
        "file": path,
        "bytes": bytes,
    }));
    lines
}
