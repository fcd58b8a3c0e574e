//! Models and batches as safetensors: as they come, and with the length of the header made right.

use crate::common::fixture_bytes;
use crate::damage::{Damage, damaged, damages};
use crate::memory::within;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::engine::Activation;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::real::{Precision, Real};
use hornpipe::engine::weights::Shape;
use hornpipe::learn::text::Vocabulary;
use hornpipe::run::batch::decode_batch;
use hornpipe::run::exchange::{Exchanged, decode_model, encode_model};
use ndarray::Axis;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::path::Path;

/// A small model in a file of our own, with hash and vocabulary.
pub(crate) fn model() -> Vec<u8> {
    let shape = Shape { vocab: 5, embedding: 2, inputs: vec![3, 4], lstm: vec![3, 2] };
    let weights = initial_weights(&shape, 1);
    let mut model = Exchanged::<f32>::new(weights);
    model.activation = Some(Activation::HardSigmoid);
    (model.dropout, model.precision) = (Some(0.25), Precision::Bf16);
    model.vocabulary = Some(Vocabulary::of("\nABé\""));
    model.inputs = vec![("field".to_owned(), 3), ("bar".to_owned(), 4)];
    model.tonic = Some("Bb".to_owned());
    model.book = Some(r#"{"tunes":3}"#.to_owned());
    encode_model(&model).expect("it can be written")
}

/// Length of the header with the eight bytes that say so.
pub(crate) fn header(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize
}

/// The file with damages in its header alone, whose length is then said truly.
pub(crate) fn with_header(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let (head, data) = bytes.split_at(header(bytes));
    let head = damaged(&head[8..], damages);
    [&(head.len() as u64).to_le_bytes()[..], &head, data].concat()
}

/// The file with `lie` in the place of `truth` in its header.
fn lying(bytes: &[u8], truth: &str, lie: &str) -> Vec<u8> {
    let (head, data) = bytes.split_at(header(bytes));
    let head = std::str::from_utf8(&head[8..]).expect("JSON");
    assert_eq!(head.matches(truth).count(), 1, "{truth} in {head}");
    let head = head.replace(truth, lie);
    [&(head.len() as u64).to_le_bytes()[..], head.as_bytes(), data].concat()
}

/// Reads what may be a model; what is accepted must come back from a file of its own.
pub(crate) fn read_model<R: Real>(bytes: &[u8]) -> bool {
    let most = FIXED + 64 * bytes.len();
    match within(most, || decode_model::<R>(Path::new("m"), bytes)) {
        Ok((model, _)) => {
            let again = encode_model(&model).expect("it can be written");
            let (again, unused) = decode_model::<R>(Path::new("m"), &again).expect("its own file");
            assert!(again.weights == model.weights && unused.is_empty());
            assert!(again.activation == model.activation && again.dropout == model.dropout);
            assert_eq!(again.vocabulary, model.vocabulary);
            assert_eq!((again.inputs, again.tonic), (model.inputs, model.tonic));
            assert_eq!((again.book, again.precision), (model.book, model.precision));
            true
        }
        Err(problem) => {
            check_sentence(&problem.to_string());
            false
        }
    }
}

#[test]
fn models_from_strangers() {
    let seeds = [model(), fixture_bytes("two_layers.model"), fixture_bytes("hard_sigmoid.model")];
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator((damages(), 0..3usize)).for_each(
        |(damages, seed)| {
            let seed = &seeds[*seed];
            count.one(read_model::<f32>(&damaged(seed, damages)));
            count.one(read_model::<f64>(&with_header(seed, damages)));
        },
    );
    count.finish("models");
}

#[test]
fn what_a_model_says_of_itself_is_held_against_the_rest() {
    let refusal = |bytes: &[u8]| match decode_model::<f32>(Path::new("m"), bytes) {
        Ok(_) => String::new(),
        Err(problem) => problem.to_string(),
    };
    for (truth, lie, said) in [
        // as many numbers, but transposed
        ("[2,5]", "[5,2]", "dense.kernel has shape [5, 2], but"),
        ("hard_sigmoid", "relu", "recurrent_activation is \"relu\""),
        ("bf16", "fp8", "its precision is \"fp8\"; hornpipe knows f32 and bf16"),
        ("\"0.25\"", "\"1\"", "its dropout is not a number in [0, 1)"),
        (r#"\"B\","#, "", "its vocabulary has 4 symbols, the model 5"),
        (r#"\"B\","#, r#"\"A\","#, "its vocabulary names a symbol twice"),
        (r#"\"bar\",4"#, r#"\"bar\",5"#, "embedding's width of 2 and the 8 values of the inputs"),
        ("\"inputs\":", "\"puts\":", "lstm.0.kernel has shape [9, 12], but the"),
        (r#"\"bar\",4"#, r#"\"bar\",0"#, "its input bar has 0 values"),
        (r#"\"bar\",4"#, r#"\"bar\",-4"#, "its inputs are not a JSON array of pairs"),
        (r#"\"bar\",4"#, r#"\"bar\",1048576"#, "its inputs have 1048579 values together"),
        (r#"\"bar\",4"#, r#"\"field\",4"#, "its inputs name field twice"),
        ("\"Bb\"", "\"Bflat\"", "its tonic is \"Bflat\"; it must be one as C, F# or Bb"),
    ] {
        let said_of_it = refusal(&lying(&model(), truth, lie));
        assert!(said_of_it.contains(said), "{lie}: {said_of_it:?}");
    }
    let weights =
        initial_weights(&Shape { vocab: 3, embedding: 2, inputs: vec![], lstm: vec![1; 65] }, 1);
    let tall = Exchanged::<f32>::new(weights);
    let said = refusal(&encode_model(&tall).expect("it can be written"));
    assert!(said.contains("it has 65 layers; 64 is the most"), "{said:?}");
}

#[test]
fn a_batch_is_held_against_its_model_and_itself() {
    let (model, _) =
        decode_model::<f32>(Path::new("m"), &fixture_bytes("two_layers.model")).expect("a model");
    let (batch, shape) = (fixture_bytes("two_layers.batch"), model.weights.shape());
    let read = |bytes: &[u8], shape| match decode_batch::<f32>(Path::new("b"), bytes, shape) {
        Ok(batch) => format!("unused {:?}", batch.unused),
        Err(problem) => problem.to_string(),
    };
    assert_eq!(read(&batch, &shape), "unused []");
    // a slip in a name
    let slip = lying(&batch, "lstm.0.h0", "lstm.0.ho");
    assert_eq!(read(&slip, &shape), "unused [\"lstm.0.ho\"]");
    let y = |dims: &str| format!("[120,240],\"dtype\":\"I64\",\"shape\":{dims}");
    let said = read(&lying(&batch, &y("[3,5]"), &y("[5,3]")), &shape);
    assert!(said.contains("y has shape [5, 3], but x has [3, 5]"), "{said}");
    // places that are missing, of another width, beyond their input or below 0
    let (model, _) =
        decode_model::<f32>(Path::new("m"), &fixture_bytes("places.model")).expect("a model");
    let (batch, with_places) = (fixture_bytes("places.batch"), model.weights.shape());
    assert_eq!(read(&batch, &with_places), "unused []");
    let said = read(&lying(&batch, "\"places\"", "\"palces\""), &with_places);
    assert!(said.contains("it has no tensor places; for this model it must have"), "{said}");
    let said = read(&lying(&batch, "[3,7,2]", "[3,2,7]"), &with_places);
    assert!(said.contains("places has shape [3, 2, 7]") && said.contains("[3, 7, 2]"), "{said}");
    let first = {
        let file = safetensors::SafeTensors::deserialize(&batch).expect("a file");
        let places = file.tensor("places").expect("its places").data().as_ptr() as usize;
        places - batch.as_ptr() as usize
    };
    for (at, number) in [(0, 28i64), (1, 34), (0, -1), (1, i64::MAX)] {
        let mut batch = batch.clone();
        batch[first + 8 * at..][..8].copy_from_slice(&number.to_le_bytes());
        let said = read(&batch, &with_places);
        let expected = format!("places holds {number} in column {at}, but");
        assert!(said.contains(&expected), "{said}");
    }
    // to a model without inputs they are one more tensor
    let without = Shape { inputs: vec![], ..with_places.clone() };
    assert_eq!(read(&batch, &without), "unused [\"places\"]");
    // many rows of one symbol, and many symbols to tell apart for each
    let symbols = vec![0; 4 * 45_000];
    let view = || TensorView::new(Dtype::I32, vec![45_000, 1], &symbols).expect("a tensor");
    let many = safetensors::serialize([("x", view()), ("y", view())], None).expect("a file");
    let said = read(&many, &Shape { vocab: 100_000, embedding: 1, inputs: vec![], lstm: vec![1] });
    assert!(said.contains("GiB of memory"), "{said}");
}

#[test]
fn batches_from_strangers() {
    let seeds = ["two_layers", "three_layers", "places"].map(|name| {
        let model = fixture_bytes(&format!("{name}.model"));
        let (model, _) = decode_model::<f32>(Path::new("m"), &model).expect("a model");
        (fixture_bytes(&format!("{name}.batch")), model.weights.shape())
    });
    let mut count = Count::default();
    let mut read = |bytes: &[u8], shape: &Shape| {
        let most = FIXED + 64 * bytes.len();
        match within(most, || decode_batch::<f32>(Path::new("b"), bytes, shape)) {
            Ok(batch) => {
                assert_eq!(batch.x.dim(), batch.y.dim());
                assert!(batch.x.iter().chain(&batch.y).all(|&s| (s as usize) < shape.vocab));
                let (steps, rows) = batch.x.dim();
                assert_eq!(batch.places.dim(), (steps, rows, shape.inputs.len()));
                for (places, &size) in batch.places.axis_iter(Axis(2)).zip(&shape.inputs) {
                    assert!(places.iter().all(|&place| (place as usize) < size));
                }
                let numbers = batch.states.iter().flat_map(|state| state.h.iter().chain(&state.c));
                assert!(
                    numbers.chain(batch.masks.iter().flatten().flatten()).all(|x| x.is_finite())
                );
                count.one(true);
            }
            Err(problem) => {
                check_sentence(&problem.to_string());
                count.one(false);
            }
        }
    };
    bolero::check!().with_iterations(RUNS).with_generator((damages(), 0..3usize)).for_each(
        |(damages, seed)| {
            let (seed, shape) = &seeds[*seed];
            read(&damaged(seed, damages), shape);
            read(&with_header(seed, damages), shape);
        },
    );
    count.finish("batches");
}
