//! The page as HTML.

use super::card::{Card, neighbour};
use super::document::{Document, END, ENGRAVER, foot};
use super::player::player;
use super::said;
use crate::music::abc::Written;
use crate::music::judge::Verdict;
use maud::{Markup, html};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::io::{self, Write};

const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("engrave.js"),
    include_str!("score.js"),
    include_str!("voices.js"),
    include_str!("player.js"),
    include_str!("tools.js"),
    include_str!("files.js"),
    include_str!("cards.js"),
    "})();\n",
);
const STYLE: &str = include_str!("page.css");
/// How many tunes are put on the page side by side; no more of it are held at once.
const TOGETHER: usize = 8;

/// What a page shows.
pub struct Page<'a> {
    title: &'a str,
    tunes: &'a [Written<'a>],
    verdicts: &'a [Option<Verdict>],
    corpus: &'a [Written<'a>],
}

impl<'a> Page<'a> {
    /// Tunes, what the judge says of each if that is to be shown, and the corpus that it compared
    /// them with.
    ///
    /// # Panics
    /// Where there is not a verdict or none for each tune, or one names a place beyond the corpus.
    pub fn new(
        tunes: &'a [Written<'a>],
        verdicts: &'a [Option<Verdict>],
        corpus: &'a [Written<'a>],
    ) -> Self {
        assert_eq!(verdicts.len(), tunes.len(), "a page wants a verdict for each tune");
        let within = |verdict: &Verdict| verdict.copied.from.is_none_or(|at| at < corpus.len());
        assert!(verdicts.iter().flatten().all(within), "these verdicts are of another corpus");
        Self { title: "New tunes", tunes, verdicts, corpus }
    }

    /// The same with another title to stand above the tunes.
    pub fn title(self, title: &'a str) -> Self {
        Self { title, ..self }
    }

    /// Writes the HTML file, tune after tune, and says how many bytes it has.
    ///
    /// # Errors
    /// What `to` has to report.
    pub fn write(&self, to: &mut (impl Write + ?Sized)) -> io::Result<usize> {
        let mut bytes = 0;
        let mut part = |html: &str| {
            bytes += html.len();
            to.write_all(html.as_bytes())
        };
        let tunes = self.tunes.iter().chain(self.corpus);
        let texts = tunes.flat_map(|tune| [tune.head(), tune.text()]);
        let document = Document::new(self.title, STYLE, texts);
        part(&document.begin())?;
        part(&self.top().0)?;
        part("<main>")?;
        let all: Vec<usize> = (0..self.tunes.len()).collect();
        side_by_side(&all, |at| self.card(at), &mut part)?;
        part("</main>")?;
        part(&foot(true).0)?;
        part(&player().0)?;
        let near = self.verdicts.iter().flatten().filter_map(|verdict| verdict.copied.from);
        let near: Vec<usize> = near.collect::<BTreeSet<_>>().into_iter().collect();
        side_by_side(&near, |place| neighbour(place, &self.corpus[place]), &mut part)?;
        part(&document.script(ENGRAVER).0)?;
        part(&document.script(SCRIPT).0)?;
        part(END)?;
        Ok(bytes)
    }

    /// What stands above the tunes.
    fn top(&self) -> Markup {
        let judged = self.verdicts.iter().any(Option::is_some);
        html! {
            header.page {
                h1 { (self.title) }
                (said::summary(self.tunes.len(), self.verdicts, self.corpus.len()))
                p.plain { "Scores and sound need JavaScript; the tunes are here as ABC." }
                @if self.tunes.len() > 1 {
                    div.tools {
                        label {
                            "Sort by "
                            select #sort {
                                option value="number" { "number" }
                                @if judged {
                                    option value="verdict" { "good and new first" }
                                    option value="shared" { "least shared first" }
                                }
                                option value="length" { "length" }
                                option value="title" { "title" }
                            }
                        }
                        @if judged {
                            label { input #best type="checkbox"; " only good and new" }
                        }
                        button #print type="button" { "Print all" }
                        span #shown role="status" {}
                    }
                }
            }
        }
    }

    fn card(&self, at: usize) -> Markup {
        let (written, verdict) = (&self.tunes[at], self.verdicts[at].as_ref());
        Card { number: at + 1, written, verdict, corpus: self.corpus }.markup()
    }
}

/// Puts parts of the page in their order.
fn side_by_side(
    all: &[usize],
    markup: impl Fn(usize) -> Markup + Sync,
    mut put: impl FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    all.chunks(TOGETHER).try_for_each(|some| {
        let parts: Vec<Markup> = some.par_iter().map(|at| markup(*at)).collect();
        parts.iter().try_for_each(|part| put(&part.0))
    })
}
