//! The structured part of checkpoints in format 2: bincode 2 of everything in the order below.
//!
//! It has no names, so nothing here may ever change. Runs that were begun in it go on in it.

use crate::engine::adam::Clock;
use crate::engine::layers::loss::Score;
use crate::engine::weights::Shape;
use crate::learn::config::{Config, Settings};
use crate::learn::progress::{EpochRecord, Progress, Step};
use crate::learn::source::TextSource;
use crate::run::meta::{Format, Meta};
use hornpipe_kernels::Activation;
use serde::{Deserialize, Serialize};

/// It is a few kilobytes; with a million epochs of history it stays below this.
const LIMIT: usize = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Whole {
    shape: (usize, usize, Vec<usize>),
    activation: String,
    dropout: f64,
    batch: usize,
    steps: usize,
    epochs: usize,
    learning_rate: f64,
    clip: Option<f64>,
    seed: u64,
    validation: f64,
    text: (Vec<String>, String),
    vocabulary: Vec<char>,
    progress: Stand,
    history: Vec<Line>,
    clock: (u64, f64, f64),
}

#[derive(Serialize, Deserialize)]
struct Stand {
    epoch: usize,
    window: usize,
    loss_sum: f64,
    accuracy_sum: f64,
    /// Loss, accuracy, length of the gradient.
    last: Option<(f64, f64, Option<f64>)>,
    best: Option<(usize, f64)>,
    first_loss: Option<f64>,
    rate_cuts: u32,
}

#[derive(Serialize, Deserialize)]
struct Line {
    epoch: usize,
    loss_last: f64,
    accuracy_last: f64,
    loss_mean: f64,
    accuracy_mean: f64,
    validation: Option<(f64, f64)>,
    gradient_norm: f64,
    learning_rate: f64,
    weights_sha256: [u8; 32],
}

/// The bytes; what format 2 has no place for is left out.
pub(crate) fn encode(meta: &Meta) -> Vec<u8> {
    let Config { shape, text, .. } = &meta.config;
    let whole = Whole {
        shape: (shape.vocab, shape.embedding, shape.lstm.clone()),
        activation: meta.config.activation.name().to_owned(),
        dropout: meta.config.dropout,
        batch: meta.config.batch,
        steps: meta.config.steps,
        epochs: meta.config.epochs,
        learning_rate: meta.config.learning_rate,
        clip: meta.config.clip,
        seed: meta.config.seed,
        validation: meta.config.validation,
        text: (text.paths.clone(), text.sha256.clone()),
        vocabulary: meta.vocabulary.clone(),
        progress: Stand::from(&meta.progress),
        history: meta.history.iter().map(Line::from).collect(),
        clock: (meta.clock.t, meta.clock.beta1_power, meta.clock.beta2_power),
    };
    bincode::serde::encode_to_vec(whole, bincode::config::standard())
        .expect("it has nothing that bincode refuses")
}

/// Reads what [`encode`] wrote; else says in words what is wrong.
///
/// A text's length is believed up to bincode's limit before it is read, and the limit is a
/// constant: so there is one for each order of size. Numbers count as up to eight times the bytes
/// they take.
pub(crate) fn decode(bytes: &[u8]) -> Result<Meta, String> {
    fn under<const LIMIT: usize>(bytes: &[u8]) -> Result<Meta, String> {
        let limited = bincode::config::standard().with_limit::<LIMIT>();
        match bincode::serde::decode_from_slice(bytes, limited) {
            Ok((whole, read)) if read == bytes.len() => meta(whole),
            Ok(_) => Err("it is longer than what it holds".into()),
            Err(e) => Err(e.to_string()),
        }
    }
    match 8 * bytes.len() {
        0..=0x1_0000 => under::<0x1_0000>(bytes),
        0x1_0001..=0x20_0000 => under::<0x20_0000>(bytes),
        0x20_0001..=0x400_0000 => under::<0x400_0000>(bytes),
        _ => under::<LIMIT>(bytes),
    }
}

fn meta(whole: Whole) -> Result<Meta, String> {
    let Whole { activation, vocabulary, .. } = whole;
    let activation =
        Activation::named(&activation).ok_or_else(|| format!("no activation {activation:?}"))?;
    let (vocab, embedding, lstm) = whole.shape;
    let settings = Settings::new()
        .activation(activation)
        .dropout(whole.dropout)
        .epochs(whole.epochs)
        .learning_rate(whole.learning_rate)
        .clip(whole.clip)
        .seed(whole.seed);
    let shape = Shape { vocab, embedding, inputs: vec![], lstm };
    let (paths, sha256) = whole.text;
    let config = Config {
        validation: whole.validation,
        text: TextSource { paths, sha256 },
        ..Config::new(shape, whole.batch, whole.steps, settings)
    };
    let (t, beta1_power, beta2_power) = whole.clock;
    Ok(Meta {
        format: Format::Two,
        config,
        vocabulary,
        book: None,
        progress: whole.progress.into(),
        history: whole.history.into_iter().map(EpochRecord::from).collect(),
        clock: Clock { t, beta1_power, beta2_power },
    })
}

impl From<&Progress> for Stand {
    fn from(progress: &Progress) -> Self {
        let last = |Step { score, gradient_norm }| (score.loss, score.accuracy, gradient_norm);
        Self {
            epoch: progress.epoch,
            window: progress.window,
            loss_sum: progress.loss_sum,
            accuracy_sum: progress.accuracy_sum,
            last: progress.last.map(last),
            best: progress.best,
            first_loss: progress.first_loss,
            rate_cuts: progress.rate_cuts,
        }
    }
}

impl From<Stand> for Progress {
    fn from(stand: Stand) -> Self {
        let last = |(loss, accuracy, gradient_norm)| Step {
            score: Score { loss, accuracy },
            gradient_norm,
        };
        Self {
            epoch: stand.epoch,
            window: stand.window,
            loss_sum: stand.loss_sum,
            accuracy_sum: stand.accuracy_sum,
            last: stand.last.map(last),
            best: stand.best,
            first_loss: stand.first_loss,
            rate_cuts: stand.rate_cuts,
        }
    }
}

impl From<&EpochRecord> for Line {
    fn from(record: &EpochRecord) -> Self {
        Self {
            epoch: record.epoch,
            loss_last: record.loss_last,
            accuracy_last: record.accuracy_last,
            loss_mean: record.loss_mean,
            accuracy_mean: record.accuracy_mean,
            validation: record.validation,
            gradient_norm: record.gradient_norm,
            learning_rate: record.learning_rate,
            weights_sha256: record.weights_sha256,
        }
    }
}

impl From<Line> for EpochRecord {
    fn from(line: Line) -> Self {
        Self {
            epoch: line.epoch,
            loss_last: line.loss_last,
            accuracy_last: line.accuracy_last,
            loss_mean: line.loss_mean,
            accuracy_mean: line.accuracy_mean,
            validation: line.validation,
            gradient_norm: line.gradient_norm,
            learning_rate: line.learning_rate,
            weights_sha256: line.weights_sha256,
        }
    }
}
