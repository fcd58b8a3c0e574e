//! Files from strangers: every reader of foreign bytes, fed with damaged files.
//!
//! A target starts from valid files, damages them as [`damage`] can, and repairs lengths and
//! checksums, or else nothing behind them would be reached. Whatever comes is refused with a
//! sentence or is another valid file; it never panics, never aborts and never takes much more
//! memory than the file has bytes. `README.md` of the tests says how to run more of it.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/soundfont.rs"]
mod soundfont;

mod bytes;
mod checkpoint;
mod damage;
mod doors;
mod every_byte;
mod memory;
mod sound;
mod tensors;
mod text;

/// Executions of a target, where BOLERO_RANDOM_ITERATIONS does not say otherwise.
const RUNS: usize = 50_000;

/// What a reader may take beside a multiple of the file: serde believes a length up to 1 MiB.
const FIXED: usize = 3 << 20;

/// How often a target ran, and how often what it read was accepted.
#[derive(Default)]
struct Count {
    runs: usize,
    accepted: usize,
}

impl Count {
    fn one(&mut self, accepted: bool) {
        self.runs += 1;
        self.accepted += usize::from(accepted);
    }

    /// That what lies behind the first checks was reached at all.
    fn finish(self, target: &str) {
        let Self { runs, accepted } = self;
        println!("{target}: {runs} files, {accepted} accepted");
        assert!(100 * accepted > runs, "{target}: {accepted} of {runs} accepted");
    }
}

/// A refusal is one line for people.
fn check_sentence(problem: &str) {
    assert!(problem.len() > 20 && !problem.contains('\n'), "{problem:?}");
}
