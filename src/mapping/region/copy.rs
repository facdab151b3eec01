//! Bounded copies out of mapped memory and into it, under the fault guard.
//!
//! Another process may change or truncate the mapped file at any moment, so its bytes are never lent out as a slice: a
//! `Span` copies them. Whatever happens to the file, each operation either finishes or reports the lowest byte that it
//! could not access. The cause is found in `fault`.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;

use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::sys::trap::{self, Fault, Stopped};
use crate::mapping::types::RegionOffset;

/// The number of bytes compared at a time. They are copied to the stack first, and stay in the first-level cache.
const COMPARE_BLOCK: usize = 16 << 10;

/// The mapped bytes that an operation may access: an address and a length, with the lifetime of the mapping.
#[derive(Clone, Copy, Debug)]
pub(in crate::mapping) struct Span<'a> {
    base: *mut u8,
    len: usize,
    mapping: PhantomData<&'a ()>,
}

// SAFETY: a span has no state. Instructions that the compiler does not see access its bytes one at a time, as other
// processes do, so several threads may do so at once.
unsafe impl Send for Span<'_> {}
// SAFETY: as above.
unsafe impl Sync for Span<'_> {}

/// An operation that ended at a byte it could not access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) struct Blocked {
    /// The number of bytes done before.
    pub(in crate::mapping) done: usize,
    /// The lowest inaccessible byte.
    pub(in crate::mapping) offset: RegionOffset,
    /// The kind of fault.
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

/// The part of a request that lies in the span, and whether it is the whole request.
struct Part {
    base: *mut u8,
    offset: usize,
    len: usize,
    whole: bool,
}

