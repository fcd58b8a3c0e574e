//! A tune from left to right.

use super::Duration;
use super::accidentals::Accidentals;
use super::attributes::{Attributes, Moved, quarters_a_minute, write_tempo};
use super::barlines::{write_left, write_right};
use super::lengths::{Value, divisions, values};
use super::marks::{
    ChordSymbols, is_notation, write_direction, write_harmony, write_part, write_sign, write_words,
};
use super::measures::{Measure, measures};
use super::notes::{Drawn, brackets, write_grace, write_measure_rest};
use super::sheet::Sheet;
use super::symbols::{Chosen, Symbols, chosen};
use super::ties::Ties;
use crate::music::abc::{
    Change, Event, Form, Mark, Meter, Performance, Pitch, Position, Problem, Tune, checked_mul,
};
use crate::music::render::chord::Symbol;
use crate::music::render::clock::default_tempo;

/// All that is known of a tune before a note of it is written.
pub(super) struct Score<'a> {
    tune: &'a Tune,
    form: &'a Form,
    measures: Vec<Measure>,
    /// How each event of each bar is drawn.
    values: Vec<Vec<Vec<Value>>>,
    /// Parts of a quarter note.
    divisions: i64,
    ties: Ties,
    symbols: Symbols,
    chosen: Chosen<'a>,
    /// Clefs with an 8 can show its notes.
    by_clef: bool,
}

impl<'a> Score<'a> {
    pub(super) fn new(
        tune: &'a Tune,
        form: &'a Form,
        performance: &'a Performance,
        symbols: Symbols,
    ) -> Result<Self, Problem> {
        let start = tune.bars.first().map_or(Position { line: 1, column: 1 }, |bar| bar.at);
        let problem = |message: &str| Problem { at: start, message: message.to_owned() };
        if tune.notes() == 0 {
            return Err(problem("no note to write"));
        }
        let measures =
            measures(tune, form).ok_or_else(|| problem("more than 100,000 bars; write fewer"))?;
        let values = drawn(tune, &measures)?;
        let chosen = match symbols {
            Symbols::Chosen => chosen(tune, performance),
            Symbols::Written | Symbols::LeftOut => Chosen::new(),
        };
        let drawn = values.iter().flatten().flatten().map(|value| value.duration);
        let rests = measures.iter().filter(|measure| measure.rest.is_some());
        let rests = rests.filter_map(|measure| measure.meter).map(Meter::bar);
        let offsets = chosen.values().flatten().map(|(later, _)| *later);
        let divisions = divisions(drawn.chain(rests).chain(offsets))
            .ok_or_else(|| problem("lengths of too many kinds for one score; write it as MIDI"))?;
        let octaves = tune.events().flat_map(pitches).map(|pitch| pitch.octave);
        Ok(Self {
            tune,
            form,
            measures,
            values,
            divisions,
            ties: Ties::of(tune, performance),
            symbols,
            chosen,
            by_clef: octaves.into_iter().all(|octave| (2..=7).contains(&octave)),
        })
    }

    /// Writes all measures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        let mut hand = Hand {
            score: self,
            accidentals: Accidentals::new(&self.tune.key),
            moved: Moved::by(self.tune.transposition, self.by_clef),
            waiting: Vec::new(),
            before: None,
        };
        let mut unnumbered = 0;
        for (at, measure) in self.measures.iter().enumerate() {
            // 0 is the upbeat that a score begins with; X says that nobody counts it
            let name = match measure.number {
                Some(number) => number.to_string(),
                None if at == 0 => "0".to_owned(),
                None => {
                    unnumbered += 1;
                    format!("X{unnumbered}")
                }
            };
            let implicit = measure.number.is_none().then_some(("implicit", "yes"));
            let attributes: Vec<_> =
                [("number", name.as_str())].into_iter().chain(implicit).collect();
            sheet.element("measure", &attributes, |sheet| hand.measure(sheet, measure));
        }
    }

    /// A length in divisions.
    fn divided(&self, length: Duration) -> i64 {
        let parts = checked_mul(length, Duration::from_integer(4 * self.divisions));
        parts.unwrap_or_default().to_integer()
    }
}

