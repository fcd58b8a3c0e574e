//! Law 1: gradients are right.

use crate::common::{CASES, fixture};
use hornpipe::engine::check::audit::{Case, central_difference, named, relative_error, worst};
use hornpipe::engine::layers::lstm::Lstm;
use hornpipe::engine::layers::tape::{Block, LstmTape, State};
use hornpipe::engine::real::{Precision, Real};
use hornpipe::engine::stopwatch::Stopwatch;
use hornpipe::engine::weights::{LstmWeights, Shape};
use hornpipe::look::report::Report;
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3, ArrayD};

/// Measured 6.8e-8, the error of central differences themselves.
const CENTRAL: f64 = 2e-7;
/// Measured 1.8e-15.
const AUTODIFF: f64 = 1e-14;
/// Measured 1.5e-6, for h0 of the lowest of three layers.
const F32: f64 = 5e-6;
/// Measured 1.6e-15.
const NAIVE: f64 = 5e-15;
/// Measured 5.3e-10: one layer, no fading on the way down.
const LAYER: f64 = 2e-9;

const BOTH: [Activation; 2] = [Activation::Sigmoid, Activation::HardSigmoid];

/// Random cases of every depth for both activations; sizes pairwise different within each.
fn cases() -> Vec<(String, Case)> {
    let none: &[usize] = &[];
    let sizes = [(none, &[17][..]), (none, &[19, 11]), (&[4, 10], &[19, 11]), (none, &[8, 6, 4])];
    let case = |(inputs, lstm): (&[usize], &[usize]), s| {
        let (inputs, lstm) = (inputs.to_vec(), lstm.to_vec());
        let shape = Shape { vocab: 13, embedding: 7, inputs, lstm };
        let name = format!("{:?}, places {:?}, {s:?}", shape.lstm, shape.inputs);
        (name, Case::random(&shape, 5, 3, s, 11))
    };
    sizes.into_iter().flat_map(|sizes| BOTH.map(|s| case(sizes, s))).collect()
}

