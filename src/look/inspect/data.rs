//! What the page's scripts get, in JSON.

use super::Inspection;
use super::cells::NAMED;
use super::follow::Follows;
use super::parts::seen;
use super::reading::{C, GATES};
use super::trace::{LEVELS, encoded, label};
use crate::learn::text::Vocabulary;
use crate::music::abc::{Position, written};
use crate::music::page::text::{Places, for_engraver};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of traces that a page holds: with them, the engraver and the text it stays below 3 MB.
const BUDGET: usize = 2_000_000;
/// What a cell takes beside a byte for each character and trace.
const OF_A_CELL: usize = 80;

/// All of it.
#[derive(Serialize)]
pub(super) struct Data {
    /// The characters as they are shown.
    text: Vec<char>,
    /// What each cost, in thousandths of a nat; none where it was not foretold.
    nats: Vec<Option<u64>>,
    /// Symbols that are among the likeliest somewhere, as they are shown.
    symbols: Vec<char>,
    /// Of each character that was foretold the likeliest symbols by their place in `symbols`, each
    /// with its probability in ten-thousandths.
    likeliest: Vec<Vec<(usize, u32)>>,
    /// Where each stretch begins, and what it is called.
    stretches: Vec<(usize, String)>,
    /// The text to engrave.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Score>,
    /// The levels of traces, from the lowest to the highest.
    levels: &'static str,
    features: Vec<Followed>,
    cells: Vec<Cell>,
}

/// What the engraver gets.
#[derive(Serialize)]
struct Score {
    abc: String,
    /// From which character on its place in `abc`, in UTF-16 units, is how far from its own.
    shifts: Vec<(usize, i64)>,
}

#[derive(Serialize)]
struct Followed {
    name: &'static str,
    values: Vec<String>,
    /// One a character; a blank where it says nothing.
    labels: String,
}

/// A cell with its traces.
#[derive(Serialize)]
struct Cell {
    layer: usize,
    unit: usize,
    /// What it follows, in thousandths; nothing if it holds still.
    shares: Vec<u32>,
    /// Its c lies between this and its negative.
    scale: f32,
    /// i, f, o from 0 to 1, g from -1 to 1, c by its scale; in the order of [`GATES`].
    traces: Vec<String>,
}

/// The cells whose traces fit onto the page, those that follow something most, for any feature those
/// that follow it most before all others; in their order.
pub(super) fn kept(inspection: &Inspection) -> Vec<usize> {
    let each = GATES.len() * inspection.reading.len() + OF_A_CELL;
    first(&inspection.follows, inspection.features.len(), BUDGET / each)
}

/// So many cells, as [`kept`] has it.
fn first(follows: &[Follows], features: usize, most: usize) -> Vec<usize> {
    let by = |share: &dyn Fn(usize) -> f64| {
        let mut order: Vec<usize> = (0..follows.len()).collect();
        order.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
        order
    };
    let mut order: Vec<usize> = (0..features)
        .flat_map(|at| by(&|cell| follows[cell].share(at)).into_iter().take(NAMED))
        .collect();
    order.extend(by(&|cell| follows[cell].most()));
    let mut unique = BTreeSet::new();
    order.retain(|cell| unique.insert(*cell));
    order.truncate(most);
    order.sort_unstable();
    order
}

impl Data {
    pub(super) fn new(inspection: &Inspection, vocabulary: &Vocabulary, kept: &[usize]) -> Self {
        let expected = &inspection.reading.expected;
        let mut places = BTreeMap::new();
        let mut symbols = Vec::new();
        let mut place = |symbol: u32| {
            *places.entry(symbol).or_insert_with(|| {
                symbols.push(seen(vocabulary.char_of(symbol)));
                symbols.len() - 1
            })
        };
        let mut likeliest = Vec::new();
        for expected in expected.iter().flatten() {
            let each = expected.likeliest.iter();
            let each = each.map(|of| (place(of.symbol), (1e4 * of.probability).round() as u32));
            likeliest.push(each.collect());
        }
        let thousandths = |loss: f32| (1e3 * f64::from(loss)).round().max(0.0) as u64;
        let stretches = inspection.stretches.iter();
        Self {
            text: inspection.subject.text.chars().map(seen).collect(),
            nats: expected.iter().map(|e| e.as_ref().map(|e| thousandths(e.loss))).collect(),
            symbols,
            likeliest,
            stretches: stretches.map(|s| (s.characters.start, s.name.clone())).collect(),
            score: score(inspection),
            levels: std::str::from_utf8(LEVELS).expect("ASCII"),
            features: followed(inspection),
            cells: kept.iter().map(|&at| cell(inspection, at)).collect(),
        }
    }

    /// Whether there is a score.
    pub(super) fn draws(&self) -> bool {
        self.score.is_some()
    }
}

/// The score of a tune with notes.
fn score(inspection: &Inspection) -> Option<Score> {
    let subject = &inspection.subject;
    if !subject.has_bars() {
        return None;
    }
    let tune = written(&subject.score).next()?;
    let places = Places::of(&tune);
    let (mut line, mut column) = (1, 0);
    let mut shifts: Vec<(usize, i64)> = Vec::new();
    for (at, c) in subject.text.chars().enumerate() {
        column += 1;
        if let Some(place) = places.get(Position { line, column }) {
            let shift = place as i64 - at as i64;
            if shifts.last().is_none_or(|(_, last)| *last != shift) {
                shifts.push((at, shift));
            }
        }
        if c == '\n' {
            (line, column) = (line + 1, 0);
        }
    }
    Some(Score { abc: for_engraver(&tune), shifts })
}

fn followed(inspection: &Inspection) -> Vec<Followed> {
    let features = inspection.features.iter();
    features
        .map(|feature| Followed {
            name: feature.name,
            values: feature.values.iter().map(|value| value.name.clone()).collect(),
            labels: feature.labels.iter().map(|&at| label(at)).collect(),
        })
        .collect()
}

fn cell(inspection: &Inspection, at: usize) -> Cell {
    let follows = &inspection.follows[at];
    let trace = |gate| inspection.reading.trace(follows.layer, follows.unit, gate);
    let scale = trace(C).fold(0.0, |most: f32, c| most.max(c.abs())).max(f32::MIN_POSITIVE);
    let encode = |gate| match GATES[gate] {
        "c" => encoded(trace(gate), -scale, scale),
        "g" => encoded(trace(gate), -1.0, 1.0),
        _ => encoded(trace(gate), 0.0, 1.0),
    };
    let shares = (0..follows.shares.len()).map(|at| (1e3 * follows.share(at)).round() as u32);
    Cell {
        layer: follows.layer,
        unit: follows.unit,
        shares: shares.collect(),
        scale: if scale < 1e-30 { 1.0 } else { scale },
        traces: (0..GATES.len()).map(encode).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Follows, first};

    #[test]
    fn the_best_of_each_feature_are_kept_before_all_others() {
        // nine cells follow one feature much, the tenth another one a little
        let follows = |unit| Follows {
            layer: 0,
            unit,
            shares: if unit < 9 { vec![0.9 - 0.01 * unit as f64, 0.0] } else { vec![0.0, 0.1] },
            deviation: 1.0,
        };
        let follows: Vec<Follows> = (0..10).map(follows).collect();
        assert_eq!(first(&follows, 2, 7), [0, 1, 2, 3, 4, 5, 9]);
        assert_eq!(first(&follows, 2, 99), (0..10).collect::<Vec<_>>());
        assert_eq!(first(&follows, 0, 2), [0, 1]);
    }
}
