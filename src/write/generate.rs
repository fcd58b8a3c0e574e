//! Writing tunes: draw a character, feed it back, until the tune is over.
//!
//! Tunes are written side by side as rows of one batch. Each has a random generator of its own,
//! keyed by (seed, number of the tune), and rows never meet in the model, so tune k of a seed is
//! the same whatever is written beside it and on however many threads (law 7).
//!
//! In training the state is never zero, so a model that begins with a zero state stammers. Each
//! row therefore first writes a tune that nobody hears, and the tune that counts follows it. From a
//! zero state even the likelihoods are off, and some models would never find out of what they drew
//! by them: the unheard tune has a header that is given, and is drawn at half the temperature.

use crate::engine::layers::embedding::Input;
use crate::engine::layers::tape::State;
use crate::engine::model::{Model, States};
use crate::learn::listener::Listener;
use crate::learn::manner::Manner;
use crate::learn::text::Vocabulary;
use crate::music::abc::end_with_blank_line;
use crate::write::in_key::InKey;
use crate::write::prompt::{Beginning, Prompt};
use ndarray::{Array2, Array3, ArrayView1, Axis};
use ndarray_rand::rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{iter, thread};

/// How characters are drawn and how the tunes begin.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Divides the logits: below 1 bolder towards the likely, above 1 towards the unlikely;
    /// 0 always takes the most likely symbol.
    pub temperature: f64,
    /// Draw only from this many most likely symbols.
    pub top_k: Option<usize>,
    /// Draw only from the most likely symbols that together reach this probability.
    pub top_p: Option<f64>,
    /// Seed of the tunes.
    pub seed: u64,
    /// A tune is cut after so many characters.
    pub max_length: usize,
    /// How every tune begins.
    pub prompt: Prompt,
    /// What must be known of the model to ask it.
    pub manner: Manner,
}

impl Options {
    /// Tunes of seed 1 at temperature 0.8, cut after 2,000 characters.
    pub fn new(prompt: Prompt) -> Self {
        Self {
            temperature: 0.8,
            top_k: None,
            top_p: None,
            seed: 1,
            max_length: 2000,
            prompt,
            manner: Manner::plain(),
        }
    }

    /// Sets what must be known of the model to ask it.
    pub fn manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// Sets the temperature, from 0.
    pub fn temperature(self, temperature: f64) -> Self {
        Self { temperature, ..self }
    }

    /// Sets from how many of the most likely symbols to draw.
    pub fn top_k(self, top_k: Option<usize>) -> Self {
        Self { top_k, ..self }
    }

    /// Sets the probability that the symbols to draw from reach together.
    pub fn top_p(self, top_p: Option<f64>) -> Self {
        Self { top_p, ..self }
    }

    /// Sets the seed.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Refuses what no tune can be drawn by from a model of `vocab` symbols.
    fn assert_fits(&self, vocab: usize) {
        let Self { temperature, top_k, top_p, prompt, .. } = self;
        let warm = temperature.is_finite() && *temperature >= 0.0;
        assert!(warm, "a temperature is a number from 0, not {temperature}");
        assert!(*top_k != Some(0), "none of the likeliest symbols to draw from");
        let shares = top_p.is_none_or(|p| p > 0.0 && p <= 1.0);
        assert!(shares, "a probability above 0 and up to 1, not {top_p:?}");
        assert!(!prompt.prime.is_empty(), "a tune begins with something");
        let forced = prompt.forced.iter().map(|(_, line)| line);
        let texts = [&prompt.prime, &prompt.overture, &prompt.lead].into_iter().chain(forced);
        let known = texts.flatten().all(|&symbol| (symbol as usize) < vocab);
        assert!(known, "a prompt of symbols beyond a vocabulary of {vocab}");
    }

    /// Sets after how many characters a tune is cut.
    pub fn max_length(self, max_length: usize) -> Self {
        Self { max_length, ..self }
    }
}

/// What a tune has grown by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Growth<'a> {
    /// The tune, counted from 0.
    pub number: usize,
    /// The characters that are new.
    pub text: &'a str,
    /// Whether the tune is over.
    pub ended: bool,
    /// Whether it is over because it was too long.
    pub cut: bool,
}

/// Most tunes a thread writes side by side; a larger batch gains little and remembers more.
const ROWS: usize = 32;
/// Characters after which the tune that nobody hears is cut; most tunes are shorter.
const UNHEARD: usize = 400;

/// One tune being written.
struct Writing {
    number: usize,
    rng: ChaCha8Rng,
    /// Symbols that must come next, before anything is drawn.
    pending: VecDeque<u32>,
    /// Still in the tune that nobody hears.
    unheard: bool,
    text: InKey,
    /// Bytes of `text` that have been told.
    told: usize,
    length: usize,
    lines: Lines,
    listener: Listener,
    forced: Vec<(char, Vec<u32>)>,
    /// The symbol to feed to the model next.
    last: u32,
    ended: bool,
    cut: bool,
}

