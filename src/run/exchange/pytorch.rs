//! PyTorch's names: models of `nn.LSTM` and `nn.LSTMCell`, whatever the module around them is called.
//!
//! | of a layer that is called P | shape | here |
//! |---|---|---|
//! | `P.weight_ih_lN`, of a cell `P.weight_ih` | (4H, D) | `kernel`, transposed |
//! | `P.weight_hh_lN` | (4H, H) | `recurrent_kernel`, transposed |
//! | `P.bias_ih_lN`, `P.bias_hh_lN` | (4H) | `bias`, their sum |
//!
//! Gates stand in the order i, f, g, o in both. What else a file may hold are matrices `P.weight`, one
//! with a `P.bias`: the dense layer (V, H). How they fit together says [`stack`](super::stack).

use super::exchanged::Exchanged;
use super::metadata;
use super::ours::encode;
use super::stack::{Layer, ONLY, Parts, by_number, kind};
use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::run::tensor_file::{Tensor, TensorFile};
use hornpipe_kernels::Activation;
use ndarray::ArrayView2;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a tensor is of a recurrent layer of PyTorch's.
pub(super) fn is_recurrent(name: &str) -> bool {
    Role::of(name).is_some()
}

/// What a tensor is to its layer.
struct Role<'a> {
    /// The module.
    of: &'a str,
    /// Which of its layers; 0 for a cell.
    layer: usize,
    /// `weight_ih`, ...
    what: &'static str,
    reverse: bool,
}

impl<'a> Role<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (of, leaf) = name.rsplit_once('.').unwrap_or(("", name));
        let what = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"]
            .into_iter()
            .find(|what| leaf.starts_with(what))?;
        let rest = &leaf[what.len()..];
        let (rest, reverse) = match rest.strip_suffix("_reverse") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let layer = match rest {
            "" => 0,
            // "_l+1" and "_l01" are nobody's names
            rest => rest.strip_prefix("_l")?.parse().ok().filter(|n| format!("_l{n}") == rest)?,
        };
        Some(Self { of, layer, what, reverse })
    }
}

/// The tensors of one layer by what they are to it.
type Roles = BTreeMap<&'static str, Tensor>;

/// Sorts the tensors of a file.
///
/// # Errors
/// They are those of another model than we have; in words.
fn parts(tensors: Vec<(String, Tensor)>) -> std::result::Result<Parts, String> {
    let mut parts = Parts { transposed: true, ..Parts::default() };
    let mut modules: BTreeMap<String, BTreeMap<usize, Roles>> = BTreeMap::new();
    let (mut matrices, mut biases) = (BTreeMap::new(), BTreeMap::new());
    for (name, tensor) in tensors {
        if tensor.dims.contains(&0) {
            return Err(format!("{name} has shape {:?}, and so no numbers", tensor.dims));
        }
        if let Some(Role { of, layer, what, reverse }) = Role::of(&name) {
            let refused = match (reverse, what) {
                (true, _) => "a layer that reads backwards, too (bidirectional)",
                (_, "weight_hr") => "a layer with projections (proj_size)",
                _ => "",
            };
            if !refused.is_empty() {
                return Err(format!("{name} is of {refused}; {ONLY}"));
            }
            let of = of.to_owned();
            modules.entry(of).or_default().entry(layer).or_default().insert(what, tensor);
            continue;
        }
        let (of, leaf) = name.rsplit_once('.').unwrap_or(("", &name));
        match (leaf, tensor.dims.len()) {
            ("weight", 2) => matrices.insert(of.to_owned(), tensor),
            ("bias", 1) => biases.insert(of.to_owned(), tensor),
            _ => return Err(format!("it has {name}, which is no part of such a model; {ONLY}")),
        };
    }
    add_matrices(&mut parts, matrices, biases)?;
    let mut modules: Vec<_> = modules.into_iter().collect();
    modules.sort_by(|(a, _), (b, _)| by_number(a, b));
    for (of, layers) in modules {
        parts.chains.push((of, chain(layers)?));
    }
    Ok(parts)
}

/// Sorts matrices by whether they have a bias of their own; both by the names of their modules.
fn add_matrices(
    parts: &mut Parts,
    matrices: BTreeMap<String, Tensor>,
    mut biases: BTreeMap<String, Tensor>,
) -> std::result::Result<(), String> {
    for (of, matrix) in matrices {
        match biases.remove(&of) {
            None => parts.lone.push(matrix),
            Some(bias) if bias.dims[0] == matrix.dims[0] => parts.dense.push((matrix, bias)),
            Some(bias) => {
                return Err(format!(
                    "{} has {} numbers for {} {:?}",
                    bias.name, bias.dims[0], matrix.name, matrix.dims
                ));
            }
        }
    }
    let orphans: Vec<Tensor> = biases.into_values().collect();
    match (&parts.dense[..], &parts.lone[..], &orphans[..]) {
        (.., []) => Ok(()),
        // a dense layer whose matrix is that of the embedding, and was written once
        ([], [matrix], [bias]) if bias.dims[0] == matrix.dims[0] => {
            parts.dense.push((matrix.clone(), bias.clone()));
            Ok(())
        }
        (.., [bias, ..]) => {
            Err(format!("it has {} without a weight of that name; {ONLY}", bias.name))
        }
    }
}

