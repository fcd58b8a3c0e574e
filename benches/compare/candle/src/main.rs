//! The notebook's model in candle on a CPU, with its own `LSTM` and `AdamW`; called as the Python
//! peers are, see `peer.py`, whose settings, windows and timing are written again here.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use candle_core::{D, DType, Device, Tensor, safetensors};
use candle_nn::rnn::LSTMState;
use candle_nn::sampling::gumbel_softmax;
use candle_nn::{
    AdamW, Dropout, Embedding, LSTM, LSTMConfig, Linear, Module, Optimizer, ParamsAdamW, RNN,
    VarBuilder, VarMap, embedding, linear, loss::cross_entropy, lstm,
};

const BATCH: usize = 16;
const STEPS: usize = 64;
const SIZES: [usize; 3] = [512, 256, 128]; // the embedding, then the layers
const DROPOUT: f32 = 0.2;
const ADAM: ParamsAdamW =
    ParamsAdamW { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-7, weight_decay: 0.0 };
const WARM_UP: usize = 20;
const TEMPERATURE: f64 = 0.8;
const CPU: Device = Device::Cpu;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Model {
    embedding: Embedding,
    layers: Vec<LSTM>,
    dropout: Dropout,
    dense: Linear,
}

impl Model {
    fn new(vocab: usize, vars: &VarBuilder) -> Result<Self> {
        // one bias is enough; candle's gates are i, f, g, o as ours
        let config = LSTMConfig { b_hh_init: None, ..LSTMConfig::default() };
        let mut layers = Vec::new();
        for (k, size) in SIZES.windows(2).enumerate() {
            layers.push(lstm(size[0], size[1], config, vars.pp(format!("lstm.{k}")))?);
        }
        Ok(Model {
            embedding: embedding(vocab, SIZES[0], vars.pp("embedding"))?,
            layers,
            dropout: Dropout::new(DROPOUT),
            dense: linear(SIZES[2], vocab, vars.pp("dense"))?,
        })
    }

    /// Weights of the exchange format as constants, so that no graph is kept.
    fn load(path: &str) -> Result<Self> {
        let mut ours = safetensors::load(path, &CPU)?;
        let mut take = |name: &str| ours.remove(name).ok_or(format!("no {name} in {path}"));
        let embedding = take("embedding.weight")?;
        let vocab = embedding.dim(0)?;
        let mut w = HashMap::from([("embedding.weight".to_string(), embedding)]);
        for k in 0..SIZES.len() - 1 {
            for (theirs, name) in [("weight_ih_l0", "kernel"), ("weight_hh_l0", "recurrent_kernel")]
            {
                let kernel = take(&format!("lstm.{k}.{name}"))?.t()?.contiguous()?;
                w.insert(format!("lstm.{k}.{theirs}"), kernel);
            }
            w.insert(format!("lstm.{k}.bias_ih_l0"), take(&format!("lstm.{k}.bias"))?);
        }
        w.insert("dense.weight".to_string(), take("dense.kernel")?.t()?.contiguous()?);
        w.insert("dense.bias".to_string(), take("dense.bias")?);
        Self::new(vocab, &VarBuilder::from_tensors(w, DType::F32, &CPU))
    }

    /// x (B, T) to logits (B, T, V) and the new states, through which backward does not go.
    fn forward(
        &self,
        x: &Tensor,
        states: &[LSTMState],
        train: bool,
    ) -> Result<(Tensor, Vec<LSTMState>)> {
        let (mut out, mut after) = (self.embedding.forward(x)?, Vec::new());
        for (layer, state) in self.layers.iter().zip(states) {
            let all = layer.seq_init(&out, state)?;
            out = self.dropout.forward(&layer.states_to_tensor(&all)?, train)?;
            let last = all.last().ok_or("a window without steps")?;
            after.push(LSTMState::new(last.h.detach(), last.c.detach()));
        }
        Ok((self.dense.forward(&out)?, after))
    }

    fn silence(&self, batch: usize) -> Result<Vec<LSTMState>> {
        Ok(self
            .layers
            .iter()
            .map(|layer| layer.zero_state(batch))
            .collect::<candle_core::Result<_>>()?)
    }
}

/// Mean over the samples of logits (B, T, V) and y (B, T).
fn mean_loss(logits: &Tensor, y: &Tensor) -> Result<Tensor> {
    Ok(cross_entropy(&logits.flatten(0, 1)?, &y.flatten_all()?)?)
}

/// One JSON object, the last line of the output.
fn answer(values: &str) {
    println!("{{\"versions\": \"candle {}\", {values}}}", env!("CARGO_PKG_VERSION"));
}

