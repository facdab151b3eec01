//! The size of a source and its allocated blocks: extending, shrinking and reserving.
//!
//! Blocks are reserved before anything is written. Each change of size is first noted in the undo record of the source,
//! and undone if the operation fails; [`Source::commit`] clears the record.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::data_runs::DataRuns;
use super::handle::{Handle, path_only};
use super::opened::{Source, range_failure};
use super::undo::{Growth, PutBack};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::{Swap, check_available};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, FileFacts, Kind, LengthText, MAX_OFFSET, NewSize, PageCount, RangeRequest,
    SourceKind, SourceOffset, SourceRange,
};

/// The blocks to reserve before a range is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Those of the part by which the source is extended.
    Growth,
    /// Those of the whole range, including holes in the existing part.
    Range,
}

/// A change of the size of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Provided {
    /// The size in bytes before the change.
    pub old_size: ByteLength,
    /// The size in bytes after the change.
    pub new_size: ByteLength,
    /// Whether the requested blocks are reserved; false for a file system that cannot reserve blocks.
    pub reserved: bool,
}

/// The size of a source, and its storage if measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sizes {
    /// The size of the source in bytes.
    pub size: ByteLength,
    /// The storage of the source.
    #[serde(flatten)]
    pub storage: Option<Storage>,
}

/// The storage of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Storage {
    /// The size of the allocated blocks in bytes; absent unless `--long` is given, null for a block device.
    pub allocated: Option<ByteLength>,
    /// The number of bytes in holes (`lseek(2)`, SEEK_HOLE), which include the unwritten extents where `unwritten` is null;
    /// absent unless `--long` is given, null when unknown.
    pub holes: Option<ByteLength>,
    /// The number of bytes in unwritten extents: blocks that are allocated but were never written, and read as zeros;
    /// absent unless `--long` is given, null when unknown.
    pub unwritten: Option<ByteLength>,
    /// The number of pages that the size needs; absent unless `--long` is given.
    pub pages: PageCount,
}

impl Source {
    /// Extends the source to the end of the range, if it is shorter, and reserves blocks.
    ///
    /// # Errors
    /// `disk_full` when the file system has no space or does not support files of that size; `limit` when RLIMIT_FSIZE
    /// is exceeded; `unsupported` when the source cannot change its size. The size is then unchanged.
    pub fn provide(&mut self, range: SourceRange, reserve: Reserve) -> Result<Provided> {
        let name = self.name().clone();
        self.provide_unnamed(range, reserve)
            .map_err(|e| e.on(&name).over(range))
    }

    fn provide_unnamed(&mut self, range: SourceRange, reserve: Reserve) -> Result<Provided> {
        let Some(handle) = self.handle() else {
            let length = range.length();
            return Ok(Provided {
                old_size: length,
                new_size: length,
                reserved: false,
            });
        };
        let old = handle.facts()?;
        let kind = handle.kind();
        let new_size = old.size.max(ByteLength(range.end().0));
        let mut provided = Provided {
            old_size: old.size,
            new_size,
            reserved: false,
        };
        let grows = new_size > old.size;
        if kind == SourceKind::BlockDevice || (!grows && reserve == Reserve::Growth) {
            return Ok(provided);
        }
        let wanted = match reserve {
            Reserve::Growth => part_beyond(range, old.size),
            Reserve::Range => range,
        };
        if grows {
            check_may_change(&old, kind)?;
            check_file_limit(new_size, "extend")?;
        }
        self.check_room(&old, wanted)?;
        if grows {
            self.note_growth(old.size, new_size);
        }
        match self.reserve(wanted) {
            Ok(()) => provided.reserved = true,
            Err(error) if is_unsupported(&error) && !grows => {}
            Err(error) if is_unsupported(&error) => self.extend_to(new_size)?,
            Err(error) => {
                self.put_back();
                return Err(room_failure(&error, grows));
            }
        }
        self.growth_is_done();
        Ok(provided)
    }

