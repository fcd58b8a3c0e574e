//! `hornpipe gradients` against the fixtures: every tensor, in both precisions, from every type of
//! number a batch may have.

use super::common::{CASES, fixture, fixture_bytes};
use super::{batch, folder, hornpipe, of_tensors, ok, train, whole, write};
use hornpipe::engine::check::audit::relative_error;
use ndarray::ArrayD;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::path::Path;

/// What the engine is held to in `laws/gradients.rs`: 1.8e-15 and 1.5e-6 were measured there.
const LIMITS: [(&str, Dtype, f64); 2] = [("f64", Dtype::F64, 1e-14), ("f32", Dtype::F32, 5e-6)];

/// All tensors of a file as f64, each with the type it has there.
pub(crate) fn tensors(path: &Path) -> BTreeMap<String, (Dtype, ArrayD<f64>)> {
    let bytes = std::fs::read(path).expect("a file");
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let read = |view: TensorView| {
        let f32s = |b: &[u8]| f64::from(f32::from_le_bytes(b.try_into().expect("4 bytes")));
        let f64s = |b: &[u8]| f64::from_le_bytes(b.try_into().expect("8 bytes"));
        let numbers = match view.dtype() {
            Dtype::F32 => view.data().chunks(4).map(f32s).collect(),
            Dtype::F64 => view.data().chunks(8).map(f64s).collect(),
            other => panic!("{other:?}"),
        };
        (view.dtype(), ArrayD::from_shape_vec(view.shape(), numbers).expect("a whole tensor"))
    };
    file.tensors().into_iter().map(|(name, view)| (name, read(view))).collect()
}

/// A folder with the case's model and this batch.
fn case_folder(case: &str, batch: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "m.safetensors", &fixture_bytes(&format!("{case}.model")));
    write(folder.path(), "b.safetensors", batch);
    folder
}

fn compute(here: &Path, precision: &str) -> BTreeMap<String, (Dtype, ArrayD<f64>)> {
    let files = "--model m.safetensors --batch b.safetensors -o g.safetensors";
    ok(here, &format!("gradients {files} --precision {precision}"));
    tensors(&here.join("g.safetensors"))
}

#[test]
fn gradients_are_what_autodiff_says_in_both_precisions() {
    for case in CASES {
        let (_, mut expected) = fixture(case);
        // the command has no names for the gradients of the first states
        expected.retain(|name, _| !name.ends_with("h0") && !name.ends_with("c0"));
        assert_eq!(expected["loss"].ndim() + expected["accuracy"].ndim(), 0, "scalars");
        let folder = case_folder(case, &fixture_bytes(&format!("{case}.batch")));
        for (precision, promised, limit) in LIMITS {
            let ours = compute(folder.path(), precision);
            assert!(ours.keys().eq(expected.keys()), "{case}: {:?}", ours.keys());
            for (name, (dtype, ours)) in &ours {
                assert_eq!(*dtype, promised, "{case}, {precision}: {name}");
                assert_eq!(ours.shape(), expected[name].shape(), "{case}, {precision}: {name}");
                let error = relative_error(ours, &expected[name]);
                println!("{case}, {precision}: {name} {error:.1e}");
                assert!(error <= limit, "{case}, {precision}: {name} is {error:.1e} off");
            }
        }
    }
}

/// The batch with its numbers rounded to f32: as I32 and F32, or as the I64 and F64 it had.
fn rounded(batch: &[u8], narrow: bool) -> Vec<u8> {
    let file = SafeTensors::deserialize(batch).expect("safetensors");
    let tensor = |view: &TensorView| -> (Dtype, Vec<u8>) {
        let words = view.data().chunks(8).map(|b| <[u8; 8]>::try_from(b).expect("8 bytes"));
        let rounded = words.clone().map(|word| f64::from_le_bytes(word) as f32);
        let symbols = words.map(i64::from_le_bytes);
        match (view.dtype(), narrow) {
            (Dtype::I64, true) => {
                (Dtype::I32, symbols.flat_map(|x| (x as i32).to_le_bytes()).collect())
            }
            (Dtype::F64, true) => (Dtype::F32, rounded.flat_map(f32::to_le_bytes).collect()),
            (Dtype::F64, false) => {
                (Dtype::F64, rounded.flat_map(|x| f64::from(x).to_le_bytes()).collect())
            }
            (other, _) => (other, view.data().to_vec()),
        }
    };
    let views = file.tensors();
    let all: Vec<_> = views
        .iter()
        .map(|(name, view)| {
            let (dtype, bytes) = tensor(view);
            (name.as_str(), dtype, view.shape(), bytes)
        })
        .collect();
    of_tensors(&all)
}

