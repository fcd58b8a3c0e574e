//! Tunes as text that is at hand: judged, and made audible.

use super::flags::parsed;
use crate::cli::{judge, render};
use crate::error::Result;
use crate::music::corpus::{EMBEDDED, Source};

/// A text as if it had been read from a file: without byte-order mark, its lines ended by line feeds.
///
/// # Errors
/// It is empty or no text.
pub fn source(text: &str) -> Result<Source> {
    Source::decode("the text".into(), text.as_bytes().to_vec())
}

/// What `hornpipe judge` tells programs of tunes beside others, or the embedded corpus, as JSON.
///
/// # Errors
/// There is no tune among the one or the other.
pub fn judge(tunes: &str, against: Option<&str>) -> Result<String> {
    let against = match against {
        Some(text) => source(text)?,
        None => Source::new("the embedded corpus", EMBEDDED),
    };
    judge::figures(&[source(tunes)?], &[against])
}

/// The file that `hornpipe render` makes of a tune, or with `--set` of several.
///
/// # Errors
/// As the command has them; a tune cannot be played.
pub fn render(tune: &str, flags: &[String]) -> Result<Vec<u8>> {
    let own = ["-", "--out=-"].map(str::to_owned);
    let all = [flags, &own].concat();
    // an --out of the caller's would be the second
    let args: render::Args = parsed("render", &all, &["--force", "--json", "--strict"])?;
    args.file(&source(tune)?)
}
