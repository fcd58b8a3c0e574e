//! `hornpipe train --resume`: a run goes on as if it had never stopped.

use super::inputs::say_read_as;
use super::out::{Out, counted, note};
use super::ranks::check_shards;
use super::train::Args;
use crate::engine::weights::Weights;
use crate::error::{Error, Result};
use crate::files::is_standard;
use crate::learn::config::{Config, Order};
use crate::learn::difference::Difference;
use crate::learn::group::Group;
use crate::learn::limits::refuse_gigantic;
use crate::learn::material::Material;
use crate::learn::source::{Text, TextSource};
use crate::learn::train::Trainer;
use crate::run::checkpoint::{About, Checkpoint};
use crate::run::folder::{RunFolder, TEXT};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

impl Args {
    /// Goes on with the run from the checkpoint that is furthest on.
    pub(super) fn resume(self, run: &Path, group: Box<dyn Group>, out: &Out) -> Result<()> {
        let folder = RunFolder::reopen(run)?;
        let (path, checkpoint) = folder.last(|e| {
            note(format!("{e}; passed over: the steps since the one before are repeated"));
        })?;
        let mut config = self.same_config(&folder, &checkpoint)?;
        check_shards(&config, group.size(), true)?;
        let text = self.same_text(&folder, &mut config.text)?;
        let about = checkpoint.meta.about();
        refuse_gigantic::<f32>(&config.shape, config.batch / config.shards * config.steps)?;
        let shuffled = (config.order == Order::Shuffled).then_some(config.seed);
        let tonic = about.manner().map_err(|problem| Error::content(&path, problem))?.tonic;
        self.say_slow(&text, config.validation > 0.0 || shuffled.is_some(), out)?;
        let material = Material::new(&text, config.validation, shuffled, tonic)?;
        drop(text);
        let (training, held_out) = self.streams(&material, &config, &about.vocabulary, out)?;
        // none that would have to be drawn: the checkpoint has them
        let weights = Weights::zeros(&config.shape);
        let trainer = Trainer::new(config.settings(), weights, training, held_out);
        let mut trainer = trainer.in_group(group);
        if checkpoint.meta.progress.window > trainer.windows() {
            let problem = "it stands beyond the end of the text; use another checkpoint";
            return Err(Error::content(&path, problem));
        }
        checkpoint.restore(&mut trainer);
        out.say(format!("read {}", path.display()))?;
        out.say("")?;
        self.go(folder, About { config, ..about }, material, trainer, out)
    }

    /// The run's config, with more epochs if asked for; an error where the flags or an edited
    /// `config.json` contradict it.
    fn same_config(&self, folder: &RunFolder, checkpoint: &Checkpoint) -> Result<Config> {
        let (earlier, progress) = (&checkpoint.meta.config, &checkpoint.meta.progress);
        let run = folder.path().display();
        let or_new = "or begin a new run (--init takes the weights of this one)";
        // a run that was to go further, or whose text was moved, may have been killed before its
        // next checkpoint
        let written = folder.config()?.unwrap_or_else(|| earlier.clone());
        let mut edits = in_flags(&written.differences(earlier));
        if written.text.sha256 != earlier.text.sha256 {
            edits.push("another SHA-256 of the text".into());
        }
        if !edits.is_empty() {
            return Err(Error::Failed(format!(
                "{run} cannot go on with what its config.json says now, {}; change that back, {or_new}",
                edits.join(", ")
            )));
        }
        let config = self.config(written);
        let differences = in_flags(&config.differences(earlier));
        if !differences.is_empty() {
            return Err(Error::Usage(format!(
                "{run} cannot go on with {}; leave that out, {or_new}",
                differences.join(", ")
            )));
        }
        let (done, begun) = (progress.epoch, progress.window > 0);
        let least = done + usize::from(begun);
        if config.epochs < least {
            return Err(Error::Usage(format!(
                "{run} has {}{} already; ask for at least {least} with --epochs",
                counted(done, "epoch"),
                if begun { " and a part of one" } else { "" }
            )));
        }
        Ok(config)
    }

    /// The text that the run was begun with, from where it was or where the command line says.
    fn same_text(&self, folder: &RunFolder, source: &mut TextSource) -> Result<String> {
        let run = folder.path();
        // what a run keeps itself moves with it
        let is_kept = |path: &String| Path::new(path).file_name() == Some(OsStr::new(TEXT));
        let kept = run.join(TEXT);
        let paths: Vec<PathBuf> = match &self.files[..] {
            [] if source.paths.iter().any(is_kept) && kept.exists() => vec![kept],
            [] => source.paths.iter().map(PathBuf::from).collect(),
            files => files.to_vec(),
        };
        let moved = format!("hornpipe train --resume {} FILES", run.display());
        let Text { text, source: found, read_as, .. } =
            Text::learned(&paths).map_err(|e| match self.files[..] {
                [] => Error::Failed(format!("{e}; if the text was moved, say where: {moved}")),
                _ => e,
            })?;
        say_read_as(read_as);
        if paths.is_empty() && found.sha256 != source.sha256 {
            let in_more_keys = Text::in_more_keys();
            if in_more_keys.source.sha256 == source.sha256 {
                return Ok(in_more_keys.text);
            }
        }
        if found.sha256 != source.sha256 {
            let file = match found.paths[..] {
                [] => {
                    " (the embedded tunes are others now: the hornpipe that began the run has them)"
                }
                _ => "",
            };
            return Err(Error::Failed(format!(
                "{} is not the text that {} learns (its SHA-256 is {}..., not {}...): bring that \
                 back, say where it is with {moved}{file}, or begin a new run",
                found.name(),
                run.display(),
                &found.sha256[..12],
                &source.sha256.get(..12).unwrap_or_default(),
            )));
        }
        *source = found;
        if self.files.iter().any(|path| is_standard(path)) {
            source.paths = vec![folder.keep_text(&text)?.display().to_string()];
        }
        Ok(text)
    }
}

/// Differences in the words of the flags.
fn in_flags(differences: &[Difference]) -> Vec<String> {
    let flag = |Difference { name, mine, theirs, .. }: &Difference| {
        format!("--{} {mine} (the run has {theirs})", name.replace('_', "-"))
    };
    differences.iter().map(flag).collect()
}
