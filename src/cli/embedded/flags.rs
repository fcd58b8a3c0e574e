//! Flags that come as strings, and what is said of wrong ones.

use crate::cli::advice::advice;
use crate::error::{Error, Result};
use clap::Command;

/// An error as the command line says it: with the advice that only it can give.
pub fn words(error: &Error) -> String {
    let advice = advice(error).map_or(String::new(), |advice| format!("; {advice}"));
    format!("{error}{advice}")
}

/// The flags of the command `name`, but for those that make sense on a command line alone.
pub(super) fn parsed<A: clap::Args>(
    name: &'static str,
    flags: &[String],
    but: &[&str],
) -> Result<A> {
    let named = |flag: &&String| but.contains(&flag.split('=').next().unwrap_or_default());
    if let Some(flag) = flags.iter().find(named) {
        let flag = flag.split('=').next().unwrap_or_default();
        return Err(Error::Usage(format!("{flag} is for the command line; leave it out")));
    }
    let command = A::augment_args(Command::new(name)).no_binary_name(true);
    // what help there is, is printed
    let command = command.disable_help_flag(true);
    let matches = command.try_get_matches_from(flags).map_err(|e| misused(&e))?;
    A::from_arg_matches(&matches).map_err(|e| misused(&e))
}

/// What clap says, without how the command would be called.
fn misused(error: &clap::Error) -> Error {
    let text = error.to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text.split("\n\nFor more information").next().unwrap_or_default();
    // how to pass what looks like a flag is of no use where flags have names
    let text = text.split("\n\n  tip: to pass").next().unwrap_or_default();
    let text = text.trim().trim_start_matches("error: ");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Error::Usage(lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::parsed;
    use crate::cli::train::Args;

    #[test]
    fn what_is_wrong_with_a_flag_is_said_in_one_line() {
        for (flag, said) in [
            (
                "--epochs=x",
                "invalid value 'x' for '--epochs <N>': not a whole number from 0 to 1,000,000",
            ),
            (
                "--epoch=3",
                "unexpected argument '--epoch' found; tip: a similar argument exists: '--epochs'",
            ),
            ("--json", "--json is for the command line; leave it out"),
            ("--help", "unexpected argument '--help' found"),
        ] {
            let error = parsed::<Args>("train", &[flag.to_owned()], &["--json"]).err();
            assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(said), "{flag}");
        }
    }
}
