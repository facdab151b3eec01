//! Reading, writing and probing the bytes of a mapping, at offsets in its source.
//!
//! Each method is a bounded copy under the fault guard of `copy`. It stops at the first inaccessible byte, with an
//! error that contains the offset and the cause. The bytes before it are done and counted.

use schemars::JsonSchema;
use serde::Serialize;

pub use super::copy::Pattern;
use super::copy::{Blocked, Execution, Span};
use super::fault::{self, Cause};
use super::live::Region;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps;
use crate::mapping::types::{
    AddressRange, ByteLength, Kind, RegionOffset, SourceName, SourceOffset, SourceRange,
};

/// An access that stopped early.
#[derive(Debug)]
pub struct Stopped {
    /// The number of bytes accessed before it stopped.
    pub done: usize,
    /// Why it stopped.
    pub error: Error,
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        stopped.error
    }
}

/// The kinds of access that the first page allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Probe {
    /// Whether a byte can be read.
    pub read: ProbeOutcome,
    /// Whether a byte can be written; it keeps its value.
    pub write: ProbeOutcome,
    /// Whether an instruction can be executed.
    pub execute: ProbeOutcome,
}

/// The result of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// The access works.
    Allowed,
    /// The page does not allow the access.
    Refused,
    /// The file ends before the page.
    Truncated,
    /// The file system has no space for the block of the page.
    DiskFull,
    /// The storage reported an I/O error.
    IoError,
    /// There is no memory for the page.
    NoMemory,
    /// The memory of the page is broken and lost its contents.
    HardwareError,
    /// The page could not be provided at that moment.
    Unavailable,
    /// The access was not tried: the page holds no instruction that is safe to execute.
    Untried,
}

impl From<Cause> for ProbeOutcome {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::NoAccess => Self::Refused,
            Cause::Truncated { .. } => Self::Truncated,
            Cause::DiskFull => Self::DiskFull,
            Cause::IoError => Self::IoError,
            Cause::NoMemory => Self::NoMemory,
            Cause::Poisoned => Self::HardwareError,
            Cause::Outside | Cause::Transient => Self::Unavailable,
        }
    }
}

/// The part of a page in bytes that is searched for an instruction to execute. Pages may be huge.
const SEARCHED: usize = 64 << 10;

impl Region {
    /// Copies bytes out of the mapping, starting at an offset in the source.
    ///
    /// # Errors
    /// `fault` at the first byte that cannot be read; the bytes before it are in `into`.
    pub fn read(&self, at: SourceOffset, into: &mut [u8]) -> Result<(), Stopped> {
        let start = self.inner(at)?;
        let outcome = self.span()?.read(start, into);
        outcome.map_err(|blocked| self.stopped("read", blocked, fault::Attempt::Read))
    }

    /// Copies bytes into the mapping.
    ///
    /// # Errors
    /// `fault` at the first byte that cannot be written; the bytes before it are written.
    pub fn write(&self, at: SourceOffset, from: &[u8]) -> Result<(), Stopped> {
        let start = self.inner(at)?;
        let outcome = self.span()?.write(start, from);
        outcome.map_err(|blocked| self.stopped("write", blocked, self.write_access()))
    }

    /// Sets bytes to one value.
    ///
    /// # Errors
    /// As [`Region::write`].
    pub fn fill(&self, at: SourceOffset, length: usize, byte: u8) -> Result<(), Stopped> {
        let start = self.inner(at)?;
        let outcome = self.span()?.fill(start, length, byte);
        outcome.map_err(|blocked| self.stopped("write", blocked, self.write_access()))
    }

    /// Sets bytes to a repeated pattern, starting with byte number `phase` of it.
    ///
    /// # Errors
    /// As [`Region::write`].
    pub fn fill_pattern(
        &self,
        at: SourceOffset,
        length: usize,
        pattern: &Pattern,
        phase: u64,
    ) -> Result<(), Stopped> {
        let start = self.inner(at)?;
        let outcome = self.span()?.fill_pattern(start, length, pattern, phase);
        outcome.map_err(|blocked| self.stopped("write", blocked, self.write_access()))
    }

