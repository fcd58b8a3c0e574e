//! The flags by which `hornpipe generate` is asked for something.

use super::values::{count, key, meter, mode, rhythm};
use crate::music::abc::Mode;
use crate::music::wishes::{Compass, Form, Instrument, Wishes};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Heading of the flags that say what a tune must be.
const HEADING: &str = "Wishes, kept in every tune";

/// What is asked of the tunes.
#[derive(clap::Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Asked {
    /// Of this rhythm, one of the model's book (hornpipe, "slip jig") [default: drawn, as often as the
    /// book has it]
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
    /// Parts, a letter each, twice where it is repeated: AABB, AABBCC. Of 8 bars each, unless --parts
    #[arg(long, value_name = "FORM", value_parser = str::parse::<Form>)]
    pub(super) form: Option<Form>,
    /// Full bars of each part as written, an upbeat not among them
    #[arg(long, value_name = "8,16", value_delimiter = ',', value_parser = count::<1>)]
    pub(super) parts: Vec<usize>,
    /// From the lowest note to the highest, as ABC writes them: D-b, G,-d'
    #[arg(long, value_name = "D-b", value_parser = str::parse::<Compass>)]
    pub(super) range: Option<Compass>,
    /// Within the range of this instrument; for pipes, of their nine notes
    #[arg(long = "for", value_name = "INSTRUMENT", conflicts_with = "range")]
    pub(super) instrument: Option<For>,
    /// The first notes, in --key or the key that is drawn: completed to a whole tune; the last one may
    /// become longer
    #[arg(long, value_name = "ABC", conflicts_with_all = ["prime", "keep_bars"])]
    pub(super) begin: Option<String>,
    /// Another tune of this tune's rhythm, metre and key; FILE#3 is the third of a file
    #[arg(long, value_name = "FILE", conflicts_with = "prime")]
    pub(super) like: Option<PathBuf>,
    /// These bars of the --like tune stand, counted as it is played once; an upbeat is no bar
    #[arg(long, value_name = "1-4", requires = "like", value_parser = bars, conflicts_with = "mode")]
    pub(super) keep_bars: Option<(usize, usize)>,
    /// It reads, every bar and repeat adds up, its parts are of 8 or 16 bars or as asked for, and it
    /// ends on its tonic [default for models that know their book]
    #[arg(long, conflicts_with = "no_good")]
    pub(super) good: bool,
    /// Take tunes as they come, wrong ones too
    #[arg(long)]
    pub(super) no_good: bool,
    /// Titles of words that the book has, or free [default: words, for models that know their book]
    #[arg(long, value_name = "words|free")]
    pub(super) titles: Option<TitlesOf>,
    /// How each tune's text begins, header and all; without --good it may be no tune [default: X:]
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(super) prime: String,
}

/// Of what titles are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TitlesOf {
    Words,
    Free,
}

/// The instruments of `--for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum For {
    /// Tin whistle in D: D-b
    Whistle,
    /// Wooden flute: D-d'
    Flute,
    /// Fiddle in first position: G,-b
    Fiddle,
    /// Highland pipes: G A B ^c d e ^f g a
    Pipes,
    /// Uilleann pipes: D-d'
    Uilleann,
}

impl For {
    pub(super) fn instrument(self) -> Instrument {
        match self {
            Self::Whistle => Instrument::Whistle,
            Self::Flute => Instrument::Flute,
            Self::Fiddle => Instrument::Fiddle,
            Self::Pipes => Instrument::Pipes,
            Self::Uilleann => Instrument::Uilleann,
        }
    }
}

/// Two numbers with a hyphen between them, or one.
fn bars(text: &str) -> std::result::Result<(usize, usize), &'static str> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<usize>().ok().filter(|bar| *bar > 0);
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first, last)),
        (Some(_), Some(_)) => Err("upside down; the lower bar comes first: 5-8"),
        _ => Err("not bars; write the first and the last: 1-4"),
    }
}

impl Asked {
    /// What the flags are, for comments and for programs.
    pub(super) fn given(&self, wishes: &Wishes) -> Vec<(&'static str, Value)> {
        let parts = (!self.parts.is_empty()).then(|| json!(self.parts));
        let text = |text: &Option<String>| text.as_ref().map(|text| json!(text.trim()));
        let bars = self.keep_bars.map(|(first, last)| json!(format!("{first}-{last}")));
        let good = wishes.is_good().then_some(json!(true));
        let form = self.form.as_ref().map(|form| json!(form.to_string()));
        let instrument = self.instrument.map(|of| json!(of.instrument().name()));
        let all = [
            ("good", good),
            ("rhythm", text(&self.rhythm)),
            ("meter", text(&self.meter)),
            ("key", text(&self.key)),
            ("mode", self.mode.map(|mode| json!(mode.name()))),
            ("form", form),
            ("parts", parts),
            ("range", self.range.map(|range| json!(range.to_string()))),
            ("for", instrument),
            ("begin", self.begin.as_ref().map(|text| json!(text))),
            ("like", self.like.as_ref().map(|path| json!(path.display().to_string()))),
            ("keep-bars", bars),
            (
                "titles",
                self.titles
                    .map(|of| json!(of.to_possible_value().map(|v| v.get_name().to_owned()))),
            ),
            ("prime", (!self.prime.is_empty()).then(|| json!(self.prime))),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
