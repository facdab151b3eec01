//! The process that records into a ring, as the head of the ring names it.

use super::format::Writer;
use crate::mapping::sys;

/// This process.
pub(super) fn myself() -> Writer {
    let pid = std::process::id();
    Writer {
        pid,
        start: sys::process_start(pid).unwrap_or(0),
        boot: boot(),
    }
}

/// Whether a writer is running: its process ID alone may belong to another process now. False when unknown.
pub(super) fn runs(writer: Writer) -> bool {
    writer.start != 0
        && writer.boot == boot()
        && sys::process_start(writer.pid).is_ok_and(|start| start == writer.start)
}

/// The boot of the system as bytes; zeros when unknown.
fn boot() -> [u8; 16] {
    let text = sys::boot_id().unwrap_or_default();
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    u128::from_str_radix(&digits, 16).unwrap_or(0).to_be_bytes()
}
