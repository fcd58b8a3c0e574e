//! What is said of the tunes of one file: a few lines, then how many more there would be.

use super::out::{grouped, note};
use crate::music::abc::{Performance, Problem, Tune, Written};
use std::collections::HashSet;
use std::path::Path;

/// How many notices are said of a file, and how many of its unplayable tunes are named; also how many
/// files of another encoding.
pub(super) const NAMED: usize = 5;

/// What is to be said of the tunes of one file.
pub(super) struct Notices<'a> {
    path: &'a Path,
    said: usize,
    /// Messages of notices that were counted: each counts once a file.
    known: HashSet<String>,
    unplayable: usize,
}

impl<'a> Notices<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path, said: 0, known: HashSet::new(), unplayable: 0 }
    }

    /// A tune is played: says the first of its problems, and what was guessed or passed over.
    pub(super) fn played(&mut self, written: &Written, tune: &Tune, performance: &Performance) {
        if let Some(problem) = tune.problems.first() {
            self.notice(written, problem, "; the rest of the tune is played");
        }
        for notice in tune.notices.iter().chain(&performance.notices) {
            if !self.known.contains(&notice.message) {
                self.known.insert(notice.message.clone());
                self.notice(written, notice, "");
            }
        }
    }

    /// A tune cannot be played, and this is why; `fate` is what becomes of it, as "left out".
    pub(super) fn unplayable(&mut self, written: &Written, problem: &Problem, fate: &str) {
        self.unplayable += 1;
        if self.unplayable <= NAMED {
            self.say(written, problem, &format!("; this tune is {fate}"));
        }
    }

    fn notice(&mut self, written: &Written, problem: &Problem, end: &str) {
        self.said += 1;
        if self.said <= NAMED {
            self.say(written, problem, end);
        }
    }

    fn say(&self, written: &Written, problem: &Problem, end: &str) {
        let problem = written.placed(problem.clone());
        note(format!("{}, {problem}{end}", self.path.display()));
    }

    /// The file is over: says how many were not named, and what became of the tunes.
    pub(super) fn finish(self, fate: &str) {
        let path = self.path.display();
        let rest = |number: usize| number.saturating_sub(NAMED);
        match rest(self.said) {
            0 => {}
            1 => note(format!("{path}: 1 more notice")),
            more => note(format!("{path}: {} more notices", grouped(more))),
        }
        match rest(self.unplayable) {
            0 => {}
            1 => note(format!("{path}: 1 more tune is {fate}")),
            more => note(format!("{path}: {} more tunes are {fate}", grouped(more))),
        }
    }
}
