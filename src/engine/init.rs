//! Initial weights, as the notebook's Keras draws them.
//!
//! | tensor | values |
//! |---|---|
//! | embedding | uniform in ±0.05 |
//! | `w_x` (D, 4H), dense kernel | uniform in ±sqrt(6 / (rows + columns)) (Glorot and Bengio 2010) |
//! | `w_h` | orthonormal rows: one (H, 4H) matrix, not one per gate (Saxe et al. 2014) |
//! | biases | 0, the forget gate's 1 (Jozefowicz et al. 2015) |
//!
//! The rows D of the first layer are E + N, as in Keras if places are concatenated to the embedding.
//!
//! Every tensor has its own ChaCha8 stream of the seed, so its values do not depend on the sizes of
//! the others. All is drawn in f64 and only then rounded, with our own normals: no step differs
//! between platforms.

use crate::engine::real::Real;
use crate::engine::weights::{Shape, Weights};
use ndarray::{Array2, ArrayView1, Axis, Slice};
use ndarray_rand::RandomExt;
use ndarray_rand::rand::distr::StandardUniform;
use ndarray_rand::rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws the weights of a model of this shape.
///
/// # Panics
/// If the shape has no LSTM layer.
pub fn initial_weights<R: Real>(shape: &Shape, seed: u64) -> Weights<R> {
    let mut stream = 0;
    let mut rng = || {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        stream += 1;
        rng
    };
    let mut weights = Weights::<f64>::zeros(shape);
    weights.embedding = uniform(shape.vocab, shape.embedding, 0.05, &mut rng());
    for (k, layer) in weights.lstm.iter_mut().enumerate() {
        let hidden = shape.lstm[k];
        layer.w_x = glorot(shape.input_of(k), 4 * hidden, &mut rng());
        layer.w_h = orthonormal_rows(hidden, 4 * hidden, &mut rng());
        let forget = Slice::from(hidden..2 * hidden);
        layer.bias.slice_axis_mut(Axis(0), forget).fill(1.0);
    }
    weights.dense.kernel = glorot(shape.top(), shape.vocab, &mut rng());
    weights.convert()
}

/// Uniform in [-limit, limit).
fn uniform(rows: usize, columns: usize, limit: f64, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let unit: Array2<f64> = Array2::random_using((rows, columns), StandardUniform, rng);
    unit.mapv(|u| limit * (2.0 * u - 1.0))
}

fn glorot(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    uniform(rows, columns, (6.0 / (rows + columns) as f64).sqrt(), rng)
}

/// (H, N) with orthonormal rows, H <= N: rows of normals made orthogonal one after the other
/// (modified Gram-Schmidt, each row twice, which leaves errors of a few units in the last place).
fn orthonormal_rows(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let mut q = Array2::from_shape_simple_fn((rows, columns), || normal(rng));
    for r in 0..rows {
        let (done, rest) = q.view_mut().split_at(Axis(0), r);
        let mut rest = rest.into_slice().expect("rows are contiguous").chunks_mut(columns);
        let (row, mut next) = (rest.next().expect("row r"), rest.next());
        let clear = |row: &mut [f64]| done.rows().into_iter().for_each(|q| subtract(row, q));
        // this row for the second time, the next for the first: the same numbers, side by side
        rayon::join(|| clear(row), || next.as_deref_mut().map(clear));
        let length = dot(row, row).sqrt();
        row.iter_mut().for_each(|x| *x /= length);
        if let Some(next) = next {
            subtract(next, ArrayView1::from(&*row));
        }
    }
    q
}

/// Takes the part along `other`, a row of length 1, out of `row`.
fn subtract(row: &mut [f64], other: ArrayView1<f64>) {
    let other = other.to_slice().expect("a row is contiguous");
    let along = dot(row, other);
    row.iter_mut().zip(other).for_each(|(x, &y)| *x -= along * y);
}

/// Eight partial sums in a fixed shape: the same bits everywhere, and quick.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x, x_tail) = x.as_chunks::<8>();
    let (y, y_tail) = y.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    let tail = x_tail.iter().zip(y_tail).fold(0.0, |sum, (x, y)| sum + x * y);
    sums.iter().fold(tail, |all, sum| all + sum)
}

/// A standard normal by Marsaglia's polar method with a portable logarithm (rand_distr's ziggurat
/// calls the platform's).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let [u, v] = [(); 2].map(|()| 2.0 * rng.random::<f64>() - 1.0);
        let radius = u * u + v * v;
        if radius > 0.0 && radius < 1.0 {
            return u * (-2.0 * libm::log(radius) / radius).sqrt();
        }
    }
}
