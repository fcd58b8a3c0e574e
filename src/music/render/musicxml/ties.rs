//! Which notes go on into another: by what is played, for a tie may lead to the note after a repeat
//! sign or into a second ending.

use crate::music::abc::{Performance, Pitch, Tune};

/// The ties of a tune, event by event in written order.
pub(super) struct Ties {
    /// The number of the first event of each bar.
    first: Vec<usize>,
    /// The notes of each event that go on.
    from: Vec<Vec<Pitch>>,
    /// The notes of each event that are held from another.
    to: Vec<Vec<Pitch>>,
}

impl Ties {
    pub(super) fn of(tune: &Tune, performance: &Performance) -> Self {
        let mut first = Vec::with_capacity(tune.bars.len());
        let mut all = 0;
        for bar in &tune.bars {
            first.push(all);
            all += bar.events.len();
        }
        let mut ties = Self { first, from: vec![Vec::new(); all], to: vec![Vec::new(); all] };
        let turns = performance.bars.iter();
        let played = turns.flat_map(|turn| turn.events.clone().map(|event| (turn.index, event)));
        let mut before = None;
        for (bar, event) in played {
            if let Some((tied, held)) = before {
                ties.join(tune, tied, held, (bar, event));
            }
            let tied = &tune.bars[bar].events[event].ties;
            before = (!tied.is_empty()).then_some(((bar, event), tied));
        }
        ties
    }

    /// Ties those of the `tied` notes that the next event played has, by their sound.
    fn join(&mut self, tune: &Tune, from: (usize, usize), tied: &[Pitch], to: (usize, usize)) {
        let goes_on = |pitch: &Pitch, others: &[Pitch]| {
            others.iter().any(|other| other.midi() == pitch.midi())
        };
        let next = &tune.bars[to.0].events[to.1].pitches;
        for pitch in tied.iter().filter(|pitch| goes_on(pitch, next)) {
            let known = &mut self.from[self.first[from.0] + from.1];
            if !known.contains(pitch) {
                known.push(*pitch);
            }
        }
        for pitch in next.iter().filter(|pitch| goes_on(pitch, tied)) {
            let known = &mut self.to[self.first[to.0] + to.1];
            if !known.contains(pitch) {
                known.push(*pitch);
            }
        }
    }

    /// Whether a note is held from another one.
    pub(super) fn holds(&self, bar: usize, event: usize, pitch: Pitch) -> bool {
        self.to[self.first[bar] + event].contains(&pitch)
    }

    /// Whether a note goes on into another one.
    pub(super) fn goes_on(&self, bar: usize, event: usize, pitch: Pitch) -> bool {
        self.from[self.first[bar] + event].contains(&pitch)
    }
}
