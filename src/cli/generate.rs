//! `hornpipe generate`: write new tunes.

use super::model::open;
use super::out::Out;
use super::train::{count, positive};
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::generate::{Options, end_with_blank_line, write_all, write_tunes};
use crate::run::Which;
use crate::text::Vocabulary;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// The command's defaults, with which `train` writes its samples too.
const TEMPERATURE: f64 = 0.8;
const MAX_LENGTH: usize = 2000;

/// Write new tunes
#[derive(clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe generate                         one tune, with the newest run
  hornpipe generate runs/001 -n 20 -o new.abc
  hornpipe generate --key Em --rhythm jig --meter 6/8
  hornpipe generate --temperature 0.6       keep to what is likely: plainer, safer tunes
  hornpipe generate --seed 7                the same tune again, on any machine

Tune k of a seed is the same for any -n and any number of threads."
)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint or .safetensors [default: the newest run]
    model: Option<PathBuf>,
    /// How many tunes
    #[arg(short, value_name = "N", default_value_t = 1, value_parser = count::<1>)]
    n: usize,
    /// Below 1 the likely becomes likelier, above 1 less so; 0 always takes the most likely
    #[arg(long, value_name = "T", default_value_t = TEMPERATURE, value_parser = temperature)]
    temperature: f64,
    /// Draw from the K most likely characters only
    #[arg(long, value_name = "K", value_parser = count::<1>)]
    top_k: Option<usize>,
    /// Draw from the likeliest characters that together reach probability P
    #[arg(long, value_name = "P", value_parser = probability)]
    top_p: Option<f64>,
    /// How each tune begins [default: X:]
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prime: String,
    /// Force the R: line wherever the model writes one (jig, slip jig, hornpipe)
    #[arg(long, value_name = "R")]
    rhythm: Option<String>,
    /// Force the M: line (6/8, 4/4)
    #[arg(long, value_name = "M")]
    meter: Option<String>,
    /// Force the K: line (G, Em, Dmix)
    #[arg(long, value_name = "K")]
    key: Option<String>,
    /// Seed of the tunes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Cut a tune after so many characters
    #[arg(long, value_name = "N", default_value_t = MAX_LENGTH, value_parser = count::<1>)]
    max_length: usize,
    /// Write to a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How many symbols a refusal lists.
const SYMBOLS_NAMED: usize = 100;

fn temperature(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0);
    number.ok_or("not a number from 0".into())
}

fn probability(text: &str) -> std::result::Result<f64, String> {
    positive(text).ok().filter(|p| *p <= 1.0).ok_or("not a number above 0 and up to 1".into())
}

/// Header lines to force.
#[derive(Default)]
pub(super) struct Header {
    rhythm: Option<String>,
    meter: Option<String>,
    key: Option<String>,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let opened = open(self.model.as_deref(), Which::Best)?;
        let vocabulary = opened.vocabulary()?;
        let header = Header { rhythm: self.rhythm, meter: self.meter, key: self.key };
        let options = Options {
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            max_length: self.max_length,
            ..sampling(vocabulary, self.seed, &self.prime, &header)?
        };
        let model = opened.model();
        if let Some(path) = &self.output {
            let tunes = write_all(&model, vocabulary, &options, self.n).concat();
            write_atomically(path, tunes.as_bytes())?;
            return out.say(format!("wrote {} tunes to {}", self.n, path.display()));
        }
        stream(self.n, out, |hear| write_tunes(&model, vocabulary, &options, self.n, hear))
    }
}

/// Options of the command's defaults, with the prime and header in symbols.
pub(super) fn sampling(
    vocabulary: &Vocabulary,
    seed: u64,
    prime: &str,
    header: &Header,
) -> Result<Options> {
    let encode = |flag: &str, text: &str| {
        vocabulary.encode(text).map_err(|c| {
            // a model of another script may know thousands
            let some: String = vocabulary.symbols().iter().take(SYMBOLS_NAMED).collect();
            let more = vocabulary.len().saturating_sub(SYMBOLS_NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Error::Usage(format!(
                "{flag} has the character {c:?}, which the model does not know; use some of \
                 {some:?}{more}"
            ))
        })
    };
    let fields = [
        ('R', "--rhythm", &header.rhythm),
        ('M', "--meter", &header.meter),
        ('K', "--key", &header.key),
    ];
    let mut forced = Vec::new();
    for (field, flag, text) in fields {
        if let Some(text) = text {
            let text = text.trim();
            if text.contains('\n') {
                return Err(Error::Usage(format!("{flag} must be one line; leave the rest out")));
            }
            forced.push((field, encode(flag, &format!("{text}\n"))?));
        }
    }
    let known = |text: &str| vocabulary.encode(text).ok();
    let prime = match prime {
        // a model of something else than ABC may not know these
        "" => known("X:").or_else(|| known("X")).unwrap_or_else(|| vec![0]),
        prime => encode("--prime", prime)?,
    };
    Ok(Options {
        temperature: TEMPERATURE,
        top_k: None,
        top_p: None,
        seed,
        max_length: MAX_LENGTH,
        prime,
        lead: known("\n\n").unwrap_or_default(),
        forced,
    })
}

/// Runs `write`, showing the first unfinished tune as it grows and the others once it is done.
fn stream(
    count: usize,
    out: &Out,
    write: impl FnOnce(&mut (dyn FnMut(usize, &str, bool) -> ControlFlow<()> + Send)),
) -> Result<()> {
    let mut texts: Vec<(String, bool)> = vec![Default::default(); count];
    let (mut showing, mut shown) = (0, 0);
    let mut result = Ok(());
    write(&mut |number, text, ended| {
        texts[number].0.push_str(text);
        if ended {
            end_with_blank_line(&mut texts[number].0);
            texts[number].1 = true;
        }
        while let Some((text, ended)) = texts.get_mut(showing) {
            result = out.write(&text[shown..]);
            shown = text.len();
            if !*ended || result.is_err() {
                break;
            }
            (showing, shown) = (showing + 1, 0);
            text.clear();
        }
        if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    result
}
