//! SHA-256 of weights and texts: what two people compare.

use crate::weights::Weights;
use sha2::{Digest, Sha256};

/// SHA-256 of weights as little-endian f32 in the order of the exchange format.
pub fn weights_digest(weights: &Weights<f32>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for tensor in weights.tensors() {
        for chunk in tensor.chunks(1024) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|x| x.to_le_bytes()).collect();
            hash.update(&bytes);
        }
    }
    hash.finalize().into()
}

/// The same in hex.
pub fn weights_sha256(weights: &Weights<f32>) -> String {
    hex(&weights_digest(weights))
}

/// SHA-256 of a text, in hex.
pub fn text_sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
