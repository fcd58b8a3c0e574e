//! `hornpipe train --resume`: a run goes on as if it had never stopped.

use super::model::{Text, read_text};
use super::out::{Out, note};
use super::train::Args;
use crate::checkpoint::Checkpoint;
use crate::config::{Config, TextSource};
use crate::error::{Error, Result};
use crate::run::RunFolder;
use crate::text::Vocabulary;
use crate::train::Trainer;
use std::path::{Path, PathBuf};

impl Args {
    /// Goes on with the run from the checkpoint that is furthest on.
    pub(super) fn resume(self, run: &Path, out: &Out) -> Result<()> {
        let folder = RunFolder::reopen(run)?;
        let (path, checkpoint) = folder.furthest(false, |e| {
            note(format!("{e}; the one before it will do, for the steps since then are repeated"));
        })?;
        let mut config = self.same_config(run, &checkpoint)?;
        let text = self.same_text(run, &mut config.text)?;
        let vocabulary = Vocabulary::from_symbols(checkpoint.meta.vocabulary.clone())
            .ok_or_else(|| Error::content(&path, "a symbol comes twice; use another checkpoint"))?;
        let (training, held_out) = self.streams(&text, &config, &vocabulary, out)?;
        let weights = Some(checkpoint.weights.clone());
        let mut trainer = Trainer::new(config, training, held_out, weights);
        if checkpoint.meta.progress.window > trainer.windows() {
            return Err(Error::content(&path, "it stands beyond the end of the text"));
        }
        checkpoint.restore(&mut trainer);
        out.say(format!("read {}\n", path.display()))?;
        self.go(folder, vocabulary, trainer, out)
    }

    /// The run's config, with more epochs if asked for; an error where the flags contradict it.
    fn same_config(&self, run: &Path, checkpoint: &Checkpoint) -> Result<Config> {
        let (earlier, progress) = (&checkpoint.meta.config, &checkpoint.meta.progress);
        let config = self.config(earlier.clone());
        let differences = config.differences(earlier);
        if !differences.is_empty() {
            return Err(Error::Usage(format!(
                "{} cannot go on with {}; leave that out, or begin a new run (--init takes the \
                 weights of this one)",
                run.display(),
                differences.join(", ")
            )));
        }
        let (done, begun) = (progress.epoch, progress.window > 0);
        if config.epochs < done + usize::from(begun) {
            return Err(Error::Usage(format!(
                "{} has {done} epochs{} already; ask for as many or more with --epochs",
                run.display(),
                if begun { " and a part of one" } else { "" }
            )));
        }
        Ok(config)
    }

    /// The text that the run was begun with, from where it was or where the command line says.
    fn same_text(&self, run: &Path, source: &mut TextSource) -> Result<String> {
        let paths: Vec<PathBuf> = match self.files.is_empty() {
            true => source.paths.iter().map(PathBuf::from).collect(),
            false => self.files.clone(),
        };
        let moved = format!("hornpipe train --resume {} FILES", run.display());
        let Text { text, source: found } = read_text(&paths).map_err(|e| match self.files[..] {
            [] => Error::Failed(format!("{e}; if the text was moved, say where: {moved}")),
            _ => e,
        })?;
        if found.sha256 != source.sha256 {
            return Err(Error::Failed(format!(
                "{} is not the text that {} learns (its SHA-256 is {}..., not {}...): bring that \
                 back, say where it is with {moved}, or begin a new run",
                found.name(),
                run.display(),
                &found.sha256[..12],
                &source.sha256.get(..12).unwrap_or_default(),
            )));
        }
        *source = found;
        Ok(text)
    }
}
