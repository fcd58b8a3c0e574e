//! What `hornpipe generate` is asked for: wishes of the flags, and why one can not be kept.

use super::asked::{Asked, TitlesOf};
use super::like::{like, numbered};
use crate::error::{Error, Result};
use crate::files::is_standard;
use crate::learn::manner::Manner;
use crate::learn::text::{UnknownCharacter, Vocabulary};
use crate::music::abc::{Key, Meter};
use crate::music::corpus::{Summary, Wish, rhythm_name};
use crate::music::wishes::{Broken, Compass, Form, Stands, WishError, Wishes};
use crate::run::open::is_default;
use crate::write::drafts::Drafts;
use crate::write::generate::AskError;
use crate::write::prompt::{Prompt, PromptError};
use std::path::{Path, PathBuf};

/// How many symbols a refusal lists.
const SYMBOLS_NAMED: usize = 100;

/// What is to be asked, in the library's words.
pub(super) struct Asking {
    pub(super) prompt: Prompt,
    pub(super) wishes: Wishes,
    /// Whether titles are of the book's words.
    pub(super) titles: bool,
}

impl Asked {
    /// What the flags ask of a model.
    pub(super) fn of(&self, vocabulary: &Vocabulary, manner: &Manner) -> Result<Asking> {
        let unknown = |flag| move |error| refusal(flag, error, vocabulary);
        let like = self.like.as_deref().map(like).transpose()?;
        let asked = self.asked_key(manner)?;
        let primed = line_of(&self.prime, "K:").and_then(|text| Key::parse(text).ok());
        let primed = primed.filter(|key| key.name().is_some());
        self.agree_with_prime(primed.as_ref(), asked.as_ref())?;
        let begun = Prompt::new(vocabulary);
        let begun = match (manner.tonic, &primed) {
            (Some(tonic), Some(key)) => begun.prime_in_key(vocabulary, &self.prime, key, tonic),
            _ => begun.prime(vocabulary, &self.prime),
        };
        let prompt = begun.map_err(|error| unknown("--prime")(error.into()))?;
        let like_kind = like.as_ref().map(|like| &like.kind);
        let (prompt, kind) = match &manner.book {
            Some(book) => (prompt, self.kind(book, asked.or(primed), like_kind)?),
            None => self.force(prompt, vocabulary, manner, asked.or(primed), like_kind)?,
        };
        let good = self.good || (manner.book.is_some() && self.begins_tune() && !self.no_good);
        let mut wishes = Wishes::new();
        if good {
            wishes = wishes.good();
        }
        if let Some(form) = self.form()? {
            wishes = wishes.form(form);
        }
        if let Some(compass) = self.compass() {
            wishes = wishes.compass(compass);
        }
        if let Some(text) = &self.begin {
            wishes = wishes.stands(beginning(text)?);
        }
        if let Some(like) = &like {
            wishes = wishes.unlike(&like.tune);
        }
        if let (Some(bars), Some(like)) = (self.keep_bars, &like) {
            let key = kind.key.as_ref();
            let stands = Stands::bars_of(&like.text, bars.0..=bars.1, key);
            let stands = stands.map_err(|e| Error::Usage(format!("--keep-bars: {e}")))?;
            wishes = wishes.stands(stands);
        }
        let prompt = prompt.wish(kind.clone());
        // a model without a book has its lines forced, and nobody looks unless something is to be kept
        let flags = self.rhythm.is_some() || self.meter.is_some() || self.key.is_some();
        let asks = flags || self.mode.is_some() || self.like.is_some();
        if (asks && manner.book.is_some()) || !wishes.is_empty() {
            wishes = wishes.kind(kind);
        }
        let titles = self.titles != Some(TitlesOf::Free);
        Ok(Asking { prompt, wishes, titles })
    }

