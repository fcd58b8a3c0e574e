//! One form for every tune.
//!
//! ```text
//! X:1
//! T:The King of the Pipers
//! R:jig
//! M:6/8
//! L:1/8
//! K:D
//! |:A|dDD cDD|BDD ADD|dDD cBA|AGF EFA|
//! dDD cDD|BDD ADD|B/c/dB cBA|GEC EFG:|
//! ```
//!
//! Two tunes that sound the same look the same, so a model spends its capacity on music: four bars
//! a line, blanks between beat groups, `a>b` for 3:1, repeats always opened, keys and lengths
//! spelled one way, no ornaments, no second voice. An upbeat before a repeat (`A|:dDD cDD|...`)
//! stays outside, for inside it would be played once more; before a part that is not repeated it
//! is that part's.
//!
//! What this form can not say is not bent to fit: the tune is dropped and the [`Reason`] says why.
//! Every tune written is read back and its notes are compared with the source's, in the order of
//! playing.

use num_rational::Ratio;

use super::check::{check_bars, played_notes};
use super::duplicates::onsets;
use super::form::{Canonical, CanonicalBar, Note, Reason, Section};
use super::rhythm::fits_meter;
use super::title::canonical_title;
use super::write::write_block;
use crate::music::abc::{self, Change, Duration, Event, Meter, Tune};

/// Writes a tune in canonical form, with `R:` if a rhythm is given.
///
/// # Errors
/// The reason why the tune does not fit the form.
pub fn canonical(tune: &Tune, rhythm: Option<&str>) -> Result<Canonical, Reason> {
    let (text, title, scale) = in_form(tune, rhythm)?;
    let written = abc::read(&text);
    let played = played_notes(tune, scale);
    let same = played_notes(&written, Ratio::from_integer(1)) == played;
    if !same || !written.problems.is_empty() || played.is_none() {
        return Err(Reason::ReadBack);
    }
    let melody = onsets(written.events());
    Ok(Canonical { text, title, melody })
}

/// Whether a text, which reads as `tune`, is what [`canonical`] gives for it, but for blank lines at
/// its end. It need not be read back: that is the tune.
pub(super) fn is_canonical(text: &str, tune: &Tune, rhythm: Option<&str>) -> bool {
    in_form(tune, rhythm).is_ok_and(|(form, ..)| form.trim_end() == text.trim_end())
}

/// The tune's text in canonical form, its title, and the factor of all lengths.
fn in_form(tune: &Tune, rhythm: Option<&str>) -> Result<(String, String, Duration), Reason> {
    if let Some(problem) = tune.too_long.as_ref().or(tune.problems.first()) {
        return Err(Reason::Unreadable(problem.to_string()));
    }
    if tune.bars.len() < 4 {
        return Err(Reason::TooShort);
    }
    refuse_changes(tune)?;
    refuse_da_capo(tune)?;
    let key = tune.key.name().ok_or(Reason::UnusualKey)?;
    let (meter, scale) = canonical_meter(tune, rhythm)?;
    let sections = join_upbeats(sections(tune, scale)?, meter.bar());
    check_bars(&sections, meter)?;
    let title = canonical_title(tune.header('T').unwrap_or_default());
    let title = if title.is_empty() { "Untitled".to_owned() } else { title };
    let mut text = format!("X:1\nT:{title}\n");
    if let Some(rhythm) = rhythm {
        text += &format!("R:{rhythm}\n");
    }
    text += &format!("M:{meter}\nL:1/8\nK:{key}\n");
    text += &write_block(&sections, meter, tune.key.signature)?;
    Ok((text, title, scale))
}

