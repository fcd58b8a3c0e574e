//! `hornpipe completions`: the shell finishes what one begins to type.

use super::out::Out;
use crate::error::Result;
use clap::Command;
use clap_complete::{Shell, generate};

/// Write a script by which a shell completes commands, flags and their values
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hornpipe completions bash > ~/.local/share/bash-completion/completions/hornpipe
  hornpipe completions zsh > ~/.zfunc/_hornpipe        (a folder of zsh's fpath)
  hornpipe completions fish > ~/.config/fish/completions/hornpipe.fish

Make the folder first if it is not there. A new shell completes `hornpipe` followed by Tab.")]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    /// `command` is the whole command line.
    pub(super) fn run(self, mut command: Command, out: &Out) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut command, "hornpipe", &mut script);
        out.data(&String::from_utf8_lossy(&script))
    }
}
