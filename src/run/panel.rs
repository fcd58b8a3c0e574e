//! Figures by epoch on one pair of axes.

use plotters::chart::SeriesLabelPosition;
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Circle, DrawingArea, IntoFont, LineSeries, PathElement, RGBColor, SVGBackend,
    ShapeStyle, WHITE,
};
use std::error::Error;
use std::ops::Range;

pub(super) const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(228, 226, 220);
pub(crate) const FONT: &str = "sans-serif";
/// Labels at the axis of the figures, about.
pub(crate) const LABELS: f64 = 6.0;
/// From so many epochs on the first is left out of the frame.
const FEW: f64 = 4.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), Box<dyn Error>>;
/// A figure at each epoch, or other place, that has it.
pub(crate) type Points = Vec<(f64, f64)>;

/// Curves by epoch.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) curves: Vec<Curve>,
    /// Where the names of the curves stand, if they are told.
    pub(super) names: Option<Corner>,
}

/// A corner on the right, where curves are flat.
#[derive(Clone, Copy)]
pub(super) enum Corner {
    Above,
    Below,
}

pub(super) struct Curve {
    pub(super) name: Option<String>,
    pub(super) color: RGBColor,
    pub(super) points: Points,
    pub(super) best: Option<Best>,
}

/// The point of the best epoch.
pub(super) struct Best {
    pub(super) at: (f64, f64),
    pub(super) name: Option<String>,
}

impl Panel {
    pub(super) fn draw(&self, area: &Area) -> Drawn {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        let last = points.map(|(epoch, _)| *epoch).fold(1.0, f64::max);
        let heights = self.heights();
        let digits = digits(&heights);
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, (FONT, 16).into_font().color(&INK))
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(1.0..last.max(2.0), heights.clone())?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style((FONT, 13).into_font().color(&INK))
            .x_labels(9.min(last as usize + 1)) // epochs are whole
            .y_labels(LABELS as usize)
            .x_desc("epoch")
            .x_label_formatter(&|epoch| format!("{epoch}"))
            .y_label_formatter(&|y| format!("{y:.digits$}"))
            .draw()?;
        for curve in &self.curves {
            let style = ShapeStyle::from(curve.color).stroke_width(2);
            let line = LineSeries::new(from_the_frame(&curve.points, &heights), style);
            let line = chart.draw_series(line)?;
            if let Some(name) = &curve.name {
                line.label(name)
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            }
        }
        // above all lines
        for curve in &self.curves {
            let Some(best) = &curve.best else { continue };
            let style = ShapeStyle::from(curve.color).filled();
            let mark = chart.draw_series([Circle::new(best.at, 4, style)])?;
            if let Some(name) = &best.name {
                mark.label(name).legend(move |(x, y)| Circle::new((x + 9, y), 4, style));
            }
        }
        let drawn = self.curves.iter().any(|curve| !curve.points.is_empty());
        if let Some(corner) = self.names.filter(|_| drawn) {
            let corner = match corner {
                Corner::Above => SeriesLabelPosition::UpperRight,
                Corner::Below => SeriesLabelPosition::LowerRight,
            };
            let mut names = chart.configure_series_labels();
            names.position(corner).background_style(WHITE).margin(12);
            names.label_font((FONT, 13).into_font().color(&INK)).draw()?;
        }
        Ok(())
    }

    /// From the lowest to the highest value of the second epoch to the end, with some air: what the
    /// first learns is more than all that is looked at later. Of a few epochs all are seen, and the best
    /// is in any case.
    fn heights(&self) -> Range<f64> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let later = points().any(|(epoch, _)| *epoch >= FEW);
        let shown = points().filter(|(epoch, _)| *epoch > 1.0 || !later);
        let bests = self.curves.iter().filter_map(|curve| Some(&curve.best.as_ref()?.at));
        let values = shown.chain(bests).map(|(_, y)| *y);
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = values.fold(nothing, |(low, high), y| (low.min(y), high.max(y)));
        if !low.is_finite() {
            return 0.0..1.0;
        }
        let air = ((high - low) * 0.08).max(high.abs() * 0.01).max(1e-6);
        low - air..high + air
    }
}

/// As many digits as the labels of an axis need to differ.
pub(crate) fn digits(heights: &Range<f64>) -> usize {
    (-libm::log10((heights.end - heights.start) / LABELS)).ceil().max(0.0) as usize
}

/// A curve from where it comes into the frame: of what lies outside before that, the last point gives
/// way to the one where the line to the next comes in.
pub(crate) fn from_the_frame(points: &Points, heights: &Range<f64>) -> Points {
    let edge = |y: f64| y.clamp(heights.start, heights.end);
    let outside = points.iter().take_while(|(_, y)| edge(*y) != *y).count();
    let mut seen = points[outside..].to_vec();
    if let (Some(&(x0, y0)), Some(&(x1, y1))) = (points[..outside].last(), seen.first()) {
        let edge = edge(y0);
        seen.insert(0, (x1 + (x0 - x1) * (edge - y1) / (y0 - y1), edge));
    }
    seen
}
