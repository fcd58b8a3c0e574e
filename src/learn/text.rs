//! Text as numbers: one integer per character, and the stateful streams that training walks along.

use crate::engine::layers::embedding::Input;
use crate::error::{Error, Result};
use crate::learn::listener::Listener;
use crate::learn::symbols::Symbols;
use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The characters a model knows, sorted; a character's symbol is its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    symbols: Vec<char>,
    index: BTreeMap<char, u32>,
}

/// A character that a model does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the character {0:?} is none that the model knows")]
pub struct UnknownCharacter(pub char);

/// Why a `char_to_index.json` is none.
#[cfg(feature = "files")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// Not an object of numbers.
    #[error("not a map from characters to numbers ({0}); name a char_to_index.json")]
    NotAMap(#[from] serde_json::Error),
    /// A key that is no single character.
    #[error("{0:?} is not one character")]
    NotACharacter(String),
    /// A number that is too large or another character's.
    #[error("number {0} is out of range or taken twice")]
    NotItsNumber(usize),
    /// The same character with two numbers.
    #[error("a character comes twice")]
    Twice,
}

impl Vocabulary {
    /// The sorted set of characters of `text`.
    pub fn of(text: &str) -> Self {
        Self::of_all(text.chars())
    }

    /// The sorted set of these characters.
    pub fn of_all(chars: impl Iterator<Item = char>) -> Self {
        let (mut ascii, mut others) = ([false; 128], BTreeSet::new());
        // one by one: collecting would first keep every character of the text
        chars.for_each(|c| match ascii.get_mut(c as usize) {
            Some(seen) => *seen = true,
            None => _ = others.insert(c),
        });
        let ascii = ('\0'..='\x7f').filter(|&c| ascii[c as usize]);
        Self::from_unique(ascii.chain(others).collect())
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

    /// All characters as symbols.
    ///
    /// # Errors
    /// The first character that is not in the vocabulary.
    pub fn encode(&self, text: &str) -> std::result::Result<Vec<u32>, UnknownCharacter> {
        self.symbols_of(text).collect()
    }

    /// The same, in as few bytes as it takes.
    ///
    /// # Errors
    /// As [`Vocabulary::encode`].
    pub fn pack(&self, text: &str) -> std::result::Result<Symbols, UnknownCharacter> {
        self.symbols_of(text).collect()
    }

    fn symbols_of(
        &self,
        text: &str,
    ) -> impl Iterator<Item = std::result::Result<u32, UnknownCharacter>> {
        text.chars().map(|c| self.symbol(c).ok_or(UnknownCharacter(c)))
    }

    /// The character of a symbol.
    ///
    /// # Panics
    /// If `symbol` is not below [`Vocabulary::len`].
    pub fn char_of(&self, symbol: u32) -> char {
        self.symbols[symbol as usize]
    }
}

#[cfg(feature = "files")]
impl Vocabulary {
    /// The notebook's `char_to_index.json`: an object from each character to its number.
    ///
    /// # Errors
    /// The text is no such object, or its numbers are not 0 to V - 1, each once.
    pub fn from_json(json: &str) -> std::result::Result<Self, VocabularyError> {
        let map: BTreeMap<String, usize> = serde_json::from_str(json)?;
        let mut symbols = vec![None; map.len()];
        for (key, index) in map {
            let mut chars = key.chars();
            let (Some(c), None) = (chars.next(), chars.next()) else {
                return Err(VocabularyError::NotACharacter(key));
            };
            match symbols.get_mut(index) {
                Some(slot @ None) => *slot = Some(c),
                _ => return Err(VocabularyError::NotItsNumber(index)),
            }
        }
        Self::from_symbols(symbols.into_iter().flatten().collect()).ok_or(VocabularyError::Twice)
    }

    /// The same object, for `char_to_index.json`.
    pub fn to_json(&self) -> String {
        let map: serde_json::Map<String, serde_json::Value> =
            self.index.iter().map(|(c, &i)| (c.to_string(), i.into())).collect();
        serde_json::Value::Object(map).to_string()
    }
}

/// A text cut into `batch` contiguous streams, walked along in windows of `steps` characters
/// with the state carried from window to window. The label of a character is the next one.
///
/// As in the notebook, windows start at 0, steps, 2 steps, ... below (stream length - steps), and
/// what is left over at the end of a stream is not visited.
#[derive(Clone, Debug)]
pub struct Streams {
    symbols: Arc<Symbols>,
    /// Streams that the text is cut into; these are `rows` of them.
    all: usize,
    rows: Range<usize>,
    steps: usize,
    listener: Listener,
}

impl Streams {
    /// Cuts `symbols`.
    ///
    /// # Errors
    /// A stream is too short for one window.
    ///
    /// # Panics
    /// If `batch` or `steps` is 0.
    pub fn new(symbols: impl Into<Symbols>, batch: usize, steps: usize) -> Result<Self> {
        let symbols = Arc::new(symbols.into());
        assert!(batch > 0 && steps > 0, "windows of {steps} steps by {batch} streams");
        let streams =
            Self { symbols, all: batch, rows: 0..batch, steps, listener: Listener::deaf() };
        if streams.windows() == 0 {
            let characters = streams.symbols.len();
            let needed = batch.saturating_mul(steps.saturating_add(1));
            return Err(Error::ShortText { characters, batch, steps, needed });
        }
        Ok(streams)
    }

