//! A run as a picture: loss and accuracy by epoch, as training sees them and on held-out tunes.
//!
//! The bytes are a function of the history alone, so a run that was stopped ends with the same
//! picture as one that never was.

use crate::train::EpochRecord;
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
            let point = |record| Some((epoch(record), pick(record).filter(|y| y.is_finite())?));
            history.iter().filter_map(point).collect()
        };
        let (training, held_out) =
            (of(|r| Some(r.loss_mean)), of(|r| r.validation.map(|(loss, _)| loss)));
        panel(&above, "loss (nats a character)", &training, &held_out, f64::min)?;
        let (training, held_out) = (
            of(|r| Some(100.0 * r.accuracy_mean)),
            of(|r| r.validation.map(|(_, accuracy)| 100.0 * accuracy)),
        );
        panel(&below, "characters right (%)", &training, &held_out, f64::max)?;
        sheet.present()?;
    }
    Ok(svg)
}

fn epoch(record: &EpochRecord) -> f64 {
    record.epoch as f64
}

/// One figure by epoch; of the held-out curve `better` tells the point that is marked.
fn panel(
    area: &Area,
    title: &str,
    training: &Points,
    held_out: &Points,
    better: fn(f64, f64) -> f64,
) -> Drawn {
    let last = training.last().map_or(1.0, |(epoch, _)| *epoch);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 16).into_font().color(&INK))
        .x_label_area_size(36)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..last.max(1.0), heights(training.iter().chain(held_out)))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style((FONT, 13).into_font().color(&INK))
        .x_labels(9)
        .y_labels(6)
        .x_desc("epoch")
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .draw()?;
    for (points, color, name) in
        [(training, TRAINING, "training (with dropout)"), (held_out, HELD_OUT, "held-out tunes")]
    {
        if points.is_empty() {
            continue;
        }
        let style = ShapeStyle::from(color).stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    let best = held_out.iter().copied().reduce(|best, next| {
        let better = better(best.1, next.1) == next.1 && next.1 != best.1;
        if better { next } else { best }
    });
    if let Some((epoch, value)) = best {
        let style = ShapeStyle::from(HELD_OUT).filled();
        chart
            .draw_series([Circle::new((epoch, value), 4, style)])?
            .label(format!("best: {value:.4} at epoch {epoch}"))
            .legend(move |(x, y)| Circle::new((x + 9, y), 4, style));
    }
    if !training.is_empty() {
        chart
            .configure_series_labels()
            .position(match better(0.0, 1.0) {
                0.0 => SeriesLabelPosition::UpperRight,
                _ => SeriesLabelPosition::LowerRight,
            })
            .background_style(WHITE)
            .label_font((FONT, 13).into_font().color(&INK))
            .margin(12)
            .draw()?;
    }
    Ok(())
}

/// From the lowest to the highest value, with some air.
fn heights<'a>(points: impl Iterator<Item = &'a (f64, f64)>) -> Range<f64> {
    let (low, high) = points.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, y)| {
        (low.min(*y), high.max(*y))
    });
    if !low.is_finite() {
        return 0.0..1.0;
    }
    let air = ((high - low) * 0.08).max(high.abs() * 0.01).max(1e-6);
    low - air..high + air
}
