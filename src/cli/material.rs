//! How `hornpipe train` learns a text: what the model hears, on which tonic, in which order.

use super::begin::Initial;
use super::out::{Out, counted, grouped, note};
use super::train::{Args, BATCH, Preset};
use super::values::{Hears, OnTonic};
use crate::error::{Error, Result};
use crate::learn::config::{Config, Inputs, Order, Settings};
use crate::learn::listener::Listener;
use crate::learn::material::{Material, share_of_tunes};
use crate::learn::source::TextSource;
use crate::learn::text::{Streams, UnknownCharacter, Vocabulary};
use crate::music::abc;
use crate::music::corpus::{EMBEDDED, MOST_KEYS, Summary, Tonic};
use crate::run::open::Opened;
use clap::ValueEnum;
use std::path::PathBuf;

/// Share of a text that must lie in tunes which read, for it to be a book of tunes.
const MOSTLY_TUNES: f64 = 0.9;
/// Bytes of text from which on the search for near-duplicates takes more than a moment.
const SLOW_TEXT: usize = 10_000_000;
/// Windows that a stream of held-out tunes should have at least, on top of a model.
const WARM: usize = 16;
/// What the average of the weights keeps at each update.
const AVERAGE: f64 = 0.999;

/// Probability of dropping an output in a model that hears places: it learns by heart sooner.
const PLACES_DROPOUT: f64 = 0.65;

/// How a text is learned.
pub(super) struct Way {
    pub(super) hears: Hears,
    /// The inputs of the model that it begins with.
    pub(super) given: Option<Inputs>,
    pub(super) tonic: Option<Tonic>,
    pub(super) order: Order,
    pub(super) average: Option<f64>,
    /// Whether the text is a book of tunes.
    pub(super) is_book: bool,
    /// The book of the model that it learns on top of.
    pub(super) earlier: Option<Summary>,
}

impl Way {
    /// The inputs of a model with this vocabulary.
    pub(super) fn inputs(&self, vocabulary: &Vocabulary) -> Inputs {
        match (&self.given, self.hears) {
            (Some(given), _) => given.clone(),
            (None, Hears::Characters) => Inputs::new(),
            (None, Hears::Places) => crate::music::places::inputs(vocabulary.len()),
        }
    }
}

impl Args {
    /// How `text` is learned, as far as flags, the model to begin with and the text itself say.
    pub(super) fn way(&self, text: &str, init: Option<&Opened>, out: &Out) -> Result<Way> {
        let notebook = self.preset == Some(Preset::Notebook);
        let heard = init.is_some_and(|model| !model.exchanged.inputs.is_empty());
        let is_book = !notebook && (self.files.is_empty() || self.is_book(text, heard, out)?);
        let (hears, tonic) = if is_book {
            (Hears::Places, OnTonic::This("G".parse().expect("a tonic")))
        } else {
            (Hears::Characters, OnTonic::AsWritten)
        };
        let (hears, tonic) = match init {
            None => (self.inputs.unwrap_or(hears), self.tonic.unwrap_or(tonic)),
            Some(model) => self.as_the_model(model)?,
        };
        Ok(Way {
            hears,
            given: init.map(|model| model.exchanged.inputs.clone()),
            tonic: match tonic {
                OnTonic::This(tonic) => Some(tonic),
                OnTonic::AsWritten => None,
            },
            order: if is_book { Order::Shuffled } else { Order::AsWritten },
            average: (hears == Hears::Places).then_some(AVERAGE),
            is_book,
            earlier: None,
        })
    }

