//! The audit of one case: what every judge says, and whether known mistakes would be noticed.

use crate::engine::Activation;
use crate::engine::check::audit::{
    CENTRAL_CEILING, Case, named, named_inputs, relative_error, worst,
};
use crate::engine::check::naive::Bug;
use crate::engine::real::Precision;

/// What is compared, in the order of the errors of a [`Row`]: its name, and the largest error allowed.
/// The f64 engine and the naive model are both exact but for rounding; bf16 keeps eight bits.
pub const COMPARED: [(&str, f64); 4] =
    [("central", CENTRAL_CEILING), ("f32", 1e-4), ("bf16", 2e-2), ("naive", 1e-12)];

/// Errors of one tensor's gradient.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// Exchange name of what the gradient is by.
    pub tensor: String,
    /// One for each of [`COMPARED`].
    pub errors: [f64; COMPARED.len()],
}

impl Row {
    /// Every error is within its ceiling.
    pub fn is_right(&self) -> bool {
        self.errors.iter().zip(COMPARED).all(|(&error, (_, ceiling))| error <= ceiling)
    }
}

/// A known mistake and how far it moves the gradients.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// The mistake, made by the naive model.
    pub bug: Bug,
    /// Its largest error of a weight's gradient against central differences (those of h0 and c0
    /// would show some of the mistakes too easily).
    pub error: f64,
    /// The tensor with that error.
    pub tensor: String,
}

impl Trial {
    /// Central differences would have noticed.
    pub fn is_caught(&self) -> bool {
        self.error > CENTRAL_CEILING
    }
}

/// The whole audit of one case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Recurrent activation of the case.
    pub activation: Activation,
    /// One a tensor: the weights from the input upwards, then the states.
    pub rows: Vec<Row>,
    /// One a known bug.
    pub trials: Vec<Trial>,
}

impl Report {
    /// Runs the audit.
    ///
    /// # Panics
    /// As [`Case::engine`].
    pub fn of(case: &Case) -> Self {
        let differences = case.engine_differences();
        let ours = named(&case.engine::<f64>(Precision::F32));
        let [f32, bf16] = [Precision::F32, Precision::Bf16].map(|p| named(&case.engine::<f32>(p)));
        let naive = named(&case.naive(None));
        let row = |(tensor, _)| {
            let name = format!("grad.{tensor}");
            let pairs = [(&ours, &differences), (&f32, &ours), (&bf16, &ours), (&ours, &naive)];
            Row { errors: pairs.map(|(a, b)| relative_error(&a[&name], &b[&name])), tensor }
        };
        let rows = named_inputs(&case.weights.shape(), case.batch.x.nrows()).map(row).collect();
        let mut of_weights = differences.clone();
        of_weights.retain(|name, _| !name.ends_with(".h0") && !name.ends_with(".c0"));
        let trial = |bug| {
            let (error, tensor) = worst(&named(&case.naive(Some(bug))), &of_weights);
            Trial { bug, error, tensor }
        };
        Self { activation: case.activation, rows, trials: Bug::ALL.map(trial).into() }
    }

    /// Every gradient is right and every bug caught.
    pub fn passes(&self) -> bool {
        self.rows.iter().all(Row::is_right) && self.trials.iter().all(Trial::is_caught)
    }
}
