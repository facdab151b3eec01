//! Keeping what a command has mapped: `--hold`, and a program after `--`.
//!
//! A command asks for a [`Keeper`] first, tells it when its source is open, and hands it what it has mapped
//! in the end. It owns the mappings throughout.

use std::ffi::OsString;

use serde::Serialize;

use super::outcome::{Exit, Outcome};
use crate::cli::{HoldArgs, HoldRequest, HoldTime, MapFlagArgs};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::{memory, page_sizes};
use crate::mapping::process::signals::{Program, Signals};
use crate::mapping::source::{Source, SourceSpec, memfd};
use crate::mapping::types::{ByteLength, Kind, MapFlag, SourceRange};
use crate::report::{Console, Human, Name, ReadyReport, Reports, View};

/// What holds mappings as long as was asked for.
pub(super) struct Keeper {
    request: HoldRequest,
    unlink: bool,
    signals: Option<Signals>,
}

/// A mapping that can be held.
pub(super) trait Hold {
    /// What is told of it.
    type Report<'a>: Serialize + Human
    where
        Self: 'a;

    /// What is mapped.
    fn source(&self) -> &Source;
    /// The same, to decide what stays of it.
    fn source_mut(&mut self) -> &mut Source;
    /// The range of it that was asked for.
    fn range(&self) -> SourceRange;
    /// What the ready line says of it, as "4 KiB at 0x7f0000000000".
    fn summary(&self, view: &View) -> String;
    /// What is told of it.
    fn report(&self, console: &Console) -> Self::Report<'_>;
}

impl Keeper {
    /// One that does what was asked for with those sources.
    ///
    /// # Errors
    /// `usage` when it cannot be done with them; `not_found` and `access_denied` when there is no such
    /// program.
    pub(super) fn new(
        args: &HoldArgs,
        specs: &[SourceSpec],
        console: &mut Console,
    ) -> Result<Self> {
        args.check(specs)?;
        let keeper = Self {
            request: args.request(),
            unlink: args.unlink_on_exit,
            signals: None,
        };
        if let HoldRequest::Run { program, .. } = &keeper.request {
            Program::find(program)?;
            console.cede_output()?;
        }
        Ok(keeper)
    }

    /// Whether something stays mapped at all.
    pub(super) fn holds(&self) -> bool {
        self.request != HoldRequest::Nothing
    }

    /// Whether a program runs meanwhile, to which standard output belongs then.
    fn runs_program(&self) -> bool {
        matches!(self.request, HoldRequest::Run { .. })
    }

    /// Whether a report is written at once: what is held is told of in one ready line, or by it in JSON, unless
    /// more is wanted; and beside the output of a program only what was asked for, as a `result` that has no
    /// other place.
    pub(super) fn tells(&self, console: &Console, result: bool) -> bool {
        match self.request {
            HoldRequest::Nothing => true,
            HoldRequest::Wait(_) => console.is_verbose() && !console.json(),
            HoldRequest::Run { .. } => console.is_verbose() || console.json() || result,
        }
    }

    /// Whether what is mapped is to be handed over, because something is done with it in the end.
    pub(super) fn keeps(&self) -> bool {
        self.holds() || self.unlink
    }

    /// Room for that many mappings, if they are kept at all. A list that grew meanwhile would leave gaps in the
    /// address space, which later mappings fill; the kernel lists mappings by address, so that each look at
    /// one of these would pass all that were made before.
    pub(super) fn room_for<H: Hold>(&self, mappings: usize) -> Result<Vec<H>> {
        let mut kept = Vec::new();
        if self.keeps() {
            memory::reserve(&mut kept, mappings, "keep the mappings")?;
        }
        Ok(kept)
    }

    /// An open source such that a program finds it: anonymous memory becomes a file without a name, of that
    /// length and of the huge pages that are asked for.
    pub(super) fn shareable(
        &self,
        source: Source,
        spec: &SourceSpec,
        length: impl FnOnce(&Source) -> Result<ByteLength>,
        flags: &MapFlagArgs,
    ) -> Result<Source> {
        if !self.runs_program() || *spec != SourceSpec::Anonymous {
            return Ok(source);
        }
        let length = length(&source)?;
        let (flags, huge_size) = flags.resolve()?;
        let huge = flags
            .has(MapFlag::Hugetlb)
            .then(|| huge_size.unwrap_or_else(page_sizes::default_huge_page_size));
        memfd::create(length, huge)
    }

