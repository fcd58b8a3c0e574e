//! `hornpipe audit`: the gradient audit as a table.

use super::learn::{bugs, learn};
use super::out::Out;
use super::output::{Kind, Outputs, on_stdout};
use super::values::{count, seed};
use crate::engine::check::audit::{CENTRAL_CEILING, Case, STEP};
use crate::engine::weights::Shape;
use crate::error::{Error, Result};
use crate::look::report::{COMPARED, Report};
use hornpipe_kernels::{Activation, Isa};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Check every gradient of the engine on this machine
///
/// Compares a small two-layer model's gradients with central differences, the engine's
/// precisions with each other, and the engine with a model written a second time; then makes known
/// mistakes on purpose to see whether the comparison would have noticed. Exit code 1 if anything is
/// off.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe audit
  hornpipe audit --seed 7             other weights, symbols, places, states and masks
  HORNPIPE_ISA=portable hornpipe audit
  hornpipe audit --learn -o page.html
  hornpipe audit --learn no-dc-through-time -o page.html

To compare with another program (PyTorch, JAX, Keras), give both the same weights and batch:
  hornpipe gradients --model M.safetensors --batch B.safetensors -o G.safetensors

With --learn a plain LSTM learns the embedded book for a minute without a mistake in its gradient
and with one, or with each: a page shows both curves, and what of the gradients is off. All nine
are watched for 1,200 updates, one alone for 4,000. The mistakes, as the naive model makes them:
  no-dh-through-time     dh_next is dropped
  no-dc-through-time     dc_next is dropped
  own-h-in-dw-h          h stands for h_prev in dw_h
  tanh-slope-of-c        the derivative of tanh is taken from c, not from tanh(c)
  mask-missing           the dropout mask is left out
  gates-swapped          i and f are swapped in da
  upper-dc-leaks-down    a layer begins with the dc that the layer above left
  bias-of-another-gate   gate f's bias gets the gradient of gate i
  places-of-next-step    dw_x gets the places of the next step")]
pub(super) struct Args {
    /// Seed of the random model and batch
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = seed)]
    seed: u64,
    /// Print JSON lines: one for each gradient and each mistake (with --learn for each run), the
    /// last one for all
    #[arg(long)]
    json: bool,
    /// Train with a mistake and without, or with each, and write a page of their curves
    #[arg(long, value_name = "BUG")]
    learn: Option<Option<String>>,
    /// File to write, with --learn
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace what holds something of another kind than is written
    #[arg(long, requires = "learn")]
    force: bool,
    /// Updates of each run [default: 1200, of one mistake 4000]
    #[arg(long, requires = "learn", value_name = "N", value_parser = count::<1>)]
    updates: Option<usize>,
}

/// Steps and rows of the window.
const WINDOW: (usize, usize) = (5, 3);

/// Pairwise different sizes, so that a swapped axis can not pass; layers wider and narrower than
/// the sixteen lanes of a kernel.
fn shape() -> Shape {
    Shape { vocab: 13, embedding: 7, inputs: vec![4, 6], lstm: vec![19, 11] }
}

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        match (&self.learn, &self.out) {
            (Some(named), Some(path)) => self.learn(named.as_deref(), path, out),
            (Some(_), None) => misused("--learn writes a page; name its file with -o"),
            (None, Some(_)) => {
                misused("-o is for the page of --learn; leave it out or add --learn")
            }
            (None, None) => self.audit(out),
        }
    }

    fn learn(&self, named: Option<&str>, path: &PathBuf, out: &Out) -> Result<()> {
        let bugs = bugs(named)?;
        let out = &out.aside_of(on_stdout([path], self.json)? || self.json);
        let output = Outputs::new([""; 0], self.force).file(path, Kind::Html)?;
        learn(
            (&bugs, self.updates),
            (&self.case(Activation::Sigmoid), self.seed),
            (&output, path),
            self.json,
            out,
        )
    }

    fn case(&self, s: Activation) -> Case {
        let (steps, batch) = WINDOW;
        Case::random(&shape(), steps, batch, s, self.seed)
    }

    fn audit(&self, out: &Out) -> Result<()> {
        // the table is for people
        let silent = &Out::new(true);
        let out = if self.json { silent } else { out };
        introduce(out)?;
        let report = |s| Report::of(&self.case(s));
        let reports = [Activation::Sigmoid, Activation::HardSigmoid].map(report);
        show_errors(out, &reports)?;
        show_trials(out, &reports)?;
        if self.json {
            lines(&reports).iter().try_for_each(|line| out.data_line(line.to_string()))?;
        }
        let passed = judge(&reports)?;
        if self.json { Ok(()) } else { out.result(passed) }
    }
}

fn misused(sentence: &str) -> Result<()> {
    Err(Error::Usage(sentence.to_owned()))
}

