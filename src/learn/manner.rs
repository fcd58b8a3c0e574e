//! How a model is to be asked: what it hears beside the characters, and what it knows of its book.

use crate::learn::listener::Listener;
use crate::learn::text::Vocabulary;
use crate::music::corpus::{Summary, Tonic};
use crate::music::places::InputError;

/// What must be known of a model, beside its weights and its vocabulary, to ask it for tunes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Manner {
    /// What it hears beside the characters.
    pub listener: Listener,
    /// The tonic of all notes that it reads and writes; none: that of `K:`, which is the tune's own in
    /// any case.
    pub tonic: Option<Tonic>,
    /// What its book has; none: nobody knows.
    pub book: Option<Summary>,
    /// What it learned is known to have no tune at all.
    pub prose: bool,
}

impl Manner {
    /// Of a model that hears characters alone, tunes in any key, of a book that nobody knows.
    pub fn plain() -> Self {
        Self { listener: Listener::deaf(), tonic: None, book: None, prose: false }
    }

    /// Sets what the model hears beside the characters: inputs by name and size.
    ///
    /// # Errors
    /// An input that nobody here knows, or of another size than `vocabulary` makes it.
    pub fn hearing(
        self,
        vocabulary: &Vocabulary,
        inputs: &[(String, usize)],
    ) -> Result<Self, InputError> {
        let listener = Listener::new(vocabulary.symbols(), inputs)?.on_tonic(self.tonic);
        Ok(Self { listener, ..self })
    }

    /// Sets the tonic.
    pub fn tonic(self, tonic: Option<Tonic>) -> Self {
        Self { tonic, listener: self.listener.on_tonic(tonic), ..self }
    }

    /// Sets the book; one without a tune is prose.
    pub fn book(self, book: Option<Summary>) -> Self {
        let prose = book.as_ref().is_some_and(|book| book.tunes() == 0);
        Self { book: book.filter(|_| !prose), prose, ..self }
    }
}