    /// Sets the size: extends with a hole, or truncates. With `reference`, a change applies to that size. With `allocate`, reserves the blocks of that range; a size that
    /// is to stay grows to the end of the range.
    ///
    /// # Errors
    /// As [`Source::provide`]; `usage` and `file_too_short` for a range that the size does not allow; `unsupported` for a
    /// block device and, with `allocate`, for a file system that cannot reserve.
    pub fn set_size(
        &mut self,
        size: NewSize,
        reference: Option<ByteLength>,
        allocate: Option<RangeRequest>,
    ) -> Result<Provided> {
        let name = self.name().clone();
        self.set_size_unnamed(size, reference, allocate)
            .map_err(|e| e.on(&name))
    }

    fn set_size_unnamed(
        &mut self,
        wanted: NewSize,
        reference: Option<ByteLength>,
        allocate: Option<RangeRequest>,
    ) -> Result<Provided> {
        let handle = self
            .handle()
            .ok_or_else(|| Error::new(Kind::Unsupported, "resize", "it has no file"))?;
        if handle.kind() == SourceKind::BlockDevice {
            return Err(Error::new(
                Kind::Unsupported,
                "resize",
                "it is a block device",
            ));
        }
        check_may_resize(handle)?;
        let old = handle.facts()?;
        let kind = handle.kind();
        let mut whole = whole_of(wanted, reference.unwrap_or(old.size))?;
        let reserved = allocate
            .map(|request| range_to_reserve(request, whole))
            .transpose()?;
        if let Some(range) = reserved.filter(|range| range.end() > whole.end()) {
            whole = SourceRange::between(SourceOffset::START, range.end()).unwrap_or(whole);
        }
        let size = whole.length();
        if size != old.size {
            check_may_change(&old, kind)?;
        }
        if size > old.size {
            check_file_limit(size, "extend")?;
        }
        // A file may have holes larger than the disk. The holes of a tag become memory on access.
        let tag = (kind == SourceKind::Tag).then_some(whole);
        if let Some(needed) = reserved.or(tag) {
            self.check_room(&old, needed)?;
        }
        let grows = size > old.size;
        if let Some(range) = reserved.filter(|range| !range.is_empty()) {
            if grows {
                // Reserve blocks beyond the end first, without changing the size.
                self.note_growth(old.size, old.size);
            }
            self.allocate(range, grows)?;
        }
        if grows {
            self.note_growth(old.size, size);
            self.extend_to(size)?;
            self.growth_is_done();
        } else if size < old.size {
            self.shrink_to(size)?;
        }
        Ok(Provided {
            old_size: old.size,
            new_size: size,
            reserved: reserved.is_some(),
        })
    }

    /// Reserves blocks before the size changes. If the process is killed meanwhile, the old size remains.
    fn allocate(&mut self, range: SourceRange, grows: bool) -> Result<()> {
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        sys::reserve_beyond_end(handle.file(), range).map_err(|error| {
            self.put_back();
            if is_unsupported(&error) {
                Error::os_as(Kind::Unsupported, "reserve blocks for", &error)
                    .because("this file system cannot reserve blocks")
            } else {
                room_failure(&error, grows)
            }
        })
    }

    /// Truncates the source to 0 bytes, if that was requested when it was opened (`O_TRUNC`), after a
    /// [rehearsal](Self::rehearse_truncation).
    ///
    /// # Errors
    /// Those of the rehearsal and of `ftruncate(2)`.
    pub fn truncate_for(
        &mut self,
        size: ByteLength,
        blocks: ByteLength,
        rehearse: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        self.rehearse_truncation(size, blocks, rehearse)?;
        self.truncate_to(ByteLength::ZERO)
    }

