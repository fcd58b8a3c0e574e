//! A model of another program: which of its tensors is what, by their shapes.
//!
//! Programs name and nest their layers as they like, so names decide little here. What is looked for
//! is one stack: an embedding or one-hot characters, LSTM layers one on top of the other, a dense
//! layer. Each front end ([`pytorch`](super::pytorch), `keras`) sorts the tensors of a file into
//! [`Parts`]; [`Parts::stack`] says how they fit together, and [`Stack::weights`] reads them.
//!
//! A file in which anything is left over is refused: a model without one of its parts is another model.

use crate::engine::real::Real;
use crate::engine::weights::{Shape, Weights};
use crate::error::Result as FileResult;
use crate::learn::limits::MOST_LAYERS;
use crate::run::tensor_file::Tensor;
use ndarray::{Array1, Array2};
use std::cmp::Ordering;

/// Most symbols of a model whose characters are one-hot: its embedding is the identity, V x V.
const MOST_ONE_HOT: usize = 4096;

/// Chains of layers whose order is looked for; more must stand in the order of their names.
const MOST_CHAINS: usize = 8;

/// An LSTM layer: its gates stand in the order i, f, g, o in every program that is read here.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) w_x: Tensor,
    pub(super) w_h: Tensor,
    /// None, one, or two that are added.
    pub(super) biases: Vec<Tensor>,
    /// Width D of its input.
    pub(super) input: usize,
    /// Its width H.
    pub(super) hidden: usize,
}

/// What a refusal says of what is read instead.
pub(super) const ONLY: &str = "hornpipe reads an embedding, LSTM layers and a dense layer";

/// How many rows of w_h make its columns, or the other way round, for each kind of layer.
pub(super) fn kind(gates: usize) -> &'static str {
    match gates {
        4 => "an LSTM",
        3 => "a GRU",
        1 => "a plain recurrent layer",
        _ => "no layer that is known here",
    }
}

/// The parts of a model, before it is known how they fit together.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Matrices lie as (out, in) in the file, not as (in, out).
    pub(super) transposed: bool,
    /// Layers of which it is known that one stands on the other; in the order of their names.
    pub(super) chains: Vec<(String, Vec<Layer>)>,
    /// Matrices with a bias of their own.
    pub(super) dense: Vec<(Tensor, Tensor)>,
    /// Matrices without.
    pub(super) lone: Vec<Tensor>,
    /// The file itself says in which order the chains stand.
    pub(super) ordered: bool,
}

/// The parts of a model in their places.
#[derive(Debug)]
pub(super) struct Stack {
    shape: Shape,
    transposed: bool,
    embedding: Embedding,
    layers: Vec<Layer>,
    dense: Tensor,
    dense_bias: Option<Tensor>,
}

#[derive(Clone, Debug)]
enum Embedding {
    Of(Tensor),
    /// The matrix of the dense layer.
    Tied,
    /// Characters are one-hot: the identity.
    OneHot,
}

impl Parts {
    /// How they fit together, with inputs of these sizes beside the characters.
    ///
    /// # Errors
    /// They do not, or in more than one way; in words.
    pub(super) fn stack(mut self, inputs: Vec<usize>) -> Result<Stack, String> {
        let layers: usize = self.chains.iter().map(|(_, chain)| chain.len()).sum();
        if layers > MOST_LAYERS {
            return Err(format!("it has {layers} layers; {MOST_LAYERS} is the most"));
        }
        let beside = inputs.iter().sum();
        let mut ways = Vec::new();
        for (embedding, dense, bias) in self.readings() {
            if let Some(order) = self.order(&embedding, dense, beside)? {
                ways.push((embedding, dense.clone(), bias.cloned(), order));
            }
        }
        if ways.len() == 2 && self.lone.len() < 2 {
            return Err(format!(
                "{} can be a layer over one-hot characters, or tied to an embedding that the file leaves \
                 out; write the embedding, too",
                ways[0].1.name
            ));
        }
        if ways.len() == 2 {
            let [a, b] = [0, 1].map(|at| self.lone[at].name.as_str());
            return Err(format!(
                "either of {a} and {b} could be its embedding; keep the bias of its \
                 dense layer, or name the tensors as hornpipe export does"
            ));
        }
        if ways.is_empty() {
            return Err(self.misfit(beside));
        }
        let (embedding, dense, dense_bias, order) = ways.swap_remove(0);
        let (top, vocab) = self.sizes(&dense);
        let layers: Vec<Layer> =
            order.into_iter().flat_map(|at| std::mem::take(&mut self.chains[at].1)).collect();
        let width = match &embedding {
            Embedding::Of(tensor) => tensor.dims[1],
            Embedding::Tied => top,
            Embedding::OneHot if vocab > MOST_ONE_HOT => {
                return Err(format!(
                    "it reads {vocab} characters one-hot; {MOST_ONE_HOT} is the most"
                ));
            }
            Embedding::OneHot => vocab,
        };
        let lstm = layers.iter().map(|layer| layer.hidden).collect();
        let shape = Shape { vocab, embedding: width, inputs, lstm };
        Ok(Stack { shape, transposed: self.transposed, embedding, layers, dense, dense_bias })
    }

