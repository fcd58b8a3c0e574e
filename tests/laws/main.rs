//! The laws of the engine, one file each; README.md beside this folder has what was measured.

#[path = "../common/mod.rs"]
mod common;

mod checkpoints;
mod doors;
mod formats;
mod gallery;
mod gradients;
mod grown;
mod guard;
mod heard;
mod inspected;
mod kept;
mod library;
mod products;
mod same_bits;
mod shards;
mod streams;
mod tunes;
mod update;
mod wishes;
mod wrong_calls;
