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
    AddressRange, ByteLength, Capability, Kind, LengthText, LockMode, MapFlag, RegionOffset,
    Remedy, SourceRange,
};

/// The number of bytes to bring in between two checks of the free memory.
const PIECE: usize = 256 << 20;

impl Region {
    /// Locks its pages in memory until it is unmapped (`mlock(2)`, `mlock2(2)`).
    ///
    /// # Errors
    /// `limit` when RLIMIT_MEMLOCK does not allow that much; `unsupported` where the kernel has no lock
    /// on fault.
    pub fn lock(&mut self, mode: LockMode) -> Result<()> {
        sys::lock(self.base(), self.mapped_length(), mode == LockMode::OnFault)
            .map_err(|e| self.lock_failure(&e))
    }

    /// Brings its pages into memory and locks them. Where the system can lock pages on fault, that comes first, and then
    /// the pages are brought in. A page that cannot be read is then an error; `mlock(2)` alone would wait for it
    /// forever.
    ///
    /// # Errors
    /// `out_of_memory` when there is not enough for all pages; those of [`Region::lock`] and [`Region::populate`].
    pub fn pin(&mut self) -> Result<()> {
        self.pin_showing(self.range())
    }

    /// Checks whether [`Region::pin`] is possible, and brings nothing into memory.
    ///
    /// # Errors
    /// Those of [`Region::pin`], but for `fault`.
    pub fn try_pin(&mut self) -> Result<()> {
        self.try_pin_showing(self.range())
    }

    /// [`Region::pin`] of a mapping whose start shows the range `shown`, and whose rest repeats it.
    pub(in crate::mapping) fn pin_showing(&mut self, shown: SourceRange) -> Result<()> {
        self.try_pin_showing(shown)?;
        self.bring_in(shown)?;
        if locks_on_fault() {
            Ok(())
        } else {
            self.lock(LockMode::Now)
        }
    }

    /// [`Region::try_pin`] of such a mapping.
    pub(in crate::mapping) fn try_pin_showing(&mut self, shown: SourceRange) -> Result<()> {
        if locks_on_fault() {
            self.lock(LockMode::OnFault)?;
        }
        self.check_memory(shown, RegionOffset::START)
    }

    /// Brings the pages in piece by piece, as long as there is memory for the rest. Locked pages cannot be evicted, and
    /// the kernel would kill other processes for them.
    fn bring_in(&self, shown: SourceRange) -> Result<()> {
        for at in (0..self.length()).step_by(PIECE) {
            self.check_memory(shown, RegionOffset(at))?;
            let length = PIECE.min(self.length().saturating_sub(at));
            self.populate_part(RegionOffset(at), length)?;
        }
        Ok(())
    }

    /// Refuses to lock more than there is memory for, from an offset in the mapping on.
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
            let limit = limit.filter(|_| Capability::IpcLock.is_held() != Some(true));
            error
                .hint(Remedy::LockLess { limit })
                .on(self.name())
                .over(self.range())
        })
    }

    /// Refuses to populate more than there is memory for, unless the pages can be evicted again, as those of a file on a
    /// disk can.
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
        let limit = privileges::memlock_limit();
        let may_exceed = Capability::IpcLock.is_held() == Some(true);
        let Some(limit) = limit.filter(|limit| !may_exceed && wanted > *limit) else {
            return Error::os("lock", error).on(self.name()).over(self.range());
        };
        Error::os_as(Kind::Limit, "lock", error)
            .because(format!(
                "{} exceed RLIMIT_MEMLOCK, which is {}",
                LengthText(wanted),
                LengthText(limit)
            ))
            .hint(format!(
                "the limit is {} bytes, {} bytes were asked for and CAP_IPC_LOCK is not held: raise the \
                 limit (ulimit -l, LimitMEMLOCK=) or grant the capability",
                limit.0, wanted.0
            ))
            .on(self.name())
            .over(self.range())
    }
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
    fn what_memory_cannot_hold_is_refused_before_a_page_comes_in() {
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
            let limited = Capability::IpcLock.is_held() != Some(true);
            let kind = if limited {
                Kind::Limit
            } else {
                Kind::OutOfMemory
            };
            assert_eq!(error.kind(), kind, "{error}");
        }
        // Without cachestat(2) nobody counts the pages of so large a file.
        let resident = region.picture(&source, 1).total().counts.resident;
        assert_eq!(resident.unwrap_or(0), 0);
    }
}
