//! The options of `warm` that keep files in memory.

use clap::Args;

use super::duration::FOREVER;
use super::hold::parse_hold;
use crate::mapping::actions::hold::HoldTime;
use crate::mapping::cache::pin::PinRequest;
use crate::mapping::cache::walk::Paths;
use crate::mapping::error::{Error, Result};

/// Keeping the pages in memory.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Keeping in memory")]
pub struct PinArgs {
    /// Lock the pages in memory; needs --hold
    ///
    /// Limits are checked before anything is loaded. Holes are not locked.
    #[arg(long, conflicts_with_all = ["rate", "max_memory", "offset", "length", "range"])]
    pub lock: bool,
    /// Keep the pages locked: --hold 30s [default: until a signal]
    ///
    /// --hold alone, or --hold=forever, waits for a signal. Prints one line that begins with "ready" when everything is
    /// locked, also with --quiet, and notifies systemd (sd_notify(3)). Then waits until the duration has passed (--hold 1h30m; --hold 30 is
    /// 30 seconds) or SIGHUP, SIGINT, SIGQUIT or SIGTERM arrives. The exit status is 0 in both cases if every file was
    /// locked.
    #[arg(
        long,
        value_name = "DURATION",
        requires = "lock",
        num_args = 0..=1,
        default_missing_value = FOREVER,
        value_parser = parse_hold,
        allow_hyphen_values = true
    )]
    pub hold: Option<HoldTime>,
    /// Also lock files that appear, grow or are replaced
    ///
    /// Files that no longer exist are unlocked. With --verbose, a line on stderr reports each change.
    #[arg(long, requires = "lock")]
    pub follow_changes: bool,
}

impl PinArgs {
    /// What to keep in memory, of these paths.
    ///
    /// # Errors
    /// `usage` without a time.
    pub fn request(&self, paths: Paths) -> Result<PinRequest> {
        let Some(hold) = self.hold else {
            let complaint = Error::usage("--lock needs --hold: the lock ends with the command");
            return Err(complaint.hint(
                "use --hold to keep the pages locked until a signal, or --hold 1h for an hour",
            ));
        };
        Ok(PinRequest {
            paths,
            time: hold.limit(),
            follow: self.follow_changes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_lock_needs_a_time() {
        let paths = Paths::default;
        let mut args = PinArgs {
            lock: true,
            ..PinArgs::default()
        };
        assert!(args.request(paths()).is_err());
        args.hold = Some(HoldTime::Forever);
        assert_eq!(args.request(paths()).unwrap().time, None);
        let time = Duration::from_secs(1);
        args.hold = Some(HoldTime::For(time));
        assert_eq!(args.request(paths()).unwrap().time, Some(time));
    }
}
