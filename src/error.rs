//! What can go wrong with anything that comes from the world: files, settings, texts, checkpoints.
//!
//! Every message is one lower-case sentence that names the path and, where the library can know
//! it, says what to do next; which flag that takes, the command line adds. Wrong shapes inside the
//! engine are bugs and panic with a message instead.

use std::path::{Path, PathBuf};

/// A failure the user can act on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something impossible was asked for.
    #[error("{0}")]
    Usage(String),
    /// A model, batch or window so large that it would bring the machine to its knees.
    #[error(
        "this would take about {gib:.0} GiB of memory and {most:.0} is the most; choose a \
             smaller model, batch or number of steps"
    )]
    TooLarge {
        /// GiB it would take.
        gib: f64,
        /// GiB that are allowed.
        most: f64,
    },
    /// A text that does not fill one window of each stream.
    #[error(
        "the text has {}, but {} in windows of {steps} need at least {needed}",
        counted(*characters, "character"), counted(*batch, "stream")
    )]
    ShortText {
        /// Characters it has.
        characters: usize,
        /// Streams asked for.
        batch: usize,
        /// Characters of a window.
        steps: usize,
        /// Characters it would need.
        needed: usize,
    },
    /// No whole tunes that together are about the share to hold out.
    #[error(
        "no share of about {share} can be held out of a text with {} (each begins with a line X:) in \
             {} of near-duplicates", counted(*tunes, "tune"), counted(*groups, "group")
    )]
    NothingToHoldOut {
        /// Share asked for.
        share: f64,
        /// Tunes of the text.
        tunes: usize,
        /// Groups of near-duplicates, which are never divided.
        groups: usize,
    },
    /// No run that has finished an epoch lies below the folder of runs.
    #[error("there is no run in ./{} yet{}", folder.display(), begun.as_ref().map_or(
        String::new(), |run| format!(" that has finished an epoch ({} has begun)", run.display())))]
    NoRun {
        /// The folder of runs.
        folder: PathBuf,
        /// The newest of those that have finished none.
        begun: Option<PathBuf>,
    },
    /// A run has no checkpoint after so many epochs.
    #[error("{} has no checkpoint after epoch {epoch}; it has those after {}", run.display(),
            there.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))]
    NoEpoch {
        /// The folder of the run.
        run: PathBuf,
        /// Epochs asked for.
        epoch: usize,
        /// Those that there are.
        there: Vec<usize>,
    },
    /// A new run was to be made where there is one.
    #[error("{} already holds a run", path.display())]
    RunExists {
        /// Its folder.
        path: PathBuf,
    },
    /// A new run would replace a file that none has written.
    #[error("{} is in the way of a run, which would replace it", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// All numbers that a run could have are taken.
    #[error("the numbers in {} are used up", folder.display())]
    NumbersUsedUp {
        /// The folder of runs.
        folder: PathBuf,
    },
    /// A model that does not say what its symbols mean.
    #[error("{}: it does not say which symbols it knows; put a vocabulary into its metadata",
            path.display())]
    NoVocabulary {
        /// The file of the model.
        path: PathBuf,
    },
    /// A model that does not say which recurrent activation it has.
    #[error(
        "{}: a bare file of weights that does not say which recurrent activation its model has: sigmoid, \
         today's default of Keras, or hard_sigmoid = clip(0.2 x + 0.5, 0, 1), that of Keras before 2.3",
        path.display()
    )]
    NoActivation {
        /// The file of the model.
        path: PathBuf,
    },
    /// A tensor that must be in a file is not.
    #[error("{}: it has no tensor {name}", path.display())]
    NoTensor {
        /// The file.
        path: PathBuf,
        /// Name of the tensor.
        name: String,
    },
    /// Two of the processes that train one run have come to different weights.
    #[error(
        "rank {rank} has other weights than rank 0 in epoch {epoch}, so one of them computes \
             wrongly or is another build; look at its machine, and go on from the last checkpoint"
    )]
    Apart {
        /// The first that differs from rank 0.
        rank: usize,
        /// In which epoch they were compared.
        epoch: usize,
    },
    /// The last files of a run could not be written.
    #[error("{source}; what came after the last checkpoint of {} is lost with this process",
            run.display())]
    Unsaved {
        /// Why.
        source: Box<Error>,
        /// Folder of the run.
        run: PathBuf,
    },
    /// The best model of a run could not be written to the end, though its last was.
    #[error("{source}; the best model of {}, that after epoch {epoch}, is lost with this process; \
             its last is kept", run.display())]
    BestUnsaved {
        /// Why.
        source: Box<Error>,
        /// Folder of the run.
        run: PathBuf,
        /// Its best epoch.
        epoch: usize,
    },
    /// Where a process trained a run its folder no longer is: nothing more was written.
    #[error("{} is no longer what this process trains: the folder, or the file lock in it, was {}; \
             its checkpoints are with it, and what came after the last of them is lost with this \
             process", run.display(), moved(now.as_deref()))]
    RunMoved {
        /// Where the folder was.
        run: PathBuf,
        /// Where it is now, if the system says so.
        now: Option<PathBuf>,
    },
    /// The operating system refused to read or write `path`.
    #[error("cannot {action} {}: {source}; check the path and its permissions", path.display())]
    Io {
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes of `path` are not what they should be.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do next.
        problem: String,
    },
    /// Whoever read our output has gone (`hornpipe generate | head`): no failure at all.
    #[error("the output was closed")]
    ClosedPipe,
    /// The numbers of a run are no longer of any use.
    #[error("{0}")]
    Diverged(Divergence),
    /// They went wrong again and again, at ever lower rates.
    #[error("{problem}; the learning rate was lowered {cuts} times, to {:?}, and that did not help",
            problem.learning_rate)]
    GivenUp {
        /// The last time.
        problem: Divergence,
        /// How often the rate was lowered.
        cuts: u32,
    },
    /// Somebody pressed Ctrl-C or asked the process to end, and was already told what is kept;
    /// exit code 130.
    #[error("interrupted")]
    Interrupted,
    /// Something went wrong in a way no single file explains.
    #[error("{0}")]
    Failed(String),
}

