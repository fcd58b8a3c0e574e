//! What can happen to a file on its way.

use bolero::{TypeGenerator, ValueGenerator, produce};

/// One change.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) enum Damage {
    Flip(Place, u8),
    Set(Place, u8),
    Cut(Place),
    Remove(Place, u8),
    Insert(Place, [u8; 5], u8),
    /// Copies some bytes over others.
    Splice(Place, Place, u8),
    /// Writes a lying length as eight bytes, with bincode's mark for such a number before it.
    Length(Place, Lie),
    /// Puts a lie in the place of a number in a text.
    Number(u8, Lie),
}

/// Headers are short and decide much: they deserve as many hits as all the rest.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) enum Place {
    Start(u8),
    Anywhere(u32),
}

/// Which of [`LIES`].
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) struct Lie(u8);

const LIES: [u64; 10] =
    [0, 1, 250, 1 << 20, 1 << 27, 1 << 32, 1 << 60, 1 << 61, u64::MAX >> 1, u64::MAX];

/// One to seven changes.
pub(crate) fn damages() -> impl ValueGenerator<Output = Vec<Damage>> {
    produce::<Vec<Damage>>().with().len(1usize..8)
}

/// `bytes` after all that.
pub(crate) fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    damages.iter().for_each(|damage| damage.apply(&mut bytes));
    bytes
}

impl Place {
    fn of(&self, length: usize) -> usize {
        match *self {
            Self::Start(at) => usize::from(at).min(length),
            Self::Anywhere(at) => at as usize % (length + 1),
        }
    }
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        match self {
            Self::Flip(place, bit) => {
                if let Some(byte) = bytes.get_mut(place.of(length)) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::Set(place, value) => {
                if let Some(byte) = bytes.get_mut(place.of(length)) {
                    *byte = *value;
                }
            }
            Self::Cut(place) => bytes.truncate(place.of(length)),
            Self::Remove(place, count) => {
                let at = place.of(length);
                bytes.drain(at..(at + usize::from(*count)).min(length));
            }
            Self::Insert(place, new, count) => {
                let (at, count) = (place.of(length), usize::from(*count) % new.len());
                bytes.splice(at..at, new[..=count].iter().copied());
            }
            Self::Splice(from, to, count) => {
                let (from, to) = (from.of(length), to.of(length));
                let count = usize::from(*count).min(length - from.max(to));
                bytes.copy_within(from..from + count, to);
            }
            Self::Length(place, lie) => {
                let at = place.of(length);
                let lie = [&[253], &lie.number().to_le_bytes()[..]].concat();
                bytes.splice(at..(at + lie.len()).min(length), lie);
            }
            Self::Number(which, lie) => {
                let digits = |at: &usize| bytes[*at].is_ascii_digit();
                let starts =
                    (0..length).filter(|at| digits(at) && (*at == 0 || !digits(&(at - 1))));
                let starts: Vec<usize> = starts.collect();
                if !starts.is_empty() {
                    let at = starts[usize::from(*which) % starts.len()];
                    let end = (at..length).find(|at| !digits(at)).unwrap_or(length);
                    bytes.splice(at..end, lie.number().to_string().into_bytes());
                }
            }
        }
    }
}

impl Lie {
    fn number(&self) -> u64 {
        LIES[usize::from(self.0) % LIES.len()]
    }
}
