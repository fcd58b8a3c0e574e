//! Models of other programs: PyTorch's names in safetensors, Keras's HDF5.

use crate::common::fixture_bytes;
use crate::damage::{damaged, damages};
use crate::memory::within;
use crate::tensors::with_header;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::engine::Activation;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::real::Real;
use hornpipe::engine::weights::Shape;
use hornpipe::run::exchange::{Exchanged, HDF5, decode_told, encode_for_pytorch, encode_model};
use std::path::Path;

/// What reading HDF5 may take beside a multiple of the file: the crate believes numbers of 16 bits, such
/// as those of filters and their parameters (measured 4.4 MB).
const BELIEVED: usize = 16 << 20;

/// Reads what may be a model; what is accepted is a model, which a file of ours shows.
fn read<R: Real>(bytes: &[u8], told: Option<Activation>) -> bool {
    let fixed = if bytes.starts_with(HDF5) { BELIEVED } else { FIXED };
    match within(fixed + 64 * bytes.len(), || decode_told::<R>(Path::new("m"), bytes, told)) {
        Ok((model, _)) => {
            assert!(model.weights.tensors().flatten().all(|x| x.to_f64().is_finite()));
            let again = encode_model(&model).expect("it can be written");
            let (again, _) = decode_told::<R>(Path::new("m"), &again, None).expect("its own file");
            assert!(again.weights == model.weights && again.activation == model.activation);
            true
        }
        Err(problem) => {
            check_sentence(&problem.to_string());
            false
        }
    }
}

/// A model in a file as PyTorch may have written it: without the hash that would show any damage.
fn pytorch(inputs: &[usize], lstm: &[usize]) -> Vec<u8> {
    let inputs: Vec<(String, usize)> = inputs.iter().map(|&n| (format!("i{n}"), n)).collect();
    let sizes = inputs.iter().map(|(_, size)| *size).collect();
    let shape = Shape { vocab: 5, embedding: 2, inputs: sizes, lstm: lstm.to_vec() };
    let mut model = Exchanged::<f32>::new(initial_weights(&shape, 1));
    model.inputs = inputs;
    let mut bytes = encode_for_pytorch(&model, Path::new("m")).expect("written");
    let (key, other) = (b"weights_sha256", b"something_else");
    let at = bytes.windows(key.len()).position(|some| some == key).expect("the key");
    bytes[at..at + key.len()].copy_from_slice(other);
    bytes
}

#[test]
fn modules_of_pytorch_from_strangers() {
    let seeds = [pytorch(&[], &[3, 2]), pytorch(&[3, 4], &[2, 2, 2])];
    assert!(seeds.iter().all(|seed| read::<f32>(seed, None)), "undamaged");
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator((damages(), 0..2usize)).for_each(
        |(damages, seed)| {
            let seed = &seeds[*seed];
            count.one(read::<f32>(&damaged(seed, damages), None));
            count.one(read::<f64>(&with_header(seed, damages), None));
        },
    );
    count.finish("modules of PyTorch");
}

#[cfg(feature = "keras")]
mod keras {
    use super::*;
    use hdf5_pure::{AttrValue, FileBuilder};
    use std::time::{Duration, Instant};

    fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// A file of our own.
    fn ours() -> Vec<u8> {
        let (model, _) =
            decode_told::<f32>(Path::new("m"), &fixture_bytes("keras"), None).expect("a model");
        hornpipe::run::exchange::encode_for_keras(&model, Path::new("m")).expect("written")
    }

    const SIGMOID: Option<Activation> = Some(Activation::Sigmoid);

    #[test]
    fn files_of_keras_from_strangers() {
        let seeds = [
            fixture("keras2_weights.h5"),
            fixture("keras3.weights.h5"),
            fixture("keras3.h5"),
            fixture("keras2.h5"),
            ours(),
        ];
        let mut count = Count::default();
        bolero::check!().with_iterations(RUNS).with_generator((damages(), 0..5usize)).for_each(
            |(damages, seed)| {
                let told = (*seed < 2).then_some(Activation::Sigmoid);
                count.one(read::<f32>(&damaged(&seeds[*seed], damages), told));
            },
        );
        count.finish("files of Keras");
    }

    #[test]
    fn a_file_of_keras_may_be_cut_anywhere() {
        for bytes in [fixture("keras2_weights.h5"), ours()] {
            assert!(read::<f32>(&bytes, SIGMOID));
            for length in 0..bytes.len() {
                read::<f32>(&bytes[..length], SIGMOID);
            }
        }
    }

    /// Every number of eight bytes that may be an address, led to every other: a group into itself, to
    /// one above it, into the midst of a tensor.
    #[test]
    fn addresses_may_lead_anywhere() {
        let bytes = ours();
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"));
        let is_address = |n: u64| (40..bytes.len() as u64).contains(&n);
        let places: Vec<usize> =
            (0..bytes.len() - 8).filter(|&at| is_address(number(at))).collect();
        let mut targets: Vec<u64> = places.iter().map(|&at| number(at)).collect();
        targets.sort_unstable();
        targets.dedup();
        let began = Instant::now();
        let (mut files, mut accepted, mut damaged) = (0, 0, bytes.clone());
        for &at in &places {
            for target in targets.iter().step_by(1 + targets.len() / 40) {
                damaged[at..at + 8].copy_from_slice(&target.to_le_bytes());
                accepted += usize::from(read::<f32>(&damaged, SIGMOID));
                files += 1;
            }
            damaged[at..at + 8].copy_from_slice(&bytes[at..at + 8]);
        }
        println!("{files} files, {accepted} accepted");
        assert!(accepted > 10 && files > 1000);
        assert!(began.elapsed() < Duration::from_millis(20) * files, "some took long");
    }

    #[test]
    fn of_many_groups_and_of_deep_ones_few_are_looked_at() {
        let mut many = FileBuilder::new();
        let mut below = many.create_group("layers");
        for n in 0..100_000 {
            let group = below.create_group(&n.to_string());
            below.add_group(group.finish());
        }
        many.add_group(below.finish());
        let mut deep = FileBuilder::new();
        let mut inner = deep.create_group("g");
        for _ in 0..100 {
            let mut outer = deep.create_group("g");
            outer.add_group(inner.finish());
            inner = outer;
        }
        deep.add_group(inner.finish());
        let mut text = FileBuilder::new();
        text.set_attr("model_config", AttrValue::String("[".repeat(1_000_000)));
        for (file, said) in [
            (many, "it has more than 20000 groups and tensors"),
            (deep, "its groups lie too deep for a model"),
            (text, ""),
        ] {
            let bytes = file.finish().expect("written");
            let began = Instant::now();
            let most = BELIEVED + 64 * bytes.len();
            let refused = within(most, || decode_told::<f32>(Path::new("m"), &bytes, SIGMOID));
            let refused = refused.expect_err("no model").to_string();
            assert!(refused.contains(said), "{refused}");
            assert!(began.elapsed() < Duration::from_secs(5), "{said}: {:?}", began.elapsed());
        }
    }
}