    /// What the flags ask where so many characters are to be written, whatever they are.
    pub(super) fn nothing_but_a_prime(
        &self,
        vocabulary: &Vocabulary,
        manner: &Manner,
    ) -> Result<Asking> {
        if manner.book.is_some() || manner.tonic.is_some() {
            let problem = "--length is for texts without an end, and this model writes tunes; leave it \
                           out, or cut long ones with --max-length";
            return Err(Error::Usage(problem.to_owned()));
        }
        let given = self.given(&Wishes::new()).into_iter().map(|(name, _)| name);
        let flag = given.chain(self.good.then_some("good")).find(|name| *name != "prime");
        if let Some(flag) = flag {
            let why =
                if manner.prose { "the model learned no tunes" } else { "--length is no tune" };
            return Err(Error::Usage(format!(
                "--{flag} is a wish of a tune, and {why}; leave it out"
            )));
        }
        let begun = if manner.prose { Prompt::prose } else { Prompt::new }(vocabulary);
        let unknown = |error: UnknownCharacter| refusal("--prime", error.into(), vocabulary);
        let prompt = begun.prime(vocabulary, &self.prime).map_err(unknown)?;
        Ok(Asking { prompt, wishes: Wishes::new(), titles: false })
    }

    /// An error where a model that is not there may be the rest of a value: `--rhythm slip jig`.
    pub(super) fn refuse_half_a_value(&self, model: Option<&Path>) -> Result<()> {
        let values = [&self.rhythm, &self.key, &self.begin];
        let is_there = |path: &&Path| path.exists() || is_default(path) || is_standard(path);
        let Some(path) = model.filter(|path| !is_there(path)) else { return Ok(()) };
        if path.extension().is_some() || !values.into_iter().any(Option::is_some) {
            return Ok(());
        }
        let path = path.display();
        Err(Error::Usage(format!(
            "there is no model {path}; a value with a blank stands in quotes: --rhythm \"slip jig\""
        )))
    }

    /// The number that the prime gives every tune.
    pub(super) fn primed_number(&self) -> Option<String> {
        let number = self.prime.strip_prefix("X:")?.lines().next()?.trim();
        (!number.is_empty()).then(|| number.to_owned())
    }

    /// Whether the prime is the beginning of a tune.
    fn begins_tune(&self) -> bool {
        self.prime.is_empty() || self.prime.starts_with("X:")
    }

    /// The text that was given to begin with, if it breaks what is wished.
    pub(super) fn prime_fits(&self, wishes: &Wishes) -> Result<()> {
        if wishes.is_good() && !self.begins_tune() {
            return Err(Error::Usage(
                "--prime begins no tune, which begins with X:, so it cannot be --good".to_owned(),
            ));
        }
        let mut prospect = wishes.prospect();
        let begun = prospect.push(&self.prime);
        // the end of a line makes its last notes sure, but it may break what is not complete
        let fits = || match prospect.clone().push("\n") {
            Err(Broken::Reads | Broken::Kind) | Ok(()) => true,
            Err(_) => false,
        };
        if self.prime.is_empty() || wishes.is_empty() || (begun.is_ok() && fits()) {
            return Ok(());
        }
        let bar = prospect.bar();
        let why = prospect.problem().map_or_else(|| format!("in bar {bar}"), ToString::to_string);
        Err(Error::Usage(format!(
            "--prime cannot be made a tune that keeps all wishes: {why}; change it, or take what \
             comes with --no-good"
        )))
    }

    /// The file that is read.
    pub(super) fn reads(&self) -> Option<PathBuf> {
        self.like.as_deref().map(|path| numbered(path).0)
    }

    fn form(&self) -> Result<Option<Form>> {
        let of = |error| Error::Usage(format!("--parts: {error}"));
        match (&self.form, &self.parts[..]) {
            (form, []) => Ok(form.clone()),
            (None, parts) => Form::of_bars(parts).map(Some).map_err(of),
            (Some(form), parts) => form.clone().with_bars(parts).map(Some).map_err(of),
        }
    }

    fn compass(&self) -> Option<Compass> {
        self.range.or_else(|| self.instrument.map(|of| Compass::of(of.instrument())))
    }

