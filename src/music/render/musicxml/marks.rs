//! What is written at notes: chord symbols, words, decorations.

use super::sheet::{Attributes, Sheet};
use crate::music::abc::{Form, Mark};
use crate::music::render::chord::{Root, Symbol};

/// A decoration at a note: its name, the group that MusicXML has it in (none for those that stand
/// alone), its element and what that says.
type Notation = (&'static str, &'static str, &'static str, Attributes<'static>);

/// The decorations of the standard (2.1, 4.14) that belong to a note. Rolls have no sign in
/// MusicXML; a turn is what they are written as on paper.
#[rustfmt::skip]
const NOTATIONS: [Notation; 32] = [
    ("trill", "ornaments", "trill-mark", &[]),
    ("trill(", "ornaments", "wavy-line", &[("type", "start"), ("number", "1")]),
    ("trill)", "ornaments", "wavy-line", &[("type", "stop"), ("number", "1")]),
    ("lowermordent", "ornaments", "mordent", &[]),
    ("mordent", "ornaments", "mordent", &[]),
    ("uppermordent", "ornaments", "inverted-mordent", &[]),
    ("pralltriller", "ornaments", "inverted-mordent", &[]),
    ("roll", "ornaments", "turn", &[]),
    ("turn", "ornaments", "turn", &[]),
    ("turnx", "ornaments", "turn", &[("slash", "yes")]),
    ("invertedturn", "ornaments", "inverted-turn", &[]),
    ("invertedturnx", "ornaments", "inverted-turn", &[("slash", "yes")]),
    ("staccato", "articulations", "staccato", &[]),
    ("accent", "articulations", "accent", &[]),
    ("emphasis", "articulations", "accent", &[]),
    (">", "articulations", "accent", &[]),
    ("^", "articulations", "strong-accent", &[]),
    ("marcato", "articulations", "strong-accent", &[]),
    ("tenuto", "articulations", "tenuto", &[]),
    ("wedge", "articulations", "staccatissimo", &[]),
    ("slide", "articulations", "scoop", &[]),
    ("breath", "articulations", "breath-mark", &[]),
    ("upbow", "technical", "up-bow", &[]),
    ("downbow", "technical", "down-bow", &[]),
    ("open", "technical", "open-string", &[]),
    ("thumb", "technical", "thumb-position", &[]),
    ("snap", "technical", "snap-pizzicato", &[]),
    ("plus", "technical", "stopped", &[]),
    ("+", "technical", "stopped", &[]),
    ("arpeggio", "", "arpeggiate", &[]),
    ("fermata", "", "fermata", &[("type", "upright")]),
    ("invertedfermata", "", "fermata", &[("type", "inverted")]),
];