/// The values of each event of each bar; none in bars of rest, which need none.
fn drawn(tune: &Tune, measures: &[Measure]) -> Result<Vec<Vec<Vec<Value>>>, Problem> {
    let mut all = vec![Vec::new(); tune.bars.len()];
    for measure in measures.iter().filter(|measure| measure.rest.is_none()) {
        for event in &tune.bars[measure.bar].events[measure.events.clone()] {
            let values = values(event).map_err(|message| Problem { at: event.at, message })?;
            all[measure.bar].push(values);
        }
    }
    Ok(all)
}

/// All pitches of an event, graces among them.
fn pitches(event: &Event) -> impl Iterator<Item = Pitch> {
    event.pitches.iter().chain(&event.grace).chain(&event.grace_after).copied()
}

/// The hand that writes, and what it has to know of what it has written.
struct Hand<'s, 'a> {
    score: &'s Score<'a>,
    accidentals: Accidentals,
    moved: Moved,
    /// Changes at the end of a bar, and of the metre amid one: they hold from the next measure.
    waiting: Vec<&'a Change>,
    /// The event that was written last.
    before: Option<&'a Event>,
}

impl<'a> Hand<'_, 'a> {
    fn measure(&mut self, sheet: &mut Sheet, measure: &Measure) {
        let tune: &'a Tune = self.score.tune;
        let bar = &tune.bars[measure.bar];
        let is_first = measure.bar == 0 && self.before.is_none();
        self.accidentals.clear();
        write_left(sheet, &measure.left);
        if is_first {
            self.begin(sheet);
        }
        let again = measure.rest.is_some_and(|(at, _)| at > 0);
        if !again {
            self.start(sheet, measure);
        }
        if measure.rest.is_some() {
            self.measure_rest(sheet, measure, again);
        } else {
            let values = &self.score.values[measure.bar][measure.events.clone()];
            let brackets = brackets(&bar.events[measure.events.clone()], values);
            for (event, bracket) in measure.events.clone().zip(brackets) {
                if event > measure.events.start {
                    let amid = bar.changes.iter().filter(|(place, _)| *place == event);
                    self.change(sheet, amid.map(|(_, change)| change).collect(), false);
                }
                self.event(sheet, (measure.bar, event), bracket);
            }
        }
        let is_last = measure.is_last_of_rest() && measure.events.end == bar.events.len();
        if is_last {
            let end = bar.changes.iter().filter(|(place, _)| *place == bar.events.len());
            self.waiting.extend(end.map(|(_, change)| change));
            self.marks_at_end(sheet, measure.bar);
        }
        self.leave(sheet, measure, is_last);
        let holds = |mark: &Mark| is_last && mark.text() == "fermata" && is_notation(mark);
        write_right(sheet, &measure.right, bar.marks.iter().any(holds));
    }

    /// What stands at the beginning of the score.
    fn begin(&mut self, sheet: &mut Sheet) {
        let Score { tune, divisions, .. } = *self.score;
        let attributes = Attributes {
            divisions: Some(divisions),
            key: Some(&tune.key),
            meter: Some(tune.meter),
            moved: Some(self.moved),
            first: true,
        };
        attributes.write(sheet);
        let words = tune.header('Q').unwrap_or_default().split('"').skip(1).step_by(2);
        let words: Vec<&str> = words.filter(|words| !words.trim().is_empty()).collect();
        if tune.tempo.is_some() || !words.is_empty() {
            write_tempo(sheet, &words, tune.tempo);
        }
        if tune.tempo.is_none() {
            let tempo = quarters_a_minute(default_tempo(tune));
            sheet.empty("sound", &[("tempo", &tempo)]);
        }
        if let Some(order) = tune.header('P') {
            write_words(sheet, Some("above"), order, &[]);
        }
    }

    /// What holds from the beginning of a measure, the name of its part, and where jumps go to.
    fn start(&mut self, sheet: &mut Sheet, measure: &Measure) {
        let bar = &self.score.tune.bars[measure.bar];
        let mut changes = std::mem::take(&mut self.waiting);
        let here = bar.changes.iter().filter(|(place, _)| *place == measure.events.start);
        changes.extend(here.map(|(_, change)| change));
        self.change(sheet, changes, true);
        let place = (measure.bar, measure.events.start);
        if let Some(name) = bar.part.filter(|_| place.1 == 0) {
            write_part(sheet, name);
        }
        let Some(jump) = &self.score.form.jump else { return };
        if jump.to_segno && jump.from.0 == place.0 && measure.events.contains(&jump.from.1) {
            write_sign(sheet, "segno", &[], &[("segno", "segno")]);
        }
        if jump.coda && (jump.after, 0) == place {
            write_sign(sheet, "coda", &[], &[("coda", "coda")]);
        }
    }

    /// Changes at one place. A metre changes at the beginning of a measure alone.
    fn change(&mut self, sheet: &mut Sheet, changes: Vec<&'a Change>, at_start: bool) {
        let mut attributes = Attributes::default();
        let mut tempo = None;
        for change in changes {
            match change {
                Change::Key(key) => {
                    attributes.key = Some(key);
                    self.accidentals = Accidentals::new(key);
                }
                Change::Meter(meter) if at_start => attributes.meter = Some(*meter),
                Change::Meter(_) => self.waiting.push(change),
                Change::Tempo(new) => tempo = Some(*new),
                Change::Transposition(semitones) => {
                    self.moved = Moved::by(*semitones, self.score.by_clef);
                    attributes.moved = Some(self.moved);
                }
                Change::Unit(_) => {}
            }
        }
        attributes.write(sheet);
        if tempo.is_some() {
            write_tempo(sheet, &[], tempo);
        }
    }

    /// A measure that a rest fills, the first of several or one of the others.
    fn measure_rest(&mut self, sheet: &mut Sheet, measure: &Measure, again: bool) {
        let bar = &self.score.tune.bars[measure.bar];
        let length = measure.meter.map(Meter::bar).unwrap_or_default();
        let mut decorations = Vec::new();
        if !again {
            self.before(sheet, (measure.bar, 0));
            decorations = self.decorations(measure.bar, 0);
        }
        write_measure_rest(sheet, self.score.divided(length), &decorations);
        self.before = bar.events.first();
    }

    /// What stands before an event: chord symbols, words, signs and grace notes.
    fn before(&mut self, sheet: &mut Sheet, (bar, at): (usize, usize)) {
        let Score { tune, form, symbols, chosen, .. } = self.score;
        let event = &tune.bars[bar].events[at];
        for (later, name) in chosen.get(&(bar, at)).into_iter().flatten() {
            if let Some(symbol) = Symbol::parse(name) {
                let offset = self.score.divided(*later);
                write_harmony(sheet, &symbol, Some(offset).filter(|offset| *offset > 0));
            }
        }
        let chords = match symbols {
            Symbols::Written => ChordSymbols::Written,
            Symbols::Chosen | Symbols::LeftOut => ChordSymbols::LeftOut,
        };
        for mark in event.marks.iter().filter(|mark| !form.follows(bar, Some(at), mark)) {
            write_direction(sheet, mark, chords);
        }
        self.graces(sheet, &event.grace, false);
    }

    fn graces(&mut self, sheet: &mut Sheet, graces: &[Pitch], after: bool) {
        for pitch in graces {
            let accidental = self.accidentals.show(*pitch);
            let kind = (graces.len(), after);
            write_grace(sheet, *pitch, accidental, kind, self.moved.octaves);
        }
    }

    /// The names of the decorations of an event; what stands behind the last one of a bar is its own,
    /// but a fermata there is the bar line's.
    fn decorations(&self, bar: usize, at: usize) -> Vec<&'a str> {
        let music = &self.score.tune.bars[bar];
        let last = at + 1 == music.events.len();
        let behind = music.marks.iter().filter(|mark| last && mark.text() != "fermata");
        let marks = music.events[at].marks.iter().chain(behind);
        marks.filter(|mark| is_notation(mark)).map(Mark::text).collect()
    }

    /// A note, a chord or a rest, as the values that draw it.
    fn event(&mut self, sheet: &mut Sheet, (bar, at): (usize, usize), bracket: [bool; 2]) {
        self.before(sheet, (bar, at));
        let score = self.score;
        let event = &score.tune.bars[bar].events[at];
        let values = &score.values[bar][at];
        let decorations = self.decorations(bar, at);
        // a fermata holds the end of what is tied
        let (at_end, at_start): (Vec<&str>, Vec<&str>) =
            decorations.into_iter().partition(|name| name.ends_with("fermata"));
        for (part, value) in values.iter().enumerate() {
            let (first, last) = (part == 0, part + 1 == values.len());
            let names = [(first, &at_start), (last, &at_end)].into_iter().filter(|(now, _)| *now);
            let names: Vec<&str> = names.flat_map(|(_, names)| names.iter().copied()).collect();
            let plain = Drawn {
                pitch: None,
                in_chord: false,
                value,
                duration: score.divided(value.duration),
                tied: [false; 2],
                accidental: None,
                tuplet: [bracket[0] && first, bracket[1] && last],
                decorations: &names,
            };
            if event.pitches.is_empty() {
                plain.write(sheet, 0);
            }
            for (place, pitch) in event.pitches.iter().copied().enumerate() {
                if event.pitches[..place].contains(&pitch) {
                    continue; // written twice in one chord
                }
                let held = score.ties.holds(bar, at, pitch);
                let tied = [!first || held, !last || score.ties.goes_on(bar, at, pitch)];
                let accidental = if first { self.accidental(pitch, held) } else { None };
                let plain = if place == 0 { plain } else { plain.beside() };
                let note = Drawn { pitch: Some(pitch), tied, accidental, ..plain };
                note.write(sheet, self.moved.octaves);
            }
        }
        self.before = Some(event);
    }

    /// The sign that a note needs; none where the page shows that it is held from the one before it.
    fn accidental(&mut self, pitch: Pitch, held: bool) -> Option<&'static str> {
        let shown = self.before.is_some_and(|before| before.ties.contains(&pitch));
        if held && shown { None } else { self.accidentals.show(pitch) }
    }

    /// Grace notes, words and signs at the end of a bar.
    fn marks_at_end(&mut self, sheet: &mut Sheet, at: usize) {
        let Score { tune, form, .. } = self.score;
        let bar = &tune.bars[at];
        if let Some(last) = bar.events.last() {
            self.graces(sheet, &last.grace_after, true);
        }
        for mark in bar.marks.iter().filter(|mark| !form.follows(at, None, mark)) {
            write_direction(sheet, mark, ChordSymbols::Written);
        }
    }

    /// Where a jump begins or ends, at the end of a measure.
    fn leave(&self, sheet: &mut Sheet, measure: &Measure, is_last: bool) {
        let Some(jump) = &self.score.form.jump else { return };
        let above = Some("above");
        let (bar, event) = jump.until;
        let within = measure.events.start < event && event <= measure.events.end;
        if measure.is_last_of_rest() && bar == measure.bar && within {
            if jump.coda {
                write_words(sheet, above, "To Coda", &[("tocoda", "coda")]);
            } else {
                write_words(sheet, above, "Fine", &[("fine", "yes")]);
            }
        }
        if is_last && measure.bar + 1 == jump.after {
            let until = if jump.coda { "Coda" } else { "Fine" };
            let (back, sound) = match jump.to_segno {
                true => ("D.S.", ("dalsegno", "segno")),
                false => ("D.C.", ("dacapo", "yes")),
            };
            write_words(sheet, above, &format!("{back} al {until}"), &[sound]);
        }
    }
}
