//! Writing the bars of the canonical form.

use num_traits::{One, Zero};

use super::accidentals::Accidentals;
use super::form::{CanonicalBar, Note, Reason, Section};
use crate::music::abc::{self, Duration, Meter, Tuplet};

/// Bars on a line, upbeats not counted.
const BARS_A_LINE: usize = 4;

/// The music of a tune, one line feed at the end of each line.
pub(super) fn write_block(
    sections: &[Section],
    meter: Meter,
    signature: [i8; 7],
) -> Result<String, Reason> {
    let mut lines = Lines { text: String::new(), bars: 0, meter, signature };
    for (at, section) in sections.iter().enumerate() {
        let last = at + 1 == sections.len();
        let end = if last { "|]" } else { "||" };
        if let Some(before) = &section.before {
            lines.bar(before, true)?;
        }
        if section.repeated {
            lines.text += "|:";
        }
        match &section.endings {
            None => lines.bars(&section.body, if section.repeated { ":|" } else { end })?,
            Some([first, second]) => {
                lines.bars(&section.body, "|")?;
                lines.ending(1, false);
                lines.bars(first, ":|")?;
                lines.ending(2, first.len() >= BARS_A_LINE);
                lines.bars(second, end)?;
            }
        }
        lines.end_line();
    }
    Ok(lines.text)
}

/// The text so far and how many bars its last line has.
struct Lines {
    text: String,
    bars: usize,
    meter: Meter,
    signature: [i8; 7],
}

impl Lines {
    /// Writes bars with `|` between them and `end` after the last one.
    fn bars(&mut self, bars: &[CanonicalBar], end: &str) -> Result<(), Reason> {
        for (at, bar) in bars.iter().enumerate() {
            // A short bar before others is an upbeat.
            let is_upbeat = at == 0 && bar.duration < self.meter.bar() && bars.len() > 1;
            self.bar(bar, is_upbeat)?;
            let is_last = at + 1 == bars.len();
            self.text += if is_last { end } else { "|" };
            if !is_last && self.bars == BARS_A_LINE {
                self.end_line();
            }
        }
        Ok(())
    }

    /// Writes the notes of a bar; those of an upbeat stand at the end of a full one.
    fn bar(&mut self, bar: &CanonicalBar, is_upbeat: bool) -> Result<(), Reason> {
        let begin = if is_upbeat {
            abc::checked_sub(self.meter.bar(), bar.duration)
        } else {
            Some(Duration::zero())
        };
        let begin = begin.ok_or(Reason::OddLength)?;
        self.text += &write_bar(bar, begin, self.meter, self.signature)?;
        self.bars += usize::from(!is_upbeat);
        Ok(())
    }

    /// Begins an ending after a bar line: `|1 `, or `[1 ` on a new line where the line is full or
    /// the ending is `long`.
    fn ending(&mut self, number: u32, long: bool) {
        if long || (self.bars >= BARS_A_LINE && number == 1) {
            self.end_line();
            self.text.push('[');
        }
        self.text += &format!("{number} ");
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.bars = 0;
    }
}

/// The notes of a bar whose first note is `begin` after the place of a full bar's first note.
fn write_bar(
    bar: &CanonicalBar,
    begin: Duration,
    meter: Meter,
    signature: [i8; 7],
) -> Result<String, Reason> {
    let wrong = Reason::WrongBar(bar.number);
    if !has_whole_tuplets(&bar.notes) {
        return Err(Reason::OddLength); // they go on over the bar line
    }
    let mut text = String::new();
    let mut accidentals = Accidentals::new(signature);
    let mut position = begin;
    let mut pair_open: Option<Duration> = None;
    for (at, note) in bar.notes.iter().enumerate() {
        let inside_tuplet = note.tuplet.is_some_and(|tuplet| tuplet.index > 0);
        let on_beat = |position: Duration| {
            abc::checked_div(position, meter.group()).is_some_and(|groups| groups.is_integer())
        };
        if at > 0 && !inside_tuplet && on_beat(position) {
            text.push(' ');
        }
        if let Some(tuplet) = note.tuplet.filter(|tuplet| tuplet.index == 0) {
            text += &tuplet_sign(tuplet, meter)?;
        }
        position = abc::checked_add(position, note.duration).ok_or_else(|| wrong.clone())?;
        let mut length = written_length(note).ok_or(Reason::OddLength)?;
        let mut sign = "";
        if let Some(base) = pair_open.take() {
            length = base;
        } else if let Some((broken, base)) = bar.notes.get(at + 1).and_then(|next| pair(note, next))
            && !on_beat(position)
        {
            (sign, length, pair_open) = (broken, base, Some(base));
        }
        text += &match note.pitch {
            Some(pitch) => accidentals.write(pitch).to_owned() + &pitch.abc(),
            None => "z".to_owned(),
        };
        text += &length_sign(length);
        text += sign;
        text += if note.tie { "-" } else { "" };
    }
    Ok(text)
}

/// Whether each tuplet that has notes here has all of them here.
fn has_whole_tuplets(notes: &[Note]) -> bool {
    let mut next: Option<Tuplet> = None;
    for note in notes {
        let begins = next.is_none() && note.tuplet.is_none_or(|tuplet| tuplet.index == 0);
        if !begins && note.tuplet != next {
            return false;
        }
        next = note.tuplet.map(|now| Tuplet { index: now.index + 1, ..now });
        next = next.filter(|next| next.index < next.r);
    }
    next.is_none()
}

/// The length in quavers as written, before its tuplet shortens it; only halves, quarters, ...
fn written_length(note: &Note) -> Option<Duration> {
    let factor = note.tuplet.map_or(Duration::one(), Tuplet::factor);
    let quavers = abc::checked_mul(note.duration, Duration::from_integer(8))?;
    let length = abc::checked_div(quavers, factor)?;
    let lower = *length.denom();
    let fits = length > Duration::zero() && lower <= 16 && lower.count_ones() == 1;
    fits.then_some(length)
}

/// The sign and the common length of two notes in the ratio 3:1 or 1:3 that make up one or two
/// quavers.
fn pair(first: &Note, second: &Note) -> Option<(&'static str, Duration)> {
    let plain = |note: &Note| note.pitch.is_some() && note.tuplet.is_none();
    if !plain(first) || !plain(second) || first.tie {
        return None;
    }
    let (a, b) = (written_length(first)?, written_length(second)?);
    let half = abc::checked_add(a, b)? / Duration::from_integer(2);
    let fits = half == Duration::one() || half == Duration::new(1, 2);
    let three = Duration::from_integer(3);
    match (abc::checked_mul(b, three)? == a, abc::checked_mul(a, three)? == b) {
        (true, _) if fits => Some((">", half)),
        (_, true) if fits => Some(("<", half)),
        _ => None,
    }
}

fn length_sign(length: Duration) -> String {
    match (*length.numer(), *length.denom()) {
        (1, 1) => String::new(),
        (upper, 1) => upper.to_string(),
        (1, 2) => "/".to_owned(),
        (1, lower) => format!("/{lower}"),
        (upper, lower) => format!("{upper}/{lower}"),
    }
}

/// Two notes in the time of three belong to compound metres; elsewhere they are a slip of the pen.
fn tuplet_sign(tuplet: Tuplet, meter: Meter) -> Result<String, Reason> {
    let Tuplet { p, q, r, .. } = tuplet;
    if q.is_multiple_of(3) && !meter.is_compound() {
        return Err(Reason::OddLength);
    }
    if q == Tuplet::default_q(p, Some(meter)) && r == p {
        Ok(format!("({p}"))
    } else {
        Ok(format!("({p}:{q}:{r}"))
    }
}
