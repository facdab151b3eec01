//! Holding mappings: for a time, until a signal, or while a program runs.
//!
//! A command creates a [`Keeper`] first, notifies it when a source is open, and passes it the finished mappings.
//! Reports are not written here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::{memory, page_sizes};
use crate::mapping::process::service;
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
    /// At most this long.
    For(Duration),
}

impl HoldTime {
    /// The time limit, if there is one.
    #[must_use]
    pub const fn limit(self) -> Option<Duration> {
        match self {
            Self::Forever => None,
            Self::For(time) => Some(time),
        }
    }
}

/// What to do with finished mappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldRequest {
    /// Nothing: they end with the command.
    Nothing,
    /// Wait.
    Wait(HoldTime),
    /// Run a program, and end with it.
    Run {
        /// Its name or path.
        program: OsString,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
}

/// A mapping, its source, and the outcome for both.
#[derive(Debug)]
pub struct Live<M, O> {
    /// The mapping. It is dropped before the source, whose old size some systems restore only without a mapping.
    pub mapping: M,
    /// The mapped source.
    pub source: Source,
    /// The requested range of the source.
    pub range: SourceRange,
    /// The outcome.
    pub outcome: O,
}

/// Holds mappings as long as requested.
#[derive(Debug)]
pub struct Keeper {
    request: HoldRequest,
    unlink: bool,
    signals: Option<Signals>,
}

impl Keeper {
    /// A keeper that follows the request and, with `unlink`, removes the names of the mapped sources on exit.
    ///
    /// # Errors
    /// `command_not_found` and `cannot_run` when there is no such program.
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

    /// The request.
    #[must_use]
    pub fn request(&self) -> &HoldRequest {
        &self.request
    }

    /// Whether mappings are held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.request != HoldRequest::Nothing
    }

    /// Whether a program runs while the mappings are held. Standard output then belongs to the program.
    #[must_use]
    pub fn runs_program(&self) -> bool {
        matches!(self.request, HoldRequest::Run { .. })
    }

    /// Whether the keeper needs the mappings, to hold them or to remove the names of their sources.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.holds() || self.unlink
    }

    /// A list with room for this number of mappings, if the keeper needs them. A list that grows between mappings would
    /// leave gaps in the address space, which later mappings fill. The kernel lists mappings by address, and finding
    /// one of these in the list would take longer.
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

    /// A source that a program can open. Anonymous memory becomes a file without a name (`memfd_create(2)`), of that
    /// length and with the requested huge pages.
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

    /// Registers a source that has just been opened. If mappings are kept or the source may grow, signals are watched
    /// from now on. They are not watched earlier, because the descriptor for signals could take the number of an
    /// inherited one.
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

    /// Fails if a signal has arrived. A keeper that holds mappings handles the signal later, in [`Keeper::hold`].
    ///
    /// # Errors
    /// The kind of the signal.
    pub fn end_if_signalled(&self, operation: &'static str) -> Result<()> {
        let arrived = self.signals.as_ref().filter(|_| !self.holds());
        let arrived = arrived.map(Signals::arrived).transpose()?;
        match arrived.flatten() {
            Some(signal) => Err(Error::interrupted(signal.kind(), operation)),
            None => Ok(()),
        }
    }

    /// Declares the work on a source finished, so that a file that was created or extended is kept. If its mapping is
    /// to be held, the file is kept only once holding has begun.
    ///
    /// # Errors
    /// Those of [`Source::publish`] and [`Source::commit`].
    pub fn is_done(&self, source: &mut Source) -> Result<()> {
        match self.holds() {
            true => source.publish(),
            false => source.commit(),
        }
    }

    /// Holds the mappings as requested, and returns how the program ended if one was run. `announce` is called before the
    /// wait or the program begins. If there is nothing to hold, it returns at once.
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
                let ended = signals.wait(time.limit());
                service::stopping();
                ended.map(|_| None)
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

/// The greatest number of sources that a program is told about: the room for its environment is limited.
const MOST_TOLD: usize = 1000;

/// The environment variables for a program: the path, the offset and the length of the mapped source; of several
/// sources with their numbers, from 1. Other variables with these names are removed, because an outer `mmapctl` may
/// have set them.
fn environment<M, O>(kept: &[Live<M, O>]) -> Result<Vec<(OsString, Option<OsString>)>> {
    const NAMES: [&str; 3] = ["MMAPCTL_PATH", "MMAPCTL_OFFSET", "MMAPCTL_LENGTH"];
    let is_ours = |name: &OsString| {
        let name = name.to_string_lossy();
        NAMES.iter().any(|ours| name.starts_with(ours))
    };
    let outer = std::env::vars_os().map(|(name, _)| name).filter(is_ours);
    let mut all: Vec<(OsString, Option<OsString>)> = outer.map(|name| (name, None)).collect();
    let told = if kept.len() > MOST_TOLD { &[] } else { kept };
    for (number, live) in (1..).zip(told) {
        let path = live.source.path_for_others();
        if path.is_none() && kept.len() == 1 {
            let reason = "this system has no path by which another program could open it";
            let failure = Error::new(Kind::Unsupported, "share", reason);
            return Err(failure.on(live.source.name()));
        }
        let values = [
            path.map(PathBuf::into_os_string),
            Some(live.range.offset().0.to_string().into()),
            Some(live.range.length().0.to_string().into()),
        ];
        for (name, value) in NAMES.into_iter().zip(values) {
            let name = match kept.len() {
                1 => name.into(),
                _ => format!("{name}_{number}").into(),
            };
            all.push((name, value));
        }
    }
    Ok(all)
}
