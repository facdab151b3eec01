//! Growing, shrinking and reserving: the size of a source and the blocks behind it.
//!
//! Space is reserved before anything is written, and what an operation changed is put back when it fails:
//! every change is noted in the source's undo record first, which [`Source::commit`] clears.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::data_runs::DataRuns;
use super::handle::{Handle, path_only};
use super::opened::Source;
use super::undo::{Growth, PutBack};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::{Swap, check_available};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, Bytes, Facts, Kind, MAX_OFFSET, PageCount, SourceKind, SourceOffset, SourceRange,
};

/// Which blocks must exist before a range is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Those of the part by which the source grows.
    Growth,
    /// Those of the whole range, holes of the existing part included.
    Range,
}

/// What providing a range changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Provided {
    /// The size before, in bytes.
    pub old_size: ByteLength,
    /// The size after, in bytes.
    pub new_size: ByteLength,
    /// Whether blocks are reserved for what was asked; file systems that cannot reserve only grow.
    pub reserved: bool,
}

/// The size of a source, and what is behind it where that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sizes {
    /// The size in bytes, as reading finds it.
    pub size: ByteLength,
    /// What is behind it.
    #[serde(flatten)]
    pub storage: Option<Storage>,
}

/// What is behind the bytes of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Storage {
    /// With --long: the bytes of allocated blocks; null for a block device, which has none of its own.
    pub allocated: Option<ByteLength>,
    /// With --long: the bytes in holes, as SEEK_HOLE finds them; null where the file system cannot tell.
    pub holes: Option<ByteLength>,
    /// With --long: the number of pages that the size needs.
    pub pages: PageCount,
}

/// The size that a source is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewSize {
    /// The one it has.
    Unchanged,
    /// This one, unless it has more.
    AtLeast(ByteLength),
    /// This one; what it has beyond is cut off.
    Exactly(ByteLength),
}

impl Source {
    /// Makes sure that the source reaches to the end of the range and that blocks are reserved for it.
    ///
    /// # Errors
    /// `disk_full` when the file system has no room or does not take files of that size; `limit` when
    /// RLIMIT_FSIZE forbids it; `file_too_short` when the source cannot grow. The size is then as before.
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
        let new_size = ByteLength(old.size.0.max(range.end().0));
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
            check_file_limit(new_size)?;
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

    /// Sets the size: extends with a hole, or cuts off. With `allocate`, reserves blocks for all of it.
    ///
    /// # Errors
    /// As [`Source::provide`]; `unsupported` for a block device and, with `allocate`, for a file system
    /// that cannot reserve.
    pub fn set_size(&mut self, size: NewSize, allocate: bool) -> Result<Provided> {
        let name = self.name().clone();
        self.set_size_unnamed(size, allocate)
            .map_err(|e| e.on(&name))
    }

    fn set_size_unnamed(&mut self, wanted: NewSize, allocate: bool) -> Result<Provided> {
        let handle = self
            .handle()
            .ok_or_else(|| Error::new(Kind::Unsupported, "resize", "it has no size of its own"))?;
        if handle.kind() == SourceKind::BlockDevice {
            return Err(Error::new(
                Kind::Unsupported,
                "resize",
                "it is a block device",
            ));
        }
        check_may_resize(handle)?;
        let old = handle.facts()?;
        let size = match wanted {
            NewSize::Unchanged => old.size,
            NewSize::AtLeast(size) => size.max(old.size),
            NewSize::Exactly(size) => size,
        };
        let whole = SourceRange::new(SourceOffset(0), size).ok_or_else(|| {
            Error::new(
                Kind::Usage,
                "resize",
                format!(
                    "a size of {} bytes exceeds {MAX_OFFSET}, the largest offset",
                    size.0
                ),
            )
        })?;
        if size != old.size {
            check_may_change(&old, handle.kind())?;
        }
        if size > old.size {
            check_file_limit(size)?;
        }
        // A file may have holes larger than the disk. A tag's holes are memory that whoever maps it will touch.
        if allocate || handle.kind() == SourceKind::Tag {
            self.check_room(&old, whole)?;
        }
        let grows = size > old.size;
        if allocate && !size.is_zero() {
            if grows {
                // Blocks behind the end: the size is not ours to change yet.
                self.note_growth(old.size, old.size);
            }
            self.allocate(whole, grows)?;
        }
        if grows {
            self.note_growth(old.size, size);
            self.extend_to(size)?;
            self.growth_is_done();
        } else if size < old.size {
            self.cut_to(size)?;
        }
        Ok(Provided {
            old_size: old.size,
            new_size: size,
            reserved: allocate,
        })
    }