    /// Header lines for a model that does not know its book; of one that writes on a tonic the key
    /// is a wish.
    fn force(
        &self,
        mut prompt: Prompt,
        vocabulary: &Vocabulary,
        manner: &Manner,
        key: Option<Key>,
        like: Option<&Wish>,
    ) -> Result<(Prompt, Wish)> {
        if self.mode.is_some() {
            return Err(Error::Usage(
                "--mode: the model does not say what tunes its book has; give --key".into(),
            ));
        }
        let of_like = |of: fn(&Wish) -> Option<String>| like.and_then(of);
        let name = |wish: &Wish| wish.key.as_ref().and_then(Key::name);
        let rhythm = self.rhythm.clone().or_else(|| of_like(|wish| wish.rhythm.clone()));
        let meter = self.meter.clone().or_else(|| of_like(|w| w.meter.map(|m| m.to_string())));
        let key_line = self.key.clone().or_else(|| of_like(name));
        let key_line = key_line.filter(|_| manner.tonic.is_none() || key.is_none());
        for (field, flag, line) in
            [('R', "--rhythm", &rhythm), ('M', "--meter", &meter), ('K', "--key", &key_line)]
        {
            if let Some(line) = line {
                let unknown = |error| refusal(flag, error, vocabulary);
                prompt = prompt.force(vocabulary, field, line).map_err(unknown)?;
            }
        }
        let key = key.or_else(|| like.and_then(|wish| wish.key.clone()));
        let meter = meter.and_then(|text| Meter::parse(&text).ok().flatten());
        Ok((prompt, Wish { rhythm, meter, mode: None, key }))
    }

    /// What is asked of a model that knows its book: by the flags, then by the header of `--prime` or
    /// of the `--like` tune.
    fn kind(&self, book: &Summary, key: Option<Key>, like: Option<&Wish>) -> Result<Wish> {
        let parsed = |text: &str| Meter::parse(text).ok().flatten();
        // who says C means a book's 4/4, too
        let meters = book.meters(&Wish::default());
        let known = |meter: Meter| {
            let plain = Meter { symbol: false, ..meter };
            if meters.contains(&meter) { meter } else { plain }
        };
        let meter = self.meter.as_deref().and_then(parsed).map(known);
        if let (Some(text), None) = (&self.meter, meter) {
            let there = meters.iter().map(Meter::to_string).collect();
            let error = WishError::Meter { asked: text.clone(), of: String::new(), there };
            return Err(Error::Usage(format!("--meter: {error}")));
        }
        let wish = Wish { rhythm: self.rhythm.clone(), meter, mode: self.mode, key };
        if let Some(like) = like {
            let mode = wish.mode;
            return Ok(Wish {
                rhythm: wish.rhythm.or_else(|| like.rhythm.clone()),
                meter: wish.meter.or_else(|| like.meter.map(known)),
                key: wish.key.or_else(|| like.key.clone()).filter(|_| mode.is_none()),
                mode,
            });
        }
        // a prime may be of any kind; where the book has none such, what the flags say is left
        let line = |field| line_of(&self.prime, field);
        let rhythm = line("R:").map(|text| rhythm_name(text, meter).unwrap_or(text).to_owned());
        let primed = Wish {
            rhythm: wish.rhythm.clone().or(rhythm),
            meter: wish.meter.or_else(|| line("M:").and_then(parsed).map(known)),
            ..wish.clone()
        };
        let asked = self.key.is_some();
        let flags = Wish { key: wish.key.clone().filter(|_| asked), ..wish };
        Ok(if book.draw(&primed, 0.0).is_some() { primed } else { flags })
    }

