//! What the ABC reader promises, and what is played from it and judged by it.

#[path = "../common/soundfont.rs"]
mod soundfont;

mod harmony;
mod judge;
mod midi;
mod performance;
mod reader;
mod render;
mod sound;
mod time;
