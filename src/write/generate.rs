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
//!
//! Where something is wished, what follows the unheard tune is a draft. One that can keep the wishes
//! no more is dropped and another begins from the state behind the unheard tune, with a generator
//! keyed by (seed, tune, draft); the first that ends and keeps them is the tune. Rhythm, metre and key
//! are drawn once for all drafts of a tune, so that dropping some does not shift the mixture.
//! [`wishes`](crate::music::wishes) says why this and nothing cleverer.

use crate::engine::inference::Inference;
use crate::engine::layers::embedding::Input;
use crate::engine::layers::tape::State;
use crate::engine::model::{Model, States};
use crate::learn::text::Vocabulary;
use crate::music::abc::end_with_blank_line;
use crate::write::drafts::{Drafts, Ledger, Next};
use crate::write::writing::{Turn, Writing};
use ndarray::{Array2, Array3, ArrayView1, Axis};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{iter, thread};

pub use crate::write::options::{AskError, End, Growth, Options};

/// Most tunes a thread writes side by side; a larger batch gains little and remembers more.
const ROWS: usize = 32;

/// Writes `count` tunes. `hear` gets what a tune has grown by as soon as it has, tunes interleaved;
/// Break stops everything. Where something is wished it gets each tune as a whole, and word of each
/// draft that was dropped.
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
) -> Drafts {
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
    let desk = Desk { hear: Some(hear), ledger: Ledger::new(count, ROWS, options.is_sure()) };
    let desk = Mutex::new(desk);
    thread::scope(|scope| {
        for _ in 0..threads {
            let rows = iter::from_fn(next).take(ROWS.min(count.div_ceil(threads))).collect();
            let desk = &desk;
            scope.spawn(move || {
                on_this_thread(|| write_side_by_side(model, vocabulary, options, rows, next, desk));
            });
        }
    });
    desk.into_inner().unwrap_or_else(PoisonError::into_inner).ledger.drafts
}

/// Runs `work` with rayon's parallel iterators confined to the calling thread.
fn on_this_thread(work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    pool.expect("a thread of its own belongs to no pool").install(work);
}

/// Where all threads bring what they wrote.
struct Desk<F> {
    /// Empty when nobody hears any more.
    hear: Option<F>,
    ledger: Ledger,
}

/// Writes `rows`, and where one ends the tune that `next` gives, until nobody hears any more.
fn write_side_by_side(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    options: &Options,
    mut rows: Vec<Writing>,
    next: &dyn Fn() -> Option<Writing>,
    desk: &Mutex<Desk<impl FnMut(Growth) -> ControlFlow<()>>>,
) {
    let mut states = model.zero_states(rows.len());
    let mut turns = Vec::with_capacity(rows.len());
    while !rows.is_empty() {
        let mut inference = Inference::new(model, 1, rows.len());
        let mut x = Array2::zeros((1, rows.len()));
        let mut places = Array3::zeros((1, rows.len(), options.manner.listener.len()));
        // the same rows until one has nothing left to write
        while rows.iter().all(|row| row.end.is_none()) {
            x.iter_mut().zip(&rows).for_each(|(x, row)| *x = row.last());
            for (mut now, row) in places.index_axis_mut(Axis(0), 0).outer_iter_mut().zip(&rows) {
                row.say(now.as_slice_mut().expect("the numbers of a symbol"));
            }
            let input = Input { symbols: x.view(), places: places.view() };
            let logits = inference.forward(input, &mut states);
            let logits = logits.index_axis(Axis(0), 0);
            turns.clear();
            let advance = |(row, logits): (&mut Writing, ArrayView1<f32>)| {
                if row.waits { Turn::Waits } else { row.advance(logits, options, vocabulary) }
            };
            turns.extend(rows.iter_mut().zip(logits.rows()).map(advance));
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            for (at, (row, turn)) in rows.iter_mut().zip(&turns).enumerate() {
                desk.take(*turn, at, row, options, &mut states);
                if desk.tell(row).is_break() {
                    return;
                }
            }
            drop(desk);
            for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.end.is_some()) {
                if let Some(next) = next() {
                    *row = next;
                    zero_row(&mut states, at);
                }
            }
        }
        let going_on: Vec<usize> = (0..rows.len()).filter(|&at| rows[at].end.is_none()).collect();
        states = select(&states, &going_on);
        rows.retain(|row| row.end.is_none());
    }
}

impl<F: FnMut(Growth) -> ControlFlow<()>> Desk<F> {
    /// Does what the turn of a row asks for; `states` are those behind all but its last symbol.
    fn take(
        &mut self,
        turn: Turn,
        at: usize,
        row: &mut Writing,
        options: &Options,
        states: &mut States<f32>,
    ) {
        match turn {
            Turn::GoesOn => {}
            Turn::Begins => row.keep_beginning(select(states, &[at])),
            Turn::Word => row.keep_word(select(states, &[at])),
            Turn::OtherWord => {
                self.ledger.drafts.words += 1;
                put_row(states, at, row.back_to_word());
            }
            Turn::Waits if self.ledger.has_hope() => {
                put_row(states, at, row.begin_draft(options.seed));
            }
            Turn::Waits => {}
            Turn::Kept => self.ledger.kept(row.number),
            Turn::Dropped(broken) => match self.ledger.dropped(row.number, row.draft, broken) {
                Next::Draft => put_row(states, at, row.begin_draft(options.seed)),
                Next::Wait => row.waits = true,
                Next::GiveUp => row.end = Some(End::GivenUp),
                Next::Stop => self.hear = None,
            },
        }
    }

    /// Lets what is new of a row be heard.
    fn tell(&mut self, row: &mut Writing) -> ControlFlow<()> {
        let Some(listener) = self.hear.as_mut() else { return ControlFlow::Break(()) };
        if let Some(growth) = row.growth()
            && listener(growth).is_break()
        {
            self.hear = None;
        }
        row.is_told();
        ControlFlow::Continue(())
    }
}

fn zero_row(states: &mut States<f32>, row: usize) {
    for state in states {
        state.h.row_mut(row).fill(0.0);
        state.c.row_mut(row).fill(0.0);
    }
}

/// Puts the only row of `kept` into a row of `states`.
fn put_row(states: &mut States<f32>, row: usize, kept: &States<f32>) {
    for (state, kept) in states.iter_mut().zip(kept) {
        state.h.row_mut(row).assign(&kept.h.row(0));
        state.c.row_mut(row).assign(&kept.c.row(0));
    }
}

fn select(states: &States<f32>, rows: &[usize]) -> States<f32> {
    let pick = |x: &Array2<f32>| x.select(Axis(0), rows);
    states.iter().map(|state| State { h: pick(&state.h), c: pick(&state.c) }).collect()
}

/// Writes `count` tunes and returns them in their order, each ending with a blank line; one that was
/// given up is empty.
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
    write_tunes(model, vocabulary, options, count, |Growth { number, text, end, .. }| {
        tunes[number].push_str(text);
        if matches!(end, Some(End::Whole | End::Cut)) {
            end_with_blank_line(&mut tunes[number]); // one that was cut has none
        }
        ControlFlow::Continue(())
    });
    tunes
}
