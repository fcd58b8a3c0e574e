//! What a cell might follow: a label for each character, once it has been read.
//!
//! | of a tune | counted over | labels |
//! |---|---|---|
//! | header | all characters | header, music |
//! | position in the bar | music | unit notes from the bar line, as [`places`](crate::music::places) has them |
//! | beat | music | on a beat of the metre, between two |
//! | end of a part | music | in its last bar, before that |
//! | quotes | all characters | from an opening quotation mark up to the closing one, outside |
//!
//! Of another text: quotes, brackets, words, and where in its line a character stands.

use super::stretches::cut;
use super::subject::Subject;
use crate::music::abc::{Duration, Meter};
use crate::music::places::{Reader, inputs};
use num_traits::Zero;

/// A value of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Value {
    /// In words.
    pub name: String,
    /// Characters that have it.
    pub characters: usize,
}

/// Something that a cell may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Feature {
    /// A word or a few.
    pub name: &'static str,
    /// The values that occur, two or more.
    pub values: Vec<Value>,
    /// (T): the value of each character, once it is read; none where it says nothing.
    pub labels: Vec<Option<usize>>,
}

impl Feature {
    /// Characters that it says something of.
    pub fn characters(&self) -> usize {
        self.labels.iter().flatten().count()
    }
}

/// Names by number, before it is known which of them occur.
type Raw = (&'static str, Vec<String>, Vec<Option<usize>>);

/// The features of a text that change in it, and the names of those that do not.
pub(super) fn features(subject: &Subject) -> (Vec<Feature>, Vec<&'static str>) {
    let characters: Vec<char> = subject.text.chars().collect();
    let all = match subject.tune {
        Some(_) => of_tune(subject, &characters),
        None => of_text(&characters),
    };
    let (mut features, mut still) = (Vec::new(), Vec::new());
    for raw in all {
        let feature = occurring(raw);
        if feature.values.len() > 1 {
            features.push(feature);
        } else {
            still.push(feature.name);
        }
    }
    (features, still)
}

/// A feature with the values alone that some character has.
fn occurring((name, names, labels): Raw) -> Feature {
    let mut counts = vec![0; names.len()];
    labels.iter().flatten().for_each(|&label| counts[label] += 1);
    let mut places = vec![None; names.len()];
    let mut values = Vec::new();
    for (at, (name, characters)) in names.into_iter().zip(counts).enumerate() {
        if characters > 0 {
            places[at] = Some(values.len());
            values.push(Value { name, characters });
        }
    }
    let labels = labels.into_iter().map(|label| places[label?]).collect();
    Feature { name, values, labels }
}

fn either(name: &'static str, names: [&str; 2], labels: Vec<Option<bool>>) -> Raw {
    let labels = labels.into_iter().map(|label| label.map(usize::from)).collect();
    (name, names.map(str::to_owned).to_vec(), labels)
}

fn of_tune(subject: &Subject, characters: &[char]) -> Vec<Raw> {
    let positions = positions(characters);
    let in_music = |at: usize| at >= subject.header;
    let position = |at: usize| positions[at].filter(|_| in_music(at));
    let each = |label: &dyn Fn(usize) -> Option<bool>| (0..characters.len()).map(label).collect();
    let header = each(&|at| Some(in_music(at)));
    let beat = each(&|at| Some(!on_beat(subject, position(at)?)?));
    let mut ends = vec![None; characters.len()];
    for stretch in cut(subject).into_iter().filter(|stretch| subject.has_bars() && !stretch.header)
    {
        ends[stretch.characters].fill(Some(!stretch.ends_part));
    }
    let unit_notes = |quarters: usize| format!("{}", quarters as f64 / 4.0);
    vec![
        either("header", ["header", "music"], header),
        (
            "position in the bar",
            (0..64).map(unit_notes).collect(),
            (0..characters.len()).map(position).collect(),
        ),
        either("beat", ["on it", "between"], beat),
        either("end of a part", ["in its last bar", "before that"], ends),
        either("quotes", ["inside", "outside"], quotes(characters)),
    ]
}

/// Quarters of the unit note from the bar line to the note that each character belongs to.
fn positions(characters: &[char]) -> Vec<Option<usize>> {
    let known: Vec<(String, usize)> = inputs(1)
        .into_iter()
        .filter(|(name, _)| ["field", "position"].contains(&name.as_str()))
        .collect();
    let mut reader = Reader::new(&known, 1).expect("two of its own inputs");
    let mut now = [0; 2];
    let mut position = |&c: &char| {
        reader.push(c, 0);
        reader.fill(&mut now);
        let [field, position] = now;
        (field == MUSIC).then_some(position as usize)
    };
    characters.iter().map(&mut position).collect()
}

/// What `field` is in music.
const MUSIC: u32 = 27;

/// Whether so many quarters of the unit note are whole beats of the metre that the tune begins in.
fn on_beat(subject: &Subject, quarters: usize) -> Option<bool> {
    let tune = subject.tune.as_ref()?;
    let meter: Meter = tune.meter?;
    let parts = if meter.is_compound() { 3 } else { 1 };
    let beat = Duration::new(parts, i64::from(meter.unit));
    let time = Duration::new(quarters as i64, 4) * tune.unit;
    Some((time % beat).is_zero())
}

/// Whether each character stands inside quotation marks, which a line feed ends: the opening one
/// does, the closing one does no longer.
fn quotes(characters: &[char]) -> Vec<Option<bool>> {
    let mut inside = false;
    let mut outside = |&c: &char| {
        inside = match c {
            '"' => !inside,
            '“' => true,
            '”' | '\n' => false,
            _ => inside,
        };
        Some(!inside)
    };
    characters.iter().map(&mut outside).collect()
}

fn of_text(characters: &[char]) -> Vec<Raw> {
    let mut depth = 0usize;
    let mut outside = |&c: &char| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(depth == 0)
    };
    let brackets = characters.iter().map(&mut outside).collect();
    let words = characters.iter().map(|c| Some(!c.is_alphanumeric())).collect();
    // 0 behind a line feed, then 1, 2 to 3, 4 to 7 and so on
    let mut column = 0u32;
    let mut place = |&c: &char| {
        column = if c == '\n' { 0 } else { column + 1 };
        Some((u32::BITS - column.leading_zeros()) as usize)
    };
    let columns = characters.iter().map(&mut place).collect();
    let from = |at: u32| match at {
        0 | 1 => at.to_string(),
        _ => format!("{} to {}", 1u32 << (at - 1), (1u64 << at) - 1),
    };
    vec![
        either("quotes", ["inside", "outside"], quotes(characters)),
        either("brackets", ["inside", "outside"], brackets),
        either("words", ["inside", "between"], words),
        ("position in the line", (0..=u32::BITS).map(from).collect(), columns),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Subject;
    use super::{Feature, features};
    use crate::learn::manner::Manner;
    use crate::learn::text::Vocabulary;
    use crate::music::abc::written;

    /// A line below the text: the first letter of each value's name, or a blank.
    fn drawn(feature: &Feature) -> String {
        let letter = |at: usize| feature.values[at].name.chars().next();
        feature.labels.iter().map(|label| label.and_then(letter).unwrap_or(' ')).collect()
    }

    fn check(subject: &Subject, expected: &[(&str, &str)], still: &[&str]) {
        let (features, names) = features(subject);
        let drawn: Vec<_> = features.iter().map(|f| (f.name, drawn(f))).collect();
        assert_eq!(drawn, expected.iter().map(|(n, d)| (*n, (*d).to_owned())).collect::<Vec<_>>());
        assert_eq!(names, still);
        for feature in &features {
            let sum: usize = feature.values.iter().map(|value| value.characters).sum();
            assert_eq!(sum, feature.characters(), "{}", feature.name);
        }
    }

    #[test]
    fn the_characters_of_a_tune_are_labelled_once_they_are_read() {
        let text = "X:1\nM:2/4\nL:1/8\nK:G\nGA\"D\"B2|G4|]\n\n";
        let vocabulary = Vocabulary::of(text);
        let tune = written(text).next().expect("a tune");
        let subject = Subject::tune(&tune, &vocabulary, &Manner::plain());
        let expected = [
            ("header", "hhhhhhhhhhhhhhhhhhhhmmmmmmmmmmmmmm"),
            ("position in the bar", "                    0122222000000 "),
            ("beat", "                    obooooooooooo "),
            ("end of a part", "                    bbbbbbbbiiiiii"),
            ("quotes", "ooooooooooooooooooooooiioooooooooo"),
        ];
        check(&subject, &expected, &[]);
    }

    #[test]
    fn the_characters_of_another_text_are_labelled_too() {
        let expected =
            [("quotes", "oiiiooo"), ("words", "bbiibbi"), ("position in the line", "1224401")];
        check(
            &Subject::text("a", " \"ab\"\nc", &Vocabulary::of(" \"abc\n")),
            &expected,
            &["brackets"],
        );
    }
}
