//! Reading takes time linear in the length of the text, whatever the text.

use hornpipe::music::abc::{self, Reader, perform};
use std::time::{Duration, Instant};

/// 400,000 characters are read in under a tenth of a second; in quadratic time they would take
/// minutes.
#[test]
fn no_text_takes_quadratic_time() {
    for piece in [
        "A",
        "\"",
        "\"a",
        "!",
        "!a",
        "+",
        "+a",
        "{",
        "[",
        "[K:",
        "[A-",
        "(3",
        "|:",
        ":|",
        "|1",
        "-",
        ">",
        " ",
        "(",
        "A-",
        "{g}",
        "z",
        "%",
        "\\",
        "P:A\nA|",
        "\nK:",
        "\nM:3/4",
        "[1A:|",
        "&",
        "^",
        "/",
        "\"A\"",
        "~",
        "X:1\nK:C\nA\n",
        "\u{301}",
        "y",
        "h",
        "]",
        "[\"1\"",
        "[\"",
        "A>|",
        "(3A|",
        "^/A",
        "\nU:h=!x!",
        "\nm:A=B{c}",
        "\nV:2",
        "\nK:C octave=1",
        "\nA:text",
        "!D.C.!A|",
        "!segno!A|",
        "0",
    ] {
        let text = format!("X:1\nP:A9\nK:C\n{}", piece.repeat(400_000 / piece.len()));
        let start = Instant::now();
        let tune = abc::read(&text);
        perform(&tune).ok();
        let mut reader = Reader::new();
        text.chars().for_each(|c| reader.push(c));
        assert!(reader.finish() == tune, "{piece:?} read by characters");
        assert!(abc::tunes(&text).len() < text.len());
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{piece:?} took {took:?}");
    }
}
