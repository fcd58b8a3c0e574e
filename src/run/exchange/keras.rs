//! Keras's files: HDF5, read by the crate `hdf5-pure`.
//!
//! | file | where the tensors of a layer lie | which recurrent activation |
//! |---|---|---|
//! | weights of Keras 1 and 2, `.h5` | `LAYER/LAYER/kernel:0`, ... | of Keras 2.0 to 2.2 hard_sigmoid, the default then; else it must be told |
//! | a whole model, `.h5` | below `model_weights` | as `model_config` says |
//! | weights of Keras 3, `.weights.h5` | `layers/lstm/cell/vars/0`, ... | it must be told |
//!
//! A group with kernel (D, 4H), recurrent kernel (H, 4H) and bias (4H) is a layer, one with a matrix
//! and a bias the dense layer, one with a matrix alone the embedding. Gates stand in the order i, f, g,
//! o. What optimizers and random generators left is passed over.
//!
//! Keras 3 calls another function hard_sigmoid than Keras 2 and we do, so a model that says it is refused.

use super::exchanged::Exchanged;
use super::metadata::{self, Metadata};
use super::stack::{Layer, ONLY, Parts, by_number, kind};
use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::run::tensor_file::{Tensor, check_finite};
use hdf5_pure::{AttrValue, DType, Dataset, File, Group, Layout};
use hornpipe_kernels::Activation;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Groups and tensors of a file that are looked at, and how deep they lie: a file may hold millions,
/// or lead back to where it began.
const MOST_ENTRIES: usize = 20_000;
const DEEPEST: usize = 16;

/// Groups in which a model's own numbers are not: beside its layers, and inside of them.
const BESIDE: [&str; 3] = ["optimizer", "optimizer_weights", "metrics"];
const INSIDE: [&str; 2] = ["seed_generator", "random_generator"];

/// Tensors by the group in which they lie.
type Groups = Vec<(String, Vec<Tensor>)>;

/// A file of Keras, walked through.
struct Walked<'a> {
    path: &'a Path,
    /// What is said of the model as a whole.
    said: HashMap<String, AttrValue>,
    /// Layers in their order, if the file tells.
    order: Vec<String>,
    /// Tensors by their paths.
    tensors: BTreeMap<String, (Vec<usize>, Dataset)>,
    entries: usize,
    /// Bytes of the file.
    length: usize,
}

impl<'a> Walked<'a> {
    fn new(path: &'a Path, bytes: Vec<u8>) -> Result<Self> {
        let length = bytes.len();
        let file = File::from_bytes(bytes).map_err(damaged(path))?;
        let root = file.root();
        let said = root.attrs().map_err(damaged(path))?;
        // a whole model has its optimizer beside it
        let model = file.group("model_weights").unwrap_or(root);
        let attrs = model.attrs().map_err(damaged(path))?;
        let names = attrs.get("layer_names").or_else(|| said.get("layer_names"));
        let order = names.and_then(AttrValue::as_strings);
        let order = order.map(<[String]>::to_vec).unwrap_or_default();
        let mut walked = Self { path, said, order, tensors: BTreeMap::new(), entries: 0, length };
        walked.walk(&model, "", 0)?;
        Ok(walked)
    }

