//! MusicXML read back: as elements, as notes, and as what it asks players to play.

use hornpipe::music::abc::Duration;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element with what is in it.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

/// The root of a file; any fault in its form fails the test.
pub(crate) fn read(bytes: &[u8]) -> Element {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let allowed = |c: char| "\t\n\r".contains(c) || (c >= ' ' && !"\u{fffe}\u{ffff}".contains(c));
    assert!(text.chars().all(allowed), "a character that XML forbids");
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let mut done = open.pop().expect("an open element");
                if !done.children.is_empty() {
                    assert_eq!(done.text.trim(), "", "an element has a text or others in it");
                    done.text.clear();
                }
                open.last_mut().expect("a parent").children.push(done);
            }
            Event::Text(text) => {
                open.last_mut().unwrap().text += &text;
            }
            Event::GeneralRef(entity) => {
                let meant =
                    quick_xml::escape::unescape(&format!("&{};", &*entity)).unwrap().into_owned();
                open.last_mut().unwrap().text += &meant;
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open.len(), 1, "elements are closed");
    let root = open.remove(0).children.remove(0);
    assert_eq!(root.name, "score-partwise");
    root
}

fn element(start: &BytesStart) -> Element {
    let name = start.name().as_ref().to_owned();
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.expect("an attribute");
        let name = attribute.key.as_ref().to_owned();
        (name, quick_xml::escape::unescape(&attribute.value).expect("escaped").into_owned())
    });
    Element { name, attributes: attributes.collect(), ..Element::default() }
}

impl Element {
    /// The first element of that name, at any depth below.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        self.all(name).into_iter().next()
    }

    /// All of that name at any depth below, in their order.
    pub(crate) fn all(&self, name: &str) -> Vec<&Self> {
        let own = |child: &'_ Self| child.name == name;
        let below = self.children.iter().flat_map(|child| {
            let itself = own(child).then_some(child);
            itself.into_iter().chain(child.all(name))
        });
        below.collect()
    }

    /// Whether there is one of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The text of the first element of that name.
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        self.find(name).map(|found| found.text.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.said(name).map(|text| text.parse().expect("a number"))
    }
}

/// The measures of a score.
pub(crate) fn measures(score: &Element) -> Vec<&Element> {
    score.all("measure")
}

/// What one measure has between its bar lines, times in whole notes from its beginning.
pub(crate) struct Sounds {
    pub(crate) length: Duration,
    notes: Vec<Sound>,
}

struct Sound {
    onset: Duration,
    length: Duration,
    midi: i32,
    held: bool,
    goes_on: bool,
}

/// The notes of a measure without graces; checks each against the value that is drawn for it.
pub(crate) fn sounds(measure: &Element, divisions: i64, moved: &mut i32) -> Sounds {
    let (mut now, mut onset, mut notes) = (Duration::ZERO, Duration::ZERO, Vec::new());
    let mut brackets = 0;
    for child in &measure.children {
        if let Some(transpose) = child.find("transpose") {
            let octaves = transpose.number("octave-change").unwrap_or(0);
            *moved = (transpose.number("chromatic").expect("semitones") + 12 * octaves) as i32;
        }
        if child.name != "note" || child.has("grace") {
            continue;
        }
        let length = Duration::new(child.number("duration").expect("a duration"), 4 * divisions);
        assert!(length > Duration::ZERO);
        check_value(child, length);
        if !child.has("chord") {
            (onset, now) = (now, now + length);
        }
        for tuplet in child.all("tuplet") {
            brackets += if tuplet.attribute("type") == Some("start") { 1 } else { -1 };
            assert!((0..=1).contains(&brackets), "brackets begin and end");
        }
        let tied = |end| child.all("tie").iter().any(|tie| tie.attribute("type") == Some(end));
        if let Some(pitch) = child.find("pitch") {
            let midi = midi(pitch) + *moved;
            notes.push(Sound { onset, length, midi, held: tied("stop"), goes_on: tied("start") });
        }
    }
    assert_eq!(brackets, 0, "brackets end in their measure");
    Sounds { length: now, notes }
}

fn midi(pitch: &Element) -> i32 {
    let natural = match pitch.said("step").expect("a step") {
        "C" => 0,
        "D" => 2,
        "E" => 4,
        "F" => 5,
        "G" => 7,
        "A" => 9,
        _ => 11,
    };
    let number = |name| pitch.number(name).unwrap_or(0) as i32;
    natural + number("alter") + 12 * (number("octave") + 1)
}

/// That type, dots and tuplet of a note say its length.
fn check_value(note: &Element, length: Duration) {
    let Some(kind) = note.said("type") else {
        let measure = note.find("rest").and_then(|rest| rest.attribute("measure"));
        return assert_eq!(measure, Some("yes"), "only a bar's rest needs no type");
    };
    let kinds = ["maxima", "long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd"];
    let rest = ["64th", "128th", "256th", "512th", "1024th"];
    let at = kinds.iter().chain(&rest).position(|known| *known == kind).expect("a value");
    let mut drawn = Duration::new(8, 1 << at);
    let dots = note.all("dot").len();
    drawn *= Duration::from_integer(2) - Duration::new(1, 1 << dots);
    if note.has("time-modification") {
        let ratio = |name| note.number(name).expect("a number of notes");
        drawn *= Duration::new(ratio("normal-notes"), ratio("actual-notes"));
    }
    assert_eq!(drawn, length, "{kind} with {dots} dots");
}

