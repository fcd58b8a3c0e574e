//! `hornpipe generate`: write new tunes.

use super::asked::Asked;
use super::out::{Out, counted, judged, note, taken};
use super::output::{Kind, Output, Outputs, called, on_stdout};
use super::press::{LONG, Origin, Press, Printed, left_out, never_ended};
use super::stop::Stop;
use super::told::Told;
use super::values::{Choice, count, probability, seed, temperature};
use super::wishes::Asking;
use crate::error::{Error, Result};
use crate::learn::source::Text;
use crate::learn::text::Vocabulary;
use crate::music::abc;
use crate::music::corpus::{EMBEDDED, found};
use crate::music::judge::{Counts, Known};
use crate::run::checkpoint::Meta;
use crate::run::open::Opened;
use crate::write::drafts::Drafts;
use crate::write::generate::{Options, write_tunes};
use crate::write::prompt::Prompt;
use crate::write::titles::Titles;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Write new tunes
#[derive(clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  hornpipe generate                         one tune
  hornpipe generate runs/001 -n 20 -o new.abc
  hornpipe generate --rhythm hornpipe --key Em --for whistle -n 12
  hornpipe generate --rhythm jig --mode dorian --form AABB -n 5
  hornpipe generate --key G --begin '|:GAB c2d|'   finish what you have begun
  hornpipe generate --like new.abc#3 --keep-bars 1-4   the same first bars, another tune
  hornpipe generate --temperature 0.6       keep to what is likely: plainer, safer tunes
  hornpipe generate -n 20 | hornpipe page - -o page.html
  hornpipe generate --seed 7                another tune; with 7, the same again on any machine

A model carries a summary of its book: what is not asked for is drawn for each tune as often as the
book has it, and what the book does not have is refused. One that learned its tunes on one tonic
writes there, and each tune is moved to its key.

A wish is kept in every tune, or nothing comes out and you are told why. The tune is drafted until
one draft keeps all of them; one that cannot any more is dropped at once. So tunes are what the
model writes, of those that keep the wishes. If none of the first 2,000 drafts does, the command
gives up; later a single tune is given up after 5,000, the others are kept and the exit code is 1.
Models that know their book write good tunes unless --no-good says to take what comes. For others,
--rhythm, --meter and --key are lines to put wherever the model begins one, and --good has to be
said; a model of something else than ABC has no use for any of them.