fn introduce(out: &Out) -> Result<()> {
    let (Shape { vocab, embedding, inputs, lstm }, (steps, batch)) = (shape(), WINDOW);
    out.say_lines(format!(
        "\
Is every gradient right? A model of {vocab} symbols, embedding {embedding}, places of {} and {} values \
beside it, LSTM {}
and {}, on {batch} streams of {steps} characters; dropout masks on, recurrent state not zero; kernels: \
{isa}.

  central  f64 engine against central differences: move one number by {STEP} up and down, run
           forward both times, divide the difference of the losses by {twice}. No calculus needed.
  f32      f32 engine, which trains, against f64 engine: same layers, but another matrix product
           and another exp, ln and tanh
  bf16     the same with products of bf16 (train --precision bf16), which has eight bits
  naive    f64 engine against the same model written a second time, one step after another

Each figure is ||ours - reference|| / ||reference|| over a whole tensor.
",
        inputs[0],
        inputs[1],
        lstm[0],
        lstm[1],
        isa = Isa::current(),
        twice = 2.0 * STEP,
    ))
}

fn show_errors(out: &Out, reports: &[Report; 2]) -> Result<()> {
    let columns = |of: &dyn Fn(usize) -> String| {
        let each: Vec<String> = (0..COMPARED.len()).map(|at| format!("{:<8}", of(at))).collect();
        each.join("  ")
    };
    let row = |name: &str, left: &str, right: &str| {
        out.say(format!("{name:24}  {left:38}  {right}").trim_end())
    };
    let names = reports.each_ref().map(|report| report.activation.name());
    row("", names[0], names[1])?;
    let heads = columns(&|at| COMPARED[at].0.to_owned());
    row("gradient of", &heads, &heads)?;
    for (left, right) in reports[0].rows.iter().zip(&reports[1].rows) {
        let figures = [left, right].map(|row| columns(&|at| format!("{:.1e}", row.errors[at])));
        let mark = if left.is_right() && right.is_right() { "" } else { "  OFF" };
        row(&left.tensor, &figures[0], &(figures[1].clone() + mark))?;
    }
    let allowed = columns(&|at| format!("{:.0e}", COMPARED[at].1));
    row("allowed", &allowed, &allowed)
}

fn show_trials(out: &Out, reports: &[Report; 2]) -> Result<()> {
    out.say_lines(format!(
        "
Would a mistake be noticed? The naive model makes some on purpose; each must be off by more than
{CENTRAL_CEILING:.0e} from central differences in the gradient of some weight.
"
    ))?;
    let names = reports.each_ref().map(|report| report.activation.name());
    out.say(format!("{:46}  {:16}  {}", "mistake", names[0], names[1]))?;
    for (left, right) in reports[0].trials.iter().zip(&reports[1].trials) {
        let [left_says, right_says] = [left, right].map(|trial| {
            let verdict = if trial.is_caught() { "caught" } else { "MISSED" };
            format!("{:<8.1e}{verdict:8}", trial.error)
        });
        out.say(format!("{:46}  {left_says}  {}", left.bug, right_says.trim_end()))?;
    }
    out.say("")
}

/// What programs are told.
fn lines(reports: &[Report; 2]) -> Vec<Value> {
    let mut lines = Vec::new();
    for Report { activation, rows, trials, .. } in reports {
        let activation = activation.name();
        lines.extend(rows.iter().map(|row| {
            let mut line = json!({ "gradient": row.tensor, "activation": activation });
            let errors = COMPARED.iter().zip(row.errors);
            errors.for_each(|((name, _), error)| line[*name] = error.into());
            line["right"] = row.is_right().into();
            line
        }));
        lines.extend(trials.iter().map(|trial| {
            json!({ "mistake": trial.bug.to_string(), "activation": activation,
                    "central": trial.error, "caught": trial.is_caught() })
        }));
    }
    let count = |what: &str, sound: &str| {
        let all: Vec<bool> = lines
            .iter()
            .filter_map(|line| line.get(what).and(line.get(sound)?.as_bool()))
            .collect();
        (all.len(), all.iter().filter(|sound| **sound).count())
    };
    let ((gradients, right), (mistakes, caught)) =
        (count("gradient", "right"), count("mistake", "caught"));
    let passed = gradients == right && mistakes == caught;
    let allowed: serde_json::Map<String, Value> =
        COMPARED.iter().map(|(name, ceiling)| ((*name).to_owned(), (*ceiling).into())).collect();
    lines.push(json!({ "gradients": gradients, "right": right, "mistakes": mistakes,
                       "caught": caught, "allowed": allowed, "passed": passed }));
    lines
}

/// That all is as it must be.
fn judge(reports: &[Report; 2]) -> Result<String> {
    let rows = || reports.iter().flat_map(|report| &report.rows);
    let trials = || reports.iter().flat_map(|report| &report.trials);
    let off = rows().filter(|row| !row.is_right()).count();
    if off > 0 {
        return Err(Error::Failed(format!(
            "the gradient audit failed: {off} of {} gradients are off; do not train with this \
             build, and report the table that `hornpipe audit` shows",
            rows().count()
        )));
    }
    let missed = trials().filter(|trial| !trial.is_caught()).map(|trial| trial.bug.to_string());
    let missed: Vec<String> = missed.collect();
    if !missed.is_empty() {
        return Err(Error::Failed(format!(
            "the gradient audit failed: it would not notice \"{}\"; try another --seed, and report \
             the table that `hornpipe audit` shows if it stays so",
            missed.join("\" and \"")
        )));
    }
    Ok(format!(
        "passed: {} gradients are right and {} mistakes made on purpose were caught",
        rows().count(),
        trials().count(),
    ))
}
