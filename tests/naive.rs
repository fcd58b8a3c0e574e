//! The checker is checked: the naive model is right, and each of its bugs would be noticed.

mod common;

use common::{CASES, fixture};
use hornpipe::engine::check::audit::{Case, Tensors, named, worst};
use hornpipe::engine::check::naive::Bug;

/// Central differences of the bug-free loss.
fn differences(case: &Case) -> Tensors {
    case.central_differences(|case| case.naive(None).loss)
}

#[test]
fn naive_gradients_are_finite_differences() {
    for name in CASES {
        let (case, _) = fixture(name);
        let (error, tensor) = worst(&named(&case.naive(None)), &differences(&case));
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= 1e-6, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn naive_model_is_what_autodiff_says() {
    for name in CASES {
        let (case, expected) = fixture(name);
        let ours = named(&case.naive(None));
        assert!(ours.keys().eq(expected.keys()), "{name}: a tensor is missing");
        let (error, tensor) = worst(&ours, &expected);
        println!("{name}: {error:.1e} ({tensor})");
        assert!(error <= 1e-10, "{name}: {tensor} is {error:.1e} off");
    }
}

#[test]
fn every_known_bug_is_caught() {
    for name in ["two_layers", "hard_sigmoid", "three_layers", "places"] {
        let (case, _) = fixture(name);
        // In the gradients of the weights alone: that dh0 is missing would be too easy to see.
        let mut differences = differences(&case);
        differences.retain(|tensor, _| !tensor.ends_with('0'));
        let has_places = !case.weights.inputs.is_empty();
        for bug in Bug::ALL.into_iter().filter(|bug| has_places || *bug != Bug::PlacesOfNextStep) {
            let ours = named(&case.naive(Some(bug)));
            let (error, tensor) = worst(&ours, &differences);
            println!("{name}: {bug:45} {error:.1e} ({tensor})");
            assert!(error > 1e-3, "{name}: {bug} passes, {tensor} is {error:.1e} off");
        }
    }
}