Where it comes out, tune k of a seed is the same for any -n and any number of threads. Tunes of
one output are X:1 to X:n, and comment lines (%) below say what made them. At the end standard error
has what `hornpipe judge` says of the tunes, beside the text that the model learned from if that is
still there, else beside the embedded corpus; and which share of the drafts kept the wishes. With
--json standard output has a line for each tune (abc, title, number, seed, draft, verdict, wishes)
and a last one for all (tunes, drafts, share, dropped, ...)."
)]
pub(super) struct Args {
    /// Run (its best checkpoint), checkpoint, .safetensors, .h5 or the word default [default: the newest
    /// run; where there is none the model that comes with hornpipe, which is what the word means]
    model: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    told: Told,
    /// How many tunes
    #[arg(short, value_name = "N", default_value_t = 1, value_parser = count::<1>)]
    pub(super) n: usize,
    /// Below 1 the likely becomes likelier, above 1 less so; 0 always takes the most likely
    #[arg(long, value_name = "T", default_value_t = 0.8, value_parser = temperature)]
    temperature: f64,
    /// Draw from the K most likely characters only
    #[arg(long, value_name = "K", value_parser = count::<1>)]
    top_k: Option<usize>,
    /// Draw from the likeliest characters that together reach probability P
    #[arg(long, value_name = "P", value_parser = probability)]
    top_p: Option<f64>,
    /// Seed of the tunes: another number, other tunes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed)]
    seed: u64,
    /// Cut a tune after so many characters
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = count::<1>)]
    pub(super) max_length: usize,
    /// For texts without an end, as prose: write so many characters, whatever they are
    #[arg(long, value_name = "N", value_parser = count::<1>, conflicts_with = "max_length")]
    length: Option<usize>,
    /// Write ABC to a file instead of the terminal; with --json, too
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
    /// Print JSON lines: one for each tune, the last one for all
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) asked: Asked,
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let out = &out.aside_of(on_stdout(&self.output, self.json)?);
        self.asked.refuse_half_a_value(self.model.as_deref())?;
        let mut opened = self.told.open(self.choice, self.model.as_deref(), out)?;
        let taken = taken(&opened);
        let Work { vocabulary, options, origin, guided } = &self.work(&opened)?;
        let guided = *guided;
        let output = self.output(&opened)?;
        let meta = opened.meta.take();
        let model = opened.model();
        let judges = self.json && !origin.prose;
        let yardstick = judges.then(|| Yardstick::of(meta.as_ref()));
        let stop = Stop::listen()?;
        let shows = output.is_none() || self.json;
        let mut press = Press::new(self.n, origin, shows.then_some(out), guided, out.quiet);
        press.json = self.json;
        press.judge = yardstick.as_ref().map(|yardstick| &yardstick.known);
        let drafts =
            write_tunes(&model, vocabulary, options, self.n, |g| press.hear(g, stop.asked()));
        let printed = press.finish(stop.asked())?;
        if drafts.refused {
            if self.json {
                out.data_line(summary(0, &drafts, None, guided).to_string())?;
            }
            return Err(none_kept(&drafts, self.asked.wish_for_less(&drafts)));
        }
        let stopped = stop.asked();
        let prose = origin.prose;
        let done = Done { printed, drafts, guided, prose, taken };
        let written = self.keep(out, &done, output)?;
        let yardstick = || yardstick.unwrap_or_else(|| Yardstick::of(meta.as_ref()));
        self.report(out, &done, yardstick)?;
        if stopped {
            let all = counted(self.n, if done.prose { "text" } else { "tune" });
            note(format!("stopped after {written} of {all}"));
            return Err(Error::Interrupted);
        }
        done.whole()
    }

    /// What is asked of this model.
    pub(super) fn work(&self, opened: &Opened) -> Result<Work> {
        let vocabulary = opened.vocabulary()?.clone();
        let manner = opened.manner()?;
        let length = self.length.or(manner.prose.then_some(self.max_length));
        let Asking { prompt, wishes, titles } = match length {
            Some(_) => self.asked.nothing_but_a_prime(&vocabulary, &manner)?,
            None => self.asked.of(&vocabulary, &manner)?,
        };
        let refused = |error| self.asked.refused(&error, &vocabulary);
        wishes.fit_into(self.max_length).map_err(|error| refused(error.into()))?;
        self.asked.prime_fits(&wishes)?;
        let mut origin = self.origin(opened, self.asked.given(&wishes));
        origin.prose = length.is_some();
        let titles = manner.book.as_ref().filter(|_| titles).and_then(Titles::of);
        let guided = !wishes.is_empty();
        let mut options = self.options(prompt).manner(manner).titles(titles).length(length);
        if guided {
            options = options.wishes(&vocabulary, wishes).map_err(refused)?;
        }
        Ok(Work { vocabulary, options, origin, guided })
    }

    /// How is drawn.
    fn options(&self, prompt: Prompt) -> Options {
        Options::new(prompt)
            .temperature(self.temperature)
            .top_k(self.top_k)
            .top_p(self.top_p)
            .seed(self.seed)
            .max_length(self.max_length)
    }

    /// Writes what is done into the file, if one is named; how many tunes are done.
    fn keep(&self, out: &Out, done: &Done, output: Option<(&Path, Output)>) -> Result<usize> {
        let tunes: Vec<&str> = done.printed.tunes.iter().flatten().map(String::as_str).collect();
        let written = tunes.len();
        // who stops before the first tune is done keeps the file that was there
        if let Some((path, output)) = output.filter(|_| written > 0) {
            output.write(tunes.concat().as_bytes())?;
            if !self.json {
                let what = if done.prose { "text" } else { "tune" };
                let what = counted(written, what);
                out.say(format!("wrote {what} to {}", called(path)))?;
            }
        }
        Ok(written)
    }

    /// Says what became of the tunes: the last JSON line, and notes for people.
    fn report(&self, out: &Out, done: &Done, yardstick: impl FnOnce() -> Yardstick) -> Result<()> {
        let Done { printed, drafts, guided, prose, taken } = done;
        let whole: Vec<&str> = printed.tunes.iter().flatten().map(String::as_str).collect();
        let judge = (self.json || !out.quiet) && !whole.is_empty() && !prose;
        let counts = judge.then(|| {
            let yardstick = yardstick();
            // one a text, though a line in its midst may be an X: too; prose is no tune
            let is_tune = |text: &&str| !abc::tune_spans(text).is_empty();
            let tunes: Vec<&str> = whole.iter().copied().filter(is_tune).collect();
            (Counts::judged(&tunes, &yardstick.known), yardstick.name)
        });
        if self.json {
            let counts = counts.as_ref().map(|(counts, _)| *counts);
            let all = match prose {
                true => json!({ "texts": whole.len() }),
                false => summary(whole.len(), drafts, counts, *guided),
            };
            out.data_line(all.to_string())?;
        }
        if out.quiet {
            return Ok(());
        }
        out.say_taken(taken.clone());
        // one that is begun by hand may be meant to be short
        if self.max_length >= LONG && !printed.cut.is_empty() {
            note(never_ended(&printed.cut, self.max_length));
        }
        if *guided {
            note(share_kept(drafts));
        }
        if let Some((counts, name)) = counts.filter(|(counts, _)| counts.tunes > 0) {
            note(judged(&counts, &name));
        }
        Ok(())
    }

    /// The file to write, which is neither the model nor what the verdict is to read.
    fn output(&self, opened: &Opened) -> Result<Option<(&Path, Output)>> {
        let Some(path) = &self.output else { return Ok(None) };
        let learned = opened.meta.iter().flat_map(|meta| &meta.config.text.paths);
        // what has gone since is not read
        let learned = learned.flat_map(|path| found(&[path.into()]).unwrap_or_default());
        let inputs = learned.chain([opened.path.clone()]).chain(self.asked.reads());
        let output = Outputs::new(inputs, self.force).file(path, Kind::Abc)?;
        Ok(Some((path, output)))
    }

    /// What the comment lines of each tune say.
    fn origin(&self, opened: &Opened, wishes: Vec<(&'static str, Value)>) -> Origin {
        let sha256 = &opened.exchanged.sha256;
        let epoch = opened.meta.as_ref().map(|meta| format!(", epoch {}", meta.progress.epoch));
        let mut settings = format!("temperature {}", self.temperature);
        settings += &self.top_k.map_or(String::new(), |k| format!(", top-k {k}"));
        settings += &self.top_p.map_or(String::new(), |p| format!(", top-p {p}"));
        for (name, value) in &wishes {
            let value = match (*name, value) {
                (_, Value::Bool(_)) => String::new(),
                ("prime" | "begin", value) => format!(" {value}"), // a line break in it as \n
                (_, Value::String(text)) => format!(" {text}"),
                (_, Value::Array(numbers)) => {
                    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                    format!(" {}", numbers.join(","))
                }
                (_, value) => format!(" {value}"),
            };
            settings += &format!(", {name}{value}");
        }
        Origin {
            model: format!("weights {}{}", &sha256[..SHORT_HASH], epoch.unwrap_or_default()),
            seed: self.seed,
            settings,
            wishes,
            prose: false,
            reference: self.asked.primed_number(),
            comments: true,
        }
    }
}

