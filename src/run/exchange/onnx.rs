//! ONNX: the whole model as one graph, for runtimes that know neither Rust nor Python.
//!
//! ```text
//! x (T, B) I64 ----------- Gather --- embedding (T, B, E)
//! places (T, B, N) F32 --- Concat     only of a model with inputs: their one-hot rows
//! lstm.K.h0, c0 (B, H) --- LSTM ----- lstm.K.h, lstm.K.c (B, H), for each layer
//!                          MatMul, Add --- logits (T, B, V)
//! ```
//!
//! T and B are free, so a text and a single character go through the same graph. ONNX stacks gates in
//! the order i, o, f, c (c is our g) as rows, and has two biases, of which the second is zero here.
//! Field numbers are those of `onnx.proto`, operators those of opset 17.

use super::exchanged::Exchanged;
use super::metadata;
use super::protobuf::Message;
use crate::engine::real::Real;
use hornpipe_kernels::Activation;
use ndarray::{ArrayView2, Axis, Slice};

const IR_VERSION: i64 = 8;
const OPSET: i64 = 17;

/// TensorProto.DataType.
const FLOAT: i64 = 1;
const INT64: i64 = 7;

/// AttributeProto.AttributeType.
const ONE_INT: i64 = 2;
const FLOATS: i64 = 6;
const STRINGS: i64 = 8;

/// The graph under construction.
#[derive(Default)]
struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
}

/// One axis of an input or output.
#[derive(Clone, Copy)]
enum Size<'a> {
    Fixed(usize),
    Free(&'a str),
}

impl Graph {
    fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: Vec<Message>,
    ) {
        let node = Message::new()
            .each(inputs, |node, name| node.bytes(1, name))
            .each(outputs, |node, name| node.bytes(2, name))
            // a node goes by the name of what it makes
            .bytes(3, outputs.iter().find(|name| !name.is_empty()).unwrap_or(&operator))
            .bytes(4, operator)
            .each(attributes, |node, attribute| node.message(5, attribute));
        self.nodes.push(node);
    }

    fn constant(&mut self, name: &str, dims: &[usize], kind: i64, data: Vec<u8>) {
        let tensor = Message::new()
            .each(dims, |tensor, &size| tensor.int(1, size as i64))
            .int(2, kind)
            .bytes(8, name)
            .bytes(9, data);
        self.constants.push(tensor);
    }

    fn numbers<R: Real>(&mut self, name: &str, dims: &[usize], numbers: impl Iterator<Item = R>) {
        let bytes = numbers.flat_map(|x| (x.to_f64() as f32).to_le_bytes()).collect();
        self.constant(name, dims, FLOAT, bytes);
    }

    /// ValueInfoProto: the name of an input or output, its kind and sizes.
    fn value(name: &str, kind: i64, sizes: &[Size]) -> Message {
        let shape = Message::new().each(sizes, |shape, size| {
            let axis = match *size {
                Size::Fixed(size) => Message::new().int(1, size as i64),
                Size::Free(name) => Message::new().bytes(2, name),
            };
            shape.message(1, axis)
        });
        let tensor = Message::new().int(1, kind).message(2, shape);
        Message::new().bytes(1, name).message(2, Message::new().message(1, tensor))
    }

    fn finish(self) -> Message {
        Message::new()
            .each(self.nodes, |graph, node| graph.message(1, node))
            .bytes(2, "hornpipe")
            .each(self.constants, |graph, tensor| graph.message(5, tensor))
            .each(self.inputs, |graph, value| graph.message(11, value))
            .each(self.outputs, |graph, value| graph.message(12, value))
    }
}

