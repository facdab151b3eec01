//! Pages that pipes take over or share instead of copying them.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;

use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, ProtFlags};
use rustix::pipe::{IoSliceRaw, PipeFlags, SpliceFlags};

use super::hugepages::{transparent_huge_page, transparent_huge_pages_on_advice};
use crate::mapping::sys::unix::map::unmap;
use crate::mapping::sys::unix::pipe::{SIZE, is_pipe};

/// The largest huge page worth filling.
const LARGEST: usize = 4 << 20;

/// The size of the address space in huge pages. Only the first is meant to be used; the rest, in small pages, is for
/// data that is longer than expected.
const ROOM: usize = 4;

/// New memory of one huge page, whose pages a pipe takes over without copying (`vmsplice(2)`).
///
/// The reader of the pipe may pass the pages on without reading them, so the end of their use is unknown. After the
/// first byte is sent, the pages are not written, and the memory is never reused: when this is dropped, it belongs to
/// the pipe alone.
#[derive(Debug)]
pub(in crate::mapping) struct PipeMemory {
    base: NonNull<u8>,
    mapped: usize,
    /// The start of the huge page.
    start: usize,
    sent: bool,
}

// SAFETY: it owns its memory, which is not bound to a thread.
unsafe impl Send for PipeMemory {}

impl PipeMemory {
    /// The best number of bytes for one; `None` if memory is not allocated in huge pages, or the file is not a pipe.
    /// Allocating small pages takes longer than copying.
    pub(in crate::mapping) fn size(file: &File) -> Option<usize> {
        if !is_pipe(file) || !transparent_huge_pages_on_advice() {
            return None;
        }
        let size = transparent_huge_page().ok()??.to_usize()?;
        (size <= LARGEST).then_some(size)
    }

    /// Memory with a huge page of `size` bytes (`mmap(2)`, and `madvise(2)` with MADV_HUGEPAGE). It is allocated when
    /// written.
    ///
    /// # Errors
    /// The errors of these calls; EINVAL for a size that is not a power of two.
    pub(in crate::mapping) fn new(size: usize) -> io::Result<Self> {
        if !size.is_power_of_two() {
            return Err(Errno::INVAL.into());
        }
        let mapped = size.checked_mul(ROOM + 1).ok_or(Errno::NOMEM)?;
        // SAFETY: makes a mapping at an address that the kernel chooses.
        let base = unsafe {
            rustix::mm::mmap_anonymous(
                std::ptr::null_mut(),
                mapped,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )
        }?;
        let base = NonNull::new(base.cast::<u8>()).ok_or(Errno::NOMEM)?;
        let start = base.as_ptr().align_offset(size).min(size);
        let memory = Self {
            base,
            mapped,
            start,
            sent: false,
        };
        // SAFETY: the range lies in the mapping, and the advice changes no byte.
        unsafe { rustix::mm::madvise(memory.first().cast(), size, Advice::LinuxHugepage) }?;
        Ok(memory)
    }

    fn first(&self) -> *mut u8 {
        self.base.as_ptr().wrapping_add(self.start)
    }

    /// The memory, for writing; empty after a byte of it was sent.
    pub(in crate::mapping) fn room(&mut self) -> &mut [u8] {
        let length = if self.sent {
            0
        } else {
            self.mapped.saturating_sub(self.start)
        };
        // SAFETY: this object owns the mapping, which is private and has at least that length. Unwritten bytes are
        // zeros, and `self` is borrowed mutably for the lifetime of the slice.
        unsafe { std::slice::from_raw_parts_mut(self.first(), length) }
    }

    /// The memory, for reading.
    pub(in crate::mapping) fn bytes(&self) -> &[u8] {
        // SAFETY: as in `room`; no mutable slice exists while `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.first(), self.mapped.saturating_sub(self.start)) }
    }

    /// Passes these bytes to the pipe. Returns the number of bytes it accepted.
    ///
    /// # Errors
    /// The error of `vmsplice(2)`.
    pub(in crate::mapping) fn send(
        &mut self,
        pipe: &File,
        bytes: Range<usize>,
    ) -> io::Result<usize> {
        self.sent = true;
        let bytes = self.bytes().get(bytes).unwrap_or_default();
        // SAFETY: the slice is mapped during the call. Its pages are not written after it: `room` returns no bytes from
        // now on.
        let sent = unsafe {
            rustix::pipe::vmsplice(pipe, &[IoSliceRaw::from_slice(bytes)], SpliceFlags::empty())
        };
        Ok(sent?)
    }
}

