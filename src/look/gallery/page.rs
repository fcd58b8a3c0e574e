//! The gallery as HTML: one self-contained page without scripts of its own.

use super::errors::{Errors, off};
use super::labels::{Label, in_code, label, name};
use super::picture::curves;
use super::verdict::{Learned, Shown, power};
use super::{Exhibit, Gallery};
use crate::engine::check::audit::{CENTRAL_CEILING, STEP};
use crate::engine::check::naive::Bug;
use crate::music::page::document::{Document, END, foot};
use maud::{Markup, PreEscaped, html};
use std::error::Error;

const TITLE: &str = "Curves lie, gradients do not";
const STYLE: &str = include_str!("gallery.css");
/// Powers of ten at the ends of the scale of errors; errors that are written at it.
const DECADES: (f64, f64) = (-12.0, 2.0);
const WRITTEN: [f64; 2] = [CENTRAL_CEILING, 1.0];

impl Gallery {
    /// The page.
    ///
    /// # Errors
    /// Where the library that draws has one to report.
    pub fn page(&self) -> Result<String, Box<dyn Error>> {
        let articles = self.broken.iter().map(|broken| self.article(broken));
        let articles = articles.collect::<Result<Vec<_>, _>>()?;
        let document = Document::new(TITLE, STYLE, []);
        let body = html! {
            header { h1 { (TITLE) } (self.summary()) }
            @if self.broken.len() > 1 { (self.table()) }
            main { @for article in &articles { (article) } }
            (foot(false))
        };
        Ok([&document.begin(), body.0.as_str(), END].concat())
    }

    fn summary(&self) -> Markup {
        let (first, last) = self.right.run.ends();
        let with = match self.broken.len() {
            1 => "with a mistake".to_owned(),
            many => format!("with each of {many} mistakes"),
        };
        let seeds: Vec<String> = self.others.iter().map(|run| run.seed.to_string()).collect();
        html! {
            p.summary {
                "One small LSTM learns the same tunes without a mistake and " (with)
                " in its gradient, from the same first weights, in the same order, with the same \
                 dropout masks. Beside its curves stands how far each gradient is from central \
                 differences, which take no calculus."
            }
            p.summary {
                "Without a mistake the loss on held-out tunes falls from " (nats(first)) " to "
                strong { (nats(last)) } " nats a character."
                @if self.broken.len() > 1 { " " (self.counted()) }
            }
            details.how {
                summary { "How it was made, and what the words mean" }
                p {
                    "A tensor is a matrix or a bias of weights, or a first state (h0, c0). Held-out tunes \
                     are those that the model does not learn from. A loss is the model's surprise a \
                     character, in nats: 4.3 for who knows nothing, 1.3 for a chance of 27 %."
                }
                p {
                    (self.lesson.told())
                    " Updates of each run: " (self.lesson.updates()) "; seed "
                    (self.lesson.seed()) "; the other right runs, thin and grey, differ by their first \
                     weights and masks alone (seeds " (seeds.join(" and ")) ")."
                }
                p {
                    "The gradients are those of the plain model on the small random case of "
                    code { "hornpipe audit" } ", with sigmoid gates. Central differences move one number \
                     by " (format!("{STEP:e}")) " up and down and divide the difference of the losses. \
                     Errors are ||ours - reference|| / ||reference|| over a whole tensor, "
                    (power(CENTRAL_CEILING)) " is allowed."
                }
            }
        }
    }

    /// What all curves together tell, and the gradients.
    fn counted(&self) -> String {
        let shown = || self.broken.iter().map(|broken| self.shown(broken));
        let count = |what| shown().filter(|shown| shown.learned == what).count();
        let (all, seen) = (self.broken.len(), shown().filter(|shown| shown.off.0 > 0).count());
        format!(
            "By its curve a mistake learns better than a right model ({} of {all}), as well ({}), worse, \
             which shows only beside a right run ({}), or so little that it is seen ({}); by its \
             gradient it is found ({seen} of {all}).",
            count(Learned::Better),
            count(Learned::AsWell),
            count(Learned::Worse),
            count(Learned::Little),
        )
    }

