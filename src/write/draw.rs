//! Drawing one symbol of the many.

use super::options::Options;
use ndarray::ArrayView1;
use ndarray_rand::rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Draws a symbol from softmax(logits / temperature), the rest as `options` say. In f64 with a
/// portable exponential: the same logits and generator give the same symbol everywhere.
pub(super) fn draw(
    logits: ArrayView1<f32>,
    temperature: f64,
    options: &Options,
    rng: &mut ChaCha8Rng,
) -> u32 {
    let mut order: Vec<(usize, f64)> = logits.iter().map(|&l| f64::from(l)).enumerate().collect();
    // the first of equals
    let (best, highest) = order
        .iter()
        .copied()
        .rev()
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .expect("a vocabulary has symbols");
    if temperature == 0.0 {
        return best as u32;
    }
    let restricted = options.top_k.is_some() || options.top_p.is_some();
    if restricted {
        // most likely first, equals in the order of their symbols
        order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        order.truncate(options.top_k.unwrap_or(usize::MAX));
    }
    for (_, weight) in &mut order {
        *weight = libm::exp((*weight - highest) / temperature);
    }
    if let Some(top_p) = options.top_p {
        let enough = top_p * total(&order);
        let mut reached = 0.0;
        let needed = order.iter().position(|(_, weight)| {
            reached += weight;
            reached >= enough
        });
        order.truncate(needed.map_or(order.len(), |last| last + 1));
    }
    if restricted {
        // those that are left in the order of their symbols, as without a restriction
        order.sort_by_key(|&(symbol, _)| symbol);
    }
    let mut left = rng.random::<f64>() * total(&order);
    for &(symbol, weight) in &order {
        left -= weight;
        if left < 0.0 {
            return symbol as u32;
        }
    }
    best as u32
}

fn total(weights: &[(usize, f64)]) -> f64 {
    weights.iter().fold(0.0, |sum, (_, weight)| sum + weight)
}
