//! MIDI files: format 1, a track for tempo and metre, then one for each player.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind,
};

use super::players::Stroke;
use super::score::{Score, Sign};
use crate::music::abc::{Duration, Problem, checked_add};

/// Ticks of a quarter note: exact for triplets and quintuplets of notes down to 1/64.
pub const TICKS: u16 = 960;

/// The channel of percussion, the tenth.
const PERCUSSION: u8 = 9;

/// A score as the bytes of a MIDI file; the clicks before it are a track of percussion.
///
/// # Errors
/// Where it is longer than such a file can say.
pub fn midi(score: &Score) -> Result<Vec<u8>, Problem> {
    let too_long =
        || Problem { at: score.at, message: "longer than a MIDI file can say".to_owned() };
    let end = ticks(score.length).filter(|end| *end < 1 << 28).ok_or_else(too_long)?;
    let mut tracks = vec![conductor(score, end)];
    for (channel, player) in (0..).zip(&score.players) {
        let program = player.instrument.program();
        tracks.push(track(player.name, channel, program, &player.strokes, end));
    }
    if !score.clicks.is_empty() {
        tracks.push(track("count-in", PERCUSSION, 0, &score.clicks, end));
    }
    let header = Header::new(Format::Parallel, Timing::Metrical(u15::new(TICKS)));
    let mut bytes = Vec::new();
    let written = Smf { header, tracks }.write(&mut bytes);
    written.map_err(|_| too_long())?;
    Ok(bytes)
}

/// The nearest tick to a time in whole notes.
pub(in crate::music) fn nearest_tick(time: Duration) -> i128 {
    let (upper, lower) = (i128::from(*time.numer()), i128::from(*time.denom()));
    (upper * 8 * i128::from(TICKS) + lower) / (2 * lower)
}

/// The same in a file; `None` beyond all reason.
fn ticks(time: Duration) -> Option<u32> {
    u32::try_from(nearest_tick(time)).ok()
}

/// Events at their ticks; events of one tick keep the order of [`Place`].
struct Sheet<'a> {
    end: u32,
    events: Vec<(u32, Place, TrackEventKind<'a>)>,
}

/// What comes first within a tick: a note ends before the same note is struck again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Off,
    Setting,
    On,
}

impl<'a> Sheet<'a> {
    fn new(name: &'a str, end: u32) -> Self {
        let name = TrackEventKind::Meta(MetaMessage::TrackName(name.as_bytes()));
        Self { end, events: vec![(0, Place::Setting, name)] }
    }

    fn add(&mut self, time: Duration, place: Place, event: TrackEventKind<'a>) {
        self.events.push((ticks(time).unwrap_or(self.end).min(self.end), place, event));
    }

    fn track(mut self) -> Track<'a> {
        self.events.sort_by_key(|(tick, place, _)| (*tick, *place));
        let mut track = Track::with_capacity(self.events.len() + 1);
        let mut now = 0;
        for (tick, _, kind) in self.events {
            track.push(TrackEvent { delta: u28::new(tick - now), kind });
            now = tick;
        }
        let delta = u28::new(self.end.saturating_sub(now));
        track.push(TrackEvent { delta, kind: TrackEventKind::Meta(MetaMessage::EndOfTrack) });
        track
    }
}

/// The first track: title, tempo, metre and key.
fn conductor(score: &Score, end: u32) -> Track<'_> {
    let mut sheet = Sheet::new(&score.title, end);
    for (time, sign) in &score.signs {
        let message = match *sign {
            Sign::Tempo(quarter) => MetaMessage::Tempo(u24::new(quarter)),
            Sign::Meter(meter) => {
                let clocks = if meter.is_compound() { 36 } else { 24 }; // of 24 a crotchet
                MetaMessage::TimeSignature(meter.beats as u8, meter.unit.ilog2() as u8, clocks, 8)
            }
            Sign::Key { sharps, minor, .. } => MetaMessage::KeySignature(sharps, minor),
        };
        sheet.add(*time, Place::Setting, TrackEventKind::Meta(message));
    }
    sheet.track()
}

/// The track of one player.
fn track<'a>(name: &'a str, channel: u8, program: u8, strokes: &[Stroke], end: u32) -> Track<'a> {
    let midi = |message| TrackEventKind::Midi { channel: u4::new(channel), message };
    let mut sheet = Sheet::new(name, end);
    let program = MidiMessage::ProgramChange { program: u7::new(program) };
    sheet.add(Duration::ZERO, Place::Setting, midi(program));
    for stroke in strokes {
        let (key, vel) = (u7::new(stroke.note), u7::new(stroke.strength));
        sheet.add(stroke.onset, Place::On, midi(MidiMessage::NoteOn { key, vel }));
        // at least a tick long, or it would end before it begins
        let length = stroke.duration.max(Duration::new(1, 4 * i64::from(TICKS)));
        let stop = checked_add(stroke.onset, length).unwrap_or(stroke.onset);
        let off = MidiMessage::NoteOff { key, vel: u7::new(0) };
        sheet.add(stop, Place::Off, midi(off));
    }
    sheet.track()
}
