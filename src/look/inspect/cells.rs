//! The cells on the page: what they follow, and where the scripts show one of them.

use super::Inspection;
use super::features::Feature;
use super::follow::{Follows, STILL};
use super::parts::bar;
use maud::{Markup, html};

/// Cells that are named of each feature.
pub(super) const NAMED: usize = 3;
/// Less of a share is shown as 0 %.
const NOTHING: f64 = 0.005;

/// What the cells follow, and room for one of them; `kept` are the places of those with traces.
pub(super) fn cells(inspection: &Inspection, kept: &[usize]) -> Markup {
    let all = inspection.follows.len();
    html! {
        section #cells {
            h2 { "What its cells follow" }
            p.hint {
                "The share of the variance of tanh(c) along this text that a feature explains, \
                 without what it would explain by chance (ε², 0 to 100 %). It says what goes \
                 together in one text, not why: what never comes apart here cannot be told apart. \
                 A cell that holds still (a standard deviation below " (STILL) ") counts as \
                 following nothing."
            }
            (still(inspection))
            table.follows {
                thead {
                    tr {
                        th { "feature" }
                        th { "cells that follow it most" }
                        th.number { "characters" }
                    }
                }
                tbody {
                    @for (at, feature) in inspection.features.iter().enumerate() {
                        (followed(inspection, at, feature, kept))
                    }
                }
            }
            @if kept.len() < all {
                p.hint {
                    "This page holds the traces of " (kept.len()) " of " (all)
                    " cells, those that follow something most."
                }
            }
            (explorer(inspection))
        }
    }
}

/// Which features do not change here.
fn still(inspection: &Inspection) -> Markup {
    let names = inspection.still.join(", ");
    html! {
        @if !names.is_empty() {
            p.hint { "Left out, because it never changes in this text: " (names) "." }
        }
    }
}

/// A feature, and the cells that follow it most.
fn followed(inspection: &Inspection, at: usize, feature: &Feature, kept: &[usize]) -> Markup {
    let mut best: Vec<&Follows> = kept.iter().map(|&cell| &inspection.follows[cell]).collect();
    best.sort_by(|a, b| b.share(at).total_cmp(&a.share(at)));
    let values = feature.values.iter().map(|value| value.name.as_str());
    let values: Vec<&str> = values.take(4).collect();
    let more = if feature.values.len() > values.len() { ", …" } else { "" };
    html! {
        tr {
            th scope="row" { (feature.name) " " small { (values.join(", ")) (more) } }
            td {
                @if best.first().is_none_or(|cell| cell.share(at) < NOTHING) { "no cell" }
                @for cell in best.into_iter().take(NAMED).filter(|cell| cell.share(at) >= NOTHING) {
                    a.cell href="#cell" data-cell={(cell.layer) ":" (cell.unit)} data-feature=(at) {
                        span { (cell.layer) ":" (cell.unit) }
                        (bar(cell.share(at)))
                        span.number { (format!("{:.0} %", 100.0 * cell.share(at))) }
                    }
                }
            }
            td.number { (feature.characters()) }
        }
    }
}

/// Where the scripts show one cell.
fn explorer(inspection: &Inspection) -> Markup {
    let layers: Vec<usize> = inspection.reading.layers.iter().map(|layer| layer.dim().2).collect();
    let sizes = layers.iter().enumerate().map(|(k, hidden)| format!("{k}:0 to {k}:{}", hidden - 1));
    let sizes: Vec<String> = sizes.collect();
    html! {
        div #cell .tools {
            h2 #cell-name { "A cell" }
            div.row {
                label {
                    "Cell " input #cell-number size="7" autocomplete="off" spellcheck="false"
                        aria-describedby="cell-sizes";
                }
                span #cell-sizes .hint { "layer:unit, " (sizes.join(", ")) }
                @if !inspection.features.is_empty() {
                    label {
                        "Sort by "
                        select #feature {
                            @for (at, feature) in inspection.features.iter().enumerate() {
                                option value=(at) { (feature.name) }
                            }
                        }
                    }
                }
                label { input #by-cell type="checkbox"; " colour the text by this cell" }
                span #cell-said role="status" {}
            }
            div #charts {
                div.names aria-hidden="true" {}
                div.scroller tabindex="0" role="img" aria-label="The cell along the text" {}
            }
            p.hint {
                "After each character: what the gates let in (i), keep (f) and let out (o), what \
                 is offered (g), what the cell holds (c = f c + i g), and what it says \
                 (h = o tanh c)."
            }
            div.both {
                div { h3 #best-name { "Cells" } ol #best {} }
                div { h3 #means-name { "What it holds there" } div #means {} }
            }
        }
    }
}