impl Part {
    /// The outcome of an operation over the part: complete only if the part is the whole request.
    fn outcome(&self, outcome: Result<(), Stopped>) -> Result<(), Blocked> {
        let (done, fault) = match outcome {
            Err(stopped) => (stopped.done, stopped.fault),
            Ok(()) if self.whole => return Ok(()),
            Ok(()) => (self.len, Fault::Outside),
        };
        Err(Blocked {
            done,
            offset: RegionOffset(self.offset).plus(done),
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

    /// The part that starts at `offset` and has at most `len` bytes. Its offsets start at 0.
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
        part.outcome(unsafe { trap::read(part.base, into.as_mut_ptr(), part.len) })
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
        part.outcome(unsafe { trap::write(from.as_ptr(), part.base, part.len) })
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
        part.outcome(unsafe { trap::fill(part.base, byte, part.len) })
    }

    /// Fills the `len` bytes at `offset` with repetitions of `pattern`, starting with its byte number `phase` (modulo its
    /// length).
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
            self.write(offset.plus(at), piece)
                .map_err(|blocked| blocked.after(at))
        })
    }

    /// The offset of the first byte after `offset` that differs from `against`.
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
            let outcome = self.read(offset.plus(at), found);
            let valid = outcome
                .as_ref()
                .map_or_else(|blocked| blocked.done, |()| found.len());
            if let Some(differs) = first_difference(found, expected, valid) {
                return Ok(Some(offset.plus(at.saturating_add(differs))));
            }
            outcome.map_err(|blocked| blocked.after(at))?;
            at = at.saturating_add(expected.len());
        }
        Ok(None)
    }

    /// The offset of the first of the `len` bytes at `offset` that differs from the bytes [`Span::fill_pattern`] writes.
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
                .compare(offset.plus(at), piece)
                .map_err(|blocked| blocked.after(at))?;
            if differs.is_some() {
                return Ok(differs);
            }
        }
        Ok(None)
    }

    /// Reads one byte and discards it.
    ///
    /// # Errors
    /// [`Blocked`] when the byte cannot be read.
    pub(in crate::mapping) fn touch_read(&self, offset: RegionOffset) -> Result<(), Blocked> {
        self.read(offset, &mut [0])
    }

    /// Writes one byte back to itself. The operation is atomic: no other process or thread can change the byte
    /// meanwhile.
    ///
    /// # Errors
    /// [`Blocked`] when the byte cannot be written.
    pub(in crate::mapping) fn touch_write(&self, offset: RegionOffset) -> Result<(), Blocked> {
        let part = self.clip(offset, 1);
        if !part.whole {
            return part.outcome(Ok(()));
        }
        // SAFETY: as in `read`; the part has the one byte.
        part.outcome(unsafe { trap::rewrite(part.base) })
    }

    /// Loads the number at `offset`, a multiple of 8, in one access.
    ///
    /// # Errors
    /// [`Blocked`] when it cannot be read.
    pub(in crate::mapping) fn load(&self, offset: RegionOffset) -> Result<u64, Blocked> {
        let part = self.clip(offset, size_of::<u64>());
        if !part.whole {
            part.outcome(Ok(()))?;
        }
        let mut value = 0;
        // SAFETY: as in `read`; the part has the eight bytes.
        part.outcome(unsafe { trap::load(part.base.cast(), &mut value) })?;
        Ok(value)
    }

    /// Stores a number at `offset`, a multiple of 8, in one access.
    ///
    /// # Errors
    /// [`Blocked`] when it cannot be written.
    pub(in crate::mapping) fn store(
        &self,
        offset: RegionOffset,
        value: u64,
    ) -> Result<(), Blocked> {
        let part = self.clip(offset, size_of::<u64>());
        if !part.whole {
            return part.outcome(Ok(()));
        }
        // SAFETY: as in `read`; the part has the eight bytes.
        part.outcome(unsafe { trap::store(part.base.cast(), value) })
    }

    /// Reads from a file into the `len` bytes at `offset` (`read(2)`). Returns the number of bytes; 0 at the end of the
    /// file.
    ///
    /// # Errors
    /// Those of `read(2)`; EFAULT when the first byte is inaccessible, and then nothing was read.
    pub(in crate::mapping) fn receive(
        &self,
        offset: RegionOffset,
        len: usize,
        file: &OpenFile,
    ) -> io::Result<usize> {
        let part = self.clip(offset, len);
        // SAFETY: the part lies in the mapping, which nothing in this process refers to; the kernel checks each access.
        unsafe { sys::read_to_memory(file, part.base, part.len) }
    }

    /// Writes the `len` bytes at `offset` to a file (`write(2)`). Returns the number of bytes.
    ///
    /// # Errors
    /// Those of `write(2)`; EFAULT when the first byte is inaccessible.
    pub(in crate::mapping) fn send(
        &self,
        offset: RegionOffset,
        len: usize,
        file: &File,
    ) -> io::Result<usize> {
        let part = self.clip(offset, len);
        // SAFETY: as in `receive`.
        unsafe { sys::write_from_memory(file, part.base, part.len) }
    }

    /// Checks whether the `len` bytes at `offset`, which lie in one page, may be executed, by executing a return
    /// instruction found there. If there is none and `may_place` is true (the mapping is private and writable), it
    /// places one for the duration of the call. With `forbidden`, the processor always refuses, and any bytes can be
    /// tried.
    ///
    /// The instruction is read just before it is executed. A process that changes a shared file at that moment can
    /// replace it, as for every program that executes code from the file.
    ///
    /// # Errors
    /// [`Blocked`] when the object behind the page fails, not when the page refuses.
    pub(in crate::mapping) fn probe_execute(
        &self,
        offset: RegionOffset,
        len: usize,
        may_place: bool,
        forbidden: bool,
    ) -> Result<Execution, Blocked> {
        let Some(instruction) = trap::RETURN else {
            return Ok(Execution::Unknown);
        };
        let part = self.part(offset, len);
        let outcome = match part.find_instruction(instruction) {
            _ if forbidden && trap::HEEDS_EXECUTE => part.execute(RegionOffset(0)),
            Err(blocked) if refused_by_page(blocked) => Ok(Execution::Unknown),
            Err(blocked) => Err(blocked),
            Ok(Some(at)) => part.execute(at),
            Ok(None) if may_place => part.execute_placed(instruction),
            Ok(None) => Ok(Execution::Unknown),
        };
        outcome.map_err(|blocked| Blocked {
            offset: offset.plus(blocked.offset.0),
            ..blocked
        })
    }

    /// The offset of the first `instruction` in the span that has the alignment of the processor.
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
        // SAFETY: as in `read`; the callers have just seen or placed a return instruction there, or know that the page
        // cannot be executed.
        match part.outcome(unsafe { trap::call(part.base) }) {
            Ok(()) => Ok(Execution::Allowed),
            Err(blocked) if refused_by_page(blocked) => Ok(Execution::Refused),
            Err(blocked) => Err(blocked),
        }
    }

    /// Places the return instruction at the first aligned offset, executes it, and restores the bytes.
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

    /// Makes the instruction just written at `offset` visible to instruction fetch.
    fn publish(&self, offset: RegionOffset) -> Result<(), Blocked> {
        let part = self.clip(offset, 1);
        // SAFETY: as in `read`; the caller chose an aligned place.
        part.outcome(unsafe { trap::publish(part.base) })
    }

    fn clip(&self, offset: RegionOffset, len: usize) -> Part {
        let start = offset.0.min(self.len);
        let inside = self.len.saturating_sub(start).min(len);
        Part {
            base: self.base.wrapping_add(start),
            offset: offset.0,
            len: inside,
            whole: inside == len,
        }
    }
}

