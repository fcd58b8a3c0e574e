//! `hornpipe curves`: how runs went, beside each other.

use super::inputs::expanded;
use super::out::{Out, note, noted, shown};
use super::output::{Kind, Outputs, on_stdout};
use crate::error::{Error, Result};
use crate::run::checkpoint::{self, Meta};
use crate::run::curves::{MOST_COMPARED, compared};
use crate::run::find::{Which, checkpoint_of};
use crate::run::folder::is_run;
use crate::run::notice::Notice;
use std::path::{Path, PathBuf};

/// Draw the losses of runs beside each other: on held-out tunes and in training, by epoch
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe curves runs/001 runs/002 -o curves.svg
  hornpipe curves runs/* -o curves.svg

Each run has a colour; a dot marks its best epoch, that of the lowest loss on held-out tunes. Of
four epochs or more the axes fit the second to the end. Losses on held-out tunes say which run is better where the same
tunes are held out: same text, same --validation. A run that goes on is drawn up to its last
checkpoint. Its own curves, with its settings, are in its folder: runs/001/curves.svg.")]
pub(super) struct Args {
    /// Folders of runs, at most 8
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Replace what holds something of another kind than is written
    #[arg(long)]
    force: bool,
}

/// Characters of a name that have room beside a line.
const LONGEST_NAME: usize = 48;

impl Args {
    pub(super) fn run(self, out: &Out) -> Result<()> {
        let to_stdout = on_stdout([&self.out], false)?;
        let runs = expanded(&self.runs);
        if runs.len() > MOST_COMPARED {
            let many = runs.len();
            return Err(Error::Usage(format!(
                "{many} runs are too many for one picture; name at most {MOST_COMPARED}"
            )));
        }
        let output = Outputs::new(&runs, self.force).file(&self.out, Kind::Svg)?;
        let metas = runs.iter().map(|run| last(run)).collect::<Result<Vec<_>>>()?;
        let held_out = |meta: &Meta| (meta.config.text.sha256.clone(), meta.config.validation);
        if metas.iter().any(|meta| held_out(meta) != held_out(&metas[0])) {
            note(
                "not all of these runs hold out the same tunes: their losses say little of each other",
            );
        }
        let histories = metas.into_iter().map(|meta| meta.history);
        let runs: Vec<_> = runs.iter().map(|run| name(run)).zip(histories).collect();
        let svg = compared(&runs).map_err(|e| Error::content(&self.out, e.to_string()))?;
        output.write(svg.as_bytes())?;
        if to_stdout {
            return Ok(());
        }
        out.say(format!("{}; open it in a browser", self.out.display()))
    }
}

/// What a run is called in the picture: its path, or the end of it.
fn name(run: &Path) -> String {
    let name = shown(&run.display().to_string()).into_owned();
    match name.chars().count().checked_sub(LONGEST_NAME) {
        None | Some(0) => name,
        Some(over) => format!("…{}", name.chars().skip(over + 1).collect::<String>()),
    }
}

/// What the last checkpoint of a run knows of it.
fn last(run: &Path) -> Result<Meta> {
    if !is_run(run) {
        return Err(Error::Usage(format!("{} is no run; name the folder of one", run.display())));
    }
    let path = checkpoint_of(run, Which::Last, |e| noted(Notice::PassedOver(e)))?;
    let meta = checkpoint::load(&path)?.meta;
    if meta.history.is_empty() {
        let problem = "there is no curve, for no epoch of it is done yet; leave it out";
        return Err(Error::content(run, problem));
    }
    Ok(meta)
}
