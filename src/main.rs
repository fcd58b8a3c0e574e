//! The command line; see `hornpipe --help`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    hornpipe::cli::run()
}