    fn walk(&mut self, group: &Group, at: &str, depth: usize) -> Result<()> {
        let path = self.path;
        if depth > DEEPEST {
            return self.refuse("its groups lie too deep for a model; make the file anew");
        }
        for (name, data) in group.iter_datasets().map_err(damaged(path))? {
            self.count()?;
            let dims = data.shape().map_err(damaged(path))?;
            let dims = dims.into_iter().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
            self.tensors.insert(format!("{at}{name}"), (dims, data));
        }
        for (name, below) in group.iter_groups().map_err(damaged(path))? {
            self.count()?;
            let passed_over =
                INSIDE.contains(&name.as_str()) || (depth == 0 && BESIDE.contains(&name.as_str()));
            if !passed_over {
                self.walk(&below, &format!("{at}{name}/"), depth + 1)?;
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        self.entries += 1;
        if self.entries <= MOST_ENTRIES {
            return Ok(());
        }
        self.refuse(format!("it has more than {MOST_ENTRIES} groups and tensors; no model has"))
    }

    fn refuse<T>(&self, problem: impl std::fmt::Display) -> Result<T> {
        Err(Error::content(self.path, problem))
    }

    /// Copies the numbers of a tensor.
    fn read<R: Real>(&self, tensor: &Tensor, to: &mut [R]) -> Result<()> {
        let Some((_, data)) = self.tensors.get(&tensor.name) else {
            return Err(Error::NoTensor { path: self.path.to_owned(), name: tensor.name.clone() });
        };
        let numbers = data.read_f64().map_err(damaged(self.path))?;
        if numbers.len() != to.len() {
            return self.refuse(format!("{} has not the numbers of its shape", tensor.name));
        }
        to.iter_mut().zip(&numbers).for_each(|(to, &x)| *to = R::from_f64(x));
        check_finite(&tensor.name, to).or_else(|e| self.refuse(e))
    }

    /// What can be read of tensors, matrices and vectors whose numbers are there; and whether they stand in an
    /// order that the file says.
    ///
    /// # Errors
    /// A tensor is no part of a model, or lies.
    fn groups(&self) -> Result<(Groups, bool)> {
        let (mut groups, mut sum) = (BTreeMap::<String, Vec<Tensor>>::new(), 0usize);
        for (name, (dims, data)) in &self.tensors {
            let of = name.rsplit_once('/').map_or("", |(of, _)| of);
            let numbers = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
            let kind = data.dtype().map_err(damaged(self.path))?;
            // what is compressed, or not there at all, can be of any size
            let size = match data.layout().map_err(damaged(self.path))? {
                Layout::Compact { size } | Layout::Contiguous { address: Some(_), size } => {
                    Some(size)
                }
                _ => None,
            };
            let size = size.and_then(|size| usize::try_from(size).ok());
            let width = match kind {
                DType::F32 => 4,
                DType::F64 => 8,
                _ => return self.refuse(format!("{name} has type {kind}, but must be f32 or f64")),
            };
            let whole = numbers.filter(|&n| n > 0).and_then(|n| n.checked_mul(width));
            if whole.is_none() || whole != size || !(1..=2).contains(&dims.len()) {
                return self.refuse(format!(
                    "{name} has shape {dims:?}; hornpipe reads matrices and vectors that are neither \
                     empty nor compressed nor in chunks"
                ));
            }
            // several may share their bytes
            sum = sum.saturating_add(size.unwrap_or(0));
            if sum > self.length {
                return self.refuse("its tensors are larger than the file; make it anew");
            }
            let tensor = Tensor { name: name.clone(), dims: dims.clone() };
            groups.entry(of.to_owned()).or_default().push(tensor);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        let place = |of: &String| {
            let layer = of.split('/').next();
            self.order.iter().position(|name| Some(name.as_str()) == layer)
        };
        groups.sort_by(|(a, _), (b, _)| place(a).cmp(&place(b)).then_with(|| by_number(a, b)));
        // of layers in a model inside the model the file says no order
        let places: Vec<_> = groups.iter().map(|(of, _)| place(of)).collect();
        let ordered = places.windows(2).all(|two| two[0] < two[1]) && !places.contains(&None);
        Ok((groups, ordered))
    }

    /// Text that the file says of the whole model.
    fn text(&self, key: &str) -> Option<&str> {
        self.said.get(key).and_then(AttrValue::as_str)
    }

    /// The recurrent activation, if the file says or its age does.
    ///
    /// # Errors
    /// It is none that we have.
    fn activation(&self) -> Result<Option<Activation>> {
        let version = self.text("keras_version").unwrap_or_default();
        let Some(config) = self.text("model_config") else {
            // tf.keras, whose versions end in -tf, had changed the default before Keras did
            let old = ["2.0.", "2.1.", "2.2."].iter().any(|old| version.starts_with(old));
            let old = old && !version.contains("tf");
            return Ok(old.then_some(Activation::HardSigmoid));
        };
        let config: Value = serde_json::from_str(config)
            .or_else(|e| self.refuse(format!("its model_config is no JSON ({e}); make it anew")))?;
        let mut layers = Vec::new();
        collect(&config, &mut layers);
        let mut activation = None;
        for (class, layer) in layers {
            check(class, layer).or_else(|e| self.refuse(e))?;
            if class != "LSTM" {
                continue;
            }
            let said =
                layer.get("recurrent_activation").and_then(Value::as_str).unwrap_or("unsaid");
            if said == "hard_sigmoid" && !version.starts_with("2.") {
                return self.refuse(HARD_SIGMOID_OF_KERAS_3);
            }
            let Some(known) = Activation::named(said) else {
                return self.refuse(format!(
                    "its LSTM has the recurrent activation {said}; hornpipe has sigmoid and hard_sigmoid"
                ));
            };
            if activation.replace(known).is_some_and(|before| before != known) {
                return self.refuse(
                    "its LSTM layers have different recurrent activations; hornpipe has one for all",
                );
            }
        }
        Ok(activation)
    }
}

/// Refuses what a layer of a whole model does otherwise than ours; in words.
fn check(class: &str, layer: &Value) -> std::result::Result<(), String> {
    let is = |key: &str| layer.get(key).and_then(Value::as_bool) == Some(true);
    let activation = match layer.get("activation") {
        None | Some(Value::Null) => "linear",
        Some(named) => named.as_str().unwrap_or("of its own"),
    };
    match class {
        "LSTM" if activation != "tanh" => {
            Err(format!("its LSTM has the activation {activation}; hornpipe has tanh"))
        }
        "LSTM" if is("go_backwards") => Err("its LSTM reads backwards; hornpipe does not".into()),
        "Embedding" if is("mask_zero") => {
            Err("its Embedding masks symbol 0; hornpipe reads every symbol".into())
        }
        "Dense" | "Activation" if !["linear", "softmax"].contains(&activation) => {
            Err(format!("its {class} has the activation {activation}; hornpipe has softmax"))
        }
        "InputLayer" | "Embedding" | "LSTM" | "Dense" | "TimeDistributed" | "Activation"
        | "Softmax" | "Dropout" | "SpatialDropout1D" | "Sequential" | "Functional" | "Model" => {
            Ok(())
        }
        other => Err(format!("it has a layer {other}; {ONLY}")),
    }
}

const HARD_SIGMOID_OF_KERAS_3: &str = "it says hard_sigmoid and is of Keras 3, whose hard_sigmoid is \
    clip(x/6 + 0.5, 0, 1); that of Keras 2 and of hornpipe is clip(0.2 x + 0.5, 0, 1), which would give \
    other numbers; train it with sigmoid";

/// Class and settings of every layer in a description of a model, of models inside of it, too.
fn collect<'a>(layer: &'a Value, layers: &mut Vec<(&'a str, &'a Value)>) {
    let (Some(class), Some(config)) =
        (layer.get("class_name").and_then(Value::as_str), layer.get("config"))
    else {
        return;
    };
    // called more often, it is more than one layer of a stack
    let calls = layer.get("inbound_nodes").and_then(Value::as_array).map_or(1, Vec::len);
    layers.push((if calls > 1 { "that is called more than once" } else { class }, config));
    // of a Sequential of old the settings are its layers
    let below = config.as_array().or_else(|| config.get("layers").and_then(Value::as_array));
    below.into_iter().flatten().chain(config.get("layer")).for_each(|layer| collect(layer, layers));
}

/// Sorts the tensors of a file.
///
/// # Errors
/// They are those of another model than we have; in words.
fn parts(groups: Groups) -> std::result::Result<Parts, String> {
    let mut parts = Parts::default();
    for (of, tensors) in groups {
        let backwards =
            |part: &str| ["backward_", "bidirectional"].iter().any(|it| part.starts_with(it));
        if of.split('/').any(backwards) {
            return Err(format!(
                "{of} is of a layer that reads backwards, too (bidirectional); {ONLY}"
            ));
        }
        let (matrices, biases): (Vec<_>, Vec<_>) =
            tensors.into_iter().partition(|tensor| tensor.dims.len() == 2);
        if let Some(gru) =
            matrices.iter().find(|m| matrices.len() > 2 && m.dims[1] == 3 * m.dims[0])
        {
            return Err(format!("{} {:?} is of {}; {ONLY}", gru.name, gru.dims, kind(3)));
        }
        match (&matrices[..], &biases[..]) {
            ([matrix], []) => parts.lone.push(matrix.clone()),
            ([matrix], [bias]) if bias.dims[0] == matrix.dims[1] => {
                parts.dense.push((matrix.clone(), bias.clone()));
            }
            ([w_x, w_h, ..], _) if w_x.dims[1] == w_h.dims[1] => {
                let layer = layer((w_x, w_h), &matrices[2..], biases)?;
                parts.chains.push((of, vec![layer]));
            }
            _ => {
                let names = matrices.iter().chain(&biases).map(|tensor| tensor.name.as_str());
                let names: Vec<_> = names.collect();
                return Err(format!(
                    "it has {}, no part of such a model; {ONLY}",
                    names.join(", ")
                ));
            }
        }
    }
    Ok(parts)
}

/// One layer of its tensors.
fn layer(
    (w_x, w_h): (&Tensor, &Tensor),
    further: &[Tensor],
    biases: Vec<Tensor>,
) -> std::result::Result<Layer, String> {
    let [hidden, columns] = [w_h.dims[0], w_h.dims[1]];
    if columns != 4 * hidden || !further.is_empty() || biases.len() > 1 {
        let what = if columns.is_multiple_of(hidden) { kind(columns / hidden) } else { kind(0) };
        return Err(format!("{} [{hidden}, {columns}] is of {what}; {ONLY}", w_h.name));
    }
    if let Some(bias) = biases.iter().find(|bias| bias.dims != [columns]) {
        return Err(format!("{} has shape {:?}, but must be [{columns}]", bias.name, bias.dims));
    }
    let input = w_x.dims[0];
    Ok(Layer { w_x: w_x.clone(), w_h: w_h.clone(), biases, input, hidden })
}

fn damaged<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> Error {
    move |e| {
        Error::content(
            path,
            format!("not a whole HDF5 file, or one that hornpipe cannot read ({e}); make it anew"),
        )
    }
}

/// A model of the bytes of `path`. It has no activation where the file does not say.
///
/// # Errors
/// They hold no model that we have.
pub(super) fn decode<R: Real>(path: &Path, bytes: &[u8]) -> Result<Exchanged<R>> {
    let file = Walked::new(path, bytes.to_vec())?;
    let metadata: Metadata = KEYS
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), file.text(key)?.to_owned())))
        .collect();
    let (groups, ordered) = file.groups()?;
    let parts = Parts { ordered, ..parts(groups).or_else(|e| file.refuse(e))? };
    let inputs = metadata::inputs_of(&metadata).or_else(|e| file.refuse(e))?;
    let sizes = inputs.into_iter().map(|(_, size)| size).collect();
    let stack = parts.stack(sizes).or_else(|e| file.refuse(e))?;
    let activation = file.activation()?;
    let mut model = Exchanged::new(stack.weights(|tensor, to| file.read(tensor, to))?);
    model.activation = activation;
    metadata::told(model, &metadata).or_else(|e| file.refuse(e))
}

/// What our own files ([`to_keras`](super::to_keras)) say beside the tensors, as attributes of the whole: those of safetensors files.
const KEYS: [&str; 8] = [
    "weights_sha256",
    "recurrent_activation",
    "precision",
    "dropout",
    "vocabulary",
    "inputs",
    "tonic",
    "book",
];
