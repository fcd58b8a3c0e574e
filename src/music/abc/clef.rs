//! What stands beside a key or a voice's name: clefs, `octave=`, `transpose=` (standard 2.1, 4.6).

/// How notes are moved; what is not said stays as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// `octave=`: octaves to add to what is written.
    pub(super) octave: Option<i8>,
    /// `transpose=`: semitones by which the notes sound higher than they are written.
    pub(super) transpose: Option<i8>,
    /// The same, of a clef: `treble-8` is -12, `bass` 0.
    pub(super) clef: Option<i8>,
}

/// No instrument is as wide.
const MOST_OCTAVES: i8 = 4;

/// Settings that only say how the page looks, or who plays.
const DRAWING: &[&str] = &[
    "brace",
    "cue",
    "dyn",
    "gchord",
    "gstem",
    "instrument",
    "lyrics",
    "m",
    "merge",
    "middle",
    "name",
    "nm",
    "snm",
    "sname",
    "space",
    "stafflines",
    "staffscale",
    "stafftop",
    "stem",
    "strings",
    "style",
    "subname",
    "up",
    "down",
];

impl Settings {
    /// These, and those of `other` where these say nothing.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            octave: self.octave.or(other.octave),
            transpose: self.transpose.or(other.transpose),
            clef: self.clef.or(other.clef),
        }
    }

    /// Takes in one word such as `clef=bass3`, `treble-8` or `octave=-1`; false where it is none.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let Some((name, value)) = word.split_once('=') else {
            let word = word.to_ascii_lowercase();
            return set(&mut self.clef, clef(&word)) || DRAWING.contains(&word.as_str());
        };
        let number = |most: i8| value.parse().ok().filter(|n| (-most..=most).contains(n));
        match name.to_ascii_lowercase().as_str() {
            "octave" => set(&mut self.octave, number(MOST_OCTAVES)),
            "transpose" | "t" => set(&mut self.transpose, number(12 * MOST_OCTAVES)),
            "clef" => {
                let value = value.trim_matches('"');
                set(&mut self.clef, clef(&value.to_ascii_lowercase()).or_else(|| bare_clef(value)))
            }
            name => DRAWING.contains(&name),
        }
    }
}

/// Sets a value if there is a new one, and says whether there is.
fn set(value: &mut Option<i8>, new: Option<i8>) -> bool {
    *value = new.or(*value);
    new.is_some()
}

/// The words of a field; blanks inside quotation marks divide nothing.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let blank = move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    };
    text.split(blank).filter(|word| !word.is_empty())
}

/// The semitones of a clef that a name tells: `treble`, `bass3`, `alto4`, `treble-8`, `perc`.
fn clef(word: &str) -> Option<i8> {
    const NAMES: [&str; 9] =
        ["treble", "bass", "alto", "tenor", "mezzosoprano", "soprano", "baritone", "perc", "none"];
    after(word, &NAMES)
}

/// The same of one that is a letter, which stands only behind `clef=`: `G`, `F4`, `C3`.
fn bare_clef(value: &str) -> Option<i8> {
    after(value, &["G", "F", "C", "P"])
}

/// What `name`, a line of the staff and an octave sign, both left out at will, say in semitones.
fn after(word: &str, names: &[&str]) -> Option<i8> {
    let rest = names.iter().find_map(|name| word.strip_prefix(name))?;
    match rest.trim_start_matches(|c: char| ('1'..='5').contains(&c)) {
        "" | "^8" | "_8" => Some(0), // ^ and _ are drawn and change no sound
        "+8" => Some(12),
        "-8" => Some(-12),
        "+15" => Some(24),
        "-15" => Some(-24),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, words};

    #[test]
    fn clefs_and_settings_move_notes_and_other_words_are_none() {
        let of = |octave, transpose, clef| Settings { octave, transpose, clef };
        for (word, known, expected) in [
            ("treble", true, of(None, None, Some(0))),
            ("treble-8", true, of(None, None, Some(-12))),
            ("bass3", true, of(None, None, Some(0))),
            ("clef=treble+8", true, of(None, None, Some(12))),
            ("clef=\"Treble-8\"", true, of(None, None, Some(-12))),
            ("Bass", true, of(None, None, Some(0))),
            ("clef=F4", true, of(None, None, Some(0))),
            ("octave=-1", true, of(Some(-1), None, None)),
            ("transpose=-2", true, of(None, Some(-2), None)),
            ("t=3", true, of(None, Some(3), None)),
            ("middle=d", true, of(None, None, None)),
            ("octave=9", false, of(None, None, None)),
            ("F4", false, of(None, None, None)),
            ("clef=drum", false, of(None, None, None)),
            ("trebles", false, of(None, None, None)),
            ("(capo", false, of(None, None, None)),
            ("score=Ac", false, of(None, None, None)),
        ] {
            let mut settings = Settings::default();
            assert_eq!((settings.take(word), settings), (known, expected), "{word}");
        }
        let split: Vec<&str> = words("1  name=\"The pipes\" clef=bass").collect();
        assert_eq!(split, ["1", "name=\"The pipes\"", "clef=bass"]);
    }
}
