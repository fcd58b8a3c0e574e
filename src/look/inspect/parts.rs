//! What the page shows without scripts, too: the coloured text, its bars, its inputs.

use super::Inspection;
use super::inputs::SHUFFLES;
use super::reading::Expected;
use maud::{Markup, html};

/// Nats that have the strongest colour; what costs more has it too.
const TOP: f64 = 5.0;
/// Levels of colour above none, each a class of the style.
const LEVELS: u32 = 20;

/// What a reader sees of a character: what has no sign of its own has one here.
pub(super) fn seen(c: char) -> char {
    match c {
        '\n' => '↵',
        c if c.is_ascii_control() && c != '\u{7f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or('□')
        }
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '□',
        c if c.is_control() => '□',
        c => c,
    }
}

/// A probability of a loss, in per cent.
fn percent(probability: f64) -> String {
    match 100.0 * probability {
        share if share >= 9.95 => format!("{share:.0} %"),
        share if share >= 0.995 => format!("{share:.1} %"),
        share if share >= 0.01 => format!("{share:.2} %"),
        _ => "< 0.01 %".to_owned(),
    }
}

/// The scale of the colours, in nats and what they are as probabilities.
pub(super) fn legend() -> Markup {
    html! {
        div #legend .legend role="img"
            aria-label="Colours: from none at 0 nats to the strongest at 5 nats and more" {
            @for nats in 0..=5 {
                span.{ "s" (LEVELS / 5 * nats) } {
                    b { (nats) @if nats == 5 { "+" } @if nats == 0 { " nats" } }
                    " " small { (percent(libm::exp(-f64::from(nats)))) }
                }
            }
        }
    }
}

/// The text, each character in the colour of what it cost.
pub(super) fn reading(inspection: &Inspection) -> Markup {
    let begins: Vec<usize> = inspection.stretches.iter().map(|s| s.characters.start).collect();
    let characters = inspection.subject.text.chars().zip(&inspection.reading.expected).enumerate();
    html! {
        div #text .text dir="ltr" {
            @for (at, (c, expected)) in characters {
                (character(at, c, expected.as_ref(), begins.binary_search(&at).is_ok()))
            }
        }
    }
}

fn character(at: usize, c: char, expected: Option<&Expected>, begins: bool) -> Markup {
    let loss = expected.map_or(0.0, |expected| f64::from(expected.loss));
    let says = match expected {
        Some(_) => format!("{}, {loss:.2} nats", percent(libm::exp(-loss))),
        None => "not foretold".to_owned(),
    };
    let level = (f64::from(LEVELS) * (loss / TOP).clamp(0.0, 1.0)).round() as u32;
    html! {
        i id=[begins.then(|| format!("c{at}"))] .{ "s" (level) } .n[c == '\n'] title=(says) { (seen(c)) }
        @if c == '\n' { "\n" }
    }
}

/// The bars with their sums, each a link to where it begins.
pub(super) fn stretches(inspection: &Inspection) -> Markup {
    let stretches = &inspection.stretches;
    let most = inspection.most_surprising().map_or(0.0, |most| most.nats);
    let bars = inspection.subject.has_bars();
    let characters: Vec<char> = inspection.subject.text.chars().collect();
    let text = |at: &std::ops::Range<usize>| -> String {
        characters[at.clone()].iter().map(|c| if *c == '\n' { ' ' } else { seen(*c) }).collect()
    };
    html! {
        section #stretches {
            h2 { @if bars { "Bar by bar" } @else { "Line by line" } }
            @if let Some(most) = inspection.most_surprising() {
                p.hint {
                    "The most surprising is " strong { (most.name) } ", "
                    (format!("{:.1} nats", most.nats)) " in " (most.characters.len())
                    @if most.characters.len() == 1 { " character." } @else { " characters." }
                }
            }
            p.tools { label { input #by-surprise type="checkbox"; " most surprising first" } }
            ol {
                @for (at, stretch) in stretches.iter().enumerate() {
                    li data-at=(at) data-header=[stretch.header.then_some("")] {
                        a href={"#c" (stretch.characters.start)} {
                            span.name { (stretch.name) }
                            bdi { (text(&stretch.characters)) }
                            // a header is as long as many bars, and has none
                            @if stretch.header { span {} }
                            @else { (bar(stretch.nats / most.max(f64::MIN_POSITIVE))) }
                            span.number { (format!("{:.1}", stretch.nats)) }
                        }
                    }
                }
            }
        }
    }
}

/// A bar of so much of its width, 0 to 1.
pub(super) fn bar(share: f64) -> Markup {
    let width = format!("width:{:.1}%", 100.0 * share.clamp(0.0, 1.0));
    html! { span.bar aria-hidden="true" { span style=(width) {} } }
}

/// The inputs by how much they mattered.
pub(super) fn inputs(inspection: &Inspection) -> Markup {
    let inputs = &inspection.inputs;
    let most = inputs.iter().fold(f64::MIN_POSITIVE, |most, input| most.max(input.mean));
    html! {
        section #inputs {
            h2 { "What it heard beside the characters" }
            @if inputs.is_empty() {
                p.hint { "This model hears nothing beside the characters." }
            } @else {
                p.hint {
                    "How many nats a character costs more where the numbers of one input are \
                     shuffled among the characters of this text: the mean of " (SHUFFLES)
                    " shuffles, and their standard deviation. An input that repeats what another \
                     says looks unimportant; below 0 the text cost less with it shuffled."
                    @if inputs.iter().all(|input| input.mean == 0.0 && input.spread == 0.0) {
                        " Here none of them made a difference."
                    }
                }
                table {
                    thead {
                        tr {
                            th { "input" }
                            th { "what it says" }
                            th {}
                            th.number { "nats more" }
                        }
                    }
                    tbody {
                        @for input in inputs {
                            tr {
                                th scope="row" { (input.name) }
                                td { (meaning(&input.name)) }
                                td { (bar(input.mean / most)) }
                                td.number {
                                    (format!("{:.4}", input.mean))
                                    small { (format!(" ± {:.4}", input.spread)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What an input says, in a few words; [`places`](crate::music::places) has it exactly.
fn meaning(input: &str) -> String {
    let bars_ago = |bars: &str| if bars == "1" { "a bar".into() } else { format!("{bars} bars") };
    if let Some(bars) = input.strip_prefix("lookback ").filter(|bars| *bars != "part") {
        return format!("what came at this point {} ago", bars_ago(bars));
    }
    if let Some(bars) = input.strip_prefix("agrees ").filter(|bars| *bars != "part") {
        return format!("whether this bar goes like the one {} ago", bars_ago(bars));
    }
    let meaning = match input {
        "field" => "which header line this is, or music",
        "metre" => "the metre",
        "key" => "the key",
        "rhythm" => "the dance",
        "position" => "how far into the bar the note begins",
        "left" => "how much of the bar is left",
        "bar" => "which bar of the part this is",
        "part" => "which part this is",
        "degree" => "the last note's degree of the scale",
        "sign" => "the bar sign that is being written",
        "lookback part" => "what came at this point of the part before",
        "agrees part" => "whether this bar goes like that of the part before",
        _ => "",
    };
    meaning.to_owned()
}
