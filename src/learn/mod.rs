//! From a text to a trained model.
//!
//! May use the engine and music. Read [`text`] first, how characters become numbers and streams
//! ([`symbols`] keeps them small);
//! then [`train`], the loop; [`guard`] is what it asks before each update, [`evaluate`] what it asks
//! after each epoch. [`split`] chooses what is held out, [`material`] in which order and on which
//! tonic the tunes are learned; [`listener`] says what a model hears beside the characters, [`manner`]
//! what else must be known of it to ask it, [`grow`] gives one symbols that it lacks. [`config`] is
//! what decides the numbers, [`difference`] where two runs are not the same, [`progress`] where one stands.
//!
//! Several processes can train one run: `shards` adds up their parts of a gradient, in one order however
//! many they are, [`group`] is how they talk (by `mpi` with the feature of that name), and `together` what
//! about beside gradients.

#[cfg(feature = "files")]
pub mod config;
#[cfg(feature = "files")]
pub mod difference;
pub mod evaluate;
pub mod group;
pub mod grow;
pub mod guard;
pub mod limits;
pub mod listener;
pub mod manner;
pub mod material;
#[cfg(feature = "mpi")]
pub mod mpi;
#[cfg(feature = "files")]
pub mod progress;
#[cfg(feature = "files")]
mod shards;
#[cfg(feature = "files")]
pub mod source;
pub mod split;
pub mod symbols;
pub mod text;
#[cfg(feature = "files")]
mod together;
#[cfg(feature = "files")]
pub mod train;