    /// All mistakes at a glance.
    fn table(&self) -> Markup {
        let rows = self.broken.iter().map(|broken| (bug_of(broken), self.shown(broken)));
        html! {
            div.wide {
                table.all {
                    caption { "Loss on held-out tunes in the end, in nats a character, and gradients" }
                    thead { tr {
                        th scope="col" { "mistake" }
                        th scope="col" { "right" }
                        th scope="col" { "broken" }
                        th scope="col" { "difference" }
                        th scope="col" { "the curve tells" }
                        th scope="col" { "tensors off" }
                    } }
                    tbody {
                        @for (bug, shown) in rows {
                            tr {
                                th scope="row" { a href={ "#" (name(bug)) } { (bug.to_string()) } }
                                td { (nats(shown.right)) }
                                td { (nats(shown.broken)) }
                                td { (signed(shown.difference())) }
                                td.words { (shown.briefly()) }
                                td { strong { (shown.off.0) } " of " (shown.off.1) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn article(&self, broken: &Exhibit) -> Result<Markup, Box<dyn Error>> {
        let (bug, shown) = (bug_of(broken), self.shown(broken));
        let Label { mistake, right, wrong } = label(bug);
        let picture = curves(&broken.run, &self.right.run, &self.others)?;
        Ok(html! {
            article id=(name(bug)) {
                h2 { (bug.to_string()) " " code.name { (name(bug)) } }
                p { (mistake) }
                dl.lines {
                    dt { "right" } dd { code { (right) } }
                    dt.wrong { "wrong" } dd { code { (wrong) } }
                }
                div.both {
                    figure {
                        p.caption { "Loss, in nats a character" }
                        div.picture role="img" aria-label=(described(&shown)) {
                            (PreEscaped(picture))
                        }
                        (legend())
                    }
                    (errors(&self.right.errors, &broken.errors))
                }
                p.says { strong { "The curve " } (shown.of_the_curve()) }
                p.says { strong { "The gradients " } (shown.of_the_gradients()) }
            }
        })
    }
}

fn described(shown: &Shown) -> String {
    format!(
        "Loss by characters learned from: the right run ends at {}, the broken one at {}",
        nats(shown.right),
        nats(shown.broken)
    )
}

fn legend() -> Markup {
    let entry = |class: &str, words: &str| {
        html! { span { i.(class) {} " " (words) } }
    };
    html! {
        figcaption {
            (entry("right", "right, held out")) " " (entry("right training", "right, training")) " "
            (entry("broken", "broken, held out")) " " (entry("broken training", "broken, training"))
            " " (entry("other", "other right runs, held out"))
        }
    }
}

/// Both errors of each tensor, on one scale.
fn errors(right: &Errors, broken: &Errors) -> Markup {
    let rows = right.iter().zip(broken).map(|((name, right), (_, broken))| {
        let class = if off(*broken) { "off" } else { "" };
        html! {
            tr class=(class) {
                th scope="row" { (breaking(&in_code(name))) }
                td.scale { (scale(*right, *broken)) }
                td { (power(*right)) }
                td { (power(*broken)) @if off(*broken) { " " strong { "off" } } }
            }
        }
    });
    html! {
        table.errors {
            caption { "Error of the gradient by each tensor" }
            thead { tr {
                th scope="col" { "tensor" }
                td.scale aria-hidden="true" {
                    @for error in &WRITTEN {
                        span style=(left(libm::log10(*error))) { (power(*error)) }
                    }
                }
                th scope="col" { i.right {} " right" }
                th scope="col" { i.broken {} " broken" }
            } }
            tbody { @for row in rows { (row) } }
        }
    }
}

/// Where both errors lie, for the eye alone: the figures stand beside it.
fn scale(right: f64, broken: f64) -> Markup {
    let (from, to) = (share(decade(right)), share(decade(broken)));
    let way = format!("left:{:.1}%;width:{:.1}%", from.min(to), (to - from).abs());
    html! {
        div aria-hidden="true" {
            i.allowed style=(left(libm::log10(CENTRAL_CEILING))) {}
            i.way style=(way) {}
            i.right style=(left(decade(right))) {}
            i.broken style=(left(decade(broken))) {}
        }
    }
}

/// The power of ten of an error, at the end of the scale where it is beyond.
fn decade(error: f64) -> f64 {
    libm::log10(error).clamp(DECADES.0, DECADES.1)
}

/// The name of a tensor, which may be broken behind its layer.
fn breaking(name: &str) -> Markup {
    let own = name.rfind('.').map_or(0, |dot| dot + 1);
    html! { (name[..own]) wbr; (name[own..]) }
}

fn share(decade: f64) -> f64 {
    100.0 * (decade - DECADES.0) / (DECADES.1 - DECADES.0)
}

fn left(decade: f64) -> String {
    format!("left:{:.1}%", share(decade))
}

fn bug_of(broken: &Exhibit) -> Bug {
    broken.run.bug.expect("a broken run has its bug")
}

fn nats(loss: f64) -> String {
    format!("{loss:.3}")
}

fn signed(difference: f64) -> String {
    format!("{difference:+.3}").replace('-', "\u{2212}")
}
