//! `hornpipe generate`: write new tunes.

use super::out::{Out, judged, note, taken};
use super::output::{Kind, Output, Outputs};
use super::values::{Choice, count, key, meter, mode, probability, rhythm, temperature};
use crate::error::Result;
use crate::learn::source::Text;
use crate::music::abc::{self, Mode};
use crate::music::corpus::{EMBEDDED, found};
use crate::music::judge::{Counts, Known};
use crate::run::checkpoint::Meta;
use crate::run::open::Opened;
use crate::write::generate::{Growth, Options, write_tunes};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Write new tunes
#[derive(clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe generate                         one tune, with the newest run
  hornpipe generate runs/001 -n 20 -o new.abc
  hornpipe generate --rhythm hornpipe --key D
  hornpipe generate --rhythm jig --mode dorian -n 5
  hornpipe generate --temperature 0.6       keep to what is likely: plainer, safer tunes
  hornpipe generate --seed 7                the same tune again, on any machine

A model carries a summary of its book: what is not asked for is drawn for each tune as often as the
book has it, and what the book does not have is refused. One that learned its tunes on one tonic
writes there, and each tune is moved to its key. A model without a book takes --rhythm, --meter and
--key as lines to put wherever it begins one.

Tune k of a seed is the same for any -n and any number of threads. Comment lines (%) after its X:
say what made it. At the end standard error has what `hornpipe judge` says of the tunes, beside the
text that the model learned from if that is still there, else beside the embedded corpus."
)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint or .safetensors [default: the newest run]
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// How many tunes
    #[arg(short, value_name = "N", default_value_t = 1, value_parser = count::<1>)]
    n: usize,
    /// Below 1 the likely becomes likelier, above 1 less so; 0 always takes the most likely
    #[arg(long, value_name = "T", default_value_t = 0.8, value_parser = temperature)]
    temperature: f64,
    /// Draw from the K most likely characters only
    #[arg(long, value_name = "K", value_parser = count::<1>)]
    top_k: Option<usize>,
    /// Draw from the likeliest characters that together reach probability P
    #[arg(long, value_name = "P", value_parser = probability)]
    top_p: Option<f64>,
    /// How each tune begins [default: X:]
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(super) prime: String,
    /// Of this rhythm, one of the model's book [default: drawn, as often as the book has it]
    #[arg(long, value_name = "R", value_parser = rhythm)]
    pub(super) rhythm: Option<String>,
    /// In this metre (6/8, 4/4) [default: drawn]
    #[arg(long, value_name = "M", value_parser = meter)]
    pub(super) meter: Option<String>,
    /// In this key (G, Em, "E minor", Dmix), whatever its tonic [default: drawn]
    #[arg(long, value_name = "K", value_parser = key)]
    pub(super) key: Option<String>,
    /// In this mode (major, minor, dorian, ...), on a tonic that is drawn
    #[arg(long, value_name = "MODE", value_parser = mode, conflicts_with = "key")]
    pub(super) mode: Option<Mode>,
    /// Seed of the tunes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Cut a tune after so many characters
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = count::<1>)]
    max_length: usize,
    /// Write to a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let mut opened = self.choice.open(self.model.as_deref())?;
        let taken = taken(&opened);
        let vocabulary = &opened.vocabulary()?.clone();
        let origin = self.origin(&opened);
        let manner = opened.manner()?;
        let options = Options::new(self.prompt(vocabulary, &manner)?)
            .manner(manner)
            .temperature(self.temperature)
            .top_k(self.top_k)
            .top_p(self.top_p)
            .seed(self.seed)
            .max_length(self.max_length);
        let output = self.output(&opened)?;
        let meta = opened.meta.take();
        let model = opened.model();
        let shown = output.is_none().then_some(out);
        let write = |hear: Hear| write_tunes(&model, vocabulary, &options, self.n, hear);
        let (tunes, cut) = stream(self.n, &origin, shown, write)?;
        if let Some((path, output)) = output {
            output.write(tunes.concat().as_bytes())?;
            out.say(format!("wrote {} tunes to {}", self.n, path.display()))?;
        }
        out.say_taken(taken);
        // one that is begun by hand may be meant to be short
        if !out.quiet && self.max_length >= LONG && !cut.is_empty() {
            note(never_ended(&cut, self.max_length));
        }
        if !out.quiet
            && let Some(line) = verdict(&tunes, meta.as_ref())
        {
            note(line);
        }
        Ok(())
    }

    /// The file to write, which is neither the model nor what the verdict is to read.
    fn output(&self, opened: &Opened) -> Result<Option<(&Path, Output)>> {
        let Some(path) = &self.output else { return Ok(None) };
        let learned = opened.meta.iter().flat_map(|meta| &meta.config.text.paths);
        // what has gone since is not read
        let learned = learned.flat_map(|path| found(&[path.into()]).unwrap_or_default());
        let inputs = learned.chain([opened.path.clone()]);
        let output = Outputs::new(inputs, self.force).file(path, Kind::Abc)?;
        Ok(Some((path, output)))
    }

    /// What the comment lines of each tune say.
    fn origin(&self, opened: &Opened) -> Origin {
        let sha256 = &opened.exchanged.sha256;
        let epoch = opened.meta.as_ref().map(|meta| format!(", epoch {}", meta.progress.epoch));
        let mut settings = format!("temperature {}", self.temperature);
        let flags = [
            ("top-k", self.top_k.map(|k| k.to_string())),
            ("top-p", self.top_p.map(|p| p.to_string())),
            ("rhythm", self.rhythm.clone()),
            ("meter", self.meter.clone()),
            ("key", self.key.clone()),
            ("mode", self.mode.map(|mode| mode.name().to_owned())),
        ];
        for (name, value) in flags {
            if let Some(value) = value {
                settings += &format!(", {name} {}", value.trim());
            }
        }
        if !self.prime.is_empty() {
            settings += &format!(", prime {:?}", self.prime); // a line break in it as \n
        }
        Origin {
            model: format!("weights {}{}", &sha256[..SHORT_HASH], epoch.unwrap_or_default()),
            seed: self.seed,
            settings,
        }
    }
}

