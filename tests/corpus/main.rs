//! What the canonical form and `hornpipe corpus` promise.

#[path = "../common/shared_run.rs"]
mod shared_run;

mod canonical;
mod command;
mod moved;
mod strange;
mod summary;
mod transpose;
mod tunes;

use hornpipe::music::corpus::{Options, Source, build};

/// A jig of two parts in an untidy spelling.
const UNTIDY: &str = r#"X: 702
T: ROLLING WAVE, THE. 2nd setting
Z:Transcribed by A.Nobody, a@b.c
R:double jig
M:6/8
L:1/16
K:DMaj
A2|{e}d2D2D2 ~c2D2D2|{c}B2D2D2 A2D2D2|[Fd]2D2D2 c3BA2|A2G2F2 E2F2A2|\
d2D2D2 (c2D2D2)|B2D2D2 A2D2D2|(3B2c2d2 c2 B2 A2 G2|G2E2C2 E4:|
||Bc|"D"d2D2D2 ^c2=c2D2|B4D2 A2-A2A2|d2D2D2 c2B2A2|A2G2F2 [1E4:|[2 E6||
"#;

/// The same in ours.
const TIDY: &str = "X:1
T:The Rolling Wave
R:jig
M:6/8
L:1/8
K:D
|:A|dDD cDD|BDD ADD|dDD c>BA|AGF EFA|
dDD cDD|BDD ADD|(3Bcdc BAG|GEC E2:|
|:B/c/|dDD c=cD|B2D A-AA|dDD cBA|1 AGF E2:|2 AGF E3|]
";

/// What `build` makes of one text without any option.
fn build_all(text: &str) -> hornpipe::music::corpus::Corpus {
    let source = Source::new("test.abc", text);
    build(&[source], &Options::default())
}

/// A line of music in D written a tone lower, for a header in C; accidentals are sharps there.
fn down_a_tone(line: &str) -> String {
    let down = |c: char| match c {
        'C' => 'B',
        'D'..='G' | 'B' | 'd'..='g' => (c as u8 - 1) as char,
        'A' => 'G',
        'c' => 'B',
        other => other,
    };
    let flat = line.replace("=c", "_B\u{0}").replace('C', "B,\u{0}");
    let mut out = String::new();
    let mut chars = flat.chars().peekable();
    while let Some(c) = chars.next() {
        let done = chars.peek() == Some(&'\u{0}') || (c == 'B' && chars.peek() == Some(&','));
        out.push(if done { c } else { down(c) });
    }
    out.replace('\u{0}', "") + "\n"
}
