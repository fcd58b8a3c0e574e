//! Standard output: chatter, which `--quiet` silences, and results, which it does not.

use crate::error::{Error, Result};
use std::io::{self, Write};

/// A line on standard error; if that cannot be written, there is nobody to tell.
pub(super) fn note(line: impl AsRef<str>) {
    writeln!(io::stderr(), "note: {}", line.as_ref()).ok();
}

/// Where a command prints to.
pub(super) struct Out {
    pub(super) quiet: bool,
}

impl Out {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A line for people. That nobody reads any more is no reason to stop a command whose work is
    /// elsewhere.
    pub(super) fn say(&self, line: impl AsRef<str>) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        match self.result(line) {
            Err(Error::ClosedPipe) => Ok(()),
            other => other,
        }
    }

    /// A line somebody asked for.
    pub(super) fn result(&self, line: impl AsRef<str>) -> Result<()> {
        self.write(&format!("{}\n", line.as_ref()))
    }

    /// Text as it comes, shown at once.
    pub(super) fn write(&self, text: &str) -> Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Err(Error::ClosedPipe),
            Err(e) => Err(Error::io("write", "standard output", e)),
        }
    }
}

/// 1234567 as "1,234,567".
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Seconds as "41 s", "3 min 20 s", "2 h 5 min".
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
