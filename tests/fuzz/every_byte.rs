//! No damage by chance: every byte, one after the other. (`laws/checkpoints.rs` does so for
//! checkpoints, of which no byte may change.)

use crate::common::config;
use crate::tensors::{header, model, read_model};
use hornpipe::learn::config::{Config, Order};
use hornpipe::learn::text::Vocabulary;

#[test]
fn no_bit_of_the_weights_of_our_own_model_may_change_and_no_byte_be_missing() {
    let mut bytes = model();
    for bit in 8 * header(&bytes)..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(!read_model::<f32>(&bytes), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert!((0..bytes.len()).all(|length| !read_model::<f32>(&bytes[..length])));
    assert!(read_model::<f32>(&bytes) && read_model::<f64>(&bytes), "whole again");
}

/// Puts every value into every one of `places`; the number of files that were accepted.
fn every_value(bytes: &[u8], places: usize, mut read: impl FnMut(&[u8]) -> bool) -> usize {
    let mut bytes = bytes.to_vec();
    let mut accepted = 0;
    for at in 0..places {
        let was = bytes[at];
        for value in (0..=255).filter(|&value| value != was) {
            bytes[at] = value;
            accepted += usize::from(read(&bytes));
        }
        bytes[at] = was;
    }
    accepted
}

#[test]
fn any_byte_of_a_header_or_a_text_may_change() {
    let model = model();
    let accepted = every_value(&model, header(&model), read_model::<f32>);
    assert!(accepted > 100, "{accepted}");
    let inputs = vec![("field".to_owned(), 3), ("bar".to_owned(), 4)];
    let mut config = config("X:1\nK:D\n", &[5, 3], 2, 6).reading(inputs);
    config.tonic = Some("Bb".to_owned());
    (config.order, config.average) = (Order::Shuffled, Some(0.99));
    let config = config.to_json();
    let accepted = every_value(config.as_bytes(), config.len(), |bytes| {
        Config::from_json(bytes)
            .is_ok_and(|read| Config::from_json(read.to_json().as_bytes()).ok() == Some(read))
    });
    assert!(accepted > 100, "{accepted}");
    let index = Vocabulary::of("\n\" ABCdé|:12/♯").to_json();
    let accepted = every_value(index.as_bytes(), index.len(), |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        Vocabulary::from_json(text)
            .is_ok_and(|read| Vocabulary::from_json(&read.to_json()).ok() == Some(read))
    });
    assert!(accepted > 100, "{accepted}");
}
