//! `hornpipe generate`: write new tunes.

use super::model::{Opened, open, read_text};
use super::out::{Out, note};
use super::train::{count, positive};
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::learn::text::Vocabulary;
use crate::music::abc;
use crate::music::corpus::EMBEDDED;
use crate::music::judge::{Known, judge};
use crate::run::checkpoint::Meta;
use crate::run::folder::Which;
use crate::write::generate::{Options, write_all, write_tunes};
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

Tune k of a seed is the same for any -n and any number of threads. Comment lines (%) after its X:
say what made it. At the end standard error has what `hornpipe judge` says of the tunes, beside the
text that the model learned from if that is still there, else beside the embedded corpus."
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

/// The header of a tune that nobody hears, in the canonical form.
const OVERTURE: &str = "\n\nX:1\nT:The Jig\nR:jig\nM:6/8\nL:1/8\nK:G\n";

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let mut opened = open(self.model.as_deref(), Which::Best)?;
        let vocabulary = &opened.vocabulary()?.clone();
        let origin = self.origin(&opened);
        let header = Header { rhythm: self.rhythm, meter: self.meter, key: self.key };
        let options = Options {
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            max_length: self.max_length,
            ..sampling(vocabulary, self.seed, &self.prime, &header)?
        };
        let meta = opened.meta.take();
        let model = opened.model();
        let tunes = if let Some(path) = &self.output {
            let mut tunes = write_all(&model, vocabulary, &options, self.n);
            let numbered = tunes.iter_mut().enumerate();
            numbered.for_each(|(number, tune)| origin.mark(tune, number));
            write_atomically(path, tunes.concat().as_bytes())?;
            out.say(format!("wrote {} tunes to {}", self.n, path.display()))?;
            tunes
        } else {
            let write = |hear: Hear| write_tunes(&model, vocabulary, &options, self.n, hear);
            stream(self.n, &origin, out, write)?
        };
        if !out.quiet
            && let Some(line) = verdict(&tunes, meta.as_ref())
        {
            note(line);
        }
        Ok(())
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

/// Tunes that are judged at once: a verdict takes more memory than its tune.
const AT_ONCE: usize = 1000;

/// The judge's line; `None` where there is no tune.
fn verdict(texts: &[String], meta: Option<&Meta>) -> Option<String> {
    let tunes: Vec<&str> = texts.iter().flat_map(|text| abc::tunes(text)).collect();
    if tunes.is_empty() {
        return None;
    }
    let learned = meta.map(|meta| &meta.config.text).filter(|text| !text.paths.is_empty());
    let corpus = learned.and_then(|source| {
        let paths: Vec<PathBuf> = source.paths.iter().map(PathBuf::from).collect();
        let read = read_text(&paths).ok()?;
        let same = read.source.sha256 == source.sha256 && read.text.len() <= LONGEST_TEXT;
        same.then(|| (read.text, source.name()))
    });
    let (corpus, name) =
        corpus.unwrap_or_else(|| (EMBEDDED.to_owned(), "the embedded corpus".to_owned()));
    let known = Known::new(&abc::tunes(&corpus));
    let mut counts = [0; 6];
    for part in tunes.chunks(AT_ONCE) {
        for v in judge(part, &known, || {}) {
            let good_and_new = v.is_good() && v.is_new();
            let passed = [good_and_new, v.reads, v.bars, v.tonic, v.parts, v.is_new()];
            counts.iter_mut().zip(passed).for_each(|(count, passed)| *count += usize::from(passed));
        }
    }
    let [good_and_new, reads, bars, tonic, parts, new] = counts;
    Some(format!(
        "{good_and_new} of {} good and new ({reads} read, {bars} with every bar right, {tonic} on \
         the tonic, {parts} with right parts, {new} new beside {name})",
        tunes.len(),
    ))
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
        overture: known(OVERTURE).or_else(|| known("\n\n")).unwrap_or_default(),
        lead: known("\n\n").unwrap_or_default(),
        forced,
    })
}

/// What is told of tunes as they grow.
type Hear<'a> = &'a mut (dyn FnMut(usize, &str, bool) -> ControlFlow<()> + Send);

/// Runs `write`, showing the first unfinished tune as it grows and the others once it is done.
fn stream(
    count: usize,
    origin: &Origin,
    out: &Out,
    write: impl FnOnce(Hear),
) -> Result<Vec<String>> {
    let mut texts = vec![String::new(); count];
    let mut complete = vec![false; count];
    let (mut showing, mut shown) = (0, 0);
    let mut result = Ok(());
    write(&mut |number, news, ended| {
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
            result = out.write(&text[shown..]);
            shown = text.len();
            if !complete[showing] || result.is_err() {
                break;
            }
            (showing, shown) = (showing + 1, 0);
        }
        if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    result.map(|()| texts)
}

#[cfg(test)]
mod tests {
    use super::{Header, OVERTURE, sampling, verdict};
    use crate::learn::text::Vocabulary;
    use crate::music::abc;
    use crate::music::corpus::{EMBEDDED, canonical};

    #[test]
    fn the_unheard_tune_begins_as_the_tunes_that_the_model_learned() {
        let tune = OVERTURE.trim_start().to_owned() + "G3 G3|A3 A3|B3 B3|G6|]\n";
        assert_eq!(canonical(&abc::read(&tune), Some("jig")).map(|c| c.text), Ok(tune));
        for (learned, overture, lead) in [
            (EMBEDDED, OVERTURE, "\n\n"),
            ("X:1\nK:D\nABc|\n\n", "\n\n", "\n\n"),
            ("no line break", "", ""),
        ] {
            let vocabulary = Vocabulary::of(learned);
            let options = sampling(&vocabulary, 1, "", &Header::default()).unwrap();
            let text = |symbols: Vec<u32>| -> String {
                symbols.into_iter().map(|symbol| vocabulary.char_of(symbol)).collect()
            };
            assert_eq!((&*text(options.overture), &*text(options.lead)), (overture, lead));
        }
    }

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
            tune("c'B,gB,|B,c'2C|C4 ]"),
        ];
        let said = "1 of 6 good and new (5 read, 3 with every bar right, 4 on the tonic, 3 with \
                    right parts, 5 new beside the embedded corpus)";
        assert_eq!(verdict(&tunes, None).as_deref(), Some(said));
        assert_eq!(verdict(&["no tune".to_owned()], None), None);
    }
}
