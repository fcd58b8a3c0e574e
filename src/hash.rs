//! SHA-256 of weights and texts: what two people compare.

use crate::engine::real::Real;
use crate::engine::weights::Weights;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Passes on what is written and keeps its SHA-256.
pub struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Hashing<W> {
    /// Of nothing yet.
    pub fn new(to: W) -> Self {
        Self { to, hash: Sha256::new() }
    }

    /// Where it wrote to, and the SHA-256 of all of it.
    pub fn finish(self) -> (W, [u8; 32]) {
        (self.to, self.hash.finalize().into())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes numbers as little-endian f32, some at a time.
///
/// # Errors
/// What `to` has to report.
pub fn write_numbers<R: Real>(to: &mut impl Write, numbers: &[R]) -> io::Result<()> {
    let mut bytes = [[0; 4]; 4096];
    for some in numbers.chunks(bytes.len()) {
        let bytes = &mut bytes[..some.len()];
        bytes
            .iter_mut()
            .zip(some)
            .for_each(|(bytes, x)| *bytes = (x.to_f64() as f32).to_le_bytes());
        to.write_all(bytes.as_flattened())?;
    }
    Ok(())
}

/// SHA-256 of weights as little-endian f32 in the order of the exchange format.
pub fn weights_digest<R: Real>(weights: &Weights<R>) -> [u8; 32] {
    let mut hashing = Hashing::new(io::sink());
    let mut tensors = weights.tensors();
    let written = tensors.try_for_each(|tensor| write_numbers(&mut hashing, tensor));
    written.expect("a sink takes everything");
    hashing.finish().1
}

/// The same in hex.
pub fn weights_sha256<R: Real>(weights: &Weights<R>) -> String {
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
