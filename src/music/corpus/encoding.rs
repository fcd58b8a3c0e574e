//! From the bytes of a file to its text.
//!
//! A byte-order mark decides; else bytes that are UTF-8 are UTF-8, whatever the file says of itself.
//! Others are what the file says (`I:abc-charset iso-8859-2` or `%%abc-charset`), and without a word
//! they are Latin-1, as the 1990s typed tunes; that is windows-1252, as on the web, which has letters
//! where Latin-1 has none. Bytes that no text has are refused.

use std::path::PathBuf;

use super::source::Source;
use crate::error::{Error, Result};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

impl Source {
    /// The bytes of a file as text; `path` is where they were read.
    ///
    /// # Errors
    /// Where they are empty or no text; the message names the path and says what to do.
    pub fn decode(path: PathBuf, bytes: Vec<u8>) -> Result<Self> {
        let (text, encoding) = text_of(bytes).map_err(|problem| Error::content(&path, problem))?;
        Ok(Self { path, text, encoding })
    }
}

/// The text in the bytes of a file and, if they are not UTF-8, what they were taken for; or what is
/// wrong with them. Lines end with line feeds, whatever ended them.
fn text_of(mut bytes: Vec<u8>) -> std::result::Result<(String, Option<&'static str>), String> {
    let marked = Encoding::for_bom(&bytes);
    if let Some((_, length)) = marked {
        bytes.drain(..length);
    }
    let (mut text, encoding) = match (marked, String::from_utf8(bytes)) {
        (Some((wide, _)), read) if wide == UTF_16LE || wide == UTF_16BE => {
            let bytes = read.map_or_else(|error| error.into_bytes(), String::into_bytes);
            (decoded(&bytes, wide)?, Some(wide))
        }
        (_, Ok(text)) => (text, None),
        (_, Err(error)) => {
            let bytes = error.into_bytes();
            if let Some(at) = bytes.iter().position(|&byte| is_no_text(byte)) {
                return Err(not_text(at));
            }
            let encoding = named(&bytes).unwrap_or(WINDOWS_1252);
            (decoded(&bytes, encoding)?, Some(encoding))
        }
    };
    if let Some(at) = text.find('\0') {
        return Err(not_text(at));
    }
    end_lines(&mut text);
    if text.trim().is_empty() {
        return Err("this file is empty; name a file with tunes".into());
    }
    Ok((text, encoding.map(Encoding::name)))
}

/// Controls that no encoding of text uses; DOS ended its files with `1A`.
fn is_no_text(byte: u8) -> bool {
    byte < b' ' && !b"\t\n\x0b\x0c\r\x1a\x1b".contains(&byte)
}

fn not_text(at: usize) -> String {
    format!("this is not text (byte {at}); name a file with tunes, in UTF-8 or Latin-1")
}

fn decoded(bytes: &[u8], encoding: &'static Encoding) -> std::result::Result<String, String> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(|text| text.into_owned()).ok_or_else(|| {
        let name = encoding.name();
        format!("this is not whole {name}, which it says it is; convert it with iconv first")
    })
}

/// The encoding that a file names, if it is one that can be true of bytes that are not UTF-8.
fn named(bytes: &[u8]) -> Option<&'static Encoding> {
    let label = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).find_map(|line| {
        let field = line.strip_prefix(b"I:").or_else(|| line.strip_prefix(b"%%"))?;
        field.trim_ascii_start().strip_prefix(b"abc-charset")
    })?;
    let label = label.split(|byte| *byte == b'%').next()?;
    Encoding::for_label_no_replacement(label)
        .filter(|encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding))
}

/// Makes every line end with a line feed: a carriage return before one is removed, another is a line's
/// end, as on old Macs. In place where that is usual, as a text may be large.
fn end_lines(text: &mut String) {
    if !text.contains('\r') {
        return;
    }
    let returns = text.matches('\r').count();
    if returns == text.matches("\r\n").count() {
        text.retain(|c| c != '\r');
    } else {
        *text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn bytes_are_what_their_mark_their_form_or_their_own_word_says() {
        let wide = |mark: bool, big: bool, text: &str| -> Vec<u8> {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            units.flat_map(bytes).collect()
        };
        let latin = Some("windows-1252");
        for (bytes, text, encoding) in [
            (b"X:1\nT:\xc3\xa9\n".to_vec(), "X:1\nT:é\n", None),
            (b"\xef\xbb\xbfX:1\r\n\r\n".to_vec(), "X:1\n\n", None),
            (b"X:1\rT:a\rb\r\nc\n".to_vec(), "X:1\nT:a\nb\nc\n", None),
            (b"T:\xe9\x92\n\x1a".to_vec(), "T:é’\n\u{1a}", latin),
            (b"X:1\rT:\xe9\r\rX:2".to_vec(), "X:1\nT:é\n\nX:2", latin),
            (b"X:1\rK:C\r".to_vec(), "X:1\nK:C\n", None),
            (b"I:abc-charset iso-8859-2\nT:\xb3".to_vec(), "ł", Some("ISO-8859-2")),
            (b"%%abc-charset KOI8-R % old\r\nT:\xe9".to_vec(), "И", Some("KOI8-R")),
            // what it says of itself is not so, or unheard of
            (b"I:abc-charset utf-8\nT:\xe9".to_vec(), "é", latin),
            (b"I:abc-charset klingon\nT:\xe9".to_vec(), "é", latin),
            (b"I:abc-charset iso-8859-2\nT:\xc5\x82".to_vec(), "ł", None),
            (wide(true, false, "T:é\n🎻"), "T:é\n🎻", Some("UTF-16LE")),
            (wide(true, true, "T:é\r🎻"), "T:é\n🎻", Some("UTF-16BE")),
        ] {
            let (got, by) = text_of(bytes.clone()).unwrap_or_else(|e| panic!("{bytes:?}: {e}"));
            assert!(got.ends_with(text) && by == encoding, "{bytes:?}: {got:?} {by:?}");
            assert!(!got.contains('\r') && !got.contains('\u{feff}'), "{got:?}");
        }
        let half = &wide(true, false, "T:🎻")[..8];
        for (bytes, problem) in [
            (&b"\x7fELF\x02\x01\x01\xff\xfe"[..], "not text (byte 4)"),
            (&b"X:1\nK:C\n\0\0\0"[..], "not text (byte 8)"),
            (&wide(false, false, "X:1\n"), "not text (byte 1)"),
            (half, "not whole UTF-16LE"),
            (&b"I:abc-charset shift_jis\nT:\xff"[..], "not whole Shift_JIS"),
            (&b"\xef\xbb\xbf \r\n"[..], "empty"),
        ] {
            let error = text_of(bytes.to_vec()).expect_err("refused");
            assert!(error.contains(problem), "{bytes:?}: {error}");
        }
    }
}
