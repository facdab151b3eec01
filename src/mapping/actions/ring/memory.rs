//! A mapped ring: its head, and its data twice in a row, so a piece that passes the end needs no split.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use super::format::{HEAD, Layout, RUNS, USED, WRITER, WRITTEN, Writer};
use crate::mapping::error::{Error, Result};
use crate::mapping::region::copy::{Blocked, Span};
use crate::mapping::region::{Mirror, MirrorRequest, Region, bytes, fault};
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Kind, Placement, RegionOffset, SourceKind, SourceName, SourceOffset,
    SourceRange,
};

/// A mapped ring.
pub(super) struct Ring {
    pub(super) layout: Layout,
    name: SourceName,
    kind: SourceKind,
    file: Arc<OpenFile>,
    head: Region,
    data: Mirror,
}

/// Maps the head of a source that has at least this many bytes.
pub(super) fn map_head(source: &Source, access: Access) -> Result<Region> {
    Region::window(source, used(), access)
}

/// Writes the head of a new ring. The file is not a ring before that.
pub(super) fn write_head(head: &Region, layout: Layout) -> Result<()> {
    let bytes = layout.head();
    let (magic, rest) = bytes.split_at(size_of::<u64>());
    head.write(SourceOffset(magic.len() as u64), rest)?;
    fence(Ordering::Release);
    head.write(SourceOffset::START, magic)?;
    Ok(())
}

/// The bytes of a head.
pub(super) fn read_head(head: &Region) -> Result<[u8; USED]> {
    let mut bytes = [0; USED];
    head.read(SourceOffset::START, &mut bytes)?;
    Ok(bytes)
}

fn used() -> SourceRange {
    let used = SourceRange::new(SourceOffset::START, ByteLength::of(USED));
    used.unwrap_or_default()
}

impl Ring {
    /// Maps the data behind a mapped head.
    pub(super) fn map(source: &Source, head: Region, layout: Layout) -> Result<Self> {
        let access = head.access();
        let range = SourceRange::new(SourceOffset(HEAD), layout.capacity());
        let range = range.ok_or_else(|| Error::new(Kind::OutOfMemory, "map", "it is too long"))?;
        let request = MirrorRequest {
            range,
            access,
            times: 2,
            placement: Placement::Anywhere,
        };
        let data = Mirror::map(source, &request)?;
        Ok(Self {
            layout,
            name: source.name().clone(),
            kind: data.kind,
            file: Arc::clone(&data.file),
            head,
            data,
        })
    }

    pub(super) fn name(&self) -> &SourceName {
        &self.name
    }

    /// Notes the writer, and returns the number of its runs.
    pub(super) fn note_writer(&self, writer: Writer) -> Result<u64> {
        self.head
            .write(SourceOffset(WRITER.0 as u64), &writer.to_bytes())?;
        let runs = self.load(RUNS)?.saturating_add(1);
        self.store(RUNS, runs)?;
        Ok(runs)
    }

    /// The number of runs of the writer.
    pub(super) fn runs(&self) -> Result<u64> {
        self.load(RUNS)
    }

    /// The number of bytes of the stream that can be read.
    pub(super) fn written(&self) -> Result<u64> {
        let written = self.load(WRITTEN)?;
        // The bytes are loaded after their number.
        fence(Ordering::Acquire);
        Ok(written)
    }

    /// Publishes the bytes stored before.
    pub(super) fn publish(&self, written: u64) -> Result<()> {
        // Readers that see the number see the bytes before it; those that see a later byte see the number.
        fence(Ordering::Release);
        self.store(WRITTEN, written)?;
        fence(Ordering::SeqCst);
        Ok(())
    }

    /// Reads up to `length` bytes of the stream behind the `written` ones (`read(2)`), at most a piece.
    pub(super) fn receive(
        &self,
        written: u64,
        length: usize,
        from: &OpenFile,
    ) -> io::Result<Transfer> {
        let place = self.layout.place(written);
        let length = length.min(self.layout.piece());
        self.transfer(|data| data.receive(place, length, from))
    }