impl Drop for PipeMemory {
    fn drop(&mut self) {
        let _ = unmap(self.base, self.mapped);
    }
}

/// A pipe that holds the bytes of another pipe a second time, without a copy, until a third one takes them.
#[derive(Debug)]
pub(in crate::mapping) struct PipeCopy {
    out: OwnedFd,
    into: OwnedFd,
}

impl PipeCopy {
    /// A copy between two files; `None` if one of them is not a pipe.
    pub(in crate::mapping) fn between(from: &File, to: &File) -> io::Result<Option<Self>> {
        if !is_pipe(from) || !is_pipe(to) {
            return Ok(None);
        }
        let (out, into) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        // Without a larger one, it takes less at a time.
        let _ = rustix::pipe::fcntl_setpipe_size(&into, SIZE);
        Ok(Some(Self { out, into }))
    }

    /// Copies up to `length` bytes that are ready in a pipe, which keeps them (`tee(2)`). Returns their number; 0 at the
    /// end.
    pub(in crate::mapping) fn take(&self, from: &File, length: usize) -> io::Result<usize> {
        Ok(rustix::pipe::tee(
            from,
            &self.into,
            length,
            SpliceFlags::empty(),
        )?)
    }

    /// Moves up to `length` bytes to another pipe (`splice(2)`). Returns their number.
    pub(in crate::mapping) fn give(&self, to: &File, length: usize) -> io::Result<usize> {
        let flags = SpliceFlags::MOVE;
        Ok(rustix::pipe::splice(
            &self.out, None, to, None, length, flags,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::mapping::sys::unix::pipe::widen_pipe;

    fn pipe() -> (File, File) {
        let (reader, writer) = io::pipe().unwrap();
        (
            File::from(OwnedFd::from(reader)),
            File::from(OwnedFd::from(writer)),
        )
    }

    #[test]
    fn sent_memory_does_not_change_and_is_not_written_again() {
        let (mut reader, writer) = pipe();
        let mut first = PipeMemory::new(2 << 20).unwrap();
        assert_eq!(first.room().as_ptr().align_offset(2 << 20), 0);
        first.room()[..10_000].fill(b'a');
        assert_eq!(first.send(&writer, 1000..10_000).unwrap(), 9000);
        assert!(first.room().is_empty());
        assert!(first.bytes()[..10_000].iter().all(|byte| *byte == b'a'));
        drop(first);
        // Later memory at the same address must not be visible.
        let mut second = PipeMemory::new(2 << 20).unwrap();
        second.room()[..10_000].fill(b'b');
        assert_eq!(second.send(&writer, 0..10_000).unwrap(), 10_000);
        drop(second);
        drop(writer);
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        assert!(all == [vec![b'a'; 9000], vec![b'b'; 10_000]].concat());
    }

    #[test]
    fn only_pipes_accept_memory() {
        let file = tempfile::tempfile().unwrap();
        assert!(PipeMemory::size(&file).is_none() && !widen_pipe(&file));
        let mut memory = PipeMemory::new(2 << 20).unwrap();
        assert!(memory.send(&file, 0..1).is_err());
        assert!(PipeMemory::new(0).is_err() && PipeMemory::new(3 << 20).is_err());
        let (_reader, writer) = pipe();
        assert!(widen_pipe(&writer));
        assert_eq!(rustix::pipe::fcntl_getpipe_size(&writer).unwrap(), SIZE);
    }

    #[test]
    fn a_copy_leaves_the_bytes_in_their_pipe() {
        let (mut from, mut feed) = pipe();
        let (mut out, to) = pipe();
        let copy = PipeCopy::between(&from, &to).unwrap().unwrap();
        std::io::Write::write_all(&mut feed, b"abcdef").unwrap();
        assert_eq!(copy.take(&from, 4).unwrap(), 4);
        assert_eq!(copy.give(&to, 100).unwrap(), 4);
        drop((to, feed));
        let (mut seen, mut rest) = (String::new(), String::new());
        from.read_to_string(&mut seen).unwrap();
        assert_eq!(copy.take(&from, 4).unwrap(), 0);
        out.read_to_string(&mut rest).unwrap();
        assert_eq!((seen.as_str(), rest.as_str()), ("abcdef", "abcd"));
        let file = tempfile::tempfile().unwrap();
        assert!(PipeCopy::between(&from, &file).unwrap().is_none());
    }
}
