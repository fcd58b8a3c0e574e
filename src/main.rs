//! The command line; see `hornpipe --help`.
fn main() {}