    /// Sizes (H, V) of a matrix as a dense layer.
    fn sizes(&self, dense: &Tensor) -> (usize, usize) {
        let (rows, columns) = (dense.dims[0], dense.dims[1]);
        if self.transposed { (columns, rows) } else { (rows, columns) }
    }

    /// What may be the embedding, the dense layer and its bias.
    fn readings(&self) -> Vec<(Embedding, &Tensor, Option<&Tensor>)> {
        match (&self.dense[..], &self.lone[..]) {
            ([(dense, bias)], []) => [Embedding::OneHot, Embedding::Tied]
                .map(|embedding| (embedding, dense, Some(bias)))
                .into(),
            ([(dense, bias)], [lone]) => {
                vec![(Embedding::Of(lone.clone()), dense, Some(bias))]
            }
            ([], [one]) => vec![(Embedding::OneHot, one, None), (Embedding::Tied, one, None)],
            ([], [a, b]) => {
                vec![(Embedding::Of(a.clone()), b, None), (Embedding::Of(b.clone()), a, None)]
            }
            _ => Vec::new(),
        }
    }

    /// The order of the chains between an embedding and a dense layer, if there is one.
    ///
    /// # Errors
    /// There are several, and neither the file nor numbers in names tell which is meant.
    fn order(
        &self,
        embedding: &Embedding,
        dense: &Tensor,
        beside: usize,
    ) -> Result<Option<Vec<usize>>, String> {
        let (top, vocab) = self.sizes(dense);
        let width = match embedding {
            Embedding::Of(tensor) if tensor.dims[0] != vocab => return Ok(None),
            Embedding::Of(tensor) => tensor.dims[1],
            Embedding::Tied => top,
            Embedding::OneHot => vocab,
        };
        let chains = self.chains.iter();
        let ends = chains.map(|(_, chain)| Some((chain.first()?.input, chain.last()?.hidden)));
        let ends: Vec<_> = ends.collect::<Option<_>>().unwrap_or_default();
        let start = width + beside;
        let as_named = ends.iter().try_fold(start, |at, &(from, to)| (from == at).then_some(to));
        if ends.is_empty() {
            return Ok(None);
        }
        if as_named == Some(top) && (self.ordered || self.are_numbered()) {
            return Ok(Some((0..ends.len()).collect()));
        }
        let mut ways = Vec::new();
        if ends.len() <= MOST_CHAINS {
            lead_on(&ends, start, top, &mut Vec::new(), &mut ways);
        }
        if ways.len() > 1 {
            let names: Vec<_> = self.chains.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!(
                "its layers {} fit each other in several orders, and their names do not tell which is meant; \
                 rename them so that they differ by a number alone",
                names.join(", ")
            ));
        }
        Ok(ways.pop())
    }

    /// Whether the names of the chains differ by numbers alone, as `lstm`, `lstm_1`, `lstm_2`.
    fn are_numbered(&self) -> bool {
        let plain = |name: &String| {
            let letters: String = name.chars().filter(|c| !c.is_ascii_digit()).collect();
            letters.split('/').map(|part| part.trim_end_matches('_').to_owned()).collect()
        };
        let mut names = self.chains.iter().map(|(name, _)| plain(name));
        let first: Option<Vec<String>> = names.next();
        names.all(|name| Some(name) == first)
    }

    /// Why there is no way.
    fn misfit(&self, beside: usize) -> String {
        let sizes = |tensor: &Tensor| format!("{} {:?}", tensor.name, tensor.dims);
        let chains = self.chains.iter().flat_map(|(_, chain)| chain);
        let layers = chains.map(|layer| {
            let (name, input, hidden) = (&layer.w_h.name, layer.input, layer.hidden);
            format!("the layer of {name} from {input} to {hidden}")
        });
        let matrices = self.lone.iter().chain(self.dense.iter().map(|(matrix, _)| matrix));
        let parts: Vec<String> = layers.chain(matrices.map(sizes)).collect();
        let beside = match beside {
            0 => String::new(),
            values => format!(", with {values} values beside each character"),
        };
        format!(
            "its parts do not fit each other as one embedding or none, LSTM layers one on top of the \
             other and one dense layer{beside}: {}; hornpipe reads no other model",
            parts.join(", ")
        )
    }
}

