//! What the ABC reader promises, and what is played, judged and shown of it.

mod judge;
mod midi;
mod page;
mod performance;
mod reader;
mod render;
mod time;
