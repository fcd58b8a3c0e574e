//! The command line; see `hornpipe --help`.

use clap::Parser;
use hornpipe::cli;

#[derive(Parser)]
#[command(name = "hornpipe", version, about)]
enum Command {
    /// Rewrite tunes in one canonical form
    Corpus(cli::corpus::Args),
}

fn main() -> std::process::ExitCode {
    let Command::Corpus(args) = Command::parse();
    match cli::corpus::run(&args) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code().into()
        }
    }
}
