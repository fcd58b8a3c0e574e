//! What a player asks of a tune, and whether a tune that is being written can still keep it.
//!
//! A [`Wishes`] says what a tune must be: its kind, its form, the notes it may use, how it begins, and
//! that it is good. A [`Prospect`] reads a tune character by character and tells the first place from
//! which no way of going on keeps all of them. It is no grammar of its own: it asks the reader of
//! [`abc`](super::abc) what the signs mean and the [`judge`](super::judge) what is right, so what it
//! lets pass at the end is what the judge calls good, and what either learns it knows.
//!
//! ```
//! use hornpipe::music::wishes::{Broken, Wishes};
//!
//! let wishes = Wishes::new().good().compass("D-b".parse().unwrap());
//! let mut tune = wishes.prospect();
//! assert_eq!(tune.push("X:1\nT:A Tune\nM:6/8\nL:1/8\nK:D\n|:dAF DFA|B"), Ok(()));
//! assert_eq!(tune.push("c'"), Ok(())); // it may yet become c''
//! assert_eq!(tune.push("d d"), Err(Broken::Compass));
//! ```
//!
//! # How wishes are kept
//! A draft is dropped at the place where it breaks a wish and another one begins; the first that is
//! finished is the tune. So the model is sampled *given* the wishes, exactly: what comes out is
//! distributed as those of all its tunes that keep them. What is given (rhythm, metre, key, a
//! beginning, bars) is put, not drawn: the model goes on from it. Tried and left out:
//! - Masks, which forbid the model the characters that break a wish. What it has begun it then has to
//!   finish by force: 22 nats of probability were taken from a tune, tunes came out twice as long,
//!   and intervals off.
//! - Sequential Monte Carlo: rows of drafts of which the good are copied over the bad. It gives the same
//!   tunes for four to seven times the characters; it would pay for wishes of which fewer than one
//!   in thirty drafts keeps all.
//!
//! It uses [`abc`](super::abc), [`corpus`](super::corpus) and [`judge`](super::judge). Read `wish`
//! first, then `prospect` and `kept`; `narrow` finds what of a book can be wished, `broken` names what
//! went wrong; `form` and `compass` are what their names say, `stands` is what of a tune is given.

mod broken;
mod compass;
mod form;
mod kept;
mod narrow;
mod prospect;
mod stands;
mod wish;

pub use crate::music::judge::PartForm;
pub use broken::Broken;
pub use compass::{Compass, CompassError, Instrument};
pub use form::{Form, FormError};
pub use narrow::WishError;
pub use prospect::Prospect;
pub(crate) use stands::is_between_bars;
pub use stands::{KeepError, Stands};
pub use wish::Wishes;
