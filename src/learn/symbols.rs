//! The symbols of a text, each in as few bytes as all of them allow: a text of ABC takes one byte a
//! character for as long as it is learned.

use serde::{Deserialize, Serialize};

/// Symbols in their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Symbols(Packed);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Packed {
    /// All are below 2^8.
    Bytes(Vec<u8>),
    /// All are below 2^16.
    Pairs(Vec<u16>),
    Words(Vec<u32>),
}

impl Symbols {
    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Packed::Bytes(all) => all.len(),
            Packed::Pairs(all) => all.len(),
            Packed::Words(all) => all.len(),
        }
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The symbol at a place.
    ///
    /// # Panics
    /// If `at` is not below [`Symbols::len`].
    pub fn at(&self, at: usize) -> u32 {
        match &self.0 {
            Packed::Bytes(all) => all[at].into(),
            Packed::Pairs(all) => all[at].into(),
            Packed::Words(all) => all[at],
        }
    }

    fn push(&mut self, symbol: u32) {
        match &mut self.0 {
            Packed::Bytes(all) => match symbol.try_into() {
                Ok(symbol) => all.push(symbol),
                Err(_) => {
                    self.0 = Packed::Pairs(all.iter().map(|&s| s.into()).collect());
                    self.push(symbol);
                }
            },
            Packed::Pairs(all) => match symbol.try_into() {
                Ok(symbol) => all.push(symbol),
                Err(_) => {
                    self.0 = Packed::Words(all.iter().map(|&s| s.into()).collect());
                    self.push(symbol);
                }
            },
            Packed::Words(all) => all.push(symbol),
        }
    }
}

impl FromIterator<u32> for Symbols {
    fn from_iter<I: IntoIterator<Item = u32>>(symbols: I) -> Self {
        let mut all = Self(Packed::Bytes(Vec::new()));
        symbols.into_iter().for_each(|symbol| all.push(symbol));
        all
    }
}

impl From<Vec<u32>> for Symbols {
    fn from(symbols: Vec<u32>) -> Self {
        symbols.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Packed, Symbols};

    #[test]
    fn symbols_are_what_they_were_in_as_few_bytes_as_the_largest_needs() {
        for (largest, bytes) in [(255, 1), (256, 2), (65_535, 2), (65_536, 4), (u32::MAX, 4)] {
            for at in 0..3 {
                let mut given = vec![0, 7, 255];
                given.insert(at, largest);
                let symbols = Symbols::from(given.clone());
                let size = match &symbols.0 {
                    Packed::Bytes(all) => size_of_val(&all[0]),
                    Packed::Pairs(all) => size_of_val(&all[0]),
                    Packed::Words(all) => size_of_val(&all[0]),
                };
                assert_eq!(size, bytes, "{largest}");
                assert!((0..symbols.len()).map(|at| symbols.at(at)).eq(given), "{largest}");
            }
        }
    }
}
