//! What the ABC reader promises, and what is played, judged and shown of it.

#[path = "../common/shared_run.rs"]
mod shared_run;
#[path = "../common/soundfont.rs"]
mod soundfont;

mod again;
mod harmony;
mod judge;
mod midi;
mod musicxml;
mod order;
mod page;
mod performance;
mod places;
mod practice;
mod reader;
mod render;
mod sound;
mod time;
mod wild;
mod wishes;
