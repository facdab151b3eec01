//! Holding what a command has mapped: for a time, until a signal, or while a program runs.
//!
//! A command makes a [`Keeper`] first, tells it when a source is open, and hands it what it has mapped once all is
//! done. What is said meanwhile is not known here.

use std::ffi::OsString;
use std::time::Duration;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::{memory, page_sizes};
use crate::mapping::process::signals::{Program, Signals};
use crate::mapping::source::{Source, SourceSpec, memfd};
use crate::mapping::types::{
    ByteLength, Kind, MapFlag, MapFlags, PageSize, ProgramEnd, SourceRange,
};

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldTime {
    /// Until a signal.
    Forever,
    /// So long at most.
    For(Duration),
}

impl HoldTime {
    /// The limit, where there is one.
    #[must_use]
    pub const fn limit(self) -> Option<Duration> {
        match self {
            Self::Forever => None,
            Self::For(time) => Some(time),
        }
    }
}

/// What to do once it is mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldRequest {
    /// Nothing: it ends with the command.
    Nothing,
    /// Wait.
    Wait(HoldTime),
    /// Run a program: its name and its arguments.
    Run {
        /// Its name or path.
        program: OsString,
        /// What follows the name.
        arguments: Vec<OsString>,
    },
}

/// A mapping, the source it is of, and what was done and seen.
#[derive(Debug)]
pub struct Live<M, O> {
    /// The mapping. It is dropped before the source is put back, which some systems refuse otherwise.
    pub mapping: M,
    /// What is mapped.
    pub source: Source,
    /// The range of it that was asked for.
    pub range: SourceRange,
    /// What was done and seen.
    pub outcome: O,
}

/// What holds mappings as long as was asked for.
#[derive(Debug)]
pub struct Keeper {
    request: HoldRequest,
    unlink: bool,
    signals: Option<Signals>,
}

impl Keeper {
    /// One that does what was asked for, and in the end removes the names of what was mapped if `unlink` says so.
    ///
    /// # Errors
    /// `not_found` and `access_denied` when there is no such program.
    pub fn new(request: HoldRequest, unlink: bool) -> Result<Self> {
        if let HoldRequest::Run { program, .. } = &request {
            Program::find(program)?;
        }
        Ok(Self {
            request,
            unlink,
            signals: None,
        })
    }

    /// What was asked for.
    #[must_use]
    pub fn request(&self) -> &HoldRequest {
        &self.request
    }

