//! What a model writes, in the key that is meant.

use crate::music::abc::Key;
use crate::music::corpus::{Mover, Tonic};

/// The text of a tune as it grows. A model that learned all notes on one tonic writes a key in `K:`
/// and its notes on that tonic: they are moved to the key.
#[derive(Clone)]
pub(super) struct InKey {
    text: String,
    /// Of all notes that the model writes, if it is one.
    tonic: Option<Tonic>,
    /// The key that was asked for.
    meant: Option<Key>,
    /// What stands behind `K:` on this line.
    held: String,
    /// Brings notes from where the model writes them into the key that is meant.
    mover: Option<Mover>,
    /// Where the model writes, and what is meant, once `K:` says it.
    keys: Option<(Key, Key)>,
}

impl InKey {
    pub(super) fn new(tonic: Option<Tonic>, meant: Option<Key>) -> Self {
        Self { text: String::new(), tonic, meant, held: String::new(), mover: None, keys: None }
    }

    /// What is sure by now.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The model goes on with this character; `in_key` if it stands behind `K:`.
    pub(super) fn push(&mut self, c: char, in_key: bool) {
        match (in_key, c) {
            (true, '\n') => self.end_key(),
            (true, c) => self.held.push(c),
            (false, c) => match &mut self.mover {
                Some(mover) => self.text += &mover.push(c.encode_utf8(&mut [0; 4])),
                None => self.text.push(c),
            },
        }
    }

    /// All of it, as if the tune were over.
    pub(super) fn whole(&self) -> String {
        let mut all = self.clone();
        all.end();
        all.text
    }

    /// Music in the key that is meant, as the model is to write it.
    pub(super) fn as_written(&self, music: &str) -> String {
        let Some((written, meant)) = &self.keys else { return music.to_owned() };
        let Some(mut mover) = Mover::new(meant, written) else { return music.to_owned() };
        mover.push(&format!("X:1\nK:{}\n", meant.name().unwrap_or_default()));
        mover.push(music) + &mover.finish()
    }

    /// The tune is over: whatever is still held.
    pub(super) fn end(&mut self) {
        if let Some(mover) = self.mover.take() {
            self.text += &mover.finish();
        }
        self.text += &std::mem::take(&mut self.held);
    }

    /// A `K:` line is over. The notes behind it stand on the model's tonic, else where it says, and
    /// are meant in the key that was asked for, else in this one.
    fn end_key(&mut self) {
        let key = Key::parse(&self.held).ok().filter(|key| key.name().is_some());
        let meant = self.meant.clone().or_else(|| key.clone());
        let written = match (&key, self.tonic) {
            (Some(key), Some(tonic)) => tonic.key(key.mode),
            _ => key,
        };
        let both = written.zip(meant).filter(|(written, meant)| written.mode == meant.mode);
        let names = both.as_ref().map(|(written, meant)| (written.name(), meant.name()));
        let Some((Some(written), Some(meant))) = names else {
            self.end();
            return self.text.push('\n');
        };
        self.held.clear();
        self.end();
        self.text += &format!("{meant}\n");
        self.mover = both.as_ref().and_then(|(written, meant)| Mover::new(written, meant));
        self.keys = both;
        if let Some(mover) = &mut self.mover {
            mover.push(&format!("K:{written}\n"));
        }
    }
}