/// What of a tune's form has been seen, to know where it ends.
#[derive(Default)]
struct Lines {
    line: String,
    notes_seen: bool,
}

impl Lines {
    /// Takes the next character; true if it ends the tune: a blank line after notes.
    fn ends_with(&mut self, c: char) -> bool {
        if c != '\n' {
            self.line.push(c);
            return false;
        }
        let line = std::mem::take(&mut self.line);
        let blank = line.trim().is_empty();
        self.notes_seen |= !blank && field(&line).is_none();
        blank && self.notes_seen
    }
}

/// The letter of a header line, if the line is one ("K:D" is of field K).
fn field(line: &str) -> Option<char> {
    let mut chars = line.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    (chars.next() == Some(':')).then_some(letter)
}

impl Writing {
    fn begin(number: usize, options: &Options, vocabulary: &Vocabulary) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        rng.set_stream(number as u64);
        let Beginning { overture, forced, meant } =
            options.prompt.beginning(vocabulary, &options.manner, || rng.random());
        let mut row = Self {
            number,
            rng,
            pending: overture.into(),
            unheard: true,
            text: InKey::new(options.manner.tonic, meant),
            told: 0,
            length: 0,
            lines: Lines::default(),
            listener: options.manner.listener.clone(),
            forced,
            last: 0,
            ended: false,
            cut: false,
        };
        let first = row.pending.pop_front().unwrap_or(options.prompt.prime[0]);
        row.accept(first, options, vocabulary);
        row
    }

    /// Goes on by one symbol: the one that must come, or one drawn from `logits` (V).
    fn advance(&mut self, logits: ArrayView1<f32>, options: &Options, vocabulary: &Vocabulary) {
        let symbol = match self.pending.pop_front() {
            Some(symbol) => symbol,
            None => {
                let cooling = if self.unheard { 0.5 } else { 1.0 };
                draw(logits, cooling * options.temperature, options, &mut self.rng)
            }
        };
        self.accept(symbol, options, vocabulary);
    }

    fn accept(&mut self, symbol: u32, options: &Options, vocabulary: &Vocabulary) {
        let prompt = &options.prompt;
        let c = vocabulary.char_of(symbol);
        let in_key = self.lines.line.starts_with("K:");
        let complete = self.lines.ends_with(c);
        self.last = symbol;
        self.listener.hear(symbol);
        self.length += 1;
        if self.unheard {
            if complete || self.length >= UNHEARD + prompt.lead.len() {
                (self.unheard, self.length, self.lines) = (false, 0, Lines::default());
                self.pending = prompt.prime.iter().copied().collect();
            } else if self.length == UNHEARD {
                self.pending = prompt.lead.iter().copied().collect();
            }
            return;
        }
        self.cut = !complete && self.length >= options.max_length;
        self.ended = complete || self.cut;
        self.text.push(c, in_key);
        if self.ended {
            self.text.end();
        }
        if c == ':' && self.pending.is_empty() && self.lines.line.chars().count() == 2 {
            let letter = field(&self.lines.line);
            if let Some((_, line)) = self.forced.iter().find(|(field, _)| Some(*field) == letter) {
                self.pending.extend(line);
            }
        }
    }
}

/// Writes `count` tunes. `hear` gets what a tune has grown by as soon as it has, tunes interleaved;
/// Break stops everything.
///
/// As rows never meet, each thread writes tunes of its own and does not wait for the others but to
/// be heard.
///
/// # Panics
/// If the prime is empty, the vocabulary or the prompt are not the model's, or a temperature or a
/// restriction is one that nothing can be drawn by.
pub fn write_tunes(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    options: &Options,
    count: usize,
    hear: impl FnMut(Growth) -> ControlFlow<()> + Send,
) {
    let vocab = model.weights().embedding.nrows();
    assert_eq!(vocabulary.len(), vocab, "symbols of the vocabulary and of the model");
    options.assert_fits(vocab);
    let threads = rayon::current_num_threads().min(count);
    let begun = AtomicUsize::new(0);
    let next = || {
        let number = begun.fetch_add(1, Ordering::Relaxed);
        (number < count).then(|| Writing::begin(number, options, vocabulary))
    };
    let next: &(dyn Fn() -> Option<Writing> + Sync) = &next;
    let hear = &Mutex::new(Some(hear));
    thread::scope(|scope| {
        for _ in 0..threads {
            let rows = iter::from_fn(next).take(ROWS.min(count.div_ceil(threads))).collect();
            scope.spawn(move || {
                on_this_thread(|| write_side_by_side(model, vocabulary, options, rows, next, hear));
            });
        }
    });
}

/// Runs `work` with rayon's parallel iterators confined to the calling thread.
fn on_this_thread(work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    pool.expect("a thread of its own belongs to no pool").install(work);
}

