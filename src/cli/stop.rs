//! Ctrl-C, SIGTERM, a terminal that hangs up, and the signal that a file-size limit sends.

use crate::error::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody has asked this process to end.
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on the first request is only noted; a second one ends the process at once, as the
    /// first would have.
    pub(super) fn listen() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let register = || {
            for signal in [SIGINT, SIGTERM] {
                // in this order: the first request must find the flag unset
                flag::register_conditional_shutdown(signal, 130, Arc::clone(&asked))?;
                flag::register(signal, Arc::clone(&asked))?;
            }
            // no second request: shell and system both send it when a terminal goes away
            #[cfg(target_os = "linux")]
            if !hang_up_is_ignored() {
                flag::register(signal_hook::consts::SIGHUP, Arc::clone(&asked))?;
            }
            Ok(())
        };
        register().map_err(deaf)?;
        Ok(Self(asked))
    }

    /// The same as one of several processes that train one run: also to SIGUSR1, which mpirun passes on
    /// without killing them a second later.
    pub(super) fn listen_in_group() -> Result<Self> {
        let stop = Self::listen()?;
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGUSR1, Arc::clone(&stop.0)).map_err(deaf)?;
        Ok(stop)
    }

    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether whoever started this process wants it to outlive the terminal, as nohup does: a handler
/// would undo that.
#[cfg(target_os = "linux")]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // the lowest bit is signal 1; where nothing can be known, all stays as it is
    ignored.is_none_or(|mask| mask & 1 << (signal_hook::consts::SIGHUP - 1) != 0)
}

/// From now on a write beyond the limit on the size of files fails, and the command says so; the
/// signal would kill the process without a word.
pub(super) fn outlive_file_size_limit() -> Result<()> {
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map_err(deaf)?;
    Ok(())
}

fn deaf(e: std::io::Error) -> Error {
    Error::Failed(format!("cannot listen for signals: {e}; start the program anew"))
}
