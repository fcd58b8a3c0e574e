//! How much memory a reader takes: an allocator that counts what each thread holds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

/// No test needs more at once; a lie that gets so far shall not bring the machine down.
const MOST_AT_ONCE: usize = 1 << 30;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn count(taken: usize, given_back: usize) {
    // what another thread took may be given back here
    let held = (HELD.get() + taken).saturating_sub(given_back);
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: every call goes to the system's allocator unchanged, or is refused with a null pointer.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        if layout.size() > MOST_AT_ONCE {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    // not the default, which would touch every page
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        if layout.size() > MOST_AT_ONCE {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `read` and fails if it held more than `most` bytes at any moment.
pub(crate) fn within<T>(most: usize, read: impl FnOnce() -> T) -> T {
    HELD.set(0);
    PEAK.set(0);
    let result = read();
    let peak = PEAK.get();
    assert!(peak <= most, "it took {peak} bytes; {most} is the most");
    result
}

#[test]
#[should_panic = "it took"]
fn a_large_allocation_is_noticed() {
    drop(within(1 << 20, || vec![0u8; 1 << 21]));
}
