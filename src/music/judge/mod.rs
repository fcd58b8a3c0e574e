//! Judging tunes: do they read, add up, end at home, and are they new?
//!
//! A [`Verdict`] is what is known of one tune, [`Counts`] and [`Figures`] of a set; the corpus
//! itself, each tune against the others, is the yardstick.
//!
//! ```
//! use hornpipe::music::{abc, corpus::EMBEDDED, judge::{Counts, Known, judge}};
//!
//! let corpus = abc::tunes(EMBEDDED);
//! let mine = "X:1\nM:2/4\nL:1/8\nK:C\n|:c'4|B,4|c'4|B,4|c'4|B,4|g3B,|C4:|\n";
//! let verdicts = judge(&[mine, corpus[0]], &Known::new(&corpus), || {});
//! assert!(verdicts[0].is_good() && verdicts[0].is_new());
//! assert_eq!(verdicts[1].copied.share(), 1.0); // all of it stands in the corpus
//! assert_eq!(Counts::of(&verdicts).good_and_new, 1);
//! ```
//!
//! It uses [`abc`](super::abc) and [`corpus`](super::corpus). Read `verdict` first; `form` looks at
//! bars, parts and repeats, `outline` at those of a tune that is not over, `again` which bars come again, `notes` counts what the melody is made of,
//! `original` finds the longest run of notes that a tune shares with a corpus. `counts` (all tunes,
//! or those of each rhythm), `figures` and `overlap` are of sets.

mod again;
mod counts;
mod figures;
mod form;
mod notes;
mod original;
mod outline;
mod overlap;
mod verdict;

pub use again::{Again, Times};
pub use counts::{Counts, Shares};
pub use figures::Figures;
pub use notes::{Histograms, Melody};
pub use original::{Copied, Known};
pub use outline::PartForm;
pub(in crate::music) use outline::{Fault, Outline, Parts, bars_played_once, form_is};
pub use overlap::Overlap;
pub use verdict::{NONE, OTHER, Verdict, judge, judge_corpus};
