//! Doors to other programs: what a file of theirs holds is the same model here, or it is refused; what is
//! written for them comes back.

use crate::common::{bits, fixture_bytes};
use hornpipe::engine::Activation;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::real::Real;
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe::learn::text::Vocabulary;
use hornpipe::run::exchange::{
    Exchanged, decode_model, decode_told, encode_for_pytorch, encode_model, encode_onnx,
};
use ndarray::{Array1, Array2};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::Path;

/// Name, sizes and numbers of a tensor.
type Tensor = (String, Vec<usize>, Vec<f64>);

/// A file of these tensors, in f32 or f64.
fn file(tensors: &[Tensor], wide: bool, metadata: &[(&str, &str)]) -> Vec<u8> {
    let bytes = |numbers: &[f64]| -> Vec<u8> {
        let narrow = |x: &f64| (*x as f32).to_le_bytes();
        match wide {
            true => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
            false => numbers.iter().flat_map(narrow).collect(),
        }
    };
    let dtype = if wide { Dtype::F64 } else { Dtype::F32 };
    let all: Vec<_> =
        tensors.iter().map(|(name, dims, numbers)| (name, dims, bytes(numbers))).collect();
    let views = all.iter().map(|(name, dims, bytes)| {
        (name, TensorView::new(dtype, (*dims).clone(), bytes).expect("a whole tensor"))
    });
    let metadata = metadata.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    safetensors::serialize(views, Some(metadata.collect())).expect("a file")
}

fn shape(embedding: usize, lstm: &[usize]) -> Shape {
    Shape { vocab: 7, embedding, inputs: vec![], lstm: lstm.to_vec() }
}

/// Weights none of which is 0, rounded to f32.
fn weights(shape: &Shape) -> Weights<f64> {
    let mut weights = initial_weights::<f32>(shape, 3).convert::<f64>();
    let mut at = 0.0;
    for x in weights.tensors_mut().flatten() {
        at += 1.0;
        *x = f64::from((*x + 0.01 * at) as f32);
    }
    weights
}

fn transposed(name: String, matrix: &Array2<f64>) -> Tensor {
    (name, vec![matrix.ncols(), matrix.nrows()], matrix.t().iter().copied().collect())
}

/// The tensors of PyTorch's layer `k` of these weights; what is called `of` has the suffix `end`.
fn layer(weights: &Weights<f64>, k: usize, of: &str, end: &str) -> Vec<Tensor> {
    let layer = &weights.lstm[k];
    let half = |sign: f64| layer.bias.iter().map(|b| f64::from((0.5 * b + sign) as f32)).collect();
    let name = |what: &str| format!("{of}{what}{end}");
    vec![
        transposed(name("weight_ih"), &layer.w_x),
        transposed(name("weight_hh"), &layer.w_h),
        (name("bias_ih"), vec![layer.bias.len()], half(0.25)),
        (name("bias_hh"), vec![layer.bias.len()], half(-0.25)),
    ]
}

fn embedding(weights: &Weights<f64>, name: &str) -> Tensor {
    let matrix = &weights.embedding;
    (name.to_owned(), matrix.shape().to_vec(), matrix.iter().copied().collect())
}

fn dense(weights: &Weights<f64>, of: &str) -> Vec<Tensor> {
    let bias = &weights.dense.bias;
    vec![
        transposed(format!("{of}weight"), &weights.dense.kernel),
        (format!("{of}bias"), vec![bias.len()], bias.to_vec()),
    ]
}

fn read<R: Real>(bytes: &[u8]) -> Result<Exchanged<R>, String> {
    let (model, unused) = decode_model(Path::new("m"), bytes).map_err(|e| e.to_string())?;
    assert!(unused.is_empty(), "{unused:?}");
    Ok(model)
}

