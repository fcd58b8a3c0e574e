//! Tunes as MusicXML 4.0, for programs that engrave: MuseScore, Dorico, Sibelius.
//!
//! It is the tune as it is written, not as it is played: repeats are signs, the rhythm does not
//! swing. One part, one voice. What its signs mean is what the reader takes them to mean: a `:|` that
//! goes back to a double bar line gets its `|:` there, an order of parts (`P:AABB`) is repeats as far
//! as it can be, and the one jump that is followed (D.C. and the like) stands where it is heard, with
//! what programs that play need. Signs that are passed over stand in it as words alone. Durations
//! are exact: a quarter note has so many divisions that every length is a whole number of them.
//!
//! `lengths` draws lengths as note values, `measures` makes measures of bars and says where players
//! turn back, `ties` which notes are held, `accidentals` which signs a page must show. `notes`,
//! `marks`, `attributes`, `barlines` and `head` write their elements, `symbols` chooses the chord
//! symbols, `sheet` is the XML. Read `score` first, which goes through a tune from left to right.

mod accidentals;
mod attributes;
mod barlines;
mod head;
mod lengths;
mod marks;
mod measures;
mod notes;
mod score;
mod sheet;
mod symbols;
mod ties;

use super::Instrument;
use crate::music::abc::{Duration, Form, Performance, Position, Problem, Tune};
use measures::jumps_in_tuplet;
use score::Score;
use sheet::Sheet;
pub use symbols::Symbols;

/// A tune as a file for programs that engrave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MusicXml {
    /// The file, UTF-8. The same tune is the same bytes.
    pub bytes: Vec<u8>,
    /// What of the tune it cannot say as it is played.
    pub notices: Vec<Problem>,
}

/// A tune as MusicXML; `performance` is the tune's, as it is played by `melody`.
///
/// ```
/// use hornpipe::music::{abc, render};
///
/// let tune = abc::read("X:1\nT:Two\nM:2/4\nL:1/8\nK:G\n|:GABc|d4:|\n");
/// let performance = render::play(&tune)?;
/// let whistle = render::Instrument::Whistle;
/// let file = render::musicxml(&tune, &performance, whistle, render::Symbols::Written)?;
/// let text = String::from_utf8(file.bytes).unwrap();
/// assert!(text.contains("<work-title>Two</work-title>"));
/// assert_eq!(text.matches("<note>").count(), 5); // the repeat is a sign
/// assert!(text.contains("<repeat direction=\"backward\"/>"));
/// # Ok::<(), hornpipe::music::abc::Problem>(())
/// ```
///
/// # Errors
/// A tune without a note, with lengths that no note value draws or no division of a quarter note
/// holds in 32 bits, or with more than 100,000 measures: what is wrong and where.
pub fn musicxml(
    tune: &Tune,
    performance: &Performance,
    melody: Instrument,
    symbols: Symbols,
) -> Result<MusicXml, Problem> {
    let form = Form::of(tune);
    let score = Score::new(tune, &form, performance, symbols)?;
    let mut sheet = Sheet::new();
    sheet.element("score-partwise", &[("version", "4.0")], |sheet| {
        head::head(sheet, tune, melody);
        sheet.element("part", &[("id", "P1")], |sheet| score.write(sheet));
    });
    let at = tune.bars.first().map_or(Position { line: 1, column: 1 }, |bar| bar.at);
    let notice = |message: &str| Problem { at, message: message.to_owned() };
    let mut notices = Vec::new();
    if !form.is_whole {
        notices.push(notice(
            "no sign of MusicXML says in which order P: has the parts played; their names stand in \
             the score, and the order above it",
        ));
    }
    if jumps_in_tuplet(tune, &form) {
        notices.push(notice("a jump inside a tuplet; the score has it at a bar line"));
    }
    Ok(MusicXml { bytes: sheet.finish(), notices })
}
