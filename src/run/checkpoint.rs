//! A run frozen in one file: everything that going on needs.
//!
//! ```text
//! offset  bytes
//!      0      8   magic "HORNPIPE"
//!      8      4   format version, little-endian as all that follows
//!     12      8   length M of the structured part
//!     20      8   length D of the tensors
//!     28      M   structured part: [`Meta`] as JSON, every field by its name
//!   28+M      D   tensors as f32: weights, m, v, and the average if there is one (each in the
//!                 order of the exchange format), then h and c (B, H) of each layer
//! 28+M+D     32   SHA-256 of all before
//! ```
//! That is format 3. Format 2 has a structured part without names (`format2.rs`) and no average;
//! runs that were begun in it are written on in it. Whatever a run has in addition later is a field
//! with a default, and so no other format.
//!
//! Reading checks lengths and checksum before it decodes anything, and then every size against the
//! config.

use crate::engine::adam::Adam;
use crate::engine::layers::tape::State;
use crate::engine::model::States;
use crate::engine::weights::Weights;
use crate::error::{Error, Result};
use crate::files::{self, stream_atomically};
use crate::hash::{Hashing, write_numbers};
use crate::learn::config::Config;
use crate::learn::guard::MOST_CUTS;
use crate::learn::guard::not_finite;
use crate::learn::limits::MOST_LAYERS;
use crate::learn::progress::Progress;
use crate::learn::text::Vocabulary;
use crate::learn::train::Trainer;
use crate::run::format2;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

pub use crate::run::meta::{About, Format, Meta};

const MAGIC: &[u8; 8] = b"HORNPIPE";
/// The newest format; the one before it is read and written on, too.
const VERSION: u32 = 3;
const HEADER: usize = 28;
const CHECKSUM: usize = 32;

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The structured part.
    pub meta: Meta,
    /// The weights that training goes on with.
    pub weights: Weights<f32>,
    /// Their average over the updates, if the run has one.
    pub average: Option<Weights<f32>>,
    /// Adam's running mean of the gradients.
    pub m: Weights<f32>,
    /// Adam's running mean of their squares.
    pub v: Weights<f32>,
    /// Recurrent states of the training streams.
    pub states: States<f32>,
}

impl Checkpoint {
    /// Brings `trainer`, made for the same config, to where this run stood.
    ///
    /// # Panics
    /// If `trainer` has another shape.
    pub fn restore(self, trainer: &mut Trainer) {
        let Checkpoint { meta, weights, average, m, v, states } = self;
        let shape = trainer.model.weights().shape();
        assert_eq!(shape, meta.config.shape, "shapes of the run and of the checkpoint");
        trainer.model.update(|old| *old = weights);
        trainer.average = average;
        trainer.adam = Adam { m, v, clock: meta.clock };
        trainer.states = states;
        trainer.progress = meta.progress;
        trainer.history = meta.history;
    }

    /// The weights of the model that the run has learned so far, for all but going on with it: the
    /// average where there is one.
    pub fn into_model(self) -> (Weights<f32>, Meta) {
        (self.average.unwrap_or(self.weights), self.meta)
    }
}

/// Writes the state of `trainer` to `path`, whole or not at all.
///
/// # Errors
/// The system refuses to write there.
pub fn save(trainer: &Trainer, about: &About, path: &Path) -> Result<()> {
    // straight into the file: a second copy of all this would be the peak of the run's memory
    stream_atomically(path, |file| encode(trainer, about, file))
}

/// The bytes that [`save`] writes.
pub(crate) fn encoded(trainer: &Trainer, about: &About) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(trainer, about, &mut bytes).expect("memory refuses no write");
    bytes
}

fn encode(trainer: &Trainer, about: &About, to: &mut impl Write) -> std::io::Result<()> {
    let meta = Meta::new(trainer, about);
    let (version, meta) = match about.format {
        Format::Two => (2, format2::encode(&meta)),
        Format::Three => (VERSION, meta.to_json()),
    };
    let Adam { m, v, .. } = &trainer.adam;
    let weights = [trainer.model.weights(), m, v].into_iter().chain(&trainer.average);
    let states = trainer.states.iter().flat_map(|state| [&state.h, &state.c]);
    let states = states.map(|x| x.as_slice().expect("states are row-major"));
    let tensors: Vec<&[f32]> = weights.flat_map(Weights::tensors).chain(states).collect();
    let tensor_len = 4 * tensors.iter().map(|tensor| tensor.len()).sum::<usize>();
    let mut content = Hashing::new(to);
    content.write_all(MAGIC)?;
    content.write_all(&version.to_le_bytes())?;
    content.write_all(&(meta.len() as u64).to_le_bytes())?;
    content.write_all(&(tensor_len as u64).to_le_bytes())?;
    content.write_all(&meta)?;
    tensors.iter().try_for_each(|tensor| write_numbers(&mut content, tensor))?;
    let (to, checksum) = content.finish();
    to.write_all(&checksum)
}

