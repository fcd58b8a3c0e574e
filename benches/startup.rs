//! `cargo bench --bench startup`: how long `hornpipe train` takes to begin, and what memory it takes, by
//! the size of the text. Prints markdown; takes some minutes, 4 GB of memory and 200 MB in the temporary
//! folder. `cargo bench --bench startup -- 20 variants` is one line of it.
//!
//! A small model is trained, so that memory is that of the text. Memory is what Linux says of the
//! process; elsewhere it is left out.

use hornpipe::music::abc::{self, Key};
use hornpipe::music::corpus::{EMBEDDED, Mover, Tonic};
use hornpipe_kernels::mix;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Tunes made from those of the embedded book, in five keys.
struct Maker {
    tunes: Vec<String>,
    drawn: u64,
}

impl Maker {
    fn new() -> Self {
        let mut tunes = Vec::new();
        for tune in abc::tunes(EMBEDDED) {
            let key = abc::read(tune).key;
            for tonic in ["G", "D", "A", "C", "F"] {
                let to = tonic.parse::<Tonic>().expect("a tonic").key(key.mode).expect("a key");
                tunes.push(moved(tune, &key, &to));
            }
        }
        Self { tunes, drawn: 0 }
    }

    fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        (mix(1, self.drawn) % n as u64) as usize
    }

    /// A tune with about one note in `every` another one.
    fn changed(&mut self, tune: usize, every: usize) -> String {
        let mut text = String::new();
        for line in self.tunes[tune].clone().split_inclusive('\n') {
            let music = line.as_bytes().get(1) != Some(&b':') || line.starts_with('|');
            text.extend(line.chars().map(|c| {
                let note = music && matches!(c, 'A'..='G' | 'a'..='g');
                let notes = b"DEFGABcdefga";
                if note && self.below(every) == 0 { notes[self.below(12)].into() } else { c }
            }));
        }
        text
    }

    /// A tune of one bar again and again.
    fn bar(&mut self) -> String {
        let bar: String = (0..8).map(|_| char::from(b"DEFGABcdefga"[self.below(12)])).collect();
        let times = 4 + self.below(246);
        format!(
            "X:1\nT:A Bar\nR:hornpipe\nM:C|\nL:1/8\nK:D\n{}]\n\n",
            format!("{bar}|").repeat(times)
        )
    }

    fn tune(&mut self, book: &str) -> String {
        let any = self.tunes.len();
        match book {
            "tunes" => {
                // a third nearly as they were, a third much changed, a third all new
                let (tune, every) = (self.below(any), [40, 2, 1][self.below(3)]);
                self.changed(tune, every)
            }
            "variants" => self.changed(0, 20),
            "one tune" => self.tunes[0].clone(),
            "one bar" => self.bar(),
            other => panic!("no book {other}: tunes, variants, one tune, one bar"),
        }
    }

    fn book(&mut self, book: &str, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 10_000);
        while text.len() < bytes {
            let tune = self.tune(book);
            text += tune.trim_end();
            text += "\n\n";
        }
        text
    }
}

fn moved(tune: &str, from: &Key, to: &Key) -> String {
    let mut mover = Mover::new(from, to).expect("keys with tonics");
    mover.push(tune) + &mover.finish()
}

/// The number of kB behind `name` in what the system says of a process.
fn status(process: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':').trim().strip_suffix(" kB")?.parse().ok()
}

/// Seconds of all threads of a process in user mode.
fn user_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(11)?.parse().ok()?;
    Some(ticks / 100.0)
}

fn row(book: &str, text: &Path, megabytes: usize, folder: &Path) {
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hornpipe"));
    command.arg("train").arg(text).args(["--lstm", "8", "--embedding", "8", "--json", "--out"]);
    let mut child =
        command.arg(folder.join("run")).stdout(Stdio::piped()).spawn().expect("it starts");
    let said = BufReader::new(child.stdout.take().expect("piped"));
    said.lines().next().expect("it begins").expect("a line");
    let seconds = begin.elapsed().as_secs_f64();
    let user = user_seconds(child.id());
    let peak = status(child.id(), "VmHWM");
    std::thread::sleep(Duration::from_secs(2));
    let training = status(child.id(), "VmRSS");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let mut row = format!("| {megabytes} MB, {book} | {seconds:.1} |");
    let numbers = [(user, 1.0, 1), (peak, 1e3 / 1.024e3, 0), (training, 1.0, 0)];
    for (number, _, digits) in numbers {
        let number = number.map(|number| if digits == 0 { number * 1024.0 / 1e6 } else { number });
        let number = number.map_or("".to_owned(), |number| format!("{number:.digits$}"));
        write!(row, " {number} |").expect("strings take everything");
    }
    println!("{row}");
}

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let rows: Vec<(usize, &str)> = match &asked[..] {
        [megabytes, book @ ..] => {
            vec![(megabytes.parse().expect("MB"), book.first().map_or("tunes", String::as_str))]
        }
        [] => {
            vec![(1, "tunes"), (20, "tunes"), (200, "tunes"), (200, "variants"), (200, "one bar")]
        }
    };
    println!("| text | s | user s | peak MB | while training MB |\n|---|---:|---:|---:|---:|");
    for (megabytes, book) in rows {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = folder.path().join("text.abc");
        fs::write(&text, Maker::new().book(book, megabytes * 1_000_000)).expect("room");
        row(book, &text, megabytes, folder.path());
    }
}
