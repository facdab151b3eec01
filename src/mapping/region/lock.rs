//! Locking the pages of a mapping in memory, and checking first whether that is possible.

use std::io;

use super::live::Region;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::{Swap, check_available};
use crate::mapping::measure::residency;
use crate::mapping::platform::Feature;
use crate::mapping::process::privileges;
use crate::mapping::sys;
use crate::mapping::types::{
    AddressRange, ByteLength, Kind, LengthText, LockMode, MapFlag, RegionOffset, Remedy,
    SourceRange,
};

/// The number of bytes to populate between two checks of the free memory.
const PIECE: usize = 256 << 20;

impl Region {
    /// Locks its pages in memory until it is unmapped (`mlock(2)`, `mlock2(2)`).
    ///
    /// # Errors
    /// `limit` when RLIMIT_MEMLOCK does not allow that much; `unsupported` where the kernel cannot lock on fault.
    pub fn lock(&mut self, mode: LockMode) -> Result<()> {
        sys::lock(self.base(), self.mapped_length(), mode == LockMode::OnFault)
            .map_err(|e| self.lock_failure(&e))
    }

    /// Locks each page when it is first accessed.
    ///
    /// # Errors
    /// Those of [`Region::lock`].
    pub(in crate::mapping) fn lock_as_accessed(&mut self) -> Result<()> {
        let flag = Feature::Flag(MapFlag::LockOnfault);
        flag.require("lock").map_err(|e| e.on(self.name()))?;
        self.lock(LockMode::OnFault)
    }

    /// Brings its pages into memory and locks them. If the system can lock pages on fault, it locks first and then
    /// populates. A page that cannot be read is then an error; `mlock(2)` alone would wait for it forever.
    ///
    /// # Errors
    /// `out_of_memory` without enough memory for all pages; those of [`Region::lock`] and [`Region::populate`].
    pub fn pin(&mut self) -> Result<()> {
        self.pin_showing(self.range())
    }

    /// Checks whether [`Region::pin`] is possible, and brings nothing into memory.
    ///
    /// # Errors
    /// Those of [`Region::pin`], except `fault`.
    pub fn try_pin(&mut self) -> Result<()> {
        self.try_pin_showing(self.range())
    }

    /// [`Region::pin`] for a mapping that starts with the range `shown` and repeats it.
    pub(in crate::mapping) fn pin_showing(&mut self, shown: SourceRange) -> Result<()> {
        self.try_pin_showing(shown)?;
        self.bring_in(shown)?;
        self.lock_unless_on_fault()
    }

    /// [`Region::try_pin`] for such a mapping.
    pub(in crate::mapping) fn try_pin_showing(&mut self, shown: SourceRange) -> Result<()> {
        self.lock_on_fault()?;
        self.check_memory(shown, RegionOffset::START)
    }

    /// Locks the pages that will be brought in, where the system can do that.
    pub(super) fn lock_on_fault(&mut self) -> Result<()> {
        match locks_on_fault() {
            true => self.lock(LockMode::OnFault),
            false => Ok(()),
        }
    }

    /// Locks the pages that were brought in, where they are not locked already.
    pub(super) fn lock_unless_on_fault(&mut self) -> Result<()> {
        match locks_on_fault() {
            true => Ok(()),
            false => self.lock(LockMode::Now),
        }
    }

    /// Brings the pages in piece by piece, as long as memory is available for the rest. Locked pages cannot be evicted,
    /// and the kernel would kill processes to get memory for them.
    fn bring_in(&self, shown: SourceRange) -> Result<()> {
        for at in (0..self.length()).step_by(PIECE) {
            self.check_memory(shown, RegionOffset(at))?;
            let length = PIECE.min(self.length().saturating_sub(at));
            self.populate_part(RegionOffset(at), length)?;
        }
        Ok(())
    }

