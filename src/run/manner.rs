//! How a model is to be asked, from what its file says.

use crate::learn::manner::Manner;
use crate::learn::text::Vocabulary;
use crate::music::corpus::NotATonic;

/// How a model is to be asked that says this of itself; else what of it nobody understands.
pub(crate) fn manner(
    vocabulary: &Vocabulary,
    inputs: &[(String, usize)],
    tonic: Option<&str>,
    book: Option<&str>,
) -> Result<Manner, String> {
    let tonic = tonic.map(str::parse).transpose();
    let tonic = tonic.map_err(|e: NotATonic| format!("its tonic: {e}"))?;
    let book = book.map(serde_json::from_str).transpose();
    let book = book.map_err(|e| format!("its book is no summary of tunes: {e}"))?;
    let manner = Manner::plain().tonic(tonic).book(book);
    manner.hearing(vocabulary, inputs).map_err(|e| e.to_string())
}
