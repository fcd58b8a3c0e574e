//! A score as the built-in voices play it.

use super::clock::Clock;
use super::instrument::Instrument;
use super::players::Stroke;
use super::score::{Score, Sign};
use super::voice::{CLICK, DRONE, RING, Voice};
use crate::music::abc::{Duration, Problem, checked_add, checked_sub};

/// The longest score that is made sound, in seconds.
pub const LONGEST: f64 = 15.0 * 60.0;
/// The most sound, in seconds of all its notes.
const MOST: f64 = 8.0 * LONGEST;
/// Silence at the end, in seconds.
const REST: f64 = 0.1;
/// The pitches of pipes' drones lie below E3, and this is how hard they sound.
const DRONE_BELOW: u8 = 52;
const DRONE_STRENGTH: u8 = 40;
/// The tonic of the bagpipe keys, which name none.
const PIPES_TONIC: u8 = 9;

/// A score as samples: `rate` of them a second, one channel, of any loudness.
///
/// # Errors
/// Where there is more than [`LONGEST`] of it, or eight times that in notes.
pub fn synthesize(score: &Score, rate: u32) -> Result<Vec<f32>, Problem> {
    let clock = score.clock();
    let sum = score.strokes().fold(0.0, |sum, stroke| sum + span(&clock, stroke).1);
    let end = length(score)?;
    if sum > MOST {
        return Err(too_long(score));
    }
    let rate = f64::from(rate);
    let mut samples = vec![0.0; ((end + RING + REST) * rate) as usize];
    let mut play = |voice: Voice, stroke: &Stroke| {
        let (start, seconds) = span(&clock, stroke);
        let from = ((start * rate) as usize).min(samples.len());
        voice.sound(&mut samples[from..], rate, stroke.note, stroke.strength, seconds);
    };
    for player in &score.players {
        let voice = Voice::of(player.instrument);
        player.strokes.iter().for_each(|stroke| play(voice, stroke));
    }
    score.clicks.iter().for_each(|click| play(CLICK, click));
    if score.players.iter().any(|player| player.instrument == Instrument::Pipes) {
        drones(score).iter().for_each(|drone| play(DRONE, drone));
    }
    Ok(samples)
}

/// When a note begins, and how long it is, in seconds.
fn span(clock: &Clock, stroke: &Stroke) -> (f64, f64) {
    let stop = checked_add(stroke.onset, stroke.duration).unwrap_or(stroke.onset);
    let start = clock.seconds(stroke.onset);
    (start, clock.seconds(stop) - start)
}

/// The drones of pipes: the tonic, from where a key begins to where another does.
fn drones(score: &Score) -> Vec<Stroke> {
    let mut drones: Vec<Stroke> = Vec::new();
    for (time, sign) in &score.signs {
        let Sign::Key { tonic, .. } = sign else { continue };
        let note = DRONE_BELOW - 12 + (tonic.unwrap_or(PIPES_TONIC) + 12 - DRONE_BELOW % 12) % 12;
        let onset = (*time).max(score.start);
        if drones.last().is_some_and(|last| last.note == note) {
            continue;
        }
        end(&mut drones, onset);
        drones.push(Stroke { onset, duration: Duration::ZERO, note, strength: DRONE_STRENGTH });
    }
    end(&mut drones, score.length);
    drones
}

/// The last drone goes on to a time.
fn end(drones: &mut [Stroke], time: Duration) {
    if let Some(last) = drones.last_mut() {
        last.duration = checked_sub(time, last.onset).unwrap_or(last.duration);
    }
}

/// How long a score lasts, in seconds.
///
/// # Errors
/// Where that is more than [`LONGEST`].
pub fn length(score: &Score) -> Result<f64, Problem> {
    let seconds = score.seconds();
    if seconds > LONGEST { Err(too_long(score)) } else { Ok(seconds) }
}

fn too_long(score: &Score) -> Problem {
    Problem {
        at: score.at,
        message: "more than a quarter of an hour of sound, or eight times that in notes".to_owned(),
    }
}