    /// What to do about drafts that broke their wishes, by what most of them broke.
    pub(super) fn wish_for_less(&self, drafts: &Drafts) -> &'static str {
        let most = drafts.broken.iter().max_by_key(|(_, count)| **count).map(|(broken, _)| *broken);
        let form = self.form.is_some() || !self.parts.is_empty();
        match most {
            Some(Broken::Length) => "allow more with --max-length",
            Some(Broken::Compass) if self.range.is_some() => "wish for a wider --range",
            Some(Broken::Compass) => "wish for another --key, or without --for",
            Some(Broken::Parts) if form => "wish for a --form and --parts that the book has",
            Some(Broken::Stands) => "give fewer bars, or others",
            Some(Broken::Reads) if !self.no_good => {
                "train the model for longer, take what comes with --no-good, or take another: \
                 hornpipe generate default"
            }
            _ if !self.no_good => "wish for less, or take what comes with --no-good",
            _ => "wish for less",
        }
    }

    /// Names the flag that asks for what cannot be.
    pub(super) fn refused(&self, error: &AskError, vocabulary: &Vocabulary) -> Error {
        let like = |given: bool, flag| if given || self.like.is_none() { flag } else { "--like" };
        let stands = if self.keep_bars.is_some() { "--keep-bars" } else { "--begin" };
        let wish = match error {
            AskError::Unknown(unknown) => {
                return refusal(stands, PromptError::Unknown(*unknown), vocabulary);
            }
            AskError::Wish(wish) => wish,
        };
        let notes = if self.instrument.is_some() { "--for" } else { "--range" };
        let flag = match wish {
            WishError::Rhythm { .. } => like(self.rhythm.is_some(), "--rhythm"),
            WishError::Meter { .. } if self.meter.is_none() && self.rhythm.is_some() => "--rhythm",
            WishError::Meter { .. } => like(self.meter.is_some(), "--meter"),
            WishError::Mode { .. } if self.key.is_some() => "--key",
            WishError::Mode { .. } => like(self.mode.is_some(), "--mode"),
            WishError::Tonic { .. } | WishError::Scale { .. } => notes,
            WishError::TooShort { .. } => "--max-length",
            _ => stands,
        };
        let help = match wish {
            WishError::Scale { .. } => ": --key",
            WishError::Tonic { .. } => "; ask for another --key, or take any end with --no-good",
            _ => "",
        };
        Error::Usage(format!("{flag}: {wish}{help}"))
    }

    /// An error where a flag asks for another header than `--prime` begins.
    fn agree_with_prime(&self, primed: Option<&Key>, asked: Option<&Key>) -> Result<()> {
        let name = |key: &Key| key.name().unwrap_or_default();
        let line = |field| line_of(&self.prime, field).map(str::to_owned);
        let rhythm = line("R:").map(|text| rhythm_name(&text, None).unwrap_or(&text).to_owned());
        let meter = line("M:").and_then(|text| Some(Meter::parse(&text).ok()??.to_string()));
        let mode = primed.map(|key| key.mode.name().to_owned());
        for (flag, primed, asked) in [
            ("--key", primed.map(name), asked.map(name)),
            ("--mode", mode, self.mode.map(|mode| mode.name().to_owned())),
            ("--rhythm", rhythm, self.rhythm.clone()),
            ("--meter", meter, self.meter.clone()),
        ] {
            if let (Some(primed), Some(asked)) = (primed, asked)
                && primed != asked
            {
                return Err(Error::Usage(format!(
                    "--prime is in {primed}, but {flag} asks for {asked}; leave one of them out"
                )));
            }
        }
        Ok(())
    }

    /// The key of `--key`, where the model's are a tonic and a mode.
    fn asked_key(&self, manner: &Manner) -> Result<Option<Key>> {
        let Some(text) = &self.key else { return Ok(None) };
        let key = Key::parse(text).ok().filter(|key| key.name().is_some());
        if key.is_none() && (manner.book.is_some() || manner.tonic.is_some()) {
            return Err(Error::Usage(format!(
                "--key {text}: the model's tunes have a tonic and a mode; write it as G, Em, F#m, \
                 Ador or Dmix"
            )));
        }
        Ok(key)
    }
}

/// The first notes of a tune, if they are no header and no more than one tune.
fn beginning(text: &str) -> Result<Stands> {
    let wrong = |why: &str| Err(Error::Usage(format!("--begin: {why}")));
    if text.trim().is_empty() {
        return wrong("no music in it; give the first notes, as in \"|:GAB c2d|\"");
    }
    if text.lines().any(|line| line.trim().is_empty()) {
        return wrong("a blank line would end the tune; leave it out");
    }
    let is_field = |line: &str| {
        let letter = line.starts_with(|c: char| c.is_ascii_alphabetic());
        letter && line[1..].starts_with(':') && !line[2..].starts_with(['|', ':'])
    };
    if text.lines().any(is_field) {
        return wrong("a line of a header; the music alone begins so, give --key and --meter");
    }
    Ok(Stands::beginning(text))
}

/// What stands behind `field` on the first whole line that begins so.
fn line_of<'a>(text: &'a str, field: &str) -> Option<&'a str> {
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.find_map(|line| line.strip_prefix(field)).map(str::trim)
}

/// Why what a flag says cannot begin a tune, and what can.
fn refusal(flag: &str, error: PromptError, vocabulary: &Vocabulary) -> Error {
    let PromptError::Unknown(UnknownCharacter(c)) = error else {
        return Error::Usage(format!("{flag} must be one line; leave the rest out"));
    };
    // a model of another script may know thousands
    let some: String = vocabulary.symbols().iter().take(SYMBOLS_NAMED).collect();
    let more = vocabulary.len().saturating_sub(SYMBOLS_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::Usage(format!(
        "{flag} has the character {c:?}, which the model does not know; use some of {some:?}{more}"
    ))
}
