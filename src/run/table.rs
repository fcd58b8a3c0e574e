//! A CSV file that grows line by line, and is whole again as soon as it can be written.

use crate::error::{Error, Result};
use crate::files::write_atomically;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The first two numbers of a line: lines are in this order.
pub(crate) type Place = (f64, f64);

/// After all lines.
const NOWHERE: Place = (f64::INFINITY, f64::INFINITY);

/// A table on its way to disk.
pub(crate) struct Table {
    path: PathBuf,
    header: &'static [&'static str],
    /// Open at its end; none where lines that lie ahead are still to be taken out.
    file: Option<File>,
    /// Bytes of whole lines in `file`.
    length: u64,
    /// The last line that stays of those that are in the file when it is opened.
    last: Place,
    /// Lines that are not in the file yet.
    unwritten: Vec<u8>,
    /// Whether the last write failed.
    behind: bool,
}

impl Table {
    /// A table of which, from before, the whole lines up to `last` stay; the first
    /// [`Table::write`] opens it.
    pub(crate) fn new(path: PathBuf, header: &'static [&'static str], last: Place) -> Self {
        let unwritten = Vec::new();
        Self { path, header, file: None, length: 0, last, unwritten, behind: false }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the lines after `last` out with the next write.
    pub(crate) fn cut(&mut self, last: Place) {
        self.unwritten = lines_to(&self.unwritten, self.header.len(), last);
        (self.file, self.last) = (None, last);
    }

    /// Adds a line, for the next write.
    pub(crate) fn push(&mut self, cells: &[String]) {
        self.unwritten.extend(cells.join(",").into_bytes());
        self.unwritten.push(b'\n');
    }

    /// Whether the last write failed.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Hands all lines to the system. What fails is tried again by the next call.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn write(&mut self) -> Result<()> {
        let written = match &mut self.file {
            None => self.open(),
            Some(_) if self.unwritten.is_empty() => Ok(()),
            Some(file) => {
                // half a line, or a few, from the last time
                let ready = if self.behind { file.set_len(self.length) } else { Ok(()) };
                let written = ready.and_then(|()| file.write_all(&self.unwritten));
                written.map_err(|e| Error::io("write", &self.path, e))
            }
        };
        self.behind = written.is_err();
        written?;
        self.length += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
    }

    /// Opens the file behind its lines up to `last`.
    fn open(&mut self) -> Result<()> {
        let old = match fs::read(&self.path) {
            Ok(old) => old,
            Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(Error::io("read", &self.path, e)),
        };
        let mut all = (self.header.join(",") + "\n").into_bytes();
        all.extend(lines_to(&old, self.header.len(), self.last));
        all.extend(&self.unwritten);
        write_atomically(&self.path, &all)?;
        // they are in the file
        self.unwritten.clear();
        (self.length, self.last) = (all.len() as u64, NOWHERE);
        let file = File::options().append(true).open(&self.path);
        self.file = Some(file.map_err(|e| Error::io("write", &self.path, e))?);
        Ok(())
    }
}

/// The lines of `text` that have so many columns and begin with two numbers up to `last`; what a
/// killed process left half is no line.
fn lines_to(text: &[u8], columns: usize, last: Place) -> Vec<u8> {
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(&text[..end]);
    let lines = reader.into_records().flatten().filter(|line| line.len() == columns);
    let mut kept = Vec::new();
    for line in lines {
        if let (Ok(first), Ok(second)) = (line[0].parse::<f64>(), line[1].parse::<f64>())
            && (first, second) <= last
        {
            kept.extend(line.iter().collect::<Vec<_>>().join(",").into_bytes());
            kept.push(b'\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{NOWHERE, Table};
    use std::fs::{self, File};
    use std::io::Write;

    const HEADER: &[&str] = &["Epoch", "Batch", "Loss"];

    fn line(batch: usize) -> [String; 3] {
        ["1".into(), batch.to_string(), "0.5".into()]
    }

    #[test]
    fn what_lies_ahead_and_half_lines_are_taken_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("batches.csv");
        for (old, last, new) in [
            ("", NOWHERE, ""),
            ("Epoch,Batch,Loss\n", NOWHERE, ""),
            ("Epoch,Batch,Loss\n1,1,4\n1,2,3\n2,1,2\n2,2,1\n", (2.0, 1.0), "1,1,4\n1,2,3\n2,1,2\n"),
            // the last line has all its columns, but not all its digits
            ("Epoch,Batch,Loss\n1,1,4.5\n1,2,3", NOWHERE, "1,1,4.5\n"),
            ("Epoch,Batch,Loss\n1,1,4\n1,\nx,1,1\n1,2,3\n", NOWHERE, "1,1,4\n1,2,3\n"),
        ] {
            fs::write(&path, old).expect("written");
            Table::new(path.clone(), HEADER, last).write().expect("written");
            let now = fs::read_to_string(&path).expect("a table");
            assert_eq!(now, format!("Epoch,Batch,Loss\n{new}"), "{old}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn lines_that_could_not_be_written_are_written_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("batches.csv");
        let mut table = Table::new(path.clone(), HEADER, NOWHERE);
        table.push(&line(1));
        table.write().expect("written");
        let full = File::options().append(true).open("/dev/full").expect("a device");
        let mut file = table.file.replace(full).expect("open");
        table.push(&line(2));
        let told = table.write().expect_err("a full disk").to_string();
        assert!(told.contains("batches.csv: No space left on device"), "{told}");
        table.push(&line(3));
        table.write().expect_err("still full");
        assert!(table.is_behind());
        // as a disk leaves it that was full amid a line
        file.write_all(b"1,2,0.").expect("written");
        table.file = Some(file);
        table.push(&line(4));
        table.write().expect("written");
        assert!(!table.is_behind());
        table.push(&line(5));
        table.write().expect("written");
        let lines: String = (1..6).map(|batch| line(batch).join(",") + "\n").collect();
        let header = "Epoch,Batch,Loss\n";
        assert_eq!(fs::read_to_string(&path).expect("a table"), format!("{header}{lines}"));

        // back to the third line, while it cannot be written, and on from there
        table.push(&line(6));
        table.cut((1.0, 3.0));
        fs::rename(&path, folder.path().join("aside")).expect("renamed");
        fs::create_dir(&path).expect("a folder");
        table.push(&line(4));
        table.write().expect_err("a folder is there");
        fs::remove_dir(&path).expect("empty");
        fs::rename(folder.path().join("aside"), &path).expect("renamed");
        table.write().expect("written");
        let lines: String = (1..5).map(|batch| line(batch).join(",") + "\n").collect();
        assert_eq!(fs::read_to_string(&path).expect("a table"), format!("{header}{lines}"));
    }
}
