//! A run frozen in one file: everything that going on needs.
//!
//! ```text
//! offset  bytes
//!      0      8   magic "HORNPIPE"
//!      8      4   format version, little-endian as all that follows
//!     12      8   length M of the structured part
//!     20      8   length D of the tensors
//!     28      M   structured part: bincode 2 of [`Meta`]
//!   28+M      D   tensors as f32: weights, m, v (each in the order of the exchange format),
//!                 then h and c (B, H) of each layer
//! 28+M+D     32   SHA-256 of all before
//! ```
//! Reading checks lengths and checksum before it decodes anything, decodes under a limit, and
//! then checks every size against the config.

use crate::engine::adam::{Adam, Clock};
use crate::engine::layers::tape::State;
use crate::engine::model::States;
use crate::engine::weights::{Shape, Weights};
use crate::error::{Error, Result};
use crate::files::{self, stream_atomically};
use crate::hash::{Hashing, write_numbers};
use crate::learn::config::Config;
use crate::learn::guard::MOST_CUTS;
use crate::learn::limits::MOST_LAYERS;
use crate::learn::text::Vocabulary;
use crate::learn::train::{EpochRecord, Progress, Trainer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

const MAGIC: &[u8; 8] = b"HORNPIPE";
const VERSION: u32 = 2;
const HEADER: usize = 28;
const CHECKSUM: usize = 32;
/// The structured part is a few kilobytes; with a million epochs of history it stays below this.
const META_LIMIT: usize = 1 << 30;

/// What a run is, beside where it stands: it goes into every checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// What decides the numbers of the run.
    pub config: Config,
    /// What its symbols mean.
    pub vocabulary: Vocabulary,
}

impl About {
    /// Refuses a trainer of another run.
    pub(crate) fn assert_fits(&self, trainer: &Trainer) {
        let (config, shape) = (&self.config, trainer.model.weights().shape());
        assert_eq!(config.settings(), trainer.settings, "settings of config and trainer");
        assert_eq!((config.steps, config.batch), trainer.window(), "(T, B) of config and streams");
        assert_eq!(config.shape, shape, "shapes of config and weights");
        assert_eq!(self.vocabulary.len(), shape.vocab, "symbols of vocabulary and weights");
        assert!(config.is_plausible(), "a config that no run can have: {config:?}");
    }
}

/// The structured part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Meta {
    /// What decides the numbers of the run.
    pub config: Config,
    /// Characters in the order of their symbols.
    pub vocabulary: Vec<char>,
    /// Where the run stands.
    pub progress: Progress,
    /// One line an epoch.
    pub history: Vec<EpochRecord>,
    /// Adam's step count.
    pub clock: Clock,
}

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The structured part.
    pub meta: Meta,
    /// The weights.
    pub weights: Weights<f32>,
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
        let Checkpoint { meta, weights, m, v, states } = self;
        let shape = trainer.model.weights().shape();
        assert_eq!(shape, meta.config.shape, "shapes of the run and of the checkpoint");
        trainer.model.update(|old| *old = weights);
        trainer.adam = Adam { m, v, clock: meta.clock };
        trainer.states = states;
        trainer.progress = meta.progress;
        trainer.history = meta.history;
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
    let meta = Meta {
        config: about.config.clone(),
        vocabulary: about.vocabulary.symbols().to_vec(),
        progress: trainer.progress.clone(),
        history: trainer.history.clone(),
        clock: trainer.adam.clock,
    };
    let meta = bincode::serde::encode_to_vec(meta, bincode::config::standard())
        .expect("a checkpoint's structured part has nothing that bincode refuses");
    let Adam { m, v, .. } = &trainer.adam;
    let states = trainer.states.iter().flat_map(|state| [&state.h, &state.c]);
    let states = states.map(|x| x.as_slice().expect("states are row-major"));
    let tensors = trainer.model.weights().tensors().chain(m.tensors()).chain(v.tensors());
    let tensors: Vec<&[f32]> = tensors.chain(states).collect();
    let tensor_len = 4 * tensors.iter().map(|tensor| tensor.len()).sum::<usize>();
    let mut content = Hashing::new(to);
    content.write_all(MAGIC)?;
    content.write_all(&VERSION.to_le_bytes())?;
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
    #[error("it has format version {found} or is damaged; this hornpipe reads version {VERSION}: \
             use {} or another checkpoint", whose(*found))]
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
    let (structured, tensors) = checked_parts(bytes)?;
    let (meta, read) =
        decode_meta(structured).map_err(|e| DecodeError::Undecodable(e.to_string()))?;
    let (shape, batch) = (&meta.config.shape, meta.config.batch);
    let fits = sizes_fit(shape, batch, meta.vocabulary.len(), tensors.len());
    if read != structured.len() || !fits || !is_plausible(&meta) {
        return Err(DecodeError::Inconsistent);
    }
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
    if !w.is_finite() {
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
    Ok(Checkpoint { weights: w, m, v, states, meta })
}

/// Decodes the structured part; also says how many bytes that took.
///
/// A text's length is believed up to bincode's limit before it is read, and the limit is a
/// constant: so there is one for each order of size. Numbers count as up to eight times the bytes
/// they take.
fn decode_meta(bytes: &[u8]) -> std::result::Result<(Meta, usize), bincode::error::DecodeError> {
    fn under<const LIMIT: usize>(
        bytes: &[u8],
    ) -> std::result::Result<(Meta, usize), bincode::error::DecodeError> {
        let limited = bincode::config::standard().with_limit::<LIMIT>();
        bincode::serde::decode_from_slice(bytes, limited)
    }
    match 8 * bytes.len() {
        0..=0x1_0000 => under::<0x1_0000>(bytes),
        0x1_0001..=0x20_0000 => under::<0x20_0000>(bytes),
        0x20_0001..=0x400_0000 => under::<0x400_0000>(bytes),
        _ => under::<META_LIMIT>(bytes),
    }
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
fn checked_parts(bytes: &[u8]) -> std::result::Result<(&[u8], &[u8]), DecodeError> {
    if !is_checkpoint(bytes) {
        return Err(DecodeError::NoCheckpoint);
    }
    if bytes.len() < HEADER + CHECKSUM {
        return Err(DecodeError::Damaged);
    }
    let version = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
    if version != VERSION {
        return Err(DecodeError::Version { found: version });
    }
    let lengths = [number_at(bytes, 12), number_at(bytes, 20), (HEADER + CHECKSUM) as u64];
    let total = lengths.iter().try_fold(0u64, |sum, &len| sum.checked_add(len));
    if total != Some(bytes.len() as u64) {
        return Err(DecodeError::Damaged);
    }
    let (content, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
    if Sha256::digest(content)[..] != *checksum {
        return Err(DecodeError::Damaged);
    }
    Ok(content[HEADER..].split_at(number_at(bytes, 12) as usize))
}

/// Whether tensors of `bytes` bytes are those of a model of this shape; never overflows.
fn sizes_fit(shape: &Shape, batch: usize, vocabulary: usize, bytes: usize) -> bool {
    let small = |size: usize| (1..=1 << 20).contains(&size);
    let plausible = shape.vocab == vocabulary
        && [shape.vocab, shape.embedding, batch].into_iter().all(small)
        && (1..=MOST_LAYERS).contains(&shape.lstm.len())
        && shape.lstm.iter().copied().all(small);
    plausible && {
        let states: u128 = shape.lstm.iter().map(|&hidden| 2 * (batch * hidden) as u128).sum();
        4 * (3 * shape.parameters() as u128 + states) == bytes as u128
    }
}
