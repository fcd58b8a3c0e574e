//! The longest run that two sequences share, by comparing every pair of places.

/// Its length.
pub(crate) fn shared_run<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut best = 0;
    let mut before = vec![0; b.len() + 1];
    for x in a {
        let mut now = vec![0; b.len() + 1];
        for (at, y) in b.iter().enumerate() {
            now[at + 1] = if x == y { before[at] + 1 } else { 0 };
            best = best.max(now[at + 1]);
        }
        before = now;
    }
    best
}
