//! A model that is held in memory, and what commands do with one.

use super::flags::parsed;
use super::tunes::source;
use crate::cli::inputs::unknown;
use crate::cli::out::{Out, note};
use crate::cli::output::Outputs;
use crate::cli::press::{LONG, Press, left_out, never_ended};
use crate::cli::told::Told;
use crate::cli::values::Choice;
use crate::cli::{evaluate, export, generate, info};
use crate::engine::model::Model;
use crate::engine::weights::Weights;
use crate::error::{Error, Result};
use crate::learn::limits::refuse_gigantic;
use crate::music::corpus::EMBEDDED;
use crate::run::open::Opened;
use crate::write::generate::write_tunes;
use std::path::{Path, PathBuf};

/// A model that stays in memory.
#[derive(Debug)]
pub struct Held {
    /// What was opened or trained.
    pub opened: Opened<f32>,
    /// Its weights as they were read, where f32 does not hold them.
    pub exact: Option<Weights<f64>>,
}

/// What names a model.
#[derive(clap::Args)]
struct Named {
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    told: Told,
}

/// Opens a model: its path first, if it has one, the flags by which commands choose a checkpoint, and those
/// that say what a file of another program does not.
///
/// # Errors
/// As the commands have them: there is none, or it cannot be read.
pub fn open(flags: &[String]) -> Result<Held> {
    let named: Named = parsed("model", flags, &[])?;
    let opened = named.told.open_in::<f64>(named.choice, named.model.as_deref())?;
    let Opened { path, run, exchanged, meta } = opened;
    let rounded = exchanged.with_weights(exchanged.weights.convert());
    let exact = Some(exchanged.weights).filter(|exact| !same(&rounded.weights, exact));
    let exchanged = rounded;
    Ok(Held { opened: Opened { path, run, exchanged, meta }, exact })
}

fn same(weights: &Weights<f32>, exact: &Weights<f64>) -> bool {
    let mut tensors = weights.tensors().zip(exact.tensors());
    tensors.all(|(a, b)| a.iter().zip(b).all(|(&a, &b)| f64::from(a) == b))
}

impl Held {
    /// The weights in f64.
    pub fn in_f64(&self) -> Weights<f64> {
        self.exact.clone().unwrap_or_else(|| self.opened.exchanged.weights.convert())
    }

    /// What `hornpipe info` tells programs, as JSON.
    pub fn info(&self) -> String {
        info::object(&self.opened).to_string()
    }

    /// Writes a file for other programs, of the kind that its ending asks for; a safetensors file is in
    /// F64 where f32 does not hold the weights. One of another kind is replaced if `force` says so.
    ///
    /// # Errors
    /// The path is that of the model itself, of a run's own file or of something else than a model; or
    /// the system refuses to write there.
    pub fn save(&self, path: &Path, force: bool) -> Result<()> {
        let inputs = [&self.opened.path].into_iter().chain(&self.opened.run);
        let kind = export::kind(path)?;
        let output = Outputs::new(inputs, force).file(path, kind)?;
        let model = &self.opened.exchanged;
        let bytes = match &self.exact {
            None => export::encoded(kind, model, path)?,
            Some(weights) => export::encoded(kind, &model.with_weights(weights.clone()), path)?,
        };
        output.write(&bytes)
    }

    /// `hornpipe evaluate` over a text, or the embedded corpus: what it tells programs, as JSON. `model`
    /// is this one, made ready.
    ///
    /// # Errors
    /// As the command has them.
    pub fn evaluate(
        &self,
        model: &Model<f32>,
        text: Option<&str>,
        flags: &[String],
    ) -> Result<String> {
        let but = ["--json", "--per-tune", "--vocabulary", "--last", "--epoch"];
        let args: evaluate::Args = parsed("evaluate", flags, &but)?;
        let (name, mut text) = match text {
            Some(text) => ("the text", source(text)?.text),
            None => ("the embedded corpus", EMBEDDED.to_owned()),
        };
        let vocabulary = evaluate::symbols(&self.opened, &text)?;
        let manner = self.opened.manner_with(&vocabulary)?;
        if let Some(tonic) = manner.tonic {
            text = evaluate::on_tonic(&text, tonic, &Out::new(true))?;
        }
        let symbols = vocabulary.encode(&text);
        let symbols = symbols.map_err(|e| unknown(e, (&text, 0), name, "evaluate"))?;
        let streams = args.streams(symbols)?.heard_by(manner.listener);
        let (steps, batch) = streams.window();
        refuse_gigantic::<f32>(&model.weights().shape(), batch.saturating_mul(steps))?;
        let score = evaluate::scored(model, &streams, &self.opened.path)?;
        Ok(evaluate::object(&score, streams.characters()).to_string())
    }

    /// The tunes that `hornpipe generate` writes for these flags into a file, with the lines that say what
    /// made them only if there are to be `comments`. `stopped` is asked now and then, on any thread.
    ///
    /// # Errors
    /// As the command has them; that it was stopped.
    pub fn generate(
        &self,
        model: &Model<f32>,
        flags: &[String],
        comments: bool,
        stopped: impl Fn() -> bool + Send + Sync,
    ) -> Result<Vec<String>> {
        let but = ["--output", "--force", "--json", "--last", "--epoch"];
        let args: generate::Args = parsed("generate", flags, &but)?;
        let generate::Work { vocabulary, options, mut origin, guided } = args.work(&self.opened)?;
        origin.comments = comments;
        let mut press = Press::new(args.n, &origin, None, guided, true);
        let drafts = write_tunes(model, &vocabulary, &options, args.n, |growth| {
            press.hear(growth, stopped())
        });
        let printed = press.finish(false)?;
        if drafts.refused {
            return Err(generate::none_kept(&drafts, args.asked.wish_for_less(&drafts)));
        }
        let finished = printed.tunes.iter().flatten().count() + drafts.given_up.len();
        if finished < args.n {
            return Err(Error::Interrupted);
        }
        if args.max_length >= LONG && !printed.cut.is_empty() {
            note(never_ended(&printed.cut, args.max_length));
        }
        if !drafts.given_up.is_empty() {
            note(left_out(&drafts.given_up));
        }
        Ok(printed.tunes.into_iter().flatten().collect())
    }
}