/// The bytes of an ONNX file. Its metadata are those of the safetensors file of the model.
pub fn encode_onnx<R: Real>(model: &Exchanged<R>) -> Vec<u8> {
    let (weights, shape) = (&model.weights, model.weights.shape());
    let free = [Size::Free("T"), Size::Free("B")];
    let mut graph = Graph::default();
    graph.inputs.push(Graph::value("x", INT64, &free));
    matrix(&mut graph, "embedding.weight", weights.embedding.view());
    graph.node("Gather", &["embedding.weight", "x"], &["embedding"], Vec::new());
    let mut below = "embedding".to_owned();
    if shape.places() > 0 {
        let sizes = [free[0], free[1], Size::Fixed(shape.places())];
        graph.inputs.push(Graph::value("places", FLOAT, &sizes));
        let last = Message::new().bytes(1, "axis").int(3, 2).int(20, ONE_INT);
        graph.node("Concat", &[&below, "places"], &["input"], vec![last]);
        below = "input".to_owned();
    }
    for axis in [0i64, 1] {
        graph.constant(&format!("axis.{axis}"), &[1], INT64, axis.to_le_bytes().into());
    }
    for k in 0..shape.lstm.len() {
        below = layer(&mut graph, model, k, &below);
    }
    matrix(&mut graph, "dense.kernel", weights.dense.kernel.view());
    graph.numbers("dense.bias", &[shape.vocab], weights.dense.bias.iter().copied());
    graph.node("MatMul", &[&below, "dense.kernel"], &["dense"], Vec::new());
    graph.node("Add", &["dense", "dense.bias"], &["logits"], Vec::new());
    let sizes = [free[0], free[1], Size::Fixed(shape.vocab)];
    graph.outputs.insert(0, Graph::value("logits", FLOAT, &sizes));
    let opset = Message::new().bytes(1, "").int(2, OPSET);
    Message::new()
        .int(1, IR_VERSION)
        .bytes(2, "hornpipe")
        .bytes(3, env!("CARGO_PKG_VERSION"))
        .message(7, graph.finish())
        .message(8, opset)
        .each(metadata::of(model), |file, (key, text)| {
            file.message(14, Message::new().bytes(1, key).bytes(2, text))
        })
        .finish()
}

fn matrix<R: Real>(graph: &mut Graph, name: &str, matrix: ArrayView2<R>) {
    graph.numbers(name, matrix.shape(), matrix.iter().copied());
}

/// Adds layer `k` on top of `below`; the name of what it makes, (T, B, H).
fn layer<R: Real>(graph: &mut Graph, model: &Exchanged<R>, k: usize, below: &str) -> String {
    let (weights, name) = (&model.weights.lstm[k], |what: &str| format!("lstm.{k}.{what}"));
    let (hidden, input) = (weights.w_h.nrows(), weights.w_x.nrows());
    let [w, r, b] = ["W", "R", "B"].map(name);
    graph.numbers(&w, &[1, 4 * hidden, input], by_gate(weights.w_x.view(), hidden));
    graph.numbers(&r, &[1, 4 * hidden, hidden], by_gate(weights.w_h.view(), hidden));
    let bias = weights.bias.view().insert_axis(Axis(0));
    let zeros = std::iter::repeat_n(R::zero(), 4 * hidden);
    graph.numbers(&b, &[1, 8 * hidden], by_gate(bias, hidden).chain(zeros));

    let size = [Size::Free("B"), Size::Fixed(hidden)];
    for what in ["h0", "c0"].map(name) {
        graph.inputs.push(Graph::value(&what, FLOAT, &size));
        // ONNX has an axis for directions before B
        graph.node("Unsqueeze", &[&what, "axis.0"], &[&format!("{what}.1")], Vec::new());
    }
    let [out, h, c] = ["out", "h", "c"].map(name);
    let inputs = [below, &w, &r, &b, "", &name("h0.1"), &name("c0.1")];
    let outputs = [&out, &h, &c].map(|what| format!("{what}.1"));
    let outputs = outputs.each_ref().map(String::as_str);
    graph.node("LSTM", &inputs, &outputs, attributes(hidden, model.activation()));
    graph.node("Squeeze", &[outputs[0], "axis.1"], &[&out], Vec::new());
    for (what, behind) in [(&h, outputs[1]), (&c, outputs[2])] {
        graph.node("Squeeze", &[behind, "axis.0"], &[what], Vec::new());
        graph.outputs.push(Graph::value(what, FLOAT, &size));
    }
    out
}

fn attributes(hidden: usize, activation: Activation) -> Vec<Message> {
    let size = Message::new().bytes(1, "hidden_size").int(3, hidden as i64).int(20, ONE_INT);
    let list =
        |name: &str, number: f32| Message::new().bytes(1, name).float(7, number).int(20, FLOATS);
    match activation {
        Activation::Sigmoid => vec![size],
        Activation::HardSigmoid => {
            let names = ["HardSigmoid", "Tanh", "Tanh"];
            let names =
                Message::new().bytes(1, "activations").each(names, |all, name| all.bytes(9, name));
            let names = names.int(20, STRINGS);
            vec![size, names, list("activation_alpha", 0.2), list("activation_beta", 0.5)]
        }
    }
}

/// The rows of a transposed kernel (D, 4H) in ONNX's order of gates: i, o, f, g.
fn by_gate<R: Real>(kernel: ArrayView2<R>, hidden: usize) -> impl Iterator<Item = R> {
    [0, 3, 1, 2].into_iter().flat_map(move |gate| {
        let columns = Slice::from(gate * hidden..(gate + 1) * hidden);
        kernel.slice_axis(Axis(1), columns).t().iter().copied().collect::<Vec<R>>()
    })
}
