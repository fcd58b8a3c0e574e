//! MIDI files: format 1, a track for tempo and metre, then one for each player.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind,
};

use super::clock::default_tempo;
use super::players::{Band, Player, players};
use crate::music::abc::{
    Change, Duration, Key, Mode, Performance, Position, Problem, Tempo, Tune, checked_add,
};

/// Ticks of a quarter note: exact for triplets and quintuplets of notes down to 1/64.
pub const TICKS: u16 = 960;

/// A tune as the bytes of a MIDI file.
///
/// Chords and bass have tracks only where the tune has chord symbols.
///
/// # Errors
/// Where the tune is longer than such a file can say.
pub fn midi(tune: &Tune, performance: &Performance, band: Band) -> Result<Vec<u8>, Problem> {
    let too_long = || Problem {
        at: tune.bars.first().map_or(Position { line: 1, column: 1 }, |bar| bar.at),
        message: "longer than a MIDI file can say".to_owned(),
    };
    let end = ticks(performance.length).filter(|end| *end < 1 << 28).ok_or_else(too_long)?;
    let title = tune.header('T').unwrap_or_default();
    let mut tracks = vec![conductor(tune, performance, title, end)];
    for (channel, player) in (0..).zip(players(performance, band)) {
        tracks.push(track(channel, &player, end));
    }
    let header = Header::new(Format::Parallel, Timing::Metrical(u15::new(TICKS)));
    let mut bytes = Vec::new();
    let written = Smf { header, tracks }.write(&mut bytes);
    written.map_err(|_| too_long())?;
    Ok(bytes)
}

/// The nearest tick to a time in whole notes; `None` beyond all reason.
fn ticks(time: Duration) -> Option<u32> {
    let (upper, lower) = (i128::from(*time.numer()), i128::from(*time.denom()));
    let rounded = (upper * 8 * i128::from(TICKS) + lower) / (2 * lower);
    u32::try_from(rounded).ok()
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
fn conductor<'a>(tune: &Tune, score: &Performance, title: &'a str, end: u32) -> Track<'a> {
    let mut sheet = Sheet::new(title, end);
    let mut tell = |time, message| sheet.add(time, Place::Setting, TrackEventKind::Meta(message));
    let tempo = |tempo: Tempo| MetaMessage::Tempo(u24::new(tempo.microseconds_per_quarter()));
    if tune.tempo.is_none() {
        tell(Duration::ZERO, tempo(default_tempo(tune)));
    }
    for (time, change) in &score.changes {
        match change {
            Change::Tempo(new) => tell(*time, tempo(*new)),
            Change::Meter(Some(meter)) => {
                let clocks = if meter.is_compound() { 36 } else { 24 }; // of 24 a crotchet
                let (beats, unit) = (meter.beats as u8, meter.unit.ilog2() as u8);
                tell(*time, MetaMessage::TimeSignature(beats, unit, clocks, 8));
            }
            Change::Key(key) => {
                let (sharps, minor) = key_signature(key);
                tell(*time, MetaMessage::KeySignature(sharps, minor));
            }
            Change::Meter(None) | Change::Unit(_) | Change::Transposition(_) => {}
        }
    }
    sheet.track()
}

/// Sharps (flats are negative) and whether the key is minor; the file knows no other modes.
fn key_signature(key: &Key) -> (i8, bool) {
    let sharps: i8 = key.signature.iter().sum();
    (sharps.clamp(-7, 7), key.mode == Mode::Minor)
}

/// The track of one player.
fn track<'a>(channel: u8, player: &Player, end: u32) -> Track<'a> {
    let midi = |message| TrackEventKind::Midi { channel: u4::new(channel), message };
    let mut sheet = Sheet::new(player.name, end);
    let program = MidiMessage::ProgramChange { program: u7::new(player.instrument.program()) };
    sheet.add(Duration::ZERO, Place::Setting, midi(program));
    for stroke in &player.strokes {
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
