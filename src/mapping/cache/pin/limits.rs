//! What locking needs, and which limits do not allow it. Checked before anything is loaded or locked.

use super::plan::Plan;
use crate::mapping::cache::walk::{Found, Tally};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::{Swap, check_available};
use crate::mapping::measure::residency;
use crate::mapping::region::lock::check_lock_limit;
use crate::mapping::region::mapping_room;
use crate::mapping::source::Handle;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, Remedy, count_text};

/// The number of mappings that the threads of a walk may need besides.
const OWN_MAPPINGS: u64 = 192;

/// What locking needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The amount to lock.
    pub(super) bytes: ByteLength,
    /// The number of mappings.
    pub(super) mappings: u64,
    /// The amount that is in memory and could not be freed: files of file systems in memory.
    pub(super) present: ByteLength,
}

impl Tally for Needs {
    fn add(&mut self, other: &Self) {
        *self = Self {
            bytes: self.bytes.plus(other.bytes),
            mappings: self.mappings.saturating_add(other.mappings),
            present: self.present.plus(other.present),
        };
    }
}

impl Needs {
    /// What locking a file needs.
    pub(super) fn of(found: &Found) -> Result<Self> {
        let plan = Plan::of(&found.source, found.facts.size)?;
        let file = found.source.handle().map(Handle::file);
        let page = sys::page_size();
        let resident = file
            .filter(|file| sys::is_memory_backed(file))
            .and_then(|file| {
                let whole = found.whole().ok()?;
                residency::of_file(file, whole, page).counts.held()
            });
        Ok(Self {
            bytes: plan.length(),
            mappings: plan.runs.len() as u64,
            present: ByteLength(resident.unwrap_or(0).saturating_mul(page.bytes())),
        })
    }

    /// The limits that do not allow it.
    ///
    /// # Errors
    /// Those of reading the limits.
    pub(super) fn refusals(&self) -> Result<Vec<Error>> {
        let memory = check_available("lock", self.bytes, Swap::No, || self.present.0);
        let all = [
            check_lock_limit(self.bytes, || Error::new(Kind::Limit, "lock", "")),
            check_mappings(self.mappings, mapping_room()?),
            memory.map_err(|error| error.hint(Remedy::LockFewer)),
        ];
        Ok(all.into_iter().filter_map(Result::err).collect())
    }
}

/// Refuses more mappings than there is room for.
fn check_mappings(needed: u64, room: Option<u64>) -> Result<()> {
    let Some(room) = room.map(|room| room.saturating_sub(OWN_MAPPINGS)) else {
        return Ok(());
    };
    if needed <= room {
        return Ok(());
    }
    let limit = sys::mapping_limit().unwrap_or(0);
    let enough = limit.saturating_add(needed.saturating_sub(room));
    let reason = format!(
        "{} needed, one for each run of data of a file, but vm.max_map_count ({limit}) leaves room for {room}",
        count_text(needed, "mapping")
    );
    let hint = format!("raise the limit (sysctl vm.max_map_count={enough}), or lock fewer files");
    Err(Error::new(Kind::Limit, "lock", reason).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_mappings_than_the_kernel_allows_are_refused_with_a_limit_that_suffices() {
        assert!(check_mappings(u64::MAX, None).is_ok());
        assert!(check_mappings(1000 - OWN_MAPPINGS, Some(1000)).is_ok());
        let error = check_mappings(1001 - OWN_MAPPINGS, Some(1000)).unwrap_err();
        assert_eq!(error.kind(), Kind::Limit);
        let limit = sys::mapping_limit().unwrap();
        let text = format!("{:?}", error.details().hint);
        let wanted = format!("sysctl vm.max_map_count={}", limit + 1);
        assert!(text.contains(&wanted), "{text}");
    }

    #[test]
    fn each_limit_that_is_too_low_is_named() {
        let needs = Needs {
            bytes: ByteLength(1 << 50),
            mappings: u64::MAX,
            ..Needs::default()
        };
        let kinds: Vec<Kind> = needs.refusals().unwrap().iter().map(Error::kind).collect();
        assert!(kinds.contains(&Kind::OutOfMemory) && kinds.contains(&Kind::Limit));
        assert!(Needs::default().refusals().unwrap().is_empty());
    }
}