    /// Whether something stays mapped at all.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.request != HoldRequest::Nothing
    }

    /// Whether a program runs meanwhile, to which standard output belongs then.
    #[must_use]
    pub fn runs_program(&self) -> bool {
        matches!(self.request, HoldRequest::Run { .. })
    }

    /// Whether what is mapped is to be handed over, because something is done with it in the end.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.holds() || self.unlink
    }

    /// Room for that many mappings, if they are kept at all. A list that grew meanwhile would leave gaps in the
    /// address space, which later mappings fill; the kernel lists mappings by address, so that each look at
    /// one of these would pass all that were made before.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub fn room_for<L>(&self, mappings: usize) -> Result<Vec<L>> {
        let mut kept = Vec::new();
        if self.keeps() {
            memory::reserve(&mut kept, mappings, "keep the mappings")?;
        }
        Ok(kept)
    }

    /// An open source such that a program finds it: anonymous memory becomes a file without a name, of that
    /// length and of the huge pages that are asked for.
    ///
    /// # Errors
    /// Those of `length`, and of [`memfd::create`].
    pub fn shareable(
        &self,
        source: Source,
        spec: &SourceSpec,
        length: impl FnOnce(&Source) -> Result<ByteLength>,
        (flags, huge_size): (MapFlags, Option<PageSize>),
    ) -> Result<Source> {
        if !self.runs_program() || *spec != SourceSpec::Anonymous {
            return Ok(source);
        }
        let huge = flags
            .has(MapFlag::Hugetlb)
            .then(|| huge_size.unwrap_or_else(page_sizes::default_huge_page_size));
        memfd::create(length(&source)?, huge)
    }

    /// Takes note of a source that has just been opened, and watches for signals from now on where one would
    /// leave something behind, because it is made or may `grow`. Not earlier: a descriptor of ours could take the
    /// number of an inherited one.
    ///
    /// # Errors
    /// Those of [`Signals::watch`].
    pub fn source_is_open(&mut self, source: &mut Source, grows: bool) -> Result<()> {
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
    ///
    /// # Errors
    /// The signal that came.
    pub fn end_if_signalled(&self, operation: &'static str) -> Result<()> {
        let arrived = self.signals.as_ref().filter(|_| !self.holds());
        let arrived = arrived.map(Signals::arrived).transpose()?;
        match arrived.flatten() {
            Some(signal) => Err(Error::new(signal.kind(), operation, "a signal came")),
            None => Ok(()),
        }
    }

    /// Declares that what was asked for is done with a source: what was created or grown stays. If it is still
    /// to be held, it stays only once that has begun.
    ///
    /// # Errors
    /// Those of [`Source::publish`] and [`Source::commit`].
    pub fn is_done(&self, source: &mut Source) -> Result<()> {
        match self.holds() {
            true => source.publish(),
            false => source.commit(),
        }
    }

    /// Holds the mappings as was asked for, and says how the program ended if one was run. `announce` is called
    /// when all is in place, before the wait or the program begins. With nothing to hold it returns at once.
    ///
    /// # Errors
    /// Those of `announce`, of running the program, and of removing the names.
    pub fn hold<M, O>(
        &self,
        kept: &mut [Live<M, O>],
        announce: impl FnOnce(&[Live<M, O>]) -> Result<()>,
    ) -> Result<Option<ProgramEnd>> {
        let end = self.wait(kept, announce);
        if self.unlink {
            for live in kept {
                live.source.remove_name()?;
            }
        }
        end
    }

    fn wait<M, O>(
        &self,
        kept: &mut [Live<M, O>],
        announce: impl FnOnce(&[Live<M, O>]) -> Result<()>,
    ) -> Result<Option<ProgramEnd>> {
        let Some(signals) = self.signals.as_ref().filter(|_| !kept.is_empty()) else {
            return Ok(None);
        };
        match &self.request {
            HoldRequest::Nothing => Ok(None),
            HoldRequest::Wait(time) => {
                announce(kept)?;
                commit(kept)?;
                signals.wait(time.limit()).map(|_| None)
            }
            HoldRequest::Run { program, arguments } => {
                let program = Program {
                    name: program.clone(),
                    arguments: arguments.clone(),
                    environment: environment(kept)?,
                };
                announce(kept)?;
                let running = signals.start(&program)?;
                commit(kept)?;
                running.finish().map(Some)
            }
        }
    }
}

fn commit<M, O>(kept: &mut [Live<M, O>]) -> Result<()> {
    kept.iter_mut().try_for_each(|live| live.source.commit())
}

/// What a program finds in its environment: where the mapped source is, if it is one. What an outer command
/// of ours said of its own is taken away otherwise.
fn environment<M, O>(kept: &[Live<M, O>]) -> Result<Vec<(&'static str, Option<OsString>)>> {
    let mut values = [None, None, None];
    if let [live] = kept {
        let path = live.source.path_for_others().ok_or_else(|| {
            let reason = "this system has no path at which another program finds it";
            Error::new(Kind::Unsupported, "share", reason).on(live.source.name())
        })?;
        values = [
            Some(path.into_os_string()),
            Some(live.range.offset().0.to_string().into()),
            Some(live.range.length().0.to_string().into()),
        ];
    }
    let names = ["MMAPCTL_PATH", "MMAPCTL_OFFSET", "MMAPCTL_LENGTH"];
    Ok(names.into_iter().zip(values).collect())
}
