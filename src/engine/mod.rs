//! The LSTM and nothing else: weights, layers, the stack, the optimiser, and what checks them.
//!
//! It uses `hornpipe-kernels` and nothing of ours; it knows neither music nor files. Start at
//! [`model::Model`]. To read the code, start where it is plainest:
//!
//! | file | what it is |
//! |---|---|
//! | [`weights`] | all parameters as named tensors; gradients and moments are the same struct |
//! | [`check::naive`] | the whole model as plainly as it can be written, forward and backward |
//! | [`layers::lstm`] | the same equations for whole windows and all threads, backward beside forward |
//! | [`layers`] | the other layers, one file each, and what they hand on |
//! | [`model`] | the stack as a table, and its mirror image |
//! | [`inference`] | the same for a model that stays as it is: evaluation and generation |
//! | [`adam`], [`init`] | the update and the first weights, as Keras has them |
//! | [`check::audit`] | is every gradient right, and would a wrong one be noticed? |
//! | [`stopwatch`] | where the time of a step goes |
//! | [`real`] | f32 and f64: which product each of them uses |
//!
//! A call with a wrong shape, or out of turn, is a mistake of the program: it panics with a message
//! at the door, and `# Panics` says when.

pub use hornpipe_kernels::Activation;

pub mod adam;
pub mod check;
pub mod inference;
pub mod init;
pub mod layers;
pub mod model;
pub mod real;
pub mod stopwatch;
pub mod weights;
