//! The options of commands that look again and again.

use std::time::Duration;

use clap::Args;

use super::duration::{INTERVAL, parse_duration};
use super::number::number_in;

/// Whether to look again, and how often.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Watching")]
pub struct WatchArgs {
    /// Repeat until q or Ctrl-C: --watch 500ms [default: 2s]
    ///
    /// On a terminal, the table is redrawn in place. In a pipe, the tables follow each other, with an empty line between
    /// them. The interval is the time between the end of one look and the start of the next.
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = INTERVAL,
        value_parser = parse_interval,
        allow_hyphen_values = true
    )]
    pub watch: Option<Duration>,
    /// End after this number of looks: --watch --count 10
    #[arg(long, value_name = "N", value_parser = number_in::<u64>(1..=u64::MAX), allow_hyphen_values = true, requires = "watch", hide_short_help = true)]
    pub count: Option<u64>,
}

fn parse_interval(text: &str) -> Result<Duration, String> {
    /// The shortest interval: a shorter one would only keep a processor busy.
    const LEAST: Duration = Duration::from_millis(10);
    match parse_duration(text)? {
        interval if interval < LEAST => Err("must be at least 10ms".to_owned()),
        interval => Ok(interval),
    }
}