impl Blocked {
    /// The same for an operation that did `before` bytes before this part.
    fn after(self, before: usize) -> Self {
        Self {
            done: self.done.saturating_add(before),
            ..self
        }
    }
}

/// Whether the page refused the access and not the mapped file, as far as the system reports.
fn refused_by_page(blocked: Blocked) -> bool {
    matches!(blocked.fault, Fault::Segv | Fault::Unknown)
}

/// The position of the first difference in the first `valid` bytes of two slices.
fn first_difference(found: &[u8], expected: &[u8], valid: usize) -> Option<usize> {
    let (found, expected) = (found.get(..valid)?, expected.get(..valid)?);
    if found == expected {
        return None;
    }
    found.iter().zip(expected).position(|(a, b)| a != b)
}

/// A sequence of bytes to repeat, stored several times in one large block.
#[derive(Clone, Debug)]
pub struct Pattern {
    period: usize,
    block: Vec<u8>,
}

impl Pattern {
    /// The approximate size of the block, which stays in the second-level cache.
    const BLOCK: usize = 64 << 10;
    /// The size when memory is short.
    const LEAST: usize = 4 << 10;

    /// A pattern that repeats `bytes`; `None` for no bytes.
    pub fn new<'a>(bytes: impl Into<Cow<'a, [u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        let period = bytes.len();
        (period > 0).then(|| Self {
            period,
            block: match Self::times(period) {
                1 => bytes.into_owned(),
                times => bytes.repeat(times),
            },
        })
    }

    /// A pattern that repeats one byte.
    #[must_use]
    pub fn byte(byte: u8) -> Self {
        let mut block = Vec::new();
        let enough = block.try_reserve_exact(Self::BLOCK).is_ok();
        block.resize(if enough { Self::BLOCK } else { Self::LEAST }, byte);
        Self { period: 1, block }
    }

    /// Fills `into` with repetitions of the pattern, starting with its byte number `phase` (modulo its length).
    pub fn copy_to(&self, into: &mut [u8], phase: u64) {
        for (at, piece) in self.pieces(into.len(), phase) {
            let end = at.saturating_add(piece.len());
            if let Some(part) = into.get_mut(at..end) {
                part.copy_from_slice(piece);
            }
        }
    }

    /// The number of times that a pattern of `period` bytes is stored. If possible, the block is a multiple of a cache
    /// line, so every block is aligned like the first.
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

    /// The pieces to write to `len` bytes, in order, each with the number of bytes before it.
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
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::sys::trap::fixture::{Mapped, READ_WRITE, page};
    use proptest::prelude::*;

    impl<'a> Span<'a> {
        /// The whole mapping of a test.
        pub(in crate::mapping) fn over(mapped: &'a Mapped) -> Self {
            // SAFETY: the mapping lives as long as the borrow of it, and only spans refer to its bytes.
            unsafe { Span::new(mapped.base, mapped.len) }.unwrap()
        }
    }

