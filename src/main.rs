//! The command line; see `hornpipe --help`.
#![forbid(unsafe_code)]

use hornpipe::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    match hornpipe::cli::run() {
        Ok(()) | Err(Error::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