    /// For text held out: as [`Streams::new`], but in fewer streams or shorter windows where there
    /// is not enough text for as many as training has.
    ///
    /// # Errors
    /// There are fewer than two characters.
    pub fn fitting(symbols: impl Into<Symbols>, batch: usize, steps: usize) -> Result<Self> {
        let symbols = symbols.into();
        let batch = batch.min(symbols.len() / steps.saturating_add(1)).max(1);
        let steps = steps.min(symbols.len().saturating_sub(1)).max(1);
        Self::new(symbols, batch, steps)
    }

    /// The same streams, with what `listener` says beside the symbols.
    pub fn heard_by(self, listener: Listener) -> Self {
        Self { listener, ..self }
    }

    /// Some of the streams; the text is not copied.
    ///
    /// # Panics
    /// If there are no such streams, or `rows` is empty.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let (start, end) = (self.rows.start + rows.start, self.rows.start + rows.end);
        assert!(start < end && end <= self.rows.end, "streams {rows:?} of {:?}", self.rows);
        Self { rows: start..end, ..self.clone() }
    }

    /// The whole text as symbols.
    #[cfg(feature = "files")]
    pub(crate) fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// How many numbers are heard beside a symbol, K.
    #[cfg(feature = "files")]
    pub(crate) fn heard(&self) -> usize {
        self.listener.len()
    }

    /// Refuses symbols that a vocabulary of `vocab` does not have.
    #[cfg(feature = "files")]
    pub(crate) fn assert_known(&self, vocab: usize) {
        let mut all = (0..self.symbols.len()).map(|at| self.symbols.at(at));
        let unknown = all.find(|&symbol| symbol as usize >= vocab);
        assert_eq!(unknown, None, "a symbol beyond a vocabulary of {vocab}");
    }

    fn stream_len(&self) -> usize {
        self.symbols.len() / self.all
    }

    /// Number of windows: batches an epoch.
    pub fn windows(&self) -> usize {
        self.stream_len().saturating_sub(self.steps).div_ceil(self.steps)
    }

    /// Characters that all windows together visit.
    pub fn characters(&self) -> usize {
        self.windows() * self.rows.len() * self.steps
    }

    /// Size of a window: (T, B).
    pub fn window(&self) -> (usize, usize) {
        (self.steps, self.rows.len())
    }

    /// Room for [`Streams::fill`].
    pub fn room(&self) -> Window {
        let (steps, batch) = self.window();
        Window {
            x: Array2::zeros((steps, batch)),
            y: Array2::zeros((steps, batch)),
            places: Array3::zeros((steps, batch, self.listener.len())),
            listeners: vec![self.listener.clone(); batch],
            next: None,
        }
    }

    /// Writes window `window`, its labels and what is heard beside it into `to`, fastest where it is
    /// the one behind the window that `to` holds.
    ///
    /// # Panics
    /// If there is no such window, or `to` was not made for these streams.
    pub fn fill(&self, window: usize, to: &mut Window) {
        assert!(window < self.windows(), "window {window} of {}", self.windows());
        assert_eq!((to.x.dim(), to.y.dim()), (self.window(), self.window()), "x and y are (T, B)");
        let (start, len) = (window * self.steps, self.stream_len());
        for (row, stream) in self.rows.clone().enumerate() {
            for t in 0..self.steps {
                let at = stream * len + start + t;
                to.x[[t, row]] = self.symbols.at(at);
                to.y[[t, row]] = self.symbols.at(at + 1);
            }
        }
        if self.listener.is_empty() {
            return;
        }
        let goes_on = to.next == Some(window);
        let rows = to.places.axis_iter_mut(Axis(1)).into_par_iter().zip(&mut to.listeners);
        rows.enumerate().for_each(|(row, (mut places, listener))| {
            let begin = (self.rows.start + row) * len + start;
            if !goes_on {
                listener.catch_up(&self.symbols, begin);
            }
            for (mut now, at) in places.outer_iter_mut().zip(begin..) {
                listener.hear(self.symbols.at(at));
                listener.say(now.as_slice_mut().expect("the numbers of a symbol are contiguous"));
            }
        });
        to.next = Some(window + 1);
    }
}

/// A window of streams, all but `places` (T, B).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Window {
    /// The symbols read.
    pub x: Array2<u32>,
    /// Those that come next.
    pub y: Array2<u32>,
    /// (T, B, K): what is heard beside x.
    pub places: Array3<u32>,
    /// Each has heard its stream up to window `next`.
    listeners: Vec<Listener>,
    next: Option<usize>,
}

impl Window {
    /// What the model reads.
    pub fn input(&self) -> Input<'_> {
        Input { symbols: self.x.view(), places: self.places.view() }
    }
}
