//! The memory of the whole system: how much is available, and how the kernel treats it.

use std::fs;

use super::groups;
use super::meminfo::MemoryInfo;
use super::text::number;
use crate::mapping::sys::answer::MemoryRoom;
use crate::mapping::types::ByteLength;

/// The memory that can be allocated before other memory must be reclaimed (`proc_meminfo(5)`, MemAvailable; free memory
/// if `/proc` is not mounted), and before a control group of this process reaches its limit. With `swap`, free swap
/// space counts too.
pub(in crate::mapping) fn available_memory(swap: bool) -> Option<MemoryRoom> {
    let whole = MemoryInfo::read();
    let free_swap = whole.bytes("SwapFree:").filter(|_| swap);
    let free_swap = free_swap.unwrap_or(ByteLength::ZERO);
    let available = whole.bytes("MemAvailable:").unwrap_or_else(free_memory);
    Some(MemoryRoom {
        system: ByteLength(available.0.saturating_add(free_swap.0)),
        group: groups::memory_left(free_swap.0).min_by_key(|room| room.available),
    })
}

/// Free memory and buffers (`sysinfo(2)`).
fn free_memory() -> ByteLength {
    let facts = rustix::system::sysinfo();
    // Their width is the word size of the machine.
    let [free, buffers, unit]: [u128; 3] = [
        facts.freeram.into(),
        facts.bufferram.into(),
        facts.mem_unit.into(),
    ];
    let bytes = free.saturating_add(buffers).saturating_mul(unit);
    ByteLength(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// Whether the system has swap space (`sysinfo(2)`).
pub(in crate::mapping) fn has_swap() -> bool {
    rustix::system::sysinfo().totalswap > 0
}

/// Memory that the kernel no longer uses because it is broken.
pub(in crate::mapping) fn corrupted_memory() -> Option<ByteLength> {
    MemoryInfo::read().bytes("HardwareCorrupted:")
}

/// Whether the kernel merges equal pages (`/sys/kernel/mm/ksm/run`).
pub(in crate::mapping) fn merges_pages() -> Option<bool> {
    let text = fs::read_to_string("/sys/kernel/mm/ksm/run").ok()?;
    Some(text.trim() == "1")
}

/// The maximum number of mappings of a process (`/proc/sys/vm/max_map_count`), if known.
pub(in crate::mapping) fn mapping_limit() -> Option<u64> {
    number("/proc/sys/vm/max_map_count").ok()
}

/// The number of this boot of the system (`random(4)`).
pub(in crate::mapping) fn boot_id() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_available_memory_is_more_than_nothing_and_less_than_the_total() {
        let total = MemoryInfo::read().bytes("MemTotal:").unwrap().0;
        let left = available_memory(false).unwrap().system.0;
        assert!(left > 0 && left < total);
        assert!(available_memory(true).unwrap().available().0 > 0);
        let free = free_memory().0;
        assert!(free > 0 && free < total);
    }
}