/// What is to be written.
pub(super) struct Work {
    pub(super) vocabulary: Vocabulary,
    pub(super) options: Options,
    pub(super) origin: Origin,
    /// Drafts are dropped for wishes.
    pub(super) guided: bool,
}

/// What was written.
struct Done {
    printed: Printed,
    drafts: Drafts,
    /// Drafts were dropped for wishes.
    guided: bool,
    /// It is no tunes.
    prose: bool,
    /// Which checkpoint was taken, in words.
    taken: Option<String>,
}

impl Done {
    /// An error where tunes were given up.
    fn whole(&self) -> Result<()> {
        match &self.drafts.given_up[..] {
            [] => Ok(()),
            given_up => Err(Error::Failed(left_out(given_up))),
        }
    }
}

/// Digits of the weights' SHA-256 that a tune names.
const SHORT_HASH: usize = 12;
/// Texts longer than this are not read through for a verdict that nobody asked for.
const LONGEST_TEXT: usize = 1 << 24;

/// What tunes are judged beside.
struct Yardstick {
    known: Known,
    name: String,
}

impl Yardstick {
    /// The text that a model learned, if it is still there and the same; else the embedded corpus.
    fn of(meta: Option<&Meta>) -> Self {
        let learned = meta.map(|meta| &meta.config.text).filter(|text| !text.paths.is_empty());
        let corpus = learned.and_then(|source| {
            let paths: Vec<PathBuf> = source.paths.iter().map(PathBuf::from).collect();
            let read = Text::learned(&paths).ok()?;
            let same = read.source.sha256 == source.sha256 && read.text.len() <= LONGEST_TEXT;
            same.then(|| (read.text, source.name()))
        });
        let (corpus, name) =
            corpus.unwrap_or_else(|| (EMBEDDED.to_owned(), "the embedded corpus".to_owned()));
        Self { known: Known::new(&abc::tunes(&corpus)), name }
    }
}