    /// Tries everything that can fail, before the contents of a source to be truncated are lost: whether it may be
    /// `size` bytes long, whether there will be space for `blocks` bytes, and `rehearse` with a source of that size.
    /// The old size is then restored, so a failure changes nothing. If there is no space for both the source and a new
    /// file that was to replace it, the new file is discarded and the source is truncated in place.
    ///
    /// # Errors
    /// Those of [`Source::provide`] and of `rehearse`.
    pub fn rehearse_truncation(
        &mut self,
        size: ByteLength,
        blocks: ByteLength,
        rehearse: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        let name = self.name().clone();
        if self.replaces() && !self.has_room(blocks) {
            self.work_in_place().map_err(|e| e.on(&name))?;
        }
        if !self.truncates {
            return Ok(());
        }
        let facts = self.handle().map(Handle::facts).transpose();
        let old = facts.map_err(|e| e.on(&name))?;
        // An empty source loses nothing. On systems where the size of a tag can be set only once, keep that chance.
        let Some(old) = old.filter(|facts| !facts.size.is_zero()) else {
            self.truncates = false;
            return Ok(());
        };
        let tried = self
            .try_size(&old, size, blocks)
            .and_then(|()| rehearse(self));
        self.put_back();
        tried.map_err(|e| e.on(&name))
    }

    /// Truncates a source to a size, if truncation was requested. A shorter source is not changed.
    ///
    /// # Errors
    /// Those of `ftruncate(2)`.
    pub fn truncate_to(&mut self, size: ByteLength) -> Result<()> {
        if !std::mem::take(&mut self.truncates) {
            return Ok(());
        }
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        let truncated = match handle.facts() {
            Ok(facts) if facts.size <= size => Ok(()),
            Ok(_) => sys::set_len(handle.file(), size).map_err(|e| Error::os("truncate", &e)),
            Err(error) => Err(error),
        };
        truncated.map_err(|e| e.on(self.name()))
    }

    fn has_room(&self, blocks: ByteLength) -> bool {
        let free = self.handle().map(|handle| sys::free_space(handle.file()));
        !matches!(free, Some(Ok(free)) if free < blocks)
    }

    /// Extends a source that is to be truncated to its later size, if that is larger and there will be space for it.
    fn try_size(&mut self, old: &FileFacts, size: ByteLength, blocks: ByteLength) -> Result<()> {
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        check_file_limit(size, "extend")?;
        if let Ok(free) = sys::free_space(handle.file()) {
            check_free(blocks, free.plus(old.allocated), "extend")?;
        }
        if size > old.size {
            check_may_change(old, handle.kind())?;
            self.note_growth(old.size, size);
            self.extend_to(size)?;
        }
        Ok(())
    }

    /// The current size, allocated blocks and holes.
    ///
    /// # Errors
    /// Those of `fstat(2)` and `lseek(2)`.
    pub fn size_report(&self) -> Result<Sizes> {
        let handle = self
            .handle()
            .ok_or_else(|| Error::new(Kind::Unsupported, "examine", "it has no file"))?;
        let facts = handle.facts().map_err(|e| e.on(self.name()))?;
        let whole = SourceRange::new(SourceOffset::START, facts.size);
        let gaps = whole
            .zip(handle.probe())
            .and_then(|(whole, file)| DataRuns::new(Some(file), whole).gaps());
        let (holes, unwritten) = gaps.map_or((None, None), |(holes, unwritten)| {
            (
                Some(holes),
                unwritten.or_else(|| all_written(handle, &facts, holes)),
            )
        });
        Ok(Sizes {
            size: facts.size,
            storage: Some(Storage {
                allocated: (handle.kind() != SourceKind::BlockDevice).then_some(facts.allocated),
                holes,
                unwritten,
                pages: sys::page_size().pages_for(facts.size),
            }),
        })
    }

    fn reserve(&self, range: SourceRange) -> io::Result<()> {
        match self.handle() {
            Some(handle) if !range.is_empty() => sys::reserve(handle.file(), range),
            _ => Ok(()),
        }
    }

