//! What every page is: one HTML file that needs no network and allows itself none.
//!
//! Its policy lets its own scripts alone run: they carry a number that depends on all that strangers
//! say on the page, so that no text there can know it.

use crate::hash::{Hashing, hex};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io::{self, Write};

/// The script that draws scores.
pub(crate) const ENGRAVER: &str = include_str!("../../../data/vendor/abcjs/abcjs-basic-min.js");
const ENGRAVERS_LICENCE: &str = include_str!("../../../data/vendor/abcjs/LICENSE.md");
/// Colours, letters and controls.
const STYLE: &str = include_str!("document.css");
/// Says that scripts run; what would be of no use without is shown only then.
const RUNS: &str = "document.documentElement.classList.add(\"js\");";
/// What stands last.
pub(crate) const END: &str = "</body></html>";

/// The frame of a page.
pub(crate) struct Document<'a> {
    title: &'a str,
    /// What it has of its own beside the common style.
    style: &'static str,
    nonce: String,
}

impl<'a> Document<'a> {
    /// A page on which `texts`, beside its title, are what others wrote.
    pub(crate) fn new<'t>(
        title: &'a str,
        style: &'static str,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let mut all = Hashing::new(io::sink());
        let mut add = |text: &str| {
            let length = text.len().to_le_bytes();
            let written = all.write_all(&length).and_then(|()| all.write_all(text.as_bytes()));
            written.expect("a sink takes everything");
        };
        add(title);
        texts.into_iter().for_each(add);
        Self { title, style, nonce: hex(&all.finish().1) }
    }

    /// All up to where the body begins.
    pub(crate) fn begin(&self) -> String {
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{}'; style-src 'unsafe-inline'; \
             base-uri 'none'; form-action 'none'",
            self.nonce
        );
        let head = html! {
            (DOCTYPE)
            (PreEscaped("<html lang=\"en\">"))
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (self.title) }
                style { (PreEscaped(STYLE)) (PreEscaped(self.style)) }
                (self.script(RUNS))
            }
            (PreEscaped("<body>"))
        };
        head.0
    }

    /// A script that the page lets run.
    pub(crate) fn script(&self, text: &str) -> Markup {
        html! { script nonce=(self.nonce) { (PreEscaped(text)) } }
    }
}

/// What stands below all: who wrote the page, and the licence of the engraver if it draws there.
pub(crate) fn foot(draws: bool) -> Markup {
    html! {
        footer {
            "Written by hornpipe " (env!("CARGO_PKG_VERSION"))
            @if draws {
                "; scores drawn by abcjs 6.7.2."
                details {
                    summary { "The licence of abcjs" }
                    pre { (ENGRAVERS_LICENCE.trim()) }
                }
            } @else { "." }
        }
    }
}

/// Data for a script, in JSON, where `<` stands in strings alone and may be written so.
pub(crate) fn json(data: &impl serde::Serialize) -> Markup {
    PreEscaped(serde_json::to_string(data).unwrap_or_default().replace('<', "\\u003c"))
}
