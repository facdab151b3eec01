//! Bounded copies in and out of mapped memory, under the fault guard.
//!
//! Mapped bytes may change or vanish at any moment, by the hand of another process, so they are never lent
//! out as a slice: a [`Span`] copies them. Whatever happens behind the mapping, each operation either
//! finishes or names the lowest byte that it could not access.

#![allow(unsafe_code)]

use std::io;
use std::marker::PhantomData;
use std::ops::Range;

use super::range::RegionOffset;
use super::sys::trap::{self, Fault, Stopped};

/// How many bytes are compared at a time: they are copied to the stack first, and stay in the first-level
/// cache.
const COMPARE_BLOCK: usize = 16 << 10;

/// The mapped bytes that an operation may touch: an address and a length, whose lifetime is that of the
/// mapping.
#[derive(Clone, Copy, Debug)]
pub(in crate::mapping) struct Span<'a> {
    base: *mut u8,
    len: usize,
    mapping: PhantomData<&'a ()>,
}

// SAFETY: a span has no state of its own. Its bytes are accessed by instructions that the compiler does not
// see, one at a time, just as other processes do, so threads may do so at once.
unsafe impl Send for Span<'_> {}
// SAFETY: as above.
unsafe impl Sync for Span<'_> {}

/// An operation that ended at a byte it could not access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) struct Blocked {
    /// How many bytes of the operation were done before.
    pub(in crate::mapping) done: usize,
    /// The lowest inaccessible byte.
    pub(in crate::mapping) offset: RegionOffset,
    /// How it was refused.
    pub(in crate::mapping) fault: Fault,
}

/// Whether bytes may be executed as instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Execution {
    /// An instruction was executed.
    Allowed,
    /// The page refused it.
    Refused,
    /// There was no instruction that is safe to try.
    Unknown,
}

/// The part of a request that lies in the span, and whether that is all of it.
struct Part {
    base: *mut u8,
    offset: usize,
    len: usize,
    whole: bool,
}

impl Part {
    /// The outcome of an operation over the part: complete only if the part is the whole request.
    fn settle(&self, outcome: Result<(), Stopped>) -> Result<(), Blocked> {
        let (done, fault) = match outcome {
            Err(stopped) => (stopped.done, stopped.fault),
            Ok(()) if self.whole => return Ok(()),
            Ok(()) => (self.len, Fault::Outside),
        };
        Err(Blocked {
            done,
            offset: RegionOffset(self.offset.saturating_add(done)),
            fault,
        })
    }
}

impl<'a> Span<'a> {
    /// The `len` bytes at `base`, with the fault guard installed.
    ///
    /// # Errors
    /// When the guard cannot be installed.
    ///
    /// # Safety
    /// For as long as `'a` lasts, `base..base + len` is address space that a mapping of the caller occupies
    /// and nothing else in this process refers to. The bytes need not be accessible.
    pub(in crate::mapping) unsafe fn new(base: *mut u8, len: usize) -> io::Result<Self> {
        trap::install()?;
        Ok(Self {
            base,
            len,
            mapping: PhantomData,
        })
    }

    /// How many bytes it has.
    pub(in crate::mapping) fn len(&self) -> usize {
        self.len
    }

