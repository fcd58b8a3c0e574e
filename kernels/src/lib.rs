//! Inner loops of hornpipe: packed matrix product, LSTM gates, softmax, Adam, sums, dropout masks.
//!
//! Every loop takes the [`Isa`] to run on and gives the same bits on all of them: an output element
//! is one fixed chain of fused multiply-adds, a sum has one fixed shape, and exp, ln, tanh and
//! sigmoid are the polynomials of [`Scalar`]. The elementwise kernels are generic over [`Scalar`],
//! so that the f64 audit runs the same source; only its product is another's ([`product_f64`]),
//! which chooses its own instructions. No loop of ours allocates; [`Packed`] does when it grows.
//! Wrong lengths panic with a message.

#![deny(unsafe_code)]

mod adam;
mod bf16;
mod gates;
mod isa;
mod lanes;
mod mask;
mod matrix;
mod pack;
mod peak;
mod product;
mod product_f64;
mod reduce;
mod scalar;
mod softmax;
mod strips;

pub use adam::{AdamStep, adam_step};
pub use bf16::{Pair, pairs};
pub use gates::{Activation, gates_backward, gates_forward};
pub use isa::{Isa, UnknownIsa};
pub use mask::{dropout_mask, mix, multiply};
pub use matrix::{MatMut, MatRef};
pub use pack::{Packed, pack_panel};
pub use peak::peak_loop;
pub use product::{Factor, product};
pub use product_f64::product_f64;
pub use reduce::{add_row, sum_of_squares};
pub use scalar::Scalar;
pub use softmax::softmax_loss_gradient;
pub use strips::{Strip, sum_strips};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
