//! Bar lines as elements: how they look, endings, repeats.

use super::measures::Side;
use super::sheet::Sheet;

/// Writes the bar line before a measure.
pub(super) fn write_left(sheet: &mut Sheet, side: &Side) {
    if side.ending.is_none() && side.repeat.is_none() {
        return;
    }
    sheet.element("barline", &[("location", "left")], |sheet| {
        side.style.iter().for_each(|style| sheet.text("bar-style", &[], style));
        if let Some(numbers) = &side.ending {
            sheet.empty("ending", &[("number", &listed(numbers)), ("type", "start")]);
        }
        if side.repeat.is_some() {
            sheet.empty("repeat", &[("direction", "forward")]);
        }
    });
}

/// Writes the bar line behind a measure; `fermata` is one that holds it.
pub(super) fn write_right(sheet: &mut Sheet, side: &Side, fermata: bool) {
    let Side { ending, open, repeat, style } = side;
    if ending.is_none() && repeat.is_none() && style.is_none() && !fermata {
        return;
    }
    sheet.element("barline", &[("location", "right")], |sheet| {
        style.iter().for_each(|style| sheet.text("bar-style", &[], style));
        if fermata {
            sheet.empty("fermata", &[]);
        }
        if let Some(numbers) = ending {
            let end = if *open { "discontinue" } else { "stop" };
            sheet.empty("ending", &[("number", &listed(numbers)), ("type", end)]);
        }
        match repeat.map(|passes| passes.to_string()) {
            Some(passes) if passes == "2" => sheet.empty("repeat", &[("direction", "backward")]),
            Some(passes) => {
                sheet.empty("repeat", &[("direction", "backward"), ("times", &passes)]);
            }
            None => {}
        }
    });
}

fn listed(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}
