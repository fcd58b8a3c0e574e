//! What stands above the music: titles, who made it, the part.

use super::sheet::Sheet;
use crate::music::abc::Tune;
use crate::music::render::Instrument;

/// Header fields that MusicXML has no element for, and what the standard (2.1, section 3) calls
/// them.
const OTHERS: [(char, &str); 9] = [
    ('R', "rhythm"),
    ('O', "origin"),
    ('B', "book"),
    ('D', "discography"),
    ('F', "file url"),
    ('G', "group"),
    ('H', "history"),
    ('N', "notes"),
    ('A', "area"),
];

/// Everything before the first measure.
pub(super) fn head(sheet: &mut Sheet, tune: &Tune, melody: Instrument) {
    let all = |letter| {
        let fields = tune.headers.iter().filter(move |(other, _)| *other == letter);
        fields.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    };
    let (number, title) = (all('X').next(), all('T').next());
    if number.or(title).is_some() {
        sheet.element("work", &[], |sheet| {
            number.into_iter().for_each(|text| sheet.text("work-number", &[], text));
            title.into_iter().for_each(|text| sheet.text("work-title", &[], text));
        });
    }
    let others: Vec<&str> = all('T').skip(1).collect();
    if !others.is_empty() {
        sheet.text("movement-title", &[], others.join("; "));
    }
    sheet.element("identification", &[], |sheet| {
        for (letter, of) in [('C', "composer"), ('Z', "transcriber")] {
            all(letter).for_each(|text| sheet.text("creator", &[("type", of)], text));
        }
        sheet.element("encoding", &[], encoding);
        let sources: Vec<&str> = all('S').collect();
        if !sources.is_empty() {
            sheet.text("source", &[], sources.join("; "));
        }
        let known = |letter: char| OTHERS.iter().find(|other| other.0 == letter);
        let mut others = tune.headers.iter().filter_map(|(letter, text)| {
            known(*letter).filter(|_| !text.is_empty()).map(|(_, name)| (name, text))
        });
        if let Some(first) = others.next() {
            sheet.element("miscellaneous", &[], |sheet| {
                for (name, text) in std::iter::once(first).chain(others) {
                    sheet.text("miscellaneous-field", &[("name", name)], text);
                }
            });
        }
    });
    sheet.element("part-list", &[], |sheet| part(sheet, melody));
}

/// Who wrote the file, without a date: the same tune is the same bytes. Beams are left to who reads
/// it: the text does not say more of them than the metre does.
fn encoding(sheet: &mut Sheet) {
    sheet.text("software", &[], concat!("hornpipe ", env!("CARGO_PKG_VERSION")));
    sheet.empty("supports", &[("element", "accidental"), ("type", "yes")]);
    sheet.empty("supports", &[("element", "beam"), ("type", "no")]);
}

/// The one part; who plays it is heard, not printed beside the staff.
fn part(sheet: &mut Sheet, melody: Instrument) {
    sheet.element("score-part", &[("id", "P1")], |sheet| {
        sheet.text("part-name", &[("print-object", "no")], melody.name());
        sheet.element("score-instrument", &[("id", "P1-I1")], |sheet| {
            sheet.text("instrument-name", &[], melody.name());
        });
        sheet.element("midi-instrument", &[("id", "P1-I1")], |sheet| {
            sheet.text("midi-channel", &[], 1);
            sheet.text("midi-program", &[], melody.program() + 1);
        });
    });
}
