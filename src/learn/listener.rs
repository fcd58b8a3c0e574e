//! What a model hears beside the characters: [`places`](crate::music::places), symbol by symbol.

use crate::learn::symbols::Symbols;
use crate::music::corpus::Tonic;
use crate::music::places::{InputError, Reader};
use std::sync::Arc;

/// Reads along with one text and says the inputs of a model beside each of its symbols.
#[derive(Clone, Debug)]
pub struct Listener {
    reader: Reader,
    /// The character of each symbol.
    chars: Arc<[char]>,
    /// Of what it says.
    names: Arc<[String]>,
}

impl Listener {
    /// Before the first symbol, for these inputs by name and size; `chars` are the characters of all
    /// symbols.
    ///
    /// # Errors
    /// An input that nobody here knows, or of another size than so many symbols make it.
    pub fn new(chars: &[char], inputs: &[(String, usize)]) -> Result<Self, InputError> {
        let names = inputs.iter().map(|(name, _)| name.clone()).collect();
        Ok(Self { reader: Reader::new(inputs, chars.len())?, chars: chars.into(), names })
    }

    /// For a text whose notes are all on one tonic, whatever its keys are.
    pub fn on_tonic(self, tonic: Option<Tonic>) -> Self {
        Self { reader: self.reader.on_tonic(tonic.map(Tonic::letter)), ..self }
    }

    /// For a model that hears characters alone.
    pub fn deaf() -> Self {
        Self { reader: Reader::deaf(), chars: Arc::new([]), names: Arc::new([]) }
    }

    /// The names of the inputs (K).
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many numbers stand beside a symbol, K.
    pub fn len(&self) -> usize {
        self.reader.len()
    }

    /// True if none does.
    pub fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    /// Goes back to before the first symbol.
    pub fn reset(&mut self) {
        self.reader.reset();
    }

    /// Hears the next symbol.
    ///
    /// # Panics
    /// If the vocabulary has no such symbol and there is something to be said of it.
    pub fn hear(&mut self, symbol: u32) {
        if !self.is_empty() {
            self.reader.push(self.chars[symbol as usize], symbol);
        }
    }

    /// What is known behind the last symbol, into `now` (K).
    ///
    /// # Panics
    /// If there is not room for each.
    pub fn say(&self, now: &mut [u32]) {
        self.reader.fill(now);
    }

    /// Hears `text` up to the symbol `end`: as much of it as can matter, from the last tune's
    /// beginning.
    pub(crate) fn catch_up(&mut self, text: &Symbols, end: usize) {
        if self.is_empty() {
            return;
        }
        let is = |at, c| at < text.len() && self.chars[text.at(at) as usize] == c;
        let begins = |at: &usize| is(*at, 'X') && is(at + 1, ':') && (*at == 0 || is(at - 1, '\n'));
        // an X whose colon comes yet is no beginning
        let start = (0..end.saturating_sub(1)).rev().find(begins).unwrap_or(0);
        self.reset();
        (start..end).for_each(|at| self.hear(text.at(at)));
    }
}
