//! The curves of a broken run and of right ones on one pair of axes, as SVG.
//!
//! A colour here is the name of a role: the page's style gives each its own by day, at night and on
//! paper, and its dashes.

use super::lesson::{Point, Run};
use crate::run::panel::{FONT, LABELS, Points, digits, from_the_frame};
use plotters::prelude::{
    ChartBuilder, Circle, IntoDrawingArea, IntoFont, LineSeries, RGBColor, SVGBackend, ShapeStyle,
};
use std::error::Error;
use std::ops::Range;

const SIZE: (u32, u32) = (460, 320);
const INK: RGBColor = RGBColor(0, 0, 1);
const GRID: RGBColor = RGBColor(0, 0, 2);
const OTHER: RGBColor = RGBColor(0, 0, 3);
const RIGHT: RGBColor = RGBColor(0, 0, 4);
const RIGHT_TRAINING: RGBColor = RGBColor(0, 0, 5);
const BROKEN: RGBColor = RGBColor(0, 0, 6);
const BROKEN_TRAINING: RGBColor = RGBColor(0, 0, 7);
/// Share of a run that decides nothing of the frame: what is learned first is more than all that is
/// looked at later.
const FIRST: f64 = 0.125;

/// The curves of `broken`, of the `right` run beside it and of `others` that are right.
///
/// # Errors
/// Where the drawing library has one to report.
pub(super) fn curves(broken: &Run, right: &Run, others: &[Run]) -> Result<String, Box<dyn Error>> {
    let held_out = |run: &Run| points(run, |point| Some(point.held_out));
    let training = |run: &Run| points(run, |point| point.training);
    let mut lines: Vec<(RGBColor, u32, Points)> =
        others.iter().map(|run| (OTHER, 1, held_out(run))).collect();
    lines.extend([
        (RIGHT_TRAINING, 1, training(right)),
        (BROKEN_TRAINING, 1, training(broken)),
        (RIGHT, 2, held_out(right)),
        (BROKEN, 2, held_out(broken)),
    ]);
    let last = right.points.last().map_or(1.0, |point| point.characters.max(1) as f64);
    let heights = heights(lines.iter().flat_map(|(_, _, points)| points), FIRST * last);
    let digits = digits(&heights);
    let mut svg = String::new();
    {
        let sheet = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&sheet)
            .margin(8)
            .margin_right(16)
            .x_label_area_size(44)
            .y_label_area_size(40)
            .build_cartesian_2d(0.0..last, heights.clone())?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style((FONT, 14).into_font().color(&INK))
            .x_labels(5)
            .y_labels(LABELS as usize)
            .x_desc("thousand characters learned from")
            .x_label_formatter(&|characters| format!("{}", characters / 1000.0))
            .y_label_formatter(&|nats| format!("{nats:.digits$}"))
            .draw()?;
        for (color, width, points) in &lines {
            let style = ShapeStyle::from(*color).stroke_width(*width);
            chart.draw_series(LineSeries::new(from_the_frame(points, &heights), style))?;
        }
        // the broken one is told apart without colours, too
        let (_, _, points) = &lines[lines.len() - 1];
        let inside = points.iter().filter(|(_, y)| heights.contains(y)).step_by(2);
        chart
            .draw_series(inside.map(|at| Circle::new(*at, 3, ShapeStyle::from(BROKEN).filled())))?;
        sheet.present()?;
    }
    Ok(svg)
}

fn points(run: &Run, pick: impl Fn(&Point) -> Option<f64>) -> Points {
    let point = |point: &Point| {
        Some((point.characters as f64, pick(point).filter(|nats| nats.is_finite())?))
    };
    run.points.iter().filter_map(point).collect()
}

/// From the lowest to the highest of what comes after `first` characters, with some air.
fn heights<'a>(points: impl Iterator<Item = &'a (f64, f64)>, first: f64) -> Range<f64> {
    let shown = points.filter(|(characters, _)| *characters >= first).map(|(_, nats)| *nats);
    let nothing = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = shown.fold(nothing, |(low, high), y| (low.min(y), high.max(y)));
    if low > high {
        return 0.0..1.0;
    }
    let air = (0.05 * (high - low)).max(1e-3);
    low - air..high + air
}
