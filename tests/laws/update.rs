//! Law 6: the update is Keras's, and so are the initial weights.

use crate::common::{config, fixture, fixture_bytes, tensors, text, trainer, weights};
use hornpipe::engine::adam::{Adam, clip_scale, global_norm};
use hornpipe::engine::check::audit::relative_error;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::real::Precision;
use hornpipe::engine::weights::{Shape, Weights};
use ndarray::{Array1, Array2, ArrayD, Axis, Slice};

/// Measured 1.3e-16.
const STEPS: f64 = 1e-15;

fn assert_same(ours: &Weights<f64>, reference: &Weights<f64>, when: &str) {
    let names = reference.shape().tensors().into_iter();
    for (((name, dims), ours), reference) in names.zip(ours.tensors()).zip(reference.tensors()) {
        let array = |x: &[f64]| ArrayD::from_shape_vec(dims.clone(), x.to_vec()).expect("whole");
        let error = relative_error(&array(ours), &array(reference));
        println!("{when}: {name} {error:.1e}");
        assert!(error <= STEPS, "{when}: {name} is {error:.1e} off");
    }
}

#[test]
fn ten_adam_steps_are_the_reference_trajectory() {
    let (mut case, _) = fixture("two_layers");
    let reference = tensors(&fixture_bytes("two_layers.adam"));
    let mut adam = Adam::new(&case.weights.shape());
    for (at, &loss) in reference["loss"].iter().enumerate() {
        let outcome = case.engine::<f64>(Precision::F32);
        assert!((outcome.loss - loss).abs() <= STEPS * loss, "loss before step {}", at + 1);
        adam.step(&mut case.weights, &outcome.gradients, 1e-3, 1.0);
        if at == 0 || at == 9 {
            let step = format!("step{}", at + 1);
            assert_same(&case.weights, &weights(&reference, &format!("{step}.")), &step);
        }
    }
    assert_eq!((reference["loss"].len(), adam.clock.t), (10, 10));
}

#[test]
fn clipping_scales_the_whole_gradient_at_once() {
    let shape = Shape { vocab: 7, embedding: 3, inputs: vec![], lstm: vec![5, 4] };
    let d: Weights<f64> = initial_weights(&shape, 4);
    let norm = d.tensors().flatten().map(|x| x * x).sum::<f64>().sqrt();
    assert!((global_norm(&d) - norm).abs() <= 1e-14 * norm);
    assert_eq!(clip_scale(3.0, 5.0), 1.0);
    assert_eq!(clip_scale(5.0, 5.0), 1.0);
    assert_eq!(clip_scale(10.0, 5.0), 0.5);

    // a step with a scale is a step along the scaled gradient
    let start: Weights<f64> = initial_weights(&shape, 5);
    let mut scaled = d.clone();
    scaled.tensors_mut().for_each(|d| d.iter_mut().for_each(|d| *d *= 0.25));
    let step = |d: &Weights<f64>, scale| {
        let (mut weights, mut adam) = (start.clone(), Adam::new(&shape));
        adam.step(&mut weights, d, 1e-3, scale);
        weights
    };
    assert_eq!(step(&d, 0.25), step(&scaled, 1.0));
    assert_ne!(step(&d, 0.25), step(&d, 1.0));
}

#[test]
fn a_run_clips_to_the_length_it_was_given() {
    let text = text(4, 3);
    let mut clipped = config(&text, &[10, 6], 3, 8);
    let mut first_moment = |clip| {
        clipped.clip = clip;
        let mut run = trainer(&text, &clipped);
        let step = run.step().expect("a number");
        // m = (1 - b1) * scale * d after one step
        (global_norm(&run.adam.m) / 0.1, step.gradient_norm)
    };
    let (free, unmeasured) = first_moment(None);
    assert_eq!(unmeasured, None);
    for (limit, expected) in [(0.01, 0.01), (1e3, free)] {
        let (length, norm) = first_moment(Some(limit));
        assert!((length - expected).abs() < 1e-5 * expected, "{length} instead of {expected}");
        assert!((norm.expect("clipping measures") - free).abs() < 1e-5 * free);
    }
}

const SHAPE: [usize; 4] = [87, 48, 40, 24];

fn drawn(seed: u64) -> Weights<f64> {
    let [vocab, embedding, lower, upper] = SHAPE;
    initial_weights(&Shape { vocab, embedding, inputs: vec![], lstm: vec![lower, upper] }, seed)
}