/// That a file holds these weights; biases, which are sums, may be an ulp away.
fn assert_holds(case: &str, bytes: &[u8], expected: &Weights<f64>) {
    let model = read::<f32>(bytes).unwrap_or_else(|e| panic!("{case}: {e}"));
    assert_eq!(model.activation, Some(Activation::Sigmoid), "{case}");
    assert_eq!(model.weights.shape(), expected.shape(), "{case}");
    for ((name, _), (found, right)) in
        expected.shape().tensors().iter().zip(model.weights.tensors().zip(expected.tensors()))
    {
        let most = if name.ends_with(".bias") { 1e-6 } else { 0.0 };
        let off = |(a, b): (&f32, &f64)| (f64::from(*a) - b).abs() > most;
        assert!(!found.iter().zip(right).any(off), "{case}: {name}");
    }
}

#[test]
fn a_pytorch_module_is_known_by_its_shapes_whatever_its_names() {
    let w = weights(&shape(4, &[5, 5]));
    let stacked = [layer(&w, 0, "rnn.", "_l0"), layer(&w, 1, "rnn.", "_l1")].concat();
    let around = |layers: &[Tensor]| {
        [&[embedding(&w, "encoder.weight")][..], layers, &dense(&w, "decoder.")].concat()
    };
    assert_holds("stacked", &file(&around(&stacked), false, &[]), &w);
    let nested: Vec<Tensor> = around(&stacked)
        .into_iter()
        .map(|(name, dims, numbers)| (format!("module.net.{name}"), dims, numbers))
        .collect();
    assert_holds("nested", &file(&nested, true, &[]), &w);
    // widths say the opposite of names
    let w = weights(&shape(4, &[6, 5]));
    let unequal = [layer(&w, 0, "b.", "_l0"), layer(&w, 1, "a.", "_l0")].concat();
    let around =
        |layers: &[Tensor]| [&[embedding(&w, "e.weight")][..], layers, &dense(&w, "d.")].concat();
    assert_holds("two modules", &file(&around(&unequal), false, &[]), &w);

    // twelve cells of one width: only numbers tell their order
    let w = weights(&shape(3, &[3; 12]));
    let cells: Vec<Tensor> =
        (0..12).flat_map(|k| layer(&w, k, &format!("cells.{k}."), "")).collect();
    let all = [&[embedding(&w, "e.weight")][..], &cells, &dense(&w, "d.")].concat();
    assert_holds("cells", &file(&all, false, &[]), &w);

    // without biases they are 0
    let mut w = weights(&shape(4, &[5]));
    w.lstm[0].bias.fill(0.0);
    w.dense.bias.fill(0.0);
    let bare: Vec<Tensor> =
        [&[embedding(&w, "e.weight")][..], &layer(&w, 0, "r.", "_l0"), &dense(&w, "d.")]
            .concat()
            .into_iter()
            .filter(|(name, ..)| !name.contains("bias"))
            .collect();
    assert_holds("no bias", &file(&bare, false, &[]), &w);

    // characters one-hot: the identity
    let mut w = weights(&shape(7, &[5]));
    w.embedding = Array2::eye(7);
    let one_hot = [layer(&w, 0, "lstm.", "_l0"), dense(&w, "fc.")].concat();
    assert_holds(
        "one-hot",
        &file(&one_hot, false, &[("precision", "fp32"), ("best", "fc.bias")]),
        &w,
    );

    // one matrix for both: alone, and under another name, as save_model leaves it
    let mut w = weights(&shape(5, &[6, 5]));
    w.embedding = w.dense.kernel.t().as_standard_layout().into_owned();
    let layers = [layer(&w, 0, "rnn.a.", "_l0"), layer(&w, 1, "rnn.b.", "_l0")].concat();
    let tied = [&layers[..], &dense(&w, "decoder.")].concat();
    assert_holds("tied", &file(&tied, false, &[]), &w);
    let bias = ("fc.bias".to_owned(), vec![7], w.dense.bias.to_vec());
    let first = [&layers[..], &[embedding(&w, "emb.weight"), bias]].concat();
    assert_holds("tied", &file(&first, false, &[("fc.weight", "emb.weight")]), &w);
    assert_holds("tied", &file(&first, false, &[]), &w);
}

