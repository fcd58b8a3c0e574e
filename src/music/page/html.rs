//! The page as HTML.

use super::music::Music;
use super::shared::shared;
use super::text::comments;
use crate::hash::{Hashing, hex};
use crate::music::abc::{Position, Problem, Tune, Written};
use crate::music::judge::{Copied, Counts, Verdict};
use crate::music::render::play;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use rayon::prelude::*;
use std::io::{self, Write};

const ENGRAVER: &str = include_str!("../../../data/vendor/abcjs/abcjs-basic-min.js");
const ENGRAVERS_LICENCE: &str = include_str!("../../../data/vendor/abcjs/LICENSE.md");
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");
/// How many tunes are put on the page side by side; no more of it are held at once.
const TOGETHER: usize = 8;
/// Of the things that are wrong with a tune, so many are named.
const NAMED: usize = 3;

/// What a page shows.
pub struct Page<'a> {
    title: &'a str,
    tunes: &'a [Written<'a>],
    verdicts: &'a [Verdict],
    corpus: &'a [Written<'a>],
}

impl<'a> Page<'a> {
    /// Tunes, what the judge says of each, and the corpus that it compared them with.
    ///
    /// # Panics
    /// Where there is not a verdict for each tune, or one names a place beyond the corpus.
    pub fn new(
        tunes: &'a [Written<'a>],
        verdicts: &'a [Verdict],
        corpus: &'a [Written<'a>],
    ) -> Self {
        assert_eq!(verdicts.len(), tunes.len(), "a page wants a verdict for each tune");
        let within = |verdict: &Verdict| verdict.copied.from.is_none_or(|at| at < corpus.len());
        assert!(verdicts.iter().all(within), "these verdicts are of another corpus");
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
        let nonce = self.nonce();
        part(&html! { (DOCTYPE) }.0)?;
        part("<html lang=\"en\">")?;
        part(&self.head(&nonce).0)?;
        part("<body>")?;
        part(&self.top().0)?;
        part("<main>")?;
        for from in (0..self.tunes.len()).step_by(TOGETHER) {
            let some = from..self.tunes.len().min(from + TOGETHER);
            let cards: Vec<Markup> = some.into_par_iter().map(|at| self.card(at)).collect();
            cards.iter().try_for_each(|card| part(&card.0))?;
        }
        part("</main>")?;
        part(&foot(&nonce).0)?;
        part("</body></html>")?;
        Ok(bytes)
    }

    /// A number that depends on all that stands on the page, so that nothing there can know it.
    fn nonce(&self) -> String {
        let mut all = Hashing::new(io::sink());
        let tunes = self.tunes.iter().chain(self.corpus);
        let texts = tunes.flat_map(|tune| [tune.head(), tune.text()]);
        for text in [self.title].into_iter().chain(texts) {
            let length = text.len().to_le_bytes();
            let written = all.write_all(&length).and_then(|()| all.write_all(text.as_bytes()));
            written.expect("a sink takes everything");
        }
        hex(&all.finish().1)
    }

    fn head(&self, nonce: &str) -> Markup {
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; \
             base-uri 'none'; form-action 'none'"
        );
        html! {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (self.title) }
                style { (PreEscaped(STYLE)) }
            }
        }
    }

    /// What stands above the tunes.
    fn top(&self) -> Markup {
        let Counts { good, new, good_and_new, .. } = Counts::of(self.verdicts);
        let (tunes, corpus) =
            (counted(self.tunes.len(), "tune"), counted(self.corpus.len(), "tune"));
        html! {
            header.page {
                h1 { (self.title) }
                p.summary {
                    (tunes) ": " (good) " good, " (new) " new, "
                    strong { (good_and_new) " good and new" }
                    ". Compared with a corpus of " (corpus) "."
                }
                noscript { p { "Scores and sound need JavaScript; the tunes are here as ABC." } }
                div.tools {
                    label {
                        "Sort by "
                        select #sort {
                            option value="number" { "number" }
                            option value="verdict" { "good and new first" }
                            option value="shared" { "least shared first" }
                            option value="length" { "length" }
                            option value="title" { "title" }
                        }
                    }
                    label {
                        "Speed "
                        select #speed {
                            @for percent in [50, 70, 85, 100, 115] {
                                option value=(percent) selected[percent == 100] { (percent) " %" }
                            }
                        }
                    }
                    label { input #best type="checkbox"; " only good and new" }
                    span #shown role="status" {}
                }
            }
        }
    }

    fn card(&self, at: usize) -> Markup {
        let (number, written, verdict) = (at + 1, &self.tunes[at], &self.verdicts[at]);
        let tune = written.read();
        let played = play(&tune);
        let title = match verdict.title.as_str() {
            "" => format!("Tune {number}"),
            title => title.to_owned(),
        };
        let near = verdict.copied.from.map(|place| Near::new(&self.corpus[place], &tune));
        let ours = near.as_ref().map_or(&[][..], |near| &near.shared[0]);
        let music = played.as_ref().map(|played| Music::new(written, &tune, played, ours));
        let best = verdict.is_good() && verdict.is_new();
        html! {
            article #{"tune-" (number)} data-number=(number) data-title=(title) data-best=(best)
                data-verdict=(u8::from(best) * 2 + u8::from(verdict.is_good()))
                data-shared=(verdict.copied.share()) data-length=(verdict.melody.notes) {
                div.top {
                    h2 { span.number { (number) } " " (title) }
                    p.kind { (kind(&tune)) }
                    @if music.is_ok() {
                        button.play type="button" aria-label={"Play " (title)} { "Play" }
                    }
                }
                (judged(verdict, &tune, played.as_ref().err(), near.as_ref()))
                @if let Ok(music) = &music {
                    div.pair {
                        (figure(&format!("Score of {title}"), "score", music, None))
                        @if let Some(near) = &near { (near.figure()) }
                    }
                }
                // of a tune that is too long to be read not even its text is shown
                @if tune.too_long.is_none() {
                    details open[music.is_err()] {
                        summary { "ABC" }
                        pre { (written.head()) (written.text().trim_end()) }
                    }
                    @let comments = comments(written.text());
                    @if !comments.is_empty() {
                        ul.made { @for comment in comments { li { (comment) } } }
                    }
                }
            }
        }
    }
}

