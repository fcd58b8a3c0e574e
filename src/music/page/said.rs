//! What the judge says, in words.

use crate::music::abc::{Problem, Tune};
use crate::music::judge::{Counts, Verdict};
use maud::{Markup, html};

/// Of the things that are wrong with a tune, so many are named.
const NAMED: usize = 3;

/// Of a whole page with so many tunes; `corpus` is how many tunes they were compared with.
pub(super) fn summary(tunes: usize, verdicts: &[Option<Verdict>], corpus: usize) -> Markup {
    let Counts { tunes: judged, good, new, good_and_new, .. } =
        Counts::of(verdicts.iter().flatten());
    html! {
        p.summary {
            (counted(tunes, "tune"))
            @if judged > 0 {
                @if judged < tunes { ", " (judged) " of them by hornpipe" }
                ": " (good) " good, " (new) " new, " strong { (good_and_new) " good and new" }
                ". Compared with a corpus of " (counted(corpus, "tune")) "."
            }
        }
    }
}

/// Of a tune: good things first.
pub(super) fn verdict(verdict: &Verdict) -> String {
    let flaws = [
        (verdict.bars, "a bar does not add up"),
        (verdict.tonic, "it does not end on its tonic"),
        (verdict.parts, "its parts are not of 8 or 16 bars"),
    ];
    let flaws: Vec<&str> = flaws.iter().filter(|flaw| !flaw.0).map(|flaw| flaw.1).collect();
    match (verdict.is_good(), verdict.is_new()) {
        _ if !verdict.reads => "Not all of it can be read.".to_owned(),
        (true, true) => "Good and new.".to_owned(),
        (true, false) => "Good, but a near-copy.".to_owned(),
        (false, true) => format!("New, but {}.", flaws.join(" and ")),
        (false, false) => format!("A near-copy, and {}.", flaws.join(" and ")),
    }
}

/// What the reader did not understand, and why nothing of the tune sounds if so.
pub(super) fn problems(tune: &Tune, unplayable: Option<&Problem>) -> Markup {
    html! {
        @if !tune.problems.is_empty() || unplayable.is_some() {
            ul.problems {
                @for problem in tune.problems.iter().take(NAMED) { li { (problem) } }
                @if let Some(problem) = unplayable && !tune.problems.contains(problem) {
                    li { (problem) }
                }
                @if tune.problems.len() > NAMED {
                    li { "and " (tune.problems.len() - NAMED) " more" }
                }
            }
        }
    }
}

/// "1 tune", "2 tunes".
pub(super) fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