/// Characters within which every tune should come to its end.
const LONG: usize = 1000;
/// Tunes that were cut and are named.
const NAMED: usize = 5;
/// Digits of the weights' SHA-256 that a tune names.
const SHORT_HASH: usize = 12;

/// What made a tune.
struct Origin {
    model: String,
    seed: u64,
    settings: String,
}

impl Origin {
    /// Puts two comment lines after the first line of a tune, if that has ended; what is not ABC
    /// has none.
    fn mark(&self, text: &mut String, number: usize) {
        if let Some(end) = text.find('\n').filter(|_| text.starts_with("X:")) {
            let Self { model, seed, settings } = self;
            let (version, number) = (env!("CARGO_PKG_VERSION"), number + 1);
            let comment = format!(
                "% hornpipe {version}, {model}\n% seed {seed}, tune {number}, {settings}\n"
            );
            text.insert_str(end + 1, &comment);
        }
    }
}

/// Texts longer than this are not read through for a verdict that nobody asked for.
const LONGEST_TEXT: usize = 1 << 24;

/// The judge's line; `None` where there is no tune.
fn verdict(texts: &[String], meta: Option<&Meta>) -> Option<String> {
    let tunes: Vec<&str> = texts.iter().flat_map(|text| abc::tunes(text)).collect();
    if tunes.is_empty() {
        return None;
    }
    let learned = meta.map(|meta| &meta.config.text).filter(|text| !text.paths.is_empty());
    let corpus = learned.and_then(|source| {
        let paths: Vec<PathBuf> = source.paths.iter().map(PathBuf::from).collect();
        let read = Text::learned(&paths).ok()?;
        let same = read.source.sha256 == source.sha256 && read.text.len() <= LONGEST_TEXT;
        same.then(|| (read.text, source.name()))
    });
    let (corpus, name) =
        corpus.unwrap_or_else(|| (EMBEDDED.to_owned(), "the embedded corpus".to_owned()));
    let counts = Counts::judged(&tunes, &Known::new(&abc::tunes(&corpus)));
    Some(judged(&counts, &name))
}

/// What is told of tunes as they grow.
type Hear<'a> = &'a mut (dyn FnMut(Growth) -> ControlFlow<()> + Send);

/// Runs `write`, showing the first unfinished tune as it grows and the others once it is done; the
/// tunes, and which of them were cut, from 1.
fn stream(
    count: usize,
    origin: &Origin,
    out: Option<&Out>,
    write: impl FnOnce(Hear),
) -> Result<(Vec<String>, Vec<usize>)> {
    let mut cut = Vec::new();
    let mut texts = vec![String::new(); count];
    let mut complete = vec![false; count];
    let (mut showing, mut shown) = (0, 0);
    let mut result = Ok(());
    write(&mut |Growth { number, text: news, ended, cut: too_long, .. }| {
        cut.extend(too_long.then_some(number + 1));
        let text = &mut texts[number];
        let in_first_line = !text.contains('\n');
        text.push_str(news);
        if ended {
            abc::end_with_blank_line(text);
            complete[number] = true;
        }
        if in_first_line {
            origin.mark(text, number); // now, or when the line ends
        }
        while let Some(text) = texts.get(showing) {
            result = out.map_or(Ok(()), |out| out.data(&text[shown..]));
            shown = text.len();
            if !complete[showing] || result.is_err() {
                break;
            }
            (showing, shown) = (showing + 1, 0);
        }
        if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    cut.sort_unstable();
    result.map(|()| (texts, cut))
}

/// Which tunes were cut.
fn never_ended(cut: &[usize], after: usize) -> String {
    let some: Vec<String> = cut.iter().take(NAMED).map(usize::to_string).collect();
    let (tunes, are) = if cut.len() == 1 { ("tune", "is") } else { ("tunes", "are") };
    let more = cut.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{tunes} {}{more} {are} cut after {after} characters (--max-length)", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn the_verdict_counts_each_virtue_by_its_name() {
        let tune = |bars: &str| format!("X:1\nM:2/4\nL:1/8\nK:C\n|:{bars}:|\n\n");
        let good = "c'4|B,4|".repeat(3) + "g3B,|";
        let tunes = [
            tune(&(good.clone() + "C4")),
            tune(&(good.clone() + "D4")),
            tune("c'B,gB,|B,c'2C|C4"),
            tune("c'B,gB,|B,c'2C|C3"),
            tune(&(good.clone() + "C3")),
            tune("c'B,gB,|B,c'2C|C4 ^"),
        ];
        let said = "1 of 6 good and new (5 read, 3 with every bar right, 4 on the tonic, 3 with \
                    right parts, 5 new beside the embedded corpus)";
        assert_eq!(verdict(&tunes, None).as_deref(), Some(said));
        assert_eq!(verdict(&["no tune".to_owned()], None), None);
    }
}
