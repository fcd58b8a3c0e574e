//! How surprising tunes are to a model that is to hear them as it learned them.
//!
//! In training a tune follows another, so each is read behind one that nobody hears, as where the model
//! writes: of its rhythm, metre and key, and written by the model. From a zero state, which no training
//! has known, the first lines of every tune surprise, and a short tune more than a long one.
//!
//! A model that knows its book learned tunes in the canonical form of `corpus`, perhaps all on one
//! tonic. Another tune is brought there, or read as it is written where it does not fit.

use super::options::Options;
use super::prompt::Prompt;
use super::writing::Writing;
use crate::engine::inference::Inference;
use crate::engine::layers::embedding::Input;
use crate::engine::model::Model;
use crate::learn::evaluate::{Passage, evaluate_each};
use crate::learn::manner::Manner;
use crate::learn::material::with_own_keys;
use crate::learn::text::{UnknownCharacter, Vocabulary};
use crate::music::abc::{self, Key, Tune, Written};
use crate::music::corpus::{Wish, canonical, in_tonic, rhythm_name};
use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;

/// What a model makes of a tune.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Surprise {
    /// Sum of the losses of all characters, in nats.
    pub loss: f64,
    /// How many of them were the most likely symbol.
    pub hits: usize,
    /// How many characters were foretold.
    pub characters: usize,
    /// Sum of the losses of what follows the line of the key, in nats.
    pub music: f64,
    /// Notes that are written there.
    pub notes: usize,
    /// It was read as it is written, for it does not fit the form that the model learned.
    pub as_written: bool,
}

impl Surprise {
    /// Nats a note; infinite where there is none.
    pub fn a_note(&self) -> f64 {
        self.music / self.notes as f64
    }
}

/// What a model makes of tunes, in their order; of one with a character that it does not know, which.
///
/// # Panics
/// If the vocabulary or the manner is not the model's.
pub fn surprises(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    manner: &Manner,
    tunes: &[Written],
) -> Vec<Result<Surprise, UnknownCharacter>> {
    let heard = tunes.par_iter().map(|tune| Heard::new(tune, vocabulary, manner));
    let heard: Vec<Heard> = heard.collect();
    let mut kinds: Vec<&Wish> = Vec::new();
    for heard in &heard {
        if !kinds.contains(&&heard.kind) {
            kinds.push(&heard.kind);
        }
    }
    let lead = |kind: &&Wish| unheard(model, vocabulary, manner, kind);
    let leads: Vec<Vec<u32>> = kinds.par_iter().map(lead).collect();
    let mut passages = Vec::new();
    let mut passage = |heard: &Heard| {
        let text = vocabulary.encode(&heard.text)?;
        let kind = kinds.iter().position(|kind| **kind == heard.kind);
        let lead = kind.map(|at| leads[at].clone()).unwrap_or_default();
        let length = text.len();
        passages.push(Passage { lead, text });
        Ok(length)
    };
    let lengths: Vec<Result<usize, UnknownCharacter>> = heard.iter().map(&mut passage).collect();
    let mut foretold = evaluate_each(model, &manner.listener, &passages).into_iter();
    let surprise = |(length, heard): (Result<usize, UnknownCharacter>, &Heard)| {
        let (length, of) = (length?, foretold.next().unwrap_or_default());
        let loss = |of: &[_]| of.iter().fold(0.0, |sum, &loss| sum + f64::from(loss));
        let losses: Vec<f32> = of.iter().map(|foretold| foretold.loss).collect();
        // where nothing leads to a text its first character is not foretold
        let music = heard.header.saturating_sub(length - losses.len());
        Ok(Surprise {
            loss: loss(&losses),
            hits: of.iter().filter(|foretold| foretold.hit).count(),
            characters: losses.len(),
            music: loss(&losses[music..]),
            notes: heard.notes,
            as_written: heard.as_written,
        })
    };
    lengths.into_iter().zip(&heard).map(surprise).collect()
}

/// A tune as a model hears it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Heard {
    /// What it reads, in the form that it learned if the tune fits that.
    pub text: String,
    /// The same, line by line, with the keys that its notes are in.
    pub sounding: String,
    /// What the tune before it is to be.
    pub kind: Wish,
    /// Characters up to the end of the line of the key; where nothing follows it, or there is none,
    /// all is music.
    pub header: usize,
    /// Notes that are struck.
    pub notes: usize,
    /// It does not fit the form that the model learned.
    pub as_written: bool,
}

impl Heard {
    /// Brings a tune to a model of this vocabulary and manner.
    pub fn new(written: &Written, vocabulary: &Vocabulary, manner: &Manner) -> Self {
        let mut tune = written.read();
        let form = manner.book.as_ref().map(|_| canonical(&tune, known_rhythm(&tune)));
        let (mut text, as_written) = match form {
            Some(Ok(form)) => (with_known_title(&form.text, vocabulary), false),
            Some(Err(_)) => (written.text().to_owned(), true),
            None => (written.text().to_owned(), false),
        };
        if manner.book.is_some() && !as_written {
            tune = abc::read(&text);
        }
        let key = Some(tune.key.clone()).filter(|key: &Key| key.name().is_some());
        let rhythm = known_rhythm(&tune).or(tune.header('R')).map(str::to_owned);
        let kind = Wish { rhythm, meter: tune.meter, mode: None, key };
        let moved = manner.tonic.map(|tonic| in_tonic(&text, tonic).text);
        let mut sounding = moved.unwrap_or_else(|| text.clone());
        text = with_own_keys(&text, &sounding);
        [&mut text, &mut sounding].into_iter().for_each(abc::end_with_blank_line);
        let lines = text.split_inclusive('\n');
        let mut header = 0;
        for line in lines {
            header += line.chars().count();
            if line.starts_with("K:") {
                break;
            }
        }
        if header == text.chars().count() {
            header = 0;
        }
        Self { text, sounding, kind, header, notes: tune.notes(), as_written }
    }
}

/// A tune without the characters of its title that a model does not know: they are no music.
fn with_known_title(text: &str, vocabulary: &Vocabulary) -> String {
    let knows = |c: char| vocabulary.symbol(c).is_some();
    let lines = text.split_inclusive('\n');
    let known = lines.map(|line| match line.starts_with("T:") {
        true => line.chars().filter(|c| knows(*c)).collect(),
        false => line.to_owned(),
    });
    known.collect()
}

fn known_rhythm(tune: &Tune) -> Option<&'static str> {
    rhythm_name(tune.header('R')?, tune.meter)
}

/// The tune that nobody hears before one of this kind, with the blank line behind it, in symbols.
///
/// # Panics
/// If the vocabulary or the manner is not the model's.
pub fn unheard(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    manner: &Manner,
    kind: &Wish,
) -> Vec<u32> {
    let prompt = Prompt::new(vocabulary).wish(kind.clone());
    let options = Options::new(prompt).manner(manner.clone());
    let mut row = Writing::begin(0, &options, vocabulary);
    let (mut states, mut inference) = (model.zero_states(1), Inference::new(model, 1, 1));
    let mut places = Array3::zeros((1, 1, manner.listener.len()));
    let mut heard = vec![row.last()];
    while row.is_unheard() {
        let mut now = places.index_axis_mut(Axis(0), 0);
        row.say(now.as_slice_mut().expect("the numbers of a symbol"));
        let symbols = Array2::from_elem((1, 1), row.last());
        let input = Input { symbols: symbols.view(), places: places.view() };
        let logits = inference.forward(input, &mut states);
        row.advance(logits.index_axis(Axis(0), 0).row(0), &options, vocabulary);
        heard.push(row.last());
    }
    heard
}
