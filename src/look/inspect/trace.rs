//! Numbers as text, one printable character each: 89 levels, so that a chart that is drawn from them
//! is right to about one part in ninety of its height.

/// The levels from the lowest to the highest: what stands in JSON and in HTML as it is.
pub(super) const LEVELS: &[u8; 89] =
    b"#$%'()*+,-./0123456789:;=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// Numbers in [low, high], each as its nearest level.
pub(super) fn encoded(numbers: impl Iterator<Item = f32>, low: f32, high: f32) -> String {
    let top = (LEVELS.len() - 1) as f32;
    let level = |x: f32| ((x - low) / (high - low) * top).round().clamp(0.0, top) as usize;
    numbers.map(|x| char::from(LEVELS[level(x)])).collect()
}

/// A whole number below the number of levels, or none, as one character.
pub(super) fn label(label: Option<usize>) -> char {
    label.and_then(|label| LEVELS.get(label)).map_or(' ', |level| char::from(*level))
}

#[cfg(test)]
mod tests {
    use super::{LEVELS, encoded};

    #[test]
    fn what_is_read_back_is_right_to_half_a_level() {
        assert!(LEVELS.is_sorted() && !LEVELS.iter().any(|level| b"\"&<\\ ".contains(level)));
        let numbers: Vec<f32> = (0..=1000).map(|at| at as f32 / 250.0 - 2.0).collect();
        let text = encoded(numbers.iter().copied(), -2.0, 2.0);
        assert_eq!(text.len(), numbers.len());
        let step = 4.0 / 88.0;
        for (x, level) in numbers.iter().zip(text.bytes()) {
            let back =
                -2.0 + step * LEVELS.iter().position(|l| *l == level).expect("a level") as f32;
            assert!((back - x).abs() <= step / 2.0 + 1e-6, "{x} came back as {back}");
        }
        // zero is a level, and what is outside or no number is the nearest or the lowest
        assert_eq!(encoded([0.0, 9.0, -9.0, f32::NAN].into_iter(), -2.0, 2.0), "Q~##");
    }
}