    /// The offset of the first byte that differs from those given, if any does.
    ///
    /// # Errors
    /// As [`Region::read`].
    pub fn compare(&self, at: SourceOffset, with: &[u8]) -> Result<Option<SourceOffset>, Stopped> {
        let start = self.inner(at)?;
        let outcome = self.span()?.compare(start, with);
        outcome
            .map(|different| different.map(|at| self.source_offset(at)))
            .map_err(|blocked| self.stopped("read", blocked, fault::Attempt::Read))
    }

    /// The offset of the first byte that differs from a repeated pattern, if any does.
    ///
    /// # Errors
    /// As [`Region::read`].
    pub fn compare_pattern(
        &self,
        at: SourceOffset,
        length: usize,
        pattern: &Pattern,
        phase: u64,
    ) -> Result<Option<SourceOffset>, Stopped> {
        let start = self.inner(at)?;
        let outcome = self.span()?.compare_pattern(start, length, pattern, phase);
        outcome
            .map(|different| different.map(|at| self.source_offset(at)))
            .map_err(|blocked| self.stopped("read", blocked, fault::Attempt::Read))
    }

    /// Reads one byte of every page of a part of the mapping, in order; with `write`, writes it back to itself.
    ///
    /// # Errors
    /// `fault` at the first page that cannot be accessed.
    pub fn touch(&self, part: SourceRange, write: bool) -> Result<(), Stopped> {
        let span = self.span()?;
        for page in part.pieces(self.page_size()) {
            let at = self.inner(page.offset())?;
            let (operation, attempt, outcome) = match write {
                true => ("write", self.write_access(), span.touch_write(at)),
                false => ("read", fault::Attempt::Read, span.touch_read(at)),
            };
            outcome.map_err(|blocked| self.stopped(operation, blocked, attempt))?;
        }
        Ok(())
    }

    /// Tries to read, write and execute the first page. The write does not change the byte.
    ///
    /// # Errors
    /// When the fault guard cannot be installed.
    pub fn probe(&self) -> Result<Probe> {
        let first = RegionOffset::START;
        let span = self.span()?;
        let page = self.page_size().saturating_usize();
        let searched = page.min(self.length()).min(SEARCHED);
        let alone = !self.visibility().is_shared() || self.file().is_none();
        let may_place = alone && self.access().writes();
        let forbidden = self.shown_executable() == Some(false);
        let outcome = |access, tried: Result<(), Blocked>| match tried {
            Ok(()) => ProbeOutcome::Allowed,
            Err(blocked) => self.why_blocked(blocked, access),
        };
        Ok(Probe {
            read: outcome(fault::Attempt::Read, span.touch_read(first)),
            write: outcome(self.write_access(), span.touch_write(first)),
            execute: match span.probe_execute(first, searched, may_place, forbidden) {
                Ok(Execution::Allowed) => ProbeOutcome::Allowed,
                Ok(Execution::Unknown) => ProbeOutcome::Untried,
                Ok(Execution::Refused) => ProbeOutcome::Refused,
                Err(blocked) => self.why_blocked(blocked, fault::Attempt::Read),
            },
        })
    }

    /// The result of a probe that was blocked.
    fn why_blocked(&self, blocked: Blocked, access: fault::Attempt) -> ProbeOutcome {
        let at = self.source_offset(blocked.offset);
        let found = fault::diagnose(blocked.fault, access, at, self.backing());
        found.cause.into()
    }

    /// Whether the kernel reports the first page as executable, even if that was not requested (`personality(2)`,
    /// READ_IMPLIES_EXEC); `None` when unknown.
    fn shown_executable(&self) -> Option<bool> {
        let mut shown = None;
        let byte = AddressRange::new(self.address() as u64, ByteLength(1))?;
        proc_maps::visit_own(byte, |vma| shown = Some(vma.permissions.execute)).ok()??;
        shown
    }

