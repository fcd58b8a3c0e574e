//! `cargo bench --bench startup`: how long `hornpipe train` takes to begin, and what memory it takes, by
//! the size of the text. Prints markdown; takes some minutes, 1 GB of memory and 200 MB in the temporary
//! folder. `cargo bench --bench startup -- 20 variants` is one line of it.
//!
//! A small model is trained, so that memory is that of the text. All but the time by the clock is what
//! Linux says of the process; elsewhere it is left out.

use hornpipe::music::abc::{self, Key};
use hornpipe::music::corpus::{EMBEDDED, Mover, Tonic};
use hornpipe_kernels::mix;
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

/// MB that the system says a process has: what stands behind `name`, in kB.
fn megabytes(process: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kb: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kb * 1024.0 / 1e6)
}

/// Seconds that all threads of a process have worked, the system's aside.
fn user_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(11)?.parse().ok()?;
    Some(ticks / 100.0)
}

fn row(book: &str, size: usize, folder: &Path) {
    let text = folder.join("text.abc");
    fs::write(&text, Maker::new().book(book, size * 1_000_000)).expect("room for the text");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hornpipe"));
    command.arg("train").arg(&text).args(["--lstm", "8", "--embedding", "8", "--json", "--out"]);
    command.arg(folder.join("run")).stdout(Stdio::piped()).stderr(Stdio::null());
    let begin = Instant::now();
    let mut train = command.spawn().expect("it starts");
    let mut lines = BufReader::new(train.stdout.take().expect("its output")).lines();
    lines.next().expect("training begins").expect("a line");
    let seconds = begin.elapsed().as_secs_f64();
    let (user, peak) = (user_seconds(train.id()), megabytes(train.id(), "VmHWM:"));
    std::thread::sleep(Duration::from_secs(2));
    let training = megabytes(train.id(), "VmRSS:");
    train.kill().expect("it runs");
    train.wait().expect("it ends");
    let number = |number: Option<f64>| number.map_or(String::new(), |n| format!("{n:.0}"));
    let [user, peak, training] = [user, peak, training].map(number);
    println!("| {size} MB, {book} | {seconds:.1} | {user} | {peak} | {training} |");
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
    println!("| text | s | s of all threads | peak MB | MB while training |");
    println!("|---|---:|---:|---:|---:|");
    for (size, book) in rows {
        let folder = tempfile::tempdir().expect("a temporary folder");
        row(book, size, folder.path());
    }
}
