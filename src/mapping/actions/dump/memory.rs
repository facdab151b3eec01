//! The memory of another process, read in order (`/proc/PID/mem`, `proc_pid_mem(5)`).
//!
//! What cannot be read is a gap: it is passed on as zeros, and recorded. Mappings without read access are not tried:
//! the kernel would read them too, and allocate page tables in the process for address space that it only reserved.

use std::num::{NonZeroU64, NonZeroUsize};

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::actions::selection::{Selection, no_access, select};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps;
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::stream::Part;
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::{AddressRange, ByteLength, Capability, Kind, PageSize, SourceOffset};

/// The operation, in errors.
const OPERATION: &str = "read";

/// Memory of a process to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryRequest {
    /// The process.
    pub pid: u32,
    /// The part of its memory.
    pub part: MemoryPart,
    /// Whether a gap is a failure.
    pub strict: bool,
}

/// A part of the memory of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryPart {
    /// These addresses.
    Range(AddressRange),
    /// From an address to the end of its mapping.
    From(u64),
    /// The mappings with such a name, which must be next to each other.
    Named(Selection),
}

/// Why memory cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapCause {
    /// There is no mapping.
    NotMapped,
    /// The mapping has no read access.
    NoAccess,
    /// The kernel cannot read it: device memory, or a page without data, such as one after the end of a file.
    Unreadable,
}

impl GapCause {
    const fn text(self) -> &'static str {
        match self {
            Self::NotMapped => "there is no mapping at this address",
            Self::NoAccess => "the mapping has no read access",
            Self::Unreadable => "the kernel cannot read the page",
        }
    }
}

/// Addresses that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemoryGap {
    /// The address of the first byte.
    pub offset: SourceOffset,
    /// The length in bytes.
    pub length: ByteLength,
    /// The cause.
    pub cause: GapCause,
}

/// A range of the memory of a process.
#[derive(Debug)]
pub struct MemoryRange {
    file: OpenFile,
    range: AddressRange,
    /// The address of the next byte.
    at: u64,
    /// The mappings in order of address, each with whether it may be read.
    mappings: Vec<(AddressRange, bool)>,
    page: PageSize,
    strict: bool,
    /// Whether a byte was read.
    any: bool,
    gaps: Vec<MemoryGap>,
}

impl MemoryRange {
    /// Opens the memory of a process.
    ///
    /// # Errors
    /// `unsupported` when the system or `/proc` does not show it; `not_found` when there is no such process or mapping;
    /// `access_denied` when it may not be read, with the setting or capability that is needed; `usage` for a name of
    /// mappings that are not next to each other.
    pub(super) fn open(request: &MemoryRequest) -> Result<Self> {
        Feature::DumpProcess.require(OPERATION)?;
        proc_maps::require_processes(OPERATION)?;
        let pid = request.pid;
        let file = sys::open_process_memory(pid);
        let file = file.map_err(|error| refused(pid, Error::os("open the memory", &error)))?;
        let byte = |address| AddressRange::new(address, ByteLength(1)).unwrap_or_default();
        let selection = match &request.part {
            MemoryPart::Range(range) => Selection::Range(*range),
            MemoryPart::From(address) => Selection::Range(byte(*address)),
            MemoryPart::Named(selection) => selection.clone(),
        };
        let parts = select(pid, &selection, OPERATION)?;
        let mappings: Vec<(AddressRange, bool)> = parts
            .iter()
            .map(|(vma, _)| (vma.range, vma.permissions.read))
            .collect();
        let ends = mappings.first().zip(mappings.last());
        let (start, end) = ends.map_or((0, 0), |((first, _), (last, _))| {
            (first.start(), last.end())
        });
        let range = match request.part {
            MemoryPart::Range(range) => Some(range),
            MemoryPart::From(address) => AddressRange::between(address, end),
            MemoryPart::Named(_) => {
                check_adjacent(pid, &mappings)?;
                AddressRange::between(start, end)
            }
        };
        let range = range.unwrap_or_default();
        Ok(Self {
            file,
            range,
            at: range.start(),
            mappings,
            page: sys::page_size(),
            strict: request.strict,
            any: false,
            gaps: Vec::new(),
        })
    }

