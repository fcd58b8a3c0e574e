//! How much of what a cell does is explained by what it might follow.

use super::features::Feature;
use super::reading::{C, Reading};
use rayon::prelude::*;

/// A cell, and what it follows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Follows {
    /// Its layer, from 0.
    pub layer: usize,
    /// Its unit there, from 0.
    pub unit: usize,
    /// The share of the variance of tanh(c) that each feature explains, 0 to 1.
    pub shares: Vec<f64>,
    /// Standard deviation of tanh(c) along the text.
    pub deviation: f64,
}

/// A cell whose tanh(c) has less of a standard deviation holds still: what little it moves may follow
/// anything.
pub const STILL: f64 = 0.05;

impl Follows {
    /// The share that feature `at` explains; nothing of a cell that holds [`STILL`].
    ///
    /// # Panics
    /// If there is no such feature.
    pub fn share(&self, at: usize) -> f64 {
        if self.deviation < STILL { 0.0 } else { self.shares[at] }
    }

    /// The most that any feature explains.
    pub fn most(&self) -> f64 {
        (0..self.shares.len()).fold(0.0, |most, at| most.max(self.share(at)))
    }
}

/// What the cells of all layers follow, in their order.
pub(super) fn follows(reading: &Reading, features: &[Feature]) -> Vec<Follows> {
    let layers = reading.layers.iter().enumerate();
    let cells = layers.flat_map(|(layer, cells)| (0..cells.dim().2).map(move |unit| (layer, unit)));
    let cells: Vec<(usize, usize)> = cells.collect();
    let follow = |&(layer, unit): &(usize, usize)| {
        let c = reading.trace(layer, unit, C);
        let values: Vec<f64> = c.map(|c| libm::tanh(f64::from(c))).collect();
        let share = |feature: &Feature| epsilon_squared(&values, &feature.labels);
        let shares = features.iter().map(share).collect();
        Follows { layer, unit, shares, deviation: deviation(&values) }
    };
    cells.par_iter().map(follow).collect()
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().fold(0.0, |sum, x| sum + x) / n;
    (values.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean)) / n).sqrt()
}

/// The share of the variance of `values` that their labels explain, without what labels explain by
/// chance: `1 - (1 - eta²)(n - 1)/(n - groups)`, never below 0 (Kelley 1935). Values without a label
/// are left out; where nothing varies, or each value has a label of its own, it is 0.
///
/// # Panics
/// If there is not a label or none for each value.
pub fn epsilon_squared(values: &[f64], labels: &[Option<usize>]) -> f64 {
    assert_eq!(values.len(), labels.len(), "a label or none for each value");
    let labelled = values.iter().zip(labels).filter_map(|(&x, &label)| Some((x, label?)));
    let groups = labels.iter().flatten().max().map_or(0, |most| most + 1);
    let mut counts_and_sums = vec![(0.0, 0.0); groups];
    let (mut n, mut sum) = (0.0, 0.0);
    for (x, label) in labelled.clone() {
        let (count, of_group) = &mut counts_and_sums[label];
        (*count, *of_group) = (*count + 1.0, *of_group + x);
        (n, sum) = (n + 1.0, sum + x);
    }
    let groups = counts_and_sums.iter().filter(|(count, _)| *count > 0.0).count() as f64;
    let (mut total, mut within) = (0.0, 0.0);
    for (x, label) in labelled {
        let (count, of_group) = counts_and_sums[label];
        let (from_mean, from_group) = (x - sum / n, x - of_group / count);
        (total, within) = (total + from_mean * from_mean, within + from_group * from_group);
    }
    if total == 0.0 || n <= groups {
        return 0.0;
    }
    (1.0 - within / total * (n - 1.0) / (n - groups)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::epsilon_squared;

    #[test]
    fn what_follows_a_feature_is_1_and_noise_is_about_0() {
        let labels: Vec<Option<usize>> =
            (0..1000).map(|at| (at % 7 > 0).then_some(at % 7)).collect();
        let of = |value: &dyn Fn(usize) -> f64| {
            let values: Vec<f64> = (0..1000).map(value).collect();
            epsilon_squared(&values, &labels)
        };
        assert!((of(&|at| [9.0, 0.5, -1.0, 0.1, 0.9, 0.2, 0.0][at % 7]) - 1.0).abs() < 1e-12);
        // by its hash; where there is no label it does not count
        let noise = |at: usize| (at.wrapping_mul(2_654_435_761) >> 7 & 1023) as f64;
        assert!(of(&noise) < 0.01, "{}", of(&noise));
        assert_eq!(of(&|at| if at % 7 == 0 { at as f64 } else { 3.0 }), 0.0);
        // by hand: eta² of two groups of two is 4/5, so 1 - 1/5·3/2
        let share = epsilon_squared(&[0.0, 1.0, 2.0, 3.0], &[Some(1), Some(1), Some(0), Some(0)]);
        assert!((share - 0.7).abs() < 1e-12, "{share}");
        assert_eq!(epsilon_squared(&[0.0, 1.0], &[Some(0), Some(1)]), 0.0);
    }
}