#[test]
fn what_is_no_such_model_is_refused_by_name() {
    let w = weights(&shape(4, &[5]));
    let base = || {
        [&[embedding(&w, "e.weight")][..], &layer(&w, 0, "rnn.", "_l0"), &dense(&w, "d.")].concat()
    };
    let with = |more: &[(&str, &[usize])]| {
        let zeros = |dims: &[usize]| vec![0.5; dims.iter().product()];
        let mut all = base();
        for (name, dims) in more {
            all.retain(|(there, ..)| there != name);
            all.push(((*name).to_owned(), dims.to_vec(), zeros(dims)));
        }
        all
    };
    let without = |name: &str| -> Vec<Tensor> {
        base().into_iter().filter(|(there, ..)| there != name).collect()
    };
    for (said, tensors) in [
        (
            "rnn.weight_ih_l0_reverse is of a layer that reads backwards",
            with(&[("rnn.weight_ih_l0_reverse", &[20, 4])]),
        ),
        ("rnn.weight_hr_l0 is of a layer with projections", with(&[("rnn.weight_hr_l0", &[3, 5])])),
        (
            "rnn.weight_hh_l0 [15, 5] is of a GRU",
            with(&[("rnn.weight_ih_l0", &[15, 4]), ("rnn.weight_hh_l0", &[15, 5])]),
        ),
        (
            "is of a plain recurrent layer",
            with(&[("rnn.weight_ih_l0", &[5, 4]), ("rnn.weight_hh_l0", &[5, 5])]),
        ),
        ("is of no layer that is known", with(&[("rnn.weight_hh_l0", &[10, 5])])),
        ("it has norm.running_mean, which is no part", with(&[("norm.running_mean", &[5])])),
        ("it has norm.bias without a weight", with(&[("norm.bias", &[5])])),
        ("it has bn.weight, which is no part", with(&[("bn.weight", &[5])])),
        ("its parts do not fit each other", with(&[("head.weight", &[7, 5]), ("head.bias", &[7])])),
        ("its parts do not fit each other", with(&[("e.weight", &[7, 3])])),
        ("its parts do not fit each other", with(&[("e.weight", &[8, 4])])),
        ("rnn.bias_hh_l0 has shape [19], but must be [20]", with(&[("rnn.bias_hh_l0", &[19])])),
        ("d.bias has 6 numbers for d.weight [7, 5]", with(&[("d.bias", &[6])])),
        ("e.weight has shape [0, 4], and so no numbers", with(&[("e.weight", &[0, 4])])),
        ("but not both matrices of that layer", without("rnn.weight_hh_l0")),
        ("rnn.weight_ih_l+0, which is no part", with(&[("rnn.weight_ih_l+0", &[20, 4])])),
        (
            "does not stand on the layer below",
            with(&[("rnn.weight_ih_l2", &[20, 5]), ("rnn.weight_hh_l2", &[20, 5])]),
        ),
        (
            "does not stand on the layer below",
            with(&[("rnn.weight_ih_l1", &[20, 4]), ("rnn.weight_hh_l1", &[20, 5])]),
        ),
    ] {
        let refused = read::<f32>(&file(&tensors, false, &[])).err().unwrap_or_default();
        assert!(refused.contains(said), "{said}: {refused}");
    }
    // of two biases without a weight one may be of a tied layer, and the other is left over
    let mut two: Vec<Tensor> = [embedding(&w, "e.weight")].into();
    two.extend(layer(&w, 0, "rnn.", "_l0"));
    two.extend(["d.bias", "x.bias"].map(|name| (name.to_owned(), vec![7], vec![0.5; 7])));
    let refused = read::<f32>(&file(&two, false, &[])).err().unwrap_or_default();
    assert!(refused.contains("it has d.bias without a weight"), "{refused}");
    // of two matrices without a bias either could be the embedding
    let square = weights(&shape(5, &[5]));
    let mut both =
        [&[embedding(&square, "a.weight")][..], &layer(&square, 0, "r.", "_l0")].concat();
    both.push(dense(&square, "b.").swap_remove(0));
    let refused = read::<f32>(&file(&both, false, &[])).err().unwrap_or_default();
    assert!(
        refused.contains("either of a.weight and b.weight could be its embedding"),
        "{refused}"
    );
    // layers that fit in several orders, of which names do not tell the right one
    let three = weights(&shape(5, &[5, 5, 5]));
    let layers = |names: [&str; 3]| {
        let layers = (0..3).flat_map(|k| layer(&three, k, names[k], "_l0"));
        let all: Vec<Tensor> = layers.chain([embedding(&three, "e.weight")]).collect();
        file(&[all, dense(&three, "d.")].concat(), false, &[])
    };
    let refused = read::<f32>(&layers(["one.", "two.", "three."])).err().unwrap_or_default();
    assert!(
        refused.contains("its layers one, three, two fit each other in several orders"),
        "{refused}"
    );
    assert_holds("numbered", &layers(["rnn.", "rnn_2.", "rnn_10."]), &three);
    // one-hot or tied, where a layer is as wide as there are symbols
    let seven = weights(&shape(7, &[7]));
    let either = [layer(&seven, 0, "r.", "_l0"), dense(&seven, "d.")].concat();
    let refused = read::<f32>(&file(&either, false, &[])).err().unwrap_or_default();
    assert!(
        refused.contains("d.weight can be a layer over one-hot characters, or tied"),
        "{refused}"
    );
    // what a file says of itself that PyTorch has not
    let hard = file(&base(), false, &[("recurrent_activation", "hard_sigmoid")]);
    let refused = read::<f32>(&hard).err().unwrap_or_default();
    assert!(refused.contains("hard_sigmoid, which PyTorch's nn.LSTM has not"), "{refused}");
    // more symbols one-hot than anyone writes: the identity would be larger than the file by far
    let wide = Shape { vocab: 5000, embedding: 5000, inputs: vec![], lstm: vec![1] };
    let mut wide = Weights::<f64>::zeros(&Shape { embedding: 1, ..wide });
    wide.lstm[0].w_x = Array2::zeros((5000, 4));
    let one_hot = [layer(&wide, 0, "r.", "_l0"), dense(&wide, "d.")].concat();
    let refused = read::<f32>(&file(&one_hot, false, &[])).err().unwrap_or_default();
    assert!(refused.contains("it reads 5000 characters one-hot; 4096 is the most"), "{refused}");
}