/// All within the limit, and reaching 98 % of it on both sides.
fn assert_fills(x: &Array2<f64>, limit: f64, name: &str) {
    let (low, high) = x.iter().fold((0.0, 0.0), |(low, high), &x| (x.min(low), x.max(high)));
    assert!(-limit <= low && high <= limit, "{name}: {low}..{high} leaves ±{limit}");
    assert!(low < -0.98 * limit && 0.98 * limit < high, "{name}: {low}..{high} in ±{limit}");
    // the mean of n uniform numbers has deviation limit / sqrt(3 n)
    let mean = x.mean().expect("not empty").abs();
    assert!(mean < 4.0 * limit / (3.0 * x.len() as f64).sqrt(), "{name}: mean {mean}");
}

#[test]
fn initial_weights_are_those_of_keras() {
    let weights = drawn(1);
    assert_fills(&weights.embedding, 0.05, "embedding");
    for (k, layer) in weights.lstm.iter().enumerate() {
        let hidden = SHAPE[2 + k];
        let glorot = (6.0 / (SHAPE[1 + k] + 4 * hidden) as f64).sqrt();
        assert_fills(&layer.w_x, glorot, "w_x");
        let gram = layer.w_h.dot(&layer.w_h.t()) - Array2::<f64>::eye(hidden);
        let error = gram.iter().fold(0.0, |worst: f64, x| worst.max(x.abs()));
        println!("rows of w_h {k}: {error:.1e} from orthonormal");
        assert!(error <= 1e-14, "rows of w_h {k}: {error:.1e} from orthonormal");
        for gate in 0..4 {
            let one =
                layer.w_h.slice_axis(Axis(1), Slice::from(gate * hidden..(gate + 1) * hidden));
            let diagonal = one.dot(&one.t())[[0, 0]];
            assert!(diagonal < 0.6, "gate {gate} of layer {k} is orthogonal by itself");
        }
        let mut bias = Array1::zeros(4 * hidden);
        bias.slice_axis_mut(Axis(0), Slice::from(hidden..2 * hidden)).fill(1.0);
        assert_eq!(layer.bias, bias);
    }
    assert_fills(&weights.dense.kernel, (6.0 / (SHAPE[3] + SHAPE[0]) as f64).sqrt(), "dense");
    assert!(weights.dense.bias.iter().all(|&x| x == 0.0));
    // in f32 the rows are orthonormal as far as f32 goes
    let narrow: Weights<f64> = drawn(1).convert::<f32>().convert();
    let gram = narrow.lstm[0].w_h.dot(&narrow.lstm[0].w_h.t()) - Array2::<f64>::eye(SHAPE[2]);
    assert!(gram.iter().all(|x| x.abs() <= 1e-6));
}

#[test]
fn initial_weights_are_a_function_of_seed_and_shape() {
    assert_eq!(drawn(1), drawn(1));
    for (one, other) in drawn(1).tensors().zip(drawn(2).tensors()) {
        let constant = one.iter().all(|&x| x == 0.0 || x == 1.0);
        assert_eq!(one == other, constant, "only biases do not depend on the seed");
    }
    // every tensor draws from a stream of its own: uniform ones, brought to ±1, share no beginning
    let weights = drawn(1);
    let matrices = [&weights.embedding, &weights.lstm[0].w_x, &weights.lstm[1].w_x];
    let limits = [0.05, (6.0 / 208.0_f64).sqrt(), (6.0 / 136.0_f64).sqrt()];
    let unit = |at: usize| matrices[at].row(0).mapv(|x| (x / limits[at] * 1e9).round())[0];
    assert!(unit(0) != unit(1) && unit(1) != unit(2) && unit(0) != unit(2));
    // a wider top layer leaves every tensor below it alone
    let [vocab, embedding, lower, _] = SHAPE;
    let wider =
        initial_weights(&Shape { vocab, embedding, inputs: vec![], lstm: vec![lower, 31] }, 1);
    assert_eq!((&weights.embedding, &weights.lstm[0]), (&wider.embedding, &wider.lstm[0]));
    // a larger vocabulary leaves the layers alone
    let more = initial_weights(
        &Shape { vocab: 91, embedding, inputs: vec![], lstm: vec![lower, SHAPE[3]] },
        1,
    );
    assert_eq!(weights.lstm, more.lstm);
}
