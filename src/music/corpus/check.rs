//! Are the bars full, and are the notes the source's?

use num_traits::Zero;

use super::form::{CanonicalBar, Reason, Section};
use crate::music::abc::{self, Duration, Meter, Pitch, Tune};

/// Checks every bar of every part against the metre.
///
/// A part may begin with an upbeat: a first bar that is short. Bars inside are full. The last bar
/// is full, or leaves room for the upbeat that follows it: the part's own when it is repeated, the
/// next part's when it is not. After the last part comes the first, for tunes are played round. An
/// upbeat before a repeat is one too, and what is repeated then begins with a full bar.
pub(super) fn check_bars(sections: &[Section], meter: Meter) -> Result<(), Reason> {
    let full = meter.bar();
    for (at, section) in sections.iter().enumerate() {
        let is_last = at + 1 == sections.len();
        let next = if is_last { sections.first() } else { sections.get(at + 1) };
        let own_upbeat = upbeat(section, full);
        let next_upbeat = next.map_or(Duration::zero(), |next| upbeat(next, full));
        if let Some(before) = &section.before
            && section.begins_short(full)
        {
            return Err(Reason::WrongBar(before.number));
        }
        match &section.endings {
            Some([first, second]) => {
                check_path(&[&section.body, first], full, &[own_upbeat])?;
                check_path(&[&section.body, second], full, &[own_upbeat, next_upbeat])?;
            }
            None if section.repeated => check_path(&[&section.body], full, &[own_upbeat])?,
            None => check_path(&[&section.body], full, &[own_upbeat, next_upbeat])?,
        }
    }
    Ok(())
}

/// Length of the upbeat of a part, outside or inside; zero where it begins with a full bar.
fn upbeat(section: &Section, full: Duration) -> Duration {
    let first = section.before.as_ref().or(section.body.first());
    let first = first.map_or(full, |bar| bar.duration);
    if first < full { first } else { Duration::zero() }
}

/// Checks the bars of one way through a part; `room` is what the last bar may leave out.
fn check_path(
    path: &[&Vec<CanonicalBar>],
    full: Duration,
    room: &[Duration],
) -> Result<(), Reason> {
    let bars: Vec<&CanonicalBar> = path.iter().flat_map(|bars| bars.iter()).collect();
    let last = bars.len().saturating_sub(1);
    for (at, bar) in bars.iter().enumerate() {
        let fits = if at == last {
            bar.duration == full
                || room.iter().any(|room| abc::checked_add(*room, bar.duration) == Some(full))
        } else if at == 0 {
            bar.duration <= full
        } else {
            bar.duration == full
        };
        if !fits {
            return Err(Reason::WrongBar(bar.number));
        }
    }
    Ok(())
}

/// What sounds: spelled pitch (`None` for a rest), scaled length, whether it is tied on.
type Sounding = (Option<Pitch>, Duration, bool);

/// Everything that sounds in the order of playing; `None` where a length overflows.
pub(super) fn played_notes(tune: &Tune, scale: Duration) -> Option<Vec<Sounding>> {
    let bars = abc::played(tune).into_iter().map(|at| &tune.bars[at]);
    bars.flat_map(|bar| &bar.events)
        .map(|event| {
            let duration = abc::checked_mul(event.duration, scale)?;
            Some((event.top(), duration, event.tie))
        })
        .collect()
}