/// True if the bytes begin like a checkpoint.
pub fn is_checkpoint(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Why bytes are no checkpoint, or none that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They do not begin like one.
    #[error("this is not a hornpipe checkpoint")]
    NoCheckpoint,
    /// Cut short, or the checksum is wrong.
    #[error("it is cut short or damaged; use another checkpoint of the run")]
    Damaged,
    /// Another version of the format.
    #[error("it has format version {found} or is damaged; this hornpipe reads versions 2 and \
             {VERSION}: use {} or another checkpoint", whose(*found))]
    Version {
        /// The version that it says it has.
        found: u32,
    },
    /// What the checksum vouches for cannot be decoded.
    #[error("its structured part cannot be decoded ({0}); use another checkpoint")]
    Undecodable(String),
    /// Its parts do not fit each other, or no run could stand there.
    #[error(
        "it contradicts its own config, although its checksum is right; use another checkpoint"
    )]
    Inconsistent,
    /// Weights that are NaN or infinite.
    #[error(
        "its weights are no longer finite numbers, so the training went wrong before it; use an \
             earlier checkpoint"
    )]
    NotFinite,
}

fn whose(version: u32) -> &'static str {
    if version > VERSION { "a newer hornpipe" } else { "the hornpipe of its time" }
}

/// Reads and checks a checkpoint.
///
/// # Errors
/// The file cannot be read or is no checkpoint that can be used.
pub fn load(path: &Path) -> Result<Checkpoint> {
    let bytes = files::read(path)?;
    decode(&bytes).map_err(|problem| Error::content(path, problem))
}

/// Decodes the bytes of a checkpoint.
///
/// # Errors
/// What is wrong with them.
pub fn decode(bytes: &[u8]) -> std::result::Result<Checkpoint, DecodeError> {
    let (format, structured, tensors) = checked_parts(bytes)?;
    let meta = match format {
        Format::Two => format2::decode(structured),
        Format::Three => Meta::from_json(structured),
    };
    let meta = meta.map_err(DecodeError::Undecodable)?;
    if !is_plausible(&meta) || !sizes_fit(&meta, tensors.len()) {
        return Err(DecodeError::Inconsistent);
    }
    let (shape, batch) = (&meta.config.shape, meta.config.batch);
    let mut numbers = tensors.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    let mut fill = |out: &mut [f32]| {
        out.iter_mut().zip(&mut numbers).for_each(|(x, number)| *x = number);
    };
    let mut weights = || {
        let mut weights = Weights::zeros(shape);
        weights.tensors_mut().for_each(&mut fill);
        weights
    };
    let (w, m, v) = (weights(), weights(), weights());
    let average = meta.config.average.map(|_| weights());
    if [&w].into_iter().chain(&average).any(|weights| not_finite("weights", weights).is_some()) {
        return Err(DecodeError::NotFinite);
    }
    let states = shape.lstm.iter().map(|&hidden| {
        let mut state = State::zeros(batch, hidden);
        for x in [&mut state.h, &mut state.c] {
            fill(x.as_slice_mut().expect("a new array is row-major"));
        }
        state
    });
    let states = states.collect();
    Ok(Checkpoint { weights: w, average, m, v, states, meta })
}

/// Whether a run could have these settings and stand there.
fn is_plausible(meta: &Meta) -> bool {
    let Progress { epoch, window, last, rate_cuts, .. } = &meta.progress;
    meta.config.is_plausible()
        && *epoch <= meta.config.epochs
        && *epoch == meta.history.len()
        && (*window > 0) == last.is_some()
        && *rate_cuts <= MOST_CUTS
        && Vocabulary::from_symbols(meta.vocabulary.clone()).is_some()
}

fn number_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// The structured part and the tensors, once magic, version, lengths and checksum are right.
fn checked_parts(bytes: &[u8]) -> std::result::Result<(Format, &[u8], &[u8]), DecodeError> {
    if !is_checkpoint(bytes) {
        return Err(DecodeError::NoCheckpoint);
    }
    if bytes.len() < HEADER + CHECKSUM {
        return Err(DecodeError::Damaged);
    }
    let format = match u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes")) {
        2 => Format::Two,
        VERSION => Format::Three,
        found => return Err(DecodeError::Version { found }),
    };
    let lengths = [number_at(bytes, 12), number_at(bytes, 20), (HEADER + CHECKSUM) as u64];
    let total = lengths.iter().try_fold(0u64, |sum, &len| sum.checked_add(len));
    if total != Some(bytes.len() as u64) {
        return Err(DecodeError::Damaged);
    }
    let (content, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
    if Sha256::digest(content)[..] != *checksum {
        return Err(DecodeError::Damaged);
    }
    let (structured, tensors) = content[HEADER..].split_at(number_at(bytes, 12) as usize);
    Ok((format, structured, tensors))
}

/// Whether tensors of `bytes` bytes are those of such a run, whose inputs are plausible; never
/// overflows.
fn sizes_fit(meta: &Meta, bytes: usize) -> bool {
    let Config { shape, batch, average, .. } = &meta.config;
    let (batch, sets) = (*batch, 3 + u128::from(average.is_some()));
    let small = |size: usize| (1..=1 << 20).contains(&size);
    let plausible = shape.vocab == meta.vocabulary.len()
        && [shape.vocab, shape.embedding, batch].into_iter().all(small)
        && (1..=MOST_LAYERS).contains(&shape.lstm.len())
        && shape.lstm.iter().copied().all(small);
    plausible && {
        let states: u128 = shape.lstm.iter().map(|&hidden| 2 * (batch * hidden) as u128).sum();
        4 * (sets * shape.parameters() as u128 + states) == bytes as u128
    }
}