/// What became of the drafts, most first: "a wrong bar 812, ...".
fn dropped(drafts: &Drafts) -> String {
    let mut broken: Vec<_> = drafts.broken.iter().collect();
    broken.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let broken = broken.into_iter().map(|(why, count)| format!("{count} {}", why.name()));
    broken.collect::<Vec<_>>().join(", ")
}

/// Why nothing came out.
pub(super) fn none_kept(drafts: &Drafts, advice: &str) -> Error {
    let all = match drafts.drafts {
        1 => "the only draft does not keep all wishes".to_owned(),
        drafts => format!("none of {drafts} drafts kept all wishes"),
    };
    let dropped = dropped(drafts);
    Error::Failed(format!("{all} ({dropped}); nothing is written; {advice}"))
}

/// Which share of the drafts kept the wishes.
fn share_kept(drafts: &Drafts) -> String {
    let Drafts { drafts: all, kept, words, .. } = drafts;
    let (share, error) = drafts.share().unwrap_or_default();
    let word = if *all == 1 { "draft" } else { "drafts" };
    let broken =
        if drafts.broken.is_empty() { String::new() } else { format!(": {}", dropped(drafts)) };
    let words = match words {
        0 => String::new(),
        1 => "; 1 word of a title was drawn anew".to_owned(),
        _ => format!("; {words} words of titles were drawn anew"),
    };
    // two digits of what is rare, too
    let digits = if share < 0.1 { 1 } else { 0 };
    format!(
        "{kept} of {all} {word} kept all wishes, {:.digits$} % (\u{b1} {:.digits$}){broken}{words}",
        100.0 * share,
        100.0 * error
    )
}

/// The last JSON line.
fn summary(tunes: usize, drafts: &Drafts, counts: Option<Counts>, guided: bool) -> Value {
    let mut all = json!({ "tunes": tunes, "words_drawn_anew": drafts.words, "counts": counts });
    if guided {
        let (share, error) = drafts.share().unwrap_or_default();
        let dropped =
            drafts.broken.iter().map(|(why, count)| (why.name().to_owned(), json!(count)));
        let given_up: Vec<usize> = drafts.given_up.iter().map(|at| at + 1).collect();
        all["drafts"] = json!(drafts.drafts);
        all["share"] = json!(share);
        all["share_error"] = json!(error);
        all["dropped"] = dropped.collect::<Map<_, _>>().into();
        all["given_up"] = json!(given_up);
    }
    all
}