/// Collects the first two ways over all chains of widths `(from, to)`, from `width` to `end`.
fn lead_on(
    ends: &[(usize, usize)],
    width: usize,
    end: usize,
    way: &mut Vec<usize>,
    ways: &mut Vec<Vec<usize>>,
) {
    if way.len() == ends.len() && width == end {
        ways.push(way.clone());
    }
    for (at, &(from, to)) in ends.iter().enumerate() {
        if ways.len() < 2 && from == width && !way.contains(&at) {
            way.push(at);
            lead_on(ends, to, end, way, ways);
            way.pop();
        }
    }
}

impl Stack {
    /// Its weights, each tensor read by `read` into the room that its sizes ask for.
    ///
    /// # Errors
    /// A tensor cannot be read.
    pub(super) fn weights<R: Real>(
        &self,
        mut read: impl FnMut(&Tensor, &mut [R]) -> FileResult<()>,
    ) -> FileResult<Weights<R>> {
        let mut numbers = |tensor: &Tensor| {
            let mut to = vec![R::zero(); tensor.dims.iter().product()];
            read(tensor, &mut to).map(|()| to)
        };
        let mut weights = Weights::zeros(&self.shape);
        let matrix = |tensor: &Tensor, numbers: Vec<R>, transposed: bool| {
            let dims = (tensor.dims[0], tensor.dims[1]);
            let matrix = Array2::from_shape_vec(dims, numbers).expect("as many as its sizes say");
            let matrix = if transposed { matrix.reversed_axes() } else { matrix };
            matrix.as_standard_layout().into_owned()
        };
        for (layer, to) in self.layers.iter().zip(&mut weights.lstm) {
            to.w_x = matrix(&layer.w_x, numbers(&layer.w_x)?, self.transposed);
            to.w_h = matrix(&layer.w_h, numbers(&layer.w_h)?, self.transposed);
            for (nth, bias) in layer.biases.iter().enumerate() {
                let bias = Array1::from(numbers(bias)?);
                // so that a zero keeps its sign where the second is 0
                to.bias = if nth == 0 { bias } else { sum(&to.bias, &bias) };
            }
        }
        weights.dense.kernel = matrix(&self.dense, numbers(&self.dense)?, self.transposed);
        if let Some(bias) = &self.dense_bias {
            weights.dense.bias = Array1::from(numbers(bias)?);
        }
        weights.embedding = match &self.embedding {
            Embedding::Of(tensor) => matrix(tensor, numbers(tensor)?, false),
            Embedding::Tied => weights.dense.kernel.t().as_standard_layout().into_owned(),
            Embedding::OneHot => Array2::eye(self.shape.vocab),
        };
        Ok(weights)
    }
}

fn sum<R: Real>(a: &Array1<R>, b: &Array1<R>) -> Array1<R> {
    ndarray::Zip::from(a).and(b).map_collect(|&a, &b| if b == R::zero() { a } else { a + b })
}

/// Orders names as people count: `lstm.10` behind `lstm.2`, `lstm_1` behind `lstm`.
pub(super) fn by_number(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    while !a_rest.is_empty() && !b_rest.is_empty() {
        let (a_piece, b_piece) = (piece(a_rest), piece(b_rest));
        // a number of more digits is larger; all else has one character
        let [a_number, b_number] = [a_piece, b_piece].map(|piece| piece.trim_start_matches('0'));
        let order =
            match [a_piece, b_piece].map(|piece| piece.starts_with(|c: char| c.is_ascii_digit())) {
                [true, true] => (a_number.len(), a_number).cmp(&(b_number.len(), b_number)),
                _ => a_piece.cmp(b_piece),
            };
        if order.is_ne() {
            return order;
        }
        (a_rest, b_rest) = (&a_rest[a_piece.len()..], &b_rest[b_piece.len()..]);
    }
    // of the same numbers, written otherwise, the names decide
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

/// The number that a text begins with, or its first character.
fn piece(text: &str) -> &str {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let first = text.chars().next().map_or(0, char::len_utf8);
    &text[..digits.max(first)]
}
