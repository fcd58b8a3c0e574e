//! Runs as pictures: loss and accuracy of one by epoch, as training sees them and on held-out tunes;
//! and the losses of several beside each other.
//!
//! The bytes are a function of what decides the numbers and of the history alone, so a run that was
//! stopped ends with the same picture as one that never was.

use crate::learn::config::Config;
use crate::learn::progress::EpochRecord;
use crate::run::panel::{Best, Corner, Curve, Drawn, FONT, INK, Panel, Points};
use plotters::prelude::{
    IntoDrawingArea, IntoFont, PathElement, RGBColor, SVGBackend, ShapeStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;

const WIDTH: u32 = 760;
/// Heights of the line above all, of a name and of a panel.
const TITLE: u32 = 28;
const NAME: u32 = 18;
const PANEL: u32 = 310;
const TRAINING: RGBColor = RGBColor(32, 104, 150);
const HELD_OUT: RGBColor = RGBColor(196, 92, 32);
/// What is more, or no number at all, would flatten the rest of the curve.
const LARGEST: f64 = 1e6;

/// Colours of runs that are compared, told apart by people who see few colours too (after Okabe and
/// Ito 2008).
const COLORS: [RGBColor; MOST_COMPARED] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(60, 60, 60),
    RGBColor(148, 103, 189),
];

/// The most runs that one picture compares.
pub const MOST_COMPARED: usize = 8;

/// The curves of a run as an SVG file; without epochs, empty axes.
///
/// # Errors
/// Where the drawing library has one to report.
pub fn curves(config: &Config, history: &[EpochRecord]) -> Result<String, Box<dyn Error>> {
    let best = best(history);
    let held_out = |pick: fn(&EpochRecord) -> Option<f64>, digits: usize| Curve {
        name: Some("held-out tunes".into()),
        color: HELD_OUT,
        points: points(history, pick),
        best: best.and_then(|record| {
            let (epoch, value) = (record.epoch, pick(record)?);
            let name = format!("best: {value:.digits$} after epoch {epoch}");
            Some(Best { at: (epoch as f64, value), name: Some(name) })
        }),
    };
    let training = |pick: fn(&EpochRecord) -> Option<f64>| Curve {
        name: Some("training (with dropout)".into()),
        color: TRAINING,
        points: points(history, pick),
        best: None,
    };
    let accuracy_held_out =
        |record: &EpochRecord| record.validation.map(|(_, share)| 100.0 * share);
    let panels = [
        Panel {
            title: "loss (nats a character)",
            curves: vec![training(|record| Some(record.loss_mean)), held_out(held_out_loss, 4)],
            names: Some(Corner::Above),
        },
        Panel {
            title: "characters right (%)",
            curves: vec![
                training(|record| Some(100.0 * record.accuracy_mean)),
                held_out(accuracy_held_out, 1),
            ],
            names: Some(Corner::Below),
        },
    ];
    sheet(&settings(config), &[], &panels)
}

/// The losses of runs, by name, beside each other as an SVG file: on held-out tunes where a run has
/// some, and in training.
///
/// # Errors
/// Where the drawing library has one to report.
///
/// # Panics
/// If there are more than [`MOST_COMPARED`].
pub fn compared(runs: &[(String, Vec<EpochRecord>)]) -> Result<String, Box<dyn Error>> {
    assert!(runs.len() <= MOST_COMPARED, "{} runs in one picture", runs.len());
    let some_held_out = runs.iter().any(|(_, history)| best(history).is_some());
    let of = |pick: fn(&EpochRecord) -> Option<f64>, marked: bool| -> Vec<Curve> {
        let run = |((_, history), color): (&(String, Vec<EpochRecord>), &RGBColor)| {
            let best = best(history).filter(|_| marked);
            let loss = best.and_then(held_out_loss).zip(best);
            Curve {
                name: None,
                color: *color,
                points: points(history, pick),
                best: loss
                    .map(|(loss, record)| Best { at: (record.epoch as f64, loss), name: None }),
            }
        };
        runs.iter().zip(&COLORS).map(run).collect()
    };
    let name = |((name, history), color): (&(String, Vec<EpochRecord>), &RGBColor)| {
        let best = best(history).and_then(|record| Some((held_out_loss(record)?, record.epoch)));
        let said =
            best.map_or(String::new(), |(loss, epoch)| format!(": {loss:.4} after epoch {epoch}"));
        (*color, format!("{name}{said}"))
    };
    let names: Vec<(RGBColor, String)> = runs.iter().zip(&COLORS).map(name).collect();
    let held_out = some_held_out.then(|| Panel {
        title: "loss on held-out tunes (nats a character)",
        curves: of(held_out_loss, true),
        names: None,
    });
    let training = Panel {
        title: "loss in training, with dropout",
        curves: of(|record| Some(record.loss_mean), false),
        names: None,
    };
    let title = match runs.len() {
        1 => "one run".to_owned(),
        many => format!("{many} runs"),
    };
    sheet(&title, &names, &held_out.into_iter().chain([training]).collect::<Vec<_>>())
}