    /// Extends the source, unless another process has meanwhile extended it at least as far.
    fn extend_to(&mut self, size: ByteLength) -> Result<()> {
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        if handle.facts()?.size >= size {
            return Ok(());
        }
        sys::set_len(handle.file(), size).map_err(|error| {
            self.put_back();
            growth_failure(&error)
        })
    }

    fn shrink_to(&self, size: ByteLength) -> Result<()> {
        match self.handle() {
            Some(handle) => sys::set_len(handle.file(), size)
                .map_err(|error| with_seal_hint(Error::os("shrink", &error))),
            None => Ok(()),
        }
    }

    /// Records the extension. If there are several, the size before the first one will be restored.
    fn note_growth(&mut self, from: ByteLength, to: ByteLength) {
        let from = self.undo.growth.map_or(from, |growth| growth.from);
        self.undo.growth = Some(Growth {
            from,
            to,
            is_done: false,
        });
    }

    fn growth_is_done(&mut self) {
        if let Some(growth) = &mut self.undo.growth {
            growth.is_done = true;
        }
    }

    /// Restores the size from before the extension, unless another process has changed it too. The old size is set even
    /// after a failed extension, because blocks may be reserved beyond the end.
    pub(super) fn put_back(&mut self) -> PutBack {
        let (Some(growth), Some(handle)) = (self.undo.growth.take(), self.handle()) else {
            return PutBack::Done;
        };
        let ours = |size| match growth.is_done {
            true => size == growth.to,
            false => growth.from <= size && size <= growth.to,
        };
        match handle.facts() {
            Ok(facts) if ours(facts.size) => {
                // Report the first failure only.
                let _ = sys::set_len(handle.file(), growth.from);
                PutBack::Done
            }
            Ok(_) => PutBack::ChangedByOthers,
            Err(_) => PutBack::Done,
        }
    }

    /// Refuses a reservation that cannot succeed before any block is allocated. A reservation that fails midway keeps
    /// its blocks, because new blocks within the old size cannot be distinguished from old ones.
    fn check_room(&self, old: &FileFacts, wanted: SourceRange) -> Result<()> {
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        let operation = growth_or_reservation(wanted.end().0 > old.size.0);
        let free = sys::free_space(handle.file()).ok();
        if let Some(free) = free.filter(|free| wanted.length() > *free) {
            check_free(blocks_needed(handle, old, wanted), free, operation)?;
        }
        if !sys::takes_memory(handle.file()) {
            return Ok(());
        }
        // If memory runs out, the kernel kills a process.
        check_available(operation, wanted.length(), Swap::Yes, || {
            let needed = blocks_needed(handle, old, wanted);
            wanted.length().minus(needed).0
        })
    }
}

/// The whole of a source of `present` bytes once it has its new size.
fn whole_of(wanted: NewSize, present: ByteLength) -> Result<SourceRange> {
    let size = wanted.of(present);
    let whole = size.and_then(|size| SourceRange::new(SourceOffset::START, size));
    whole.ok_or_else(|| match wanted {
        NewSize::Exactly(size) => Error::new(
            Kind::Usage,
            "resize",
            format!(
                "a size of {} bytes exceeds {MAX_OFFSET}, the largest offset",
                size.0
            ),
        ),
        _ => Error::new(
            Kind::DiskFull,
            "extend",
            format!("the new size would exceed {MAX_OFFSET}, the largest offset"),
        ),
    })
}

/// The range whose blocks are reserved.
fn range_to_reserve(request: RangeRequest, whole: SourceRange) -> Result<SourceRange> {
    let range = request.resolve(whole.length());
    range.map_err(|error| range_failure(error, &request))
}

fn check_free(needed: ByteLength, free: ByteLength, operation: &'static str) -> Result<()> {
    if needed <= free {
        return Ok(());
    }
    let reason = format!(
        "{} more needed, {} free",
        LengthText(needed),
        LengthText(free)
    );
    Err(Error::new(Kind::DiskFull, operation, reason))
}