/// A model with all that a file can say of it.
fn rich(activation: Activation) -> Exchanged<f32> {
    let shape = Shape { vocab: 5, embedding: 2, inputs: vec![3, 4], lstm: vec![3, 2] };
    let mut weights = initial_weights(&shape, 1);
    weights.lstm[0].bias = Array1::from_shape_fn(12, |at| if at == 3 { -0.0 } else { at as f32 });
    let mut model = Exchanged::<f32>::new(weights);
    model.activation = Some(activation);
    model.dropout = Some(0.25);
    model.vocabulary = Some(Vocabulary::of("\nABé\""));
    model.inputs = vec![("field".to_owned(), 3), ("bar".to_owned(), 4)];
    model.tonic = Some("Bb".to_owned());
    // longer than an attribute of an old HDF5 file may be
    model.book = Some(format!("{{\"tunes\":3,\"long\":\"{}\"}}", "x".repeat(100_000)));
    model
}

/// That a model is another to the last bit, and says the same of itself.
fn assert_same(found: &Exchanged<f32>, model: &Exchanged<f32>) {
    for (a, b) in found.weights.tensors().zip(model.weights.tensors()) {
        assert_eq!(bits(a), bits(b));
    }
    assert_eq!((found.activation, found.dropout), (model.activation, model.dropout));
    assert_eq!((&found.sha256, &found.vocabulary), (&model.sha256, &model.vocabulary));
    assert_eq!(
        (&found.inputs, &found.tonic, &found.book),
        (&model.inputs, &model.tonic, &model.book)
    );
}

#[test]
fn what_is_written_for_pytorch_comes_back_to_the_last_bit() {
    let model = rich(Activation::Sigmoid);
    let bytes = encode_for_pytorch(&model, Path::new("m")).expect("written");
    assert_same(&read(&bytes).expect("a model"), &model);
    let refused = encode_for_pytorch(&rich(Activation::HardSigmoid), Path::new("m"));
    let refused = refused.expect_err("no layer of PyTorch's has it").to_string();
    assert!(refused.contains("nn.LSTM has no hard_sigmoid"), "{refused}");
    // what the file says of its weights is held against them
    let text = String::from_utf8_lossy(&bytes);
    let at = text.find(&model.sha256).expect("its hash");
    let mut lying = bytes.clone();
    lying[at] = if lying[at] == b'0' { b'1' } else { b'0' };
    assert!(read::<f32>(&lying).is_err_and(|e| e.contains("weights_sha256")));
}