/// Panels one below the other, and a line above them; below it what has which colour.
fn sheet(
    title: &str,
    names: &[(RGBColor, String)],
    panels: &[Panel],
) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let top = TITLE + NAME * names.len() as u32;
        let height = top + PANEL * panels.len() as u32;
        let sheet = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        sheet.fill(&WHITE)?;
        let (above, below) = sheet.margin(0, 0, 8, 16).split_vertically(top);
        let style = (FONT, 13).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Top));
        above.draw_text(title, &style, (8, 10))?;
        for (at, (color, name)) in names.iter().enumerate() {
            let y = (TITLE + NAME * at as u32) as i32;
            let line = ShapeStyle::from(*color).stroke_width(2);
            above.draw(&PathElement::new([(8, y + 8), (26, y + 8)], line))?;
            above.draw_text(name, &style, (34, y))?;
        }
        let areas = below.split_evenly((panels.len(), 1));
        areas.iter().zip(panels).try_for_each(|(area, panel)| -> Drawn { panel.draw(area) })?;
        sheet.present()?;
    }
    Ok(svg)
}

fn held_out_loss(record: &EpochRecord) -> Option<f64> {
    record.validation.map(|(loss, _)| loss)
}

fn points(history: &[EpochRecord], pick: fn(&EpochRecord) -> Option<f64>) -> Points {
    let point = |record: &EpochRecord| {
        Some((record.epoch as f64, pick(record).filter(|y| y.abs() < LARGEST)?))
    };
    history.iter().filter_map(point).collect()
}

/// The first of the epochs with the lowest loss on held-out tunes: that of the best checkpoint.
fn best(history: &[EpochRecord]) -> Option<&EpochRecord> {
    let losses = history.iter().filter_map(|record| Some((record, held_out_loss(record)?)));
    let losses = losses.filter(|(_, loss)| loss.abs() < LARGEST);
    losses.reduce(|best, next| if next.1 < best.1 { next } else { best }).map(|(record, _)| record)
}

