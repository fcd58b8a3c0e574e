//! The command line; see `hornpipe --help`.
#![forbid(unsafe_code)]

use hornpipe::error::Error;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match hornpipe::cli::run() {
        Ok(()) | Err(Error::ClosedPipe) => ExitCode::SUCCESS,
        Err(error @ Error::Interrupted) => ExitCode::from(error.exit_code()),
        Err(error) => {
            // unlike eprintln!, no panic where standard error is closed or full
            writeln!(std::io::stderr(), "error: {error}").ok();
            ExitCode::from(error.exit_code())
        }
    }
}
