//! A run as a picture: loss and accuracy by epoch, as training sees them and on held-out tunes.
//!
//! The bytes are a function of the history alone, so a run that was stopped ends with the same
//! picture as one that never was.

use crate::learn::train::EpochRecord;
use plotters::chart::SeriesLabelPosition;
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Circle, DrawingArea, IntoDrawingArea, IntoFont, LineSeries, PathElement,
    RGBColor, SVGBackend, ShapeStyle, WHITE,
};
use std::error::Error;
use std::ops::Range;

const SIZE: (u32, u32) = (760, 620);
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(228, 226, 220);
const TRAINING: RGBColor = RGBColor(32, 104, 150);
const HELD_OUT: RGBColor = RGBColor(196, 92, 32);
/// What is more, or no number at all, would flatten the rest of the curve.
const MOST: f64 = 1e6;
const FONT: &str = "sans-serif";

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;
/// A figure at each epoch that has it.
type Points = Vec<(f64, f64)>;

/// The curves of a run as an SVG file; without epochs, empty axes.
///
/// # Errors
/// Where the drawing library has one to report.
pub fn curves(history: &[EpochRecord]) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let sheet = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        sheet.fill(&WHITE)?;
        let (above, below) = sheet.margin(8, 8, 8, 16).split_vertically(320);
        let of = |pick: fn(&EpochRecord) -> Option<f64>| -> Points {
            let point = |record: &EpochRecord| {
                Some((record.epoch as f64, pick(record).filter(|y| y.abs() < MOST)?))
            };
            history.iter().filter_map(point).collect()
        };
        let loss = Panel {
            title: "loss (nats a character)",
            digits: (1, 4),
            training: of(|record| Some(record.loss_mean)),
            held_out: of(|record| record.validation.map(|(loss, _)| loss)),
            rises: false,
        };
        loss.draw(&above)?;
        let accuracy = Panel {
            title: "characters right (%)",
            digits: (0, 1),
            training: of(|record| Some(100.0 * record.accuracy_mean)),
            held_out: of(|record| record.validation.map(|(_, accuracy)| 100.0 * accuracy)),
            rises: true,
        };
        accuracy.draw(&below)?;
        sheet.present()?;
    }
    Ok(svg)
}

/// One figure by epoch.
struct Panel {
    title: &'static str,
    /// After the decimal point: at the axis, and of the best.
    digits: (usize, usize),
    training: Points,
    held_out: Points,
    /// Whether more is better.
    rises: bool,
}

impl Panel {
    fn draw(&self, area: &Area) -> Drawn {
        let last = self.training.last().map_or(1.0, |(epoch, _)| *epoch);
        let (axis_digits, best_digits) = self.digits;
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, (FONT, 16).into_font().color(&INK))
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..last.max(1.0), self.heights())?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style((FONT, 13).into_font().color(&INK))
            .x_labels(9.min(last as usize + 1)) // epochs are whole
            .y_labels(6)
            .x_desc("epoch")
            .x_label_formatter(&|epoch| format!("{epoch}"))
            .y_label_formatter(&|y| format!("{y:.axis_digits$}"))
            .draw()?;
        let training = (&self.training, TRAINING, "training (with dropout)");
        for (points, color, name) in [training, (&self.held_out, HELD_OUT, "held-out tunes")] {
            if points.is_empty() {
                continue;
            }
            let style = ShapeStyle::from(color).stroke_width(2);
            chart
                .draw_series(LineSeries::new(points.iter().copied(), style))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        if let Some((epoch, value)) = self.best() {
            let style = ShapeStyle::from(HELD_OUT).filled();
            chart
                .draw_series([Circle::new((epoch, value), 4, style)])?
                .label(format!("best: {value:.best_digits$} after epoch {epoch}"))
                .legend(move |(x, y)| Circle::new((x + 9, y), 4, style));
        }
        let corner = if self.rises {
            SeriesLabelPosition::LowerRight
        } else {
            SeriesLabelPosition::UpperRight
        };
        if !self.training.is_empty() {
            let mut names = chart.configure_series_labels();
            names.position(corner).background_style(WHITE).margin(12);
            names.label_font((FONT, 13).into_font().color(&INK)).draw()?;
        }
        Ok(())
    }

    /// The first of the best points on held-out tunes.
    fn best(&self) -> Option<(f64, f64)> {
        let better = |new: f64, old: f64| if self.rises { new > old } else { new < old };
        let points = self.held_out.iter().copied();
        points.reduce(|best, next| if better(next.1, best.1) { next } else { best })
    }

    /// From the lowest to the highest value, with some air.
    fn heights(&self) -> Range<f64> {
        let values = self.training.iter().chain(&self.held_out).map(|(_, y)| *y);
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = values.fold(nothing, |(low, high), y| (low.min(y), high.max(y)));
        if !low.is_finite() {
            return 0.0..1.0;
        }
        let air = ((high - low) * 0.08).max(high.abs() * 0.01).max(1e-6);
        low - air..high + air
    }
}

#[cfg(test)]
mod tests {
    use super::curves;
    use crate::learn::train::EpochRecord;

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

    #[test]
    fn each_figure_is_a_line_and_the_best_is_marked() {
        let huge = [(f64::MAX, Some(f64::MAX)), (2.0, Some(f64::NAN)), (f64::INFINITY, Some(0.0))];
        for (losses, lines, best) in [
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
            let svg = curves(&history(losses)).expect("it is drawn");
            // axes, and the samples beside the names, are lines of two points
            let points = |line: &str| {
                line.split('"').next().map_or(0, |points| points.split_whitespace().count())
            };
            let drawn = svg.split("points=\"").skip(1).filter(|line| points(line) > 2).count();
            assert_eq!(drawn, lines, "{losses:?}");
            // not 0.6000000000000001 at the axis
            let texts = svg.split("</text>").filter_map(|text| text.rsplit('>').next());
            let numbers = texts.map(str::trim).filter(|text| text.parse::<f64>().is_ok());
            assert!(numbers.clone().count() > 4 && numbers.clone().all(|text| text.len() < 5));
            assert!(svg.contains("</svg>") && svg.contains("characters right"));
            match best {
                Some(best) => assert!(
                    best.iter().all(|best| svg.contains(&format!("best: {best}"))),
                    "{losses:?}"
                ),
                None => assert!(!svg.contains("best"), "{losses:?}"),
            }
        }
    }
}
