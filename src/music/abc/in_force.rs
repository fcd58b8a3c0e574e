//! What holds until it is changed: key, metre, unit, tempo, transposition.

use super::tune::Change;
use super::{Duration, Key, Meter, Tempo};

/// What is in force at some place of a tune.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub(super) key: Key,
    pub(super) meter: Option<Meter>,
    /// Of `L:`; without one the metre decides.
    pub(super) unit: Option<Duration>,
    pub(super) tempo: Option<Tempo>,
    /// Semitones by which notes sound higher than they are written.
    pub(super) transposition: i8,
}

impl InForce {
    /// What is in force before anything is said.
    pub(super) fn nothing() -> Self {
        Self { key: Key::none(), meter: None, unit: None, tempo: None, transposition: 0 }
    }

    /// The unit note length.
    pub(super) fn unit(&self) -> Duration {
        let by_meter = || self.meter.map_or(Duration::new(1, 8), Meter::default_unit);
        self.unit.unwrap_or_else(by_meter)
    }

    pub(super) fn change(&mut self, change: &Change) {
        match change {
            Change::Key(key) => self.key = key.clone(),
            Change::Meter(meter) => self.meter = *meter,
            Change::Unit(unit) => self.unit = Some(*unit),
            Change::Tempo(tempo) => self.tempo = Some(*tempo),
            Change::Transposition(semitones) => self.transposition = *semitones,
        }
    }
}
