//! The options that hold a mapping: `--hold`, and a program to run.

use std::ffi::OsString;

use clap::Args;

use super::duration::{FOREVER, parse_duration};
use crate::mapping::actions::hold::{HoldRequest, HoldTime};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;

/// How long to keep the mapping.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Holding")]
pub struct HoldArgs {
    /// Keep the mapping: --hold 30s [default: until a signal]
    ///
    /// --hold alone, or --hold=forever, waits for a signal. Prints one line that begins with "ready" when everything is
    /// mapped, also with --quiet. Then waits until the duration has passed (--hold 1h30m; --hold 30 is 30 seconds) or SIGHUP, SIGINT,
    /// SIGQUIT or SIGTERM arrives. The exit status is 0 in both cases. With --json, the line is a JSON object that
    /// includes the report.
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        default_missing_value = FOREVER,
        value_parser = parse_hold,
        allow_hyphen_values = true
    )]
    pub hold: Option<HoldTime>,
    /// With --tag: remove the name of the shared memory region on exit
    #[arg(long, hide_short_help = true)]
    pub unlink_on_exit: bool,
    /// Keep the mapping while this program runs
    ///
    /// $MMAPCTL_PATH is the path of the mapped source, anonymous memory included; $MMAPCTL_OFFSET and $MMAPCTL_LENGTH
    /// are the range: -- sh -c 'wc -c "$MMAPCTL_PATH"'. With several sources their names end in _1, _2 and so on. In a shell, 1<>"$MMAPCTL_PATH" writes to the source without
    /// truncating it. SIGHUP, SIGINT, SIGQUIT and SIGTERM are forwarded to the program. The exit status is that of the
    /// program, 128 + N if signal N killed it, 127 if it is not found, or 126 if it cannot be run.
    #[arg(last = true, value_name = "CMD", conflicts_with = "hold")]
    pub program: Vec<OsString>,
}

impl HoldArgs {
    /// Refuses `--unlink-on-exit` for sources that are not tags.
    ///
    /// # Errors
    /// `usage`.
    pub fn check(&self, specs: &[SourceSpec]) -> Result<()> {
        let tags = specs.iter().all(|spec| matches!(spec, SourceSpec::Tag(_)));
        if self.unlink_on_exit && !tags {
            return Err(Error::usage("--unlink-on-exit needs --tag"));
        }
        Ok(())
    }

    /// Whether standard output is written, by a command that writes reports or not: a program has it for itself, and the
    /// ready line is always written.
    #[must_use]
    pub fn writes_output(&self, reports: bool) -> bool {
        self.program.is_empty() && (reports || self.hold.is_some())
    }

    /// The request to hold.
    #[must_use]
    pub fn request(&self) -> HoldRequest {
        match (self.program.split_first(), self.hold) {
            (Some((program, arguments)), _) => HoldRequest::Run {
                program: program.clone(),
                arguments: arguments.to_vec(),
            },
            (None, Some(time)) => HoldRequest::Wait(time),
            (None, None) => HoldRequest::Nothing,
        }
    }
}

pub(super) fn parse_hold(text: &str) -> Result<HoldTime, String> {
    match text {
        FOREVER => Ok(HoldTime::Forever),
        _ => parse_duration(text).map(HoldTime::For),
    }
}

#[cfg(test)]
mod tests {
    use super::super::duration::complete_durations;
    use super::*;
    use clap::Parser;
    use std::path::PathBuf;
    use std::time::Duration;

    #[derive(Debug, Parser)]
    struct Holder {
        files: Vec<PathBuf>,
        #[arg(long)]
        tag: Option<String>,
        #[command(flatten)]
        hold: HoldArgs,
    }

    fn parse(arguments: &[&str]) -> Result<Holder, clap::Error> {
        let all = ["mmapctl", "map"]
            .into_iter()
            .chain(arguments.iter().copied());
        let complete = complete_durations(&all.map(OsString::from).collect::<Vec<_>>());
        Holder::try_parse_from(&complete[1..])
    }

    #[test]
    fn a_duration_may_follow_and_anything_else_is_the_next_argument() {
        let seconds = |n| Some(HoldTime::For(Duration::from_secs(n)));
        for (typed, hold, files) in [
            (&["f"][..], None, 1),
            (&["f", "--hold"], Some(HoldTime::Forever), 1),
            (&["--hold", "f"], Some(HoldTime::Forever), 1),
            (&["--hold", "f", "g"], Some(HoldTime::Forever), 2),
            (&["--hold", "90s", "f"], seconds(90), 1),
            (&["f", "--hold", "1m 30s"], seconds(90), 1),
            (&["--hold=1m30s", "f"], seconds(90), 1),
            (&["--hold", "90", "f"], seconds(90), 1),
            (&["f", "--hold=2"], seconds(2), 1),
            (&["--hold", "forever", "f"], Some(HoldTime::Forever), 1),
            (&["--hold", "--tag", "t"], Some(HoldTime::Forever), 0),
        ] {
            let parsed = parse(typed).unwrap();
            assert_eq!(parsed.hold.hold, hold, "{typed:?}");
            assert_eq!(parsed.files.len(), files, "{typed:?}");
        }
        let half = Some(HoldTime::For(Duration::from_millis(500)));
        for typed in [
            &["f", "--hold", "0.5"][..],
            &["--hold", ".5", "f"],
            &["f", "--hold=.5"],
            &["--hold", ".5s", "f"],
        ] {
            let parsed = parse(typed).unwrap();
            assert_eq!(
                (parsed.hold.hold, parsed.files.len()),
                (half, 1),
                "{typed:?}"
            );
        }
        for file in [".hidden", "./f", "..", "."] {
            let parsed = parse(&["--hold", file]).unwrap();
            assert_eq!(parsed.hold.hold, Some(HoldTime::Forever), "{file}");
        }
        for wrong in [
            &["f", "--hold", "5x"][..],
            &["f", "--hold=x"],
            &["f", "--hold=."],
            &["f", "--hold", ".5.5"],
            &["f", "--hold", "1."],
            &["f", "--hold", "1.2.3"],
            &["f", "--hold", "99999999999999999999"],
            &["--hold=-1s"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_program_stands_after_two_dashes_with_its_own_options() {
        let parsed = parse(&["f", "--", "sh", "--hold", "-c"]).unwrap();
        assert_eq!(
            parsed.hold.request(),
            HoldRequest::Run {
                program: "sh".into(),
                arguments: vec!["--hold".into(), "-c".into()],
            }
        );
        assert!(parse(&["f", "--hold", "--", "true"]).is_err());
    }
}
