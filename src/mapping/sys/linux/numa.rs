//! The NUMA nodes of the machine, and those of pages of this process (`numa(7)`).

use std::{fs, io, ptr};

use super::privileges::gap;
use crate::mapping::types::{Capability, Gap, GapReason};

/// The nodes that have memory, from `/sys/devices/system/node`.
pub(in crate::mapping) fn memory_nodes() -> Result<Vec<u32>, Gap> {
    let listed = fs::read_to_string("/sys/devices/system/node/has_memory");
    match listed {
        Ok(text) => parse_list(text.trim()).ok_or(GapReason::Failed.into()),
        Err(error) => Err(gap(&error, Capability::DacReadSearch)),
    }
}

/// A list of numbers as the kernel prints it: `0-2,5`.
fn parse_list(text: &str) -> Option<Vec<u32>> {
    let mut numbers = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        // The kernel has at most 1024 nodes.
        if first > last || last > 1 << 16 {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

/// Finds the node of each page of this process at these addresses (`move_pages(2)` without targets); `None` for a page
/// that is not in its page tables.
pub(in crate::mapping) fn nodes_of(addresses: &[u64]) -> io::Result<Vec<Option<u32>>> {
    let pages: Vec<*const libc::c_void> = addresses
        .iter()
        .map(|address| ptr::without_provenance(usize::try_from(*address).unwrap_or(0)))
        .collect();
    let mut status = vec![0_i32; pages.len()];
    let none: *const libc::c_int = ptr::null();
    // SAFETY: both lists have as many elements as the call is told and outlive it; it reads the first and writes the
    // second. Without targets it moves nothing, and accesses none of the memory at the addresses.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_move_pages,
            0,
            pages.len(),
            pages.as_ptr(),
            none,
            status.as_mut_ptr(),
            0,
        )
    };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(status
        .into_iter()
        .map(|node| u32::try_from(node).ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_has_ranges() {
        assert_eq!(parse_list("0"), Some(vec![0]));
        assert_eq!(parse_list("0-2,5"), Some(vec![0, 1, 2, 5]));
        assert_eq!(parse_list(""), Some(vec![]));
        for wrong in ["x", "1-", "-", "3-1", "0-4294967295"] {
            assert_eq!(parse_list(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pages_of_this_process_are_on_a_node_with_memory() {
        let Ok(nodes) = memory_nodes() else { return };
        let value = std::hint::black_box(7_u64);
        let found = nodes_of(&[(&raw const value).addr() as u64, 0]).unwrap();
        assert!(
            found[0].is_some_and(|node| nodes.contains(&node)),
            "{found:?}"
        );
        assert_eq!(found[1], None);
    }
}
