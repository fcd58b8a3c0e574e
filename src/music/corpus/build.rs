//! From sources to a corpus: read, select, write canonically, drop what comes twice.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use super::canonical::canonical;
use super::credit::transcriber;
use super::duplicates::relative;
use super::form::{Canonical, Reason};
use super::rhythm::{matches_rhythm, rhythm_name};
use super::source::Source;
use crate::music::abc::{self, Tune};

/// A collection whose tune numbers mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Book {
    /// O'Neill's Music of Ireland (1903): 1,850 tunes in sections by rhythm.
    Oneills,
}

/// What to keep; everything unless told otherwise.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Rhythms to keep, each one of [`KNOWN_RHYTHMS`](super::KNOWN_RHYTHMS); empty keeps all.
    pub rhythms: Vec<String>,
    /// The book all sources were copied from. Without it a tune's `X:` number means nothing: every
    /// collection counts from 1.
    pub book: Option<Book>,
}

impl Options {
    /// These with rhythms to keep; `jig` keeps slip jigs too.
    pub fn rhythms(self, rhythms: Vec<String>) -> Self {
        Self { rhythms, ..self }
    }

    /// These with a book that all sources were copied from.
    pub fn book(self, book: Option<Book>) -> Self {
        Self { book, ..self }
    }
}

/// A tune of the corpus and where it comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Kept {
    /// The tune as written.
    pub tune: Canonical,
    /// The number its source gave it in `X:`.
    pub number: String,
    /// Its rhythm.
    pub rhythm: Option<&'static str>,
    /// Who typed it, from `Z:`.
    pub transcriber: String,
    /// The file it comes from.
    pub path: PathBuf,
}

/// A tune that was not kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dropped {
    /// The number its source gave it in `X:`.
    pub number: String,
    /// Its title as the source has it.
    pub title: String,
    /// The file it comes from.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// All tunes of the sources, kept or dropped.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Corpus {
    /// In the order of the corpus: of the book if there is one, else of the sources.
    pub kept: Vec<Kept>,
    /// In the order of the sources; duplicates last.
    pub dropped: Vec<Dropped>,
}

impl Corpus {
    /// The tunes as one text, a blank line between them.
    pub fn text(&self) -> String {
        let blocks: Vec<&str> = self.kept.iter().map(|kept| kept.tune.text.as_str()).collect();
        blocks.join("\n")
    }

    /// The dropped tunes by the name of the reason, most frequent first.
    pub fn reasons(&self) -> Vec<(&'static str, Vec<&Dropped>)> {
        let mut by_name: BTreeMap<&'static str, Vec<&Dropped>> = BTreeMap::new();
        for dropped in &self.dropped {
            by_name.entry(dropped.reason.name()).or_default().push(dropped);
        }
        let mut reasons: Vec<_> = by_name.into_iter().collect();
        reasons.sort_by_key(|(_, dropped)| std::cmp::Reverse(dropped.len()));
        reasons
    }
}

/// Reads all tunes of the sources and keeps those that are asked for and fit the canonical form.
///
/// Of tunes with the same notes, up to transposition, the first is kept; of tunes with the same
/// number in a book the first whose bars are complete.
pub fn build(sources: &[Source], options: &Options) -> Corpus {
    let mut corpus = Corpus::default();
    for source in sources {
        for tune in abc::written(&source.text) {
            let tune = tune.read();
            let rhythm = rhythm_of(&tune, options.book);
            let wanted = matches_rhythm(rhythm, &options.rhythms);
            let result = if wanted { canonical(&tune, rhythm) } else { Err(Reason::OtherRhythm) };
            let number = tune.header('X').unwrap_or_default().to_owned();
            let path = source.path.clone();
            match result {
                Ok(written) => corpus.kept.push(Kept {
                    tune: written,
                    number,
                    rhythm,
                    transcriber: transcriber(&tune),
                    path,
                }),
                Err(reason) => {
                    let title = tune.header('T').unwrap_or_default().to_owned();
                    corpus.dropped.push(Dropped { number, title, path, reason });
                }
            }
        }
    }
    if options.book.is_some() {
        corpus.kept.sort_by_key(|kept| kept.number.parse::<u32>().unwrap_or(u32::MAX));
    }
    drop_duplicates(&mut corpus, options.book);
    corpus
}

/// `R:` if it names a rhythm, else what the book says.
pub(super) fn rhythm_of(tune: &Tune, book: Option<Book>) -> Option<&'static str> {
    let named = tune.header('R').and_then(|text| rhythm_name(text, tune.meter));
    let number = tune.header('X').and_then(|number| number.parse::<u32>().ok());
    named.or_else(|| match (book?, number?) {
        (Book::Oneills, 701..=1115) => Some("jig"),
        (Book::Oneills, 1116..=1175) => Some("slip jig"),
        (Book::Oneills, 1176..=1555) => Some("reel"),
        (Book::Oneills, 1556..=1780) => Some("hornpipe"),
        _ => None,
    })
}

fn drop_duplicates(corpus: &mut Corpus, book: Option<Book>) {
    // places in `kept` by a digest of the notes: they themselves would be held twice
    let mut by_melody: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut by_number: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Kept> = Vec::new();
    for tune in std::mem::take(&mut corpus.kept) {
        let notes = || relative(&tune.tune.melody);
        let mut hasher = DefaultHasher::new();
        notes().for_each(|note| note.hash(&mut hasher));
        let digest = hasher.finish();
        let alike = by_melody.get(&digest).into_iter().flatten();
        let same_notes = alike.copied().find(|at| relative(&kept[*at].tune.melody).eq(notes()));
        let same_number = book.and(by_number.get(&tune.number).copied());
        let title = |at: usize| kept[at].tune.title.clone();
        let reason = match (same_notes, same_number) {
            (_, Some(at)) => Reason::SameNumber(title(at)),
            (Some(at), None) => Reason::SameNotes(title(at)),
            (None, None) => {
                by_melody.entry(digest).or_default().push(kept.len());
                by_number.insert(tune.number.clone(), kept.len());
                kept.push(tune);
                continue;
            }
        };
        let title = tune.tune.title;
        corpus.dropped.push(Dropped { number: tune.number, title, path: tune.path, reason });
    }
    corpus.kept = kept;
}
