//! Dropout masks keep the right share and know nothing of each other.

mod common;
use common::{SIZES, nan, same_bits_on_every_isa};
use hornpipe_kernels::{Isa, dropout_mask, mix};

const UNITS: usize = 256;

/// The key of a row, as a training run chains it.
fn key(update: u64, layer: u64, row: u64, time: u64) -> u64 {
    mix(mix(mix(mix(1, update), layer), row), time)
}

/// 256 rows of units that walk along one axis, kept = 1, dropped = 0, keep = 0.8.
fn walk(along: impl Fn(u64) -> u64) -> Vec<Vec<f64>> {
    let row = |step| {
        let mut mask = vec![f32::NAN; UNITS];
        dropout_mask(Isa::current(), along(step), 0.8, &mut mask);
        mask.iter().map(|&m| f64::from(u8::from(m > 0.0))).collect()
    };
    (0..256).map(row).collect()
}

/// Mean of (a - 0.8)(b - 0.8) / 0.16 in standard deviations of its chance value.
fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, n) =
        pairs.fold((0.0, 0.0), |(s, n), (a, b)| (s + (a - 0.8) * (b - 0.8) / 0.16, n + 1.0));
    sum / f64::sqrt(n)
}

#[test]
fn masks_keep_their_share_and_neighbours_are_independent() {
    type Axis = (&'static str, fn(u64) -> u64);
    let axes: [Axis; 6] = [
        ("time", |t| key(3, 0, 5, t)),
        ("row", |row| key(3, 0, row, 7)),
        ("layer", |layer| key(3, layer, 5, 7)),
        ("update", |update| key(update, 1, 5, 7)),
        ("lower half of the key", |key| key),
        ("upper half of the key", |key| key << 32),
    ];
    for (axis, along) in axes {
        let rows = walk(along);
        let kept: f64 = rows.iter().flatten().sum();
        let n = (rows.len() * UNITS) as f64;
        assert!((kept / n - 0.8).abs() < 4.0 * f64::sqrt(0.16 / n), "{axis}: kept {}", kept / n);
        for lag in [1, 2, 16] {
            let across = rows.iter().zip(&rows[lag..]);
            let across = across.flat_map(|(a, b)| a.iter().copied().zip(b.iter().copied()));
            let within = rows.iter().flat_map(|r| r.iter().copied().zip(r[lag..].iter().copied()));
            let shifted = rows.iter().zip(&rows[1..]);
            let shifted =
                shifted.flat_map(|(a, b)| a[lag..].iter().copied().zip(b.iter().copied()));
            let found = [correlation(across), correlation(within), correlation(shifted)];
            assert!(found.iter().all(|z| z.abs() < 4.0), "{axis}, lag {lag}: {found:?} sigma");
        }
        // Column sums spread as a binomial's do: no unit is favoured.
        let spread: f64 = (0..UNITS)
            .map(|u| rows.iter().map(|row| row[u] - 0.8).sum::<f64>())
            .map(|excess| excess * excess)
            .sum::<f64>()
            / (UNITS as f64 * 256.0 * 0.16);
        assert!((spread - 1.0).abs() < 4.0 * f64::sqrt(2.0 / UNITS as f64), "{axis}: {spread}");
    }
}

#[test]
fn a_unit_depends_on_its_key_and_place_alone() {
    let whole = same_bits_on_every_isa("dropout_mask", |isa| {
        let mut mask = nan::<f32>(255);
        dropout_mask(isa, 42, 0.8, &mut mask);
        mask
    });
    assert!(whole.iter().all(|&m| m == 0.0 || m == 1.25));
    for n in SIZES {
        let mut part = nan::<f32>(n);
        dropout_mask(Isa::current(), 42, 0.8, &mut part);
        assert_eq!(part, whole[..n]);
        dropout_mask(Isa::current(), 42, 1.0, &mut part);
        assert!(part.iter().all(|&m| m == 1.0));
    }
}
