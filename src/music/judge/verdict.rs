//! What is known of one tune.

use rayon::prelude::*;

use super::again::Again;
use super::form;
use super::notes::Melody;
use super::original::{Copied, Known};
use crate::music::abc::{self, AsTune, Performance, Problem, Tune};
use crate::music::corpus::rhythm_name;

/// The rhythm of a tune whose `R:` names none we know.
pub const OTHER: &str = "other";
/// The rhythm of a tune without `R:`.
pub const NONE: &str = "none";

/// What is known of one tune. A tune that does not read passes nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verdict {
    /// From `T:`.
    pub title: String,
    /// What `R:` calls it: a rhythm that we know, [`OTHER`] or [`NONE`].
    pub rhythm: &'static str,
    /// It has notes and the reader has no complaint.
    pub reads: bool,
    /// Every bar adds up.
    pub bars: bool,
    /// It ends on the tonic of its last key.
    pub tonic: bool,
    /// Every part is 8 or 16 bars, written or played, and at least 16 are played.
    pub parts: bool,
    /// Every `|:` finds its `:|`.
    pub repeats: bool,
    /// Which of its bars come again; nothing where it does not read.
    pub again: Again,
    /// What its melody is made of.
    pub melody: Melody,
    /// The longest run of notes that it shares with the corpus.
    pub copied: Copied,
    /// Why it was not read or played to its end, as [`abc::perform`] says; boxed, for it is rare.
    pub unplayable: Option<Box<Problem>>,
}

impl Verdict {
    /// Judges a tune against a corpus; `leave_out` is its own place there, if it has one.
    pub fn of(tune: &(impl AsTune + ?Sized), known: &Known, leave_out: Option<usize>) -> Self {
        Self::of_tune(&tune.read(), known, leave_out)
    }

    /// The same of a tune that is read already.
    pub(in crate::music) fn of_tune(tune: &Tune, known: &Known, leave_out: Option<usize>) -> Self {
        let (performance, unplayable) = match abc::perform(tune) {
            Ok(performance) => (Some(performance), None),
            Err(problem) => (None, Some(Box::new(problem))),
        };
        let reads = tune.problems.is_empty() && tune.notes() > 0 && performance.is_some();
        let performance = performance.filter(|_| reads).unwrap_or_default();
        let parts = if reads { form::counted_parts(tune, &performance) } else { Vec::new() };
        Self {
            title: tune.header('T').unwrap_or_default().to_owned(),
            rhythm: rhythm(tune),
            reads,
            bars: reads && form::bars_add_up(tune, &performance),
            tonic: reads && ends_on_tonic(&performance),
            parts: form::parts_are_right(&parts),
            repeats: reads && form::repeats_balance(tune),
            again: Again::of(tune, &parts),
            melody: Melody::of(tune, &performance),
            copied: known.longest_run(tune, leave_out),
            unplayable,
        }
    }

    /// It reads, every bar and every part is right, and it ends on its tonic.
    pub fn is_good(&self) -> bool {
        self.reads && self.bars && self.tonic && self.parts
    }

    /// No run of more than half of its notes is a corpus tune's.
    pub fn is_new(&self) -> bool {
        self.reads && !self.copied.is_near_copy()
    }
}

fn rhythm(tune: &Tune) -> &'static str {
    match tune.header('R').filter(|text| !text.is_empty()) {
        Some(text) => rhythm_name(text, tune.meter).unwrap_or(OTHER),
        None => NONE,
    }
}

/// Whether the last note (the highest, of a chord) is the tonic of the key in force there.
fn ends_on_tonic(performance: &Performance) -> bool {
    let tonic = performance.changes.iter().rev().find_map(|(_, change)| match change {
        abc::Change::Key(key) => Some(key.tonic_class()),
        _ => None,
    });
    let last = performance.notes.iter().map(|note| (note.onset, note.pitch.midi())).max();
    matches!((tonic, last), (Some(Some(tonic)), Some((_, last))) if last.rem_euclid(12) == tonic)
}

/// Judges the tunes of a set in parallel; `progress` is called after each.
pub fn judge<T: AsTune>(tunes: &[T], known: &Known, progress: impl Fn() + Sync) -> Vec<Verdict> {
    let verdict = |tune: &T| {
        let verdict = Verdict::of(tune, known, None);
        progress();
        verdict
    };
    tunes.par_iter().map(verdict).collect()
}

/// The tunes of a corpus, each judged against the others; `known` was made of the same tunes.
pub fn judge_corpus<T: AsTune>(tunes: &[T], known: &Known) -> Vec<Verdict> {
    tunes.par_iter().enumerate().map(|(at, tune)| Verdict::of(tune, known, Some(at))).collect()
}
