//! What `hornpipe generate` is asked for: wishes of the flags, and why one can not be kept.

use super::generate::Args;
use crate::error::{Error, Result};
use crate::learn::manner::Manner;
use crate::learn::text::{UnknownCharacter, Vocabulary};
use crate::music::abc::{Key, Meter};
use crate::music::corpus::{Summary, Wish, rhythm_name};
use crate::write::prompt::{Prompt, PromptError};

/// How many symbols a refusal lists.
const SYMBOLS_NAMED: usize = 100;

impl Args {
    /// What the flags say of how tunes begin.
    pub(super) fn prompt(&self, vocabulary: &Vocabulary, manner: &Manner) -> Result<Prompt> {
        let unknown = |flag| move |error| refusal(flag, error, vocabulary);
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
        match &manner.book {
            Some(book) => Ok(prompt.wish(self.wish(book, asked.or(primed))?)),
            None => self.force(prompt, vocabulary, manner.tonic.and(asked.or(primed))),
        }
    }

    /// Header lines for a model that does not know its book; of one that writes on a tonic the key
    /// is a wish.
    fn force(
        &self,
        mut prompt: Prompt,
        vocabulary: &Vocabulary,
        key: Option<Key>,
    ) -> Result<Prompt> {
        if self.mode.is_some() {
            return Err(Error::Usage(
                "--mode: the model does not say what tunes its book has; give --key".into(),
            ));
        }
        let key_line = self.key.as_ref().filter(|_| key.is_none());
        for (field, flag, line) in [
            ('R', "--rhythm", self.rhythm.as_ref()),
            ('M', "--meter", self.meter.as_ref()),
            ('K', "--key", key_line),
        ] {
            if let Some(line) = line {
                let unknown = |error| refusal(flag, error, vocabulary);
                prompt = prompt.force(vocabulary, field, line).map_err(unknown)?;
            }
        }
        Ok(prompt.wish(Wish { key, ..Wish::default() }))
    }

    /// What is asked of a model that knows its book: by the flags, then by the header of `--prime`.
    fn wish(&self, book: &Summary, key: Option<Key>) -> Result<Wish> {
        let parsed = |text: &str| Meter::parse(text).ok().flatten();
        // who says C means a book's 4/4, too
        let meters = book.meters(&Wish::default());
        let known = |meter: Meter| {
            let plain = Meter { symbol: false, ..meter };
            if meters.contains(&meter) { meter } else { plain }
        };
        let meter = self.meter.as_deref().and_then(parsed).map(known);
        if let (Some(text), None) = (&self.meter, meter) {
            return Err(not_there("--meter", text, "", &names(&meters)));
        }
        let wish = Wish { rhythm: self.rhythm.clone(), meter, mode: self.mode, key };
        let asks = self.rhythm.is_some() || self.meter.is_some();
        if asks || self.mode.is_some() || self.key.is_some() {
            self.can_be_kept(book, &wish)?;
        }
        // a prime may be of any kind; where the book has none such, what the flags say is left
        let line = |field| line_of(&self.prime, field);
        let rhythm = line("R:").map(|text| rhythm_name(text, meter).unwrap_or(text).to_owned());
        let primed = Wish {
            rhythm: wish.rhythm.clone().or(rhythm),
            meter: wish.meter.or_else(|| line("M:").and_then(parsed).map(known)),
            ..wish.clone()
        };
        Ok(if book.draw(&primed, 0.0).is_some() { primed } else { wish })
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

    /// An error that says which flag asks for what the book does not have, and what it has.
    fn can_be_kept(&self, book: &Summary, wish: &Wish) -> Result<()> {
        let Wish { rhythm, meter, mode, key } = wish.clone();
        let mut narrowed = Wish::default();
        let rhythms = book.rhythms(&narrowed);
        if let Some(rhythm) = rhythm.as_deref().filter(|rhythm| !rhythms.contains(rhythm)) {
            let rhythms: Vec<String> = rhythms.into_iter().map(str::to_owned).collect();
            return Err(not_there("--rhythm", rhythm, "", &rhythms));
        }
        let mut of = rhythm.as_ref().map_or(String::new(), |rhythm| format!(" {rhythm}"));
        narrowed.rhythm = rhythm;
        let meters = book.meters(&narrowed);
        if let Some(meter) = meter.filter(|meter| !meters.contains(meter)) {
            return Err(not_there("--meter", &meter.to_string(), &of, &names(&meters)));
        }
        of += &meter.map_or(String::new(), |meter| format!(" {meter}"));
        narrowed.meter = meter;
        let modes = book.modes(&narrowed);
        let (flag, wanted) = match (key, mode) {
            (Some(key), _) if self.key.is_some() => ("--key", Some(key.mode)),
            (Some(key), _) => ("--prime", Some(key.mode)),
            (None, mode) => ("--mode", mode),
        };
        if let Some(wanted) = wanted.filter(|mode| !modes.contains(mode)) {
            let there: Vec<String> = modes.into_iter().map(|mode| mode.name().to_owned()).collect();
            return Err(not_there(flag, wanted.name(), &of, &there));
        }
        Ok(())
    }
}

fn names(meters: &[Meter]) -> Vec<String> {
    meters.iter().map(Meter::to_string).collect()
}

fn not_there(flag: &str, asked: &str, of: &str, there: &[String]) -> Error {
    Error::Usage(format!(
        "{flag}: the model's book has no{of} tune that is {asked}; choose from: {}",
        there.join(", ")
    ))
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