#[cfg(feature = "keras")]
#[test]
fn what_is_written_for_keras_comes_back_to_the_last_bit() {
    for activation in [Activation::Sigmoid, Activation::HardSigmoid] {
        let model = rich(activation);
        let bytes =
            hornpipe::run::exchange::encode_for_keras(&model, Path::new("m")).expect("written");
        assert_same(&read(&bytes).expect("a model"), &model);
    }
}

#[cfg(feature = "keras")]
#[test]
fn keras_is_read_in_every_kind_of_file() {
    let (ours, _) = decode_model::<f32>(Path::new("m"), &fixture_bytes("keras")).expect("a model");
    let bytes = |name: &str| {
        let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
    };
    let [hard, sigmoid] = [Activation::HardSigmoid, Activation::Sigmoid];
    // what the file says of its activation, and what may be told of it
    for (name, says) in [
        ("keras2.h5", Some(hard)),
        ("keras2_weights.h5", None),
        ("keras3.h5", Some(sigmoid)),
        ("keras3.weights.h5", None),
    ] {
        let bytes = bytes(name);
        for told in [None, Some(sigmoid), Some(hard)] {
            let read = decode_told::<f32>(Path::new(name), &bytes, told).map(|(model, _)| model);
            match (says, told) {
                (None, None) => {
                    let why = read.expect_err("nobody says").to_string();
                    assert!(why.contains("does not say which recurrent activation"), "{why}");
                }
                (Some(says), Some(told)) if says != told => {
                    let why = read.expect_err("it says otherwise").to_string();
                    assert!(why.contains(&format!("of a model with {}", says.name())), "{why}");
                }
                _ => {
                    let model = read.unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert!(model.weights == ours.weights, "{name}");
                    assert_eq!(model.activation, says.or(told));
                }
            }
        }
    }
    // the same word for another function
    let hard_of_3 = decode_model::<f32>(Path::new("m"), &bytes("keras3_hard_sigmoid.h5"));
    let why = hard_of_3.expect_err("another function").to_string();
    assert!(why.contains("clip(x/6 + 0.5, 0, 1); that of Keras 2"), "{why}");
    // bare weights of Keras 2.2 are for the default of that time; those of tf.keras were not
    let as_of = |version: &[u8; 6]| {
        let mut bytes = bytes("keras2_weights.h5");
        let at = bytes.windows(6).position(|six| six == b"2.21.0").expect("its version");
        bytes[at..at + 6].copy_from_slice(version);
        decode_model::<f32>(Path::new("m"), &bytes).map(|(model, _)| model.activation)
    };
    assert_eq!(as_of(b"2.2.10").expect("an old file"), Some(hard));
    assert!(as_of(b"2.2-tf").is_err() && as_of(b"2.3.10").is_err());
}