/// The corpus tune that shares the longest run of notes.
struct Near {
    title: String,
    music: Music,
    /// The notes of the run, in the page's tune and in this one.
    shared: [Vec<Position>; 2],
}

impl Near {
    fn new(written: &Written, ours: &Tune) -> Self {
        let tune = written.read();
        let shared = shared(ours, &tune);
        let title = tune.header('T').filter(|title| !title.is_empty());
        let title = title.unwrap_or("a tune without title").to_owned();
        let music = match play(&tune) {
            Ok(played) => Music::new(written, &tune, &played, &shared[1]),
            Err(_) => Music::silent(written, &shared[1]),
        };
        Self { title, music, shared }
    }

    fn figure(&self) -> Markup {
        let caption = html! {
            span { "Nearest in the corpus: " cite { (self.title) } }
            button.play.small type="button" aria-label={"Play " (self.title) ", of the corpus"} {
                "Play"
            }
        };
        figure(
            &format!("Score of {}, of the corpus", self.title),
            "near",
            &self.music,
            Some(caption),
        )
    }
}

/// What stands below the tunes, and the scripts.
fn foot(nonce: &str) -> Markup {
    html! {
        footer {
            "Written by hornpipe " (env!("CARGO_PKG_VERSION")) "; scores drawn by abcjs 6.7.2."
            details {
                summary { "The licence of abcjs" }
                pre { (ENGRAVERS_LICENCE.trim()) }
            }
        }
        script nonce=(nonce) { (PreEscaped(ENGRAVER)) }
        script nonce=(nonce) { (PreEscaped(SCRIPT)) }
    }
}

/// A score, drawn from its data once it comes into sight.
fn figure(label: &str, class: &str, music: &Music, caption: Option<Markup>) -> Markup {
    // in JSON `<` stands in strings alone, and there it may be written so
    let data = serde_json::to_string(music).unwrap_or_default().replace('<', "\\u003c");
    html! {
        figure class=(class) {
            @if let Some(caption) = caption { figcaption { (caption) } }
            div.staves role="img" aria-label=(label) {}
            script type="application/json" { (PreEscaped(data)) }
        }
    }
}

/// Rhythm, metre and key as written.
fn kind(tune: &Tune) -> String {
    let fields = ['R', 'M', 'K'].into_iter().filter_map(|letter| tune.header(letter));
    fields.filter(|field| !field.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What the judge says, in words; `unplayable` is why nothing of the tune sounds.
fn judged(
    verdict: &Verdict,
    tune: &Tune,
    unplayable: Option<&Problem>,
    near: Option<&Near>,
) -> Markup {
    let flaws = [
        (verdict.bars, "a bar does not add up"),
        (verdict.tonic, "it does not end on its tonic"),
        (verdict.parts, "its parts are not of 8 or 16 bars"),
    ];
    let flaws: Vec<&str> = flaws.iter().filter(|flaw| !flaw.0).map(|flaw| flaw.1).collect();
    let Copied { notes, of, .. } = verdict.copied;
    let share = format!("{:.0} %", 100.0 * verdict.copied.share());
    html! {
        p.verdict {
            @if !verdict.reads {
                span.badge.no { "does not read" }
            } @else {
                @if verdict.is_good() { span.badge.yes { "good" } }
                @else { span.badge.no { "not good" } " because " (flaws.join(" and ")) "." }
                " "
                @if verdict.is_new() { span.badge.yes { "new" } }
                @else { span.badge.no { "near-copy" } }
            }
            @if let Some(near) = near {
                " At most " span.shared { (notes) " of its " (of) " notes" } " in a row (" (share)
                ") are those of " cite { (near.title) } "."
            }
        }
        @if !tune.problems.is_empty() || unplayable.is_some() {
            ul.problems {
                @for problem in tune.problems.iter().take(NAMED) { li { (problem) } }
                @if let Some(problem) = unplayable && !tune.problems.contains(problem) {
                    li { (problem) }
                }
                @if tune.problems.len() > NAMED {
                    li { "and " (tune.problems.len() - NAMED) " more" }
                }
            }
        }
    }
}

/// "1 tune", "2 tunes".
fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
