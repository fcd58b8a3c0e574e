//! The class `Model`.

use crate::arrays::{Number, given_away, symbols};
use crate::calls::{attended, computed, flags, here, parsed, raised, told, wrong};
use crate::engines::{Arithmetic, Engine, Engines};
use crate::passes::{self, Batch, heard, view};
use crate::states::States;
use hornpipe::cli::embedded::{Held, listening, open};
use hornpipe::engine::real::Precision;
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe::learn::listener::Listener;
use hornpipe::learn::text::{UnknownCharacter, Vocabulary};
use numpy::ndarray::{Array1, Array2, Array3, ArrayD, IxDyn};
use numpy::{Element, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// A model that computes, foretells and writes. It never changes, so any number of threads may use it at
/// once; all its methods let other threads of Python run while they compute.
///
/// Arrays are time-major, (T, B, ...): T time steps, B streams side by side, V symbols, H units of a layer,
/// K whole numbers beside a symbol. Losses are in nats. What is wrong with an argument is a ValueError, in
/// the words of the program `hornpipe`.
#[pyclass(frozen, module = "hornpipe")]
pub(crate) struct Model {
    engines: Engines,
    listener: OnceLock<Listener>,
}

impl Model {
    pub(crate) fn new(held: Held) -> Self {
        Self { engines: Engines::new(held), listener: OnceLock::new() }
    }

    fn held(&self) -> &Held {
        &self.engines.held
    }

    fn known(&self) -> PyResult<&Vocabulary> {
        self.held().opened.vocabulary().map_err(|error| raised(&error))
    }

    fn shape(&self) -> Shape {
        self.held().opened.exchanged.weights.shape()
    }

    /// Before the first character of a text.
    fn listener(&self) -> PyResult<Listener> {
        if let Some(listener) = self.listener.get() {
            return Ok(listener.clone());
        }
        let manner = self.held().opened.manner().map_err(|error| raised(&error))?;
        Ok(self.listener.get_or_init(|| manner.listener).clone())
    }

    /// Who it is, and what it hears with.
    fn listening(&self) -> (&str, impl FnOnce() -> PyResult<Listener>) {
        (&self.held().opened.exchanged.sha256, || self.listener())
    }

    fn symbols_of(&self, text: &str) -> PyResult<Vec<u32>> {
        let encoded = self.known()?.encode(text);
        encoded.map_err(|unknown: UnknownCharacter| wrong(unknown.to_string()))
    }

    /// x as an array or as a text.
    fn read(&self, x: &Bound<'_, PyAny>) -> PyResult<Array2<u32>> {
        let Ok(text) = x.cast::<PyString>() else {
            return symbols(x, "x", "(T, B)", self.shape().vocab);
        };
        let symbols = self.symbols_of(&text.to_cow()?)?;
        let steps = symbols.len();
        if steps == 0 {
            return Err(wrong("x is an empty text; give at least one character"));
        }
        Ok(Array2::from_shape_vec((steps, 1), symbols).expect("one stream of T symbols"))
    }

    /// What a pass in f32 goes through; None: as the model was trained. Made on this thread: one of the
    /// engine's, which does other things while it waits, could come to ask for what it is making.
    fn engine(&self, py: Python<'_>, precision: Option<Arithmetic>) -> &Engine<f32> {
        let precision = match precision {
            None | Some(Arithmetic::F64) => self.held().opened.exchanged.precision,
            Some(Arithmetic::F32) => Precision::F32,
            Some(Arithmetic::Bf16) => Precision::Bf16,
        };
        here(py, || self.engines.in_f32(precision))
    }

    /// The same in f64.
    fn exact_engine(&self, py: Python<'_>) -> &Engine<f64> {
        here(py, || self.engines.in_f64())
    }
}

#[pymethods]
impl Model {
    /// Opens a run (a folder that `hornpipe train` made), a checkpoint, a file of weights, or "default": the
    /// model that comes with hornpipe. A file of weights is a .safetensors, also of a PyTorch module, whatever
    /// its names, or an .h5 of Keras; `hornpipe export --help` says of what models.
    ///
    /// Without a path it is the newest run below ./runs; where there is none, the default, and a warning says
    /// so. Of a run `which` checkpoint is taken: "best" (the lowest loss on held-out text), "last", or that after
    /// so many epochs. Weights of an F64 file are kept as they are.
    ///
    /// `activation` ("sigmoid" or "hard_sigmoid") is for bare weights of Keras, which do not say which recurrent
    /// activation they are for; `vocabulary` the path of a JSON object of characters and numbers, for a file
    /// that does not say which symbols its model knows.
    ///
    /// Raises FileNotFoundError or another OSError where the system refuses to read, ValueError where it is no
    /// model.
    #[staticmethod]
    #[pyo3(signature = (path=None, which=None, *, activation=None, vocabulary=None))]
    fn load(
        py: Python<'_>,
        path: Option<PathBuf>,
        which: Option<&Bound<'_, PyAny>>,
        activation: Option<&str>,
        vocabulary: Option<&str>,
    ) -> PyResult<Self> {
        let mut flags = match which {
            None => Vec::new(),
            Some(which) => match (which.extract::<usize>(), which.extract::<String>().as_deref()) {
                (Ok(epoch), _) => vec![format!("--epoch={epoch}")],
                (_, Ok("last")) => vec!["--last".to_owned()],
                (_, Ok("best")) => Vec::new(),
                _ => {
                    return Err(wrong(
                        "which is neither \"best\", \"last\" nor a number of epochs",
                    ));
                }
            },
        };
        flags.extend(activation.map(|name| format!("--activation={name}")));
        flags.extend(vocabulary.map(|path| format!("--vocabulary={path}")));
        if let Some(path) = path {
            let text = path.into_os_string().into_string();
            let text = text.map_err(|path| wrong(format!("{} is no UTF-8", path.display())))?;
            flags.extend(["--".to_owned(), text]);
        }
        told(py, computed(py, || listening(|| open(&flags)))).map(Self::new)
    }

    /// Writes a file with everything that travels with the model, of the kind that its ending asks for, as `hornpipe
    /// export` does: .safetensors (F64 where the weights were), .weights.h5 or .onnx.
    /// A file of another kind than that is replaced with `force=True` alone.
    #[pyo3(signature = (path, force=false))]
    fn save(&self, py: Python<'_>, path: PathBuf, force: bool) -> PyResult<()> {
        told(py, computed(py, || listening(|| self.held().save(&path, force))))
    }

    /// The file that it was read from.
    #[getter]
    fn path(&self) -> String {
        self.held().opened.path.display().to_string()
    }

    /// All characters that it knows, in the order of their symbols; None where the file does not name them.
    #[getter]
    fn vocabulary(&self) -> Option<String> {
        let vocabulary = self.held().opened.exchanged.vocabulary.as_ref();
        vocabulary.map(|vocabulary| vocabulary.symbols().iter().collect())
    }

    /// How many numbers it has learned.
    #[getter]
    fn parameters(&self) -> usize {
        self.shape().parameters()
    }

    /// SHA-256 of its weights as little-endian f32, in the order of `weights()`: as `hornpipe info` has it.
    #[getter]
    fn sha256(&self) -> &str {
        &self.held().opened.exchanged.sha256
    }

    /// What it hears beside each character: (name, number of values) for each of K; empty if nothing.
    #[getter]
    fn inputs(&self) -> Vec<(String, usize)> {
        self.held().opened.exchanged.inputs.clone()
    }

    /// Sizes, settings, how far it was trained: the dictionary of `hornpipe info --json`.
    fn info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parsed(py, &self.held().info())
    }

    /// Its weights by their exchange names: embedding.weight (V, E), lstm.K.kernel (D, 4H),
    /// lstm.K.recurrent_kernel (H, 4H), lstm.K.bias (4H), dense.kernel (H, V), dense.bias (V); gates in the
    /// order i, f, g, o.
    ///
    /// Read-only views, not copied: they keep the model alive. f32, or f64 where the file was.
    fn weights<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let held = slf.get().held();
        match &held.exact {
            Some(weights) => borrowed(slf, weights),
            None => borrowed(slf, &held.opened.exchanged.weights),
        }
    }

    /// The symbols of a text, (T,) uint32. Raises ValueError for a character that the model does not know.
    fn encode<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        Ok(given_away(py, Array1::from_vec(self.symbols_of(text)?)))
    }

    /// The text of symbols: whole numbers in an array of any shape, read row by row.
    fn decode(&self, symbols: &Bound<'_, PyAny>) -> PyResult<String> {
        let vocabulary = self.known()?;
        let numbers: ArrayD<u32> =
            crate::arrays::symbols::<IxDyn>(symbols, "symbols", "any", vocabulary.len())?;
        Ok(numbers.iter().map(|&symbol| vocabulary.char_of(symbol)).collect())
    }

    /// What comes next: logits (T, B, V), and the states behind x.
    ///
    /// x are symbols (T, B) of any integer type, or a text, which is one stream (T, 1). states are those that
    /// an earlier call returned, or a list of a pair (h, c) of arrays (B, H) for each layer; None: nothing was
    /// heard yet. They are never changed. Cut x anywhere and hand the states on: the bits are the same.
    ///
    /// For a model with `inputs` places (T, B, K) are what it hears beside each symbol; None computes them from
    /// the text in x and what came before, which `states` remember. Where they can not know, as a list of
    /// pairs, or after places were given, a ValueError says so.
    ///
    /// precision: "f32", "bf16" (f32 but for both sides of every product) or "f64"; None as it was trained.
    #[pyo3(signature = (x, states=None, places=None, precision=None))]
    fn logits<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        states: Option<&Bound<'py, PyAny>>,
        places: Option<&Bound<'py, PyAny>>,
        precision: Option<&str>,
    ) -> PyResult<(Bound<'py, PyAny>, States)> {
        let precision = precision.map(Arithmetic::named).transpose()?;
        let x = self.read(x)?;
        let heard = heard(&x, places, states, &self.shape(), self.listening())?;
        match precision {
            Some(Arithmetic::F64) => passes::logits(py, self.exact_engine(py), &x, heard, states),
            other => passes::logits(py, self.engine(py, other), &x, heard, states),
        }
    }

    /// The places of a text, whole numbers (T, 1, K), as `logits` computes them: where in bar, part and tune each
    /// character stands, and what stood there before; K is len(inputs). With one_hot=True their rows of 0 and 1
    /// side by side, f32 (T, 1, N), as an exported model takes them in PyTorch, Keras or ONNX.
    #[pyo3(signature = (text, one_hot=false))]
    fn places<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        one_hot: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, shape) = (self.read(text)?, self.shape());
        let (places, _) = heard(&x, None, None, &shape, self.listening())?;
        if !one_hot {
            return Ok(given_away(py, places));
        }
        let mut rows = Array3::<f32>::zeros((x.nrows(), x.ncols(), shape.places()));
        for ((t, row, k), &place) in places.indexed_iter() {
            let before: usize = shape.inputs[..k].iter().sum();
            rows[[t, row, before + place as usize]] = 1.0;
        }
        Ok(given_away(py, rows))
    }

    /// Loss and gradients of one window: forward, cross-entropy against y, backward through time.
    ///
    /// x and y are symbols (T, B), y those that should come next; x may be a text. states are as for `logits`.
    /// masks is a list of an array (T, B, H) or None for each layer: the factor on its output, 0 or 1/(1-p);
    /// without masks there is no dropout. places are as for `logits`. (In the batch file of `hornpipe
    /// gradients` the first two axes are the other way round: (B, T, ...).)
    ///
    /// Returns a dictionary: "loss" (mean over T*B in nats) and "accuracy" as floats; arrays "grad.NAME" for each
    /// name of `weights()`, "grad.lstm.K.h0" and "grad.lstm.K.c0" (B, H) for the states on entry, and the
    /// final states "lstm.K.h" (before dropout) and "lstm.K.c". precision: "f64", "f32" or "bf16", whatever the
    /// model was trained in.
    #[pyo3(signature = (x, y, states=None, masks=None, places=None, precision="f64"))]
    #[expect(clippy::too_many_arguments, reason = "all but two are keywords in Python")]
    fn gradients<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        states: Option<&Bound<'py, PyAny>>,
        masks: Option<&Bound<'py, PyAny>>,
        places: Option<&Bound<'py, PyAny>>,
        precision: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let precision = Arithmetic::named(precision)?;
        let x = &self.read(x)?;
        let heard = heard(x, places, states, &self.shape(), self.listening())?;
        let batch = Batch { x, y, heard, states, masks };
        match precision {
            Arithmetic::F64 => passes::gradients(py, self.exact_engine(py), batch),
            other => passes::gradients(py, self.engine(py, Some(other)), batch),
        }
    }

    /// How well it foretells a text, or the embedded corpus: loss (nats a character), bits_per_character,
    /// perplexity, accuracy, characters, to the last digit those of `hornpipe evaluate --json`.
    ///
    /// The text is read in `batch` streams side by side (16), in windows of `steps` characters (64); a short one
    /// in one stream. A model that learned its tunes on one tonic hears these there, too.
    #[pyo3(signature = (text=None, batch=None, steps=None))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        text: Option<&str>,
        batch: Option<&Bound<'py, PyAny>>,
        steps: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let given = PyDict::new(py);
        given.set_item("batch", batch)?;
        given.set_item("steps", steps)?;
        let flags = flags(Some(&given))?;
        let model = &self.engine(py, None).model;
        let figures = attended(py, |_| self.held().evaluate(model, text, &flags))?;
        parsed(py, &figures)
    }

    /// Writes n tunes (1): a list of texts, those that `hornpipe generate -n N --seed SEED` writes into a
    /// file; with comments=True also the lines in them that say what made them, which the model itself can not
    /// read. Tune k of a seed (1) is the same for any n.
    ///
    /// Wishes have the names of the flags: rhythm, meter, key, mode, form, parts=[8, 8], range="D-b",
    /// for_="whistle", begin, like="new.abc#3", keep_bars, good, no_good, titles, prime, temperature, top_k,
    /// top_p, max_length, length. A wish is kept in every tune; where a tune had to be given up a warning says
    /// so, and where none could keep it a ValueError.
    #[pyo3(signature = (n=None, seed=None, comments=false, **wishes))]
    fn generate<'py>(
        &self,
        py: Python<'py>,
        n: Option<&Bound<'py, PyAny>>,
        seed: Option<&Bound<'py, PyAny>>,
        comments: bool,
        wishes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let given = PyDict::new(py);
        given.set_item("n", n)?;
        given.set_item("seed", seed)?;
        let flags = [flags(Some(&given))?, flags(wishes)?].concat();
        let model = &self.engine(py, None).model;
        let tunes = attended(py, |stop| {
            let stopped = || stop.load(Ordering::Relaxed);
            self.held().generate(model, &flags, comments, stopped)
        })?;
        PyList::new(py, tunes)
    }

    fn __repr__(&self) -> String {
        let Shape { vocab, embedding, lstm, .. } = self.shape();
        let (path, sha256) = (self.path(), &self.sha256()[..12]);
        let lstm: Vec<String> = lstm.iter().map(usize::to_string).collect();
        format!(
            "<hornpipe.Model {path}: {vocab} symbols, embedding {embedding}, lstm {}, weights {sha256}>",
            lstm.join(",")
        )
    }
}

/// The tensors as views that keep `model` alive.
fn borrowed<'py, R: Number + Element>(
    model: &Bound<'py, Model>,
    weights: &Weights<R>,
) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(model.py());
    for ((name, dims), tensor) in weights.shape().tensors().into_iter().zip(weights.tensors()) {
        let view = view(&dims, tensor);
        // SAFETY: `tensor` is memory of `model`, a frozen class: the weights that it holds are never changed,
        // moved or dropped as long as it lives, and the array keeps a reference to it.
        let array = unsafe { PyArrayDyn::borrow_from_array(&view, model.clone().into_any()) };
        array.readwrite().make_nonwriteable();
        all.set_item(name, array)?;
    }
    Ok(all)
}
