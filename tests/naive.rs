//! The checker is checked: the naive model is right, and each of its bugs would be noticed.

mod common;

use common::{CASES, Case, case, central_differences, named, worst};
use hornpipe::naive::{Bug, gradients};

/// Central differences of the bug-free loss.
fn differences(case: &Case) -> common::Tensors {
    central_differences(&case.weights, &case.batch, |w, b| {
        gradients(w, case.activation, b, None).loss
    })
}

#[test]
fn naive_gradients_are_finite_differences() {
    for name in CASES {
        let case = case(name);
        let ours = named(&gradients(&case.weights, case.activation, &case.batch, None));
        let (error, tensor) = worst(&ours, &differences(&case));
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= 1e-6, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn naive_model_is_what_autodiff_says() {
    for name in CASES {
        let case = case(name);
        let ours = named(&gradients(&case.weights, case.activation, &case.batch, None));
        assert!(ours.keys().eq(case.expected.keys()), "{name}: a tensor is missing");
        let (error, tensor) = worst(&ours, &case.expected);
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= 1e-10, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn every_known_bug_is_caught() {
    for name in ["two_layers", "hard_sigmoid", "three_layers"] {
        let case = case(name);
        // In the gradients of the weights alone: that dh0 is missing would be too easy to see.
        let mut differences = differences(&case);
        differences.retain(|tensor, _| !tensor.ends_with('0'));
        for bug in Bug::ALL {
            let ours = named(&gradients(&case.weights, case.activation, &case.batch, Some(bug)));
            let (error, tensor) = worst(&ours, &differences);
            println!("{name}: {bug:45} {error:.1e} ({tensor})");
            assert!(error > 1e-3, "{name}: {bug} passes, {tensor} is {error:.1e} off");
        }
    }
}