fn refuse_changes(tune: &Tune) -> Result<(), Reason> {
    for (_, change) in tune.bars.iter().flat_map(|bar| &bar.changes) {
        match change {
            Change::Key(key) if *key != tune.key => return Err(Reason::KeyChange),
            Change::Meter(meter) if *meter != tune.meter => return Err(Reason::MeterChange),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses an order of playing that is not that of repeat signs.
///
/// Such are decorations and words in the music that send the player elsewhere, and an order of
/// parts in `P:`. A segno, a coda sign or "Fine" alone sends nobody anywhere; nor does a remark in
/// the header, which tells of another book or of what is already written out.
fn refuse_da_capo(tune: &Tune) -> Result<(), Reason> {
    if abc::has_other_order(tune) { Err(Reason::DaCapo) } else { Ok(()) }
}

/// The metre to write and the factor for all lengths.
///
/// C and C| become 4/4. 2/4 is written in twice the lengths as 4/4 where it counts semiquavers, or
/// where the rhythm is one that others write in 4/4.
fn canonical_meter(tune: &Tune, rhythm: Option<&str>) -> Result<(Meter, Duration), Reason> {
    let meter = tune.meter.ok_or(Reason::UnusualMeter)?;
    let four_four = Meter { beats: 4, unit: 4, symbol: false };
    let in_fours = rhythm.is_some_and(|rhythm| fits_meter(rhythm, four_four))
        && rhythm.is_some_and(|rhythm| !fits_meter(rhythm, Meter { beats: 2, ..four_four }));
    let (meter, scale) = match (meter.beats, meter.unit) {
        (2, 4) if tune.unit == Duration::new(1, 16) || in_fours => (four_four, 2),
        (4, 4) | (2, 2) => (four_four, 1),
        (2 | 3, 4) | (3, 2) | (6 | 9 | 12, 8) => (meter, 1),
        _ => return Err(Reason::UnusualMeter),
    };
    if rhythm.is_some_and(|rhythm| !fits_meter(rhythm, meter)) {
        return Err(Reason::MeterAgainstRhythm);
    }
    Ok((meter, Ratio::from_integer(scale)))
}

/// The parts of the tune with their notes.
fn sections(tune: &Tune, scale: Duration) -> Result<Vec<Section>, Reason> {
    let bars = |range: std::ops::Range<usize>| -> Result<Vec<CanonicalBar>, Reason> {
        range.map(|at| canonical_bar(&tune.bars[at].events, at + 1, scale)).collect()
    };
    let mut sections = Vec::new();
    for part in abc::parts(tune) {
        if part.passes > 2 || part.opened != part.closed && part.opened {
            return Err(Reason::Repeats);
        }
        let mut body = bars(part.body.clone())?;
        let endings = match part.endings.as_slice() {
            [] => None,
            [(first, a), (second, b)]
                if *first == [1] && *second == [2] && part.closed && a.len() == b.len() =>
            {
                Some([bars(a.clone())?, bars(b.clone())?])
            }
            _ => return Err(Reason::Repeats),
        };
        let endings = match endings {
            // [1 inside a bar: both endings get the whole bar.
            Some(endings) if body_is_cut(tune, &part.body) => {
                Some(with_bar_before(&mut body, endings)?)
            }
            other => other,
        };
        if body.is_empty() {
            return Err(Reason::Repeats);
        }
        sections.push(Section { before: None, body, endings, repeated: part.closed });
    }
    Ok(sections)
}

/// Gives each upbeat that stands alone to the part after it: inside if that is played once.
fn join_upbeats(sections: Vec<Section>, full: Duration) -> Vec<Section> {
    let mut joined = Vec::with_capacity(sections.len());
    let mut waiting: Option<CanonicalBar> = None;
    let count = sections.len();
    for (at, mut section) in sections.into_iter().enumerate() {
        match waiting.take() {
            // before a part with an upbeat of its own it is a wrong bar, as the check will find
            Some(upbeat) if section.repeated || section.begins_short(full) => {
                section.before = Some(upbeat);
            }
            Some(upbeat) => section.body.insert(0, upbeat),
            None if at + 1 < count && section.is_upbeat(full) => waiting = section.body.pop(),
            None => {}
        }
        if waiting.is_none() {
            joined.push(section);
        }
    }
    joined
}

/// Whether the body stops inside a bar.
fn body_is_cut(tune: &Tune, body: &std::ops::Range<usize>) -> bool {
    !body.is_empty() && tune.bars[body.end - 1].right.missing
}

/// Moves the last, incomplete bar of the body to the beginning of both endings.
fn with_bar_before(
    body: &mut Vec<CanonicalBar>,
    mut endings: [Vec<CanonicalBar>; 2],
) -> Result<[Vec<CanonicalBar>; 2], Reason> {
    let beginning = body.pop().ok_or(Reason::Repeats)?;
    for ending in &mut endings {
        let first = ending.first_mut().ok_or(Reason::Repeats)?;
        let mut notes = beginning.notes.clone();
        notes.append(&mut first.notes);
        first.notes = notes;
        first.duration = abc::checked_add(first.duration, beginning.duration)
            .ok_or(Reason::WrongBar(beginning.number))?;
    }
    Ok(endings)
}

fn canonical_bar(events: &[Event], number: usize, scale: Duration) -> Result<CanonicalBar, Reason> {
    let mut duration = Ratio::from_integer(0);
    let mut notes = Vec::with_capacity(events.len());
    for event in events {
        let note = Note {
            pitch: event.top(),
            duration: abc::checked_mul(event.duration, scale).ok_or(Reason::OddLength)?,
            tuplet: event.tuplet,
            tie: event.tie,
        };
        duration = abc::checked_add(duration, note.duration).ok_or(Reason::WrongBar(number))?;
        notes.push(note);
    }
    Ok(CanonicalBar { notes, duration, number })
}
