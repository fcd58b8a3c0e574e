//! Who typed a tune.

use super::title::ascii;
use crate::music::abc::Tune;

/// The transcriber's name from the `Z:` fields; empty where none names anyone.
///
/// A field that says "by" wins over one that does not. Addresses and dates are left out: a credit
/// is a name.
pub(super) fn transcriber(tune: &Tune) -> String {
    let fields = tune.headers.iter().filter(|(letter, _)| *letter == 'Z');
    let texts: Vec<String> = fields.map(|(_, text)| ascii(text)).collect();
    let signed = texts.iter().filter(|text| is_transcription(text)).find_map(|text| {
        let by = [" by", " be "].iter().find_map(|by| text.find(by).map(|at| at + 3))?;
        Some(name(&text[by..])).filter(|name| !name.is_empty())
    });
    signed.unwrap_or_default()
}

/// "Transcribed by ...", "1997 by ..."; not "collected by", "corrected by".
fn is_transcription(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let other = ["collected", "corrected", "proofread", "amended"];
    let starts = |word: &str| text.trim_start_matches(['"', ' ']).starts_with(word);
    text.contains("transcri") || !other.iter().any(|word| starts(word) || !text.contains(" by "))
}

/// The name at the beginning of a text. Of an address without a name, the part before the `@`.
fn name(text: &str) -> String {
    let text = text.trim_matches(|c: char| c == '"' || c.is_whitespace()).replace('"', " ");
    let is_word = |word: &&str| {
        !word.starts_with(['(', '<', '['])
            && !word.contains(|c: char| "@/:".contains(c) || c.is_ascii_digit())
    };
    let mut words = Vec::new();
    for word in text.split_whitespace().take_while(is_word) {
        words.push(word.trim_end_matches(','));
        if word.ends_with(',') {
            break;
        }
    }
    if words.is_empty() {
        let local = text.split('@').next().unwrap_or_default().trim_start_matches(['<', '(']);
        return local.split('.').map(capitalised).collect::<Vec<_>>().join(" ");
    }
    // "A.LEE" is "A. LEE"
    words.join(" ").replace('.', ". ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |c| c.to_ascii_uppercase().to_string() + chars.as_str())
}
