//! The page as HTML: its frame, its parts in their order, and what it says at the top.

use super::cells::cells;
use super::data::{Data, kept};
use super::parts::{inputs, legend, reading, stretches};
use super::{Inspection, LONGEST};
use crate::learn::text::Vocabulary;
use crate::music::page::document::{Document, END, ENGRAVER, foot, json};
use maud::{Markup, html};

const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("../../music/page/engrave.js"),
    include_str!("text.js"),
    include_str!("score.js"),
    include_str!("cells.js"),
    "})();\n",
);
const STYLE: &str = include_str!("inspect.css");

/// What a page shows.
pub struct Page<'a> {
    inspection: &'a Inspection,
    vocabulary: &'a Vocabulary,
    model: &'a str,
}

impl<'a> Page<'a> {
    /// An inspection with the vocabulary of its model, which is called so.
    pub fn new(inspection: &'a Inspection, vocabulary: &'a Vocabulary, model: &'a str) -> Self {
        Self { inspection, vocabulary, model }
    }

    /// The HTML file. Of a text of 1,000 characters it has less than 3 MB, whatever the model.
    pub fn html(&self) -> String {
        let Self { inspection, vocabulary, model } = *self;
        let subject = &inspection.subject;
        let kept = kept(inspection);
        let data = Data::new(inspection, vocabulary, &kept);
        let draws = data.draws();
        let title = format!("{} inside {model}", subject.title);
        let document = Document::new(&title, STYLE, [subject.text.as_str(), model, &subject.title]);
        let body = html! {
            (self.top())
            main {
                section #reading {
                    h2 #reading-name { "What surprised it" }
                    p.hint.tools {
                        "Point at a character, tap it or go there with the arrow keys: what it \
                         cost, and what else the model thought likely."
                    }
                    (legend())
                    (reading(inspection))
                }
                div.side {
                    aside #about .tools role="status" aria-label="The chosen character" {}
                    (stretches(inspection))
                }
                @if draws {
                    section #score {
                        h2 { "The score" }
                        p.hint {
                            "The more orange a note is, the more its characters cost."
                            @if subject.is_moved() {
                                " It stands on the tonic that the model reads all tunes on, \
                                 whatever K: says."
                            }
                        }
                        div.staves role="img" aria-label={"Score of " (subject.title)} {}
                    }
                }
                (cells(inspection, &kept))
                (inputs(inspection))
            }
            script #data type="application/json" { (json(&data)) }
            @if draws { (document.script(ENGRAVER)) }
            (document.script(SCRIPT))
            (foot(draws))
        };
        [document.begin(), body.0, END.to_owned()].concat()
    }

    /// What this is of, in one line of figures, and how the model read it.
    fn top(&self) -> Markup {
        let (inspection, subject) = (self.inspection, &self.inspection.subject);
        let reading = &inspection.reading;
        let hits = reading.expected.iter().flatten().filter(|expected| expected.hit).count();
        let right = 100.0 * hits as f64 / reading.foretold().max(1) as f64;
        let loss = inspection.loss();
        html! {
            header.page {
                h1 { (subject.title) }
                p.summary {
                    "Inside the model " strong { (self.model) } ": "
                    strong { (format!("{loss:.3}")) " nats a character" }
                    @if let Some(nats) = inspection.a_note() {
                        ", " (format!("{nats:.2}")) " a note"
                    }
                    ", perplexity " (perplexity(loss)) ", "
                    (format!("{right:.0}")) " % of " (reading.foretold())
                    " characters its first guess."
                }
                p.hint { (read_how(inspection)) }
                p.plain {
                    "Scores, cells and what else was likely need JavaScript; here is the text, with \
                     what each character cost where you point at it."
                }
                (words())
            }
        }
    }
}

/// e to the power of a loss, as far as anybody wants to know it.
fn perplexity(loss: f64) -> String {
    match libm::exp(loss) {
        many if many >= 1e6 => "over a million".to_owned(),
        few => format!("{few:.2}"),
    }
}

/// What the words of the page mean.
fn words() -> Markup {
    let words = [
        (
            "nat",
            "what a character cost: 0 where the model was sure of it, 0.7 at a chance of 50 %, \
                 1 at 37 %, 4.6 at 1 %. It is -ln p, p being the chance that the model gave it.",
        ),
        ("perplexity", "among how many equally likely characters the model would be as unsure."),
        ("cell", "one number of the model's memory, c. Cell 0:17 is number 17 of its first layer."),
        ("gates", "between 0 and 1: how much of a cell is let in (i), kept (f) and shown (o)."),
        ("tanh(c)", "a cell squeezed between -1 and 1, as the model shows it."),
        ("follows", "100 %: knowing the feature one knows the cell; 0 %: it says nothing of it."),
    ];
    html! {
        details.words {
            summary { "What the words mean" }
            dl { @for (word, meaning) in words { dt { (word) } dd { (meaning) } } }
        }
    }
}

/// How the model came to read what it read.
fn read_how(inspection: &Inspection) -> String {
    let subject = &inspection.subject;
    let mut how = match &subject.tune {
        None => {
            "Read as text, from a state that has heard nothing: the first character is not foretold."
                .to_owned()
        }
        Some(_) if subject.as_written => {
            "Read as it is written, because it does not fit the form that the model learned. To warm \
             up the model wrote a tune of the same kind first, which is not shown."
                .to_owned()
        }
        Some(_) => format!(
            "Read{}. To warm up the model wrote a tune of the same kind first, which is not shown.",
            if subject.in_form { " in the form that the model learned" } else { "" }
        ),
    };
    if subject.is_moved() {
        how += " Its notes are on the tonic that this model reads all tunes on, whatever K: says.";
    }
    if let Some(unknown) = subject.unknown() {
        how += &format!(" Left out, because the model does not know them: {unknown}.");
    }
    let shown = inspection.reading.len();
    if shown < subject.whole {
        how += &format!(
            " These are its first {shown} of {} characters: no more than {LONGEST} are looked at.",
            subject.whole
        );
    }
    how
}