    fn blocked(done: usize, offset: usize, fault: Fault) -> Blocked {
        Blocked {
            done,
            offset: RegionOffset(offset),
            fault,
        }
    }

    fn at(offset: usize) -> RegionOffset {
        RegionOffset(offset)
    }

    /// A value other than zero that differs from byte to byte.
    fn byte_at(index: usize) -> u8 {
        u8::try_from(index % 253 + 1).unwrap()
    }

    #[test]
    fn a_truncated_file_blocks_every_operation_at_its_first_missing_page() {
        let mapped = Mapped::shared_file(4);
        let span = Span::over(&mapped);
        span.fill(at(0), mapped.len, 7).unwrap();
        mapped.truncate(page() + 1);
        let end = 2 * page();
        let expected = Err(blocked(end - 10, end, Fault::Bus));
        let mut bytes = vec![0; mapped.len - 10];
        assert_eq!(span.read(at(10), &mut bytes), expected);
        assert!(bytes[..page() + 1 - 10].iter().all(|&b| b == 7));
        assert!(bytes[page() + 1 - 10..].iter().all(|&b| b == 0));
        assert_eq!(span.compare(at(10), &bytes), expected.map(|()| None));
        assert_eq!(span.write(at(10), &bytes), expected);
        assert_eq!(span.fill(at(10), bytes.len(), 3), expected);
        let pattern = Pattern::new(b"abc").unwrap();
        assert_eq!(
            span.fill_pattern(at(10), bytes.len(), &pattern, 1),
            expected
        );
        let compared = span.compare_pattern(at(10), bytes.len(), &pattern, 1);
        assert_eq!(compared, expected.map(|()| None));
        assert_eq!(span.touch_read(at(end - 1)), Ok(()));
        assert_eq!(span.touch_write(at(end - 1)), Ok(()));
        let expected = Err(blocked(0, end, Fault::Bus));
        assert_eq!(span.touch_read(at(end)), expected);
        assert_eq!(span.touch_write(at(end)), expected);
    }

    #[test]
    fn a_read_only_page_can_be_read_but_not_written() {
        let mapped = Mapped::anonymous(3, READ_WRITE);
        let span = Span::over(&mapped);
        span.fill(at(0), mapped.len, 9).unwrap();
        mapped.protect(1, 1, libc::PROT_READ);
        let mut bytes = vec![0; mapped.len];
        span.read(at(0), &mut bytes).unwrap();
        assert!(bytes.iter().all(|&b| b == 9));
        let outcome = span.write(at(1), &bytes[1..]);
        assert_eq!(outcome, Err(blocked(page() - 1, page(), Fault::Segv)));
        let expected = Err(blocked(0, page(), Fault::Segv));
        assert_eq!(span.touch_write(at(page())), expected);
        assert_eq!(span.touch_read(at(page())), Ok(()));
        // The old bytes are unchanged.
        assert_eq!(span.compare(at(0), &bytes), Ok(None));
    }

    #[test]
    fn the_lowest_of_several_bad_pages_is_reported() {
        let mapped = Mapped::anonymous(9, READ_WRITE);
        let span = Span::over(&mapped);
        for bad in [7, 5, 3] {
            mapped.protect(bad, 1, libc::PROT_NONE);
            for start in [0, 1, page(), 2 * page() + 17, 3 * page() - 1] {
                let (done, end) = (bad * page() - start, bad * page());
                let expected = Err(blocked(done, end, Fault::Segv));
                let mut bytes = vec![0; mapped.len - start];
                assert_eq!(span.read(at(start), &mut bytes), expected);
                assert_eq!(span.write(at(start), &bytes), expected);
                assert_eq!(span.fill(at(start), bytes.len(), 1), expected);
            }
        }
    }

    #[test]
    fn the_first_or_the_last_byte_can_be_the_bad_one() {
        let mapped = Mapped::anonymous(2, READ_WRITE);
        mapped.protect(1, 1, libc::PROT_NONE);
        let mut bytes = vec![0; page() + 1];
        let last = Span::over(&mapped).read(at(0), &mut bytes);
        assert_eq!(last, Err(blocked(page(), page(), Fault::Segv)));
        mapped.protect(0, 1, libc::PROT_NONE);
        let first = Span::over(&mapped).write(at(0), &bytes);
        assert_eq!(first, Err(blocked(0, 0, Fault::Segv)));
    }

