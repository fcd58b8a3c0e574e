//! The inputs by name and size: the table of [`places`](super) as code.

use crate::music::corpus::KNOWN_RHYTHMS;

/// Metres with a number of their own.
pub const METRES: [&str; 8] = ["2/4", "3/4", "4/4", "3/2", "6/8", "9/8", "12/8", "2/2"];

/// The names of all inputs, in the order in which a model is given them.
#[rustfmt::skip]
const NAMES: [&str; 19] = [
    "field", "metre", "key", "rhythm", "position", "left", "bar", "part", "degree", "sign",
    "lookback 1", "lookback 2", "lookback 4", "lookback 8", "lookback part",
    "agrees 2", "agrees 4", "agrees 8", "agrees part",
];

/// One of the numbers beside a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Field,
    Metre,
    Key,
    Rhythm,
    Position,
    Left,
    Bar,
    Part,
    Degree,
    Sign,
    Lookback(Back),
    Agrees(Back),
}

/// Which earlier bar is meant: so many before this one, or that of the same number in the part
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    Bars(usize),
    Part,
}

impl Column {
    fn named(name: &str) -> Option<Self> {
        let back = |text: &str| match text {
            "part" => Some(Back::Part),
            "1" => Some(Back::Bars(1)),
            "2" => Some(Back::Bars(2)),
            "4" => Some(Back::Bars(4)),
            "8" => Some(Back::Bars(8)),
            _ => None,
        };
        if let Some(text) = name.strip_prefix("lookback ") {
            return back(text).map(Self::Lookback);
        }
        if let Some(text) = name.strip_prefix("agrees ") {
            return back(text).map(Self::Agrees);
        }
        Some(match name {
            "field" => Self::Field,
            "metre" => Self::Metre,
            "key" => Self::Key,
            "rhythm" => Self::Rhythm,
            "position" => Self::Position,
            "left" => Self::Left,
            "bar" => Self::Bar,
            "part" => Self::Part,
            "degree" => Self::Degree,
            "sign" => Self::Sign,
            _ => return None,
        })
    }

    /// How many values it has, with `vocab` symbols.
    fn size(self, vocab: usize) -> usize {
        match self {
            Self::Field => 28,
            Self::Metre => METRES.len() + 2,
            Self::Key => 2 + 7 * 12,
            Self::Rhythm => KNOWN_RHYTHMS.len() + 2,
            Self::Position | Self::Left => 64,
            Self::Bar => 34,
            Self::Part => 7,
            Self::Degree => 8,
            Self::Sign => 10,
            Self::Lookback(_) => 3 + vocab,
            Self::Agrees(_) => 5,
        }
    }
}

/// The inputs of a model of `vocab` symbols, by name and size, in order.
pub fn inputs(vocab: usize) -> Vec<(String, usize)> {
    let sized = |name: &&str| Some(((*name).to_owned(), Column::named(name)?.size(vocab)));
    NAMES.iter().filter_map(sized).collect()
}

/// Why nobody can say the inputs that a model asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Of a newer program, or of another one.
    #[error("its input {0:?} is none that this hornpipe knows; use a newer one")]
    Unknown(String),
    /// It has another number of values here.
    #[error("its input {name:?} has {has} values; it has {size}")]
    Size {
        /// The input.
        name: String,
        /// How many values the model has for it.
        has: usize,
        /// How many there are.
        size: usize,
    },
}

/// The columns of these inputs.
pub(super) fn columns(inputs: &[(String, usize)], vocab: usize) -> Result<Vec<Column>, InputError> {
    let column = |(name, has): &(String, usize)| {
        let column = Column::named(name).ok_or_else(|| InputError::Unknown(name.clone()))?;
        let size = column.size(vocab);
        if *has != size {
            return Err(InputError::Size { name: name.clone(), has: *has, size });
        }
        Ok(column)
    };
    inputs.iter().map(column).collect()
}
