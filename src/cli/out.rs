//! What is printed: lines for people, of which `--quiet` silences those that nobody asked for, and
//! data for programs; and how commands write numbers, times, models and verdicts.
//!
//! Titles, fields, names of files and of tensors come from strangers. All that people read goes
//! through [`shown`], so that none of it moves a terminal; data is what it is, to the last byte.

use super::advice::advice;
use crate::engine::real::Real;
use crate::engine::weights::Shape;
use crate::error::{Error, Result};
use crate::music::judge::Counts;
use crate::run::notice::Notice;
use crate::run::open::Opened;
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use terminal_size::{Width, terminal_size};
use textwrap::{Options, WordSplitter};

/// The system's number of the error when a terminal has gone away; std has no name for it.
const EIO: i32 = 5;

/// Columns that a terminal has at least, whatever it says.
const NARROWEST: usize = 20;

/// One line with the characters escaped by which it could do more than be read.
pub(super) fn shown(line: &str) -> Cow<'_, str> {
    if !line.contains(acts) {
        return Cow::Borrowed(line);
    }
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if acts(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    Cow::Owned(safe)
}

/// Whether a terminal obeys a character, ends the line there, or turns what is around it: controls
/// but the tab, separators of lines, marks of direction and of byte order.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}');
    turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') || (c.is_control() && c != '\t')
}

/// A line as a terminal shows it: broken where words end, not where its columns do.
fn folded(line: &str, on: &impl IsTerminal) -> String {
    let columns = on.is_terminal().then(terminal_size).flatten();
    let Some((Width(columns), _)) = columns else { return line.to_owned() };
    let options = Options::new(usize::from(columns).max(NARROWEST));
    // a flag is one word
    let options = options.word_splitter(WordSplitter::NoHyphenation).break_words(false);
    textwrap::fill(line, options)
}

thread_local! {
    /// The notes of this thread, where somebody [`listens`](listening).
    static KEPT: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// A line on standard error; if that cannot be written, there is nobody to tell.
pub(super) fn note(line: impl AsRef<str>) {
    let line = line.as_ref();
    let kept = KEPT.with_borrow_mut(|kept| match kept {
        Some(kept) => {
            kept.push(line.to_owned());
            true
        }
        None => false,
    });
    if !kept {
        aside(format!("note: {line}"));
    }
}

/// What `work` makes, and the notes that it would print; those of threads that it starts are printed.
pub fn listening<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let before = KEPT.replace(Some(Vec::new()));
    let made = work();
    (made, KEPT.replace(before).unwrap_or_default())
}

/// The same for what the library notices.
pub(super) fn noted(notice: Notice) {
    note(notice.to_string());
}

/// The last words of a command that failed: the error, and what helps.
pub(super) fn complain(error: &Error) {
    let advice = advice(error).map_or(String::new(), |advice| format!("; {advice}"));
    aside(format!("error: {error}{advice}"));
}

/// A line on standard error; unlike with eprintln!, no panic where that is closed or full.
fn aside(line: impl AsRef<str>) {
    let stderr = io::stderr();
    writeln!(&stderr, "{}", folded(&shown(line.as_ref()), &stderr)).ok();
}

/// Which checkpoint of a run was taken, if a run was named.
pub(super) fn taken<R: Real>(opened: &Opened<R>) -> Option<String> {
    let (run, meta) = (opened.run.as_ref()?, opened.meta.as_ref()?);
    let file = opened.path.file_name()?.display();
    let (run, epoch) = (run.display(), meta.progress.epoch);
    Some(format!("{run}: took {file}, after epoch {epoch} of {}", meta.config.epochs))
}

/// Where a command prints to.
#[derive(Clone, Copy)]
pub(super) struct Out {
    pub(super) quiet: bool,
    /// Standard output is for data alone, so lines for people go to standard error.
    aside: bool,
    /// Whether standard output was a terminal when the process began.
    terminal: bool,
}

impl Out {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, aside: false, terminal: io::stdout().is_terminal() }
    }

    /// The same for a command whose standard output may be for `data` alone.
    pub(super) fn aside_of(&self, data: bool) -> Self {
        Self { aside: self.aside || data, ..*self }
    }

    /// A line for people. That nobody reads any more is no reason to stop a command whose work is
    /// elsewhere.
    pub(super) fn say(&self, line: impl AsRef<str>) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        if self.aside {
            aside(line);
            return Ok(());
        }
        match self.result(line) {
            Err(Error::ClosedPipe) => Ok(()),
            other => other,
        }
    }

    /// Several such lines.
    pub(super) fn say_lines(&self, lines: impl AsRef<str>) -> Result<()> {
        lines.as_ref().split('\n').try_for_each(|line| self.say(line))
    }

    /// A line that [`taken`] gave, when the work is done.
    pub(super) fn say_taken(&self, taken: Option<String>) {
        if let (false, Some(line)) = (self.quiet, taken) {
            note(line);
        }
    }

    /// A line for people that somebody asked for.
    pub(super) fn result(&self, line: impl AsRef<str>) -> Result<()> {
        self.data_line(folded(&shown(line.as_ref()), &io::stdout()))
    }

    /// A line for programs.
    pub(super) fn data_line(&self, line: impl AsRef<str>) -> Result<()> {
        self.data(&format!("{}\n", line.as_ref()))
    }

    /// Text as it is and as it comes, written at once.
    pub(super) fn data(&self, text: &str) -> Result<()> {
        let mut stdout = io::stdout().lock();
        let gone = |e: &io::Error| {
            let hung_up = self.terminal && e.raw_os_error() == Some(EIO);
            hung_up || e.kind() == io::ErrorKind::BrokenPipe
        };
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(e) if gone(&e) => Err(Error::ClosedPipe),
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

/// "1 tune", "1,234 tunes".
pub(super) fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
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

/// What the judge says of a set of tunes beside the corpus of that name, in one line.
pub(super) fn judged(counts: &Counts, corpus: &str) -> String {
    let Counts { tunes, reads, bars, tonic, parts, new, good_and_new, .. } = counts;
    format!(
        "{good_and_new} of {tunes} good and new ({reads} read, {bars} with every bar right, {tonic} \
         on the tonic, {parts} with right parts, {new} new beside {corpus})"
    )
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
    if !shape.inputs.is_empty() {
        rows.push(("places, one-hot".to_owned(), output(shape.places()), grouped(0)));
    }
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

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_moves_a_terminal_is_escaped_and_all_else_is_as_it_was() {
        for plain in
            ["", "The Kesh\tG", "Sí Bheag, Ré Mhór", "日本 👩\u{200d}🌾", "a\\u{1b}", "\u{a0}"]
        {
            assert_eq!(shown(plain), plain);
        }
        for (line, escaped) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\nerror: b\r", "a\\nerror: b\\r"),
            ("\u{9b}2J\u{7f}\u{7}\u{0}", "\\u{9b}2J\\u{7f}\\u{7}\\u{0}"),
            ("\u{2028}\u{2029}é\u{feff}", "\\u{2028}\\u{2029}é\\u{feff}"),
        ] {
            assert_eq!(shown(line), escaped);
        }
        let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').filter(|c| *c != '\t');
        let marks = ['\u{61c}', '\u{200e}', '\u{200f}'];
        let turns = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').chain(marks);
        for c in controls.chain(turns) {
            assert_eq!(shown(&c.to_string()), c.escape_default().to_string());
        }
    }
}