    #[test]
    fn a_range_beyond_the_span_is_done_up_to_its_end() {
        let mapped = Mapped::anonymous(1, READ_WRITE);
        let whole = Span::over(&mapped);
        let part = whole.part(at(100), 50);
        assert_eq!(part.len, 50);
        assert_eq!(
            part.fill(at(40), 20, 5),
            Err(blocked(10, 50, Fault::Outside))
        );
        assert_eq!(
            whole.compare(at(139), &[0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 0]),
            Ok(None)
        );
        let mut into = [0; 2];
        assert_eq!(
            part.read(at(49), &mut into),
            Err(blocked(1, 50, Fault::Outside))
        );
        assert_eq!(into, [5, 0]);
        let huge = RegionOffset(usize::MAX);
        let expected = Err(blocked(0, usize::MAX, Fault::Outside));
        assert_eq!(whole.write(huge, &[1]), expected);
        assert_eq!(whole.touch_write(huge), expected);
        assert_eq!(whole.fill(huge, usize::MAX, 1), expected);
        assert_eq!(whole.part(huge, usize::MAX).len, 0);
        assert_eq!(whole.read(at(page()), &mut []), Ok(()));
        assert_eq!(whole.read(huge, &mut []), Ok(()));
        assert_eq!(
            whole.touch_write(at(page())),
            Err(blocked(0, page(), Fault::Outside))
        );
    }

    #[test]
    fn a_difference_before_the_bad_byte_is_found() {
        let mapped = Mapped::anonymous(9, READ_WRITE);
        let span = Span::over(&mapped);
        mapped.protect(8, 1, libc::PROT_NONE);
        let mut against = vec![0; mapped.len - 1];
        for differs in [8 * page() - 2, COMPARE_BLOCK + 1, COMPARE_BLOCK, 3, 0] {
            against[differs] = 1;
            assert_eq!(span.compare(at(1), &against), Ok(Some(at(differs + 1))));
        }
    }

    #[test]
    fn faults_in_two_threads_do_not_disturb_each_other_or_a_third() {
        const ROUNDS: usize = 20_000;
        let bad = Mapped::anonymous(2, READ_WRITE);
        bad.protect(1, 1, libc::PROT_NONE);
        let short = Mapped::shared_file(2);
        short.truncate(page());
        let fine = Mapped::anonymous(16, READ_WRITE);
        std::thread::scope(|scope| {
            for (mapped, fault) in [(&bad, Fault::Segv), (&short, Fault::Bus)] {
                scope.spawn(move || {
                    let mut bytes = vec![1; page() + 64];
                    for round in 0..ROUNDS {
                        let start = round % page();
                        let expected = Err(blocked(page() - start, page(), fault));
                        assert_eq!(Span::over(mapped).read(at(start), &mut bytes), expected);
                    }
                });
            }
            scope.spawn(|| {
                let mut bytes = vec![0; fine.len];
                for round in 0..2_000 {
                    let byte = byte_at(round);
                    Span::over(&fine).fill(at(0), fine.len, byte).unwrap();
                    Span::over(&fine).read(at(0), &mut bytes).unwrap();
                    assert!(bytes.iter().all(|&b| b == byte));
                }
            });
        });
    }

    #[test]
    fn the_guard_survives_a_hundred_thousand_faults() {
        let mapped = Mapped::anonymous(1, libc::PROT_NONE);
        let span = Span::over(&mapped);
        for _ in 0..100_000 {
            assert_eq!(span.touch_write(at(7)), Err(blocked(0, 7, Fault::Segv)));
        }
    }

