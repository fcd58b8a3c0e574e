//! How long a note is, as its length is written: `3/2`, `>`, and the tuplet it is in.

/// What a length can not be more than, so that no sum of lengths overflows.
pub(super) const LONGEST: i64 = 1 << 40;

/// `3/2`, `/`, `//`: a factor that is being written.
#[derive(Clone, Copy, Debug, Default)]
struct Factor {
    above: Option<i64>,
    slashes: u32,
    below: Option<i64>,
}

impl Factor {
    fn push(&mut self, c: char) {
        match c.to_digit(10) {
            None => self.slashes = (self.slashes + 1).min(8),
            Some(digit) => {
                let number = if self.slashes > 0 { &mut self.below } else { &mut self.above };
                *number = Some((number.unwrap_or(0) * 10 + i64::from(digit)).min(9_999));
            }
        }
    }

    fn of(self, length: i64) -> i64 {
        let below = self.below.unwrap_or(1 << self.slashes).max(1);
        (length * self.above.unwrap_or(1) / below).min(LONGEST)
    }
}

/// The length of the note or rest that is being written, in parts of a whole note.
#[derive(Clone, Debug)]
pub(super) struct Length {
    /// What it is a factor of.
    base: i64,
    factor: Factor,
    /// By how much `>` and `<` lengthen it, and the next one.
    broken: (i64, i64),
    next_broken: (i64, i64),
    /// Of `(p:q:r`: the numbers so far, and notes that are still of it.
    tuplet: [i64; 3],
    stage: usize,
    left: i64,
}

impl Length {
    pub(super) fn new() -> Self {
        Self {
            base: 0,
            factor: Factor::default(),
            broken: (1, 1),
            next_broken: (1, 1),
            tuplet: [0; 3],
            stage: 0,
            left: 0,
        }
    }

    /// A note begins that lasts so long where nothing else is written.
    pub(super) fn begin(&mut self, base: i64) {
        self.base = base;
    }

    /// A digit or a slash.
    pub(super) fn push(&mut self, c: char) {
        self.factor.push(c);
    }

    /// The bracket behind the notes of a chord: what comes multiplies the length of the first.
    pub(super) fn end_chord(&mut self) {
        self.base = std::mem::take(&mut self.factor).of(self.base);
    }

    /// `A>B`: the first is half longer, the second half as long; `>>` a quarter, being `again`.
    pub(super) fn lengthen(&mut self, c: char, again: bool) {
        let parts = if again { (2 * self.broken.1).min(8) } else { 2 };
        let (long, short) = ((2 * parts - 1, parts), (1, parts));
        (self.broken, self.next_broken) = if c == '>' { (long, short) } else { (short, long) };
    }

    pub(super) fn begin_tuplet(&mut self) {
        (self.tuplet, self.stage) = ([0; 3], 0);
    }

    /// A digit or a colon of `(p:q:r`.
    pub(super) fn push_tuplet(&mut self, c: char) {
        match c.to_digit(10) {
            None => self.stage += 1,
            Some(digit) => {
                if let Some(number) = self.tuplet.get_mut(self.stage) {
                    *number = (10 * *number + i64::from(digit)).min(99);
                }
            }
        }
    }

    /// The numbers are over; in a `compound` metre (6/8) five and more notes take three units.
    pub(super) fn end_tuplet(&mut self, compound: bool) {
        let [p, q, r] = &mut self.tuplet;
        if *q == 0 {
            *q = match *p {
                2 | 4 | 8 => 3,
                3 | 6 => 2,
                _ if compound => 3,
                _ => 2,
            };
        }
        self.left = match (*p, *r) {
            (0, _) => 0,
            (p, 0) => p,
            (_, r) => r,
        };
    }

    /// The note is over; how long it was.
    pub(super) fn end(&mut self) -> i64 {
        let mut length = std::mem::take(&mut self.factor).of(self.base);
        if self.left > 0 {
            let [p, q, _] = self.tuplet;
            length = length * q / p;
            self.left -= 1;
        }
        let (above, below) = std::mem::replace(&mut self.broken, self.next_broken);
        self.next_broken = (1, 1);
        (length * above / below).min(LONGEST)
    }
}