/// Those that stand between notes, each with its element.
#[rustfmt::skip]
const DIRECTIONS: [(&str, &str, Attributes<'static>); 14] = [
    ("crescendo(", "wedge", &[("type", "crescendo")]),
    ("<(", "wedge", &[("type", "crescendo")]),
    ("crescendo)", "wedge", &[("type", "stop")]),
    ("<)", "wedge", &[("type", "stop")]),
    ("diminuendo(", "wedge", &[("type", "diminuendo")]),
    (">(", "wedge", &[("type", "diminuendo")]),
    ("diminuendo)", "wedge", &[("type", "stop")]),
    (">)", "wedge", &[("type", "stop")]),
    ("segno", "segno", &[]),
    ("Segno", "segno", &[]),
    ("𝄋", "segno", &[]),
    ("coda", "coda", &[]),
    ("Coda", "coda", &[]),
    ("𝄌", "coda", &[]),
];

const DYNAMICS: [&str; 11] =
    ["p", "pp", "ppp", "pppp", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"];

/// Whether chord symbols are written where the tune has them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChordSymbols {
    Written,
    LeftOut,
}

/// Writes what stands before a note, or at the end of a measure. What belongs to the note itself is
/// left to [`write_notations`].
pub(super) fn write_direction(sheet: &mut Sheet, mark: &Mark, chords: ChordSymbols) {
    match mark {
        Mark::Chord(text) => match (Symbol::parse(text), chords) {
            (Some(_), ChordSymbols::LeftOut) => {}
            (Some(symbol), _) => write_harmony(sheet, &symbol, None),
            (None, _) => write_words(sheet, Some("above"), text, &[]),
        },
        Mark::Text(text) => {
            let (placement, words) = placed(text);
            write_words(sheet, placement, words, &[]);
        }
        Mark::Decoration(name) => {
            if let Some((_, element, says)) = DIRECTIONS.iter().find(|known| known.0 == name) {
                write_sign(sheet, element, says, &[]);
            } else if DYNAMICS.contains(&name.as_str()) {
                direction(sheet, Some("below"), &[], |sheet| {
                    sheet.element("dynamics", &[], |sheet| sheet.empty(name, &[]));
                });
            } else if Form::is_sign(mark) {
                write_words(sheet, Some("above"), name, &[]);
            }
        }
    }
}

/// Whether a mark belongs to the note that it stands at.
pub(super) fn is_notation(mark: &Mark) -> bool {
    let Mark::Decoration(name) = mark else { return false };
    let between = DIRECTIONS.iter().any(|known| known.0 == name);
    !between && !DYNAMICS.contains(&name.as_str()) && !Form::is_sign(mark)
}

/// Writes a decoration inside the `notations` of its note; one that nobody knows keeps its name.
pub(super) fn write_notation(sheet: &mut Sheet, name: &str) {
    if let ("0" | "1" | "2" | "3" | "4" | "5", fingering) = (name, name) {
        sheet.element("technical", &[], |sheet| sheet.text("fingering", &[], fingering));
        return;
    }
    match NOTATIONS.iter().find(|known| known.0 == name) {
        Some((_, "", element, says)) => sheet.empty(element, says),
        Some((_, group, element, says)) => {
            sheet.element(group, &[], |sheet| sheet.empty(element, says));
        }
        None => sheet.text("other-notation", &[("type", "single")], name),
    }
}

/// What words say without the sign of their place, and that place.
fn placed(text: &str) -> (Option<&'static str>, &str) {
    let rest = text.get(1..).unwrap_or_default();
    match text.chars().next() {
        Some('^') => (Some("above"), rest),
        Some('_') => (Some("below"), rest),
        Some('<' | '>') => (None, rest),
        // "@10,-5 words" stand beside the note by so many points
        Some('@') => {
            let number = |c: char| c.is_ascii_digit() || ",.-".contains(c);
            (None, rest.trim_start_matches(number).trim_start())
        }
        _ => (Some("above"), text),
    }
}

/// Words, and what they ask of a program that plays.
pub(super) fn write_words(
    sheet: &mut Sheet,
    placement: Option<&str>,
    words: &str,
    sound: Attributes,
) {
    if !words.trim().is_empty() {
        direction(sheet, placement, sound, |sheet| sheet.text("words", &[], words));
    }
}

/// A sign such as a segno, and what it asks of a program that plays.
pub(super) fn write_sign(sheet: &mut Sheet, element: &str, says: Attributes, sound: Attributes) {
    direction(sheet, Some("above"), sound, |sheet| sheet.empty(element, says));
}

/// The name of a part in a box.
pub(super) fn write_part(sheet: &mut Sheet, name: char) {
    direction(sheet, Some("above"), &[], |sheet| sheet.text("rehearsal", &[], name));
}

fn direction(
    sheet: &mut Sheet,
    placement: Option<&str>,
    sound: Attributes,
    inside: impl FnOnce(&mut Sheet),
) {
    let placement = placement.map(|place| ("placement", place));
    sheet.element("direction", placement.as_slice(), |sheet| {
        sheet.element("direction-type", &[], inside);
        if !sound.is_empty() {
            sheet.empty("sound", sound);
        }
    });
}

/// A chord symbol, so many divisions after the note before which it is written.
pub(super) fn write_harmony(sheet: &mut Sheet, symbol: &Symbol, offset: Option<i64>) {
    sheet.element("harmony", &[], |sheet| {
        sheet.element("root", &[], |sheet| write_root(sheet, "root", symbol.root));
        sheet.text("kind", &[("text", symbol.quality)], symbol.kind);
        if let Some(bass) = symbol.bass {
            sheet.element("bass", &[], |sheet| write_root(sheet, "bass", bass));
        }
        offset.iter().for_each(|offset| sheet.text("offset", &[], offset));
    });
}

fn write_root(sheet: &mut Sheet, what: &str, root: Root) {
    sheet.text(&format!("{what}-step"), &[], root.letter);
    if root.alter != 0 {
        sheet.text(&format!("{what}-alter"), &[], root.alter);
    }
}
