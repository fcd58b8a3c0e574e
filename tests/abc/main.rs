//! What the ABC reader promises, and what is played from it and judged by it.

mod judge;
mod midi;
mod performance;
mod reader;
mod render;
mod time;
