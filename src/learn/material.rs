//! What a run makes of its text: what is held out, in which order and on which tonic it is learned.

use crate::error::Result;
use crate::learn::split::split;
use crate::music::abc;
use crate::music::corpus::{InTonic, Tonic, in_tonic_with};
use rayon::prelude::*;

/// A text that is ready to be cut into streams.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Material {
    /// Learned from.
    pub training: String,
    /// Held out; empty if nothing was asked for.
    pub held_out: String,
    /// The same as it was given: tunes in their order and their keys.
    pub held_out_as_given: String,
    /// Number of tunes learned from, and held out.
    pub tunes: (usize, usize),
    /// How many of these have been moved to the tonic.
    pub moved: usize,
    /// How many stay as they are written though there is a tonic.
    pub as_written: usize,
    /// What the first of those is called.
    pub first_as_written: Option<String>,
}

impl Material {
    /// Holds out `share` of a text, then brings tunes into an order that the seed decides, if there
    /// is one, and to the tonic.
    ///
    /// # Errors
    /// No whole tunes make up such a share, or nothing would be left to learn.
    pub fn new(
        text: &str,
        share: f64,
        shuffled: Option<u64>,
        tonic: Option<Tonic>,
    ) -> Result<Self> {
        let mut parts = split(text, share)?;
        let held_out_as_given = with_head(text, &parts.validation);
        let tunes = (parts.training_tunes, parts.validation_tunes);
        if let Some(seed) = shuffled {
            parts.shuffle(seed);
        }
        let (training, held_out) = (parts.training, parts.validation);
        let material = Self { training, held_out, held_out_as_given, tunes, ..Self::default() };
        Ok(tonic.map(|tonic| material.on(tonic)).unwrap_or(material))
    }

    /// The same on a tonic; this is as written.
    pub fn on(&self, tonic: Tonic) -> Self {
        let [training, held_out] = [&self.training, &self.held_out].map(|t| on_tonic(t, tonic));
        Self {
            moved: training.moved + held_out.moved,
            as_written: training.as_written + held_out.as_written,
            first_as_written: training.first_as_written.or(held_out.first_as_written),
            training: training.text,
            held_out: held_out.text,
            held_out_as_given: self.held_out_as_given.clone(),
            tunes: self.tunes,
        }
    }

    /// All characters that are learned or held out.
    pub fn characters(&self) -> impl Iterator<Item = char> {
        self.training.chars().chain(self.held_out.chars())
    }
}

/// Tunes with what the file that they are from says for all of its tunes.
fn with_head(text: &str, tunes: &str) -> String {
    match abc::written(text).next() {
        Some(first) if !tunes.is_empty() && !first.head().is_empty() => {
            format!("{}\n{tunes}", first.head())
        }
        _ => tunes.to_owned(),
    }
}

/// The notes of a text on one tonic, each in its mode, its keys as they are: so a model hears where
/// the tune will lie, for tunes in D go higher above their tonic than tunes in A.
pub fn on_tonic(text: &str, tonic: Tonic) -> InTonic {
    in_tonic_with(text, tonic, |own, moved| with_own_keys(own, &moved))
}

/// What a text was moved to, line by line, but for its `K:` lines, which are its own.
pub(crate) fn with_own_keys(text: &str, moved: &str) -> String {
    let lines = text.split_inclusive('\n').zip(moved.split_inclusive('\n'));
    lines.map(|(own, moved)| if own.starts_with("K:") { own } else { moved }).collect()
}

/// Share of a text's characters that lie in tunes which read without complaint.
pub fn share_of_tunes(text: &str) -> f64 {
    let reads = |tune: &abc::Written| {
        let read = tune.read();
        let fine = read.problems.is_empty() && read.notes() > 0;
        // what comes behind its blank line is no music
        let end = tune.text().find("\n\n").map_or(tune.text().len(), |at| at + 2);
        if fine { end } else { 0 }
    };
    let tunes: Vec<abc::Written> = abc::written(text).collect();
    let lengths: Vec<usize> = tunes.par_iter().map(reads).collect();
    let in_tunes: usize = lengths.iter().sum();
    in_tunes as f64 / text.len().max(1) as f64
}
