//! A text cut into what is counted together: bars of a tune, lines of another text.

use super::reading::Reading;
use super::subject::Subject;
use crate::music::abc::{Bar, Meter, Position, Tune};
use std::ops::Range;

/// Some characters in a row, and what they cost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stretch {
    /// `header`, `upbeat to bar 1`, `bar 5`, `line 3`.
    pub name: String,
    /// Which characters, from 0.
    pub characters: Range<usize>,
    /// It stands before the music.
    pub header: bool,
    /// It is a bar that ends a part, as the last one does.
    pub ends_part: bool,
    /// The losses of its characters, in nats.
    pub nats: f64,
}

/// The stretches of a text, of which each begins where the one before ends, with their sums.
pub(super) fn stretches(subject: &Subject, reading: &Reading) -> Vec<Stretch> {
    let mut stretches = cut(subject);
    for stretch in &mut stretches {
        stretch.nats = reading.sum(stretch.characters.clone());
    }
    stretches
}

/// The same without their sums.
pub(super) fn cut(subject: &Subject) -> Vec<Stretch> {
    let characters: Vec<char> = subject.text.chars().collect();
    let stretch = |name, characters| {
        let (header, ends_part, nats) = (false, false, 0.0);
        Stretch { name, characters, header, ends_part, nats }
    };
    let Some(tune) = subject.tune.as_ref().filter(|_| subject.has_bars()) else {
        let mut begin = 0;
        let lines = characters.split_inclusive(|c| *c == '\n').enumerate();
        return lines
            .map(|(at, line)| {
                begin += line.len();
                stretch(format!("line {}", at + 1), begin - line.len()..begin)
            })
            .collect();
    };
    let header = stretch("header".to_owned(), 0..subject.header);
    let header = (subject.header > 0).then_some(Stretch { header: true, ..header });
    let mut stretches: Vec<Stretch> = header.into_iter().collect();
    let begins = beginnings(tune, &characters, subject);
    let ends = begins.iter().skip(1).copied().chain([characters.len()]);
    for (((&begin, end), bar), name) in begins.iter().zip(ends).zip(&tune.bars).zip(names(tune)) {
        let ends_part = bar.right.divides() || end == characters.len();
        stretches.push(Stretch { ends_part, ..stretch(name, begin..end) });
    }
    stretches
}

/// What the bars are called: those that are too short and begin a part have no number.
fn names(tune: &Tune) -> Vec<String> {
    let full = tune.meter.map(Meter::bar);
    let mut number = 0;
    let mut begins_part = true;
    let mut name = |bar: &Bar| {
        let short = full.is_some_and(|full| bar.duration < full) && bar.ending.is_none();
        let upbeat = short && begins_part;
        begins_part = bar.right.divides();
        if upbeat {
            return format!("upbeat to bar {}", number + 1);
        }
        number += 1;
        format!("bar {number}")
    };
    tune.bars.iter().map(&mut name).collect()
}

/// The character with which each bar begins: behind the signs of the bar line before it and the
/// blanks and line feeds there.
fn beginnings(tune: &Tune, characters: &[char], subject: &Subject) -> Vec<usize> {
    let mut lines = vec![0];
    let ends = characters.iter().enumerate().filter(|(_, c)| **c == '\n');
    lines.extend(ends.map(|(at, _)| at + 1));
    let place = |at: Position| {
        let line = at.line.checked_sub(1).and_then(|line| lines.get(line));
        line.map_or(characters.len(), |line| (line + at.column - 1).min(characters.len()))
    };
    let mut begins = vec![subject.header];
    for two in tune.bars.windows(2) {
        let last = two[0].events.last().map_or(two[0].at, |event| event.at);
        let (last, next) = (place(last), place(two[1].at));
        let begin = behind_signs(characters, last, next.max(last));
        begins.push(begin.max(*begins.last().unwrap_or(&0)));
    }
    begins
}

/// Where the bar begins that comes behind the one whose last note stands at `last`; its own first
/// note stands at `next`.
fn behind_signs(characters: &[char], last: usize, next: usize) -> usize {
    let mut within = None; // "chord", !trill!, {grace}: no bar sign stands there
    let mut at = last;
    while at < next {
        match (within, characters[at]) {
            (Some(end), c) if c == end => within = None,
            (Some(_), _) => {}
            (None, c @ ('"' | '!')) => within = Some(c),
            (None, '{') => within = Some('}'),
            (None, '|' | ':') => break,
            _ => {}
        }
        at += 1;
    }
    if at == next {
        return next; // an ending without a bar line
    }
    let skipped = |from: usize, is: &dyn Fn(char) -> bool| {
        from + characters[from..next].iter().take_while(|c| is(**c)).count()
    };
    // what opens a repeat behind a blank is the next bar's
    skipped(skipped(at, &|c| "|:]".contains(c)), &char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::super::Subject;
    use super::cut;
    use crate::learn::manner::Manner;
    use crate::learn::text::Vocabulary;
    use crate::music::abc::written;

    #[test]
    fn bars_are_cut_behind_their_signs_and_upbeats_have_no_number() {
        let text = "M:6/8\n\nX:1\nK:G\n|:\"A|m\"D|GAB [DG]2d|1 g3 !f!g2:|2 {a|b}g3 g3||\n\
                    P:B\n|:G3 G2D:|\n|:G6|]\n\n";
        let vocabulary = Vocabulary::of(text);
        let tune = written(text).next().expect("a tune");
        let subject = Subject::tune(&tune, &vocabulary, &Manner::plain());
        let characters: Vec<char> = subject.text.chars().collect();
        let parts: Vec<(String, String, bool)> = cut(&subject)
            .into_iter()
            .map(|part| (part.name, characters[part.characters].iter().collect(), part.ends_part))
            .collect();
        let expected = [
            ("header", "X:1\nK:G\n", false),
            ("upbeat to bar 1", "|:\"A|m\"D|", false),
            ("bar 1", "GAB [DG]2d|", false),
            ("bar 2", "1 g3 !f!g2:|", true),
            ("bar 3", "2 {a|b}g3 g3||\n", true),
            ("bar 4", "P:B\n|:G3 G2D:|\n", true),
            ("bar 5", "|:G6|]\n\n", true),
        ];
        assert_eq!(parts, expected.map(|(name, text, ends)| (name.into(), text.into(), ends)));
        let vocabulary = Vocabulary::of("one two\n");
        let lines = cut(&Subject::text("a", "one\n\ntwo", &vocabulary));
        let lines: Vec<_> = lines.into_iter().map(|line| (line.name, line.characters)).collect();
        let expected = [("line 1", 0..4), ("line 2", 4..5), ("line 3", 5..8)];
        assert_eq!(lines, expected.map(|(name, range)| (name.to_owned(), range)));
        assert!(cut(&Subject::text("a", "", &vocabulary)).is_empty());
    }
}
