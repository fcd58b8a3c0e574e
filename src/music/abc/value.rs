//! What fields say: small numbers, and the error where they say nothing that we know.

/// Why a field's text is not understood; each holds the first characters of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// Of [`Key::parse`](super::Key::parse).
    #[error("'{0}' is not a key")]
    Key(String),
    /// Of [`Meter::parse`](super::Meter::parse).
    #[error("'{0}' is not a metre")]
    Meter(String),
    /// Of [`Tempo::parse`](super::Tempo::parse).
    #[error("'{0}' is not a tempo")]
    Tempo(String),
}

/// A number of at most four digits.
pub(super) fn small_number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The first characters of a text, for messages about texts of any length.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(20).collect()
}
