//! The bar at the foot of the page that plays the tune at hand.

use maud::{Markup, html};

/// Speeds in per cent of what is written.
const SPEEDS: [u32; 2] = [30, 150];

/// The bar; `tools.js` fills in instruments and parts, and the title of the tune.
pub(super) fn player() -> Markup {
    let [slowest, fastest] = SPEEDS;
    html! {
        section #player aria-label="Player" {
            button #go type="button" accesskey="p" { "Play" }
            p #at-hand role="status" { b #what {} " " span #where {} }
            button #more type="button" aria-expanded="false" aria-controls="settings" { "Tools" }
            div #settings {
                div #loop role="group" aria-label="What is played" {
                    span #parts {}
                    label {
                        "bars "
                        input #from type="number" inputmode="numeric" aria-label="from bar";
                        " – "
                        input #to type="number" inputmode="numeric" aria-label="to bar";
                    }
                }
                label {
                    "speed "
                    input #speed type="range" min=(slowest) max=(fastest) step="5" value="100";
                    output #percent for="speed" { "100 %" }
                }
                div role="group" aria-label="Key" {
                    "key "
                    button #lower type="button" aria-label="a semitone lower" { "−" }
                    output #key {}
                    button #higher type="button" aria-label="a semitone higher" { "+" }
                }
                select #times aria-label="How often" {
                    option value="1" { "once" }
                    option value="2" { "twice" }
                    option value="3" { "3 times" }
                    option value="Infinity" { "until stopped" }
                }
                select #instrument aria-label="Instrument" {}
                label { input #count type="checkbox"; " count-in" }
            }
        }
    }
}