    /// Whether nearly all of a text are tunes; says what follows. `heard`: the model that it begins
    /// with hears places.
    fn is_book(&self, text: &str, heard: bool, out: &Out) -> Result<bool> {
        let share = share_of_tunes(text);
        let is_book = share >= MOSTLY_TUNES;
        if self.inputs.is_none() && self.model().is_none() {
            let (hears, flag) =
                if is_book { ("places", "characters") } else { ("characters alone", "places") };
            out.say(format!(
                "{:.0} % of the text are tunes that read, so the model hears {hears} (--inputs \
                 {flag}: otherwise)",
                (100.0 * share).floor()
            ))?;
        }
        if !is_book && (heard || self.inputs == Some(Hears::Places)) {
            note(format!(
                "{:.0} % of the text are tunes that read; of the rest places say nothing",
                (100.0 * share).floor()
            ));
        }
        Ok(is_book)
    }

    /// A model is gone on with as it was begun.
    fn as_the_model(&self, model: &Opened) -> Result<(Hears, OnTonic)> {
        let says = &model.exchanged;
        let hears = if says.inputs.is_empty() { Hears::Characters } else { Hears::Places };
        let tonic = match says.tonic.as_deref().map(str::parse) {
            Some(Ok(tonic)) => OnTonic::This(tonic),
            Some(Err(e)) => return Err(Error::content(&model.path, format!("its tonic: {e}"))),
            None => OnTonic::AsWritten,
        };
        let path = model.path.display();
        if self.inputs.is_some_and(|asked| asked != hears) {
            let name = hears.to_possible_value().expect("a name");
            let name = name.get_name();
            return Err(Error::Usage(format!("{path} has --inputs {name}; leave --inputs out")));
        }
        if self.tonic.is_some_and(|asked| asked != tonic) {
            let name = says.tonic.as_deref().unwrap_or("as-written");
            return Err(Error::Usage(format!("{path} has --tonic {name}; leave --tonic out")));
        }
        Ok((hears, tonic))
    }

    /// Says why a large text takes a while.
    pub(super) fn say_slow(&self, text: &str, compared: bool, out: &Out) -> Result<()> {
        if compared && text.len() > SLOW_TEXT {
            out.say(format!(
                "comparing the tunes in {} MB of text, so that no near-duplicate is held out or \
                 follows another; this takes a while",
                text.len() / 1_000_000
            ))?;
        }
        Ok(())
    }

    /// The text as a run that begins so learns it. Where nobody has asked for a tonic and most tunes do not
    /// move to one, they are learned in the keys they are written in.
    pub(super) fn first_material(
        &self,
        text: &str,
        (validation, seed): (f64, u64),
        way: &mut Way,
        out: &Out,
    ) -> Result<Material> {
        let shuffled = (way.order == Order::Shuffled).then_some(seed);
        self.say_slow(text, validation > 0.0 || shuffled.is_some(), out)?;
        let written = Material::new(text, validation, shuffled, None)?;
        let Some(tonic) = way.tonic else { return Ok(written) };
        let material = written.on(tonic);
        let stay = material.as_written;
        let asked = self.tonic.is_some() || self.model().is_some();
        if !asked && 2 * stay > material.tunes.0 + material.tunes.1 {
            out.say(
                "most of the tunes are not in the form that moves to a tonic, so all are learned in \
                 the keys they are written in (hornpipe corpus brings them into that form)",
            )?;
            way.tonic = None;
            return Ok(written);
        } else if stay == material.tunes.0 + material.tunes.1 && self.tonic.is_some() {
            return Err(Error::Usage(
                "--tonic: no tune is in the form that moves to a tonic; hornpipe corpus brings tunes into \
                 it, or leave --tonic out"
                    .into(),
            ));
        } else if let Some(first) = &material.first_as_written {
            let are =
                if stay == 1 { "1 tune stays".to_owned() } else { format!("{stay} tunes stay") };
            note(format!(
                "{are} in the key as written, not in the form that moves to a tonic or without a key \
                 there; the first is {first} (hornpipe corpus brings tunes into that form)"
            ));
        }
        Ok(material)
    }

