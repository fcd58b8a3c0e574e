//! A guided reading: from the first number to the peak of the processor, in nine chapters that run.
//!
//! It is for somebody who knows what a matrix product and a derivative are, reads a little Rust,
//! and has never seen an LSTM. A chapter takes a quarter of an hour, chapter 3 half an hour: two
//! and a half hours in all, an afternoon of a class, and as much again for the things to try. The
//! code in the chapters is compiled and run with the tests, against the engine itself; where the
//! engine changes, a chapter fails.
//!
//! | chapter | the question |
//! |---|---|
//! | [1: text](ch1_text) | What does the network see of a tune, and what does it carry from one piece to the next? |
//! | [2: step](ch2_step) | What does one LSTM step compute? By hand, with two units. |
//! | [3: backward](ch3_backward) | Which number has to move, and how far? The chain rule through time, on the same two units. |
//! | [4: table](ch4_table) | Why is the first layer almost free? |
//! | [5: loss](ch5_loss) | How wrong was it? Softmax, cross-entropy, nats. |
//! | [6: Adam](ch6_adam) | How do gradients become better weights? And all of it together: a network that learns to write, in forty lines. |
//! | [7: distrust](ch7_distrust) | How would you know that a gradient is wrong? |
//! | [8: bits](ch8_bits) | Why does a run give the same bits on every machine? |
//! | [9: peak](ch9_peak) | From three plain loops to all that the processor can do. |
//!
//! # How to read it
//!
//! Names in the equations are the names in the code. Each chapter ends with the lines it explains,
//! as links into the source, and with things to try: change a number, say what you expect, run it.
//!
//! ```sh
//! cargo doc --no-deps --open              # these pages: hornpipe, then guide
//! cargo test --release --doc guide        # runs every chapter
//! hornpipe audit --learn -o bugs.html     # chapter 7 as pictures
//! hornpipe generate default -o new.abc    # a tune, and what a trained network does in it:
//! hornpipe inspect default new.abc -o look.html
//! ```
//! (`cargo run --release --` does for `hornpipe` where it is not installed.)
//!
//! To play with a chapter, change its code where it stands, in `src/guide`, and run that chapter
//! alone, as in `cargo test --release --doc ch6_adam`. What it prints is shown when it fails:
//! `todo!()` at its end sees to that. (Lines that begin with `# ` there are hidden on these pages:
//! they repeat what has been shown before.)
//!
//! | sign | size of |
//! |---|---|
//! | T, B | a window: T steps of B streams side by side |
//! | V, E | symbols, and the numbers that stand for one of them (its embedding) |
//! | D, H | inputs and units of an LSTM layer |
//! | K, N | whole numbers beside a symbol, and how many values they have all together (chapter 4) |
//!
//! In chapters 8 and 9 alone A, B and C are matrices, and M, K, N their sizes: A (M, K) times B (K,
//! N) is C (M, N). `x·w` is a product of matrices, `f*c` goes element by element, `wᵀ` is the
//! transpose.

#[doc = include_str!("1_text.md")]
pub mod ch1_text {}
#[doc = include_str!("2_step.md")]
pub mod ch2_step {}
#[doc = include_str!("3_backward.md")]
#[doc = "<div style=\"overflow-x:auto\">"]
#[doc = include_str!("3_flow.svg")]
#[doc = "</div>"]
#[doc = ""]
#[doc = include_str!("3_backward_code.md")]
pub mod ch3_backward {}
#[doc = include_str!("4_table.md")]
pub mod ch4_table {}
#[doc = include_str!("5_loss.md")]
pub mod ch5_loss {}
#[doc = include_str!("6_adam.md")]
pub mod ch6_adam {}
#[doc = include_str!("7_distrust.md")]
pub mod ch7_distrust {}
#[doc = include_str!("8_bits.md")]
pub mod ch8_bits {}
#[doc = include_str!("9_peak.md")]
pub mod ch9_peak {}
pub mod ladder;