#[test]
fn a_batch_may_have_either_width_in_either_precision() {
    for case in CASES {
        let batch = fixture_bytes(&format!("{case}.batch"));
        let [narrow, wide] = [true, false].map(|narrow| rounded(&batch, narrow));
        assert_ne!(narrow.len(), wide.len());
        for (precision, ..) in LIMITS {
            let of = |batch: &[u8]| compute(case_folder(case, batch).path(), precision);
            let ours = of(&narrow);
            assert_eq!(ours, of(&wide), "{case}, {precision}");
            assert_eq!(ours == of(&batch), precision == "f32" || case == "one_layer", "{case}");
        }
    }
}

#[test]
fn a_run_gives_gradients_of_every_weight() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    ok(here, "export run -o m.safetensors");
    write(here, "b.safetensors", &batch(&[0, 1, 2, 3, 4, 5]));
    let [wide, narrow, rounded] = ["f64", "f32", "bf16"].map(|precision| compute(here, precision));
    for (name, (_, weight)) in tensors(&here.join("m.safetensors")) {
        let (_, gradient) = &wide[&format!("grad.{name}")];
        assert_eq!(gradient.shape(), weight.shape(), "{name}");
        assert!(gradient.iter().any(|x| *x != 0.0), "{name} is zero");
    }
    for (name, (_, wide)) in &wide {
        let error = relative_error(&narrow[name].1, wide);
        assert!(error <= 1e-4, "{name} is {error:.1e} off");
        let (dtype, rounded) = &rounded[name];
        let error = relative_error(rounded, wide);
        // measured 3.4e-3 to 4.4e-3 of the kernels; with products in f32 1e-7
        let least = if name.ends_with("kernel") { 1e-3 } else { 0.0 };
        assert_eq!(*dtype, Dtype::F32, "{name}");
        assert!((least..=1e-2).contains(&error), "{name} in bf16 is {error:.1e} off");
    }
}

/// The batch of the case without its places, or with these.
fn with_places(places: Option<(&[usize], Vec<u8>)>) -> Vec<u8> {
    let bytes = fixture_bytes("places.batch");
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let views = file.tensors();
    let others = views.iter().filter(|(name, _)| name != "places");
    let others = others
        .map(|(name, view)| (name.as_str(), view.dtype(), view.shape(), view.data().to_vec()));
    let places = places.map(|(dims, bytes)| ("places", Dtype::I64, dims, bytes));
    of_tensors(&others.chain(places).collect::<Vec<_>>())
}

#[test]
fn places_that_do_not_fit_are_refused_by_name() {
    let files = "--model m.safetensors --batch b.safetensors -o g.safetensors";
    // (B, T) = (3, 7), inputs of 28 and 34 values
    let too_high = [[0; 41].as_slice(), &[34]].concat();
    for (places, sentence) in [
        (None, "it has no tensor places; for this model it must have one of shape [3, 7, 2]"),
        (Some((&[3, 7, 1][..], whole(&[0; 21]))), "it must be [3, 7, 2]"),
        (Some((&[3, 7, 2], whole(&too_high))), "places holds 34 in column 1, but"),
    ] {
        let folder = case_folder("places", &with_places(places));
        let (code, _, err) = hornpipe(folder.path(), &format!("gradients {files}"));
        assert!(code == 1 && err.contains(sentence), "wanted {sentence}: exit {code}, {err}");
        assert!(err.lines().count() == 1 && err.contains("b.safetensors"), "{err}");
        assert!(!folder.path().join("g.safetensors").exists(), "{err}");
    }
    // a model without inputs has no use for them, and says so
    let batch = fixture_bytes("one_layer.batch");
    let file = SafeTensors::deserialize(&batch).expect("safetensors");
    let views = file.tensors();
    let own = |(name, view): &(String, TensorView)| {
        (name.clone(), view.dtype(), view.shape().to_vec(), view.data().to_vec())
    };
    let mut tensors: Vec<_> = views.iter().map(own).collect();
    tensors.push(("places".into(), Dtype::I64, vec![1], whole(&[0])));
    let tensors =
        tensors.iter().map(|(name, of, dims, bytes)| (&name[..], *of, &dims[..], bytes.clone()));
    let folder = case_folder("one_layer", &of_tensors(&tensors.collect::<Vec<_>>()));
    let (code, _, err) = hornpipe(folder.path(), &format!("gradients {files}"));
    assert!(code == 0 && err.contains("places"), "exit {code}, {err}");
}