/// What the signs at one measure say.
#[derive(Default)]
struct Signs {
    forward: bool,
    /// The numbers of an ending that begins here, and whether one ends.
    ending: Option<Vec<u32>>,
    ending_stops: bool,
    /// How often its part is played.
    times: Option<u32>,
    sound: Vec<String>,
}

fn signs(measure: &Element) -> Signs {
    let mut signs = Signs::default();
    for ending in measure.all("ending") {
        let numbers = ending.attribute("number").expect("numbers").split(',');
        match ending.attribute("type") {
            Some("start") => signs.ending = Some(numbers.map(|n| n.parse().unwrap()).collect()),
            _ => signs.ending_stops = true,
        }
    }
    for repeat in measure.all("repeat") {
        match repeat.attribute("direction") {
            Some("forward") => signs.forward = true,
            _ => signs.times = Some(repeat.attribute("times").map_or(2, |n| n.parse().unwrap())),
        }
    }
    let sounds = measure.all("sound");
    let asked = sounds.iter().flat_map(|sound| &sound.attributes);
    signs.sound = asked.map(|(name, _)| name.clone()).collect();
    signs
}

/// The numbers of the measures in the order in which they are to be played.
///
/// A `|:` is where players turn back to, else the beginning; an ending is for the passes whose numbers
/// it has; players turn back at a sign until they have come by as often as it says. After a jump nothing
/// is repeated, and of endings the last is played, or the one where it stops.
fn order(measures: &[&Element]) -> Vec<usize> {
    let signs: Vec<Signs> = measures.iter().map(|measure| signs(measure)).collect();
    let asks = |at: usize, what: &str| signs[at].sound.iter().any(|sound| sound == what);
    let find = |what| (0..signs.len()).find(|at| asks(*at, what)).expect("where a jump goes to");
    let (mut order, mut came_by) = (Vec::new(), vec![0; signs.len()]);
    let (mut at, mut start, mut pass) = (0, 0, 1);
    let (mut jumped, mut is_over) = (false, false);
    while at < signs.len() {
        assert!(order.len() < 100_000, "it ends");
        if signs[at].forward && start != at {
            (start, pass) = (at, 1);
        }
        if let Some(next) = skipped(&signs, at, (!jumped).then_some(&mut pass)) {
            at = next;
            continue;
        }
        order.push(at);
        came_by[at] += 1;
        if jumped && asks(at, "fine") {
            break;
        } else if jumped && asks(at, "tocoda") {
            at = find("coda");
            (start, pass, jumped, is_over) = (at, 1, false, true);
            continue;
        }
        if let Some(times) = signs[at].times.filter(|_| !jumped) {
            if came_by[at] < times {
                (at, pass) = (start, pass + 1);
                continue;
            }
            (start, pass) = (at + 1, 1);
        }
        let back = !jumped && !is_over;
        at = match (back && asks(at, "dacapo"), back && asks(at, "dalsegno")) {
            (true, _) => 0,
            (_, true) => find("segno"),
            _ => {
                at += 1;
                continue;
            }
        };
        jumped = true;
    }
    order
}

/// Where players go on who do not take the ending that begins at a measure, if one does; `pass` is
/// that of its part, `None` after a jump.
fn skipped(signs: &[Signs], at: usize, pass: Option<&mut u32>) -> Option<usize> {
    let numbers = signs[at].ending.as_ref()?;
    let stop = (at..signs.len()).find(|at| signs[*at].ending_stops).expect("an end");
    let next = signs.get(stop + 1).and_then(|next| next.ending.as_ref());
    let has_fellow = next.is_some_and(|numbers| !numbers.contains(&1));
    let ends = |sound: &String| ["fine", "tocoda"].contains(&sound.as_str());
    let stops = signs[at..=stop].iter().flat_map(|signs| &signs.sound).any(ends);
    let skipped = match pass {
        None => has_fellow && !stops,
        Some(pass) => {
            let skipped = !numbers.contains(pass);
            *pass = if skipped && !has_fellow { 1 } else { *pass };
            skipped
        }
    };
    skipped.then_some(stop + 1)
}

/// Every note that is to be played, ties joined: when, which and how long.
pub(crate) fn played(score: &Element) -> Vec<(Duration, i32, Duration)> {
    let measures = measures(score);
    let divisions = score.number("divisions").expect("divisions");
    let mut moved = 0;
    let all: Vec<Sounds> = measures.iter().map(|m| sounds(m, divisions, &mut moved)).collect();
    let mut now = Duration::ZERO;
    let mut notes: Vec<(Duration, i32, Duration)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for at in order(&measures) {
        let mut rest = &all[at].notes[..];
        while let Some(first) = rest.first() {
            let count = rest.iter().take_while(|sound| sound.onset == first.onset).count();
            let (chord, later) = rest.split_at(count);
            let held = std::mem::take(&mut open);
            for (place, sound) in chord.iter().enumerate() {
                let onset = now + sound.onset;
                let goes_on = |at: &&usize| {
                    let (from, midi, length) = notes[**at];
                    midi == sound.midi && from + length == onset
                };
                let from = held.iter().find(goes_on).copied().filter(|_| sound.held);
                match from {
                    Some(from) => notes[from].2 += sound.length,
                    None if chord[..place].iter().any(|other| other.midi == sound.midi) => continue,
                    None => notes.push((onset, sound.midi, sound.length)),
                }
                if sound.goes_on {
                    open.push(from.unwrap_or(notes.len() - 1));
                }
            }
            rest = later;
        }
        now += all[at].length;
    }
    notes.sort_unstable();
    notes
}