    /// Reserves the blocks of all of it, and leaves the size for last: a process that is killed leaves the old one.
    fn allocate(&mut self, whole: SourceRange, grows: bool) -> Result<()> {
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        sys::reserve_beyond_end(handle.file(), whole).map_err(|error| {
            self.put_back();
            if is_unsupported(&error) {
                Error::os_as(Kind::Unsupported, "reserve blocks for", &error)
                    .because("this file system cannot reserve blocks")
            } else {
                room_failure(&error, grows)
            }
        })
    }

    /// Cuts the source to nothing if that was asked for when it was opened, as `O_TRUNC` does, once it is
    /// [rehearsed](Self::rehearse_truncation).
    ///
    /// # Errors
    /// Those of the rehearsal; what `ftruncate(2)` answers.
    pub fn truncate_for(
        &mut self,
        size: ByteLength,
        blocks: ByteLength,
        rehearse: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        self.rehearse_truncation(size, blocks, rehearse)?;
        self.truncate_to(ByteLength::ZERO)
    }

    /// Tries what can fail with a source that is to be cut to nothing, while the contents are still there: whether it
    /// may have the size that it is to get, whether there will be room for so many bytes in `blocks`, and what
    /// `rehearse` does with a source of that size. The size is put back after that, so that a refusal leaves
    /// everything as it was. A new file that is to take the place of the source is given up where there is no room
    /// for both.
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
        // Nothing is lost with a cut of nothing; and where a tag gets its size once, none would be left for it.
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

    /// Cuts a source to a size, if it is to be cut at all; one that is shorter stays so.
    ///
    /// # Errors
    /// What `ftruncate(2)` answers.
    pub fn truncate_to(&mut self, size: ByteLength) -> Result<()> {
        if !std::mem::take(&mut self.truncates) {
            return Ok(());
        }
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        let cut = match handle.facts() {
            Ok(facts) if facts.size <= size => Ok(()),
            Ok(_) => sys::set_len(handle.file(), size).map_err(|e| Error::os("truncate", &e)),
            Err(error) => Err(error),
        };
        cut.map_err(|e| e.on(self.name()))
    }

    fn has_room(&self, blocks: ByteLength) -> bool {
        let free = self.handle().map(|handle| sys::free_space(handle.file()));
        !matches!(free, Some(Ok(free)) if free < blocks)
    }