    #[test]
    fn a_file_that_shrinks_and_grows_during_copies_never_ends_the_program() {
        let mapped = Mapped::shared_file(64);
        let span = Span::over(&mapped);
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..3_000 {
                    mapped.truncate((round * 7 % 65) * page());
                }
                stop.store(true, std::sync::atomic::Ordering::Relaxed);
            });
            let mut bytes = vec![0; mapped.len];
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let outcomes = [
                    span.read(at(0), &mut bytes),
                    span.fill(at(0), mapped.len, 1),
                    span.write(at(0), &bytes),
                ];
                for blocked in outcomes.into_iter().filter_map(Result::err) {
                    assert_eq!(blocked.fault, Fault::Bus);
                    // At any byte: a page can vanish during a copy.
                    assert_eq!(blocked.offset.0, blocked.done);
                }
            }
        });
    }

    #[test]
    fn a_pattern_continues_from_block_to_block() {
        let mapped = Mapped::anonymous(80, READ_WRITE);
        let span = Span::over(&mapped);
        for period in [1, 2, 3, 7, 64, 100, 4096, 65_535, 65_536, 65_537, 200_000] {
            let bytes: Vec<u8> = (0..period).map(byte_at).collect();
            let pattern = Pattern::new(&bytes).unwrap();
            for phase in [0, 1, period as u64 - 1, period as u64 * 3 + 5, u64::MAX] {
                let first = skip_of(phase, period);
                let expected: Vec<u8> = (first..first + mapped.len)
                    .map(|i| bytes[i % period])
                    .collect();
                span.fill_pattern(at(0), mapped.len, &pattern, phase)
                    .unwrap();
                assert_eq!(span.compare(at(0), &expected), Ok(None));
                let same = span.compare_pattern(at(0), mapped.len, &pattern, phase);
                assert_eq!(same, Ok(None));
                span.write(at(70_001), &[255]).unwrap();
                let differs = span.compare_pattern(at(0), mapped.len, &pattern, phase);
                assert_eq!(differs, Ok(Some(at(70_001))));
            }
        }
        assert!(Pattern::new(&[]).is_none());
    }

    #[test]
    fn pattern_blocks_are_whole_periods_and_if_possible_whole_cache_lines() {
        for period in 1..2_000 {
            let pattern = Pattern::new(vec![0; period]).unwrap();
            assert_eq!(pattern.block.len() % period, 0);
            assert!((1..=Pattern::BLOCK).contains(&pattern.block.len()));
            if period <= 1_024 {
                assert_eq!(pattern.block.len() % 64, 0, "period {period}");
            }
        }
    }

    /// The return instruction, or a substitute for the tests.
    fn code() -> &'static [u8] {
        trap::RETURN.unwrap()
    }

    const EXECUTABLE: i32 = READ_WRITE | libc::PROT_EXEC;

    #[test]
    fn execution_is_tried_at_a_return_instruction_in_the_page() {
        let mapped = Mapped::anonymous(2, EXECUTABLE);
        let span = Span::over(&mapped);
        let place = at(page() + 64);
        span.write(place, code()).unwrap();
        let probe = || span.probe_execute(at(page()), page(), false, false);
        assert_eq!(probe(), Ok(Execution::Allowed));
        mapped.protect(1, 1, libc::PROT_READ);
        assert_eq!(probe(), Ok(Execution::Refused));
        mapped.protect(1, 1, libc::PROT_NONE);
        assert_eq!(probe(), Ok(Execution::Unknown));
    }

    #[test]
    fn without_a_return_instruction_one_is_placed_only_in_private_memory() {
        let mapped = Mapped::anonymous(1, EXECUTABLE);
        let span = Span::over(&mapped);
        span.fill(at(0), page(), 0x55).unwrap();
        let probe = |may_place| span.probe_execute(at(0), page(), may_place, false);
        assert_eq!(probe(false), Ok(Execution::Unknown));
        assert_eq!(probe(true), Ok(Execution::Allowed));
        assert_eq!(span.compare(at(0), &vec![0x55; page()]), Ok(None));
        mapped.protect(0, 1, READ_WRITE);
        assert_eq!(probe(true), Ok(Execution::Refused));
        assert_eq!(span.compare(at(0), &vec![0x55; page()]), Ok(None));
        mapped.protect(0, 1, libc::PROT_READ | libc::PROT_EXEC);
        assert_eq!(probe(true), Ok(Execution::Unknown));
    }

    #[test]
    fn executing_a_page_of_a_truncated_file_is_blocked() {
        let mapped = Mapped::shared_file(2);
        mapped.protect(0, 2, EXECUTABLE);
        mapped.truncate(page());
        let outcome = Span::over(&mapped).probe_execute(at(page()), page(), false, false);
        assert_eq!(outcome, Err(blocked(0, page(), Fault::Bus)));
        // SAFETY: the page is missing, so nothing is executed.
        let called = unsafe { trap::call(mapped.base.wrapping_add(page())) };
        let fault = Fault::Bus;
        assert_eq!(called, Err(Stopped { done: 0, fault }));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Write(usize, Vec<u8>),
        Fill(usize, usize, u8),
        Pattern(usize, usize, Vec<u8>, u64),
        Read(usize, usize),
        Touch(usize),
    }

    const MODEL: usize = 10_000;

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let start = 0..MODEL + 100;
        let bytes = || proptest::collection::vec(any::<u8>(), 1..600);
        let step = prop_oneof![
            (start.clone(), bytes()).prop_map(|(at, bytes)| Step::Write(at, bytes)),
            (start.clone(), 0..MODEL, any::<u8>()).prop_map(|(a, n, b)| Step::Fill(a, n, b)),
            (start.clone(), 0..MODEL, bytes(), any::<u64>())
                .prop_map(|(a, n, p, phase)| Step::Pattern(a, n, p, phase)),
            (start.clone(), 0..MODEL).prop_map(|(a, n)| Step::Read(a, n)),
            start.prop_map(Step::Touch),
        ];
        proptest::collection::vec(step, 1..20)
    }

    /// Does the same to a slice, with the result of a span of its length.
    fn model(slice: &mut [u8], step: &Step) -> Result<Vec<u8>, Blocked> {
        let (start, source) = match step {
            Step::Write(at, bytes) => (*at, bytes.clone()),
            Step::Fill(at, len, byte) => (*at, vec![*byte; *len]),
            Step::Pattern(at, len, pattern, phase) => {
                let endless = pattern.iter().cycle().skip(skip_of(*phase, pattern.len()));
                (*at, endless.take(*len).copied().collect())
            }
            Step::Read(at, len) => (*at, vec![0; *len]),
            Step::Touch(at) => (*at, vec![0]),
        };
        let done = slice.len().saturating_sub(start).min(source.len());
        if !matches!(step, Step::Read(..) | Step::Touch(_)) && done > 0 {
            slice[start..start + done].copy_from_slice(&source[..done]);
        }
        if done < source.len() {
            return Err(blocked(done, start + done, Fault::Outside));
        }
        match step {
            Step::Read(..) if done > 0 => Ok(slice[start..start + done].to_vec()),
            _ => Ok(Vec::new()),
        }
    }

    fn play(span: &Span<'_>, step: &Step) -> Result<Vec<u8>, Blocked> {
        match step {
            Step::Write(start, bytes) => span.write(at(*start), bytes)?,
            Step::Fill(start, len, byte) => span.fill(at(*start), *len, *byte)?,
            Step::Pattern(start, len, pattern, phase) => {
                span.fill_pattern(at(*start), *len, &Pattern::new(pattern).unwrap(), *phase)?;
            }
            Step::Read(start, len) => {
                let mut into = vec![0; *len];
                span.read(at(*start), &mut into)?;
                return Ok(into);
            }
            Step::Touch(start) => span.touch_write(at(*start))?,
        }
        Ok(Vec::new())
    }

    proptest! {
        #[test]
        fn a_span_behaves_like_a_slice(steps in steps()) {
            let mapped = Mapped::anonymous(MODEL.div_ceil(page()), READ_WRITE);
            let span = Span::over(&mapped).part(at(0), MODEL);
            let mut slice = vec![0; MODEL];
            for step in &steps {
                prop_assert_eq!(play(&span, step), model(&mut slice, step));
                prop_assert_eq!(span.compare(at(0), &slice), Ok(None));
            }
        }
    }
}
