//! Keeping what a command has mapped: `--hold`, and a program after `--`.
//!
//! A command asks for a [`Keeper`] first, tells it when its source is open, and hands it what it has mapped
//! in the end. It owns the mappings throughout.

use std::ffi::OsString;

use serde::Serialize;

use super::Exit;
use crate::cli::{HoldArgs, HoldRequest, HoldTime};
use crate::mapping::error::{Error, Kind, Result};
use crate::mapping::hold::{Program, Signals};
use crate::mapping::range::{ByteLength, SourceRange};
use crate::mapping::source::{Source, SourceSpec};
use crate::report::{Console, Human, Name, ReadyReport, Reports};

/// What holds mappings as long as was asked for.
pub(super) struct Keeper {
    request: HoldRequest,
    unlink: bool,
    signals: Option<Signals>,
}

/// A mapping to hold.
pub(super) struct Held<'a> {
    /// What is mapped.
    pub(super) source: &'a Source,
    /// The range of it that was asked for.
    pub(super) range: SourceRange,
    /// What the ready line says of it, as "4 KiB at 0x7f0000000000".
    pub(super) summary: String,
}

impl Keeper {
    /// One that does what was asked for with those sources.
    ///
    /// # Errors
    /// `usage` when it cannot be done with them.
    pub(super) fn new(args: &HoldArgs, specs: &[SourceSpec]) -> Result<Self> {
        args.check(specs)?;
        Ok(Self {
            request: args.request(),
            unlink: args.unlink_on_exit,
            signals: None,
        })
    }

    /// Whether something stays mapped at all.
    pub(super) fn holds(&self) -> bool {
        self.request != HoldRequest::Nothing
    }

    /// Whether a program runs meanwhile, to which standard output belongs then.
    pub(super) fn runs_program(&self) -> bool {
        matches!(self.request, HoldRequest::Run { .. })
    }

    /// Anonymous memory for that program must be such that others can open it.
    pub(super) fn needs_path(&self, spec: &SourceSpec) -> bool {
        self.runs_program() && *spec == SourceSpec::Anonymous
    }

    /// Takes note of a source that has just been opened, and watches for signals from now on where one would
    /// leave something behind. Not earlier: a descriptor of ours could take the number that `--fd` means.
    pub(super) fn source_is_open(&mut self, source: &mut Source) -> Result<()> {
        if self.unlink {
            source.make_temporary();
        }
        if self.holds() || self.unlink {
            self.watch()?;
        }
        Ok(())
    }

    /// Watches for signals, so that none ends the command with its work half done.
    pub(super) fn watch(&mut self) -> Result<()> {
        if self.signals.is_none() {
            self.signals = Some(Signals::watch()?);
        }
        Ok(())
    }

    /// Ends the command when a signal came while it could not be ended. What holds something ends well on a
    /// signal, and a program gets it.
    pub(super) fn end_if_signalled(&self, operation: &'static str) -> Result<()> {
        let arrived = self.signals.as_ref().filter(|_| !self.holds());
        let arrived = arrived.map(Signals::arrived).transpose()?;
        match arrived.flatten() {
            Some(signal) => Err(Error::new(signal.kind(), operation, "a signal came")),
            None => Ok(()),
        }
    }

    /// Holds what is left of several mappings after `outcome`, which stays the status when it is a failure. A
    /// program is not run then.
    pub(super) fn keep_after<R: Serialize + Human>(
        &mut self,
        outcome: Exit,
        console: &mut Console,
        held: &[Held<'_>],
        reports: &[R],
    ) -> super::Outcome {
        let failed = outcome != Exit::SUCCESS;
        if failed && self.runs_program() {
            return Ok(outcome);
        }
        let end = self.keep(console, held, reports)?;
        Ok(if failed { outcome } else { end })
    }

    /// Holds the mappings, and ends with the status that the command has then. With nothing to hold it ends
    /// at once.
    pub(super) fn keep<R: Serialize + Human>(
        &mut self,
        console: &mut Console,
        held: &[Held<'_>],
        reports: &[R],
    ) -> Result<Exit> {
        let outcome = self.hold(console, held, reports);
        if self.unlink {
            for held in held {
                held.source.remove_name()?;
            }
        }
        outcome
    }

    fn hold<R: Serialize + Human>(
        &self,
        console: &mut Console,
        held: &[Held<'_>],
        reports: &[R],
    ) -> Result<Exit> {
        let Some(signals) = &self.signals else {
            return Ok(Exit::SUCCESS);
        };
        if held.is_empty() {
            return Ok(Exit::SUCCESS);
        }
        match &self.request {
            HoldRequest::Nothing => Ok(Exit::SUCCESS),
            HoldRequest::Wait(time) => {
                console.report(&ready(*time, held, reports, console))?;
                console.flush()?;
                signals.wait(time.limit()).map(|_| Exit::SUCCESS)
            }
            HoldRequest::Run { program, arguments } => {
                console.flush()?;
                let program = Program {
                    name: program.clone(),
                    arguments: arguments.clone(),
                    environment: environment(held)?,
                };
                let end = signals.run(&program)?;
                Ok(Exit::of_program(end.status()))
            }
        }
    }
}

fn ready<'a, R>(
    time: HoldTime,
    held: &[Held<'_>],
    reports: &'a [R],
    console: &Console,
) -> ReadyReport<'a, R> {
    let summary = match held {
        [held] => format!("{}: {}", Name(held.source.name()), held.summary),
        _ => {
            let lengths = held.iter().map(|held| held.range.length().0);
            let all = ByteLength(lengths.fold(0, u64::saturating_add));
            format!("{} mappings of {}", held.len(), console.view().size(all))
        }
    };
    ReadyReport {
        ready: true,
        pid: std::process::id(),
        seconds: time.limit().map(|limit| limit.as_secs_f64()),
        mapped: Reports::of(reports),
        summary,
    }
}

/// What a program finds in its environment: where the mapped source is, if it is one.
fn environment(held: &[Held<'_>]) -> Result<Vec<(&'static str, OsString)>> {
    let [held] = held else {
        return Ok(Vec::new());
    };
    let path = held.source.path_for_others().ok_or_else(|| {
        let reason = "this system has no path at which another program finds it";
        Error::new(Kind::Unsupported, "share", reason).on(held.source.name())
    })?;
    Ok(vec![
        ("MMAPCTL_PATH", path.into_os_string()),
        ("MMAPCTL_OFFSET", held.range.offset().0.to_string().into()),
        ("MMAPCTL_LENGTH", held.range.length().0.to_string().into()),
    ])
}