/// No unwritten bytes, for a file on tmpfs of which only the data takes memory; `None` when that is unknown.
fn all_written(handle: &Handle, facts: &FileFacts, holes: ByteLength) -> Option<ByteLength> {
    let data = sys::page_size().align_up(facts.size.minus(holes).0)?;
    let all = sys::takes_memory(handle.file()) && facts.allocated <= ByteLength(data);
    all.then_some(ByteLength::ZERO)
}

/// The minimum free space that reserving a range needs. Blocks that are already reserved appear as holes. Only their
/// number is known, not their position, so all of them may be in the holes of the range.
fn blocks_needed(handle: &Handle, old: &FileFacts, wanted: SourceRange) -> ByteLength {
    let growth = part_beyond(wanted, old.size).length();
    let holes = |start, length| {
        let range = SourceRange::new(start, length)?;
        DataRuns::new(Some(handle.file()), range).all_holes()
    };
    let (Some(all), Some(within)) = (
        holes(SourceOffset::START, old.size),
        holes(wanted.offset(), wanted.length().minus(growth)),
    ) else {
        return growth;
    };
    let data = old.size.minus(all);
    let reserved = old.allocated.minus(data);
    // The block of the last byte extends beyond the end; all other reserved blocks are before it.
    let last = sys::page_size().align_up(old.size.0).map(ByteLength);
    let tail = reserved.min(last.unwrap_or(old.size).minus(old.size));
    growth.minus(tail).plus(within.minus(reserved.minus(tail)))
}

/// RLIMIT_FSIZE does not stop stores through a mapping, but growing beyond it raises SIGXFSZ.
pub(super) fn check_file_limit(end: ByteLength, operation: &'static str) -> Result<()> {
    match sys::file_size_limit() {
        Some(limit) if end > limit => Err(Error::new(
            Kind::Limit,
            operation,
            format!(
                "{} exceeds the file size limit of {}",
                LengthText(end),
                LengthText(limit)
            ),
        )
        .hint(RAISE_FILE_LIMIT)),
        _ => Ok(()),
    }
}

const RAISE_FILE_LIMIT: &str = "raise RLIMIT_FSIZE (ulimit -f)";

/// The error for a failed `write(2)`. EFBIG means either that RLIMIT_FSIZE is exceeded, or that the file would be too
/// large for its file system.
#[must_use]
pub fn write_failure(error: &io::Error) -> Error {
    let limited = sys::file_size_limit().filter(|_| error.kind() == io::ErrorKind::FileTooLarge);
    match limited {
        Some(limit) => Error::os_as(Kind::Limit, "write", error)
            .because(format!("the file size limit is {}", LengthText(limit)))
            .hint(RAISE_FILE_LIMIT),
        None => Error::os("write", error),
    }
}

/// The error for a failed `write(2)` to a stream: standard output, a pipe, a terminal or a device. The kinds of the other
/// error numbers are about files that are opened.
#[must_use]
pub fn stream_failure(error: &io::Error) -> Error {
    let failure = write_failure(error);
    match failure.kind() {
        Kind::DiskFull | Kind::Limit => failure,
        _ => Error::os_as(Kind::Failed, "write", error),
    }
}

/// Refuses a descriptor that is not open for writing. `ftruncate(2)` fails with EINVAL for it, as for an invalid size.
fn check_may_resize(handle: &Handle) -> Result<()> {
    let writes = handle.writable()
        || sys::is_write_only(handle.file()).map_err(|e| Error::os("examine", &e))?;
    if writes {
        return Ok(());
    }
    if let Some(refused) = path_only("resize", handle.file()) {
        return Err(refused);
    }
    let reason = "the descriptor was opened for reading only";
    Err(Error::new(Kind::AccessDenied, "resize", reason))
}

