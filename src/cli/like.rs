//! The tune that others are to be like: `--like FILE#3`.

use super::out::note;
use crate::error::{Error, Result};
use crate::music::abc::{self, Tune};
use crate::music::corpus::{Wish, canonical, load, rhythm_name};
use std::path::{Path, PathBuf};

/// A tune that others are to be like.
pub(super) struct Like {
    /// Its text, with what its file says for all tunes.
    pub(super) text: String,
    pub(super) tune: Tune,
    pub(super) kind: Wish,
}

/// A file, and which of its tunes is meant: `FILE#3` is the third, unless a file has that name.
pub(super) fn numbered(path: &Path) -> (PathBuf, Option<usize>) {
    let text = path.to_string_lossy();
    let numbered = text.rsplit_once('#').filter(|_| !path.exists());
    match numbered.and_then(|(file, number)| Some((file, number.parse().ok()?))) {
        Some((file, number)) => (PathBuf::from(file), Some(number)),
        None => (path.to_owned(), None),
    }
}

/// Reads the tune that others are to be like.
pub(super) fn like(path: &Path) -> Result<Like> {
    let (file, number) = numbered(path);
    let sources = load(std::slice::from_ref(&file))?;
    let tunes: Vec<_> = sources.iter().flat_map(|source| abc::written(&source.text)).collect();
    let (name, count) = (file.display(), tunes.len());
    let tune = match (number, count) {
        (_, 0) => None,
        (None, 1) => tunes.first(),
        (None, _) => {
            return Err(Error::Usage(format!(
                "--like: {name} holds {count} tunes; say which, as in --like={name}#{count}"
            )));
        }
        (Some(number), _) => number.checked_sub(1).and_then(|at| tunes.get(at)),
    };
    let Some(tune) = tune else {
        return Err(Error::Usage(match count {
            0 => format!("--like: {name} holds no tune; one begins with 'X:'"),
            _ => format!("--like: {name} holds tunes 1 to {count} only"),
        }));
    };
    let (text, tune) = (tune.whole().into_owned(), tune.read());
    let rhythm = tune.header('R').map(str::trim).filter(|text| !text.is_empty());
    let known = rhythm.and_then(|text| rhythm_name(text, tune.meter));
    let rhythm = known.or(rhythm).map(str::to_owned);
    let key = Some(tune.key.clone()).filter(|key| key.name().is_some());
    if key.is_none() {
        note("the --like tune has no key of a tonic and a mode; a key is drawn");
    }
    // as models learn it: C| is 4/4
    let form = canonical(&tune, known).map(|form| abc::read(&form.text).meter);
    let kind = Wish { rhythm, meter: form.unwrap_or(tune.meter), mode: None, key };
    Ok(Like { text, tune, kind })
}
