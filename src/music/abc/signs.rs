//! The signs and words that tell players to jump, such as `!D.S.!` or `"^D.C. al Fine"`, and where
//! in a tune they stand.

use super::tune::{Mark, Position, Tune};

/// A sign or word about the order of playing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Where "D.S." goes back to.
    Segno,
    /// Where the coda begins or, the first of two, where it is left for.
    Coda,
    /// "To Coda": where it is left for the coda after a jump back.
    ToCoda,
    /// Where it ends after a jump back.
    Fine,
    /// Back to the beginning ("D.C.") or to the segno ("D.S.").
    Back { to_segno: bool, until: Until },
    /// Words that speak of such things and say something else.
    Unclear,
}

/// What is played after a jump back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Nothing is said.
    Open,
    /// "al Fine"
    Fine,
    /// "al Coda"
    Coda,
}

impl Sign {
    /// What a mark says about the order of playing; `None` for most marks.
    pub(super) fn of(mark: &Mark) -> Option<Self> {
        let text = mark.text().trim_start_matches(['^', '_', '<', '>', '@']).trim();
        let lower = text.to_lowercase();
        let key: String = lower
            .chars()
            .filter(|c| !c.is_whitespace() && !".():;,$@0123456789".contains(*c))
            .collect();
        // "D C" are two chords to be played, as is "D/C"
        if matches!(mark, Mark::Chord(_)) && key.len() == 2 && text.contains(' ') {
            return text.contains('.').then(|| Self::back(&key)).flatten();
        }
        match key.as_str() {
            "segno" | "𝄋" => Some(Self::Segno),
            "coda" | "𝄌" | "⊕" => Some(Self::Coda),
            "tocoda" | "dacoda" => Some(Self::ToCoda),
            "fine" | "fin" | "end" | "lasttimefine" => Some(Self::Fine),
            _ => Self::back(&key).or_else(|| is_unclear(&lower).then_some(Self::Unclear)),
        }
    }

    /// "dc", "dalsegnoalcoda" and the like.
    fn back(key: &str) -> Option<Self> {
        let starts = [("dacapo", false), ("dc", false), ("dalsegno", true), ("ds", true)];
        starts.into_iter().find_map(|(start, to_segno)| {
            let until = match key.strip_prefix(start)? {
                "" => Until::Open,
                "alfine" | "tofine" => Until::Fine,
                "alcoda" | "tocoda" => Until::Coda,
                _ => return None,
            };
            Some(Self::Back { to_segno, until })
        })
    }
}

/// Whether words in lower case speak of jumps at all; "a fine tune" does not.
fn is_unclear(lower: &str) -> bool {
    ["d.c.", "d.s.", "da capo", "dal segno"].iter().any(|words| lower.contains(words))
        || lower.split(|c: char| !c.is_alphabetic()).any(|word| ["segno", "coda"].contains(&word))
}

/// A sign of a tune.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) sign: Sign,
    /// The index of its bar.
    pub(super) bar: usize,
    /// The index of the note or rest that it stands at; `None` after the last one of its bar.
    pub(super) event: Option<usize>,
    /// The place of that note, or of the last one.
    pub(super) at: Position,
}

/// The signs of a tune in written order.
pub(super) fn signs(tune: &Tune) -> impl Iterator<Item = Placed> {
    tune.bars.iter().enumerate().flat_map(|(bar, music)| {
        let events = music.events.iter().enumerate();
        let within = events.flat_map(move |(index, event)| {
            let signs = event.marks.iter().filter_map(Sign::of);
            signs.map(move |sign| Placed { sign, bar, event: Some(index), at: event.at })
        });
        let at = music.events.last().map_or(music.at, |event| event.at);
        let after = music.marks.iter().filter_map(Sign::of);
        within.chain(after.map(move |sign| Placed { sign, bar, event: None, at }))
    })
}