    /// The part of it that begins at `offset` and has at most `len` bytes.
    pub(in crate::mapping) fn part(&self, offset: RegionOffset, len: usize) -> Span<'a> {
        let part = self.clip(offset, len);
        Span {
            base: part.base,
            len: part.len,
            mapping: PhantomData,
        }
    }

    /// Copies the bytes at `offset` to `into`.
    ///
    /// # Errors
    /// [`Blocked`]: the first `done` bytes of `into` are valid.
    pub(in crate::mapping) fn read(
        &self,
        offset: RegionOffset,
        into: &mut [u8],
    ) -> Result<(), Blocked> {
        let part = self.clip(offset, into.len());
        // SAFETY: `new` installed the guard; `clip` keeps the part within the mapping and the buffer, which
        // nothing mapped overlaps.
        part.settle(unsafe { trap::read(part.base, into.as_mut_ptr(), part.len) })
    }

    /// Copies `from` to the bytes at `offset`.
    ///
    /// # Errors
    /// [`Blocked`]: the first `done` bytes of `from` are written.
    pub(in crate::mapping) fn write(
        &self,
        offset: RegionOffset,
        from: &[u8],
    ) -> Result<(), Blocked> {
        let part = self.clip(offset, from.len());
        // SAFETY: as in `read`.
        part.settle(unsafe { trap::write(from.as_ptr(), part.base, part.len) })
    }

    /// Sets the `len` bytes at `offset` to `byte`.
    ///
    /// # Errors
    /// [`Blocked`]: the first `done` bytes are set.
    pub(in crate::mapping) fn fill(
        &self,
        offset: RegionOffset,
        len: usize,
        byte: u8,
    ) -> Result<(), Blocked> {
        let part = self.clip(offset, len);
        // SAFETY: as in `read`.
        part.settle(unsafe { trap::fill(part.base, byte, part.len) })
    }

    /// Writes `pattern` over and over to the `len` bytes at `offset`, beginning with its byte number
    /// `phase` (modulo its length).
    ///
    /// # Errors
    /// [`Blocked`]: the first `done` bytes are written.
    pub(in crate::mapping) fn fill_pattern(
        &self,
        offset: RegionOffset,
        len: usize,
        pattern: &Pattern,
        phase: u64,
    ) -> Result<(), Blocked> {
        if let Some(byte) = pattern.single_byte() {
            return self.fill(offset, len, byte);
        }
        pattern.pieces(len, phase).try_for_each(|(at, piece)| {
            self.write(advance(offset, at), piece)
                .map_err(|blocked| blocked.after(at))
        })
    }

    /// Where the bytes at `offset` first differ from `against`.
    ///
    /// # Errors
    /// [`Blocked`]: the first `done` bytes are equal.
    pub(in crate::mapping) fn compare(
        &self,
        offset: RegionOffset,
        against: &[u8],
    ) -> Result<Option<RegionOffset>, Blocked> {
        let mut block = [0_u8; COMPARE_BLOCK];
        let mut at = 0_usize;
        for expected in against.chunks(COMPARE_BLOCK) {
            let found = block.get_mut(..expected.len()).unwrap_or_default();
            let outcome = self.read(advance(offset, at), found);
            let valid = outcome
                .as_ref()
                .map_or_else(|blocked| blocked.done, |()| found.len());
            if let Some(differs) = first_difference(found, expected, valid) {
                return Ok(Some(advance(offset, at.saturating_add(differs))));
            }
            outcome.map_err(|blocked| blocked.after(at))?;
            at = at.saturating_add(expected.len());
        }
        Ok(None)
    }

    /// Where the `len` bytes at `offset` first differ from what [`Span::fill_pattern`] writes.
    ///
    /// # Errors
    /// [`Blocked`]: the first `done` bytes are equal.
    pub(in crate::mapping) fn compare_pattern(
        &self,
        offset: RegionOffset,
        len: usize,
        pattern: &Pattern,
        phase: u64,
    ) -> Result<Option<RegionOffset>, Blocked> {
        for (at, piece) in pattern.pieces(len, phase) {
            let differs = self
                .compare(advance(offset, at), piece)
                .map_err(|blocked| blocked.after(at))?;
            if differs.is_some() {
                return Ok(differs);
            }
        }
        Ok(None)
    }

    /// Reads one byte and drops it.
    ///
    /// # Errors
    /// [`Blocked`] when the byte cannot be read.
    pub(in crate::mapping) fn touch_read(&self, offset: RegionOffset) -> Result<(), Blocked> {
        self.read(offset, &mut [0])
    }

    /// Writes one byte back to itself. Between the reading and the writing no other process or thread can
    /// change it.
    ///
    /// # Errors
    /// [`Blocked`] when the byte cannot be written.
    pub(in crate::mapping) fn touch_write(&self, offset: RegionOffset) -> Result<(), Blocked> {
        let part = self.clip(offset, 1);
        if !part.whole {
            return part.settle(Ok(()));
        }
        // SAFETY: as in `read`; the part has the one byte.
        part.settle(unsafe { trap::rewrite(part.base) })
    }

    /// Finds out whether the `len` bytes at `offset`, which are within one page, may be executed, by
    /// executing a return instruction that stands there. Where none does, and `may_place` says that nobody
    /// else sees these bytes (a private writable mapping), one is placed for the time of the call.
    ///
    /// What is executed was read just before. Whoever can change a shared file in that instant could slip
    /// in another instruction, as it could for every program that executes from the file.
    ///
    /// # Errors
    /// [`Blocked`] when the object behind the page fails, rather than the page refusing.
    pub(in crate::mapping) fn probe_execute(
        &self,
        offset: RegionOffset,
        len: usize,
        may_place: bool,
    ) -> Result<Execution, Blocked> {
        let Some(instruction) = trap::RETURN else {
            return Ok(Execution::Unknown);
        };
        let part = self.part(offset, len);
        let outcome = match part.find_instruction(instruction) {
            Err(blocked) if blocked.fault == Fault::Segv => Ok(Execution::Unknown),
            Err(blocked) => Err(blocked),
            Ok(Some(at)) => part.execute(at),
            Ok(None) if may_place => part.execute_placed(instruction),
            Ok(None) => Ok(Execution::Unknown),
        };
        outcome.map_err(|blocked| Blocked {
            offset: advance(offset, blocked.offset.0),
            ..blocked
        })
    }

    /// Where `instruction` first stands in the span, aligned as the processor wants it.
    fn find_instruction(&self, instruction: &[u8]) -> Result<Option<RegionOffset>, Blocked> {
        let mut bytes = vec![0; self.len];
        self.read(RegionOffset(0), &mut bytes)?;
        Ok(bytes
            .windows(instruction.len())
            .enumerate()
            .find(|&(at, bytes)| bytes == instruction && self.is_code_aligned(at))
            .map(|(at, _)| RegionOffset(at)))
    }

    fn is_code_aligned(&self, offset: usize) -> bool {
        self.base
            .addr()
            .wrapping_add(offset)
            .is_multiple_of(trap::CODE_ALIGNMENT)
    }

    /// Executes the return instruction at `offset`.
    fn execute(&self, offset: RegionOffset) -> Result<Execution, Blocked> {
        let part = self.clip(offset, 1);
        // SAFETY: as in `read`; both callers have just seen or placed a return instruction there.
        match part.settle(unsafe { trap::call(part.base) }) {
            Ok(()) => Ok(Execution::Allowed),
            Err(blocked) if blocked.fault == Fault::Segv => Ok(Execution::Refused),
            Err(blocked) => Err(blocked),
        }
    }

    /// Places the return instruction at the first place where it can be, executes it, and puts back what
    /// was there.
    fn execute_placed(&self, instruction: &[u8]) -> Result<Execution, Blocked> {
        let Some(at) = (0..trap::CODE_ALIGNMENT).find(|&at| self.is_code_aligned(at)) else {
            return Ok(Execution::Unknown);
        };
        let (at, mut before) = (RegionOffset(at), vec![0; instruction.len()]);
        if self.read(at, &mut before).is_err() || self.write(at, instruction).is_err() {
            return Ok(Execution::Unknown);
        }
        let executed = self.publish(at).and_then(|()| self.execute(at));
        self.write(at, &before)?;
        self.publish(at)?;
        executed
    }

    /// Makes the processor fetch the instruction that was just written at `offset`.
    fn publish(&self, offset: RegionOffset) -> Result<(), Blocked> {
        let part = self.clip(offset, 1);
        // SAFETY: as in `read`; the caller chose an aligned place.
        part.settle(unsafe { trap::publish(part.base) })
    }

    fn clip(&self, offset: RegionOffset, len: usize) -> Part {
        let start = offset.0.min(self.len);
        let inside = self.len.saturating_sub(start).min(len);
        Part {
            base: self.base.wrapping_add(start),
            offset: offset.0,
            len: inside,
            whole: inside == len && start == offset.0,
        }
    }
}