/// Writes `rows`, and where one ends the tune that `next` gives. Nobody hears any more when `hear`
/// is empty.
fn write_side_by_side(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    options: &Options,
    mut rows: Vec<Writing>,
    next: &dyn Fn() -> Option<Writing>,
    hear: &Mutex<Option<impl FnMut(Growth) -> ControlFlow<()>>>,
) {
    let mut states = model.zero_states(rows.len());
    while !rows.is_empty() {
        let mut inference = model.inference(1, rows.len());
        let mut x = Array2::zeros((1, rows.len()));
        let mut places = Array3::zeros((1, rows.len(), options.manner.listener.len()));
        // the same rows until one has nothing left to write
        while rows.iter().all(|row| !row.ended) {
            x.iter_mut().zip(&rows).for_each(|(x, row)| *x = row.last);
            for (mut now, row) in places.index_axis_mut(Axis(0), 0).outer_iter_mut().zip(&rows) {
                row.listener.say(now.as_slice_mut().expect("the numbers of a symbol"));
            }
            let input = Input { symbols: x.view(), places: places.view() };
            let logits = inference.forward(input, &mut states);
            let logits = logits.index_axis(Axis(0), 0);
            for (row, logits) in rows.iter_mut().zip(logits.rows()) {
                row.advance(logits, options, vocabulary);
            }
            if tell(&mut rows, hear).is_break() {
                return;
            }
            for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.ended) {
                if let Some(next) = next() {
                    *row = next;
                    zero_row(&mut states, at);
                }
            }
        }
        let going_on: Vec<usize> = (0..rows.len()).filter(|&at| !rows[at].ended).collect();
        states = select(&states, &going_on);
        rows.retain(|row| !row.ended);
    }
}

/// Lets what is new be heard.
fn tell(
    rows: &mut [Writing],
    hear: &Mutex<Option<impl FnMut(Growth) -> ControlFlow<()>>>,
) -> ControlFlow<()> {
    let mut hear = hear.lock().unwrap_or_else(PoisonError::into_inner);
    for row in rows {
        let Some(listener) = hear.as_mut() else { return ControlFlow::Break(()) };
        let Writing { number, ended, cut, .. } = *row;
        let growth = Growth { number, text: &row.text.text()[row.told..], ended, cut };
        // of a tune that is moved nothing may be sure yet
        if (growth.ended || !growth.text.is_empty()) && listener(growth).is_break() {
            *hear = None;
        }
        row.told = row.text.text().len();
    }
    ControlFlow::Continue(())
}

fn zero_row(states: &mut States<f32>, row: usize) {
    for state in states {
        state.h.row_mut(row).fill(0.0);
        state.c.row_mut(row).fill(0.0);
    }
}

fn select(states: &States<f32>, rows: &[usize]) -> States<f32> {
    let pick = |x: &Array2<f32>| x.select(Axis(0), rows);
    states.iter().map(|state| State { h: pick(&state.h), c: pick(&state.c) }).collect()
}

/// Draws a symbol from softmax(logits / temperature), the rest as `options` say. In f64 with a
/// portable exponential: the same logits and generator give the same symbol everywhere.
fn draw(logits: ArrayView1<f32>, temperature: f64, options: &Options, rng: &mut ChaCha8Rng) -> u32 {
    let mut order: Vec<(usize, f64)> = logits.iter().map(|&l| f64::from(l)).enumerate().collect();
    // the first of equals
    let (best, highest) = order
        .iter()
        .copied()
        .rev()
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .expect("a vocabulary has symbols");
    if temperature == 0.0 {
        return best as u32;
    }
    let restricted = options.top_k.is_some() || options.top_p.is_some();
    if restricted {
        // most likely first, equals in the order of their symbols
        order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        order.truncate(options.top_k.unwrap_or(usize::MAX));
    }
    for (_, weight) in &mut order {
        *weight = libm::exp((*weight - highest) / temperature);
    }
    if let Some(top_p) = options.top_p {
        let enough = top_p * total(&order);
        let mut reached = 0.0;
        let needed = order.iter().position(|(_, weight)| {
            reached += weight;
            reached >= enough
        });
        order.truncate(needed.map_or(order.len(), |last| last + 1));
    }
    if restricted {
        // those that are left in the order of their symbols, as without a restriction
        order.sort_by_key(|&(symbol, _)| symbol);
    }
    let mut left = rng.random::<f64>() * total(&order);
    for &(symbol, weight) in &order {
        left -= weight;
        if left < 0.0 {
            return symbol as u32;
        }
    }
    best as u32
}

fn total(weights: &[(usize, f64)]) -> f64 {
    weights.iter().fold(0.0, |sum, (_, weight)| sum + weight)
}

/// Writes `count` tunes and returns them in their order, each ending with a blank line.
///
/// # Panics
/// As [`write_tunes`].
pub fn write_all(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    options: &Options,
    count: usize,
) -> Vec<String> {
    let mut tunes = vec![String::new(); count];
    write_tunes(model, vocabulary, options, count, |Growth { number, text, ended, .. }| {
        tunes[number].push_str(text);
        if ended {
            end_with_blank_line(&mut tunes[number]); // one that was cut has none
        }
        ControlFlow::Continue(())
    });
    tunes
}