/// Refuses to change the size of a tag on systems where it can be set only once.
fn check_may_change(old: &FileFacts, kind: SourceKind) -> Result<()> {
    if old.may_resize(kind) {
        return Ok(());
    }
    Feature::GrowTag.require("resize")
}

fn part_beyond(range: SourceRange, size: ByteLength) -> SourceRange {
    range.starting_at(SourceOffset(size.0))
}

fn is_unsupported(error: &io::Error) -> bool {
    error.raw_os_error().map(sys::kind_of_os_error) == Some(Kind::Unsupported)
}

fn growth_or_reservation(grows: bool) -> &'static str {
    if grows { "extend" } else { "reserve blocks" }
}

fn growth_failure(error: &io::Error) -> Error {
    room_failure(error, true)
}

fn room_failure(error: &io::Error, grows: bool) -> Error {
    let operation = growth_or_reservation(grows);
    let failure = Error::os(operation, error);
    match failure.kind() {
        // The file system does not support a file of this size.
        Kind::Failed if error.kind() == io::ErrorKind::InvalidInput => {
            Error::os_as(Kind::DiskFull, operation, error)
                .because("larger than the file system allows")
        }
        _ => with_seal_hint(failure),
    }
}

/// Adds a hint to a failure that a seal or a file attribute may have caused.
fn with_seal_hint(failure: Error) -> Error {
    match failure.is_not_permitted() {
        true => failure
            .hint("its size may be sealed (fcntl(2), F_GET_SEALS), or it is append-only (lsattr)"),
        false => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::source::spec::{Creation, OpenRequest, SourceSpec};

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    fn writable(path: &std::path::Path) -> Source {
        let how = OpenRequest {
            creation: Creation::IfMissing,
            ..OpenRequest::WRITE
        };
        Source::open(&SourceSpec::File(path.to_owned()), &how).unwrap()
    }

    #[test]
    fn an_uncommitted_extension_is_undone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(10).unwrap();
        let mut source = writable(file.path());
        let provided = source.provide(range(0, 100_000), Reserve::Growth).unwrap();
        assert_eq!((provided.old_size.0, provided.new_size.0), (10, 100_000));
        assert_eq!(source.size().unwrap().0, 100_000);
        drop(source);
        assert_eq!(file.as_file().metadata().unwrap().len(), 10);
    }

    #[test]
    fn an_unsupported_file_size_is_disk_full_and_changes_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(10).unwrap();
        let mut source = writable(file.path());
        let error = source
            .provide(range(0, 1 << 50), Reserve::Growth)
            .unwrap_err();
        assert_eq!(error.kind(), Kind::DiskFull);
        assert_eq!(source.size().unwrap().0, 10);
    }

    #[test]
    fn an_existing_range_is_not_changed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        let mut source = writable(file.path());
        source.provide(range(0, 1 << 20), Reserve::Growth).unwrap();
        assert_eq!(source.handle().unwrap().facts().unwrap().allocated.0, 0);
        source.provide(range(0, 1 << 16), Reserve::Range).unwrap();
        assert!(source.handle().unwrap().facts().unwrap().allocated.0 >= 1 << 16);
    }

    #[test]
    fn setting_a_size_extends_with_a_hole_and_truncates() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut source = writable(file.path());
        source
            .set_size(NewSize::Exactly(ByteLength(1 << 20)), None, None)
            .unwrap();
        let report = source.size_report().unwrap();
        assert_eq!(
            (report.size.0, report.storage.unwrap().allocated.unwrap().0),
            (1 << 20, 0)
        );
        source
            .set_size(
                NewSize::Exactly(ByteLength(1 << 16)),
                None,
                Some(RangeRequest::default()),
            )
            .unwrap();
        let report = source.size_report().unwrap();
        assert_eq!(report.size.0, 1 << 16);
        assert!(report.storage.unwrap().allocated.unwrap().0 >= 1 << 16);
        source.commit().unwrap();
    }
}
