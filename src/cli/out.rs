//! Standard output: chatter, which `--quiet` silences, and results, which it does not; and how
//! commands write numbers, times and models.

use super::advice::advice;
use crate::engine::real::Real;
use crate::engine::weights::Shape;
use crate::error::{Error, Result};
use crate::run::notice::Notice;
use crate::run::open::Opened;
use std::io::{self, Write};

/// A line on standard error; if that cannot be written, there is nobody to tell.
pub(super) fn note(line: impl AsRef<str>) {
    writeln!(io::stderr(), "note: {}", line.as_ref()).ok();
}

/// The last words of a command that failed: the error, and what helps.
pub(super) fn complain(error: &Error) {
    let advice = advice(error).map_or(String::new(), |advice| format!("; {advice}"));
    // unlike eprintln!, no panic where standard error is closed or full
    writeln!(io::stderr(), "error: {error}{advice}").ok();
}

/// The same for what the library notices.
pub(super) fn noted(notice: Notice) {
    note(notice.to_string());
}

/// Which checkpoint of a run was taken, if a run was named.
pub(super) fn taken<R: Real>(opened: &Opened<R>) -> Option<String> {
    let (run, meta) = (opened.run.as_ref()?, opened.meta.as_ref()?);
    let file = opened.path.file_name()?.display();
    let (run, epoch) = (run.display(), meta.progress.epoch);
    Some(format!("{run}: took {file}, after epoch {epoch} of {}", meta.config.epochs))
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

    /// A line that [`taken`] gave, when the work is done.
    pub(super) fn say_taken(&self, taken: Option<String>) {
        if let (false, Some(line)) = (self.quiet, taken) {
            note(line);
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

/// The model as a table; `window` is (batch, steps), if there is one.
pub(super) fn model_table(shape: &Shape, window: Option<(usize, usize)>) -> String {
    let output = |width: usize| match window {
        Some((batch, steps)) => format!("({batch}, {steps}, {width})"),
        None => format!("(.., {width})"),
    };
    let mut rows = vec![(
        "embedding".to_owned(),
        output(shape.embedding),
        grouped(shape.vocab * shape.embedding),
    )];
    for (k, &hidden) in shape.lstm.iter().enumerate() {
        let parameters = 4 * hidden * (shape.input_of(k) + hidden + 1);
        rows.push((format!("lstm {k}"), output(hidden), grouped(parameters)));
    }
    let dense = (shape.top() + 1) * shape.vocab;
    rows.push(("dense, softmax".to_owned(), output(shape.vocab), grouped(dense)));
    rows.push(("all".to_owned(), String::new(), grouped(shape.parameters())));
    let mut text = format!("{:<16}{:<18}{:>12}", "layer", "output shape", "parameters");
    for (layer, output, parameters) in rows {
        text += &format!("\n{layer:<16}{output:<18}{parameters:>12}");
    }
    text
}
