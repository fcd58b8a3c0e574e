//! hornpipe: an LSTM engine that learns folk tunes as text (ABC notation) and writes new ones, every
//! forward and backward pass written by hand.
//!
//! | who comes here | starts at |
//! |---|---|
//! | to learn how an LSTM works, from the first number on | [`guide`], nine chapters that run |
//! | to compute a gradient or study one | [`engine::model::Model`], and [`engine`] for the way through |
//! | to read, judge or play tunes | [`music`] |
//! | to train | [`learn::train::Trainer`] |
//! | to write tunes | [`write::generate::write_all`], below |
//! | to say what tunes are to be | [`music::wishes`], and [`write::generate::Options::wishes`] |
//! | to open what the `hornpipe` command left behind | [`run::open::open`] |
//!
//! Data flows one way, and what stands above may use what stands below:
//!
//! ```text
//! cli      one file a command: parses, calls the library, prints
//! look     pages that show a model at work: inside a tune, and with a mistake in its gradient
//! run      a run on disk: folder, checkpoints, exchange with other programs
//! write    from a model to tunes
//! learn    from a text to a model: vocabulary and streams, the loop, what is held out
//! music    ABC as data and as sound, corpora, verdicts, pages; knows no model
//! engine   the LSTM and nothing else, on the inner loops of the crate hornpipe-kernels
//! ```
//!
//! # A tune in five lines
//!
//! With a run that `hornpipe train` made:
//!
#![cfg_attr(feature = "files", doc = "```no_run")]
#![cfg_attr(not(feature = "files"), doc = "```ignore")]
//! use hornpipe::run::{find::Which, open::open};
//! use hornpipe::write::{generate::{Options, write_all}, prompt::Prompt};
//!
//! let opened = open(None, Which::Best, |notice| eprintln!("{notice}"))?;
//! let vocabulary = opened.vocabulary()?.clone();
//! let options = Options::new(Prompt::new(&vocabulary)).manner(opened.manner()?).seed(7);
//! let tunes = write_all(&opened.model(), &vocabulary, &options, 1);
//! println!("{}", tunes[0]);
//! # Ok::<(), hornpipe::error::Error>(())
//! ```
//!
//! # Training without the command line
//!
#![cfg_attr(feature = "files", doc = "```")]
#![cfg_attr(not(feature = "files"), doc = "```ignore")]
//! use hornpipe::engine::{init::initial_weights, weights::Shape};
//! use hornpipe::learn::{config::Settings, text::{Streams, Vocabulary}, train::Trainer};
//!
//! let text = "X:1\nT:Scale\nK:D\nDEFG ABcd|dcBA GFED|\n\n".repeat(8);
//! let vocabulary = Vocabulary::of(&text);
//! let symbols = vocabulary.encode(&text).expect("its own characters");
//! let streams = Streams::new(symbols, 4, 16)?; // 4 streams, windows of 16 characters
//!
//! let shape = Shape { vocab: vocabulary.len(), embedding: 8, inputs: vec![], lstm: vec![24, 12] };
//! let weights = initial_weights(&shape, 1);
//! let mut trainer = Trainer::new(Settings::new().learning_rate(1e-2), weights, streams, None);
//! let first = trainer.step()?.score.loss;
//! for _ in 1..trainer.windows() {
//!     trainer.step()?;
//! }
//! assert!(trainer.progress.last.expect("steps were made").score.loss < first);
//! # Ok::<(), hornpipe::error::Error>(())
//! ```
//!
//! [`learn::train::train`] is the loop over epochs, and [`run::keep::Keeper`] keeps all of it on disk.
//!
//! # The engine alone
//!
//! Three symbols, one after the other, learned by heart:
//!
//! ```
//! use hornpipe::engine::model::{Model, Tape};
//! use hornpipe::engine::weights::{Shape, Weights};
//! use hornpipe::engine::{Activation, adam::Adam, init::initial_weights, layers::dropout::Dropout};
//! use ndarray::array;
//!
//! let shape = Shape { vocab: 3, embedding: 2, inputs: vec![], lstm: vec![4] };
//! let mut model = Model::<f32>::new(initial_weights(&shape, 1), Activation::Sigmoid);
//! // (T, B) = (2, 1): the symbols read, and those that should come next
//! let (x, y) = (array![[0], [1]], array![[1], [2]]);
//!
//! let (mut tape, mut d) = (Tape::new(&shape, 2, 1), Weights::zeros(&shape));
//! let (mut adam, mut losses) = (Adam::new(&shape), Vec::new());
//! for _ in 0..100 {
//!     let mut states = model.zero_states(1);
//!     model.forward(x.view(), &mut states, Dropout::Off, &mut tape);
//!     losses.push(model.score(y.view(), &mut tape).loss);
//!     model.backward(&mut tape, &mut d);
//!     model.update(|weights| adam.step(weights, &d, 0.1, 1.0));
//! }
//! assert!((losses[0] - 3f64.ln()).abs() < 0.1, "at first it guesses");
//! assert!(losses[99] < 0.01, "in the end it knows");
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | none | `engine`, `music` but for the next, `write`, texts and their streams |
//! | `files` | `run`, training, texts from files |
//! | `render` | [`music::render`]: chords, accompaniment, MIDI, WAV, MusicXML |
//! | `page` | [`music::page`]: tunes as a page for a browser |
//! | `cli` (default) | everything but the next, and the `hornpipe` command |
//! | `mpi` | training on many machines; needs an MPI library and libclang, and the command then starts with that library alone |

#![forbid(unsafe_code)]

#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
pub mod error;
#[cfg(feature = "files")]
mod files;
pub mod guide;
#[cfg(any(feature = "files", feature = "page"))]
pub mod hash;
pub mod learn;
#[cfg(all(feature = "files", feature = "page"))]
pub mod look;
pub mod music;
#[cfg(feature = "files")]
pub mod run;
pub mod write;

/// The README, whose examples are tested.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;