#[cfg(feature = "keras")]
#[test]
fn what_a_whole_model_of_keras_does_otherwise_is_refused_by_name() {
    let path = format!("{}/tests/fixtures/keras3.h5", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a fixture");
    for (truth, lie, said) in [
        (r#""activation": "tanh""#, r#""activation": "relu""#, "its LSTM has the activation relu"),
        (r#""go_backwards": false"#, r#""go_backwards": true "#, "its LSTM reads backwards"),
        (r#""mask_zero": false"#, r#""mask_zero": true "#, "its Embedding masks symbol 0"),
        (
            r#""activation": "softmax""#,
            r#""activation": "sigmoid""#,
            "its Activation has the activation sigm",
        ),
        (
            r#""activation": "linear""#,
            r#""activation": "swish!""#,
            "its Dense has the activation swish!",
        ),
        (r#""class_name": "Dropout""#, r#""class_name": "Flatten""#, "it has a layer Flatten"),
        (
            r#""recurrent_activation": "sigmoid""#,
            r#""recurrent_activation": "softmax""#,
            "softmax; hornpipe has sigmoid",
        ),
    ] {
        assert_eq!(truth.len(), lie.len());
        let mut bytes = bytes.clone();
        let at =
            bytes.windows(truth.len()).position(|some| some == truth.as_bytes()).expect("there");
        bytes[at..at + lie.len()].copy_from_slice(lie.as_bytes());
        let why = decode_model::<f32>(Path::new("m"), &bytes).err().map(|e| e.to_string());
        assert!(why.as_ref().is_some_and(|why| why.contains(said)), "{said}: {why:?}");
    }
}

/// The fields of a message of protocol buffers: number, and varint or bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let (number, length) = match key & 7 {
            0 => (varint(&mut bytes), 0),
            2 => (0, varint(&mut bytes) as usize),
            5 => (0, 4),
            other => panic!("form {other}"),
        };
        all.push((key >> 3, number, &bytes[..length]));
        bytes = &bytes[length..];
    }
    all
}

#[test]
fn an_onnx_graph_has_its_gates_and_biases_where_onnx_wants_them() {
    let model = rich(Activation::HardSigmoid);
    let bytes = encode_onnx(&model);
    assert!(bytes == encode_onnx(&model), "the same model is the same file");
    let top = fields(&bytes);
    let graph = top.iter().find(|(field, ..)| *field == 7).expect("a graph").2;
    let mut constants = HashMap::new();
    let (mut operators, mut inputs) = (Vec::new(), Vec::new());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    for (field, _, bytes) in fields(graph) {
        let of =
            |wanted: u64| fields(bytes).into_iter().filter(move |(field, ..)| *field == wanted);
        match field {
            1 => operators.push(text(of(4).next().expect("an operator").2)),
            5 => {
                let dims: Vec<u64> = of(1).map(|(_, size, _)| size).collect();
                let data = of(9).next().expect("its numbers").2;
                let numbers =
                    data.chunks_exact(4).map(|x| f32::from_le_bytes(x.try_into().expect("four")));
                let name = text(of(8).next().expect("a name").2);
                constants.insert(name, (dims, numbers.collect::<Vec<f32>>()));
            }
            11 => inputs.push(text(of(1).next().expect("a name").2)),
            _ => {}
        }
    }
    assert_eq!(inputs, ["x", "places", "lstm.0.h0", "lstm.0.c0", "lstm.1.h0", "lstm.1.c0"]);
    assert_eq!(operators.iter().filter(|name| *name == "LSTM").count(), 2);
    let (layer, hidden) = (&model.weights.lstm[0], 3);
    let (dims, w) = &constants["lstm.0.W"];
    assert_eq!(dims, &[1, 12, 9]);
    // rows of i, o, f, c there; columns of i, f, g, o here
    for (there, here) in [(0, 0), (1, 3), (2, 1), (3, 2)] {
        for unit in 0..hidden {
            let row = &w[9 * (there * hidden + unit)..][..9];
            let column = layer.w_x.column(here * hidden + unit);
            assert_eq!(bits(row), bits(column), "gate {there}, unit {unit}");
        }
    }
    let (dims, b) = &constants["lstm.0.B"];
    assert_eq!(dims, &[1, 24]);
    let right: Vec<f32> = [0, 3, 1, 2]
        .iter()
        .flat_map(|gate| layer.bias.to_vec()[3 * gate..][..3].to_vec())
        .collect();
    assert_eq!(bits(&b[..12]), bits(&right));
    assert!(b[12..].iter().all(|x| *x == 0.0), "its second bias");
    // it says of itself what the model's own file says
    let own = encode_model(&model).expect("a file");
    let metadata = safetensors::SafeTensors::read_metadata(&own).expect("a header").1;
    let metadata = metadata.metadata().clone().expect("metadata").into_iter();
    let said = top.iter().filter(|(field, ..)| *field == 14).map(|(_, _, pair)| {
        let pair = fields(pair);
        (text(pair[0].2), text(pair[1].2))
    });
    assert_eq!(said.collect::<HashMap<_, _>>(), metadata.collect());
}