/// The layers of one module, of which each stands on the one before.
fn chain(layers: BTreeMap<usize, Roles>) -> std::result::Result<Vec<Layer>, String> {
    let mut chain: Vec<Layer> = Vec::new();
    for (nth, (n, roles)) in layers.into_iter().enumerate() {
        let layer = layer(roles)?;
        let below = chain.last().map_or(layer.input, |below| below.hidden);
        if nth != n || below != layer.input {
            let (name, rows, input) = (&layer.w_x.name, 4 * layer.hidden, layer.input);
            return Err(format!("{name} [{rows}, {input}] does not stand on the layer below it"));
        }
        chain.push(layer);
    }
    Ok(chain)
}

/// One layer of its tensors.
fn layer(mut roles: Roles) -> std::result::Result<Layer, String> {
    let named: Vec<String> = roles.values().map(|tensor| tensor.name.clone()).collect();
    let mut take = |what| roles.remove(what);
    let (Some(w_x), Some(w_h)) = (take("weight_ih"), take("weight_hh")) else {
        return Err(format!("it has {}, but not both matrices of that layer", named.join(", ")));
    };
    let (&[rows, input], &[same, hidden]) = (&w_x.dims[..], &w_h.dims[..]) else {
        return Err(format!("{} and {} must be matrices", w_x.name, w_h.name));
    };
    if rows != same || rows != 4 * hidden {
        let what = if rows == same && rows % hidden == 0 { kind(rows / hidden) } else { kind(0) };
        return Err(format!("{} [{same}, {hidden}] is of {what}; {ONLY}", w_h.name));
    }
    let biases: Vec<Tensor> = ["bias_ih", "bias_hh"].into_iter().filter_map(take).collect();
    if let Some(bias) = biases.iter().find(|bias| bias.dims != [rows]) {
        return Err(format!("{} has shape {:?}, but must be [{rows}]", bias.name, bias.dims));
    }
    Ok(Layer { w_x, w_h, biases, input, hidden })
}

/// A model of a file with such tensors.
///
/// # Errors
/// They are those of another model than we have.
pub(super) fn decode<R: Real>(file: &TensorFile) -> Result<Exchanged<R>> {
    let there = file.tensors();
    let named = |name: &String| there.iter().find(|tensor| tensor.name == *name);
    // of tensors that share their numbers save_model writes one, and says which others it is
    let shared = file.metadata.iter().filter(|(name, kept)| {
        named(name).is_none() && name.ends_with("weight") && kept.ends_with("weight")
    });
    let shared = shared.filter_map(|(name, kept)| Some((name.clone(), named(kept)?.clone())));
    let shared: Vec<_> = shared.collect();
    let own = there.into_iter().map(|tensor| (tensor.name.clone(), tensor));
    let parts = parts(own.chain(shared).collect()).or_else(|e| file.refuse(e))?;
    let inputs = metadata::inputs_of(&file.metadata).or_else(|e| file.refuse(e))?;
    let sizes = inputs.into_iter().map(|(_, size)| size).collect();
    let stack = parts.stack(sizes).or_else(|e| file.refuse(e))?;
    let read = |tensor: &Tensor, to: &mut [R]| file.read(&tensor.name, &tensor.dims, to);
    let mut model = Exchanged::new(stack.weights(read)?);
    let mut said = file.metadata.clone();
    // in others' files the word may mean something else
    if !said.contains_key("weights_sha256") {
        said.remove("precision");
    }
    model = metadata::told(model, &said).or_else(|e| file.refuse(e))?;
    if model.activation == Some(Activation::HardSigmoid) {
        return file.refuse(
            "its metadata say hard_sigmoid, which PyTorch's nn.LSTM has not; take that out",
        );
    }
    model.activation = Some(Activation::Sigmoid);
    Ok(model)
}

/// The bytes of a safetensors file that PyTorch loads into the module of `hornpipe export --help`.
///
/// # Errors
/// PyTorch has no layer for the model, or the format no room for it.
pub fn encode_for_pytorch<R: Real>(model: &Exchanged<R>, path: &Path) -> Result<Vec<u8>> {
    if model.activation() == Activation::HardSigmoid {
        let problem = "PyTorch's nn.LSTM has no hard_sigmoid, which this model has; write it for Keras or \
                       ONNX, or under hornpipe's own names";
        return Err(Error::content(path, problem));
    }
    let weights = &model.weights;
    let mut tensors = vec![("embedding.weight".to_owned(), flat(weights.embedding.view()))];
    for (k, layer) in weights.lstm.iter().enumerate() {
        let mut add = |what, tensor| tensors.push((format!("lstm.{k}.{what}_l0"), tensor));
        add("weight_ih", flat(layer.w_x.t()));
        add("weight_hh", flat(layer.w_h.t()));
        add("bias_ih", (vec![layer.bias.len()], layer.bias.to_vec()));
        add("bias_hh", (vec![layer.bias.len()], vec![R::zero(); layer.bias.len()]));
    }
    tensors.push(("dense.weight".to_owned(), flat(weights.dense.kernel.t())));
    let bias = weights.dense.bias.to_vec();
    tensors.push(("dense.bias".to_owned(), (vec![bias.len()], bias)));
    let tensors =
        tensors.iter().map(|(name, (dims, data))| (name.clone(), dims.clone(), &data[..]));
    encode(tensors, Some(metadata::of(model))).map_err(super::ours::unwritable(path))
}

/// A matrix as it stands in a file: its sizes, and its rows one after the other.
fn flat<R: Real>(matrix: ArrayView2<R>) -> (Vec<usize>, Vec<R>) {
    (matrix.shape().to_vec(), matrix.iter().copied().collect())
}
