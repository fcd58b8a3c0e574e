//! What the ABC reader and what is played from it promise.

mod midi;
mod performance;
mod reader;
mod render;
mod time;
