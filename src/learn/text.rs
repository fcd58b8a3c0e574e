//! Text as numbers: one integer per character, and the stateful streams that training walks along.

use crate::error::{Error, Result};
use ndarray::Array2;
use std::collections::{BTreeMap, BTreeSet};

/// The characters a model knows, sorted; a character's symbol is its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    symbols: Vec<char>,
    index: BTreeMap<char, u32>,
}

impl Vocabulary {
    /// The sorted set of characters of `text`.
    pub fn of(text: &str) -> Self {
        let mut set = BTreeSet::new();
        // one by one: collecting would first keep every character of the text
        text.chars().for_each(|c| _ = set.insert(c));
        Self::from_unique(set.into_iter().collect())
    }

    /// Characters in the order of their symbols, each once.
    pub fn from_symbols(symbols: Vec<char>) -> Option<Self> {
        let vocabulary = Self::from_unique(symbols);
        (vocabulary.index.len() == vocabulary.symbols.len()).then_some(vocabulary)
    }

    fn from_unique(symbols: Vec<char>) -> Self {
        let index = symbols.iter().enumerate().map(|(i, &c)| (c, i as u32)).collect();
        Self { symbols, index }
    }

    /// The notebook's `char_to_index.json`: an object from each character to its number.
    pub fn from_json(json: &str) -> std::result::Result<Self, String> {
        let map: BTreeMap<String, usize> = serde_json::from_str(json).map_err(|e| {
            format!("not a map from characters to numbers ({e}); name a char_to_index.json")
        })?;
        let mut symbols = vec![None; map.len()];
        for (key, index) in map {
            let mut chars = key.chars();
            let (Some(c), None) = (chars.next(), chars.next()) else {
                return Err(format!("{key:?} is not one character"));
            };
            match symbols.get_mut(index) {
                Some(slot @ None) => *slot = Some(c),
                _ => return Err(format!("number {index} is out of range or taken twice")),
            }
        }
        Self::from_symbols(symbols.into_iter().flatten().collect())
            .ok_or_else(|| "a character comes twice".to_owned())
    }

    /// The same object, for `char_to_index.json`.
    pub fn to_json(&self) -> String {
        let map: serde_json::Map<String, serde_json::Value> =
            self.index.iter().map(|(c, &i)| (c.to_string(), i.into())).collect();
        serde_json::Value::Object(map).to_string()
    }

    /// Characters in the order of their symbols.
    pub fn symbols(&self) -> &[char] {
        &self.symbols
    }

    /// Number of symbols, V.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// True without any symbol.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The symbol of a character, if the model knows it.
    pub fn symbol(&self, c: char) -> Option<u32> {
        self.index.get(&c).copied()
    }

    /// All characters as symbols, or the first one that is not in the vocabulary.
    pub fn encode(&self, text: &str) -> std::result::Result<Vec<u32>, char> {
        text.chars().map(|c| self.symbol(c).ok_or(c)).collect()
    }

    /// The character of a symbol.
    pub fn char_of(&self, symbol: u32) -> char {
        self.symbols[symbol as usize]
    }
}

/// A text cut into `batch` contiguous streams, walked along in windows of `steps` characters
/// with the state carried from window to window. The label of a character is the next one.
///
/// As in the notebook, windows start at 0, steps, 2 steps, ... below (stream length - steps), and
/// what is left over at the end of a stream is not visited.
#[derive(Clone, Debug)]
pub struct Streams {
    symbols: Vec<u32>,
    batch: usize,
    steps: usize,
}

impl Streams {
    /// Cuts `symbols`; an error if a stream is too short for one window.
    pub fn new(symbols: Vec<u32>, batch: usize, steps: usize) -> Result<Self> {
        let streams = Self { symbols, batch, steps };
        if streams.windows() == 0 {
            let needed = batch.saturating_mul(steps.saturating_add(1));
            return Err(Error::Usage(format!(
                "the text has {} characters, but --batch {batch} --steps {steps} needs at least \
                 {needed}; give more tunes or a smaller --batch or --steps",
                streams.symbols.len()
            )));
        }
        Ok(streams)
    }

    /// For text held out: as [`Streams::new`], but in fewer streams or shorter windows where there
    /// is not enough text for as many as training has.
    pub fn fitting(symbols: Vec<u32>, batch: usize, steps: usize) -> Result<Self> {
        let batch = batch.min(symbols.len() / (steps + 1)).max(1);
        let steps = steps.min(symbols.len().saturating_sub(1)).max(1);
        Self::new(symbols, batch, steps)
    }

    fn stream_len(&self) -> usize {
        self.symbols.len() / self.batch
    }

    /// Number of windows: batches an epoch.
    pub fn windows(&self) -> usize {
        self.stream_len().saturating_sub(self.steps).div_ceil(self.steps)
    }

    /// Characters that all windows together visit.
    pub fn characters(&self) -> usize {
        self.windows() * self.batch * self.steps
    }

    /// Size of a window: (T, B).
    pub fn window(&self) -> (usize, usize) {
        (self.steps, self.batch)
    }

    /// Arrays for [`Streams::fill`]: x and y, both (T, B).
    pub fn window_arrays(&self) -> (Array2<u32>, Array2<u32>) {
        let zeros = || Array2::zeros((self.steps, self.batch));
        (zeros(), zeros())
    }

    /// Writes window `window` into x and its labels into y, both (T, B).
    pub fn fill(&self, window: usize, x: &mut Array2<u32>, y: &mut Array2<u32>) {
        let start = window * self.steps;
        for row in 0..self.batch {
            let stream = &self.symbols[row * self.stream_len()..][..self.stream_len()];
            for t in 0..self.steps {
                x[[t, row]] = stream[start + t];
                y[[t, row]] = stream[start + t + 1];
            }
        }
    }
}
