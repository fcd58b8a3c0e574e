//! Notes, chords, rests and grace notes as elements.

use super::attributes::STEPS;
use super::lengths::{Value, odd_part};
use super::marks::write_notation;
use super::sheet::Sheet;
use crate::music::abc::{Duration, Event, Pitch, checked_add};

/// A note of a chord, or a rest, as it is drawn.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    /// `None` for a rest.
    pub(super) pitch: Option<Pitch>,
    /// It sounds with the note before it.
    pub(super) in_chord: bool,
    pub(super) value: &'a Value,
    /// In divisions.
    pub(super) duration: i64,
    /// Held from the note before it; goes on into the next.
    pub(super) tied: [bool; 2],
    pub(super) accidental: Option<&'static str>,
    /// The bracket of its tuplet begins; ends.
    pub(super) tuplet: [bool; 2],
    /// The names of its decorations.
    pub(super) decorations: &'a [&'a str],
}

const ENDS: [&str; 2] = ["stop", "start"];

impl<'a> Drawn<'a> {
    /// `octaves` are those that its clef adds.
    pub(super) fn write(&self, sheet: &mut Sheet, octaves: i8) {
        sheet.element("note", &[], |sheet| {
            if self.in_chord {
                sheet.empty("chord", &[]);
            }
            match self.pitch {
                Some(pitch) => write_pitch(sheet, pitch, octaves),
                None => sheet.empty("rest", &[]),
            }
            sheet.text("duration", &[], self.duration);
            self.ties().for_each(|end| sheet.empty("tie", &[("type", end)]));
            sheet.text("voice", &[], 1);
            sheet.text("type", &[], self.value.kind);
            (0..self.value.dots).for_each(|_| sheet.empty("dot", &[]));
            self.accidental.iter().for_each(|sign| sheet.text("accidental", &[], sign));
            if let Some((actual, normal)) = self.value.ratio {
                sheet.element("time-modification", &[], |sheet| {
                    sheet.text("actual-notes", &[], actual);
                    sheet.text("normal-notes", &[], normal);
                });
            }
            if self.has_notations() {
                sheet.element("notations", &[], |sheet| self.write_notations(sheet));
            }
        });
    }

    /// Another note of its chord; what is written once stands at the first.
    pub(super) fn beside(self) -> Self {
        Self { in_chord: true, tuplet: [false; 2], decorations: &[], ..self }
    }

    fn ties(&self) -> impl Iterator<Item = &'static str> {
        ENDS.into_iter().zip(self.tied).filter_map(|(end, tied)| tied.then_some(end))
    }

    fn has_notations(&self) -> bool {
        self.tied != [false; 2] || self.tuplet != [false; 2] || !self.decorations.is_empty()
    }

    fn write_notations(&self, sheet: &mut Sheet) {
        self.ties().for_each(|end| sheet.empty("tied", &[("type", end)]));
        for (end, _) in ["start", "stop"].iter().zip(self.tuplet).filter(|(_, there)| *there) {
            sheet.empty("tuplet", &[("type", end), ("number", "1")]);
        }
        self.decorations.iter().for_each(|name| write_notation(sheet, name));
    }
}

/// A rest that fills so many divisions, all of its measure.
pub(super) fn write_measure_rest(sheet: &mut Sheet, duration: i64, decorations: &[&str]) {
    sheet.element("note", &[], |sheet| {
        sheet.empty("rest", &[("measure", "yes")]);
        sheet.text("duration", &[], duration);
        sheet.text("voice", &[], 1);
        if !decorations.is_empty() {
            sheet.element("notations", &[], |sheet| {
                decorations.iter().for_each(|name| write_notation(sheet, name));
            });
        }
    });
}

/// A grace note, one of so many; those `after` a note take their time from it.
pub(super) fn write_grace(
    sheet: &mut Sheet,
    pitch: Pitch,
    accidental: Option<&str>,
    (of, after): (usize, bool),
    octaves: i8,
) {
    let steals = ("steal-time-previous", "25");
    sheet.element("note", &[], |sheet| {
        sheet.empty("grace", if after { std::slice::from_ref(&steals) } else { &[] });
        write_pitch(sheet, pitch, octaves);
        sheet.text("voice", &[], 1);
        sheet.text("type", &[], if of == 1 { "eighth" } else { "16th" });
        accidental.iter().for_each(|sign| sheet.text("accidental", &[], sign));
    });
}

fn write_pitch(sheet: &mut Sheet, pitch: Pitch, octaves: i8) {
    sheet.element("pitch", &[], |sheet| {
        sheet.text("step", &[], STEPS[usize::from(pitch.letter % 7)]);
        if pitch.alter != 0 {
            sheet.text("alter", &[], pitch.alter);
        }
        sheet.text("octave", &[], pitch.octave + octaves);
    });
}

/// For each event of a measure whether the bracket of a tuplet begins and ends with it. A tuplet
/// that goes on beyond the measure has a bracket in each; lengths such as `A2/3` make one as long
/// as they do not add up to plain ones.
pub(super) fn brackets(events: &[Event], values: &[Vec<Value>]) -> Vec<[bool; 2]> {
    let ratio = |at: usize| values.get(at).and_then(|values| values.first()?.ratio);
    let mut brackets = vec![[false; 2]; events.len()];
    let mut open = Duration::ZERO; // how much the open bracket has, if there is one
    let mut begins = true;
    for (at, event) in events.iter().enumerate() {
        let Some(own) = ratio(at) else {
            begins = true;
            continue;
        };
        if begins {
            open = Duration::ZERO;
        }
        open = checked_add(open, event.duration).unwrap_or(event.duration);
        let ends = match (event.tuplet, events.get(at + 1).and_then(|next| next.tuplet)) {
            (Some(tuplet), next) => next.is_none_or(|next| next.index != tuplet.index + 1),
            (None, Some(_)) => true,
            (None, None) => ratio(at + 1) != Some(own) || odd_part(*open.denom()) == 1,
        };
        brackets[at] = [begins, ends];
        begins = ends;
    }
    brackets
}
