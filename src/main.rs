//! The command line; see `hornpipe --help`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    match hornpipe::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(hornpipe::error::Error::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
