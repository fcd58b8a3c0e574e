//! Names of rhythms: many spellings in, one out.

use crate::music::abc::Meter;

/// The rhythms that we know, as we write them in `R:`.
pub const KNOWN_RHYTHMS: [&str; 14] = [
    "air",
    "barndance",
    "hornpipe",
    "jig",
    "march",
    "mazurka",
    "polka",
    "reel",
    "schottische",
    "set dance",
    "slide",
    "slip jig",
    "strathspey",
    "waltz",
];

/// The rhythm in our spelling; `None` for a text that names none we know.
///
/// Single, double and treble jigs are `jig`; slip and hop jigs, and jigs in 9/8, are `slip jig`.
pub fn rhythm_name(text: &str, meter: Option<Meter>) -> Option<&'static str> {
    let text: String =
        text.chars().filter(|c| c.is_ascii_alphabetic()).collect::<String>().to_ascii_lowercase();
    if text.contains("jig") {
        let nine_eight = meter.is_some_and(|meter| (meter.beats, meter.unit) == (9, 8));
        let slip = text.contains("slip") || text.contains("hop") || nine_eight;
        return Some(if slip { "slip jig" } else { "jig" });
    }
    let plural = format!("{text}s");
    KNOWN_RHYTHMS.into_iter().find(|name| {
        let name = name.replace(' ', "");
        text == name || text == format!("{name}s") || plural == name
    })
}

/// Whether a tune's rhythm is one of those asked for: `jig` also asks for slip jigs, and asking for
/// nothing asks for everything.
pub(super) fn matches_rhythm(rhythm: Option<&str>, asked: &[String]) -> bool {
    let fits = |name: &String| {
        rhythm == Some(name.as_str()) || (name == "jig" && rhythm == Some("slip jig"))
    };
    asked.is_empty() || asked.iter().any(fits)
}

/// Whether a tune in this metre can be called by this rhythm at all.
pub(super) fn fits_meter(rhythm: &str, meter: Meter) -> bool {
    let meter = (meter.beats, meter.unit);
    match rhythm {
        "jig" | "slide" => meter == (6, 8) || meter == (12, 8),
        "slip jig" => meter == (9, 8),
        "hornpipe" => meter == (4, 4) || meter == (3, 2), // the older ones of England and Scotland
        "reel" | "barndance" | "strathspey" | "schottische" => meter == (4, 4),
        "polka" => meter == (2, 4),
        "waltz" | "mazurka" => meter == (3, 4),
        _ => true,
    }
}