fn loss(model: &str, batch: &str) -> Result<()> {
    let (model, batch) = (Model::load(model)?, safetensors::load(batch, &CPU)?);
    let (x, y) = (&batch["x"], &batch["y"]);
    let (logits, _) = model.forward(x, &model.silence(x.dim(0)?)?, false)?;
    answer(&format!("\"loss\": {}", mean_loss(&logits, y)?.to_scalar::<f32>()?));
    Ok(())
}

/// Number of symbols, and for ever the windows (x, y), each (B, T), as hornpipe cuts them.
fn windows(path: &str) -> Result<(usize, impl Iterator<Item = Result<(Tensor, Tensor)>>)> {
    let text = fs::read_to_string(path)?;
    let distinct: BTreeSet<char> = text.chars().collect();
    let index: HashMap<char, u32> = distinct.into_iter().zip(0..).collect();
    let symbols: Vec<u32> = text.chars().map(|symbol| index[&symbol]).collect();
    let length = symbols.len() / BATCH;
    let cut = move |start: usize| -> Result<Tensor> {
        let rows = (0..BATCH).flat_map(|row| &symbols[row * length + start..][..STEPS]);
        Ok(Tensor::from_vec(rows.copied().collect::<Vec<_>>(), (BATCH, STEPS), &CPU)?)
    };
    let starts = (0..length - STEPS).step_by(STEPS).cycle();
    Ok((index.len(), starts.map(move |start| Ok((cut(start)?, cut(start + 1)?)))))
}

fn train(text: &str, count: usize) -> Result<()> {
    let (vocab, mut batches) = windows(text)?;
    let vars = VarMap::new();
    let model = Model::new(vocab, &VarBuilder::from_varmap(&vars, DType::F32, &CPU))?;
    let mut adam = AdamW::new(vars.all_vars(), ADAM)?;
    let mut states = model.silence(BATCH)?;

    let mut step = || -> Result<f32> {
        let (x, y) = batches.next().ok_or("no window")??;
        let (logits, after) = model.forward(&x, &states, true)?;
        let value = mean_loss(&logits, &y)?;
        adam.backward_step(&value)?;
        states = after;
        Ok(value.to_scalar()?)
    };

    let first = step()?;
    for _ in 0..WARM_UP {
        step()?;
    }
    let begin = Instant::now();
    let mut last = first;
    for _ in 0..count {
        last = step()?;
    }
    let seconds = begin.elapsed().as_secs_f64() / count as f64;
    assert!(last < first, "training does not learn: {first} then {last}");
    answer(&format!("\"seconds\": {seconds}, \"loss\": {last}"));
    Ok(())
}

/// Characters one at a time: forward, draw at a temperature, feed back.
fn generate(model: &str, streams: usize, steps: usize) -> Result<()> {
    let model = Model::load(model)?;
    let mut x = Tensor::zeros(streams, DType::U32, &CPU)?;
    let mut states = model.silence(streams)?;
    let mut write = |count: usize| -> Result<Vec<Vec<u32>>> {
        let mut text = Vec::new();
        for _ in 0..count {
            let mut out = model.embedding.forward(&x)?;
            for (layer, state) in model.layers.iter().zip(&mut states) {
                *state = layer.step(&out, state)?;
                out = state.h.clone();
            }
            x = gumbel_softmax(&model.dense.forward(&out)?, TEMPERATURE, D::Minus1)?;
            text.push(x.to_vec1()?);
        }
        Ok(text)
    };

    write(1)?;
    let first_at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
    write(100)?;
    let begin = Instant::now();
    write(steps)?;
    let speed = (streams * steps) as f64 / begin.elapsed().as_secs_f64();
    answer(&format!("\"characters_per_second\": {speed}, \"first_at\": {first_at}"));
    Ok(())
}

/// candle takes its number of threads from the environment alone: starts itself anew with it.
fn with_threads(threads: &str) -> Result<()> {
    const NAME: &str = "RAYON_NUM_THREADS";
    if env::var(NAME).is_ok_and(|set| set == threads) {
        return Ok(());
    }
    let mut again = Command::new(env::current_exe()?);
    Err(again.args(env::args_os().skip(1)).env(NAME, threads).exec().into())
}

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["loss", model, batch] => loss(model, batch),
        ["train", text, threads, count] => {
            with_threads(threads)?;
            train(text, count.parse()?)
        }
        ["generate", model, threads, streams, steps] => {
            with_threads(threads)?;
            generate(model, streams.parse()?, steps.parse()?)
        }
        _ => Err("called as peer.py says".into()),
    }
}
