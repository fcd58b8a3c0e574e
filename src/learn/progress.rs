//! Where a run stands, and what is known of each update and each epoch of it.

use crate::engine::layers::loss::Score;
use serde::{Deserialize, Serialize};

/// Position in the text and the running sums of the epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Progress {
    /// Epochs finished.
    pub epoch: usize,
    /// Windows of the present epoch done.
    pub window: usize,
    /// Sum of their losses.
    pub loss_sum: f64,
    /// Sum of their accuracies.
    pub accuracy_sum: f64,
    /// The epoch's last update so far.
    pub last: Option<Step>,
    /// Lowest validation loss so far and its epoch.
    pub best: Option<(usize, f64)>,
    /// Loss of the run's first window.
    pub first_loss: Option<f64>,
    /// How often the rate was lowered because the numbers went wrong.
    pub rate_cuts: u32,
}

impl Progress {
    /// Epochs finished and windows of the next one: later is greater.
    pub fn place(&self) -> (usize, usize) {
        (self.epoch, self.window)
    }
}

/// What is known at the end of an epoch: a line of `log.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Loss of the last batch, dropout on: what the notebook logs.
    pub loss_last: f64,
    /// Accuracy of the last batch.
    pub accuracy_last: f64,
    /// Mean over the epoch's batches, dropout on.
    pub loss_mean: f64,
    /// Mean over the epoch's batches.
    pub accuracy_mean: f64,
    /// Loss and accuracy of the text held out, dropout off.
    pub validation: Option<(f64, f64)>,
    /// Length of the last batch's gradient, before clipping.
    pub gradient_norm: f64,
    /// Adam's rate.
    pub learning_rate: f64,
    /// SHA-256 of the weights, so that two people can compare their runs.
    pub weights_sha256: [u8; 32],
}

/// What one update did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Step {
    /// Loss and accuracy of the window, dropout on, before the update.
    pub score: Score,
    /// Length of the gradient before clipping; measured where something needs it.
    pub gradient_norm: Option<f64>,
}