    /// Gives a source that is to be cut the size that it is to have afterwards, if that is more, as far as
    /// there will be room for it.
    fn try_size(&mut self, old: &Facts, size: ByteLength, blocks: ByteLength) -> Result<()> {
        let Some(handle) = self.handle() else {
            return Ok(());
        };
        check_file_limit(size)?;
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

    /// Sizes, allocated blocks and holes as they are now.
    ///
    /// # Errors
    /// What `fstat(2)` and `lseek(2)` answer.
    pub fn size_report(&self) -> Result<Sizes> {
        let handle = self
            .handle()
            .ok_or_else(|| Error::new(Kind::Unsupported, "examine", "it has no size of its own"))?;
        let facts = handle.facts().map_err(|e| e.on(self.name()))?;
        let whole = SourceRange::new(SourceOffset(0), facts.size);
        let holes = whole
            .zip(handle.probe())
            .and_then(|(whole, file)| DataRuns::new(Some(file), whole).all_holes());
        Ok(Sizes {
            size: facts.size,
            storage: Some(Storage {
                allocated: (handle.kind() != SourceKind::BlockDevice).then_some(facts.allocated),
                holes,
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

    /// Gives the source a larger size. One that is as large by now, by somebody else's hand, stays as it is.
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

    fn cut_to(&self, size: ByteLength) -> Result<()> {
        match self.handle() {
            Some(handle) => sys::set_len(handle.file(), size)
                .map_err(|error| sealed(Error::os("shrink", &error))),
            None => Ok(()),
        }
    }

    /// Notes by how much the source is extended. When that is done step by step, what is put back is the size before
    /// the first.
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

    /// Restores the size from before it was extended. A source whose size somebody else has changed as well keeps
    /// what it has. After an extension that failed the old size is set, too: blocks may be reserved behind the end.
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
                // The failure that brought us here is the one to report.
                let _ = sys::set_len(handle.file(), growth.from);
                PutBack::Done
            }
            Ok(_) => PutBack::ChangedByOthers,
            Err(_) => PutBack::Done,
        }
    }

    /// Refuses what cannot succeed, before a single block is taken from anybody else: a reservation that
    /// fails half-way keeps the blocks it has got, as those within the old size cannot be told from others.
    fn check_room(&self, old: &Facts, wanted: SourceRange) -> Result<()> {
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
        // For want of memory the kernel would end a program.
        check_available(operation, wanted.length(), Swap::Yes, || {
            let needed = blocks_needed(handle, old, wanted);
            wanted.length().minus(needed).0
        })
    }
}

fn check_free(needed: ByteLength, free: ByteLength, operation: &'static str) -> Result<()> {
    if needed <= free {
        return Ok(());
    }
    let reason = format!(
        "{} more are needed and {} are free",
        Bytes(needed),
        Bytes(free)
    );
    Err(Error::new(Kind::DiskFull, operation, reason))
}

/// The least that a range can take of the free space. Blocks that are reserved already look like holes, and
/// only the number of them is known, not their place: all may lie in the holes of the range.
fn blocks_needed(handle: &Handle, old: &Facts, wanted: SourceRange) -> ByteLength {
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
    // The block of the last byte reaches beyond the end; all other reserved ones lie before it.
    let last = sys::page_size().align_up(old.size.0).map(ByteLength);
    let tail = reserved.min(last.unwrap_or(old.size).minus(old.size));
    growth.minus(tail).plus(within.minus(reserved.minus(tail)))
}

/// RLIMIT_FSIZE does not stop stores through a mapping, but growing beyond it raises SIGXFSZ.
fn check_file_limit(end: ByteLength) -> Result<()> {
    match sys::file_size_limit() {
        Some(limit) if end > limit => Err(Error::new(
            Kind::Limit,
            "extend",
            format!(
                "{} exceed the limit on file sizes, which is {}",
                Bytes(end),
                Bytes(limit)
            ),
        )
        .hint(RAISE_FILE_LIMIT)),
        _ => Ok(()),
    }
}

const RAISE_FILE_LIMIT: &str = "raise RLIMIT_FSIZE (ulimit -f)";

/// Why a file did not take what was written to it. One that would grow beyond RLIMIT_FSIZE answers EFBIG, as one
/// does that would be too large for its file system.
#[must_use]
pub fn write_failure(error: &io::Error) -> Error {
    let limited = sys::file_size_limit().filter(|_| error.kind() == io::ErrorKind::FileTooLarge);
    match limited {
        Some(limit) => Error::os_as(Kind::Limit, "write", error)
            .because(format!("the limit on file sizes is {}", Bytes(limit)))
            .hint(RAISE_FILE_LIMIT),
        None => Error::os("write", error),
    }
}

/// `ftruncate(2)` answers EINVAL for a descriptor that does not write, as it does for a size that cannot be.
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

/// Some systems give a tag its size once.
fn check_may_change(old: &Facts, kind: SourceKind) -> Result<()> {
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
        // An invalid size is one the file system has no place for.
        Kind::Failed if error.kind() == io::ErrorKind::InvalidInput => {
            Error::os_as(Kind::DiskFull, operation, error)
                .because("larger than the file system allows")
        }
        _ => sealed(failure),
    }
}

/// The same failure, with what may stand against another size.
fn sealed(failure: Error) -> Error {
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
    fn growth_that_is_not_committed_is_put_back() {
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
    fn a_size_no_file_system_has_is_disk_full_and_changes_nothing() {
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
    fn a_range_that_exists_is_left_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        let mut source = writable(file.path());
        source.provide(range(0, 1 << 20), Reserve::Growth).unwrap();
        assert_eq!(source.handle().unwrap().facts().unwrap().allocated.0, 0);
        source.provide(range(0, 1 << 16), Reserve::Range).unwrap();
        assert!(source.handle().unwrap().facts().unwrap().allocated.0 >= 1 << 16);
    }

    #[test]
    fn setting_a_size_extends_with_a_hole_and_cuts() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut source = writable(file.path());
        source
            .set_size(NewSize::Exactly(ByteLength(1 << 20)), false)
            .unwrap();
        let report = source.size_report().unwrap();
        assert_eq!(
            (report.size.0, report.storage.unwrap().allocated.unwrap().0),
            (1 << 20, 0)
        );
        source
            .set_size(NewSize::Exactly(ByteLength(1 << 16)), true)
            .unwrap();
        let report = source.size_report().unwrap();
        assert_eq!(report.size.0, 1 << 16);
        assert!(report.storage.unwrap().allocated.unwrap().0 >= 1 << 16);
        source.commit().unwrap();
    }
}