/// "1 tune", "2 tunes".
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn moved(now: Option<&Path>) -> String {
    now.map_or("moved, replaced or removed".into(), |now| format!("moved to {}", now.display()))
}

/// Where and how a training went wrong: NaN, infinity, or a loss far above the first.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{what} (epoch {epoch}, batch {batch})")]
#[non_exhaustive]
pub struct Divergence {
    /// What is wrong, with the tensor it was found in.
    pub what: String,
    /// Counted from 1.
    pub epoch: usize,
    /// Counted from 1.
    pub batch: usize,
    /// Adam's rate at that time.
    pub learning_rate: f64,
}

/// Result of everything that touches the world.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An operating-system failure on `path` while trying to `action` it.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { action, path: path.as_ref().to_owned(), source }
    }

    /// A file whose content is wrong. What is quoted of it stays on one line.
    pub fn content(path: impl AsRef<Path>, problem: impl std::fmt::Display) -> Self {
        let mut line = String::new();
        for c in problem.to_string().chars() {
            if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
        }
        Self::Content { path: path.as_ref().to_owned(), problem: line }
    }

    /// The exit code of a process that ends with it: 2 for what was asked wrongly, 130 for an
    /// interruption, 1 for failures.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::TooLarge { .. }
            | Self::ShortText { .. }
            | Self::NothingToHoldOut { .. }
            | Self::NoRun { .. }
            | Self::NoEpoch { .. }
            | Self::RunExists { .. }
            | Self::InTheWay { .. }
            | Self::NumbersUsedUp { .. } => 2,
            Self::ClosedPipe => 0,
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}
