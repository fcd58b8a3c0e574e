//! What is known of one tune.

use rayon::prelude::*;

use super::form;
use super::notes::Melody;
use super::original::{Copied, Known};
use crate::music::abc::{self, Performance};

/// What is known of one tune. A tune that does not read passes nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verdict {
    /// From `T:`.
    pub title: String,
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
    /// What its melody is made of.
    pub melody: Melody,
    /// The longest run of notes that it shares with the corpus.
    pub copied: Copied,
}

impl Verdict {
    /// Judges a tune against a corpus; `leave_out` is its own place there, if it has one.
    pub fn of(text: &str, known: &Known, leave_out: Option<usize>) -> Self {
        let tune = abc::read(text);
        let performance = abc::perform(&tune).ok();
        let reads = tune.problems.is_empty() && tune.notes() > 0 && performance.is_some();
        let performance = performance.filter(|_| reads).unwrap_or_default();
        Self {
            title: tune.header('T').unwrap_or_default().to_owned(),
            reads,
            bars: reads && form::bars_add_up(&tune, &performance),
            tonic: reads && ends_on_tonic(&performance),
            parts: reads && form::parts_are_right(&tune, &performance),
            repeats: reads && form::repeats_balance(&tune),
            melody: Melody::of(&tune, &performance),
            copied: known.longest_run(&tune, leave_out),
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

/// Whether the last note (the highest, of a chord) is the tonic of the key in force there.
fn ends_on_tonic(performance: &Performance) -> bool {
    let tonic = performance.changes.iter().rev().find_map(|(_, change)| match change {
        abc::Change::Key(key) => Some(key.tonic_class()),
        _ => None,
    });
    let last = performance.notes.iter().map(|note| (note.onset, note.pitch.midi())).max();
    matches!((tonic, last), (Some(Some(tonic)), Some((_, last))) if last.rem_euclid(12) == tonic)
}

/// Judges the tunes of a set, their texts, in parallel; `progress` is called after each.
pub fn judge(texts: &[&str], known: &Known, progress: impl Fn() + Sync) -> Vec<Verdict> {
    let verdict = |text: &&str| {
        let verdict = Verdict::of(text, known, None);
        progress();
        verdict
    };
    texts.par_iter().map(verdict).collect()
}

/// The tunes of a corpus, each judged against the others; `known` was made of the same texts.
pub fn judge_corpus(texts: &[&str], known: &Known) -> Vec<Verdict> {
    texts.par_iter().enumerate().map(|(at, text)| Verdict::of(text, known, Some(at))).collect()
}