#[test]
fn engine_gradients_are_finite_differences() {
    let fixtures = CASES.map(|name| (name.to_owned(), fixture(name).0));
    for (name, case) in cases().into_iter().chain(fixtures) {
        let (error, tensor) =
            worst(&named(&case.engine::<f64>(Precision::F32)), &case.engine_differences());
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= CENTRAL, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn engine_is_what_autodiff_says() {
    for name in CASES {
        let (case, expected) = fixture(name);
        let ours = named(&case.engine::<f64>(Precision::F32));
        assert!(ours.keys().eq(expected.keys()), "{name}: a tensor is missing");
        let (error, tensor) = worst(&ours, &expected);
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= AUTODIFF, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn engine_is_the_naive_model() {
    for (name, case) in cases() {
        let (error, tensor) =
            worst(&named(&case.engine::<f64>(Precision::F32)), &named(&case.naive(None)));
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= NAIVE, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn f32_engine_is_the_f64_engine() {
    let fixtures = CASES.map(|name| (name.to_owned(), fixture(name).0));
    for (name, case) in cases().into_iter().chain(fixtures) {
        let (error, tensor) = worst(
            &named(&case.engine::<f32>(Precision::F32)),
            &named(&case.engine::<f64>(Precision::F32)),
        );
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= F32, "{name}: {tensor} is {error:.1e} off");
    }
}

/// One layer with a dense input: all that a loss depends on, and the loss sum(h * r).
#[derive(Clone)]
struct Layer {
    activation: Activation,
    weights: LstmWeights<f64>,
    /// (T, B, D)
    x: Array3<f64>,
    state: State<f64>,
    /// (T, B, H)
    r: Array3<f64>,
}

impl Layer {
    /// (T, B, D, H) = (5, 3, 7, 19), from a random case whose second layer it is.
    fn random(activation: Activation) -> Self {
        let shape = Shape { vocab: 13, embedding: 4, inputs: vec![], lstm: vec![7, 19] };
        let Case { weights, batch, .. } = Case::random(&shape, 5, 3, activation, 12);
        let inputs = Case::random(&shape, 5, 3, activation, 13).naive(None);
        let wave =
            |scale: f64| move |(t, b, j)| scale * ((7 * t + 3 * b + 5 * j) % 11) as f64 - 0.5;
        Self {
            activation,
            state: State { h: batch.h0[1].clone(), c: batch.c0[1].clone() },
            weights: weights.lstm[1].clone(),
            x: Array3::from_shape_fn((5, 3, 7), |(t, b, j)| {
                0.5 * inputs.h[0][[b, j]] + 0.05 * wave(1.0)((t, b, j))
            }),
            r: Array3::from_shape_fn((5, 3, 19), wave(0.1)),
        }
    }

    fn run(&self) -> (Lstm<f64>, LstmTape<f64>, f64) {
        let (steps, batch, input) = self.x.dim();
        let hidden = self.weights.w_h.nrows();
        let mut lstm = Lstm::new(input, hidden, self.activation);
        lstm.load(&self.weights);
        let mut tape = LstmTape::new(steps, batch, hidden);
        lstm.project(&self.x, &mut tape);
        lstm.forward(&mut self.state.clone(), &mut tape);
        let outputs = tape.h.outer_iter().skip(1).zip(self.r.outer_iter());
        let loss = outputs.map(|(h, r)| (&h * &r).sum()).sum();
        (lstm, tape, loss)
    }

    /// Every number the loss depends on, tensor after tensor.
    fn inputs(&mut self) -> [(&'static str, &mut [f64]); 6] {
        let whole = "row-major";
        [
            ("w_x", self.weights.w_x.as_slice_mut().expect(whole)),
            ("w_h", self.weights.w_h.as_slice_mut().expect(whole)),
            ("bias", self.weights.bias.as_slice_mut().expect(whole)),
            ("x", self.x.as_slice_mut().expect(whole)),
            ("h0", self.state.h.as_slice_mut().expect(whole)),
            ("c0", self.state.c.as_slice_mut().expect(whole)),
        ]
    }
}

#[test]
fn layer_gradients_are_finite_differences_in_x_too() {
    for s in BOTH {
        let mut layer = Layer::random(s);
        let (lstm, mut tape, _) = layer.run();
        let mut d = LstmWeights {
            w_x: Array2::from_elem(layer.weights.w_x.dim(), f64::NAN),
            w_h: Array2::from_elem(layer.weights.w_h.dim(), f64::NAN),
            bias: layer.weights.bias.map(|_| f64::NAN),
        };
        let mut dx = Array3::from_elem(layer.x.dim(), f64::NAN);
        tape.dh.assign(&layer.r);
        tape.d_state =
            State { h: tape.d_state.h.map(|_| f64::NAN), c: tape.d_state.c.map(|_| f64::NAN) };
        let mut w_x_t = Default::default();
        f64::pack(&mut w_x_t, Precision::F32, layer.weights.w_x.t());
        let project = |block: &Block<f64>, d: &mut _| block.project(&w_x_t, &layer.x, d, &mut dx);
        lstm.backward(&layer.weights, &mut tape, &mut d, &mut Stopwatch::default(), project);
        let State { h: dh0, c: dc0 } = tape.d_state;
        let flat = |x: ArrayD<f64>| x.into_iter().collect::<Vec<_>>();
        let ours = [
            d.w_x.into_dyn(),
            d.w_h.into_dyn(),
            d.bias.into_dyn(),
            dx.into_dyn(),
            dh0.into_dyn(),
            dc0.into_dyn(),
        ]
        .map(flat);
        for (at, ours) in ours.into_iter().enumerate() {
            let mut differences = ours.clone();
            for (element, d) in differences.iter_mut().enumerate() {
                let value = layer.inputs()[at].1[element];
                *d = central_difference(value, |value| {
                    layer.inputs()[at].1[element] = value;
                    layer.run().2
                });
                layer.inputs()[at].1[element] = value;
            }
            let name = layer.inputs()[at].0;
            let array = |x: Vec<f64>| ndarray::Array1::from(x).into_dyn();
            let error = relative_error(&array(ours), &array(differences));
            println!("{s:?}: {name} {error:.1e}");
            assert!(error <= LAYER, "{s:?}: d{name} is {error:.1e} off");
        }
    }
}

/// 130 streams leave one step to a block of backward, 100 leave two to the first and one to the last.
#[test]
fn backward_in_blocks_of_steps_is_backward() {
    let shape = Shape { vocab: 13, embedding: 7, inputs: vec![4, 10], lstm: vec![9, 5] };
    for batch in [100, 130] {
        let case = Case::random(&shape, 3, batch, Activation::Sigmoid, 5);
        let (error, tensor) =
            worst(&named(&case.engine::<f64>(Precision::F32)), &named(&case.naive(None)));
        println!("{batch} streams: {error:.1e} ({tensor})");
        assert!(error <= NAIVE, "{batch} streams: {tensor} is {error:.1e} off");
    }
}

#[test]
fn the_audit_passes_and_would_not_if_something_were_off() {
    let shape = Shape { vocab: 13, embedding: 7, inputs: vec![4, 6], lstm: vec![9, 5] };
    for s in BOTH {
        let report = Report::of(&Case::random(&shape, 4, 3, s, 1));
        assert!(report.passes(), "{report:#?}");
        let missed = report.trials.iter().map(|trial| trial.error).fold(f64::INFINITY, f64::min);
        assert!(missed > 1e-3, "{report:#?}");
        for (at, figure) in [(0, 2e-6), (1, f64::NAN), (2, 3e-2), (3, f64::INFINITY)] {
            let mut spoilt = report.clone();
            spoilt.rows[3].errors[at] = figure;
            assert!(!spoilt.passes(), "{figure} should not pass as error {at}");
        }
        let mut spoilt = report.clone();
        spoilt.trials[0].error = 0.0;
        assert!(!spoilt.passes());
    }
}
