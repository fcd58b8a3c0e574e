//! No allocation inside a training step. A test binary of its own: it counts for all threads.

mod common;

use common::{config, on_threads, text, trainer};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, SeqCst);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_training_step_allocates_nothing() {
    // later windows have more distinct symbols than the first: their room must be there already
    let text = text(20, 3);
    let config = config(&text, &[20, 11], 2, 16);
    // with a second thread rayon's queues allocate about twice in a run, 2 KB each, whenever that
    // thread first steals work; the engine would do so at every step
    for (threads, allowed) in [(1, 0), (2, 8)] {
        let counts = on_threads(threads, || {
            let mut run = trainer(&text, &config);
            run.step().expect("a number");
            let mut counts = Vec::with_capacity(run.windows());
            for _ in 1..run.windows() {
                let before = COUNT.load(SeqCst);
                run.step().expect("a number");
                counts.push(COUNT.load(SeqCst) - before);
            }
            counts
        });
        assert!(counts.len() > 2 * allowed, "{} steps", counts.len());
        assert!(counts.iter().sum::<usize>() <= allowed, "{threads} threads: {counts:?}");
    }
}