    /// The settings of a run that begins with this, by what learns how and by the flags.
    pub(super) fn first_config(
        &self,
        initial: &Initial,
        (text, validation): (TextSource, f64),
        way: &Way,
        material: &Material,
    ) -> Config {
        let mut settings = Settings::new().epochs(self.default_epochs()).average(way.average);
        settings.activation = initial.activation.unwrap_or(settings.activation);
        settings.precision = initial.precision;
        let usual = if way.hears == Hears::Places { PLACES_DROPOUT } else { settings.dropout };
        settings.dropout = initial.dropout.unwrap_or(usual);
        let config = Config {
            validation,
            text,
            tonic: way.tonic.map(|tonic| tonic.to_string()),
            order: way.order,
            from: initial.from.clone(),
            ..Config::new(initial.shape.clone(), BATCH, 64, settings)
        };
        let config = config.reading(way.inputs(&initial.vocabulary));
        let config = if config.from.is_some() { self.gently(config, material) } else { config };
        self.config(config)
    }

    /// The material cut into streams: to learn from, and held out.
    pub(super) fn streams(
        &self,
        material: &Material,
        config: &Config,
        vocabulary: &Vocabulary,
        out: &Out,
    ) -> Result<(Streams, Option<Streams>)> {
        let name = config.text.name();
        let encode = |text: &str| vocabulary.pack(text).map_err(|e| unknown(e, &name, &self.init));
        let listener =
            Listener::new(vocabulary.symbols(), &config.inputs).map_err(|e| {
                match self.model() {
                    Some(path) => Error::content(path, e),
                    None => Error::Failed(format!("the model cannot be trained here: {e}")),
                }
            })?;
        let tonic = config.tonic.as_deref().and_then(|tonic| tonic.parse().ok());
        let listener = listener.on_tonic(tonic);
        let training = Streams::new(encode(&material.training)?, config.batch, config.steps)?;
        let held_out = match material.held_out.as_str() {
            "" => None,
            text => {
                let symbols = encode(text)?;
                // a few tunes in many streams would nearly all be read from a zero state
                let warm = (symbols.len() / (WARM * config.steps)).clamp(1, config.batch);
                let batch = if config.from.is_some() { warm } else { config.batch };
                Some(Streams::fitting(symbols, batch, config.steps)?)
            }
        };
        let held_out = held_out.map(|streams| streams.heard_by(listener.clone()));
        out.say(self.in_words(material, config, vocabulary))?;
        Ok((training.heard_by(listener), held_out))
    }

    /// What is learned, in one line.
    fn in_words(&self, material: &Material, config: &Config, vocabulary: &Vocabulary) -> String {
        let in_keys = match (&config.text.paths[..], &config.tonic) {
            ([], None) => {
                format!("{} tunes, each in up to {MOST_KEYS} keys: ", abc::tunes(EMBEDDED).len())
            }
            _ => String::new(),
        };
        let tonic = match (&config.tonic, material.as_written) {
            (Some(tonic), 0) => format!(" on {tonic}"),
            (Some(_), stay) if stay == material.tunes.0 + material.tunes.1 => " as written".into(),
            (Some(tonic), stay) => format!(", all but {stay} on {tonic}"),
            (None, _) => String::new(),
        };
        let shuffled = if config.order == Order::Shuffled { ", shuffled" } else { "" };
        let (learned, held_out) = material.tunes;
        if learned + held_out == 0 {
            return format!(
                "{} characters, {} different; the last {} held out for validation",
                grouped(material.characters().count()),
                vocabulary.len(),
                grouped(material.held_out.chars().count()),
            );
        }
        format!(
            "{in_keys}{}{tonic}{shuffled}, {}, {} different; {} held out for validation",
            counted(learned + held_out, "tune"),
            counted(material.characters().count(), "character"),
            vocabulary.len(),
            counted(held_out, "tune"),
        )
    }
}

fn unknown(error: UnknownCharacter, text: &str, init: &Option<PathBuf>) -> Error {
    let UnknownCharacter(c) = error;
    let model = init.as_ref().map_or("the model".into(), |path| path.display().to_string());
    Error::Failed(format!(
        "{text} has the character {c:?}, which {model} does not know; take such characters out, or \
         leave --init out"
    ))
}
