//! What to do next about an error of the library, in the words of the command line: the library
//! knows no flags.

use crate::error::Error;
use std::path::Path;

/// The flags or commands that help, if any do.
pub(super) fn advice(error: &Error) -> Option<String> {
    Some(match error {
        Error::ShortText { .. } => "give more tunes or a smaller --batch or --steps".to_owned(),
        Error::NothingToHoldOut { .. } => {
            "give more tunes, another --validation, or --validation 0".to_owned()
        }
        Error::NoRun { .. } => "name a model, or make one with: hornpipe train".to_owned(),
        Error::RunExists { .. } => {
            "go on with it with --resume, name another folder with --out or remove this one"
                .to_owned()
        }
        Error::InTheWay { .. } => "move it, or name another folder with --out".to_owned(),
        Error::NumbersUsedUp { .. } => "name a folder with --out".to_owned(),
        Error::NoVocabulary { path } => {
            format!(
                "{}; for others: {}",
                told("--vocabulary FILE"),
                export(path, "--vocabulary FILE")
            )
        }
        Error::NoActivation { path } => {
            format!(
                "{}; for others: {}",
                told("--activation NAME"),
                export(path, "--activation NAME")
            )
        }
        Error::NoTensor { .. } => "hornpipe export --help lists the tensors of a model, hornpipe \
                                   gradients --help those of a batch"
            .to_owned(),
        Error::Unsaved { run, .. } => {
            format!("then go on with: hornpipe train --resume {}", run.display())
        }
        Error::RunMoved { now, .. } => {
            let now = now.as_ref().map_or("FOLDER".into(), |now| now.display().to_string());
            format!("go on with it where it is now: hornpipe train --resume {now}")
        }
        Error::Diverged(_) => {
            "start again with a lower --learning-rate or with --clip 5".to_owned()
        }
        Error::GivenUp { .. } => {
            "begin a new run with a lower --learning-rate or with --clip 5".to_owned()
        }
        _ => return None,
    })
}

/// The commands that can be told what a file does not say.
fn told(flag: &str) -> String {
    format!("evaluate, generate, info and export take {flag}")
}

/// How to make a file that says it.
fn export(path: &Path, flag: &str) -> String {
    format!("hornpipe export {} {flag} -o M.safetensors", path.display())
}
