//! Finding the processes that have a block device open. Its pages leave the page cache when the last one closes it.

use super::handle::Handle;
use crate::mapping::sys;
use crate::mapping::types::Opener;

/// Finds another process, or the system itself, that has a block device open.
pub(in crate::mapping) fn find_opener(device: &Handle) -> Opener {
    match sys::is_claimed(device.file()) {
        Some(true) => return Opener::System,
        Some(false) => {}
        None => return Opener::Nobody { all_seen: false },
    }
    let Ok(pids) = sys::process_ids() else {
        return Opener::Nobody { all_seen: false };
    };
    let mut all_seen = sys::shows_processes() && sys::are_all_processes(&pids);
    let own = std::process::id();
    for pid in pids.into_iter().filter(|pid| *pid != own) {
        match sys::has_device_open(pid, device.file()) {
            Ok(true) => return Opener::Process(pid),
            Ok(false) => {}
            Err(error) if sys::is_gone(&error) => {}
            Err(_) => all_seen = false,
        }
    }
    Opener::Nobody { all_seen }
}