impl Blocked {
    /// The same, as the outcome of an operation that had done `before` bytes when it came to this part.
    fn after(self, before: usize) -> Self {
        Self {
            done: self.done.saturating_add(before),
            ..self
        }
    }
}

fn advance(offset: RegionOffset, by: usize) -> RegionOffset {
    RegionOffset(offset.0.saturating_add(by))
}

/// Where the first `valid` bytes of two slices differ.
fn first_difference(found: &[u8], expected: &[u8], valid: usize) -> Option<usize> {
    let (found, expected) = (found.get(..valid)?, expected.get(..valid)?);
    if found == expected {
        return None;
    }
    found.iter().zip(expected).position(|(a, b)| a != b)
}

/// A sequence of bytes to repeat, replicated once so that writing it is copying large blocks.
#[derive(Clone, Debug)]
pub struct Pattern {
    period: usize,
    block: Vec<u8>,
}

impl Pattern {
    /// About how many bytes are copied at a time: they stay in the second-level cache.
    const BLOCK: usize = 64 << 10;

    /// A pattern that repeats `bytes`; `None` when there are none.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let period = bytes.len();
        (period > 0).then(|| Self {
            period,
            block: bytes.repeat(Self::times(period)),
        })
    }

    /// How often a pattern of `period` bytes is replicated: whole multiples of it and, where that fits, of a
    /// cache line, so that every block is as well aligned as the first.
    fn times(period: usize) -> usize {
        const LINE: usize = 64;
        let twos = period.trailing_zeros().min(LINE.trailing_zeros());
        let to_align = LINE >> twos;
        let fitting = Self::BLOCK.checked_div(period).unwrap_or(0).max(1);
        let spare = fitting.checked_rem(to_align).unwrap_or(0);
        match fitting.saturating_sub(spare) {
            0 => fitting,
            aligned => aligned,
        }
    }

    fn single_byte(&self) -> Option<u8> {
        self.block.first().copied().filter(|_| self.period == 1)
    }

    /// What to write to `len` bytes, as pieces in order, each with the number of bytes before it.
    fn pieces(&self, len: usize, phase: u64) -> impl Iterator<Item = (usize, &[u8])> {
        let mut at = 0_usize;
        let mut from = skip_of(phase, self.period);
        std::iter::from_fn(move || {
            let left = len.checked_sub(at).filter(|&left| left > 0)?;
            let rest: Range<usize> = from..self.block.len().min(from.saturating_add(left));
            let piece = (at, self.block.get(rest)?);
            at = at.saturating_add(piece.1.len());
            from = 0;
            Some(piece)
        })
    }
}