    /// The address of its first byte.
    pub(super) fn start(&self) -> SourceOffset {
        SourceOffset(self.range.start())
    }

    /// Its length.
    pub(super) fn length(&self) -> ByteLength {
        ByteLength(self.range.length())
    }

    /// The gaps so far, in order of address.
    pub(super) fn gaps(&self) -> &[MemoryGap] {
        &self.gaps
    }

    /// Reads the next part into a buffer, which must not be empty. A gap is a hole.
    ///
    /// # Errors
    /// `fault` when the process has ended, when nothing could be read, and for a gap in a strict range; a request to stop.
    pub(super) fn next(&mut self, buffer: &mut [u8], interrupts: &Interrupts) -> Result<Part> {
        interrupts.check(OPERATION)?;
        if self.at >= self.range.end() {
            return match self.gaps.first() {
                Some(gap) if !self.any => Err(fault(gap.offset, gap.cause.text())),
                _ => Ok(Part::End),
            };
        }
        let (end, cause) = self.ahead();
        if let Some(cause) = cause {
            return self.skip(end, cause);
        }
        let left = self.range.length_before(end).minus(self.done());
        let wanted = left.saturating_usize().min(buffer.len());
        let into = buffer.get_mut(..wanted).unwrap_or_default();
        match sys::read_process_memory(&self.file, into, self.at) {
            Ok(Some(count)) => match NonZeroUsize::new(count) {
                Some(read) => {
                    self.any = true;
                    self.at = self.at.saturating_add(read.get() as u64);
                    Ok(Part::Bytes(read))
                }
                None => Err(fault(SourceOffset(self.at), "the process has ended")),
            },
            Ok(None) => {
                let page = self.page.align_up(self.at.saturating_add(1));
                self.skip(page.unwrap_or(end).min(end), GapCause::Unreadable)
            }
            Err(error) => Err(Error::os(OPERATION, &error).at(SourceOffset(self.at))),
        }
    }

    /// The number of bytes before the next one.
    fn done(&self) -> ByteLength {
        self.range.length_before(self.at)
    }

    /// The end of the mapping or gap that has the next byte, and the cause of a gap that is known without reading.
    fn ahead(&self) -> (u64, Option<GapCause>) {
        let next = self
            .mappings
            .partition_point(|(mapping, _)| mapping.end() <= self.at);
        let (end, cause) = match self.mappings.get(next) {
            None => (u64::MAX, Some(GapCause::NotMapped)),
            Some((mapping, _)) if mapping.start() > self.at => {
                (mapping.start(), Some(GapCause::NotMapped))
            }
            Some((mapping, readable)) => (mapping.end(), (!readable).then_some(GapCause::NoAccess)),
        };
        (end.min(self.range.end()), cause)
    }

    /// Skips a gap up to an address.
    fn skip(&mut self, end: u64, cause: GapCause) -> Result<Part> {
        let offset = SourceOffset(self.at);
        if self.strict {
            return Err(fault(offset, cause.text()));
        }
        let length = SourceOffset::from_to(offset, SourceOffset(end));
        match self.gaps.last_mut() {
            Some(last) if last.cause == cause && last.offset.plus(last.length) == offset => {
                last.length = last.length.plus(length);
            }
            _ => self.gaps.push(MemoryGap {
                offset,
                length,
                cause,
            }),
        }
        self.at = end;
        Ok(NonZeroU64::new(length.0).map_or(Part::End, Part::Hole))
    }
}

fn fault(at: SourceOffset, reason: &str) -> Error {
    Error::new(Kind::Fault, OPERATION, reason).at(at)
}

