//! The gallery of mistakes: what each does to the curves of a training, and what to its gradients.
//!
//! The plain model of [`check::naive`](crate::engine::check::naive) makes them on request. Here it
//! learns with each of them and without, and its gradients are compared with central differences:
//! curves lie, gradients do not. Read `lesson` first, how a model learns; `errors` compares,
//! `labels` says what each mistake is, `verdict` what the figures mean, `page` shows all of it with a
//! `picture` of the curves.

mod errors;
mod labels;
mod lesson;
mod page;
mod picture;
mod verdict;

pub use errors::{Errors, errors, off};
pub use labels::name;
pub use lesson::{Lesson, Point, Run};
pub use verdict::{Learned, Shown};

use crate::engine::check::audit::Case;
use crate::engine::check::naive::Bug;
use crate::error::{Error, Result};
use rayon::ThreadPoolBuilder;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Right runs beside the one that each broken run is compared with: by how much they differ is chance.
const OTHERS: usize = 2;

/// What is shown.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gallery {
    /// What all of them learned.
    pub lesson: Lesson,
    /// Without a mistake.
    pub right: Exhibit,
    /// Without a mistake, from other first weights and with other masks.
    pub others: Vec<Run>,
    /// With one mistake each, else as `right`.
    pub broken: Vec<Exhibit>,
}

/// How a model learned, and how far its gradients are from central differences.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exhibit {
    /// Its curves.
    pub run: Run,
    /// One a tensor.
    pub errors: Errors,
}

impl Gallery {
    /// How many runs so many bugs take.
    pub fn runs(bugs: usize) -> usize {
        1 + OTHERS + bugs
    }

    /// Trains with each of `bugs` and without, and compares the gradients of `case`. After each step of
    /// any run `going` says whether to go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if it does not; the threads cannot be started.
    ///
    /// # Panics
    /// As [`Case::engine`].
    pub fn new(
        lesson: Lesson,
        bugs: &[Bug],
        case: &Case,
        going: impl Fn() -> bool + Sync,
    ) -> Result<Self> {
        let seed = lesson.seed();
        let others = (1..=OTHERS as u64).map(|more| (None, seed.wrapping_add(more)));
        let broken = bugs.iter().map(|bug| (Some(*bug), seed));
        let asked: Vec<_> = [(None, seed)].into_iter().chain(others).chain(broken).collect();
        let mut runs = side_by_side(&lesson, &asked, &going)?.into_iter();
        let right = runs.next().expect("the right run comes first");
        let others: Vec<Run> = runs.by_ref().take(OTHERS).collect();
        let of: Vec<Option<Bug>> =
            [None].into_iter().chain(bugs.iter().copied().map(Some)).collect();
        let mut errors = errors(case, &of).into_iter();
        let mut exhibit = |run| Exhibit { run, errors: errors.next().expect("of each run") };
        let right = exhibit(right);
        Ok(Self { lesson, right, others, broken: runs.map(exhibit).collect() })
    }
}

/// All runs, on as many threads as there are, each on one alone: within a run there is too little to
/// share, and who waits for a share of it must not take up another run meanwhile.
fn side_by_side(
    lesson: &Lesson,
    asked: &[(Option<Bug>, u64)],
    going: &(impl Fn() -> bool + Sync),
) -> Result<Vec<Run>> {
    let next = AtomicUsize::new(0);
    let mine = || -> Result<Vec<(usize, Run)>> {
        let alone = ThreadPoolBuilder::new().num_threads(1).build();
        let alone = alone.map_err(|e| Error::Failed(format!("cannot start the threads: {e}")))?;
        alone.install(|| {
            let taken = std::iter::from_fn(|| {
                let at = next.fetch_add(1, Ordering::Relaxed);
                asked.get(at).map(|(bug, seed)| Ok((at, lesson.run(*bug, *seed, going)?)))
            });
            taken.collect()
        })
    };
    let done = std::thread::scope(|scope| {
        let threads = rayon::current_num_threads().min(asked.len());
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(mine)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join().expect("no panic");
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    let mut done = done.concat();
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, run)| run).collect())
}
