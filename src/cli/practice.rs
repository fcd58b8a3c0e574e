//! The flags by which tunes are played to be practised.

use crate::music::render::{Feel, Practice};

/// Heading of these flags.
const HEADING: &str = "To practise";

/// How tunes are played.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Practised {
    /// Per cent of the tempo, from 10% to 400%
    #[arg(long, value_name = "70%", value_parser = speed, default_value = "100%")]
    speed: u32,
    /// Semitones higher, or lower: from -24 to +24
    #[arg(long, value_name = "+2", value_parser = semitones, allow_negative_numbers = true)]
    transpose: Option<i8>,
    /// How often the whole tune is played, up to 100
    #[arg(long, value_name = "N", value_parser = times, default_value = "1")]
    times: usize,
    /// A bar of clicks before the music; an upbeat sounds in its place at the end of that bar
    #[arg(long)]
    count_in: bool,
    /// How long and how short two quavers of a beat are: 2:1, 3:2, up to 4:1, or off [default:
    /// hornpipes 2:1, strathspeys 3:1, unless dotted pairs are written in them]
    #[arg(long, value_name = "2:1|off", value_parser = str::parse::<Feel>)]
    swing: Option<Feel>,
    /// All tunes in a row in one file, each as often as --times says
    #[arg(long)]
    pub(super) set: bool,
}

impl Practised {
    pub(super) fn practice(self) -> Practice {
        let Self { speed, times, count_in, .. } = self;
        let swing = self.swing.unwrap_or_default();
        Practice { speed, transpose: self.transpose.unwrap_or(0), times, count_in, swing }
    }

    /// The first of the flags for one tune that asks for anything.
    pub(super) fn given(self) -> Option<&'static str> {
        let flags = [
            ("--speed", self.speed != 100),
            ("--transpose", self.transpose.is_some()),
            ("--times", self.times != 1),
            ("--count-in", self.count_in),
            ("--swing", self.swing.is_some()),
        ];
        flags.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

fn speed(text: &str) -> Result<u32, &'static str> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    let fits = number.filter(|percent| (10..=400).contains(percent));
    fits.ok_or("not a speed; write it in per cent, from 10% to 400%, as 70%")
}

fn semitones(text: &str) -> Result<i8, &'static str> {
    let fits = text.parse().ok().filter(|number| (-24..=24).contains(number));
    fits.ok_or("not a whole number of semitones from -24 to +24")
}

fn times(text: &str) -> Result<usize, &'static str> {
    let fits = text.parse().ok().filter(|number| (1..=100).contains(number));
    fits.ok_or("not a whole number from 1 to 100")
}
