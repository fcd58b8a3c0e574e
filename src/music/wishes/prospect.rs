//! A tune that is being written, and whether it can still keep all wishes.

use std::sync::Arc;

use super::broken::Broken;
use super::wish::Wishes;
use crate::music::abc::{Duration, Event, Problem, Reader, checked_add};
use crate::music::judge::Outline;

impl Wishes {
    /// Reads a tune along as it is written.
    pub fn prospect(&self) -> Prospect {
        Prospect::new(Arc::new(self.clone()))
    }
}

/// Reads a tune as it is written.
#[derive(Clone, Debug)]
pub struct Prospect {
    wishes: Arc<Wishes>,
    reader: Reader,
    /// All of the text so far.
    text: String,
    outline: Outline,
    /// Bars of which all notes were looked at, and notes of the one that is being written.
    seen: (usize, usize),
    /// What the bar that is being written may hold at most.
    room: Option<Duration>,
    broken: Option<Broken>,
}

impl Prospect {
    fn new(wishes: Arc<Wishes>) -> Self {
        Self {
            wishes,
            reader: Reader::new(),
            text: String::new(),
            outline: Outline::new(),
            seen: (0, 0),
            room: None,
            broken: None,
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Which bar is being written, from 1; an upbeat is one.
    pub fn bar(&self) -> usize {
        self.reader.tune().bars.len() + 1
    }

    /// What the reader complains of first.
    pub fn problem(&self) -> Option<&Problem> {
        self.reader.tune().problems.first()
    }

    /// Goes on with more text.
    ///
    /// # Errors
    /// The wish that nothing can keep any more; a note shows when the next two characters are there.
    /// From then on it says so again.
    pub fn push(&mut self, text: &str) -> Result<(), Broken> {
        for c in text.chars() {
            if let Some(broken) = self.broken {
                return Err(broken);
            }
            self.text.push(c);
            self.reader.push(c);
            self.broken = self.look().err();
        }
        self.broken.map_or(Ok(()), Err)
    }

    /// The tune is over.
    ///
    /// # Errors
    /// The wish that it does not keep.
    pub fn end(self) -> Result<(), Broken> {
        match self.broken {
            Some(broken) => Err(broken),
            None => self.wishes.are_kept(&self.reader.finish(), &self.text),
        }
    }

    /// Looks at what the last character made sure.
    fn look(&mut self) -> Result<(), Broken> {
        let tune = self.reader.tune();
        let is_another = self.text.ends_with("\nX:");
        // what a model writes and the reader passes over is nothing that anyone meant
        let passed_over = self.wishes.is_good() && !tune.notices.is_empty();
        if self.wishes.must_read() && (is_another || passed_over || !tune.problems.is_empty()) {
            return Err(Broken::Reads);
        }
        let (complete, bar) = (tune.bars.len(), self.reader.bar());
        if self.seen == (complete, bar.events.len()) {
            return Ok(());
        }
        if self.seen == (0, 0) {
            self.wishes.has_number(tune)?;
            self.wishes.is_kind(tune)?;
        }
        // a note may have been read together with the sign that ended its bar
        let (mut bars, mut notes) = self.seen;
        while bars < complete {
            self.wishes.allows(&tune.bars[bars], notes)?;
            (bars, notes) = (bars + 1, 0);
        }
        self.wishes.allows(bar, notes)?;
        let begins = notes == 0 && !bar.events.is_empty();
        self.seen = (complete, bar.events.len());
        if begins {
            self.outline.follow(tune);
            let wishes = &self.wishes;
            let looked = self.outline.look(bar, Duration::ZERO, wishes.is_good(), wishes.parts());
            self.room = looked.map_err(Broken::from)?;
        }
        // what comes behind a note may yet shorten it, but it lasts
        let sure = bar.events.split_last().map(|(_, before)| sum(before));
        match (sure, self.room) {
            (Some(sure), Some(room)) if sure.is_none_or(|sure| sure >= room) => Err(Broken::Bars),
            _ => Ok(()),
        }
    }
}

fn sum(events: &[Event]) -> Option<Duration> {
    events.iter().try_fold(Duration::ZERO, |sum, event| checked_add(sum, event.duration))
}

#[cfg(test)]
mod tests {
    use super::{Broken, Wishes};
    use crate::music::abc;
    use crate::music::corpus::{EMBEDDED, Wish};
    use crate::music::judge::{Known, Verdict};
    use crate::music::wishes::{Form, Stands};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    /// Pieces of music that a broken tune may have.
    const PIECES: [&str; 28] = [
        "|", ":|", "|:", "||", "|]", "|1 ", ":|2 ", "[1", "::", "A", "2", "/", ">", "<", "(3", "-",
        "z", " ", "\n", "^", "'", ",", "[M:9/8]", "[K:D]", "{g}", "[CE]", "|>", "Z|",
    ];

    /// A tune broken in a few places.
    fn broken(tune: &str, rng: &mut ChaCha8Rng) -> String {
        let body = tune.find("\nK:").map_or(0, |at| at + 3);
        let body = body + tune[body..].find('\n').map_or(0, |at| at + 1);
        let mut text = tune.to_owned();
        let mut below = |most: usize| (rng.next_u64() % most.max(1) as u64) as usize;
        for _ in 0..1 + below(3) {
            let at = body + below(text.len() - body);
            let end = (at + 1 + below(12)).min(text.len());
            let stretch = text[at..end].to_owned();
            match below(5) {
                0 => text.replace_range(at..at + 1, ""),
                1 => text.replace_range(at..end, ""),
                2 => text.insert_str(at, PIECES[below(PIECES.len())]),
                3 => text.replace_range(at..at + 1, PIECES[below(PIECES.len())]),
                _ => text.insert_str(at, &stretch),
            }
        }
        text
    }

    /// What is said of a text as it is written, and how much of it was read by then.
    fn said(wishes: &Wishes, text: &str) -> (Result<(), Broken>, usize) {
        let mut prospect = wishes.prospect();
        let dead = text.char_indices().find_map(|(at, c)| {
            let said = prospect.push(c.encode_utf8(&mut [0; 4]));
            said.err().map(|broken| (Err(broken), at))
        });
        dead.unwrap_or_else(|| (prospect.end(), text.len()))
    }

    #[test]
    fn nothing_is_given_up_that_could_be_kept_and_nothing_kept_that_is_not() {
        let form = |text: &str| text.parse::<Form>().expect("a form");
        let odd = Form::of_bars(&[8, 16]).expect("a form");
        let in_d = Wish { key: abc::Key::parse("D").ok(), ..Wish::default() };
        let of = Wishes::new;
        let all = [
            of().good(),
            of().good().form(form("AABB")),
            of().form(form("AAB")),
            of().form(odd),
            of().good().compass("D-b".parse().expect("a compass")),
            of().kind(in_d),
            of().stands(Stands::beginning("|:")),
        ];
        let mut rng = ChaCha8Rng::seed_from_u64(16);
        let (mut kept, mut early) = ([0; 7], [0; 7]);
        for tune in abc::tunes(EMBEDDED) {
            for nth in 0..10 {
                let text = if nth == 0 { tune.to_owned() } else { broken(tune, &mut rng) };
                for (at, wishes) in all.iter().enumerate() {
                    let (said, read) = said(wishes, &text);
                    let is_kept = wishes.are_kept(&abc::read(&text), &text);
                    assert_eq!(said.is_ok(), is_kept.is_ok(), "{wishes:?} {said:?}\n{text}");
                    kept[at] += usize::from(is_kept.is_ok());
                    early[at] += usize::from(read < text.len());
                }
                let is_good = Verdict::of(text.as_str(), &Known::nothing(), None).is_good();
                assert!(is_good || said(&all[0], &text).0.is_err(), "{text}");
            }
        }
        println!("kept {kept:?}, given up before their end {early:?}");
        assert!(kept.iter().all(|kept| *kept > 10), "{kept:?}");
        assert!(early[..5].iter().all(|early| *early > 1000), "{early:?}");
    }
}
