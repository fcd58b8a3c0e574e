//! What holds from a place on: key, metre, clef and transposition, tempo.

use super::Duration;
use super::lengths::single;
use super::sheet::Sheet;
use crate::music::abc::{Key, Meter, Mode, Tempo, checked_mul};

/// Letters C to B as MusicXML names them.
pub(super) const STEPS: [&str; 7] = ["C", "D", "E", "F", "G", "A", "B"];
/// The letters that a number of semitones spans, as most people spell it.
const LETTERS: [i8; 12] = [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6];

/// What begins to hold; what is `None` stays as it is.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    pub(super) divisions: Option<i64>,
    pub(super) key: Option<&'a Key>,
    pub(super) meter: Option<Option<Meter>>,
    pub(super) moved: Option<Moved>,
    /// No clef or transposition before it holds.
    pub(super) first: bool,
}

/// How notes sound other than they are written, of which MusicXML has two ways. A clef with an 8
/// shows notes an octave from where they sound, and their pitch is what sounds; a transposition
/// keeps the pitch as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    /// Octaves of the clef: -1 below.
    pub(super) octaves: i8,
    /// Semitones of the transposition.
    semitones: i8,
}

impl Moved {
    /// So many semitones higher, by a clef where `clef` allows it and there is one.
    pub(super) fn by(semitones: i8, clef: bool) -> Self {
        match semitones {
            -24 | -12 | 12 | 24 if clef => Self { octaves: semitones / 12, semitones: 0 },
            _ => Self { octaves: 0, semitones },
        }
    }
}

impl Attributes<'_> {
    pub(super) fn write(&self, sheet: &mut Sheet) {
        let Self { divisions, key, meter, moved, first } = self;
        if divisions.is_none() && key.is_none() && meter.is_none() && moved.is_none() {
            return;
        }
        sheet.element("attributes", &[], |sheet| {
            divisions.iter().for_each(|divisions| sheet.text("divisions", &[], divisions));
            key.iter().for_each(|key| write_key(sheet, key));
            meter.iter().for_each(|meter| write_meter(sheet, *meter));
            if let Some(moved) = moved {
                write_clef(sheet, moved.octaves);
                if moved.semitones != 0 || !first {
                    write_transposition(sheet, moved.semitones);
                }
            }
        });
    }
}

/// A signature that a key of this mode or another has, else one that names its letters.
fn write_key(sheet: &mut Sheet, key: &Key) {
    let count: i32 = key.signature.iter().map(|alter| i32::from(*alter)).sum();
    // C has none, and each fifth up from it one more
    let tonics = [(0, 0), (4, 0), (1, 0), (5, 0), (2, 0), (6, 0), (3, 1), (0, 1)];
    let flats = [(0, 0), (3, 0), (6, -1), (2, -1), (5, -1), (1, -1), (4, -1), (0, -1)];
    let of = if count < 0 { flats } else { tonics };
    let tonic = of.get(count.unsigned_abs() as usize);
    let same =
        |key: &Key, other: Option<Key>| other.is_some_and(|it| it.signature == key.signature);
    let is_plain = tonic.is_some_and(|tonic| same(key, Key::of(*tonic, Mode::Major)));
    sheet.element("key", &[], |sheet| {
        if is_plain {
            sheet.text("fifths", &[], count);
            // "D =c" is D mixolydian
            let modes = std::iter::once(key.mode).chain(Mode::ALL);
            let mode = |tonic| modes.clone().find(|mode| same(key, Key::of(tonic, *mode)));
            match key.tonic.map(mode) {
                None => sheet.text("mode", &[], "none"),
                Some(Some(mode)) => sheet.text("mode", &[], mode.name()),
                Some(None) => {}
            }
            return;
        }
        for (step, alter) in STEPS.iter().zip(key.signature).filter(|(_, alter)| *alter != 0) {
            sheet.text("key-step", &[], step);
            sheet.text("key-alter", &[], alter);
        }
    });
}

fn write_meter(sheet: &mut Sheet, meter: Option<Meter>) {
    let symbol = match meter {
        Some(Meter { symbol: true, unit: 2, .. }) => &[("symbol", "cut")][..],
        Some(Meter { symbol: true, .. }) => &[("symbol", "common")],
        _ => &[],
    };
    sheet.element("time", symbol, |sheet| match meter {
        Some(meter) => {
            sheet.text("beats", &[], meter.beats);
            sheet.text("beat-type", &[], meter.unit);
        }
        None => sheet.empty("senza-misura", &[]),
    });
}

fn write_clef(sheet: &mut Sheet, octaves: i8) {
    sheet.element("clef", &[], |sheet| {
        sheet.text("sign", &[], "G");
        sheet.text("line", &[], 2);
        if octaves != 0 {
            sheet.text("clef-octave-change", &[], octaves);
        }
    });
}

fn write_transposition(sheet: &mut Sheet, semitones: i8) {
    let (octaves, within) = (semitones / 12, semitones % 12);
    let letters = LETTERS[usize::from(within.unsigned_abs())] * within.signum();
    sheet.element("transpose", &[], |sheet| {
        sheet.text("diatonic", &[], letters);
        sheet.text("chromatic", &[], within);
        if octaves != 0 {
            sheet.text("octave-change", &[], octaves);
        }
    });
}

/// A tempo as people read it, with words before it, and as programs play it.
pub(super) fn write_tempo(sheet: &mut Sheet, words: &[&str], tempo: Option<Tempo>) {
    let speed = tempo.map(quarters_a_minute);
    sheet.element("direction", &[("placement", "above")], |sheet| {
        for words in words {
            sheet.element("direction-type", &[], |sheet| sheet.text("words", &[], words));
        }
        if let Some(tempo) = tempo {
            sheet.element("direction-type", &[], |sheet| write_metronome(sheet, tempo));
        }
        speed.iter().for_each(|speed| sheet.empty("sound", &[("tempo", speed)]));
    });
}

fn write_metronome(sheet: &mut Sheet, Tempo { beat, per_minute }: Tempo) {
    let Some((kind, dots)) = single(beat) else {
        // no one note lasts as long
        return sheet.text("words", &[], format!("{beat} = {per_minute}"));
    };
    sheet.element("metronome", &[], |sheet| {
        sheet.text("beat-unit", &[], kind);
        (0..dots).for_each(|_| sheet.empty("beat-unit-dot", &[]));
        sheet.text("per-minute", &[], per_minute);
    });
}

/// Quarter notes a minute, to the thousandth.
pub(super) fn quarters_a_minute(Tempo { beat, per_minute }: Tempo) -> String {
    let speed = checked_mul(beat, Duration::from_integer(4 * i64::from(per_minute)));
    let speed = speed.unwrap_or(Duration::ONE);
    let exact = *speed.numer() as f64 / *speed.denom() as f64;
    let text = format!("{exact:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