    /// Refuses to lock more than the available memory, from an offset in the mapping on.
    fn check_memory(&self, shown: SourceRange, from: RegionOffset) -> Result<()> {
        let left = shown.starting_at(shown.at(from));
        // Huge pages come from a pool that takes its memory in advance.
        let ordinary = self.page_size() == sys::page_size();
        if !ordinary || left.is_empty() {
            return Ok(());
        }
        check_available("lock", left.length(), Swap::No, || {
            self.resident(left, from)
        })
        .map_err(|error| {
            let limit = privileges::memlock_limit();
            error
                .hint(Remedy::LockLess { limit })
                .on(self.name())
                .over(self.range())
        })
    }

    /// Refuses to populate more than the available memory, unless the pages can be evicted again, like those of a file
    /// on a disk.
    pub(in crate::mapping) fn check_populating(&self) -> Result<()> {
        let kept = match self.file() {
            Some(file) => sys::is_memory_backed(file) || self.populates_copies(),
            None => true,
        };
        if !kept || self.page_size() != sys::page_size() {
            return Ok(());
        }
        let wanted = ByteLength::of(self.length());
        check_available("populate", wanted, Swap::Yes, || {
            self.resident(self.range(), RegionOffset::START)
        })
        .map_err(|error| error.on(self.name()).over(self.range()))
    }

    /// The number of bytes of a range of the file that are known to be in memory.
    fn resident(&self, range: SourceRange, from: RegionOffset) -> u64 {
        let Some(file) = self.file().filter(|_| !self.populates_copies()) else {
            return 0;
        };
        let start = self.addresses().at(from.length_before());
        let memory = AddressRange::new(start, range.length()).unwrap_or_default();
        let seen =
            residency::picture_of_mapped_file(file, range, memory, self.page_size(), 1).total();
        let pages = seen.counts.held().unwrap_or(0);
        pages.saturating_mul(seen.page_size)
    }

    fn lock_failure(&self, error: &io::Error) -> Error {
        let wanted = ByteLength::of(self.mapped_length());
        let limited = check_lock_limit(wanted, || Error::os_as(Kind::Limit, "lock", error));
        let failure = limited.err().unwrap_or_else(|| Error::os("lock", error));
        failure.on(self.name()).over(self.range())
    }
}

/// Refuses to lock more than RLIMIT_MEMLOCK, where that limit applies to this process. The refusal completes `failure`.
pub(in crate::mapping) fn check_lock_limit(
    wanted: ByteLength,
    failure: impl FnOnce() -> Error,
) -> Result<()> {
    let limit = privileges::memlock_limit();
    let Some(limit) = limit.filter(|limit| wanted > *limit) else {
        return Ok(());
    };
    Err(failure()
        .because(format!(
            "{} exceeds RLIMIT_MEMLOCK, which is {}",
            LengthText(wanted),
            LengthText(limit)
        ))
        .hint(format!(
            "the limit is {} bytes, {} bytes were requested and CAP_IPC_LOCK is not held: raise the \
             limit (ulimit -l, LimitMEMLOCK=) or grant the capability",
            limit.0, wanted.0
        )))
}

fn locks_on_fault() -> bool {
    Feature::Flag(MapFlag::LockOnfault).is_offered()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::region::request::MapRequest;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{Access, SourceOffset};

    #[test]
    fn locking_more_than_the_available_memory_is_refused_before_a_page_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let length = ByteLength(1 << 42);
        file.as_file().set_len(length.0).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        let range = SourceRange::new(SourceOffset(0), length).unwrap();
        let request = MapRequest::plain(range, Access::READ);
        let mut region = Region::map(&source, &request).unwrap();
        for error in [region.try_pin(), region.pin()] {
            let error = error.unwrap_err();
            let kind = if privileges::memlock_limit().is_some() {
                Kind::Limit
            } else {
                Kind::OutOfMemory
            };
            assert_eq!(error.kind(), kind, "{error}");
        }
        // Without cachestat(2) the pages of such a large file are not counted.
        let resident = region.picture(&source, 1).total().counts.resident;
        assert_eq!(resident.unwrap_or(0), 0);
    }
}