/// Refuses mappings that are not next to each other.
fn check_adjacent(pid: u32, mappings: &[(AddressRange, bool)]) -> Result<()> {
    let gaps = mappings.windows(2).filter(|pair| match pair {
        [(one, _), (other, _)] => one.end() != other.start(),
        _ => false,
    });
    let gaps = gaps.count();
    if gaps == 0 {
        return Ok(());
    }
    let (count, ranges) = (mappings.len(), gaps.saturating_add(1));
    let reason = format!(
        "{count} mappings in {ranges} separate ranges have such a name; a dump has one range"
    );
    let hint = format!("use a longer name, or the addresses of one range; see /proc/{pid}/maps");
    Err(Error::new(Kind::Usage, OPERATION, reason).hint(hint))
}

/// The failure to open the memory of a process, with what would allow it.
fn refused(pid: u32, error: Error) -> Error {
    if error.kind() != Kind::AccessDenied {
        return no_access(pid, error);
    }
    match remedy(sys::trace_scope(), Capability::SysPtrace.is_held()) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What would allow this process to read another one's memory: with the setting of Yama (`ptrace(2)`), and with whether
/// CAP_SYS_PTRACE is held.
fn remedy(scope: Option<u64>, held: Option<bool>) -> Option<&'static str> {
    match (scope, held) {
        (Some(3), _) => Some(
            "kernel.yama.ptrace_scope is 3: no process may read another one's memory until the system restarts",
        ),
        (_, Some(true)) => None,
        (Some(2), _) => Some(
            "run as root, or grant the capability CAP_SYS_PTRACE: kernel.yama.ptrace_scope is 2",
        ),
        (Some(1), _) => Some(
            "run as root, or grant the capability CAP_SYS_PTRACE; for your own processes it suffices to set \
             kernel.yama.ptrace_scope, which is 1, to 0",
        ),
        _ => Some(
            "run as root, or grant the capability CAP_SYS_PTRACE, to read a process of another user or with more \
             privileges",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(part: MemoryPart, strict: bool) -> Result<MemoryRange> {
        MemoryRange::open(&MemoryRequest {
            pid: std::process::id(),
            part,
            strict,
        })
    }

    fn range(start: u64, length: u64) -> AddressRange {
        AddressRange::new(start, ByteLength(length)).unwrap()
    }

    fn read_all(memory: &mut MemoryRange, step: usize) -> Result<Vec<u8>> {
        let (mut all, mut buffer) = (Vec::new(), vec![0xee; step]);
        loop {
            match memory.next(&mut buffer, &Interrupts::new())? {
                Part::Bytes(count) => all.extend_from_slice(&buffer[..count.get()]),
                Part::Hole(count) => all.resize(all.len() + count.get() as usize, 0),
                Part::End => return Ok(all),
            }
        }
    }

    #[test]
    fn any_bytes_are_read_with_any_buffer() {
        let bytes: Vec<u8> = (0..50_000_u32).map(|i| (i * 7) as u8).collect();
        let start = bytes.as_ptr().addr() as u64;
        for step in [1, 4096, 5000, 1 << 20] {
            let mut memory = own(MemoryPart::Range(range(start, 50_000)), true).unwrap();
            assert!(read_all(&mut memory, step).unwrap() == bytes);
            assert!(memory.gaps().is_empty());
        }
    }

    #[test]
    fn a_gap_is_zeros_and_recorded_or_a_fault() {
        let page = sys::page_size().bytes();
        let length = usize::try_from(3 * page).unwrap();
        let mut map = memmap2::MmapOptions::new().len(length).map_anon().unwrap();
        map.fill(7);
        let start = map.as_ptr().addr() as u64;
        let mut memory = own(MemoryPart::Range(range(start, 3 * page)), false).unwrap();
        // The part in the middle counts as a mapping without access.
        memory.mappings = vec![
            (range(start, page), true),
            (range(start + page, 10), false),
            (range(start + 2 * page, page), true),
        ];
        let all = read_all(&mut memory, 1 << 20).unwrap();
        let (first, rest) = all.split_at(page as usize);
        let (middle, last) = rest.split_at(page as usize);
        assert!(first.iter().chain(last).all(|byte| *byte == 7));
        assert!(middle.iter().all(|byte| *byte == 0));
        let gap = |at, length, cause| MemoryGap {
            offset: SourceOffset(at),
            length: ByteLength(length),
            cause,
        };
        assert_eq!(
            memory.gaps(),
            [
                gap(start + page, 10, GapCause::NoAccess),
                gap(start + page + 10, page - 10, GapCause::NotMapped)
            ]
        );
        let mut strict = own(MemoryPart::Range(range(start, 3 * page)), true).unwrap();
        strict.mappings = vec![(range(start, page), true)];
        let error = read_all(&mut strict, 1 << 20).unwrap_err();
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(SourceOffset(start + page)));
    }

    #[test]
    fn a_page_that_the_kernel_cannot_read_is_a_gap_and_nothing_else_is_a_fault() {
        let file = tempfile::tempfile().unwrap();
        let page = sys::page_size().bytes();
        file.set_len(3 * page).unwrap();
        let map = memmap2::MmapOptions::new()
            .map_raw_read_only(&file)
            .unwrap();
        file.set_len(page).unwrap();
        let start = map.as_ptr().addr() as u64;
        let mut memory = own(MemoryPart::Range(range(start, 3 * page)), false).unwrap();
        assert_eq!(
            read_all(&mut memory, 1 << 20).unwrap().len() as u64,
            3 * page
        );
        let gap = MemoryGap {
            offset: SourceOffset(start + page),
            length: ByteLength(2 * page),
            cause: GapCause::Unreadable,
        };
        assert_eq!(memory.gaps(), [gap]);
        let mut memory = own(MemoryPart::Range(range(start + page, page)), false).unwrap();
        let error = read_all(&mut memory, 1 << 20).unwrap_err();
        assert_eq!(error.kind(), Kind::Fault);
    }

    #[test]
    fn a_part_without_a_mapping_or_a_process_without_memory_is_not_found() {
        let nothing = own(MemoryPart::Range(range(0x1000, 1)), false);
        assert_eq!(nothing.unwrap_err().kind(), Kind::NotFound);
        assert_eq!(
            own(MemoryPart::From(0x1000), false).unwrap_err().kind(),
            Kind::NotFound
        );
        let pid = u32::MAX;
        let part = MemoryPart::From(0);
        let strict = false;
        let error = MemoryRange::open(&MemoryRequest { pid, part, strict }).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
    }

    #[test]
    fn a_mapping_is_read_to_its_end_and_separate_ones_are_refused() {
        let stack = own(MemoryPart::Named(Selection::pattern("[stack]")), false).unwrap();
        let inner = stack.range.start() + 5;
        let rest = own(MemoryPart::From(inner), false).unwrap();
        // The stack grows down.
        assert_eq!(
            (rest.start().0, rest.range.end()),
            (inner, stack.range.end())
        );
        let all = own(MemoryPart::Named(Selection::pattern("*")), false);
        assert_eq!(all.unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn the_remedy_is_that_of_the_setting() {
        let remedy = |scope, held| remedy(scope, held).unwrap_or("none");
        assert_eq!(remedy(None, Some(true)), "none");
        assert_eq!(remedy(Some(1), Some(true)), "none");
        assert!(remedy(Some(3), Some(true)).contains("until the system restarts"));
        assert!(remedy(None, Some(false)).ends_with("with more privileges"));
        assert!(remedy(Some(0), None).ends_with("with more privileges"));
        assert!(remedy(Some(1), Some(false)).ends_with("which is 1, to 0"));
        assert!(remedy(Some(2), Some(false)).ends_with("ptrace_scope is 2"));
    }
}
