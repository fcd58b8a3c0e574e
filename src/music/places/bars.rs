//! What is remembered of the bars that a tune has behind it.

use super::column::Back;

/// Symbols of full bars that are remembered; a tune of more begins to remember anew.
const MOST: usize = 1 << 16;
/// Symbols of a bar that are remembered, and bars of a part.
const LONGEST_BAR: usize = 1 << 10;
const MOST_BARS: usize = 1 << 12;

/// Whom a bar is compared with.
const BACKS: [Back; 4] = [Back::Bars(2), Back::Bars(4), Back::Bars(8), Back::Part];

/// A bar in [`Bars`]: ranges of `text` and of `onsets`, and how long it lasts.
#[derive(Clone, Debug)]
struct Bar {
    text: std::ops::Range<usize>,
    onsets: std::ops::Range<usize>,
    length: i64,
}

/// The bars so far, and how the present one begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Bars {
    /// Symbols of all full bars, then of the present one.
    text: Vec<u32>,
    /// When its notes begin, and where in `text`; likewise.
    onsets: Vec<(i64, usize)>,
    bars: Vec<Bar>,
    /// The full bars before this one, as they are played.
    played: Vec<usize>,
    /// Those of this part by number; a second ending takes the places of the first.
    here: Vec<Option<usize>>,
    /// Those of the part before.
    before: Vec<Option<usize>>,
    /// Where the present bar begins in `text` and in `onsets`.
    begin: (usize, usize),
    /// Full bars that this part has behind it.
    pub(super) number: usize,
    /// Parts that the tune has behind it.
    pub(super) part: usize,
    /// Where the first ending began: bars of the part, and bars played.
    first_ending: Option<(usize, usize)>,
    /// The first ending is over and no second one has begun.
    between_endings: bool,
    /// The time that the next character belongs to, and how many belong to it already.
    onset: i64,
    since: usize,
    /// By [`BACKS`]: this bar so far is how that one begins; the bar before was the whole of that.
    begins: [bool; BACKS.len()],
    whole: [bool; BACKS.len()],
}

impl Bars {
    /// A bar begins.
    pub(super) fn begin(&mut self) {
        self.begin = (self.text.len(), self.onsets.len());
        self.begins = [true; BACKS.len()];
        self.at(0);
    }

    /// The next character belongs to a note that begins, or would begin, at this time.
    pub(super) fn at(&mut self, time: i64) {
        (self.onset, self.since) = (time, 0);
    }

    /// A note, or what stands before one, begins with the next character.
    pub(super) fn note(&mut self, time: i64) {
        if self.between_endings {
            self.new_part();
        }
        self.at(time);
        let last = self.onsets[self.begin.1..].last();
        if last.is_none_or(|(last, _)| *last < time) && !self.is_long() {
            self.onsets.push((time, self.text.len()));
        }
    }

    /// Whether nothing has been written in this bar.
    pub(super) fn is_empty(&self) -> bool {
        self.text.len() == self.begin.0
    }

    fn is_long(&self) -> bool {
        self.text.len() - self.begin.0 >= LONGEST_BAR
    }

    /// The bar goes on with this symbol.
    pub(super) fn push(&mut self, symbol: u32) {
        self.since += 1;
        if self.is_long() {
            return;
        }
        let at = self.text.len() - self.begin.0;
        for (nth, back) in BACKS.into_iter().enumerate() {
            self.begins[nth] &= self.text_of(back).get(at) == Some(&symbol);
        }
        self.text.push(symbol);
    }

    /// The bar is over; only if it is full it counts and is remembered.
    pub(super) fn end(&mut self, length: i64, full: bool) {
        if full {
            for (nth, back) in BACKS.into_iter().enumerate() {
                let there = self.bar(back).is_some();
                self.whole[nth] = there && self.text_of(back) == &self.text[self.begin.0..];
            }
            self.remember(length);
            self.number += 1;
        }
        self.text.truncate(self.bars.last().map_or(0, |bar| bar.text.end));
        self.onsets.truncate(self.bars.last().map_or(0, |bar| bar.onsets.end));
        self.begin();
    }

    fn remember(&mut self, length: i64) {
        if self.text.len() > MOST {
            let Self { number, part, first_ending, .. } = *self;
            *self = Self { number, part, first_ending, ..Self::default() };
            return;
        }
        let (text, onsets) = self.begin;
        let bar = Bar { text: text..self.text.len(), onsets: onsets..self.onsets.len(), length };
        let nth = Some(self.bars.len());
        self.played.push(self.bars.len());
        self.bars.push(bar);
        if self.number < MOST_BARS {
            self.here.resize(self.here.len().max(self.number + 1), None);
            self.here[self.number] = nth;
        }
    }

    /// A repeat sign or a double bar; several in a row are one.
    pub(super) fn new_part(&mut self) {
        self.between_endings = false;
        self.first_ending = None;
        if self.number > 0 {
            self.before = std::mem::take(&mut self.here);
            (self.part, self.number) = (self.part + 1, 0);
        }
    }

    /// The end of what is repeated: behind a first ending the second one may follow.
    pub(super) fn repeat(&mut self) {
        if self.first_ending.is_some() && !self.between_endings {
            self.second_ending();
            self.between_endings = true;
        } else {
            self.new_part();
        }
    }

    /// An ending of this number begins.
    pub(super) fn ending(&mut self, number: u32) {
        if number > 1 {
            self.second_ending();
            self.between_endings = false;
        } else if self.first_ending.is_none() {
            self.first_ending = Some((self.number, self.played.len()));
        }
    }

    fn second_ending(&mut self) {
        if let Some((number, played)) = self.first_ending {
            self.number = number;
            self.played.truncate(played);
        }
    }

    fn bar(&self, back: Back) -> Option<&Bar> {
        let nth = match back {
            Back::Bars(back) => *self.played.get(self.played.len().checked_sub(back)?)?,
            Back::Part => {
                let of = |bars: &[Option<usize>]| bars.get(self.number).copied().flatten();
                of(&self.here).or_else(|| of(&self.before))?
            }
        };
        self.bars.get(nth)
    }

    fn text_of(&self, back: Back) -> &[u32] {
        self.bar(back).map_or(&[], |bar| &self.text[bar.text.clone()])
    }

    /// The value of a lookback.
    pub(super) fn lookback(&self, back: Back) -> u32 {
        let Some(bar) = self.bar(back) else { return 0 };
        let onsets = &self.onsets[bar.onsets.clone()];
        let Ok(nth) = onsets.binary_search_by_key(&self.onset, |(time, _)| *time) else {
            return if self.onset < bar.length { 1 } else { 2 };
        };
        let next = onsets[nth].1 + self.since;
        if next < bar.text.end { 3 + self.text[next] } else { 2 }
    }

    /// The value of an agreement.
    pub(super) fn agrees(&self, back: Back) -> u32 {
        let Some(nth) = BACKS.iter().position(|known| *known == back) else { return 0 };
        match self.bar(back) {
            Some(_) => 1 + u32::from(self.begins[nth]) + 2 * u32::from(self.whole[nth]),
            None => 0,
        }
    }
}
