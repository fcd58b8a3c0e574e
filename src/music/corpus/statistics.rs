//! What is in a corpus, in numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::music::abc;

/// Figures of a text of tunes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Tunes, as [`abc::tunes`] counts them.
    pub tunes: usize,
    /// Length of the text in bytes.
    pub bytes: usize,
    /// Different characters.
    pub symbols: usize,
    /// Notes struck: chords count once, ties once, rests not; repeats are not played out.
    pub notes: usize,
    /// Tunes by rhythm as `R:` gives it; "" where it is missing.
    pub rhythms: BTreeMap<String, usize>,
    /// Tunes by metre.
    pub meters: BTreeMap<String, usize>,
    /// Tunes by key.
    pub keys: BTreeMap<String, usize>,
}

/// Counts what is in a text.
pub fn statistics(text: &str) -> Statistics {
    let mut figures = Statistics {
        bytes: text.len(),
        symbols: text.chars().collect::<BTreeSet<_>>().len(),
        ..Statistics::default()
    };
    for tune in abc::tunes(text) {
        let tune = abc::read(tune);
        figures.tunes += 1;
        figures.notes += tune.notes();
        let rhythm = tune.header('R').unwrap_or_default().to_owned();
        *figures.rhythms.entry(rhythm).or_default() += 1;
        let meter = tune.meter.map_or("free".to_owned(), |meter| meter.to_string());
        *figures.meters.entry(meter).or_default() += 1;
        let key = tune.key.name().unwrap_or_else(|| "other".to_owned());
        *figures.keys.entry(key).or_default() += 1;
    }
    figures
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tunes    {}", self.tunes)?;
        writeln!(f, "bytes    {}", self.bytes)?;
        writeln!(f, "symbols  {}", self.symbols)?;
        writeln!(f, "notes    {}", self.notes)?;
        for (name, counts) in
            [("rhythms", &self.rhythms), ("metres", &self.meters), ("keys", &self.keys)]
        {
            let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let line: Vec<String> = counts
                .into_iter()
                .map(|(name, count)| {
                    format!("{} {count}", if name.is_empty() { "(none)" } else { name })
                })
                .collect();
            writeln!(f, "{name:<8} {}", line.join(", "))?;
        }
        Ok(())
    }
}
