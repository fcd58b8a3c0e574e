//! The text of a tune in another key, as it comes.

use super::accidentals::Accidentals;
use crate::music::abc::{Interval, Key, Pitch, Reader, Spelled, SpelledNote, What, accidental};

/// Moves the text of one tune to another key, as it is written.
///
/// What changes is the key in `K:` (before the music, on a line in it, or in brackets), and each
/// note: its letter, its octave marks, and an accidental where the note needs one there, as the
/// canonical form has them (a tune in that form moves to its canonical form). All else stays to the
/// character: lengths, bar lines, blanks, comments, titles, and chord symbols, which do not move.
///
/// Of a tune that reads without a problem every note moves by the interval between the tonics, by
/// the nearest way; at a tritone by the one inside the octave from C to B, so that the way back is
/// the way there, turned round. No text is an error: what the reader takes for no note stays.
///
/// ```
/// use hornpipe::music::{abc::Key, corpus::Mover};
///
/// let key = |text| Key::parse(text).unwrap();
/// let mut mover = Mover::new(&key("Gm"), &key("Am")).unwrap();
/// assert_eq!(mover.push("X:1\nK:Gm\nD2G ^FG"), "X:1\nK:Am\nE2A"); // ^F may yet be longer
/// assert_eq!(mover.push("A|\n"), " ^GAB|\n");
/// assert_eq!(mover.finish(), "");
/// ```
#[derive(Clone, Debug)]
pub struct Mover {
    interval: Interval,
    /// Reads what comes, and tells which notes it finds.
    reader: Reader,
    /// The line so far, and the bytes of it that are given out.
    line: String,
    given: usize,
    /// Accidentals of the moved text that are in force for notes, and for grace notes, whose own
    /// hold for no others.
    notes: Accidentals,
    graces: Accidentals,
    is_exact: bool,
}

impl Mover {
    /// A mover from one key to another, of which only the tonics matter; `None` where either has
    /// none.
    pub fn new(from: &Key, to: &Key) -> Option<Self> {
        Some(Self {
            interval: Interval::between(from, to)?,
            reader: Reader::telling(),
            line: String::new(),
            given: 0,
            notes: Accidentals::new([0; 7]),
            graces: Accidentals::new([0; 7]),
            is_exact: true,
        })
    }

    /// Takes more of the text, and gives what is sure of it by now: a sign of music when two
    /// characters stand behind it, other lines when they are complete.
    pub fn push(&mut self, text: &str) -> String {
        if self.interval.is_nothing() {
            return text.to_owned();
        }
        let mut moved = String::with_capacity(text.len() + text.len() / 8);
        for piece in text.split_inclusive('\n') {
            self.line.push_str(piece);
            self.reader.push_str(piece);
            if piece.ends_with('\n') {
                self.give(self.line.len(), &mut moved);
                self.line.clear();
                self.given = 0;
            } else {
                self.give(self.reader.sure(), &mut moved);
            }
        }
        moved
    }

    /// The rest; the text is over.
    pub fn finish(mut self) -> String {
        self.end()
    }

    /// Whether all of the text so far moved, so that moving it back gives the same notes in the
    /// same spelling. Else a note or a key had to be spelled on another letter, was out of reach of
    /// all instruments, or is part of a macro.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// The line that is not complete, read as if it were.
    fn end(&mut self) -> String {
        let mut moved = String::new();
        self.reader.push_str("\n");
        self.give(self.line.len(), &mut moved);
        moved
    }

    /// Gives out the line up to a byte, with what the reader found in it moved.
    fn give(&mut self, end: usize, moved: &mut String) {
        let told = self.reader.told();
        self.is_exact &= told.is_some();
        let line = std::mem::take(&mut self.line);
        for Spelled { at, what } in told.unwrap_or_default() {
            *moved += &line[self.given..at.start];
            let text = &line[at.clone()];
            let written = match what {
                What::Key(key) => self.key(text, key),
                What::Note(note) => self.note(text, &note),
            };
            self.is_exact &= written.is_some();
            *moved += written.as_deref().unwrap_or(text);
            self.given = at.end;
        }
        *moved += &line[self.given..end];
        self.given = end;
        self.line = line;
    }

    /// The text of a key, moved; `None` where it stays.
    fn key(&mut self, text: &str, key: Key) -> Option<String> {
        let (written, key) = match self.interval.field(text, &key) {
            Some((written, key)) => (Some(written), key),
            None => (None, key),
        };
        self.notes = Accidentals::new(key.signature);
        self.graces = self.notes.clone();
        written
    }

    /// The text of a note and its length, moved; `None` where it stays.
    fn note(&mut self, text: &str, note: &SpelledNote) -> Option<String> {
        if note.fresh {
            self.notes.clear();
            self.graces.clear();
        }
        let moved = self.interval.sound(note.pitch)?;
        let written = Pitch { octave: moved.octave.saturating_sub(note.shift), ..moved };
        if ![moved, written].iter().all(|pitch| (0..=8).contains(&pitch.octave)) {
            return None;
        }
        self.is_exact &= self.interval.pitch(note.pitch).is_some();
        // a note tied to this one would lend it another accidental
        let lends = |held: &Pitch| {
            let held = self.interval.sound(*held);
            held.is_some_and(|held| held != moved && Pitch { alter: moved.alter, ..held } == moved)
        };
        let heard = if note.grace { &self.graces } else { &self.notes };
        let mut sign = "";
        if heard.needs(moved) || note.held.iter().any(lends) {
            self.graces.written(moved);
            if !note.grace {
                self.notes.written(moved);
            }
            sign = accidental(moved.alter);
        }
        let letter = text.find(|c: char| c.is_ascii_alphabetic())?;
        let length = text[letter + 1..].trim_start_matches(['\'', ',']);
        Some(format!("{sign}{}{length}", written.abc()))
    }
}

/// A whole text of one tune, moved; `None` where moving it back would not give it again.
pub(super) fn moved(text: &str, from: &Key, to: &Key) -> Option<String> {
    let mut mover = Mover::new(from, to)?;
    let text = mover.push(text) + &mover.end();
    mover.is_exact.then_some(text)
}
