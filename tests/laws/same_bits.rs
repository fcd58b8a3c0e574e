//! Law 3: the same bits for any number of threads and on every instruction set.

use crate::common::{config, on_threads, text, trainer};
use hornpipe::checkpoint::{text_sha256, weights_sha256};
use hornpipe_kernels::{Activation, Isa};
use std::fmt::Write;
use std::process::Command;

/// What [`fingerprint`] is on every machine. Renew it only when the numbers are meant to change
/// (initial weights, masks, a polynomial, the order of a sum): run
/// `cargo test --release --test laws same_bits` and copy the line that the failure shows.
const GOLDEN: &str = "8732003ca8ae191e e6bcfa3a86f2a660 d6be45964ed340c8 13e355e61b9e484a";

/// Twenty steps with dropout and clipping, for both activations: hashes of the losses and norms
/// as printed, and of the weights. One tensor is longer than a chunk of Adam, layers are wider
/// than a panel and not a multiple of it, five rows do not divide by two or three threads.
fn fingerprint() -> String {
    let text = text(9, 2);
    let mut hashes = Vec::new();
    for activation in [Activation::Sigmoid, Activation::HardSigmoid] {
        let mut config = config(&text, &[66, 18], 5, 9);
        config.activation = activation;
        let mut run = trainer(&text, &config);
        assert!(run.model.weights().tensors().any(|tensor| tensor.len() > 1 << 14));
        let mut printed = String::new();
        for _ in 0..20 {
            run.progress.window %= run.windows();
            let step = run.step().expect("a number");
            let norm = step.gradient_norm.expect("clipping needs it");
            writeln!(printed, "{} {} {norm}", step.score.loss, step.score.accuracy).expect("room");
        }
        hashes.push(text_sha256(&printed)[..16].to_owned());
        hashes.push(weights_sha256(run.model.weights())[..16].to_owned());
    }
    hashes.join(" ")
}

#[test]
fn threads_do_not_show_in_the_bits() {
    for threads in [1, 2, 3, 5] {
        assert_eq!(on_threads(threads, fingerprint), GOLDEN, "{threads} threads");
    }
}

#[test]
fn instruction_sets_do_not_show_in_the_bits() {
    for isa in Isa::available() {
        // which one a process uses is settled once, so each gets a process of its own
        let child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "same_bits::print_fingerprint", "--ignored", "--nocapture"])
            .env("HORNPIPE_ISA", isa.name())
            .output()
            .expect("a process");
        let said = String::from_utf8_lossy(&child.stdout);
        let line = said.lines().find_map(|line| line.split_once("fingerprint of "));
        let (_, line) = line.unwrap_or_else(|| panic!("{isa} was not tested: {said}"));
        assert_eq!(line, format!("{isa}: {GOLDEN}"));
    }
}

#[test]
#[ignore = "run by instruction_sets_do_not_show_in_the_bits, once for each"]
fn print_fingerprint() {
    println!("\nfingerprint of {}: {}", Isa::current(), on_threads(2, fingerprint));
}
