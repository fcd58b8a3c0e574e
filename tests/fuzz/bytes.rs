//! Files of any bytes as texts, and their tunes.

use crate::damage::{damaged, damages};
use crate::memory::within;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::music::abc;
use hornpipe::music::corpus::Source;

/// A file with a head in one of the encodings that it may name.
fn seed(which: usize) -> Vec<u8> {
    let labels = ["utf-8", "iso-8859-1", "koi8-r", "shift_jis", "iso-2022-jp", "gb18030", "utf-16"];
    let head = format!("I:abc-charset {}\r\nM:6/8\r\nZ:", labels[which % labels.len()]);
    let rest =
        b"Caf\xe9 \x92\r\n\r\nX:1\r\nT:\xc3\xa9\r\nK:D\r\nABc def|\r\n\r\nX:2\r\nK:G\r\nA0|\r\n";
    let mut bytes = [head.as_bytes(), &rest[..]].concat();
    match which / labels.len() {
        0 => {}
        1 => bytes.retain(|byte| *byte != b'\n'),
        2 => bytes.splice(0..0, *b"\xff\xfe").for_each(drop),
        _ => bytes.splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
    }
    bytes
}

#[test]
fn files_from_strangers_are_texts_or_refused() {
    let mut count = Count::default();
    let generator = (damages(), 0usize..28);
    bolero::check!().with_iterations(RUNS).with_generator(generator).for_each(
        |(damages, which)| {
            let bytes = damaged(&seed(*which), damages);
            let read = within(FIXED + 8 * bytes.len(), || Source::decode("t.abc".into(), bytes));
            count.one(read.is_ok());
            match read {
                Ok(Source { text, .. }) => {
                    assert!(
                        !text.contains('\r') && !text.contains('\0') && !text.trim().is_empty()
                    );
                    let tunes: Vec<_> = abc::written(&text).collect();
                    let texts: Vec<&str> = tunes.iter().map(|tune| tune.text()).collect();
                    assert_eq!(texts, abc::tunes(&text));
                    for tune in &tunes {
                        let whole = tune.whole();
                        assert!(whole.ends_with(tune.text()) && whole.starts_with(tune.head()));
                        assert!(tune.head().len() <= 4096);
                        tune.read();
                    }
                }
                Err(problem) => check_sentence(&problem.to_string()),
            }
        },
    );
    count.finish("texts");
}