    /// Writes bytes of the stream to a file (`write(2)`).
    pub(super) fn send(&self, position: u64, length: usize, to: &File) -> io::Result<Transfer> {
        let place = self.layout.place(position);
        self.transfer(|data| data.send(place, length, to))
    }

    fn transfer(&self, make: impl FnOnce(&Span<'_>) -> io::Result<usize>) -> io::Result<Transfer> {
        match make(&self.data.reservation.raw_span()?) {
            Ok(count) => Ok(Transfer::Bytes(count)),
            Err(error) if sys::is_memory_fault(&error) => Ok(Transfer::Blocked),
            Err(error) => Err(error),
        }
    }

    /// Why the kernel could not store a piece behind the `written` bytes.
    pub(super) fn why_blocked(&self, written: u64) -> Error {
        match self.touch(self.layout.place(written), self.layout.piece()) {
            Err(error) => error,
            Ok(()) => Error::new(
                Kind::Fault,
                "record",
                "the memory was temporarily unavailable",
            )
            .on(&self.name),
        }
    }

    fn touch(&self, place: RegionOffset, length: usize) -> Result<()> {
        let span = self.span()?;
        let page = sys::page_size().saturating_usize();
        let touched = (0..length).step_by(page).chain(length.checked_sub(1));
        for ahead in touched {
            let outcome = span.touch_write(place.plus(ahead));
            outcome
                .map_err(|blocked| self.explain_data("record", blocked, fault::Attempt::Write))?;
        }
        Ok(())
    }

    /// Copies bytes of the stream. What is [written](Self::written) after it shows which of them are valid.
    pub(super) fn copy(&self, position: u64, into: &mut [u8]) -> Result<()> {
        let outcome = self.span()?.read(self.layout.place(position), into);
        fence(Ordering::Acquire);
        outcome.map_err(|blocked| self.explain_data("read", blocked, fault::Attempt::Read))
    }

    /// Refuses a ring whose file was truncated: bytes beyond its end, within the last page, are lost without a fault.
    pub(super) fn check_size(&self, operation: &'static str) -> Result<()> {
        let facts = sys::facts(&self.file, self.kind);
        let size = facts
            .map_err(|e| Error::os("examine", &e).on(&self.name))?
            .size;
        match size < self.layout.file_size() {
            true => Err(bytes::truncated(
                operation,
                &self.name,
                size,
                SourceOffset(size.0),
            )),
            false => Ok(()),
        }
    }

    fn span(&self) -> Result<Span<'_>> {
        guarded(self.data.reservation.raw_span()).map_err(|error| error.on(&self.name))
    }

    fn load(&self, at: RegionOffset) -> Result<u64> {
        let loaded = guarded(self.head.raw_span())?.load(at);
        loaded
            .map(u64::from_le)
            .map_err(|blocked| self.explain_head("read", blocked, fault::Attempt::Read))
    }

    fn store(&self, at: RegionOffset, value: u64) -> Result<()> {
        let stored = guarded(self.head.raw_span())?.store(at, value.to_le());
        stored.map_err(|blocked| self.explain_head("record", blocked, fault::Attempt::Write))
    }

    fn explain_head(
        &self,
        operation: &'static str,
        blocked: Blocked,
        access: fault::Attempt,
    ) -> Error {
        let backing = self.head.backing();
        fault::explain(operation, blocked, access, used(), backing).on(&self.name)
    }

    fn explain_data(
        &self,
        operation: &'static str,
        blocked: Blocked,
        access: fault::Attempt,
    ) -> Error {
        // Both windows show the same bytes.
        let offset = self.layout.place(blocked.offset.0 as u64);
        let blocked = Blocked { offset, ..blocked };
        let backing = Some(sys::backing::handle(&self.file));
        fault::explain(operation, blocked, access, self.data.range, backing).on(&self.name)
    }
}

/// The result of a transfer between the ring and another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    /// This number of bytes was transferred.
    Bytes(usize),
    /// The memory of the ring could not be accessed.
    Blocked,
}

fn guarded(span: io::Result<Span<'_>>) -> Result<Span<'_>> {
    span.map_err(|e| Error::os("guard against faults in", &e))
}
