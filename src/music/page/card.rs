//! One tune on the page.

use super::document::json;
use super::music::{Music, Near};
use super::said;
use super::shared::shared;
use super::text::{Places, comments};
use crate::music::abc::{Tune, Written};
use crate::music::judge::Verdict;
use crate::music::render::play;
use maud::{Markup, html};

/// A tune, and what is said of it.
pub(super) struct Card<'a> {
    /// From 1.
    pub(super) number: usize,
    pub(super) written: &'a Written<'a>,
    pub(super) verdict: Option<&'a Verdict>,
    pub(super) corpus: &'a [Written<'a>],
}

impl Card<'_> {
    pub(super) fn markup(&self) -> Markup {
        let Self { number, written, verdict, .. } = self;
        let tune = written.read();
        let played = play(&tune);
        let title = title_or(&tune, || format!("Tune {number}"));
        let length = played.iter().flat_map(|played| &played.notes).filter(|note| !note.grace);
        let near = self.near(&tune);
        let mut music = played.as_ref().map(|played| Music::new(written, &tune, played));
        let like = near.as_ref().map(|(title, _)| title.clone());
        if let Ok(music) = &mut music {
            music.near = near.map(|(_, near)| near);
        }
        let best = verdict.map(|verdict| verdict.is_good() && verdict.is_new());
        let rank =
            verdict.map(|verdict| u8::from(best == Some(true)) * 2 + u8::from(verdict.is_good()));
        html! {
            article #{"tune-" (number)} .silent[music.is_err()] data-number=(number)
                data-title=(title) data-length=(length.count()) data-best=[best]
                data-verdict=[rank] data-shared=[verdict.map(|verdict| verdict.copied.share())] {
                div.top {
                    h2 { span.number { (number) } " " (title) }
                    (kind(&tune))
                    @if music.is_ok() {
                        button.play type="button" aria-label={"Play " (title)} { "Play" }
                    }
                }
                @if let Ok(music) = &music {
                    figure {
                        div.staves role="img" aria-label={"Score of " (title)} {}
                        (data(music))
                    }
                }
                @if let Some(verdict) = verdict {
                    (judged(verdict, like.as_deref(), music.is_ok()))
                }
                // who gets the page by mail has no other word of them
                (said::problems(&tune, played.as_ref().err()))
                // of a tune that is too long to be read not even its text is shown
                @if tune.too_long.is_none() { (below(written, music.is_ok())) }
            }
        }
    }

    /// The nearest tune of the corpus: its title, and where the notes are that both have.
    fn near(&self, tune: &Tune) -> Option<(String, Near)> {
        let place = self.verdict?.copied.from?;
        let written = &self.corpus[place];
        let other = written.read();
        let [ours, theirs] = shared(tune, &other);
        let places = |written, notes: Vec<_>| -> Vec<usize> {
            let places = Places::of(written);
            notes.into_iter().filter_map(|at| places.get(at)).collect()
        };
        let shared = [places(self.written, ours), places(written, theirs)];
        Some((title_of_corpus(&other), Near { place, shared }))
    }
}

/// A tune of the corpus as the script gets it, once however many tunes it is nearest to.
pub(super) fn neighbour(place: usize, written: &Written) -> Markup {
    let tune = written.read();
    let music = match play(&tune) {
        Ok(played) => Music::new(written, &tune, &played),
        Err(_) => Music::silent(written, &tune),
    };
    html! {
        script #{"near-" (place)} type="application/json" data-title=(title_of_corpus(&tune)) {
            (json(&music))
        }
    }
}

/// What the judge says, in a line that opens to the score of the nearest tune.
fn judged(verdict: &Verdict, nearest: Option<&str>, opens: bool) -> Markup {
    html! {
        p.verdict {
            (said::verdict(verdict))
            @if let Some(title) = nearest {
                " " (said::counted(verdict.copied.notes, "note")) " of its " (verdict.copied.of)
                " in a row like " cite { (title) }
                @if opens {
                    " "
                    button.fold type="button" aria-expanded="false" aria-label={"Show " (title)} {
                        "show"
                    }
                }
            }
        }
    }
}

/// What stands below the score: what one can do with the tune, its text, what made it.
fn below(written: &Written, sounds: bool) -> Markup {
    let comments = comments(written.text());
    html! {
        div.deeds {
            @if sounds {
                button.fold type="button" aria-expanded="false" { "ABC" }
                button.save type="button" data-kind="abc" { "Save ABC" }
                button.save type="button" data-kind="mid" { "Save MIDI" }
            }
            button.print type="button" { "Print this tune" }
        }
        pre.abc { (written.head()) (written.text().trim_end()) }
        @if !comments.is_empty() { ul.made { @for comment in comments { li { (comment) } } } }
    }
}

fn data(music: &Music) -> Markup {
    html! { script type="application/json" { (json(music)) } }
}

/// Rhythm, metre and key as written.
fn kind(tune: &Tune) -> Markup {
    let field = |letter| tune.header(letter).filter(|field| !field.is_empty());
    html! {
        p.kind {
            @for field in ['R', 'M'].into_iter().filter_map(field) { span { (field) } }
            @if let Some(key) = field('K') { span.key { (key) } }
        }
    }
}

fn title_or(tune: &Tune, other: impl Fn() -> String) -> String {
    let title = tune.header('T').filter(|title| !title.is_empty());
    title.map_or_else(other, str::to_owned)
}

fn title_of_corpus(tune: &Tune) -> String {
    title_or(tune, || "a tune without title".to_owned())
}