/// `phase` modulo `period`.
fn skip_of(phase: u64, period: usize) -> usize {
    u64::try_from(period)
        .ok()
        .and_then(|period| phase.checked_rem(period))
        .and_then(|skip| usize::try_from(skip).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;

    /// The page size of this machine.
    fn page() -> usize {
        rustix::param::page_size()
    }

    /// A mapping for the tests, with pages to be made inaccessible.
    struct Mapped {
        base: *mut u8,
        len: usize,
        file: Option<File>,
    }

    const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;

    impl Mapped {
        fn new(len: usize, prot: i32, flags: i32, file: Option<File>) -> Self {
            let fd = file.as_ref().map_or(-1, AsRawFd::as_raw_fd);
            // SAFETY: a new mapping at an address of the kernel's choice.
            let base = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, 0) };
            assert_ne!(base, libc::MAP_FAILED, "{}", io::Error::last_os_error());
            let base = base.cast();
            Self { base, len, file }
        }

        fn anonymous(pages: usize) -> Self {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            Self::new(pages * page(), READ_WRITE, flags, None)
        }

        fn shared_file(pages: usize) -> Self {
            let file = tempfile::tempfile().unwrap();
            file.set_len((pages * page()) as u64).unwrap();
            Self::new(pages * page(), READ_WRITE, libc::MAP_SHARED, Some(file))
        }

        fn truncate(&self, size: usize) {
            self.file.as_ref().unwrap().set_len(size as u64).unwrap();
        }

        fn protect(&self, first: usize, pages: usize, prot: i32) {
            assert!((first + pages) * page() <= self.len);
            // SAFETY: within this mapping.
            let rc = unsafe {
                libc::mprotect(self.base.add(first * page()).cast(), pages * page(), prot)
            };
            assert_eq!(rc, 0);
        }

        fn span(&self) -> Span<'_> {
            // SAFETY: the mapping lives as long as the borrow of it.
            unsafe { Span::new(self.base, self.len) }.unwrap()
        }
    }

    impl Drop for Mapped {
        fn drop(&mut self) {
            // SAFETY: the mapping of `new`; no span outlives it.
            unsafe { libc::munmap(self.base.cast(), self.len) };
        }
    }

    fn blocked(done: usize, offset: usize, fault: Fault) -> Blocked {
        Blocked {
            done,
            offset: RegionOffset(offset),
            fault,
        }
    }

    #[test]
    fn a_truncated_file_blocks_reading_and_writing_at_its_first_missing_page() {
        let mapped = Mapped::shared_file(4);
        let span = mapped.span();
        span.fill(RegionOffset(0), mapped.len, 7).unwrap();
        mapped.truncate(page() + 1);
        let mut bytes = vec![0; mapped.len - 10];
        let end = 2 * page();
        let outcome = span.read(RegionOffset(10), &mut bytes);
        assert_eq!(outcome, Err(blocked(end - 10, end, Fault::Bus)));
        assert!(bytes[..page() + 1 - 10].iter().all(|&b| b == 7));
        let outcome = span.write(RegionOffset(10), &bytes);
        assert_eq!(outcome, Err(blocked(end - 10, end, Fault::Bus)));
        let outcome = span.fill(RegionOffset(10), mapped.len - 10, 3);
        assert_eq!(outcome, Err(blocked(end - 10, end, Fault::Bus)));
        assert_eq!(span.touch_write(RegionOffset(end - 1)), Ok(()));
        let outcome = span.touch_write(RegionOffset(end));
        assert_eq!(outcome, Err(blocked(0, end, Fault::Bus)));
    }
}
