//! Models on their way to and from other programs.
//!
//! | file | read | written |
//! |---|---|---|
//! | `.safetensors` with the names of [`crate::engine::weights`] | yes | [`encode_model`] |
//! | `.safetensors` of a PyTorch module | by its shapes | [`encode_for_pytorch`] |
//! | `.h5` of Keras, feature `keras` | by its shapes | `encode_for_keras` |
//! | `.onnx` | no | [`encode_onnx`] |
//!
//! Numbers may be F32 or F64 in the file and are converted to the precision asked for. Beside the tensors a
//! file may say, as the metadata of safetensors and ONNX, as attributes of HDF5:
//!
//! | key | |
//! |---|---|
//! | `recurrent_activation` | `sigmoid`, as where it is missing, or `hard_sigmoid` |
//! | `precision` | `bf16` if products round both sides to that, else `f32`, as where it is missing |
//! | `dropout` | the probability of dropping in training |
//! | `vocabulary` | a JSON array of symbols |
//! | `inputs` | what is read beside the character, a JSON array of pairs `["bar",34]` of name and size: the first kernel has as many rows more as all sizes together |
//! | `tonic` | the tonic that the tunes were moved to before they were learned |
//! | `book` | a JSON object that sums up the tunes that were learned |
//! | `weights_sha256` | what `hornpipe export` writes and reading checks |
//!
//! That is the SHA-256 of the weights, and of nothing else, as little-endian f32 in the order of
//! [`crate::engine::weights`]. So it is the figure of `hornpipe info`, the same for F32 and F64, and
//! other metadata can be added by hand.
//!
//! Read [`exchanged`] first, what travels; then `ours` and `metadata`. What other programs wrote is
//! sorted by `pytorch` and `keras`, and put together by `stack`; `elsewhere` knows files that are not
//! read.

mod decode;
mod elsewhere;
pub mod exchanged;
#[cfg(feature = "keras")]
mod keras;
mod metadata;
mod onnx;
pub(crate) mod ours;
mod protobuf;
mod pytorch;
mod stack;
#[cfg(feature = "keras")]
mod to_keras;

pub(crate) use decode::refuse_other;
pub use decode::{HDF5, decode_model, decode_told};
pub use elsewhere::is_onnx;
pub use exchanged::Exchanged;
pub use onnx::encode_onnx;
pub use ours::{encode_model, save_model};
pub use pytorch::encode_for_pytorch;
#[cfg(feature = "keras")]
pub use to_keras::encode_for_keras;