    /// Takes note of a source that has just been opened, and watches for signals from now on where one would
    /// leave something behind, because it is made or may `grow`. Not earlier: a descriptor of ours could take the number that `--fd` means.
    pub(super) fn source_is_open(&mut self, source: &mut Source, grows: bool) -> Result<()> {
        if self.unlink {
            source.make_temporary();
        }
        if (self.keeps() || grows) && self.signals.is_none() {
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

    /// Declares that what was asked for is done with a source: what was created or grown stays. If it is still
    /// to be held, it stays only once that has begun.
    pub(super) fn is_done(&self, source: &mut Source) -> Result<()> {
        match self.holds() {
            true => source.publish(),
            false => source.commit(),
        }
    }

    /// Holds several mappings after `outcome`. Unless all of them were made, none is held: whoever waits for
    /// them could not tell that one is missing.
    pub(super) fn keep_after<H: Hold>(
        &mut self,
        outcome: Exit,
        console: &mut Console,
        kept: &mut [H],
    ) -> Outcome {
        if outcome != Exit::SUCCESS && self.holds() {
            return Ok(outcome);
        }
        let end = self.keep(console, kept)?;
        Ok(if outcome == Exit::SUCCESS {
            end
        } else {
            outcome
        })
    }

    /// Holds the mappings, and ends with the status that the command has then. With nothing to hold it ends
    /// at once.
    pub(super) fn keep<H: Hold>(&self, console: &mut Console, kept: &mut [H]) -> Result<Exit> {
        let outcome = self.hold(console, kept);
        if self.unlink {
            for held in kept {
                held.source().remove_name()?;
            }
        }
        outcome
    }

    fn hold<H: Hold>(&self, console: &mut Console, kept: &mut [H]) -> Result<Exit> {
        let Some(signals) = self.signals.as_ref().filter(|_| !kept.is_empty()) else {
            return Ok(Exit::SUCCESS);
        };
        match &self.request {
            HoldRequest::Nothing => Ok(Exit::SUCCESS),
            HoldRequest::Wait(time) => {
                say_ready(*time, kept, console)?;
                commit(kept)?;
                signals.wait(time.limit()).map(|_| Exit::SUCCESS)
            }
            HoldRequest::Run { program, arguments } => {
                let program = Program {
                    name: program.clone(),
                    arguments: arguments.clone(),
                    environment: environment(kept)?,
                };
                console.flush()?;
                let running = signals.start(&program)?;
                commit(kept)?;
                Ok(Exit::of_program(running.finish()?.status()))
            }
        }
    }
}

fn commit<H: Hold>(kept: &mut [H]) -> Result<()> {
    kept.iter_mut()
        .try_for_each(|held| held.source_mut().commit())
}

fn say_ready<H: Hold>(time: HoldTime, kept: &[H], console: &mut Console) -> Result<()> {
    let mut reports = Vec::new();
    memory::reserve(&mut reports, kept.len(), "report the mappings")?;
    reports.extend(kept.iter().map(|held| held.report(console)));
    console.report(&ready(time, kept, &reports, console))?;
    console.flush()
}

fn ready<'a, H: Hold, R>(
    time: HoldTime,
    kept: &[H],
    reports: &'a [R],
    console: &Console,
) -> ReadyReport<'a, R> {
    let view = console.view();
    let summary = match kept {
        [held] => format!("{}: {}", Name(held.source().name()), held.summary(view)),
        _ => {
            let lengths = kept.iter().map(|held| held.range().length().0);
            let all = ByteLength(lengths.fold(0, u64::saturating_add));
            format!("{} mappings of {}", kept.len(), view.size(all))
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

/// What a program finds in its environment: where the mapped source is, if it is one. What an outer command
/// of ours said of its own is taken away otherwise.
fn environment<H: Hold>(kept: &[H]) -> Result<Vec<(&'static str, Option<OsString>)>> {
    let mut values = [None, None, None];
    if let [held] = kept {
        let path = held.source().path_for_others().ok_or_else(|| {
            let reason = "this system has no path at which another program finds it";
            Error::new(Kind::Unsupported, "share", reason).on(held.source().name())
        })?;
        values = [
            Some(path.into_os_string()),
            Some(held.range().offset().0.to_string().into()),
            Some(held.range().length().0.to_string().into()),
        ];
    }
    let names = ["MMAPCTL_PATH", "MMAPCTL_OFFSET", "MMAPCTL_LENGTH"];
    Ok(names.into_iter().zip(values).collect())
}