    pub(super) fn write_access(&self) -> fault::Attempt {
        if self.visibility().is_shared() {
            fault::Attempt::Write
        } else {
            fault::Attempt::WritePrivate
        }
    }

    fn inner(&self, at: SourceOffset) -> Result<RegionOffset> {
        self.range().place_of(at).ok_or_else(|| {
            Error::new(Kind::Usage, "access", "the offset is before the mapping").on(self.name())
        })
    }

    fn span(&self) -> Result<Span<'_>> {
        self.raw_span()
            .map_err(|e| Error::os("guard against faults in", &e).on(self.name()))
    }

    fn stopped(
        &self,
        operation: &'static str,
        blocked: Blocked,
        access: fault::Attempt,
    ) -> Stopped {
        let done = blocked.done;
        let error = fault::explain(operation, blocked, access, self.range(), self.backing());
        Stopped {
            done,
            error: error.on(self.name()),
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self { done: 0, error }
    }
}

/// The error of an operation at `at` when the file was found truncated to `size` bytes without a fault.
#[must_use]
pub fn truncated(
    operation: &'static str,
    name: &SourceName,
    size: ByteLength,
    at: SourceOffset,
) -> Error {
    fault::truncated(operation, size, at).on(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::region::request::MapRequest;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{Access, Named};

    fn mapped(bytes: &[u8], access: Access) -> (tempfile::NamedTempFile, Region) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::WRITE).unwrap();
        let range = SourceRange::new(SourceOffset(0), source.size().unwrap()).unwrap();
        let region = Region::map(&source, &MapRequest::plain(range, access)).unwrap();
        (file, region)
    }

    #[test]
    fn writes_reach_the_file_through_shared_mappings_only() {
        for (access, reached) in [(Access::WRITE, true), (Access::COPY, false)] {
            let (file, region) = mapped(&[7; 10_000], access);
            region.write(SourceOffset(5000), b"hello").unwrap();
            let mut seen = [0; 5];
            region.read(SourceOffset(5000), &mut seen).unwrap();
            assert_eq!(&seen, b"hello");
            let bytes = std::fs::read(file.path()).unwrap();
            assert_eq!(&bytes[5000..5005] == b"hello", reached);
        }
    }

    #[test]
    fn a_truncated_file_is_a_fault_with_the_offset_and_the_new_size() {
        let page = crate::mapping::sys::page_size().bytes();
        let (file, region) = mapped(&vec![7; 4 * page as usize], Access::READ);
        file.as_file().set_len(page + 1).unwrap();
        let mut into = vec![0; 4 * page as usize];
        let stopped = region.read(SourceOffset(0), &mut into).unwrap_err();
        assert_eq!(stopped.done as u64, 2 * page);
        let error = Error::from(stopped);
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(SourceOffset(2 * page)));
        assert!(
            error.to_string().contains(&(page + 1).to_string()),
            "{error}"
        );
    }

    #[test]
    fn a_probe_finds_what_the_access_allows() {
        use ProbeOutcome::{Allowed, Refused, Untried};
        // A page that starts with a return instruction on x86-64. On other processors execution is not tried.
        let bytes = [0xc3; 8192];
        let executed = if cfg!(target_arch = "x86_64") {
            Allowed
        } else {
            Untried
        };
        for access in Access::ALL.iter().copied() {
            let name = access.name();
            let (_file, region) = mapped(&bytes, access);
            let probe = region.probe().unwrap();
            let refused_unless = |allowed| if allowed { Allowed } else { Refused };
            // Many processors cannot forbid reading alone.
            if access.reads() || access == Access::NONE {
                assert_eq!(probe.read, refused_unless(access.reads()), "{name}");
            }
            assert_eq!(probe.write, refused_unless(access.writes()), "{name}");
            match (access.execute, cfg!(target_arch = "x86_64")) {
                (true, _) => assert_eq!(probe.execute, executed, "{name}"),
                (false, true) => assert_eq!(probe.execute, Refused, "{name}"),
                (false, false) => assert_ne!(probe.execute, Allowed, "{name}"),
            }
        }
    }
}
