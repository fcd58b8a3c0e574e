//! The command line: one file a subcommand, which parses, calls the library and prints.
//!
//! May use everything; nothing uses it. What commands share is no command: `values` that flags
//! take, `told` for what a model of another program does not say, `inputs` and `notices` for the tunes that are read and what is said of them, `out` for what
//! is printed, `output` for the files that are written, `advice` on errors, `stop`, `watch`, which
//! shows a training, and `press`, which shows tunes as they are written. `begin` is what comes before the
//! first step of `train`, `resume` its other half, `ranks` has the processes that do it together,
//! `material` how it learns a text and `from` on top of which model; of `generate` `asked` has the flags of wishes, `like` the tune that others are to be like, and `wishes` what all that
//! means to the library; of `render` `practice` has the flags to practise with, and
//! `learn` is the half of `audit` that trains. [`embedded`] has commands as functions, for other languages.

mod advice;
mod asked;
mod audit;
mod begin;
mod bench;
mod completions;
mod corpus;
mod curves;
pub mod embedded;
mod evaluate;
mod export;
mod formats;
mod from;
mod generate;
mod gradients;
mod info;
mod inputs;
mod inspect;
mod judge;
mod learn;
mod like;
mod material;
mod notices;
mod out;
mod output;
mod page;
mod practice;
mod press;
mod ranks;
mod render;
mod resume;
mod stop;
mod told;
mod train;
mod values;
mod watch;
mod wishes;

use crate::error::{Error, Result};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use hornpipe_kernels::Isa;
use out::{Out, complain, note, shown};
use std::ffi::OsString;
use std::process::ExitCode;

/// Columns of a line that was written as wide as the source is.
const FULL: usize = 93;

/// Heading of the options that every command takes.
const COMMON: &str = "Options of every command";

/// Learns folk tunes as text (ABC notation) and writes new ones.
///
/// A from-scratch LSTM: every forward and backward pass is written by hand, every gradient can be
/// audited, and a run repeats to the last bit.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  hornpipe generate -n 3              write three tunes, with the model that comes along
  hornpipe train                      learn the embedded corpus of jigs and hornpipes
  hornpipe train mytunes/ --epochs 40 learn your own: files or folders of ABC
  hornpipe evaluate --per-tune        which tunes surprise the newest run?
  hornpipe train --resume runs/001    go on with a run that was stopped
  hornpipe inspect default new.abc -o look.html  what does a model do in this tune?
  hornpipe audit                      check every gradient on this machine

`hornpipe COMMAND --help` has examples of each command.
A MODEL is a run's folder, a checkpoint, a file of weights (.safetensors, also of PyTorch's modules; .h5 of
Keras), or the word default: the model that comes with hornpipe. Training makes runs: runs/001, runs/002, ... below the present
folder; the newest is taken where no MODEL is named.
Set HORNPIPE_ISA=avx512bf16, avx512, avx2, neon or portable to choose the kernels (the results are
the same).
Results go to standard output, notes and errors to standard error. A file called - is standard input
or standard output.
No command writes over what it reads or what a run writes into its folder; a file of another kind
than what is written is replaced with --force alone.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 training interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print nothing but results
    #[arg(long, global = true, help_heading = COMMON)]
    quiet: bool,
    /// Threads to use [default: all cores; of several processes of mpirun each its share]
    #[arg(long, global = true, help_heading = COMMON, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Args),
    Generate(generate::Args),
    Evaluate(evaluate::Args),
    Inspect(inspect::Args),
    Curves(curves::Args),
    Audit(audit::Args),
    Bench(bench::Args),
    Gradients(gradients::Args),
    Corpus(corpus::Args),
    Judge(judge::Args),
    Page(page::Args),
    Render(render::Args),
    Info(info::Args),
    Export(export::Args),
    Completions(completions::Args),
}

/// Parses the command line, does what it says and tells what went wrong.
pub fn run() -> ExitCode {
    match obey(parsed(std::env::args_os()).unwrap_or_else(|error| misused(error))) {
        Ok(()) | Err(Error::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            if !matches!(error, Error::Interrupted) {
                complain(&error);
            }
            ExitCode::from(error.exit_code())
        }
    }
}

/// Ends the process with what clap says. Its colours are escapes, too, so what it quotes is escaped
/// before it speaks.
fn misused(error: clap::Error) -> ! {
    let arguments = std::env::args_os();
    let arguments = arguments.map(|argument| shown(&argument.to_string_lossy()).into_owned());
    let error = parsed(arguments).err().unwrap_or(error);
    if error.use_stderr() {
        ranks::let_the_first_speak();
    }
    error.exit()
}

/// The command line, parsed; the lines below the flags of a help text flow as wide as the terminal is.
fn parsed(
    arguments: impl Iterator<Item: Into<OsString> + Clone>,
) -> std::result::Result<Cli, clap::Error> {
    let flowing = |command: clap::Command| match command.get_after_help() {
        Some(help) => {
            let help = flowing(&help.to_string());
            command.after_help(help)
        }
        None => command,
    };
    let command = flowing(Cli::command()).mut_subcommands(flowing);
    Cli::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// Joins lines that were broken because the next word would not have fitted in.
fn flowing(text: &str) -> String {
    let mut flowing = String::new();
    let mut last = "";
    for line in text.lines() {
        let word = line.split(' ').next().unwrap_or_default();
        let was_full = !word.is_empty() && last.len() + 1 + word.len() > FULL;
        let joint = if last.is_empty() && flowing.is_empty() {
            ""
        } else if was_full {
            " "
        } else {
            "\n"
        };
        flowing.push_str(joint);
        flowing.push_str(line);
        last = line;
    }
    flowing
}

/// Refuses kernels that are not there, and says which are slow.
fn choose_kernels() -> Result<()> {
    let isa = Isa::from_env().map_err(|e| Error::Usage(e.to_string()))?;
    if !isa.has_fma() {
        note(format!("the {isa} kernels do fused multiply-add in software: right, but slow"));
    }
    Ok(())
}

fn obey(cli: Cli) -> Result<()> {
    stop::outlive_file_size_limit()?;
    choose_kernels()?;
    let out = Out::new(cli.quiet);
    let threads = cli.threads.map_or_else(ranks::threads, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::Failed(format!("cannot start the threads: {e}; try --threads 1")))?;
    // inside the pool, so that the thread that runs a command is one of the workers
    pool.install(|| match cli.command {
        Command::Train(args) => args.run(&out),
        Command::Generate(args) => args.run(&out),
        Command::Evaluate(args) => args.run(&out),
        Command::Inspect(args) => args.run(&out),
        Command::Curves(args) => args.run(&out),
        Command::Audit(args) => args.run(&out),
        Command::Bench(args) => args.run(&out),
        Command::Gradients(args) => args.run(&out),
        Command::Corpus(args) => args.run(&out),
        Command::Judge(args) => args.run(&out),
        Command::Page(args) => args.run(&out),
        Command::Render(args) => args.run(&out),
        Command::Info(args) => args.run(&out),
        Command::Export(args) => args.run(&out),
        Command::Completions(args) => args.run(Cli::command(), &out),
    })
}
