//! Ctrl-C, SIGTERM, and the signal that a file-size limit sends.

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
            // without a handler, a write beyond the limit would kill the process instead of failing
            #[cfg(unix)]
            flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
            Ok(())
        };
        register().map_err(|e: std::io::Error| {
            Error::Failed(format!("cannot listen for Ctrl-C: {e}; start the program anew"))
        })?;
        Ok(Self(asked))
    }

    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