/// What was trained how, in one line: what tells runs apart, and nothing that a run may change while
/// it goes on.
fn settings(config: &Config) -> String {
    let Config { shape, batch, steps, dropout, learning_rate, seed, .. } = config;
    let widths: Vec<String> = shape.lstm.iter().map(usize::to_string).collect();
    let mut words = vec![
        format!("LSTM {}", widths.join(", ")),
        format!("embedding {}", shape.embedding),
        if config.inputs.is_empty() { "characters".into() } else { "places".into() },
        format!("batch {batch} x {steps}"),
        format!("dropout {dropout}"),
        format!("rate {learning_rate}"),
        format!("seed {seed}"),
    ];
    words.extend(config.from.iter().map(|_| "on top of another model".to_owned()));
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::{best, compared, curves};
    use crate::engine::weights::Shape;
    use crate::learn::config::{Config, Settings};
    use crate::learn::progress::EpochRecord;

    /// Epochs with these losses, in training and on held-out tunes.
    fn history(losses: &[(f64, Option<f64>)]) -> Vec<EpochRecord> {
        let record = |(at, (loss, held_out)): (usize, &(f64, Option<f64>))| EpochRecord {
            epoch: at + 1,
            loss_last: *loss,
            accuracy_last: 0.5,
            loss_mean: *loss,
            accuracy_mean: 1.0 / (1.0 + loss),
            validation: held_out.map(|loss| (loss, 1.0 / (1.0 + loss))),
            gradient_norm: 1.0,
            learning_rate: 1e-3,
            weights_sha256: [0; 32],
        };
        losses.iter().enumerate().map(record).collect()
    }

    fn config() -> Config {
        let shape = Shape { vocab: 9, embedding: 5, inputs: vec![], lstm: vec![7, 3] };
        Config::new(shape, 4, 16, Settings::new())
    }

    /// The lines of more than two points: axes, and the samples beside the names, have two.
    fn lines(svg: &str) -> Vec<Vec<(i32, i32)>> {
        let number = |text: &str| text.parse().expect("a number");
        let point = |text: &str| text.split_once(',').map(|(x, y)| (number(x), number(y)));
        let points = svg.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let lines = points.map(|line| line.split_whitespace().filter_map(point).collect());
        lines.filter(|line: &Vec<_>| line.len() > 2).collect()
    }

    #[test]
    fn each_figure_is_a_line_and_the_best_epoch_is_marked() {
        let huge = [(f64::MAX, Some(f64::MAX)), (2.0, Some(f64::NAN)), (f64::INFINITY, Some(0.0))];
        for (losses, drawn, best) in [
            (&[][..], 0, None),
            (&[(2.0, None)], 0, None),
            (&[(3.0, None), (2.0, None), (1.0, None)], 2, None),
            (
                &[(3.0, Some(4.0)), (2.0, Some(1.5)), (1.0, Some(1.5))],
                4,
                Some(["1.5000 after epoch 2", "40.0 after epoch 2"]),
            ),
            (&huge, 1, Some(["0.0000 after epoch 3", "100.0 after epoch 3"])),
        ] {
            let svg = curves(&config(), &history(losses)).expect("it is drawn");
            assert_eq!(lines(&svg).len(), drawn, "{losses:?}");
            // not 0.6000000000000001 at the axis
            let texts = svg.split("</text>").filter_map(|text| text.rsplit('>').next());
            let numbers = texts.map(str::trim).filter(|text| text.parse::<f64>().is_ok());
            assert!(numbers.clone().count() > 4 && numbers.clone().all(|text| text.len() < 8));
            assert!(svg.contains("</svg>") && svg.contains("characters right"));
            assert!(svg.contains("LSTM 7, 3 · embedding 5 · characters · batch 4 x 16"));
            match best {
                Some(best) => assert!(
                    best.iter().all(|best| svg.contains(&format!("best: {best}"))),
                    "{losses:?}"
                ),
                None => assert!(!svg.contains("best"), "{losses:?}"),
            }
        }
    }

    #[test]
    fn the_axis_fits_the_second_epoch_to_the_end_and_the_best() {
        let falls = |first: f64| history(&[(first, None), (2.0, None), (1.5, None), (1.0, None)]);
        let [near, far] = [2.5, 9.0].map(|first| {
            let svg = curves(&config(), &falls(first)).expect("it is drawn");
            lines(&svg).remove(0)
        });
        // what comes after the first epoch stands where it stood, whatever that was
        assert_eq!(near[1..], far[1..]);
        // and what is seen of it leads there as it did: from the frame, nearer the steeper it fell
        assert_eq!(near[0].1, far[0].1, "{near:?} {far:?}");
        assert!(near[0].0 < far[0].0 && far[0].0 < far[1].0, "{near:?} {far:?}");
        // but the best is seen in any case
        let rises = [(1.0, Some(0.5)), (0.9, Some(2.0)), (0.8, Some(2.1)), (0.7, Some(2.2))];
        let svg = curves(&config(), &history(&rises)).expect("it is drawn");
        let held_out = lines(&svg).remove(1);
        assert!(held_out[0].0 < held_out[1].0 && held_out[0].1 > held_out[1].1 + 100);
    }

    #[test]
    fn runs_are_compared_by_name_and_those_with_nothing_held_out_too() {
        let held_out = history(&[(3.0, Some(4.0)), (2.0, Some(1.5)), (1.0, Some(1.6))]);
        let plain = history(&[(3.0, None), (2.5, None), (2.0, None), (1.5, None)]);
        assert_eq!(best(&held_out).expect("a best").epoch, 2);
        let both = [("a<b".to_owned(), held_out), ("plain".to_owned(), plain.clone())];
        for (runs, drawn, says) in [
            (&both[..], 3, &["a&lt;b: 1.5000 after epoch 2", "plain", "on held-out"][..]),
            (&both[1..], 1, &["plain", "in training"]),
        ] {
            let svg = compared(runs).expect("it is drawn");
            assert_eq!(lines(&svg).len(), drawn);
            assert!(says.iter().all(|words| svg.contains(words)), "{svg}");
        }
    }
}
