//! How many mappings this process may still make.

use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps;
use crate::mapping::sys;
use crate::mapping::types::AddressRange;

/// The number of mappings that are left for the rest of the program.
const SPARE_MAPPINGS: u64 = 64;

/// The number of mappings that this process may still make; `None` where the system does not report the limit.
///
/// # Errors
/// Those of reading the memory map.
pub(in crate::mapping) fn mapping_room() -> Result<Option<u64>> {
    let Some(limit) = sys::mapping_limit() else {
        return Ok(None);
    };
    let mut used = SPARE_MAPPINGS;
    proc_maps::visit_own(AddressRange::ALL, |_| {
        used = used.saturating_add(1);
    })?;
    Ok(Some(limit.saturating_sub(used)))
}
